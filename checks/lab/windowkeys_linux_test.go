package lab

import (
	"strings"
	"testing"
	"time"
)

// TestWindowKeys: the keys that people know do what they expect on every page: Enter, Esc, F5, Ctrl+C, Ctrl+A, Ctrl+X, Ctrl+V; and Tab goes
// through everything that can be used, and comes back to where it began.
func TestWindowKeys(t *testing.T) {
	guiProgram(t)
	defer count(t)
	s := newTale(t, "fr", Keys, func(w *World) { nginxUpstreamRefused(w) })
	s.tabsThrough("the first page")
	s.win.Press(Keys, s.word("address.other"))
	s.until("unfolded", 5*time.Second, func(o Outline) bool { _, there := o.Find("", s.word("button.settings")); return there })
	s.tabsThrough("the first page, unfolded")
	for range 40 { // back into the field
		if th, ok := s.win.Look().Focus(); ok && th.Kind == "field" {
			break
		}
		s.tab()
	}

	// Cut and pasted again: the field has what it had.
	s.win.Type(SiteHost)
	s.win.Key("ctrl+a")
	s.win.Key("ctrl+x")
	s.until("cut", 3*time.Second, func(o Outline) bool { _, there := o.Find("field", SiteHost); return !there && o.Clip == SiteHost })
	s.win.Key("ctrl+v")
	s.until("pasted", 3*time.Second, func(o Outline) bool { _, there := o.Find("field", SiteHost); return there })
	s.win.Key("Return")
	s.verdict("verdict", "bad-gateway")
	s.tabsThrough("the verdict")

	s.win.Key("ctrl+c")
	s.until("report-copied", 3*time.Second, func(o Outline) bool { return strings.Contains(o.Clip, "502") && strings.Contains(o.Clip, SiteHost) })
	before := s.win.Look().Run
	s.win.Key("F5")
	s.until("again", 5*time.Second, func(o Outline) bool { return o.Run > before })
	s.verdict("verdict-again", "bad-gateway")

	s.press("tell-me")
	s.until("waiting", 5*time.Second, At("watch"))
	s.tabsThrough("the page that waits")
	s.win.Key("Escape")
	s.until("out-of-waiting", 5*time.Second, Still("verdict"))
	s.press("guide")
	s.until("step", 10*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase != "loading" })
	s.tabsThrough("the first step")
	s.win.Key("Escape")
	s.until("out-of-the-step", 5*time.Second, Still("verdict"))
	s.win.Key("Escape")
	o := s.until("out-of-the-verdict", 5*time.Second, At("address"))
	if th, ok := o.Find("field", SiteHost); !ok || !th.Focused {
		t.Errorf("the address is gone, or the keyboard is elsewhere:\n%s", o)
	}
	s.end()
}

// tab presses Tab and waits until the focus has moved: the key takes its time on a busy machine, and the same focus at once is not yet
// the end of a round, nor is a second key to be sent before the first one was taken.
func (s *tale) tab() {
	before, was := s.win.Look().Focus()
	s.win.Key("Tab")
	for late := time.Now().Add(2 * time.Second); time.Now().Before(late); time.Sleep(30 * time.Millisecond) {
		if now, is := s.win.Look().Focus(); is != was || is && (now.Kind != before.Kind || now.Text != before.Text) {
			return
		}
	}
}

// tabsThrough presses Tab until the focus is where it began, and holds that everything that can be used was met, each once.
func (s *tale) tabsThrough(page string) {
	s.t.Helper()
	name := func(th Thing) string { return th.Kind + " " + th.Text }
	first, met := "", map[string]int{}
	for range maxTabs {
		o := s.win.Look()
		th, ok := o.Focus()
		if ok {
			if name(th) == first {
				break
			}
			if first == "" {
				first = name(th)
			}
			met[name(th)]++
			if !th.Shown {
				time.Sleep(200 * time.Millisecond)
				if now, ok := s.win.Look().Focus(); ok && !now.Shown {
					s.t.Errorf("%s: %q has the focus and is out of view", page, th.Text)
				}
			}
		}
		s.tab()
	}
	for _, th := range s.win.Look().Things {
		if th.Kind == "text" || th.Text == s.word("more-below") {
			continue
		}
		if met[name(th)] == 0 {
			s.t.Errorf("%s: Tab does not lead to %q", page, th.Text)
		}
	}
	s.win.Shot("tabs")
}
