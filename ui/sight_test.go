package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

// TestWhatCanBeDoneIsInSight: in the ordinary window a verdict shows without scrolling who can act, what happened, where, and every
// button that does something about it; where a page goes on below, it says so.
func TestWhatCanBeDoneIsInSight(t *testing.T) {
	for name, sc := range uitest.All() {
		for _, lang := range ui.Languages {
			s := uitest.NewStand(t, uitest.Setting{Lang: lang}, sc)
			s.Check()
			d := fyne.CurrentApp().Driver()
			for _, b := range uitest.Find[*kit.Button](s.Shell.Root()) {
				bottom := d.AbsolutePositionForObject(b).Y + b.Size().Height
				limit := float32(660)
				if y := uitest.MoreTop(s.Shell.Root()); y > 0 && d.AbsolutePositionForObject(b).Y < 580 {
					limit = y + uitest.MoreFade
				}
				if bottom > limit && b.Importance != widget.LowImportance { // the quiet ones belong to the details
					t.Errorf("%s, %s: the button %q ends at %.0f, below %.0f", name, lang, b.Text, bottom, limit)
				}
			}
		}
	}
}

// TestMoreBelow: a page that goes on says so, until its end is in sight; the keys that people know for it turn it.
func TestMoreBelow(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Text: theme.TextLargest, Size: fyne.NewSize(640, 460)})
	if uitest.MoreTop(s.Shell.Root()) > 0 && s.Shell.State().Page == flow.Address {
		t.Error("the first page is short and says that it goes on")
	}
	s.Check()
	if uitest.MoreTop(s.Shell.Root()) == 0 {
		t.Fatal("a long page does not say that it goes on")
	}
	for range 20 {
		s.Key(fyne.KeyPageDown)
	}
	if uitest.MoreTop(s.Shell.Root()) != 0 {
		t.Error("at its end the page says that it goes on")
	}
	s.Key(fyne.KeyHome)
	if uitest.MoreTop(s.Shell.Root()) == 0 {
		t.Error("back at its beginning it does not say so")
	}
}

// TestOpenTheSite: the site that works for us is opened in the browser with a click, and only the address that was checked.
func TestOpenTheSite(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Works())
	s.Check()
	s.Press(s.Words().T("ui.button.open-site", nil))
	if len(s.Engine.Opened) != 1 || s.Engine.Opened[0] != "https://"+uitest.Host+"/" {
		t.Errorf("opened %q", s.Engine.Opened)
	}
	if s.Shell.State().Page != flow.Verdict {
		t.Errorf("on %s", s.Shell.State().Page)
	}
	s.Press(s.Words().T("ui.button.yes", nil))
	if s.Shell.State().Page != flow.Address {
		t.Errorf("after yes on %s", s.Shell.State().Page)
	}
}
