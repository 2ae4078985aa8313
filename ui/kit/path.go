// This file draws the way from the computer to the site: the heart of the window. Horizontal where it fits, else a list. A state
// is shown by shape, word and colour; the line that leads to a stop is whole, broken (with a cross) or dotted (not checked).

package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"passerelle/checks/decide"
	"passerelle/ui/theme"
)

// Stop is one stop as it is shown.
type Stop struct {
	ID    decide.HopID
	Name  string       // plain name
	State decide.State // theme.Running while it is asked
	Word  string       // the state in a word
	Sub   string       // a quiet word under the name; "": none
}

// PathDiagram is the picture of the way.
type PathDiagram struct {
	widget.BaseWidget
	OnSelect func(decide.HopID) // a stop was clicked; nil: stops cannot be clicked
	OnCancel func()             // Esc on a stop

	stops    []*stopBox
	selected decide.HopID
	width    float32
}

// Measures of the picture (fyne-anchors §8.2).
const (
	stopIcon     = 36
	stopRowIcon  = 28
	stopPad      = 4
	stopTop      = 12
	stopMinWidth = 84
	linkMin      = 16 // the shortest line that still shows a cross: six stops fit across the smallest window
	linkDown     = 14 // between two rows of the list
	linkStroke   = 2.5
	badgeSide    = 20
)

// NewPathDiagram makes the picture of stops.
func NewPathDiagram(stops []Stop, onSelect func(decide.HopID)) *PathDiagram {
	d := &PathDiagram{OnSelect: onSelect}
	d.ExtendBaseWidget(d)
	d.Set(stops)
	return d
}

// Set shows these stops. Where they are the ones already there, only what changed is drawn again.
func (d *PathDiagram) Set(stops []Stop) {
	same := len(stops) == len(d.stops)
	for i := 0; same && i < len(stops); i++ {
		same = d.stops[i].Stop.ID == stops[i].ID
	}
	if !same {
		d.stops = nil
		for _, s := range stops {
			b := &stopBox{Stop: s, diagram: d}
			b.ExtendBaseWidget(b)
			d.stops = append(d.stops, b)
		}
		d.Refresh()
		return
	}
	changed := false
	for i, s := range stops {
		if d.stops[i].Stop != s {
			d.stops[i].Stop = s
			d.stops[i].Refresh()
			changed = true
		}
	}
	if changed {
		d.Refresh()
	}
}

// Select marks a stop as the one that is told about; "" none.
func (d *PathDiagram) Select(id decide.HopID) {
	d.selected = id
	for _, s := range d.stops {
		s.Refresh()
	}
}

// Selected returns the marked stop.
func (d *PathDiagram) Selected() decide.HopID { return d.selected }

// Horizontal tells how the picture lies at its present width.
func (d *PathDiagram) Horizontal() bool { return d.fits(d.width) }

// Stops returns what is shown.
func (d *PathDiagram) Stops() []Stop {
	var out []Stop
	for _, s := range d.stops {
		out = append(out, s.Stop)
	}
	return out
}

// Tap does what a click on the stop does.
func (d *PathDiagram) Tap(id decide.HopID) {
	for _, s := range d.stops {
		if s.ID == id {
			s.Tapped(nil)
		}
	}
}

func (d *PathDiagram) nodeWidth() float32 {
	w := float32(stopMinWidth)
	for _, s := range d.stops {
		w = fyne.Max(w, s.nodeMin().Width)
	}
	return w
}

func (d *PathDiagram) nodeHeight() (h float32) {
	for _, s := range d.stops {
		h = fyne.Max(h, s.nodeMin().Height)
	}
	return h
}

func (d *PathDiagram) fits(width float32) bool {
	n := float32(len(d.stops))
	return n > 0 && n*d.nodeWidth()+(n-1)*linkMin <= width
}

// Resize notes the width, on which the whole shape depends.
func (d *PathDiagram) Resize(s fyne.Size) {
	d.width = s.Width
	d.BaseWidget.Resize(s)
	d.Refresh()
}

// MinSize is the height at the width given last.
func (d *PathDiagram) MinSize() fyne.Size {
	if d.fits(d.width) {
		return fyne.NewSize(200, d.nodeHeight())
	}
	h := float32(0)
	for _, s := range d.stops {
		h += s.rowHeight() + linkDown
	}
	return fyne.NewSize(200, fyne.Max(0, h-linkDown))
}

// CreateRenderer is Fyne's.
func (d *PathDiagram) CreateRenderer() fyne.WidgetRenderer {
	r := &pathRenderer{d: d}
	r.build()
	return r
}

type pathRenderer struct {
	d     *PathDiagram
	lines []*canvas.Line
	used  int
	stops []fyne.CanvasObject
}

func (r *pathRenderer) build() {
	r.stops = r.stops[:0]
	for _, s := range r.d.stops {
		r.stops = append(r.stops, s)
	}
}

func (r *pathRenderer) Layout(size fyne.Size) {
	r.used = 0
	if r.d.fits(size.Width) {
		r.across(size)
	} else {
		r.down(size)
	}
	r.lines = r.lines[:r.used]
}

