package ui

// Watching the protection that the person pauses: reading it, the reminder above every page, and the question when the window is closed.

import (
	"slices"

	"fyne.io/fyne/v2"

	"passerelle/checks/facts"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/screens"
)

// readProtection reads the protection programs. What cannot be read is told as such: the watch goes on.
func (s *Shell) readProtection() {
	if s.deps.Protection == nil {
		return
	}
	go func() {
		var list []facts.Firewall
		done := false
		err := safely(func() error { list, done = s.deps.Protection(s.base); return nil })
		s.deps.Dispatch(func() { s.Send(flow.Protection{List: list, Done: done && err == nil}) })
	}()
}

// reminder stands above every page while something is paused; nil: nothing is.
func (s *Shell) reminder() fyne.CanvasObject {
	if s.reminded = slices.Clone(s.state.Guard.Off); len(s.reminded) == 0 {
		s.asked = false // another pause is asked about anew
	}
	return screens.Reminder(s.env(), s.state)
}

// Keep asks the person to switch the protection on again before the window is closed, and tells whether it stays open for that. The
// notice has the button that closes all the same; whoever closes a second time is not asked again.
func (s *Shell) Keep(leave func()) bool {
	if len(s.state.Guard.Off) == 0 || s.asked {
		return false
	}
	s.asked = true
	if s.stopToast != nil {
		s.stopToast()
		s.stopToast = nil
	}
	text := s.words.T("ui.guard.leaving", map[string]any{"Names": s.state.Guard.Names()})
	s.frame.Toast(kit.NewToast(text, kit.NewQuiet(s.words.T("ui.button.leave-anyway", nil), leave)))
	return true
}
