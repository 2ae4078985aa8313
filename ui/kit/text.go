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
	size, st := p.style.size(), p.style.text()
	most := p.width
	heading := p.style.Size == fynetheme.SizeNameHeadingText
	if !heading {
		most = fyne.Min(most, maxLine*theme.SizeOf(fynetheme.SizeNameText))
	}
	p.lines = nil
	for _, para := range strings.Split(p.text, "\n") {
		p.lines = append(p.lines, balanced(para, most, size, st, heading)...)
	}
}

// balanced wraps one paragraph so that no word is left alone on its last line. A heading's lines are made about equally long; where it
// has a colon, it is broken there rather than anywhere else.
func balanced(text string, most, size float32, st fyne.TextStyle, heading bool) []string {
	lines := Wrap(text, most, size, st)
	n := len(lines)
	if n < 2 {
		return lines
	}
	if a, b, ok := strings.Cut(text, ": "); ok && heading && n == 2 {
		two := append(Wrap(a+":", most, size, st), Wrap(b, most, size, st)...)
		if len(two) == n {
			return two
		}
	}
	fine := func(l []string) bool {
		last := l[len(l)-1]
		return strings.Contains(last, " ") && len([]rune(last)) >= orphan
	}
	if !heading && fine(lines) {
		return lines
	}
	if !heading {
		// The text itself stays as wide as it can.
		const narrowest, by = 0.7, 0.97
		for width := most * by; width > most*narrowest; width *= by {
			l := Wrap(text, width, size, st)
			if len(l) > n {
				break
			}
			if fine(l) {
				return l
			}
		}
		return lines
	}
	least := most / 2
	for _, word := range strings.Split(text, " ") {
		least = fyne.Max(least, fyne.Min(most, fyne.MeasureText(word, size, st).Width))
	}
	for lo, hi := least, most; hi-lo > 4; {
		mid := (lo + hi) / 2
		if l := Wrap(text, mid, size, st); len(l) > n {
			lo = mid
		} else {
			lines, hi = l, mid
		}
	}
	return lines
}

// orphan is how many characters a last line has at least: less looks like a mistake.
const orphan = 12

// MinSize is as narrow as anything may be, and as high as the lines are at the width given last.
func (p *Paragraph) MinSize() fyne.Size {
	if p.lines == nil {
		p.rewrap()
	}
	return fyne.NewSize(minTextWidth, float32(len(p.lines))*lineHeight(p.style))
}

// minTextWidth is what a paragraph asks for at least; its real width comes from the page.
const minTextWidth = 80

// maxLine is the longest line, in heights of the ordinary text: about 75 of its characters (fyne-anchors §8.2). Small print ends where
// the text above it does. A heading may be as wide as the page.
const maxLine = 41

// The distance of two lines' tops in text heights: room for accents and for the eye. The larger the letters, the less.
const (
	lineSpacing    = 1.06
	headingSpacing = 0.95
)

func lineHeight(s Style) float32 {
	k := float32(lineSpacing)
	if s.Size == fynetheme.SizeNameHeadingText {
		k = headingSpacing
	}
	return fyne.MeasureText("Ég", s.size(), s.text()).Height * k
}

// Wrap breaks text into lines no wider than width, at ordinary spaces and line ends only. A word that is wider than a whole line
// is shortened in its middle (its full form belongs to the details).
func Wrap(text string, width, size float32, st fyne.TextStyle) (lines []string) {
	// Words are measured, not lines: the same words return on every page and Fyne remembers them, while no two beginnings of lines are
	// the same, and shaping each of them took most of the time of a page of findings.
	space := fyne.MeasureText(" ", size, st).Width
	for _, para := range strings.Split(text, "\n") {
		if surelyFits(para, width, size) {
			lines = append(lines, para)
			continue
		}
		from, at, used := 0, 0, float32(-1) // the line begins at from; it ends before at; -1: it has no word yet
		words := strings.Split(para, " ")
		for i, word := range words {
			word = Shorten(word, width, size, st)
			words[i] = word
			w := fyne.MeasureText(word, size, st).Width
			if used >= 0 && used+space+w > width-wrapSlack {
				lines = append(lines, strings.Join(words[from:at], " "))
				from, used = i, -1
			}
			if used >= 0 {
				used += space
			} else {
				used = 0
			}
			used, at = used+w, i+1
		}
		lines = append(lines, strings.Join(words[from:at], " "))
	}
	return lines
}

// wrapSlack is what the widths of words may be short of the width of their line, by rounding.
const wrapSlack = 1

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
	canvas.Refresh(r.p) // with all its lines
}
