package uitest

// One generic look at a page: nothing outside its parent, nothing cut, one main button, no missing word, no line that begins with a
// sign, no text that is hard to read. Every new screen gets it for free.

import (
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui/kit"
)

// box is an object with its place in the window.
type box struct {
	o      fyne.CanvasObject
	at     fyne.Position
	parent *box
	ground color.Color // what it is drawn on
}

// walk visits every visible object with its absolute place. Shapes that fill a container or widget become the ground of what
// follows them there.
func walk(o fyne.CanvasObject, at fyne.Position, parent *box, ground color.Color, visit func(*box)) {
	if o == nil || !o.Visible() {
		return
	}
	b := &box{o: o, at: at.Add(o.Position()), parent: parent, ground: ground}
	visit(b)
	var children []fyne.CanvasObject
	switch x := o.(type) {
	case *fyne.Container:
		children = x.Objects
	case *container.Scroll:
		children = []fyne.CanvasObject{x.Content}
	case fyne.Widget:
		children = test.WidgetRenderer(x).Objects()
	}
	for _, c := range children {
		walk(c, b.at, b, ground, visit)
		if r, ok := c.(*canvas.Rectangle); ok && r.Visible() && opaque(r.FillColor) && r.Size().Width >= b.o.Size().Width*0.8 {
			ground = r.FillColor
		}
	}
}

func opaque(c color.Color) bool {
	if c == nil {
		return false
	}
	_, _, _, a := c.RGBA()
	return a == 0xffff
}

// slack is how far something may stick out by rounding.
const slack = 0.75

// Faults looks at a page in a window of a size, and says everything that is wrong with it. background is the window's colour.
func Faults(root fyne.CanvasObject, size fyne.Size, background color.Color, mains int) (out []string) {
	fault := func(f string, a ...any) { out = append(out, fmt.Sprintf(f, a...)) }
	high := 0
	walk(root, fyne.NewPos(0, 0), nil, background, func(b *box) {
		s := b.o.Size()
		if x := b.at.X + s.Width; x > size.Width+slack || b.at.X < -slack {
			fault("%s lies from %.0f to %.0f, outside the window's width %.0f", name(b.o), b.at.X, x, size.Width)
		}
		if p := b.parent; p != nil && !isScroll(p.o) {
			ps, slack := p.o.Size(), float32(slack)
			if i, ok := b.o.(interface{ Inset() float32 }); ok {
				slack += i.Inset() // the room for a focus ring lies beside the column
			}
			if b.at.X < p.at.X-slack || b.at.Y < p.at.Y-slack || b.at.X+s.Width > p.at.X+ps.Width+slack || b.at.Y+s.Height > p.at.Y+ps.Height+slack {
				if _, line := b.o.(*canvas.Line); !line && !inEntry(b) {
					fault("%s (%v at %v) sticks out of %s (%v at %v)", name(b.o), s, b.at, name(p.o), ps, p.at)
				}
			}
		}
		switch x := b.o.(type) {
		case *kit.Button:
			if x.Importance == widget.HighImportance {
				high++
			}
			if s.Height < kit.MinTarget || s.Width < kit.MinTarget {
				fault("the button %q is only %v", x.Text, s)
			}
			if n := len([]rune(x.Text)); n > 28 {
				fault("the button %q has %d characters", x.Text, n)
			}
			if strings.TrimSpace(x.Text) == "" {
				fault("a button without words")
			}
		case *kit.Item:
			if s.Height < kit.MinTarget {
				fault("the line %q is only %v", x.Text(), s)
			}
		case *kit.Paragraph:
			for _, l := range x.Lines() {
				if r := []rune(l); len(r) > 0 && strings.ContainsRune(":;?!»", r[0]) {
					fault("a line begins with a sign: %q", l)
				}
			}
			if strings.TrimSpace(x.Text()) == "" {
				fault("an empty paragraph")
			}
		case *canvas.Text:
			text(b, x, fault)
		}
	})
	if high != mains {
		fault("%d main buttons, want %d", high, mains)
	}
	return out
}

// unfilled is what remains of a text that was not filled in, or of a key that has no words.
var unfilled = regexp.MustCompile(`%!|<no value>|{{|\b(ui|fix|cause|doing|finding|action|hop)\.[a-z]`)

func text(b *box, x *canvas.Text, fault func(string, ...any)) {
	if inEntry(b) {
		return // Fyne's own field scrolls its text
	}
	need := fyne.MeasureText(x.Text, x.TextSize, x.TextStyle)
	if need.Width > x.Size().Width+slack {
		fault("the text %q is %.0f wide and has %.0f", x.Text, need.Width, x.Size().Width)
	}
	if bad := unfilled.FindString(x.Text); bad != "" {
		fault("the text %q has %q in it", x.Text, bad)
	}
	if strings.TrimSpace(x.Text) == "" {
		return
	}
	if c := Contrast(x.Color, b.ground); c < 4.5 {
		fault("the text %q has a contrast of %.1f on its ground", x.Text, c)
	}
}

// MoreFade is how high the fading part of the sign is: what lies under it can still be read.
const MoreFade = kit.MoreFade

// MoreTop is where the sign that the page goes on below begins; 0: it is not shown.
func MoreTop(root fyne.CanvasObject) float32 {
	y := float32(0)
	walk(root, fyne.NewPos(0, 0), nil, nil, func(b *box) {
		if kit.IsMore(b.o) {
			y = b.at.Y
		}
	})
	return y
}

func isScroll(o fyne.CanvasObject) bool { _, ok := o.(*container.Scroll); return ok }

func inEntry(b *box) bool {
	for p := b; p != nil; p = p.parent {
		switch p.o.(type) {
		case *kit.Field:
			return true
		}
	}
	return false
}

func name(o fyne.CanvasObject) string {
	switch x := o.(type) {
	case *canvas.Text:
		return fmt.Sprintf("the text %q", x.Text)
	case *kit.Button:
		return fmt.Sprintf("the button %q", x.Text)
	case *kit.Paragraph:
		return fmt.Sprintf("the paragraph %q", x.Text())
	}
	return fmt.Sprintf("%T", o)
}

// Contrast is the contrast of two opaque colours, from 1 to 21 (WCAG 2.2).
func Contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	f := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*f(r) + 0.7152*f(g) + 0.0722*f(b)
}
