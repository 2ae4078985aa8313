package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/checks/decide"
)

// TestWindowPastCheck tells the story of a check that is opened again days later: it is found in what is kept, compared with now, and handed
// on as a web page; the journal of the incident is saved too. Once by mouse alone, once by keyboard alone.
func TestWindowPastCheck(t *testing.T) {
	guiProgram(t)
	for _, c := range []struct {
		lang string
		hand Hand
	}{{"fr", Mouse}, {"en", Keys}} {
		if c.hand == Keys && os.Getenv("PASSERELLE_ALL") != "1" {
			continue
		}
		t.Run(c.lang, func(t *testing.T) {
			defer count(t)
			s := newTale(t, c.lang, c.hand, func(w *World) { nginxUpstreamRefused(w) })
			pastCheck(s)
			s.end()
		})
	}
}

func pastCheck(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	title, _ := s.say.Verdict(decide.Verdict{Side: decide.SideSite, Cause: decide.BadGateway, Vars: map[string]any{"Host": SiteHost}})
	s.press("back")
	s.until("first-page", 5*time.Second, At("address"))
	s.mendUpstream()

	s.history()
	s.win.Press(s.hand, title)
	s.until("saved", 10*time.Second, func(o Outline) bool { return Still("saved")(o) && o.Says(title) })
	s.press("compare")
	s.result("compared", "back")
	s.press("back") // to the saved check, not to the check of now
	s.until("saved-again", 5*time.Second, func(o Outline) bool { return Still("saved")(o) && o.Says(title) })

	s.press("report")
	s.until("papers", 10*time.Second, Still("papers"))
	s.press("save-html")
	s.saved("html", ".html", SiteHost)
	s.press("back")
	s.until("saved-third", 5*time.Second, Still("saved"))
	s.press("back")
	s.until("history-again", 5*time.Second, At("history"))

	s.press("journal")
	s.until("incident", 10*time.Second, func(o Outline) bool { return Still("incident")(o) && o.Says(title) })
	s.press("journal-text")
	s.saved("journal", ".txt", title)
}

// history opens the list of past checks from the first page.
func (s *tale) history() {
	s.t.Helper()
	s.win.Press(s.hand, s.word("address.other"))
	s.press("history")
	s.until("history", 10*time.Second, func(o Outline) bool { return Still("history")(o) && o.Says(SiteHost) })
}

// saved waits for a file of the person's own folder with that ending, and for the window to name it where it is seen without scrolling. The
// file says what is wanted.
func (s *tale) saved(name, ext, wanted string) {
	s.t.Helper()
	var file string
	for end := time.Now().Add(10 * time.Second); file == ""; time.Sleep(100 * time.Millisecond) {
		if all, _ := filepath.Glob(filepath.Join(s.w.Computer.Path("/home/visitor/Passerelle"), "*"+ext)); len(all) > 0 {
			file = all[0]
		} else if time.Now().After(end) {
			s.t.Fatalf("no %s file was saved, see %s", ext, s.win.Shot("not-saved"))
		}
	}
	said := s.word("papers.saved", "Name", filepath.Base(file))
	s.until(name+"-saved", 5*time.Second, func(o Outline) bool {
		for _, th := range o.Things {
			if th.Shown && strings.Contains(th.Text, said) {
				return true
			}
		}
		return false
	})
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), wanted) {
		s.t.Errorf("%s does not say %q: %v", file, wanted, err)
	}
}
