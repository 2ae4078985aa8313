// This file is the field for a pasted text of several lines. Tab leaves it and Enter sends it: it is pasted into, hardly ever written.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Area takes a text of several lines.
type Area struct {
	widget.Entry
	OnCancel func()
}

// areaRows is how many lines are seen at once: an error that was copied is seldom longer.
const areaRows = 4

// NewArea makes an empty one.
func NewArea(placeholder string) *Area {
	a := &Area{}
	a.MultiLine = true
	a.Wrapping = fyne.TextWrapWord
	a.PlaceHolder = placeholder
	a.ExtendBaseWidget(a)
	a.SetMinRowsVisible(areaRows)
	return a
}

// AcceptsTab lets Tab go on to the next thing.
func (a *Area) AcceptsTab() bool { return false }

// TypedKey sends on Enter, and lets Esc and the function keys through to the window.
func (a *Area) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if a.OnSubmitted != nil {
			a.OnSubmitted(a.Text)
		}
	case fyne.KeyEscape, fyne.KeyF5:
		pass(a, e, a.OnCancel)
	default:
		a.Entry.TypedKey(e)
	}
}
