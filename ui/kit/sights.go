// This file draws what is seen here beside what is seen elsewhere: cards like those of the way, without lines between them, since no
// way leads from one place to the next. Across where they fit, else a list.

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"passerelle/checks/decide"
	"passerelle/ui/theme"
)

// Names of the pictures of Sights: Stop.ID.
const (
	Here      = decide.HopComputer
	Elsewhere = decide.HopID("place")
)

const (
	sightGap     = 10  // between two places
	sightDivider = 30  // between here and elsewhere: there is a line in it
	sightSub     = 130 // the widest name of a network: five cards fit across the column
)

// Sights is the picture.
type Sights struct {
	widget.BaseWidget
	stops []*stopBox // here first
	width float32
}

// NewSights makes the picture of here and of the places elsewhere.
func NewSights(here Stop, there []Stop) *Sights {
	g := &Sights{}
	still := &PathDiagram{} // nothing here can be clicked
	for _, s := range append([]Stop{here}, there...) {
		s.Sub = Shorten(s.Sub, sightSub*theme.SizeOf(captionSize)/captionBase, theme.SizeOf(captionSize), fyne.TextStyle{})
		b := &stopBox{Stop: s, diagram: still}
		b.ExtendBaseWidget(b)
		g.stops = append(g.stops, b)
	}
	g.ExtendBaseWidget(g)
	return g
}

// captionBase is the caption's height at the ordinary text size (theme.Size).
const captionBase = 13

// Stops returns what is shown, here first.
func (g *Sights) Stops() (out []Stop) {
	for _, b := range g.stops {
		out = append(out, b.Stop)
	}
	return out
}

func (g *Sights) node() (s fyne.Size) {
	for _, b := range g.stops {
		s = s.Max(b.nodeMin())
	}
	return s
}

func (g *Sights) fits(width float32) bool {
	n := float32(len(g.stops))
	return n > 0 && n*g.node().Width+(n-2)*sightGap+sightDivider <= width
}

// Resize notes the width, on which the whole shape depends.
func (g *Sights) Resize(s fyne.Size) {
	g.width = s.Width
	g.BaseWidget.Resize(s)
	g.Refresh()
}

// MinSize is the height at the width given last.
func (g *Sights) MinSize() fyne.Size {
	if g.fits(g.width) {
		return fyne.NewSize(200, g.node().Height)
	}
	h := float32(sightGap)
	for _, b := range g.stops {
		h += b.rowHeight() + sightGap/2
	}
	return fyne.NewSize(200, h-sightGap/2)
}

// CreateRenderer is Fyne's.
func (g *Sights) CreateRenderer() fyne.WidgetRenderer {
	r := &sightsRenderer{g: g, line: canvas.NewRectangle(color.Transparent)}
	r.line.FillColor = theme.Of(theme.ColorNone)
	return r
}

type sightsRenderer struct {
	g    *Sights
	line *canvas.Rectangle
}

func (r *sightsRenderer) Layout(size fyne.Size) {
	const stroke = 1
	if r.g.fits(size.Width) {
		node := r.g.node()
		x := float32(0)
		for i, b := range r.g.stops {
			if i == 1 {
				x += sightDivider - sightGap
				r.line.Move(fyne.NewPos(x-sightDivider/2, 8))
				r.line.Resize(fyne.NewSize(stroke, node.Height-16))
			}
			b.lie(false)
			b.Move(fyne.NewPos(x, 0))
			b.Resize(node)
			x += node.Width + sightGap
		}
		return
	}
	y := float32(0)
	for i, b := range r.g.stops {
		if i == 1 {
			y += sightGap
			r.line.Move(fyne.NewPos(8, y-sightGap+1))
			r.line.Resize(fyne.NewSize(size.Width-16, stroke))
		}
		h := b.rowHeight()
		b.lie(true)
		b.Move(fyne.NewPos(0, y))
		b.Resize(fyne.NewSize(size.Width, h))
		y += h + sightGap/2
	}
}

func (r *sightsRenderer) MinSize() fyne.Size { return r.g.MinSize() }
func (r *sightsRenderer) Destroy()           {}

func (r *sightsRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.line}
	for _, b := range r.g.stops {
		out = append(out, b)
	}
	return out
}

func (r *sightsRenderer) Refresh() {
	r.line.FillColor = theme.Of(theme.ColorNone)
	r.Layout(r.g.Size())
	for _, b := range r.g.stops {
		b.Refresh()
	}
	canvas.Refresh(r.g)
}
