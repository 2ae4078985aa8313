package ui_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
	"passerelle/ui/flow"
	"passerelle/ui/uitest"
)

// wall is the firewall of the told checks, in a state.
func wall(state facts.Bool) []facts.Firewall {
	return []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: state}}
}

// TestPausedFirewall is the whole story: the settings page is opened, the person pauses the firewall there, the site is looked at again by
// itself, every page reminds, closing asks once, and it ends when the firewall is on.
func TestPausedFirewall(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Firewalled(), uitest.Works())
	s.Check()
	s.Press("Ouvrir ses réglages")
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	s.Press("Ouvrir ses réglages")
	s.Pump("the settings", func(st flow.State) bool { return st.Phase == flow.Opened })
	const reminder = "UFW est en pause. Pensez à le réactiver après l’essai."
	tick := func(seconds int) {
		for range seconds {
			s.Queue.Tick()
			s.Queue.Settle()
		}
	}
	until := func(done func() bool) {
		t.Helper()
		for range 500 { // the reading is done beside: seconds pass until it has come
			if tick(1); done() {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("waited in vain")
	}
	s.Engine.Shield(wall(facts.Yes))
	tick(12)
	if strings.Contains(s.Texts(), reminder) || s.Engine.Asks() != 1 || s.Shell.Keep(func() {}) {
		t.Fatalf("nothing is paused:\n%s", s.Texts())
	}
	s.Engine.Shield(wall(facts.No))
	until(func() bool { return s.Engine.Asks() == 2 })
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if text := s.Texts(); !strings.Contains(text, reminder) || !strings.Contains(text, "C’est réparé.") {
		t.Errorf("paused, and it opens:\n%s", text)
	}
	s.Press("Terminer")
	if !strings.Contains(s.Texts(), reminder) {
		t.Errorf("the first page has forgotten it:\n%s", s.Texts())
	}
	left := false
	if !s.Shell.Keep(func() { left = true }) || left {
		t.Error("the window is closed with the firewall off, and nobody is asked")
	}
	if !strings.Contains(s.Texts(), "Réactivez-le avant de partir.") {
		t.Errorf("it is not said why the window stays:\n%s", s.Texts())
	}
	if s.Shell.Keep(func() {}) {
		t.Error("who closes a second time is kept for ever")
	}
	s.Press("Fermer quand même")
	if !left {
		t.Error("the button that closes all the same does nothing")
	}
	s.Engine.Shield(wall(facts.Yes))
	until(func() bool { return !s.Shell.State().Guard.On })
	if text := s.Texts(); strings.Contains(text, reminder) || !strings.Contains(text, "UFW protège à nouveau cet ordinateur.") {
		t.Errorf("on again:\n%s", text)
	}
	if s.Queue.Clocks() > 1 { // the notice's own
		t.Errorf("%d clocks still run", s.Queue.Clocks())
	}
}

// TestPathByAnswers: who says that it opens in the browser is at the end; nothing is checked for it.
func TestPathByAnswers(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Browser("edge"))
	s.Check()
	s.Press("Try step by step")
	for _, title := range []string{"Look without the browser’s memory", "Turn off the browser’s extensions", "Clear this website’s cookies only"} {
		s.Queue.Settle()
		if !strings.Contains(s.Texts(), title) {
			t.Fatalf("no %q on the page:\n%s", title, s.Texts())
		}
		if title != "Clear this website’s cookies only" {
			s.Pump("the plan", func(st flow.State) bool { return st.Phase != flow.Loading })
			s.Press("Skip this step")
		}
	}
	if text := s.Texts(); !strings.Contains(text, "click the padlock") || !strings.Contains(text, "Step 3 of") {
		t.Errorf("it is not said how, in Edge:\n%s", text)
	}
	s.Press("Yes, it opens")
	if st := s.Shell.State(); st.Page != flow.Result || s.Engine.Asks() != 1 || !strings.Contains(s.Texts(), "You have seen it open in your browser.") {
		t.Errorf("page %s, %d checks:\n%s", st.Page, s.Engine.Asks(), s.Texts())
	}
}
