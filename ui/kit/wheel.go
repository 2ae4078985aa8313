// This file lets the mouse's wheel out of a text: where the text under the pointer cannot go on, the page does, as in a browser. Fyne gives
// the wheel to the innermost thing that scrolls and to nothing else, so that a page with a long text in it would hold the pointer captive.

package kit

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// wheel lies unseen over a text and hands the wheel on; everything else of the mouse goes through it.
type wheel struct {
	widget.BaseWidget
	text *container.Scroll
}

// Scrolled is fyne.Scrollable.
func (w *wheel) Scrolled(e *fyne.ScrollEvent) {
	most := w.text.Content.MinSize().Height - w.text.Size().Height
	if at := w.text.Offset.Y; e.Scrolled.DY > 0 && at > 0 || e.Scrolled.DY < 0 && at < most {
		w.text.Scrolled(e)
	} else if page := pageOf(w); page != nil {
		page.Scrolled(e)
	}
}

func (w *wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}

// pageOf is what scrolls the whole page that an object is on, see Frame.
func pageOf(o fyne.CanvasObject) *container.Scroll {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return nil
	}
	if root, ok := c.Content().(*fyne.Container); ok {
		for _, x := range root.Objects {
			if s, ok := x.(*container.Scroll); ok {
				return s
			}
		}
	}
	return nil
}

// wheeled is a text's renderer with a wheel over it.
type wheeled struct {
	fyne.WidgetRenderer
	over *wheel
}

// letWheelOut puts one over a renderer of Fyne's field.
func letWheelOut(r fyne.WidgetRenderer) fyne.WidgetRenderer {
	for _, o := range r.Objects() {
		if s, ok := o.(*container.Scroll); ok {
			over := &wheel{text: s}
			over.ExtendBaseWidget(over)
			return &wheeled{r, over}
		}
	}
	return r
}

func (w *wheeled) Layout(s fyne.Size) {
	w.WidgetRenderer.Layout(s)
	w.over.Resize(s)
}

func (w *wheeled) Objects() []fyne.CanvasObject {
	return append(slices.Clone(w.WidgetRenderer.Objects()), w.over)
}

// CreateRenderer is fyne.Widget.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer { return letWheelOut(s.Entry.CreateRenderer()) }

// CreateRenderer is fyne.Widget.
func (a *Area) CreateRenderer() fyne.WidgetRenderer { return letWheelOut(a.Entry.CreateRenderer()) }
