// This file places things: the page's column, rows that wrap, and the bar with the main action. All are exact in one go: Fyne's
// own boxes ask for heights before they give widths, so that wrapped text is one layout late (fyne-anchors §5.2).

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"passerelle/ui/theme"
)

// Distances (fyne-anchors §8.2).
const (
	GapInside = 8   // inside a block
	GapBlock  = 14  // between blocks: with less around it, more of a verdict is seen at once
	Column    = 780 // the page's column: the widest picture of the way (seven stops) just fits across it
)

// inset is an object that leaves room around what is seen of it, for its focus ring: it is placed by what is seen, so that faces, signs
// and text share one left edge.
type inset interface {
	// Inset is how far what is seen begins from the object's left and right edge.
	Inset() float32
}

func insetOf(o fyne.CanvasObject) float32 {
	if i, ok := o.(inset); ok {
		return i.Inset()
	}
	return 0
}

// column stacks its objects from the top, centred, each as wide as max and exactly as high as it needs at that width.
type column struct {
	max, gap float32
}

// NewColumn stacks objects, at most max wide, with gap between them.
func NewColumn(max, gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{max: max, gap: gap}, o...)
}

func (l *column) width(room float32) float32 { return fyne.Min(l.max, room) }

func (l *column) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		w, in := l.width(s.Width), insetOf(o)
		h := settle(o, w+in)
		o.Move(fyne.NewPos((s.Width-w)/2-in, y))
		y += h + l.gap
	}
}

// settle gives o a width, learns its height there and gives it that. A container that has this width already is laid out all the same:
// something in it may have appeared, or have more lines than before.
func settle(o fyne.CanvasObject, w float32) float32 {
	size := fyne.NewSize(w, o.Size().Height)
	if c, ok := o.(*fyne.Container); ok && c.Layout != nil && c.Size() == size {
		c.Layout.Layout(c.Objects, size)
	} else {
		o.Resize(size)
	}
	h := o.MinSize().Height
	o.Resize(fyne.NewSize(w, h))
	return h
}

func (l *column) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		s.Width = fyne.Max(s.Width, m.Width)
		s.Height += m.Height
		n++
	}
	if n > 1 {
		s.Height += l.gap * float32(n-1)
	}
	return s
}

// row places objects side by side and goes on below when they do not fit. Its height is for the width given last.
type row struct {
	gap    float32
	end    bool // to the right
	center bool
	width  float32
}

// NewRow places objects side by side, wrapping.
func NewRow(gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap}, o...)
}

// NewCenteredRow is a row in the middle of its room.
func NewCenteredRow(gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap, center: true}, o...)
}

func (l *row) lines(objects []fyne.CanvasObject, width float32) (lines [][]fyne.CanvasObject) {
	x := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if len(lines) == 0 || x+w > width {
			lines = append(lines, nil)
			x = 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], o)
		x += w + l.gap
	}
	return lines
}

func (l *row) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	y := float32(0)
	for _, line := range l.lines(objects, s.Width) {
		h, total := float32(0), -l.gap
		for _, o := range line {
			h = fyne.Max(h, o.MinSize().Height)
			total += o.MinSize().Width + l.gap
		}
		x := -insetOf(line[0])
		if l.end {
			x = fyne.Max(0, s.Width-total) + insetOf(line[len(line)-1])
		} else if l.center {
			x = fyne.Max(0, (s.Width-total)/2)
		}
		for _, o := range line {
			m := o.MinSize()
			m.Width = fyne.Min(m.Width, s.Width)
			o.Resize(m)
			o.Move(fyne.NewPos(x, y+(h-m.Height)/2))
			x += m.Width + l.gap
		}
		y += h + l.gap
	}
}

func (l *row) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	width := l.width
	if width == 0 {
		width = 1e6
	}
	lines := l.lines(objects, width)
	for _, line := range lines {
		h := float32(0)
		for _, o := range line {
			m := o.MinSize()
			h = fyne.Max(h, m.Height)
			s.Width = fyne.Max(s.Width, m.Width)
		}
		s.Height += h
	}
	if n := len(lines); n > 1 {
		s.Height += l.gap * float32(n-1)
	}
	return s
}

// bar is the footer's layout: the first object on the left, the others on the right in the order given, the last one outermost.
// Where they do not fit beside each other, the right ones go on a line of their own, and wrap there.
type bar struct {
	gap   float32
	width float32
}

// NewBar places left on the left and right on the right.
func NewBar(gap float32, left fyne.CanvasObject, right ...fyne.CanvasObject) *fyne.Container {
	return container.New(&bar{gap: gap}, append([]fyne.CanvasObject{left}, right...)...)
}

