// This file has the small signs: a picture, the badge (shape, word and colour together), the progress line and the fold.

package kit

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"passerelle/checks/decide"
	"passerelle/ui/theme"
)

// NewPicture shows one of our drawings in a square of that side, sharp at every size.
func NewPicture(res fyne.Resource, side float32) *canvas.Raster {
	p := newPicture(res)
	p.SetMinSize(fyne.NewSquareSize(side))
	return p.Raster
}

// picture is a drawing that can be replaced by another one.
type picture struct {
	*canvas.Raster // what is drawn: Fyne knows its own types only
	res            fyne.Resource
}

func newPicture(res fyne.Resource) *picture {
	p := &picture{res: res}
	p.Raster = canvas.NewRaster(func(w, h int) image.Image {
		if p.res == nil {
			return image.NewNRGBA(image.Rect(0, 0, 1, 1))
		}
		return theme.Draw(p.res, min(w, h))
	})
	return p
}

// NewBadge is a state: its shape, a word, its tint.
func NewBadge(s decide.State, word string) *fyne.Container {
	ink, tint := theme.StateColors(s)
	return newPill(theme.StateIcon(s), word, ink, tint)
}

// NewTag is a word on a quiet ground (« Exemple », « Provisoire »).
func NewTag(word string) *fyne.Container {
	return newPill(nil, word, theme.ColorInfo, theme.ColorInfoTint)
}

func newPill(icon fyne.Resource, word string, ink, tint fyne.ThemeColorName) *fyne.Container {
	ground := canvas.NewRectangle(theme.Of(tint))
	text := canvas.NewText(word, theme.Of(ink))
	text.TextSize, text.TextStyle = theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{Bold: true}
	o := []fyne.CanvasObject{ground, text}
	if icon != nil {
		o = append(o, NewPicture(icon, theme.SizeOf(fynetheme.SizeNameInlineIcon)+4))
	}
	return container.New(pill{}, o...)
}

// pill places ground, text and perhaps an icon.
type pill struct{}

const (
	pillSide = 12
	pillTop  = 6
)

func (pill) Layout(o []fyne.CanvasObject, s fyne.Size) {
	m := pill{}.MinSize(o)
	r := o[0].(*canvas.Rectangle)
	r.CornerRadius = m.Height / 2
	r.Resize(m)
	r.Move(fyne.NewPos(0, 0))
	x := float32(pillSide)
	if len(o) > 2 {
		i := o[2].MinSize()
		o[2].Resize(i)
		o[2].Move(fyne.NewPos(x, (m.Height-i.Height)/2))
		x += i.Width + iconGap
	}
	t := o[1].MinSize()
	o[1].Resize(t)
	o[1].Move(fyne.NewPos(x, (m.Height-t.Height)/2))
}

func (pill) MinSize(o []fyne.CanvasObject) fyne.Size {
	s := o[1].MinSize()
	if len(o) > 2 {
		i := o[2].MinSize()
		s.Width += i.Width + iconGap
		s.Height = fyne.Max(s.Height, i.Height)
	}
	return s.AddWidthHeight(2*pillSide, 2*pillTop)
}

// Progress is a determinate line that fills. It never goes back.
type Progress struct {
	widget.BaseWidget
	value float32 // 0 to 1
}

// NewProgress makes an empty line.
func NewProgress() *Progress {
	p := &Progress{}
	p.ExtendBaseWidget(p)
	return p
}

// Set moves the line to v, from 0 to 1, unless it is further already.
func (p *Progress) Set(v float32) {
	v = fyne.Min(v, 1)
	if v <= p.value {
		return
	}
	p.value = v
	p.Refresh()
}

// Value returns where the line is, from 0 to 1.
func (p *Progress) Value() float32 { return p.value }

// progressHeight is the line's height.
const progressHeight = 8

// CreateRenderer is Fyne's.
func (p *Progress) CreateRenderer() fyne.WidgetRenderer {
	r := &progressRenderer{p: p, ground: canvas.NewRectangle(color.Black), bar: canvas.NewRectangle(color.Black)}
	r.ground.CornerRadius, r.bar.CornerRadius = progressHeight/2, progressHeight/2
	r.apply()
	return r
}

