package ui_test

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

type ctx = context.Context

// walkTab presses Tab until the first focus returns, and gives the places met.
func walkTab(t *testing.T, s *uitest.Stand) (met []fyne.Focusable) {
	t.Helper()
	c := s.Window.Canvas()
	c.Unfocus()
	for range 60 {
		test.FocusNext(c)
		f := c.Focused()
		if f == nil || len(met) > 0 && f == met[0] {
			return met
		}
		met = append(met, f)
	}
	t.Fatal("Tab never returns")
	return nil
}

func TestTabGoesInReadingOrder(t *testing.T) {
	for _, p := range pages() {
		if p.deps != nil || strings.HasPrefix(p.name, "notice") || p.name == "incident, saved" { // a notice lies over the page: Tab comes to it last
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			s := uitest.NewStand(t, uitest.Setting{Size: fyne.NewSize(920, 3000)}, p.plays...) // so high that nothing scrolls
			p.go_(s)
			met := walkTab(t, s)
			buttons := uitest.Find[*kit.Button](s.Shell.Root())
			seen := map[any]bool{}
			lastY, lastX := float32(-1), float32(-1)
			d := fyne.CurrentApp().Driver()
			for _, f := range met {
				seen[f] = true
				at := d.AbsolutePositionForObject(f.(fyne.CanvasObject))
				if at.Y < lastY-30 || at.Y < lastY+10 && at.Y > lastY-10 && at.X < lastX {
					t.Errorf("%T at %v comes after something at %v,%v", f, at, lastX, lastY)
				}
				lastX, lastY = at.X, at.Y
			}
			for _, b := range buttons {
				if !seen[fyne.Focusable(b)] {
					t.Errorf("Tab never comes to the button %q", b.Text)
				}
			}
			for _, i := range uitest.Find[*kit.Item](s.Shell.Root()) {
				if !seen[fyne.Focusable(i)] {
					t.Errorf("Tab never comes to the line %q", i.Text())
				}
			}
		})
	}
}

func TestWholeStoryByKeyboard(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Stale(), uitest.Works())
	test.Type(s.Window.Canvas().Focused(), uitest.Host) // the field has the focus from the start
	s.Key(fyne.KeyReturn)
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	s.Key(fyne.KeyReturn) // the main button has the focus
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	s.Key(fyne.KeyReturn)
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	s.Key(fyne.KeyEscape)
	if s.Shell.State().Page != flow.Verdict {
		t.Errorf("Esc on the result leads to %s", s.Shell.State().Page)
	}
	s.Key(fyne.KeyF5)
	if s.Shell.State().Page != flow.Checking {
		t.Errorf("F5 leads to %s", s.Shell.State().Page)
	}
	s.Key(fyne.KeyEscape)
	if st := s.Shell.State(); st.Page != flow.Address || s.Field().Text != uitest.Host {
		t.Errorf("Esc leads to %s with %q", st.Page, s.Field().Text)
	}
}

func TestEnterWithoutFocusPressesTheMainButton(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Stale())
	s.Check()
	s.Window.Canvas().Unfocus()
	s.Key(fyne.KeyReturn)
	if s.Shell.State().Page != flow.Repair {
		t.Errorf("Enter leads to %s", s.Shell.State().Page)
	}
}

func TestCtrlCCopies(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{})
	s.Check()
	c, ok := s.Window.Canvas().(interface{ TypedShortcut(fyne.Shortcut) })
	if !ok {
		t.Skip("this Fyne's test canvas has no shortcuts")
	}
	c.TypedShortcut(&fyne.ShortcutCopy{})
	if s.App.Clipboard().Content() == "" {
		t.Error("nothing was copied")
	}
}

func TestFocusedStopIsBroughtIntoView(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Size: fyne.NewSize(640, 460), Text: "largest"})
	s.Check()
	d := fyne.CurrentApp().Driver()
	for _, f := range walkTab(t, s) {
		s.Window.Canvas().Focus(f)
		o := f.(fyne.CanvasObject)
		if y := d.AbsolutePositionForObject(o).Y; y < 0 || y+o.Size().Height > 460 {
			t.Errorf("%T is at %v and cannot be seen", f, y)
		}
	}
}
