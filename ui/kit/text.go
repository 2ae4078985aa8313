// This file writes text: lines that wrap at ordinary spaces only, so that no French line begins with « : ; ? ! ».

package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui/theme"
)

// Style is how a paragraph looks.
type Style struct {
	Size   fyne.ThemeSizeName  // empty: body
	Color  fyne.ThemeColorName // empty: the ordinary text colour
	Bold   bool
	Mono   bool
	Center bool
}

// The styles that recur.
var (
	Body       = Style{}
	Strong     = Style{Bold: true}
	Heading    = Style{Size: fynetheme.SizeNameHeadingText, Bold: true}
	SubHeading = Style{Size: fynetheme.SizeNameSubHeadingText, Bold: true}
	Quiet      = Style{Color: theme.ColorSecondary}
	Caption    = Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorSecondary}
	Small      = Style{Size: fynetheme.SizeNameCaptionText}
	Alarm      = Style{Color: theme.ColorBad}
)

func (s Style) size() float32 {
	if s.Size == "" {
		return theme.SizeOf(fynetheme.SizeNameText)
	}
	return theme.SizeOf(s.Size)
}

func (s Style) color() fyne.ThemeColorName {
	if s.Color == "" {
		return fynetheme.ColorNameForeground
	}
	return s.Color
}

func (s Style) text() fyne.TextStyle { return fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono} }

// Paragraph is text that wraps at its width. Unlike Fyne's label it breaks at U+0020 only, never at a no-break space.
type Paragraph struct {
	widget.BaseWidget
	text  string
	style Style
	width float32 // it was wrapped for
	lines []string
}

// NewParagraph makes a paragraph.
func NewParagraph(text string, s Style) *Paragraph {
	p := &Paragraph{text: text, style: s}
	p.ExtendBaseWidget(p)
	return p
}

// Text returns the whole text, unwrapped.
func (p *Paragraph) Text() string { return p.text }

// Lines returns the text as it is wrapped now.
func (p *Paragraph) Lines() []string { return p.lines }

// SetText changes the text; it stays wrapped at the same width.
func (p *Paragraph) SetText(text string) {
	if p.text == text {
		return
	}
	p.text = text
	p.rewrap()
	p.Refresh()
}

// Resize wraps the text anew when the width changed.
func (p *Paragraph) Resize(s fyne.Size) {
	if s.Width != p.width || p.lines == nil {
		p.width = s.Width
		p.rewrap()
		p.BaseWidget.Resize(s)
		p.Refresh()
		return
	}
	p.BaseWidget.Resize(s)
}

func (p *Paragraph) rewrap() {
	if p.width <= 0 {
		p.lines = strings.Split(p.text, "\n")
		return
	}
	wrap := func(width float32) []string { return Wrap(p.text, width, p.style.size(), p.style.text()) }
	most := fyne.Min(p.width, maxLine*p.style.size())
	p.lines = wrap(most)
	if n := len(p.lines); n > 1 && p.style.Size == fynetheme.SizeNameHeadingText {
		// A heading's lines are made about equally long: no word stands alone on the last one.
		least := most / 2
		for _, word := range strings.Fields(strings.ReplaceAll(p.text, "\u00a0", "_")) {
			least = fyne.Max(least, fyne.Min(most, fyne.MeasureText(word, p.style.size(), p.style.text()).Width))
		}
		for lo, hi := least, most; hi-lo > 4; {
			mid := (lo + hi) / 2
			if l := wrap(mid); len(l) > n {
				lo = mid
			} else {
				p.lines, hi = l, mid
			}
		}
	}
}

// MinSize is as narrow as anything may be, and as high as the lines are at the width given last.
func (p *Paragraph) MinSize() fyne.Size {
	if p.lines == nil {
		p.rewrap()
	}
	return fyne.NewSize(minTextWidth, float32(len(p.lines))*lineHeight(p.style))
}

// minTextWidth is what a paragraph asks for at least; its real width comes from the page.
const minTextWidth = 80

// maxLine is the longest line, in text heights: about 75 characters (fyne-anchors §8.2).
const maxLine = 41

// lineSpacing is the distance of two lines' tops in text heights: room for accents and for the eye.
const lineSpacing = 1.06

func lineHeight(s Style) float32 {
	return fyne.MeasureText("Ég", s.size(), s.text()).Height * lineSpacing
}

// Wrap breaks text into lines no wider than width, at ordinary spaces and line ends only. A word that is wider than a whole line
// is shortened in its middle (its full form belongs to the details).
func Wrap(text string, width, size float32, st fyne.TextStyle) (lines []string) {
	for _, para := range strings.Split(text, "\n") {
		cur := ""
		for _, word := range strings.Split(para, " ") {
			word = Shorten(word, width, size, st)
			next := word
			if cur != "" {
				next = cur + " " + word
			}
			if cur != "" && !surelyFits(next, width, size) && fyne.MeasureText(next, size, st).Width > width {
				lines = append(lines, cur)
				next = word
			}
			cur = next
		}
		lines = append(lines, cur)
	}
	return lines
}

// surelyFits tells without measuring, which is dear, that a text is no wider than width: no character is wider than its height.
func surelyFits(text string, width, size float32) bool { return float32(len(text))*size <= width }

// Shorten puts an ellipsis in the middle of a text that is wider than width.
func Shorten(text string, width, size float32, st fyne.TextStyle) string {
	if surelyFits(text, width, size) || fyne.MeasureText(text, size, st).Width <= width {
		return text
	}
	r := []rune(text)
	lo, hi := 0, len(r) // how many runes can stay
	cut := func(n int) string { return string(r[:(n+1)/2]) + "…" + string(r[len(r)-n/2:]) }
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if fyne.MeasureText(cut(mid), size, st).Width <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo >= len(r) {
		return text
	}
	return cut(lo)
}

// CreateRenderer is Fyne's.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer {
	r := &paragraphRenderer{p: p}
	r.build()
	return r
}

type paragraphRenderer struct {
	p     *Paragraph
	texts []fyne.CanvasObject
}

func (r *paragraphRenderer) build() {
	for len(r.texts) < len(r.p.lines) {
		r.texts = append(r.texts, canvas.NewText("", theme.Of(r.p.style.color())))
	}
	r.texts = r.texts[:len(r.p.lines)]
	for i, line := range r.p.lines {
		t := r.texts[i].(*canvas.Text)
		t.Text, t.TextSize, t.TextStyle = line, r.p.style.size(), r.p.style.text()
		t.Color = theme.Of(r.p.style.color())
		t.Alignment = fyne.TextAlignLeading
		if r.p.style.Center {
			t.Alignment = fyne.TextAlignCenter
		}
	}
}

func (r *paragraphRenderer) Layout(s fyne.Size) {
	h := lineHeight(r.p.style)
	for i, t := range r.texts {
		t.Resize(fyne.NewSize(s.Width, h))
		t.Move(fyne.NewPos(0, float32(i)*h))
	}
}
func (r *paragraphRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *paragraphRenderer) Objects() []fyne.CanvasObject { return r.texts }
func (r *paragraphRenderer) Destroy()                     {}

func (r *paragraphRenderer) Refresh() {
	r.p.rewrap() // the text size may have changed with the theme
	r.build()
	r.Layout(r.p.Size())
	for _, t := range r.texts {
		t.Refresh()
	}
	canvas.Refresh(r.p)
}
