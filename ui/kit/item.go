// This file is a line of a list that opens something: a sign, one or two lines of text, an arrow; all of it can be clicked.

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui/theme"
)

// Item is activated by a click, Enter or Space; Esc calls OnCancel.
type Item struct {
	widget.BaseWidget
	OnTapped func()
	OnCancel func()

	sign, arrow      *picture
	title, below     *Paragraph
	focused, hovered bool
}

// NewItem makes a line. sign is a drawing of ours; below may be empty.
func NewItem(sign fyne.Resource, title, below string, tap func()) *Item {
	i := &Item{OnTapped: tap, sign: newPicture(sign), arrow: newPicture(theme.Icon("fold-closed", fynetheme.ColorNamePrimary)),
		title: NewParagraph(title, Body), below: NewParagraph(below, Caption)}
	i.below.Hidden = below == ""
	i.ExtendBaseWidget(i)
	return i
}

// Text is what is read first.
func (i *Item) Text() string { return i.title.Text() }

// Tapped opens it.
func (i *Item) Tapped(*fyne.PointEvent) {
	if i.OnTapped != nil {
		i.OnTapped()
	}
}

// TypedKey: Enter and Space open it, Esc goes back.
func (i *Item) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		i.Tapped(nil)
	default:
		pass(i, e, i.OnCancel)
	}
}

// TypedRune does nothing: a line takes no text.
func (i *Item) TypedRune(rune) {}

// FocusGained shows the ring.
func (i *Item) FocusGained() { i.focused = true; i.Refresh(); reveal(i) }

// FocusLost hides it.
func (i *Item) FocusLost() { i.focused = false; i.Refresh() }

// MouseIn, MouseMoved and MouseOut tint the line under the pointer.
func (i *Item) MouseIn(*desktop.MouseEvent) { i.hovered = true; i.Refresh() }

// MouseMoved does nothing.
func (i *Item) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes the tint away.
func (i *Item) MouseOut() { i.hovered = false; i.Refresh() }

// Cursor is a hand over what can be clicked.
func (i *Item) Cursor() desktop.Cursor { return desktop.PointerCursor }

// Measures of a line.
const (
	itemPad  = 8
	itemSign = 22
)

// words is the width that the sign and the arrow leave.
func (i *Item) words(width float32) float32 {
	return fyne.Max(0, width-2*itemPad-2*itemSign-2*GapInside)
}

// Resize passes the width on, so that the height is known at once.
func (i *Item) Resize(s fyne.Size) {
	w := i.words(s.Width)
	settle(i.title, w)
	settle(i.below, w)
	i.BaseWidget.Resize(s)
}

// MinSize is the height at the width given last, at least MinTarget.
func (i *Item) MinSize() fyne.Size {
	h := i.title.MinSize().Height
	if i.below.Visible() {
		h += i.below.MinSize().Height
	}
	return fyne.NewSize(minTextWidth+2*itemPad+2*itemSign+2*GapInside, fyne.Max(h+2*itemPad, MinTarget))
}

// CreateRenderer is Fyne's.
func (i *Item) CreateRenderer() fyne.WidgetRenderer {
	r := &itemRenderer{i: i, ground: canvas.NewRectangle(color.Transparent)}
	r.ground.CornerRadius = 8
	r.apply()
	return r
}

type itemRenderer struct {
	i      *Item
	ground *canvas.Rectangle
}

func (r *itemRenderer) apply() {
	r.ground.FillColor, r.ground.StrokeWidth, r.ground.StrokeColor = color.Transparent, 0, color.Transparent
	if r.i.hovered {
		r.ground.FillColor = theme.Of(fynetheme.ColorNameHover)
	}
	if r.i.focused {
		r.ground.StrokeWidth, r.ground.StrokeColor = ringWidth, theme.Of(fynetheme.ColorNamePrimary)
	}
}

func (r *itemRenderer) Layout(s fyne.Size) {
	i := r.i
	r.ground.Resize(s)
	i.sign.Resize(fyne.NewSquareSize(itemSign))
	i.sign.Move(fyne.NewPos(itemPad, itemPad))
	i.arrow.Resize(fyne.NewSquareSize(itemSign))
	i.arrow.Move(fyne.NewPos(s.Width-itemPad-itemSign, (s.Height-itemSign)/2))
	w, x := i.words(s.Width), float32(itemPad+itemSign+GapInside)
	h := settle(i.title, w)
	y := float32(itemPad)
	if i.below.Visible() {
		settle(i.below, w)
		i.below.Move(fyne.NewPos(x, y+h))
	} else if room := s.Height - h; room > 2*itemPad {
		y = room / 2
	}
	i.title.Move(fyne.NewPos(x, y))
}
func (r *itemRenderer) MinSize() fyne.Size { return r.i.MinSize() }
func (r *itemRenderer) Destroy()           {}
func (r *itemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.i.sign.Raster, r.i.title, r.i.below, r.i.arrow.Raster}
}
func (r *itemRenderer) Refresh() {
	r.apply()
	r.Layout(r.i.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
