package ui

// The report and the messages: written exactly as they leave, masked, and handed out: copied, opened in the mail program, saved.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/history"
	"passerelle/checks/qr"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
)

// known is what one check's papers need beside it, read once: it lies on a disk.
type known struct {
	of      *checks.Result
	book    func() contacts.Book // the person's own contacts; nil: none
	since   *report.Since
	private []report.Kind
}

// know reads it.
func (s *Shell) know(r *checks.Result) *known {
	k := &known{of: r}
	if s.deps.People != nil {
		k.book = s.deps.People.Book
	}
	if s.deps.Past != nil {
		if list, _, err := s.deps.Past.List(); err == nil {
			run := history.Since(list, r)
			k.since = &report.Since{FirstFailure: run.FirstFailure, LastSuccess: run.LastSuccess, Failures: run.Failures, Checks: run.Checks}
		}
	}
	_, k.private, _ = report.Mask(r, report.ThisComputer()) // what cannot be masked is refused when it is written
	return k
}

// written is a draft written out.
type written struct {
	result        *checks.Result // masked
	words         *words.Printer
	about         report.About
	subject, text string
	short         string // for a QR code
}

// write makes what leaves.
func write(r *checks.Result, k *known, d flow.Draft, lang string, tried []string) (out written, err error) {
	who := report.ThisComputer()
	out.words = words.New(lang)
	if out.result, out.about.Removed, err = report.MaskBut(r, who, d.Seen); err != nil {
		return out, err
	}
	out.about.Since, out.about.Unmasked = k.since, d.ShowsAll(k.private)
	for _, t := range tried { // a change's summary names what was changed
		out.about.Tried = append(out.about.Tried, report.MaskTextBut(t, r, who, d.Seen))
	}
	out.about.Note = report.MaskTextBut(strings.TrimSpace(d.Note), r, who, d.Seen)
	if d.To == "" {
		out.subject, out.text = report.Mail(out.result, out.words, out.about)
		out.short = out.text
		return out, nil
	}
	if k.book != nil {
		list, _ := k.book().List() // without it the line is left out
		out.about.Account = contacts.Account(list, flow.RoleOf(d.To), r.Target.Host)
	}
	// Everything that goes into a message was masked one by one. The customer number is not: it is for whom it was given by.
	out.subject, out.text = report.Message(d.To, out.result, out.words, out.about)
	out.short = report.Within(d.To, out.result, out.words, out.about, qr.MaxBytes)
	return out, nil
}

// paper does what the page of the report asks for.
func (s *Shell) paper(e flow.Effect) {
	r, lang := s.state.InView().Result, s.look.Lang
	if e, ok := e.(interface{ Language() string }); ok && e.Language() != "" {
		lang = e.Language()
	}
	tried := s.tried(words.New(lang))
	if r == nil {
		return
	}
	old := s.known
	get := func() *known {
		if old == nil || old.of != r {
			old = s.know(r)
		}
		return old
	}
	later := func(work func(), then func() flow.Event) { // then: on the UI goroutine
		go func() {
			work()
			s.deps.Dispatch(func() { s.known = old; s.Send(then()) })
		}()
	}
	switch e := e.(type) {
	case flow.Write:
		a := flow.Written{N: e.N}
		later(func() {
			a.Err = safely(func() error {
				k := get()
				out, err := write(r, k, e.Draft, lang, tried)
				a.Subject, a.Text, a.Short, a.Private = out.subject, out.text, out.short, k.private
				return err
			})
		}, func() flow.Event { return a })
	case flow.HandOut:
		a, to, folder := flow.Handed{N: e.N, How: e.How}, string(e.Draft.To), s.deps.Folder
		clip, link := "", ""
		later(func() {
			a.Err = safely(func() error {
				out, err := write(r, get(), e.Draft, lang, tried)
				if err != nil {
					return err
				}
				switch e.How {
				case history.ByCopy:
					clip = out.subject + "\n\n" + out.text
				case history.ByMail:
					if link, a.Cut = report.Mailto(e.Mail, out.subject, out.text, out.words); a.Cut {
						clip = out.text
					}
				case history.BySave:
					out.about.Picture = e.Picture.Image
					a.Where, err = save(folder, e.Format, to, out)
				}
				return err
			})
		}, func() flow.Event {
			s.handOver(&a, to, clip, link)
			return a
		})
	}
}

// handOver gives the clipboard and the mail program what they get, on the UI goroutine, and notes what was handed out.
func (s *Shell) handOver(a *flow.Handed, to, clip, link string) {
	if a.Err != nil || s.closed {
		return
	}
	if clip != "" && s.deps.Clip != nil {
		s.deps.Clip.SetContent(clip)
	}
	if link != "" {
		u, err := url.Parse(link)
		if err == nil && s.deps.OpenURL != nil {
			err = s.deps.OpenURL(u)
		}
		if err != nil || s.deps.OpenURL == nil {
			a.Err = errors.Join(err, errNoMail)
			return
		}
	}
	s.note(to, a.How)
	switch {
	case a.How == history.ByMail && a.Cut:
		s.toast("ui.papers.mailed.cut")
	case a.How == history.ByMail:
		s.toast("ui.papers.mailed")
	case a.How == history.ByCopy:
		s.toast("ui.papers.copied")
	case a.How == history.BySave:
		s.tellSaved(a.Where)
	}
}

