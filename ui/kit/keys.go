// This file sends keys that a focused thing does not use on to the window, and keeps what has the focus in view.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// pass handles a key that is not the widget's own: Esc calls cancel if there is one; everything else goes to the window's handler
// (Fyne gives keys to the focused object only).
func pass(o fyne.CanvasObject, e *fyne.KeyEvent, cancel func()) {
	if e.Name == fyne.KeyEscape && cancel != nil {
		cancel()
		return
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	if f := c.OnTypedKey(); f != nil {
		f(e)
	}
}

// revealMargin is how much is left between what has the focus and the edge of the page.
const revealMargin = 16

// reveal scrolls the page until o is in view.
func reveal(o fyne.CanvasObject) {
	d := fyne.CurrentApp().Driver()
	c := d.CanvasForObject(o)
	if c == nil {
		return
	}
	s := scrollAbove(c.Content(), o)
	if s == nil {
		return
	}
	top := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(s).Y
	bottom := top + o.Size().Height
	switch {
	case top < 0:
		s.ScrollToOffset(fyne.NewPos(0, fyne.Max(0, s.Offset.Y+top-revealMargin)))
		if s.OnScrolled != nil {
			s.OnScrolled(s.Offset)
		}
	case bottom > s.Size().Height-moreHeight():
		s.ScrollToOffset(fyne.NewPos(0, s.Offset.Y+bottom-s.Size().Height+moreHeight()+revealMargin))
		if s.OnScrolled != nil {
			s.OnScrolled(s.Offset)
		}
	}
}

// scrollAbove finds the page's scroll, unless o lies beside it (in the header or the footer).
func scrollAbove(root, o fyne.CanvasObject) (found *container.Scroll) {
	beside := false
	var walk func(x fyne.CanvasObject)
	walk = func(x fyne.CanvasObject) {
		switch x := x.(type) {
		case *container.Scroll:
			found = x
		case *fyne.Container:
			for _, child := range x.Objects {
				if child == o {
					beside = true
				}
				walk(child)
			}
		}
	}
	walk(root)
	if beside {
		return nil
	}
	return found
}