func (r *pathRenderer) across(size fyne.Size) {
	n := len(r.d.stops)
	w, h := r.d.nodeWidth(), r.d.nodeHeight()
	gap := float32(0)
	if n > 1 {
		gap = (size.Width - float32(n)*w) / float32(n-1)
	}
	// The lines of a short way (three stops) need not be endless: it begins at the left, as the text does.
	const longest = 72
	gap = fyne.Min(gap, longest)
	for i, s := range r.d.stops {
		x := float32(i) * (w + gap)
		s.lie(false)
		s.Move(fyne.NewPos(x, 0))
		s.Resize(fyne.NewSize(w, h))
		if i > 0 {
			y := h / 2
			r.link(r.through(i), fyne.NewPos(x-gap+3, y), fyne.NewPos(x-3, y))
		}
	}
}

func (r *pathRenderer) down(size fyne.Size) {
	y := float32(0)
	for i, s := range r.d.stops {
		h := s.rowHeight()
		s.lie(true)
		s.Move(fyne.NewPos(0, y))
		s.Resize(fyne.NewSize(size.Width, h))
		if i > 0 {
			x := float32(stopTop + stopRowIcon/2)
			r.link(r.through(i), fyne.NewPos(x, y-linkDown+1), fyne.NewPos(x, y-1))
		}
		y += h + linkDown
	}
}

// through is the state of the line that leads to stop i. Behind a broken stop nothing is known to pass: what lies there may work, but it
// was not reached on this way.
func (r *pathRenderer) through(i int) decide.State {
	s := r.d.stops[i].State
	if s != decide.StateOK && s != decide.StateWarning {
		return s
	}
	for _, before := range r.d.stops[:i] {
		if before.State == decide.StateProblem {
			return decide.StateUnknown
		}
	}
	return s
}

// link draws a line of this state.
func (r *pathRenderer) link(s decide.State, a, b fyne.Position) {
	ink, _ := theme.StateColors(s)
	switch s {
	case decide.StateOK, decide.StateWarning:
		r.line(ink, a, b)
	case decide.StateProblem:
		m := fyne.NewPos((a.X+b.X)/2, (a.Y+b.Y)/2)
		k := float32(5.5)
		if a.X == b.X { // in the list there is less room
			k = 4
		} else {
			r.dashes(ink, a, m.SubtractXY(k+4, 0), 5, 4)
			r.dashes(ink, m.AddXY(k+4, 0), b, 5, 4)
		}
		r.line(ink, m.SubtractXY(k, k), m.AddXY(k, k))
		r.line(ink, m.AddXY(-k, k), m.AddXY(k, -k))
	case theme.Running:
		r.dashes(ink, a, b, 8, 4)
	default:
		r.dashes(ink, a, b, 2, 4)
	}
}

func (r *pathRenderer) dashes(c fyne.ThemeColorName, a, b fyne.Position, on, off float32) {
	length := (b.X - a.X) + (b.Y - a.Y) // one of them is zero
	for at := float32(0); at < length; at += on + off {
		end := fyne.Min(at+on, length)
		if a.X == b.X {
			r.line(c, fyne.NewPos(a.X, a.Y+at), fyne.NewPos(a.X, a.Y+end))
		} else {
			r.line(c, fyne.NewPos(a.X+at, a.Y), fyne.NewPos(a.X+end, a.Y))
		}
	}
}

func (r *pathRenderer) line(c fyne.ThemeColorName, a, b fyne.Position) {
	if r.used == len(r.lines) {
		r.lines = append(r.lines, canvas.NewLine(theme.Of(c)))
	}
	l := r.lines[r.used]
	l.StrokeColor, l.StrokeWidth, l.Position1, l.Position2 = theme.Of(c), linkStroke, a, b
	r.used++
}

func (r *pathRenderer) MinSize() fyne.Size { return r.d.MinSize() }
func (r *pathRenderer) Destroy()           {}

func (r *pathRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, len(r.lines)+len(r.stops))
	for _, l := range r.lines {
		out = append(out, l)
	}
	return append(out, r.stops...)
}

func (r *pathRenderer) Refresh() {
	r.build()
	r.Layout(r.d.Size())
	canvas.Refresh(r.d)
}

// splitName breaks a name of several words that is wider than a card into two lines of about the same length.
func splitName(name string) []string {
	words := strings.Split(name, " ")
	size, bold := caption(true)
	if len(words) == 1 || fyne.MeasureText(name, size, bold).Width <= stopMinWidth-2*stopPad {
		return []string{name}
	}
	best, at := 1<<30, 1
	for i := 1; i < len(words); i++ {
		a, b := len([]rune(strings.Join(words[:i], " "))), len([]rune(strings.Join(words[i:], " ")))
		if m := max(a, b); m < best {
			best, at = m, i
		}
	}
	return []string{strings.Join(words[:at], " "), strings.Join(words[at:], " ")}
}

var captionSize = fynetheme.SizeNameCaptionText
