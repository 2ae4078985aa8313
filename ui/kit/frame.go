// This file is the window's frame: header and footer stay, the page between them scrolls up and down, never sideways.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui/theme"
)

// Measures of the frame (fyne-anchors §8.2).
const (
	margin       = 24
	marginNarrow = 16
	narrow       = 720 // below this width the margins are smaller
	barPad       = 8
	headPad      = 4
)

func sideMargin(width float32) float32 {
	if width < narrow {
		return marginNarrow
	}
	return margin
}

// Frame holds one page.
type Frame struct {
	Root   *fyne.Container
	Scroll *container.Scroll
	// Resized is told when the width for the footer changed; may be nil.
	Resized func(width float32)
	width   float32

	header, footer *fyne.Container
	toast          *fyne.Container
	more           *moreBelow
	page           *fyne.Container
	sheet          *sheet
	layout         *pageLayout
	grounds        [2]*canvas.Rectangle
}

// NewFrame makes an empty frame.
func NewFrame() *Frame {
	f := &Frame{layout: &pageLayout{}}
	f.page = container.New(f.layout)
	f.sheet = &sheet{page: f.page}
	f.sheet.ExtendBaseWidget(f.sheet)
	f.Scroll = container.NewVScroll(f.sheet)
	f.header, f.footer, f.toast = container.NewStack(), container.NewStack(), container.NewStack()
	f.toast.Hide()
	for i := range f.grounds {
		f.grounds[i] = canvas.NewRectangle(theme.Of(theme.ColorSurface))
	}
	f.more = newMoreBelow(func() { f.Turn(true) })
	f.more.Hide()
	f.Scroll.OnScrolled = func(fyne.Position) { f.showMore() }
	// The order is the order of Tab: header, page, footer.
	f.Root = container.New(f, f.grounds[0], f.header, f.Scroll, f.more, f.grounds[1], f.footer, f.toast)
	return f
}

// Width is how wide the footer may be, 0 before the first layout.
func (f *Frame) Width() float32 { return f.width }

// Show puts a page into the frame. footer may be nil.
func (f *Frame) Show(header, footer fyne.CanvasObject, body []fyne.CanvasObject, center, top bool) {
	f.header.Objects = []fyne.CanvasObject{header}
	f.footer.Objects = nil
	if footer != nil {
		f.footer.Objects = []fyne.CanvasObject{footer}
	}
	f.page.Objects = []fyne.CanvasObject{NewColumn(Column, GapBlock, body...)}
	f.layout.center = center
	for _, g := range f.grounds {
		g.FillColor = theme.Of(theme.ColorSurface)
	}
	if top {
		f.Scroll.Offset = fyne.NewPos(0, 0)
	}
	f.Relayout()
	f.Root.Refresh()
}

// Toast shows a short notice above the footer; nil takes it away.
func (f *Frame) Toast(o fyne.CanvasObject) {
	f.toast.Objects = nil
	f.toast.Hide()
	if o != nil {
		f.toast.Objects = []fyne.CanvasObject{o}
		f.toast.Show()
	}
	f.Relayout()
	f.toast.Refresh()
}

// ScrollTo brings the top of a part of the page into view. It counts in the page and not on the screen: a page that was shown just now has
// no place there yet.
func (f *Frame) ScrollTo(part fyne.CanvasObject) {
	top := f.page.Position().Y + part.Position().Y
	for _, o := range f.page.Objects {
		top += o.Position().Y
	}
	f.scrollBy(top - revealMargin - f.Scroll.Offset.Y)
}

// Relayout places everything anew, after a height changed.
func (f *Frame) Relayout() { f.Layout(f.Root.Objects, f.Root.Size()) }

// Layout is fyne.Layout.
func (f *Frame) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	if s.Width <= 0 || s.Height <= 0 {
		return
	}
	m := sideMargin(s.Width)
	inner := s.Width - 2*m
	if inner != f.width {
		f.width = inner
		if f.Resized != nil {
			f.Resized(inner)
		}
	}
	band := func(c *fyne.Container, ground *canvas.Rectangle, bottom bool) float32 {
		barPad := float32(barPad)
		if !bottom {
			barPad = headPad
		}
		if len(c.Objects) == 0 {
			c.Resize(fyne.NewSize(0, 0))
			ground.Resize(fyne.NewSize(0, 0))
			return 0
		}
		h := settle(c.Objects[0], inner)
		c.Resize(fyne.NewSize(inner, h))
		total := h + 2*barPad
		y := float32(0)
		if bottom {
			y = s.Height - total
		}
		c.Move(fyne.NewPos(m, y+barPad))
		ground.Move(fyne.NewPos(0, y))
		ground.Resize(fyne.NewSize(s.Width, total))
		return total
	}
	top := band(f.header, f.grounds[0], false)
	bottom := band(f.footer, f.grounds[1], true)
	f.Scroll.Move(fyne.NewPos(0, top))
	room := fyne.NewSize(s.Width, fyne.Max(0, s.Height-top-bottom))
	f.Scroll.Resize(room)
	f.layout.room = room
	f.sheet.Resize(fyne.NewSize(room.Width, fyne.Max(room.Height, f.page.Size().Height)))
	f.layout.Layout(f.page.Objects, f.page.Size()) // its height at this width is known only now
	f.sheet.Resize(fyne.NewSize(room.Width, fyne.Max(room.Height, f.layout.height)))
	f.Scroll.Refresh()
	h := moreHeight()
	f.more.Resize(fyne.NewSize(s.Width, h))
	f.more.Move(fyne.NewPos(0, s.Height-bottom-h))
	f.showMore()
	if f.toast.Visible() && len(f.toast.Objects) > 0 {
		w := fyne.Min(inner, Column)
		h := settle(f.toast.Objects[0], w)
		f.toast.Resize(fyne.NewSize(w, h))
		f.toast.Move(fyne.NewPos((s.Width-w)/2, s.Height-bottom-h-barPad))
	}
}

// MinSize is the smallest window (fyne-anchors §8.2): 1366×768 at 150 % leaves about 910×460.
func (f *Frame) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 460) }

// sheet holds the page for the scroll. What refreshes the scroll (its bars, its offset) need not draw every word of the page anew: each
// thing on the page refreshes itself when it changes, and refreshing a hundred texts costs more than a frame may take.
type sheet struct {
	widget.BaseWidget
	page *fyne.Container
}

func (s *sheet) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.page) }
func (s *sheet) MinSize() fyne.Size                  { return s.page.MinSize() }
func (s *sheet) Refresh()                            {}

// pageLayout is what scrolls: margins, and the column in the middle.
type pageLayout struct {
	center bool
	room   fyne.Size
	height float32
}

// pageTop is the room above and below the page's column.
const pageTop = 12

func (l *pageLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	if len(o) == 0 {
		return
	}
	m := sideMargin(s.Width)
	h := settle(o[0], s.Width-2*m)
	y := float32(pageTop)
	if l.center {
		if free := l.room.Height - h - 2*pageTop; free > 0 {
			y += free / 3
		}
	}
	o[0].Move(fyne.NewPos(m, y))
	l.height = h + 2*pageTop
}

func (l *pageLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.height) }
