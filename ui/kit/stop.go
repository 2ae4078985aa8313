// This file is one stop of the path picture: a card where the picture lies across, a row where it is a list.

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"passerelle/checks/decide"
	"passerelle/ui/theme"
)

// stopBox is one stop. It can be clicked and focused where the diagram tells what was seen.
type stopBox struct {
	widget.BaseWidget
	Stop
	diagram *PathDiagram
	row     bool

	focused, hovered bool
}

// lie makes the stop a row of the list, or a card.
func (s *stopBox) lie(row bool) {
	if s.row != row {
		s.row = row
		s.Refresh()
	}
}

func (s *stopBox) Tapped(*fyne.PointEvent) {
	if s.diagram.OnSelect != nil {
		s.diagram.Select(s.ID)
		s.diagram.OnSelect(s.ID)
	}
}

// Disabled, Enable and Disable keep Tab away from stops that tell nothing.
func (s *stopBox) Disabled() bool { return s.diagram.OnSelect == nil }

// Enable does nothing: the diagram's OnSelect decides.
func (s *stopBox) Enable() {}

// Disable does nothing.
func (s *stopBox) Disable() {}

func (s *stopBox) FocusGained()                   { s.focused = true; s.Refresh(); reveal(s) }
func (s *stopBox) FocusLost()                     { s.focused = false; s.Refresh() }
func (s *stopBox) TypedRune(rune)                 {}
func (s *stopBox) MouseIn(*desktop.MouseEvent)    { s.hovered = true; s.Refresh() }
func (s *stopBox) MouseMoved(*desktop.MouseEvent) {}
func (s *stopBox) MouseOut()                      { s.hovered = false; s.Refresh() }

func (s *stopBox) Cursor() desktop.Cursor {
	if s.diagram.OnSelect == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

func (s *stopBox) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		s.Tapped(nil)
	default:
		pass(s, e, s.diagram.OnCancel)
	}
}

func caption(bold bool) (float32, fyne.TextStyle) {
	return theme.SizeOf(captionSize), fyne.TextStyle{Bold: bold}
}

// nodeMin is what the card needs.
func (s *stopBox) nodeMin() fyne.Size {
	size, bold := caption(true)
	w, h := float32(0), float32(0)
	for _, l := range splitName(s.Name) {
		m := fyne.MeasureText(l, size, bold)
		w = fyne.Max(w, m.Width)
		h += m.Height
	}
	_, plain := caption(false)
	if s.Sub != "" {
		m := fyne.MeasureText(s.Sub, size, plain)
		w = fyne.Max(w, m.Width)
		h += m.Height
	}
	m := fyne.MeasureText(s.Word, size, plain)
	w = fyne.Max(w, m.Width)
	return fyne.NewSize(w+2*stopPad, stopTop+stopIcon+4+h+m.Height+stopTop-4)
}

func (s *stopBox) rowHeight() float32 {
	m := fyne.MeasureText("Ég", theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{})
	return fyne.Max(MinTarget, m.Height+2*stopPad)
}

func (s *stopBox) MinSize() fyne.Size {
	if s.row {
		return fyne.NewSize(200, s.rowHeight())
	}
	return s.nodeMin()
}

func (s *stopBox) CreateRenderer() fyne.WidgetRenderer {
	r := &stopRenderer{s: s, ground: canvas.NewRectangle(color.Transparent), icon: newPicture(nil),
		badge: newPicture(nil), sub: canvas.NewText("", color.Black), word: canvas.NewText("", color.Black)}
	r.apply()
	return r
}

type stopRenderer struct {
	s           *stopBox
	ground      *canvas.Rectangle
	icon, badge *picture
	names       []*canvas.Text
	sub, word   *canvas.Text
}

