// This file is the field for an address: Fyne's entry, high enough to be clicked, that lets Esc and F5 through.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Field takes one line of text.
type Field struct {
	widget.Entry
	OnCancel func()
}

// NewField makes an empty field.
func NewField(placeholder string) *Field {
	f := &Field{}
	f.ExtendBaseWidget(f)
	f.PlaceHolder = placeholder
	f.Wrapping = fyne.TextWrapOff
	f.Scroll = container.ScrollHorizontalOnly
	return f
}

// MinSize is at least MinTarget high.
func (f *Field) MinSize() fyne.Size {
	m := f.Entry.MinSize()
	return fyne.NewSize(fyne.Max(m.Width, 200), fyne.Max(m.Height, MinTarget))
}

// SelectAll marks all the text, so that what is typed takes its place, as in a browser's address bar.
func (f *Field) SelectAll() { f.TypedShortcut(&fyne.ShortcutSelectAll{}) }

// TypedKey lets Esc and the function keys through to the window.
func (f *Field) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyF5:
		pass(f, e, f.OnCancel)
	default:
		f.Entry.TypedKey(e)
	}
}

// middle gives its object all the width, and stands it in the middle of the height.
type middle struct{}

func (middle) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Resize(fyne.NewSize(s.Width, s.Height)) // text is wrapped to the width; how high it is shows after that
	h := fyne.Min(o[0].MinSize().Height, s.Height)
	o[0].Resize(fyne.NewSize(s.Width, h))
	o[0].Move(fyne.NewPos(0, (s.Height-h)/2))
}

func (middle) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

// end lays the first object over all the width that the last one, at the right, leaves.
type end struct{ gap float32 }

// NewEnd places right at its own size on the right, and gives left the rest.
func NewEnd(gap float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&end{gap}, left, right)
}

func (l *end) Layout(o []fyne.CanvasObject, s fyne.Size) {
	r := o[1].MinSize()
	h := fyne.Max(r.Height, o[0].MinSize().Height)
	lh := fyne.Min(o[0].MinSize().Height, h)
	if _, ok := o[0].(*Field); ok {
		lh = fyne.Max(lh, r.Height-2*ringGap) // as high as the button's face beside it
	}
	in := insetOf(o[1])
	o[0].Resize(fyne.NewSize(fyne.Max(0, s.Width-r.Width-l.gap+in), lh))
	o[0].Move(fyne.NewPos(0, (h-lh)/2))
	o[1].Resize(r)
	o[1].Move(fyne.NewPos(s.Width-r.Width+in, (h-r.Height)/2))
}

func (l *end) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+b.Width+l.gap, fyne.Max(a.Height, b.Height))
}
