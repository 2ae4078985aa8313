// This file is the button. Fyne's own ignores Enter and shows its focus by a tint that hardly anybody sees (fyne-anchors P7, P8).

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

const (
	// MinTarget is how high everything that can be clicked is at least (WCAG 2.2, 2.5.5).
	MinTarget = 44
	// minButtonWidth keeps short words from making small targets.
	minButtonWidth = 120
	// ringGap is the room around a button for its focus ring: 2 for the ring, 1 between.
	ringGap = 3
	// ringWidth is the focus ring's stroke (WCAG 2.2, 2.4.13).
	ringWidth = 2
	// quietPad is the same for buttons without a face of their own.
	quietPad = 6
	// buttonPad is what lies left and right of a label.
	buttonPad = 18
)

// Button is activated by a click, Enter or Space; Esc calls OnCancel.
type Button struct {
	widget.BaseWidget
	Text       string
	Icon       fyne.Resource
	Importance widget.Importance // High: filled, one a page. Medium: outlined. Low: looks like a link.
	Selected   bool              // one of a row of choices: the one in force
	Small      bool              // no wider than its label needs
	OnTapped   func()
	OnCancel   func()

	focused, hovered bool
}

// NewButton makes an outlined button.
func NewButton(label string, tap func()) *Button {
	b := &Button{Text: label, OnTapped: tap}
	b.ExtendBaseWidget(b)
	return b
}

// NewMain makes the page's main button.
func NewMain(label string, tap func()) *Button {
	b := NewButton(label, tap)
	b.Importance = widget.HighImportance
	return b
}

// NewQuiet makes a button that looks like a link.
func NewQuiet(label string, tap func()) *Button {
	b := NewButton(label, tap)
	b.Importance = widget.LowImportance
	return b
}

// MakeMain makes it the page's main button.
func (b *Button) MakeMain() { b.Importance = widget.HighImportance }

// NewSmall makes an outlined button that is no wider than its label needs.
func NewSmall(label string, tap func()) *Button {
	b := NewButton(label, tap)
	b.Small = true
	return b
}

// SetText changes the label.
func (b *Button) SetText(s string) {
	if b.Text == s {
		return
	}
	b.Text = s
	b.Refresh()
}

// Tapped does what the button says.
func (b *Button) Tapped(*fyne.PointEvent) {
	if b.OnTapped != nil {
		b.OnTapped()
	}
}

// TypedKey: Enter and Space activate, Esc goes back.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.Tapped(nil)
	default:
		pass(b, e, b.OnCancel)
	}
}

// TypedRune does nothing: a button takes no text.
func (b *Button) TypedRune(rune) {}

// FocusGained shows the ring.
func (b *Button) FocusGained() { b.focused = true; b.Refresh(); reveal(b) }

// FocusLost hides it.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// Focused tells whether the ring is shown.
func (b *Button) Focused() bool { return b.focused }

// MouseIn, MouseMoved and MouseOut tint the button under the pointer.
func (b *Button) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.Refresh() }

// MouseMoved does nothing.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes the tint away.
func (b *Button) MouseOut() { b.hovered = false; b.Refresh() }

// Cursor is a hand over what can be clicked.
func (b *Button) Cursor() desktop.Cursor { return desktop.PointerCursor }

func (b *Button) style() Style { return Style{Bold: b.Importance != widget.LowImportance} }

// MinSize is at least MinTarget high.
func (b *Button) MinSize() fyne.Size {
	t := fyne.MeasureText(b.Text, b.style().size(), b.style().text())
	pad, least := float32(buttonPad), float32(minButtonWidth)
	if b.Importance == widget.LowImportance || b.Small {
		pad, least = quietPad, MinTarget
	}
	w := t.Width + 2*pad
	if b.Icon != nil {
		w += theme.SizeOf(fynetheme.SizeNameInlineIcon) + iconGap
	}
	h := fyne.Max(t.Height+16, MinTarget)
	return fyne.NewSize(fyne.Max(w, least)+2*ringGap, h+2*ringGap)
}

// Inset is the room for the ring, and for a button that looks like a link also what lies before its words.
func (b *Button) Inset() float32 {
	if b.Importance == widget.LowImportance {
		return ringGap + quietPad
	}
	return ringGap
}