func (r *stopRenderer) apply() {
	s := r.s
	ink, tint := theme.StateColors(s.State)
	r.ground.CornerRadius = 10
	r.ground.FillColor = theme.Of(tint)
	r.ground.StrokeWidth, r.ground.StrokeColor = theme.Border(), theme.Of(theme.ColorHairline)
	switch {
	case s.focused:
		r.ground.StrokeWidth, r.ground.StrokeColor = 3, theme.Of(fynetheme.ColorNamePrimary)
	case s.diagram.selected == s.ID && s.ID != "", s.State == decide.StateProblem, s.State == theme.Running:
		r.ground.StrokeWidth, r.ground.StrokeColor = 1+theme.Border(), theme.Of(ink)
	case s.hovered && s.diagram.OnSelect != nil:
		r.ground.StrokeColor = theme.Of(fynetheme.ColorNameInputBorder)
	}
	r.icon.res = theme.Icon(string(s.ID), fynetheme.ColorNameForeground)
	if s.State == decide.StateUnknown || s.State == "" {
		r.icon.res = theme.Icon(string(s.ID), theme.ColorSecondary)
	}
	r.badge.res = theme.StateIcon(s.State)

	lines := splitName(s.Name)
	size, bold := caption(true)
	if s.row {
		lines = []string{s.Name}
		size, bold = theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{Bold: true}
	}
	for len(r.names) < len(lines) {
		r.names = append(r.names, canvas.NewText("", color.Black))
	}
	r.names = r.names[:len(lines)]
	for i, l := range lines {
		t := r.names[i]
		t.Text, t.TextSize, t.TextStyle, t.Color = l, size, bold, theme.Of(fynetheme.ColorNameForeground)
	}
	r.sub.Text, r.sub.TextSize, r.sub.Color, r.sub.Hidden = s.Sub, theme.SizeOf(captionSize), theme.Of(theme.ColorSecondary), s.Sub == ""
	r.word.Text, r.word.TextSize, r.word.Color = s.Word, size, theme.Of(ink)
}

func (r *stopRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	if r.s.row {
		r.layoutRow(size)
		return
	}
	x := (size.Width - stopIcon) / 2
	r.icon.Resize(fyne.NewSquareSize(stopIcon))
	r.icon.Move(fyne.NewPos(x, stopTop))
	r.badge.Resize(fyne.NewSquareSize(badgeSide))
	r.badge.Move(fyne.NewPos(size.Width-badgeSide-5, 5))
	y := float32(stopTop + stopIcon + 4)
	for _, t := range append(append([]*canvas.Text{}, r.names...), r.sub, r.word) {
		if t.Text == "" {
			continue
		}
		m := fyne.MeasureText(t.Text, t.TextSize, t.TextStyle)
		t.Resize(m)
		t.Move(fyne.NewPos((size.Width-m.Width)/2, y))
		y += m.Height
	}
}

func (r *stopRenderer) layoutRow(size fyne.Size) {
	mid := func(h float32) float32 { return (size.Height - h) / 2 }
	r.icon.Resize(fyne.NewSquareSize(stopRowIcon))
	r.icon.Move(fyne.NewPos(stopTop, mid(stopRowIcon)))
	w := fyne.MeasureText(r.word.Text, r.word.TextSize, r.word.TextStyle)
	x := size.Width - stopTop - w.Width
	r.word.Resize(w)
	r.word.Move(fyne.NewPos(x, mid(w.Height)))
	r.badge.Resize(fyne.NewSquareSize(badgeSide))
	r.badge.Move(fyne.NewPos(x-iconGap-badgeSide, mid(badgeSide)))
	left := float32(stopTop + stopRowIcon + 12)
	t := r.names[0]
	t.Text = Shorten(r.s.Name, x-2*iconGap-badgeSide-left, t.TextSize, t.TextStyle)
	m := fyne.MeasureText(t.Text, t.TextSize, t.TextStyle)
	t.Resize(m)
	t.Move(fyne.NewPos(left, mid(m.Height)))
	left += m.Width + iconGap
	r.sub.Text = Shorten(r.s.Sub, fyne.Max(0, x-2*iconGap-badgeSide-left), r.sub.TextSize, r.sub.TextStyle)
	if r.sub.Hidden = r.s.Sub == "" || len([]rune(r.sub.Text)) < 4; !r.sub.Hidden {
		m = fyne.MeasureText(r.sub.Text, r.sub.TextSize, r.sub.TextStyle)
		r.sub.Resize(m)
		r.sub.Move(fyne.NewPos(left, mid(m.Height)))
	}
}

func (r *stopRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r *stopRenderer) Destroy()           {}

func (r *stopRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.ground, r.icon.Raster, r.badge.Raster}
	for _, t := range r.names {
		out = append(out, t)
	}
	return append(out, r.sub, r.word)
}

func (r *stopRenderer) Refresh() {
	r.apply()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s) // with all that it is made of
}