// tellSaved says over the page that a file was saved: the line that says it too may stand below what is seen of the page.
func (s *Shell) tellSaved(file string) {
	s.notice("papers.saved", map[string]any{"Name": filepath.Base(file)})
}

// errNoMail: no mail program could be opened.
var errNoMail = errors.New("opening the mail program: nothing on this computer takes mail addresses")

// tried is what was tried here, in the words of what is written: the steps of the guide, and the changes that are in place.
func (s *Shell) tried(w *words.Printer) (out []string) {
	if s.state.InView().Result != s.state.Now.Result {
		return nil // a saved check, of another time and perhaps of another computer
	}
	for _, st := range s.state.Tried {
		if key := "guide." + string(st) + ".title"; w.Has(key) {
			out = append(out, w.T(key, nil))
		}
	}
	for _, c := range s.state.Changes {
		out = append(out, c.Summary+" ("+c.When+")")
	}
	return out
}

// extensions are how the files of each format end.
var extensions = map[string]string{flow.AsHTML: ".html", flow.AsPNG: ".png", flow.AsText: ".txt", flow.AsJSON: ".json", flow.AsMail: ".eml"}

// save writes a file that was not there, for its owner alone, and gives its name.
func save(folder func() (string, error), format, to string, out written) (string, error) {
	if folder == nil {
		return "", errors.New("saving the report: there is no folder for it")
	}
	dir, err := folder()
	if err != nil {
		return "", fmt.Errorf("saving the report: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("saving the report: %w", err)
	}
	return saveAs(filepath.Join(dir, fileName(out, to)), extensions[format], func(w io.Writer) error {
		switch format {
		case flow.AsHTML:
			return report.HTML(w, out.result, out.words, out.about)
		case flow.AsPNG:
			return report.PNG(w, out.result, out.words, out.about)
		case flow.AsJSON:
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			return e.Encode(report.ReportJSON(out.result, out.words, out.about))
		case flow.AsMail:
			return report.EML(w, "", out.subject, out.text, time.Now())
		}
		_, err := io.WriteString(w, out.subject+"\n\n"+out.text+"\n")
		return err
	})
}

// maxSameName is how many files of one minute and site there may be.
const maxSameName = 100

// saveAs writes base+ext, or base-2+ext… where that exists: no file of the person's is ever replaced.
func saveAs(base, ext string, write func(io.Writer) error) (string, error) {
	for n := 1; n <= maxSameName; n++ {
		name := base + ext
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", base, n, ext)
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("saving the report: %w", err)
		}
		err = errors.Join(write(f), f.Close())
		if err != nil {
			_ = os.Remove(name) // half a report helps nobody
			return "", fmt.Errorf("saving the report as %s: %w", name, err)
		}
		return name, nil
	}
	return "", fmt.Errorf("saving the report as %s: there are %d of that name", base, maxSameName)
}

// maxHostInName bounds the site's part of a file's name, characters: names of 255 bytes are the most that systems take.
const maxHostInName = 60

// fileName is the file's name without its ending: what, of which site, when.
func fileName(out written, to string) string {
	what := "report"
	if to != "" {
		what = "message"
	}
	return fileNameOf(out.words.T("ui.file."+what, nil), out.result.Target.Host, out.result.StartedAt)
}

func fileNameOf(what, host string, at time.Time) string {
	host = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(host))
	host = strings.Trim(host[:min(len(host), maxHostInName)], ".-")
	return strings.Join(slices.DeleteFunc([]string{what, host, at.Format("2006-01-02-1504")}, func(p string) bool { return p == "" }), "-")
}

// openFolder shows the folder of a file in the system's file manager.
func (s *Shell) openFolder(file string) {
	if s.deps.OpenURL == nil {
		return
	}
	path := filepath.ToSlash(filepath.Dir(file))
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/Users: a file address begins with a slash
	}
	if s.deps.OpenURL(&url.URL{Scheme: "file", Path: path}) != nil {
		s.toast("ui.not-opened")
	}
}

// code draws a text as a QR code; cut tells that only its beginning fits into one that a telephone reads from a window.
func (s *Shell) code(text string) (drawn fyne.CanvasObject, cut bool, err error) {
	end := "\n…"
	for short := text; ; cut = true {
		c, err := qr.Encode(short)
		if err == nil {
			return kit.NewQR(c), cut, nil
		}
		if !errors.Is(err, qr.ErrTooLong) {
			return nil, cut, err
		}
		lines := strings.Split(strings.TrimSuffix(short, end), "\n")
		if len(lines) < 2 {
			return nil, cut, err
		}
		short = strings.TrimSpace(strings.Join(lines[:len(lines)-1], "\n")) + end
	}
}