type progressRenderer struct {
	p           *Progress
	ground, bar *canvas.Rectangle
}

func (r *progressRenderer) apply() {
	r.ground.FillColor, r.bar.FillColor = theme.Of(theme.ColorHairline), theme.Of(fynetheme.ColorNamePrimary)
	if theme.Border() > 1 { // the line is as strong as the text there: an empty bar would look full
		r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = color.Transparent, theme.Of(theme.ColorHairline), 1
	}
}

func (r *progressRenderer) Layout(s fyne.Size) {
	r.ground.Resize(fyne.NewSize(s.Width, progressHeight))
	w := s.Width * r.p.value
	if w > 0 {
		w = fyne.Max(w, progressHeight)
	}
	r.bar.Resize(fyne.NewSize(w, progressHeight))
}
func (r *progressRenderer) MinSize() fyne.Size           { return fyne.NewSize(80, progressHeight) }
func (r *progressRenderer) Destroy()                     {}
func (r *progressRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground, r.bar} }
func (r *progressRenderer) Refresh() {
	r.apply()
	r.Layout(r.p.Size())
	r.ground.Refresh()
	r.bar.Refresh()
}

// Fold is a heading that shows or hides what belongs to it.
type Fold struct {
	widget.BaseWidget
	head   *foldHead
	body   fyne.CanvasObject
	box    *fyne.Container
	Open   bool
	Toggle func(open bool) // told after a change; may be nil
}

// NewFold makes a fold, closed. relayout is called when its height changed.
func NewFold(title string, body fyne.CanvasObject, relayout func()) *Fold {
	f := &Fold{body: body}
	f.head = &foldHead{text: title}
	f.head.tap = func() {
		f.SetOpen(!f.Open)
		if f.Toggle != nil {
			f.Toggle(f.Open)
		}
		if relayout != nil {
			relayout()
		}
	}
	f.head.ExtendBaseWidget(f.head)
	f.box = NewColumn(Column, GapInside, f.head, body)
	body.Hide()
	f.ExtendBaseWidget(f)
	return f
}

// SetOpen shows or hides the body.
func (f *Fold) SetOpen(open bool) {
	f.Open = open
	f.head.open = open
	if open {
		f.body.Show()
	} else {
		f.body.Hide()
	}
	f.head.Refresh()
	f.box.Layout.Layout(f.box.Objects, f.box.Size())
}

// Head is what is clicked and focused.
func (f *Fold) Head() fyne.Focusable { return f.head }

// Resize passes the width on, so that the height is known at once.
func (f *Fold) Resize(s fyne.Size) {
	f.BaseWidget.Resize(s)
	f.box.Resize(s)
	f.box.Layout.Layout(f.box.Objects, s)
}

// MinSize is the heading's, and the body's when open.
func (f *Fold) MinSize() fyne.Size { return f.box.MinSize() }

// CreateRenderer is Fyne's.
func (f *Fold) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.box) }

// foldPad lies before the arrow: room for the ring.
const foldPad = 6

// foldHead is the clickable line of a fold.
type foldHead struct {
	widget.BaseWidget
	text                   string
	open, focused, hovered bool
	tap                    func()
}

func (h *foldHead) Tapped(*fyne.PointEvent)        { h.tap() }
func (h *foldHead) FocusGained()                   { h.focused = true; h.Refresh(); reveal(h) }
func (h *foldHead) FocusLost()                     { h.focused = false; h.Refresh() }
func (h *foldHead) TypedRune(rune)                 {}
func (h *foldHead) MouseIn(*desktop.MouseEvent)    { h.hovered = true; h.Refresh() }
func (h *foldHead) MouseMoved(*desktop.MouseEvent) {}
func (h *foldHead) MouseOut()                      { h.hovered = false; h.Refresh() }
func (h *foldHead) Cursor() desktop.Cursor         { return desktop.PointerCursor }
func (h *foldHead) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		h.tap()
	default:
		pass(h, e, nil)
	}
}

