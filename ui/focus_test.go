package ui_test

import (
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"passerelle/checks/contacts"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// focused is the label of the button that has the keyboard.
func focused(s *uitest.Stand) string {
	if b, ok := s.Window.Canvas().Focused().(*kit.Button); ok {
		return b.Text
	}
	return ""
}

// reach presses Tab until the nth button with the words of a key has the keyboard.
func reach(t *testing.T, s *uitest.Stand, key string, nth int) {
	t.Helper()
	for range 60 {
		test.FocusNext(s.Window.Canvas())
		if focused(s) == s.Words().T("ui.button."+key, nil) {
			if nth == 0 {
				return
			}
			nth--
		}
	}
	t.Fatalf("Tab never comes to %s", key)
}

func TestSettingsKeepTheKeyboardsPlace(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "fr"})
	s.Shell.Send(flow.Open{Page: flow.Settings})
	for _, c := range []struct {
		key string
		nth int
	}{{"size-largest", 0}, {"theme-dark", 0}, {"language-en", 0}, {"theme-system", 1}, {"language-fr", 0}} {
		reach(t, s, c.key, c.nth)
		at := s.Window.Canvas().Focused().(*kit.Button)
		before := fyne.CurrentApp().Driver().AbsolutePositionForObject(at)
		s.Key(fyne.KeyReturn)
		s.Shell.LookChanged() // as the toolkit says a moment later
		if got, want := focused(s), s.Words().T("ui.button."+c.key, nil); got != want {
			t.Errorf("after %s the keyboard is at %q, not %q", c.key, got, want)
			continue
		}
		now := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.Window.Canvas().Focused().(*kit.Button))
		if c.key == "theme-system" && now.Y < before.Y-5 {
			t.Errorf("%s: the keyboard went to the button of the same name at %v, from %v", c.key, now, before)
		}
	}
}

func TestTypingGoesOnWhereAProblemWasTold(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "fr", Deps: func(d *ui.Deps) {
		d.People = &ui.People{Book: func() contacts.Book { return contacts.Book{File: filepath.Join(t.TempDir(), "contacts.json")} }}
	}})
	s.Shell.Send(flow.Open{Page: flow.Settings})
	s.Shell.Send(flow.Open{Page: flow.People})
	s.Pump("the contacts", func(st flow.State) bool { return st.Folk.Read })
	s.Shell.Send(flow.EditContact{})
	c := s.Window.Canvas()
	test.Type(c.Focused(), "Orange")
	s.Key(fyne.KeyReturn) // there is no way to reach them yet
	s.Pump("what is missing", func(st flow.State) bool { return len(st.Folk.Problems) > 0 })
	test.FocusNext(c)
	for _, r := range "a@b.example" { // rune by rune: the page may be made anew under the fingers
		c.Focused().TypedRune(r)
	}
	if e := s.Shell.State().Folk.Edit; e == nil || e.Name != "Orange" || e.Mail != "a@b.example" {
		t.Errorf("typed was Orange and a@b.example, there is %+v", e)
	}
}

func TestAddressIsReadyToBeReplaced(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{})
	s.Check()
	s.Key(fyne.KeyEscape)
	if f := s.Field(); f.Text != uitest.Host || f.SelectedText() != uitest.Host {
		t.Errorf("the field holds %q, marked is %q", f.Text, f.SelectedText())
	}
}

func TestBrowsersCodeIsNoAddress(t *testing.T) {
	for _, text := range []string{"ERR_NAME_NOT_RESOLVED", "DNS_PROBE_FINISHED_NXDOMAIN"} {
		s := uitest.NewStand(t, uitest.Setting{})
		s.Shell.Send(flow.Submit{Input: text})
		s.Queue.Settle()
		if st := s.Shell.State(); st.Page != flow.Explained || st.Paste.Found != "" {
			t.Errorf("%s: page %s, the site is %q", text, st.Page, st.Paste.Found)
		} else if !strings.Contains(s.Texts(), s.Words().T("ui.explained.which", nil)) {
			t.Errorf("%s: no site is asked for", text)
		}
	}
}
