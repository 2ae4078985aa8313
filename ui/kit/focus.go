// This file keeps the keyboard's place when a page is made anew: the same button, or the same field with its caret where it was.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Place is where the keyboard was on a page. The zero value is nowhere.
type Place struct {
	label       string // of a button
	same        int    // how many buttons with this label come before it
	nth, others int    // which of the page's buttons or fields it is, and how many there are
	field       bool
	row, column int // of the caret
}

// PlaceOf notes where the focus is among the containers of root.
func PlaceOf(root fyne.CanvasObject, focused fyne.Focusable) (p Place) {
	buttons, fields := reachable(root)
	if b, ok := focused.(*Button); ok {
		p.label, p.nth, p.others = b.Text, -1, len(buttons)
		for i, x := range buttons {
			if x == b {
				p.nth = i
				return p
			}
			if x.Text == b.Text {
				p.same++
			}
		}
		return Place{}
	}
	for i, f := range fields {
		if f == focused {
			e := entryOf(f)
			return Place{field: true, nth: i, others: len(fields), row: e.CursorRow, column: e.CursorColumn}
		}
	}
	return Place{}
}

// Find is the same place on the page as it is now; nil where it is gone. A field gets its caret back. translated: the page is in another
// language than when the place was noted, so that the labels tell nothing.
func (p Place) Find(root fyne.CanvasObject, translated bool) fyne.Focusable {
	if p.others == 0 {
		return nil
	}
	buttons, fields := reachable(root)
	if p.field {
		if len(fields) != p.others {
			return nil
		}
		e := entryOf(fields[p.nth])
		e.CursorRow, e.CursorColumn = p.row, p.column
		e.Refresh()
		return fields[p.nth]
	}
	if translated {
		if len(buttons) != p.others {
			return nil
		}
		return buttons[p.nth]
	}
	left := p.same
	for _, b := range buttons {
		if b.Text != p.label {
			continue
		}
		if left == 0 {
			return b
		}
		left--
	}
	return nil
}

// reachable are the visible buttons and fields among the containers of root, in the order of Tab.
func reachable(root fyne.CanvasObject) (buttons []*Button, fields []fyne.Focusable) {
	if root == nil || !root.Visible() {
		return nil, nil
	}
	var children []fyne.CanvasObject
	switch x := root.(type) {
	case *Button:
		return []*Button{x}, nil
	case *fyne.Container:
		children = x.Objects
	case *container.Scroll:
		children = []fyne.CanvasObject{x.Content}
	case *sheet:
		children = []fyne.CanvasObject{x.page}
	case *Fold:
		children = []fyne.CanvasObject{x.box}
	default:
		if f, ok := root.(fyne.Focusable); ok && entryOf(f) != nil {
			return nil, []fyne.Focusable{f}
		}
	}
	for _, c := range children {
		b, f := reachable(c)
		buttons, fields = append(buttons, b...), append(fields, f...)
	}
	return buttons, fields
}

func entryOf(f fyne.Focusable) *widget.Entry {
	switch x := f.(type) {
	case *Field:
		return &x.Entry
	case *Area:
		return &x.Entry
	}
	return nil
}
