// Package report writes a finished check down: for people in a terminal, for programs as JSON, for whoever helps. It asks nothing of
// the network and decides nothing.
package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
	"passerelle/checks/words/locale"
)

// defaultWidth is the width of a terminal that does not say: 80 columns since the VT100.
const defaultWidth = 80

// minWidth keeps a sentence readable in a very narrow window.
const minWidth = 24

// Charset says which characters the reader's terminal can show.
type Charset int

// The character sets. Auto asks the locale.
const (
	Auto Charset = iota
	Unicode
	ASCIIPicture // the picture in ASCII, the words with their accents: an unset or C locale, which most often still shows UTF-8
	ASCII        // everything in ASCII: a locale that names another character set
)

// Options is how a result is printed. The zero value is plain text, 80 columns, without details.
type Options struct {
	Colour  bool // the caller has looked at NO_COLOR and at what it writes to
	Width   int  // columns; 0: 80
	Details bool // findings and contacts too
	Charset Charset
}

// page is a text in the making.
type page struct {
	buf   bytes.Buffer
	p     *words.Printer
	opt   Options
	glyph glyphs
}

func newPage(p *words.Printer, opt Options) *page {
	if opt.Width <= 0 {
		opt.Width = defaultWidth
	}
	opt.Width = max(opt.Width, minWidth)
	if opt.Charset == Auto {
		switch {
		case locale.UTF8():
			opt.Charset = Unicode
		case locale.OtherCharset():
			opt.Charset = ASCII
		default:
			opt.Charset = ASCIIPicture
		}
	}
	g := asciiGlyphs
	if opt.Charset == Unicode {
		g = unicodeGlyphs
	}
	return &page{p: p, opt: opt, glyph: g}
}