func (l *bar) split(objects []fyne.CanvasObject, width float32) (oneLine bool, right []fyne.CanvasObject) {
	total := float32(0)
	for i, o := range objects {
		if o == nil || !o.Visible() {
			continue
		}
		if i > 0 {
			right = append(right, o)
		}
		total += o.MinSize().Width + l.gap
	}
	return total-l.gap <= width, right
}

func (l *bar) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	one, right := l.split(objects, s.Width)
	left := objects[0]
	m, in := left.MinSize(), insetOf(left)
	left.Resize(m)
	rest := (&row{gap: l.gap, width: s.Width}).MinSize(right).Height
	if one {
		left.Move(fyne.NewPos(-in, fyne.Max(0, (fyne.Max(rest, m.Height)-m.Height)/2)))
	} else {
		// The row with the main action comes first: it is what the page leads to; the way back stands below it.
		left.Move(fyne.NewPos(-in, rest+l.gap))
	}
	(&row{gap: l.gap, end: true}).Layout(right, s)
}

func (l *bar) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	width := l.width
	if width == 0 {
		width = 1e6
	}
	one, right := l.split(objects, width)
	rest := (&row{gap: l.gap, width: width}).MinSize(right)
	left := fyne.Size{}
	if objects[0].Visible() {
		left = objects[0].MinSize()
	}
	s.Width = fyne.Max(left.Width, rest.Width)
	if one || left.Height == 0 {
		s.Height = fyne.Max(left.Height, rest.Height)
		return s
	}
	s.Height = left.Height + l.gap + rest.Height
	return s
}

// fill gives the last object all the width that the others leave; the others stand beside its first line.
type fill struct{ gap float32 }

// NewFill places objects side by side; the last one grows.
func NewFill(gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container.New(&fill{gap: gap}, o...)
}

func (l *fill) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	if len(objects) == 0 {
		return
	}
	last := objects[len(objects)-1]
	used, high := float32(0), float32(0)
	for _, o := range objects[:len(objects)-1] {
		if o.Visible() {
			used += o.MinSize().Width + l.gap
			high = fyne.Max(high, o.MinSize().Height)
		}
	}
	h := settle(last, fyne.Max(0, s.Width-used))
	first := h // what the signs stand beside: the first line of a paragraph, else the whole
	if p, ok := last.(*Paragraph); ok {
		first = lineHeight(p.style)
	}
	mid := fyne.Max(first, high) / 2
	x := float32(0)
	for _, o := range objects[:len(objects)-1] {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		o.Resize(m)
		o.Move(fyne.NewPos(x, mid-m.Height/2))
		x += m.Width + l.gap
	}
	last.Move(fyne.NewPos(x, mid-first/2))
}

func (l *fill) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		s.Width += m.Width
		if i > 0 {
			s.Width += l.gap
		}
		s.Height = fyne.Max(s.Height, m.Height)
	}
	return s
}

// card is a tinted, rounded ground under one object.
type card struct {
	pad float32
}

// NewCard lays o on a tinted ground with a border.
func NewCard(ground, edge fyne.ThemeColorName, o fyne.CanvasObject) *fyne.Container {
	return newCard(14, ground, edge, o)
}

// NewSlimCard is a card for a line or two, with less room around them.
func NewSlimCard(ground, edge fyne.ThemeColorName, o fyne.CanvasObject) *fyne.Container {
	return newCard(9, ground, edge, o)
}

func newCard(pad float32, ground, edge fyne.ThemeColorName, o fyne.CanvasObject) *fyne.Container {
	r := canvas.NewRectangle(theme.Of(ground))
	r.CornerRadius = 10
	if edge != "" {
		r.StrokeWidth, r.StrokeColor = theme.Border(), theme.Of(edge)
	} else {
		r.StrokeColor = color.Transparent
	}
	return container.New(&card{pad: pad}, r, o)
}

func (l *card) Layout(o []fyne.CanvasObject, s fyne.Size) {
	h := settle(o[1], fyne.Max(0, s.Width-2*l.pad))
	o[1].Move(fyne.NewPos(l.pad, l.pad))
	o[0].Resize(fyne.NewSize(s.Width, h+2*l.pad))
	o[0].Move(fyne.NewPos(0, 0))
}

func (l *card) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[1].MinSize().AddWidthHeight(2*l.pad, 2*l.pad)
}

// tall gives its one object a least height.
type tall struct{ min fyne.Size }

// NewAtLeast makes o at least w by h.
func NewAtLeast(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&tall{fyne.NewSize(w, h)}, o)
}

func (l *tall) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for _, x := range o {
		x.Resize(s)
		x.Move(fyne.NewPos(0, 0))
	}
}

func (l *tall) MinSize(o []fyne.CanvasObject) fyne.Size {
	s := l.min
	for _, x := range o {
		s = s.Max(x.MinSize())
	}
	return s
}
