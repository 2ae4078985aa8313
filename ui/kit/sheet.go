// This file is the sheet: a long text that is read, selected and copied, in a frame of its own that scrolls. It cannot be changed.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Sheet shows a text of many lines. The keys of a text move through it; Tab leaves it.
type Sheet struct {
	widget.Entry
	OnCancel func()
	kept     string
}

// NewSheet makes one that is rows lines high.
func NewSheet(text string, rows int) *Sheet {
	s := &Sheet{kept: text}
	s.MultiLine = true
	s.Wrapping = fyne.TextWrapWord
	s.ExtendBaseWidget(s)
	s.SetMinRowsVisible(rows)
	s.Say(text)
	s.OnChanged = func(now string) {
		if now != s.kept { // the menu of Fyne's field can cut and paste
			s.SetText(s.kept)
		}
	}
	return s
}

// Say shows another text.
func (s *Sheet) Say(text string) {
	if s.kept == text && s.Text == text {
		return
	}
	s.kept = text
	s.SetText(text)
}

// AcceptsTab lets Tab go on to the next thing.
func (s *Sheet) AcceptsTab() bool { return false }

// TypedRune does nothing: it is only read.
func (s *Sheet) TypedRune(rune) {}

// TypedKey moves, and lets Esc and the function keys through to the window.
func (s *Sheet) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyF5:
		pass(s, e, s.OnCancel)
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd:
		s.Entry.TypedKey(e)
	}
}

// FocusGained brings it into view.
func (s *Sheet) FocusGained() { s.Entry.FocusGained(); reveal(s) }