// flush writes the page at once, so that a reader never sees half a verdict.
func (pg *page) flush(w io.Writer) error {
	if _, err := w.Write(pg.buf.Bytes()); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// Text prints a result for people: who can act and the verdict first, then the way, what to do, and the details.
func Text(w io.Writer, r *checks.Result, p *words.Printer, opt Options) error {
	pg := newPage(p, opt)
	if r.Stopped {
		pg.line("", dim, p.T("cli.stopped", nil))
		pg.blank()
	}
	pg.verdict(r.Verdict)
	if len(r.Path) > 0 {
		pg.blank()
		pg.heading(p.T("cli.path", nil))
		pg.path(r.Path, mobile(r.Facts))
	}
	if t := r.Target; t.Shortened {
		pg.blank()
		pg.line("", plain, p.T("target.shortened", map[string]any{"URL": t.URL}))
		pg.line("", plain, p.T("target.shortened.exact", nil))
	}
	pg.actions(r.Verdict)
	if opt.Details {
		pg.details(r)
	}
	pg.blank()
	pg.footer(r)
	return pg.flush(w)
}

// ExplainText prints what `passerelle explain` found in a page or a pasted text. g may be nil.
func ExplainText(w io.Writer, g *facts.Gateway, v decide.Verdict, p *words.Printer, opt Options) error {
	pg := newPage(p, opt)
	pg.verdict(v)
	if g != nil {
		pg.blank()
		pg.gateway(g)
	}
	if v.Side != decide.SideWorks {
		pg.actions(v)
		pg.blank()
		pg.line("", dim, p.T("cli.code", map[string]any{"Code": Code(v)}))
	}
	return pg.flush(w)
}

func (pg *page) verdict(v decide.Verdict) {
	title, text := pg.p.Verdict(v)
	state := map[decide.Side]decide.State{decide.SideWorks: decide.StateOK, decide.SideUnknown: decide.StateUnknown, "": decide.StateUnknown}[v.Side]
	if state == "" {
		state = decide.StateProblem
	}
	if v.Rule == "explain" && v.Side == decide.SideWorks {
		pg.line("", bold, title) // nothing was checked, so nothing "works"
	} else {
		pg.line(pg.glyph.mark(state)+" ", colourOf(state), pg.p.Who(v))
		pg.blank()
		pg.line("", bold, title)
	}
	pg.line("", plain, text)
	if v.Provisional {
		pg.line("", plain, pg.p.T("certainty.provisional", nil))
	}
	pg.line("", dim, pg.p.T("cli.certainty", map[string]any{"Certainty": pg.p.Certainty(v.Certainty)}))
}

// mobile tells whether the way out is a mobile network: there is no router at home then.
func mobile(f *facts.Facts) bool {
	if f == nil {
		return false
	}
	for _, route := range f.System.Routes {
		for _, l := range f.System.Links {
			if l.Name == route.Link && !route.Prefix.IsValid() {
				return l.Kind == "mobile"
			}
		}
	}
	return false
}

func (pg *page) actions(v decide.Verdict) {
	if len(v.Actions) == 0 {
		return
	}
	pg.blank()
	pg.heading(pg.p.T("cli.actions", nil))
	for i, a := range v.Actions {
		pg.line(fmt.Sprintf("%d. ", i+1), bold, pg.p.Action(a, v.Vars))
		pg.line("   ", plain, pg.p.ActionHow(a, v.Vars))
		if c := command(a); c != "" {
			pg.line("   ", plain, pg.p.T("cli.command", map[string]any{"Command": c}))
		}
	}
}

// command is what does an action from the terminal, "" where a person has to.
func command(a decide.Action) string {
	name := ""
	switch a.ID {
	case decide.ActFix:
		name = a.Fix
	case decide.ActOpenPortal, decide.ActPrivateWindow, decide.ActOtherBrowser:
		name = string(a.ID)
	}
	if name == "" {
		return ""
	}
	if a.Arg == "" {
		return "passerelle fix " + name
	}
	return "passerelle fix " + name + " " + quoted(checks.MaskURL(a.Arg))
}

// quoted puts single quotes around what a shell would read otherwise.
func quoted(s string) string {
	ordinary := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:/", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !ordinary(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (pg *page) details(r *checks.Result) {
	p := pg.p
	if r.Gateway != nil || len(r.Findings) > 0 {
		pg.blank()
		pg.heading(p.T("cli.details", nil))
	}
	for _, f := range r.Findings {
		if f.ID == "http.gateway" && r.Gateway != nil {
			continue // told in full below
		}
		pg.line(pg.glyph.mark(f.State)+" ", plain, p.Finding(f))
	}
	if r.Gateway != nil {
		pg.gateway(r.Gateway)
	}
	if len(r.Contacts) == 0 {
		return
	}
	pg.blank()
	pg.heading(p.T("cli.contacts", nil))
	for _, c := range merged(r.Contacts) {
		pg.line("- ", plain, p.T("cli.contact", map[string]any{"Whom": c.whom, "What": p.Contact(c.what, c.why)}))
	}
}

// contact is one machine and question, however often it was asked.
type contact struct{ whom, what, why string }

func merged(all []checks.Contact) []contact {
	var out []contact
	for _, c := range all {
		whom := c.Host
		switch {
		case whom == "":
			whom = c.Addr
		case c.Addr != "" && c.Addr != whom:
			whom += " (" + c.Addr + ")"
		}
		one := contact{whom, c.What, c.Why}
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// gateway prints what is known of who wrote an error page.
func (pg *page) gateway(g *facts.Gateway) {
	p := pg.p
	f := decide.Finding{ID: "http.gateway", State: decide.StateProblem, Facts: map[string]any{"Server": g.ProductName, "WrittenBy": g.WrittenBy, "failure": g.Failure}}
	pg.line(pg.glyph.mark(decide.StateProblem)+" ", plain, p.Finding(f))
	var others []string
	for _, o := range g.AlsoPossible {
		if why := p.Why(o, true); why != "" {
			others = append(others, why)
		}
	}
	if len(others) > 0 {
		pg.line("  ", plain, p.T("cli.also-possible", map[string]any{"What": strings.Join(others, separator(p))}))
	}
	if g.Quote != "" {
		pg.line("  ", plain, p.T("cli.quote", map[string]any{"Quote": g.Quote}))
	}
	if len(g.RequestIDs) > 0 {
		var ids []string
		for _, name := range slices.Sorted(maps.Keys(g.RequestIDs)) {
			ids = append(ids, name+" "+g.RequestIDs[name])
		}
		pg.line("  ", plain, p.T("cli.request-ids", map[string]any{"IDs": ids}))
	}
}

// separator stands between phrases that hold commas themselves; in French after a narrow no-break space.
func separator(p *words.Printer) string {
	if p.Lang() == "fr" {
		return "\u202f; "
	}
	return "; "
}

func (pg *page) footer(r *checks.Result) {
	p := pg.p
	host := r.Target.Display
	if host == "" {
		host = r.Target.Host
	}
	if r.Target.Example {
		host = p.T("cli.example", nil) + ", " + host
	}
	if !r.StartedAt.IsZero() {
		took := time.Duration(r.ElapsedMS * float64(time.Millisecond))
		pg.line("", dim, p.T("cli.checked", map[string]any{"Host": host, "When": p.When(r.StartedAt), "Took": p.Milliseconds(float64(took.Milliseconds()))}))
	}
	if r.Verdict.Side != decide.SideWorks {
		pg.line("", dim, p.T("cli.code", map[string]any{"Code": Code(r.Verdict)}))
	}
}

// Code is the short code in small print that support can look up: the side, then the status or the cause ("SITE-502", "YOU-CLOCK-WRONG").
func Code(v decide.Verdict) string {
	if v.Cause == "" {
		v.Cause, v.Side = decide.Undetermined, decide.SideUnknown
	}
	what := string(v.Cause)
	const firstError = 400 // RFC 9110 §15.5: from here on a status is an error
	var status int
	switch s := v.Vars["Status"].(type) {
	case int:
		status = s
	case float64:
		status = int(s)
	}
	if status >= firstError && v.Side == decide.SideSite {
		what = fmt.Sprint(status)
	}
	return strings.ToUpper(string(v.Side) + "-" + what)
}