// Inset lets the arrow stand at the page's left edge.
func (h *foldHead) Inset() float32 { return foldPad }

func (h *foldHead) MinSize() fyne.Size {
	t := fyne.MeasureText(h.text, theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{})
	return fyne.NewSize(t.Width+theme.SizeOf(fynetheme.SizeNameInlineIcon)+2*iconGap+foldPad, fyne.Max(MinTarget, t.Height+16))
}

func (h *foldHead) CreateRenderer() fyne.WidgetRenderer {
	r := &foldRenderer{h: h, ground: canvas.NewRectangle(color.Transparent), text: canvas.NewText(h.text, color.Black),
		icon: newPicture(nil)}
	r.ground.CornerRadius = 8
	r.apply()
	return r
}

type foldRenderer struct {
	h      *foldHead
	ground *canvas.Rectangle
	text   *canvas.Text
	icon   *picture
}

func (r *foldRenderer) apply() {
	name := "fold-closed"
	if r.h.open {
		name = "fold-open"
	}
	r.icon.res = theme.Icon(name, fynetheme.ColorNamePrimary)
	r.text.TextSize, r.text.Color = theme.SizeOf(fynetheme.SizeNameText), theme.Of(fynetheme.ColorNamePrimary)
	r.ground.FillColor, r.ground.StrokeWidth = color.Transparent, 0
	if r.h.hovered {
		r.ground.FillColor = theme.Of(fynetheme.ColorNameHover)
	}
	if r.h.focused {
		r.ground.StrokeWidth, r.ground.StrokeColor = ringWidth, theme.Of(fynetheme.ColorNamePrimary)
	}
}

func (r *foldRenderer) Layout(s fyne.Size) {
	side := theme.SizeOf(fynetheme.SizeNameInlineIcon)
	t := fyne.MeasureText(r.text.Text, r.text.TextSize, r.text.TextStyle)
	r.ground.Resize(fyne.NewSize(r.h.MinSize().Width, s.Height))
	r.icon.Resize(fyne.NewSquareSize(side))
	r.icon.Move(fyne.NewPos(foldPad, (s.Height-side)/2))
	r.text.Resize(t)
	r.text.Move(fyne.NewPos(foldPad+side+iconGap, (s.Height-t.Height)/2))
}
func (r *foldRenderer) MinSize() fyne.Size { return r.h.MinSize() }
func (r *foldRenderer) Destroy()           {}
func (r *foldRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.icon.Raster, r.text}
}
func (r *foldRenderer) Refresh() {
	r.apply()
	r.Layout(r.h.Size())
	canvas.Refresh(r.h) // with all that it is made of
}

// NewDot is the sign before a line of a list, drawn because the font has none (fyne-anchors P12).
func NewDot() fyne.CanvasObject {
	c := canvas.NewCircle(theme.Of(theme.ColorSecondary))
	return container.New(dot{}, c)
}

// dot places a small disc in the room of a letter.
type dot struct{}

const dotSide = 6

func (dot) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Resize(fyne.NewSquareSize(dotSide))
	o[0].Move(fyne.NewPos((s.Width-dotSide)/2, (s.Height-dotSide)/2))
}
func (dot) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSquareSize(dotSide + 6) }

// NewGap is empty room of a height.
func NewGap(h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, h))
	return r
}

// NewLine is text on one line, at its own width.
func NewLine(text string, s Style) *canvas.Text {
	t := canvas.NewText(text, theme.Of(s.color()))
	t.TextSize, t.TextStyle = s.size(), s.text()
	return t
}

// NewToast is a short notice with its buttons, the last one takes it away.
func NewToast(text string, buttons ...*Button) fyne.CanvasObject {
	right := container.NewHBox()
	for _, b := range buttons {
		right.Add(b)
	}
	return NewCard(theme.ColorInfoTint, theme.ColorInfo, NewEnd(GapInside, container.New(&middle{}, NewParagraph(text, Strong)), right))
}