// iconGap lies between a picture and the word beside it.
const iconGap = 8

// CreateRenderer is Fyne's.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, ring: canvas.NewRectangle(color.Transparent), face: canvas.NewRectangle(color.Transparent),
		text: canvas.NewText("", color.Black), icon: canvas.NewImageFromResource(nil)}
	r.icon.FillMode = canvas.ImageFillContain
	r.apply()
	return r
}

type buttonRenderer struct {
	b          *Button
	ring, face *canvas.Rectangle
	text       *canvas.Text
	icon       *canvas.Image
}

func (r *buttonRenderer) apply() {
	b := r.b
	ink, face, edge := fynetheme.ColorNameForeground, fynetheme.ColorNameButton, fynetheme.ColorNameInputBorder
	if b.hovered {
		face = fynetheme.ColorNameHover
	}
	r.face.StrokeWidth = theme.Border()
	switch {
	case b.Importance == widget.HighImportance:
		ink, face, edge = fynetheme.ColorNameForegroundOnPrimary, fynetheme.ColorNamePrimary, fynetheme.ColorNamePrimary
	case b.Importance == widget.LowImportance:
		ink = fynetheme.ColorNamePrimary
		r.face.StrokeWidth = 0
	case b.Selected:
		ink, face, edge = theme.ColorInfo, theme.ColorInfoTint, theme.ColorInfo
		r.face.StrokeWidth = 2
	}
	r.face.FillColor = theme.Of(face)
	if b.Importance == widget.LowImportance && !b.hovered {
		r.face.FillColor = color.Transparent
	}
	if b.Importance == widget.HighImportance && b.hovered {
		r.face.FillColor = mix(theme.Of(face), theme.Of(fynetheme.ColorNameForeground), hoverMix)
	}
	r.face.StrokeColor = theme.Of(edge)
	r.face.CornerRadius = 8
	r.ring.CornerRadius = 10
	r.ring.StrokeWidth, r.ring.StrokeColor = 0, color.Transparent
	if b.focused {
		r.ring.StrokeWidth, r.ring.StrokeColor = ringWidth, theme.Of(fynetheme.ColorNamePrimary)
	}
	r.text.Text, r.text.TextSize, r.text.TextStyle = b.Text, b.style().size(), b.style().text()
	r.text.Color = theme.Of(ink)
	r.icon.Resource = b.Icon
	r.icon.Hidden = b.Icon == nil
}

// hoverMix is how much of the text colour a filled button takes under the pointer: to be seen, not to be read through.
const hoverMix = 0.12

func mix(a, b color.Color, k float32) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	f := func(x, y uint32) uint8 { return uint8((float32(x>>8))*(1-k) + float32(y>>8)*k) }
	return color.NRGBA{R: f(ar, br), G: f(ag, bg), B: f(ab, bb), A: 0xff}
}

func (r *buttonRenderer) Layout(s fyne.Size) {
	r.ring.Resize(s)
	r.ring.Move(fyne.NewPos(0, 0))
	r.face.Move(fyne.NewPos(ringGap, ringGap))
	r.face.Resize(fyne.NewSize(s.Width-2*ringGap, s.Height-2*ringGap))
	t := fyne.MeasureText(r.text.Text, r.text.TextSize, r.text.TextStyle)
	w, side := t.Width, float32(0)
	if r.b.Icon != nil {
		side = theme.SizeOf(fynetheme.SizeNameInlineIcon)
		w += side + iconGap
	}
	x := (s.Width - w) / 2
	if side > 0 {
		r.icon.Resize(fyne.NewSquareSize(side))
		r.icon.Move(fyne.NewPos(x, (s.Height-side)/2))
		x += side + iconGap
	}
	r.text.Resize(t)
	r.text.Move(fyne.NewPos(x, (s.Height-t.Height)/2))
}

func (r *buttonRenderer) MinSize() fyne.Size { return r.b.MinSize() }
func (r *buttonRenderer) Destroy()           {}
func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.face, r.icon, r.text}
}

func (r *buttonRenderer) Refresh() {
	r.apply()
	r.Layout(r.b.Size())
	if r.b.Icon != nil {
		r.icon.Refresh() // an image is drawn anew only when it is asked itself
	}
	canvas.Refresh(r.b)
}
