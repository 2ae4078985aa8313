// This file says that a page goes on below: the last lines fade out over a word and an arrow, so that no line is cut through, and
// nobody takes what is seen for all there is.

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
	moreFade = MoreFade
	morePad  = 3 // above and below the word
)

// MoreFade is the height over which the page fades out: about a line's.
const MoreFade = 18

// IsMore tells whether o is the sign that a page goes on below.
func IsMore(o fyne.CanvasObject) bool { _, ok := o.(*moreBelow); return ok }

// moreBelow lies over the lower edge of the page. A click turns the page. It takes no focus: the keyboard has its own keys for it, and
// what has the focus is scrolled into view.
type moreBelow struct {
	widget.BaseWidget
	word    string
	tap     func()
	hovered bool
}

func newMoreBelow(tap func()) *moreBelow {
	m := &moreBelow{tap: tap}
	m.ExtendBaseWidget(m)
	return m
}

func (m *moreBelow) Tapped(*fyne.PointEvent)        { m.tap() }
func (m *moreBelow) Cursor() desktop.Cursor         { return desktop.PointerCursor }
func (m *moreBelow) MouseIn(*desktop.MouseEvent)    { m.hovered = true; m.Refresh() }
func (m *moreBelow) MouseMoved(*desktop.MouseEvent) {}
func (m *moreBelow) MouseOut()                      { m.hovered = false; m.Refresh() }

// moreHeight is how much of the page it covers, the fade included.
func moreHeight() float32 {
	m := fyne.MeasureText("Ég", theme.SizeOf(fynetheme.SizeNameCaptionText), fyne.TextStyle{Bold: true})
	return fyne.Max(MinTarget, m.Height+2*morePad+moreFade)
}

func (m *moreBelow) MinSize() fyne.Size { return fyne.NewSize(MinTarget, moreHeight()) }

func (m *moreBelow) CreateRenderer() fyne.WidgetRenderer {
	r := &moreRenderer{m: m, fade: canvas.NewVerticalGradient(color.Transparent, color.Transparent), ground: canvas.NewRectangle(color.Transparent),
		text: canvas.NewText("", color.Black), icon: newPicture(nil)}
	r.apply()
	return r
}

type moreRenderer struct {
	m      *moreBelow
	fade   *canvas.LinearGradient
	ground *canvas.Rectangle
	text   *canvas.Text
	icon   *picture
}

func (r *moreRenderer) apply() {
	back := theme.Of(fynetheme.ColorNameBackground)
	r.ground.FillColor = back
	if r.m.hovered {
		r.ground.FillColor = theme.Of(fynetheme.ColorNameHover)
	}
	red, green, blue, _ := back.RGBA()
	r.fade.StartColor = color.NRGBA{R: uint8(red >> 8), G: uint8(green >> 8), B: uint8(blue >> 8)}
	r.fade.EndColor = back
	r.text.Text, r.text.TextSize, r.text.TextStyle = r.m.word, theme.SizeOf(fynetheme.SizeNameCaptionText), fyne.TextStyle{Bold: true}
	r.text.Color = theme.Of(fynetheme.ColorNamePrimary)
	r.icon.res = theme.Icon("fold-open", fynetheme.ColorNamePrimary)
}

func (r *moreRenderer) Layout(s fyne.Size) {
	r.fade.Resize(fyne.NewSize(s.Width, moreFade))
	r.ground.Move(fyne.NewPos(0, moreFade))
	r.ground.Resize(fyne.NewSize(s.Width, s.Height-moreFade))
	t := fyne.MeasureText(r.text.Text, r.text.TextSize, r.text.TextStyle)
	side := r.text.TextSize + 2
	x, mid := (s.Width-t.Width-iconGap-side)/2, moreFade+(s.Height-moreFade)/2
	r.icon.Resize(fyne.NewSquareSize(side))
	r.icon.Move(fyne.NewPos(x, mid-side/2))
	r.text.Resize(t)
	r.text.Move(fyne.NewPos(x+side+iconGap, mid-t.Height/2))
}
func (r *moreRenderer) MinSize() fyne.Size { return r.m.MinSize() }
func (r *moreRenderer) Destroy()           {}
func (r *moreRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.fade, r.ground, r.icon.Raster, r.text}
}

func (r *moreRenderer) Refresh() {
	r.apply()
	r.Layout(r.m.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// MoreWord is the word that says that the page goes on below.
func (f *Frame) MoreWord(word string) {
	if f.more.word != word {
		f.more.word = word
		f.more.Refresh()
	}
}

// showMore shows the sign where something that is not margin lies below the lower edge.
func (f *Frame) showMore() {
	below := f.layout.height - pageTop - (f.Scroll.Offset.Y + f.Scroll.Size().Height)
	if show := below > 1 && f.more.word != ""; show != f.more.Visible() {
		f.more.Hidden = !show
		f.more.Refresh()
	}
}

// A page of scrolling leaves some lines of the last one, so that the eye finds its place.
const scrollKeep = 40

// step is how far an arrow key scrolls: about three lines.
const scrollStep = 70

// Turn scrolls by a page, down or up.
func (f *Frame) Turn(down bool) {
	page := fyne.Max(scrollStep, f.Scroll.Size().Height-moreHeight()-scrollKeep)
	if !down {
		page = -page
	}
	f.scrollBy(page)
}

func (f *Frame) scrollBy(dy float32) {
	least, most := float32(0), fyne.Max(0, f.layout.height-f.Scroll.Size().Height)
	f.Scroll.ScrollToOffset(fyne.NewPos(0, fyne.Max(least, fyne.Min(most, f.Scroll.Offset.Y+dy))))
	f.showMore()
}

// Key scrolls the page with the keys that people know for it; it tells whether it was one.
func (f *Frame) Key(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyPageDown:
		f.Turn(true)
	case fyne.KeyPageUp:
		f.Turn(false)
	case fyne.KeyDown:
		f.scrollBy(scrollStep)
	case fyne.KeyUp:
		f.scrollBy(-scrollStep)
	case fyne.KeyHome:
		f.scrollBy(-f.layout.height)
	case fyne.KeyEnd:
		f.scrollBy(f.layout.height)
	default:
		return false
	}
	return true
}
