package report

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"sync"

	"github.com/srwiley/rasterx"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"passerelle/checks/decide"
)

// Drawing of the picture for a chat: text, boxes, and the four states by their shapes (circle, octagon, triangle, ring), as the window
// draws them.

// typeface is the Go fonts, read once: Latin, Greek and Cyrillic letters, without any file of the system.
type typeface struct{ regular, bold *sfnt.Font }

var fonts = sync.OnceValue(func() *typeface {
	read := func(ttf []byte) *sfnt.Font {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("report: the embedded font: " + err.Error()) // a broken build, not a condition
		}
		return f
	}
	return &typeface{read(goregular.TTF), read(gobold.TTF)}
})

// missing tells whether a text has a letter that the font has not.
func (t *typeface) missing(s string) bool {
	var b sfnt.Buffer
	for _, r := range s {
		if i, err := t.regular.GlyphIndex(&b, r); (err != nil || i == 0) && !blank(r) {
			return true
		}
	}
	return false
}

// blank: the spaces of French typography; they are drawn as their width.
func blank(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' }

// drawing is a picture in the making.
type drawing struct {
	img   *image.NRGBA
	faces map[[2]int]font.Face
	buf   sfnt.Buffer
}

func newDrawing(w, h int, ground color.NRGBA) *drawing {
	d := &drawing{img: image.NewNRGBA(image.Rect(0, 0, w, h)), faces: map[[2]int]font.Face{}}
	draw.Draw(d.img, d.img.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	return d
}

func (d *drawing) face(size float64, bold bool) font.Face {
	key := [2]int{int(size * 4), 0}
	f := fonts().regular
	if bold {
		key[1], f = 1, fonts().bold
	}
	if have, ok := d.faces[key]; ok {
		return have
	}
	made, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("report: the embedded font: " + err.Error()) // as above
	}
	d.faces[key] = made
	return made
}

// drawable replaces what the font cannot draw by a question mark, so that no empty box stands there.
func (d *drawing) drawable(r rune) rune {
	if i, err := fonts().regular.GlyphIndex(&d.buf, r); (err != nil || i == 0) && !blank(r) {
		return '?'
	}
	return r
}

// advance is how far one letter goes, pixels.
func (d *drawing) advance(f font.Face, r rune, size float64) float64 {
	switch r {
	case '\u202f', '\u2009':
		return size / 6 // a thin space
	case '\u00a0':
		r = ' '
	}
	a, ok := f.GlyphAdvance(r)
	if !ok {
		return size / 2
	}
	return float64(a) / 64
}

func (d *drawing) width(s string, size float64, bold bool) float64 {
	f, w, before := d.face(size, bold), 0.0, rune(-1)
	for _, r := range s {
		r = d.drawable(r)
		if before >= 0 && !blank(r) && !blank(before) {
			w += float64(f.Kern(before, r)) / 64
		}
		w += d.advance(f, r, size)
		before = r
	}
	return w
}

// text draws a line with its baseline at y.
func (d *drawing) text(s string, x, y, size float64, bold bool, c color.Color) {
	f, before := d.face(size, bold), rune(-1)
	src := image.NewUniform(c)
	for _, r := range s {
		r = d.drawable(r)
		if before >= 0 && !blank(r) && !blank(before) {
			x += float64(f.Kern(before, r)) / 64
		}
		if !blank(r) {
			at := fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)}
			if box, mask, from, _, ok := f.Glyph(at, r); ok {
				draw.DrawMask(d.img, box, src, image.Point{}, mask, from, draw.Over)
			}
		}
		x += d.advance(f, r, size)
		before = r
	}
}

func (d *drawing) centred(s string, x, y, size float64, bold bool, c color.Color) {
	d.text(s, x-d.width(s, size, bold)/2, y, size, bold, c)
}

// shorten cuts out the middle of a text that is too long: both ends of a host's name tell something.
func (d *drawing) shorten(s string, most, size float64, bold bool) string {
	if d.width(s, size, bold) <= most {
		return s
	}
	r := []rune(s)
	for keep := len(r) - 1; keep > 1; keep-- {
		if t := string(r[:(keep+1)/2]) + "…" + string(r[len(r)-keep/2:]); d.width(t, size, bold) <= most {
			return t
		}
	}
	return "…"
}

// lines breaks a text at its ordinary spaces, no-break ones hold. What does not fit in so many lines ends with "…".
func (d *drawing) lines(s string, most, size float64, bold bool, max int) []string {
	var out []string
	line := ""
	for _, w := range strings.Split(s, " ") {
		switch try := strings.TrimPrefix(line+" "+w, " "); {
		case d.width(try, size, bold) <= most:
			line = try
		case len(out) == max-1:
			return append(out, d.cut(try+" …", most, size, bold))
		default:
			if line != "" {
				out = append(out, line)
			}
			line = d.shorten(w, most, size, bold)
		}
	}
	return append(out, line)
}

// cut takes letters off the end until it fits.
func (d *drawing) cut(s string, most, size float64, bold bool) string {
	r := []rune(strings.TrimSuffix(s, " …"))
	for len(r) > 0 && d.width(string(r)+"…", size, bold) > most {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ") + "…"
}

func (d *drawing) filler(c color.Color) (*rasterx.Filler, func()) {
	w, h := d.img.Bounds().Dx(), d.img.Bounds().Dy()
	f := rasterx.NewFiller(w, h, rasterx.NewScannerGV(w, h, d.img, d.img.Bounds()))
	f.SetColor(c)
	return f, f.Draw
}

func (d *drawing) box(x0, y0, x1, y1, round float64, c color.Color) {
	f, done := d.filler(c)
	if round > 0 {
		rasterx.AddRoundRect(x0, y0, x1, y1, round, round, 0, rasterx.RoundGap, f)
	} else {
		rasterx.AddRect(x0, y0, x1, y1, 0, f)
	}
	done()
}

// stroke draws a line through points.
func (d *drawing) stroke(points [][2]float64, width float64, c color.Color) {
	w, h := d.img.Bounds().Dx(), d.img.Bounds().Dy()
	s := rasterx.NewStroker(w, h, rasterx.NewScannerGV(w, h, d.img, d.img.Bounds()))
	s.SetStroke(fixed.Int26_6(width*64), 0, rasterx.RoundCap, rasterx.RoundCap, rasterx.RoundGap, rasterx.Round)
	s.SetColor(c)
	s.Start(rasterx.ToFixedP(points[0][0], points[0][1]))
	for _, p := range points[1:] {
		s.Line(rasterx.ToFixedP(p[0], p[1]))
	}
	s.Stop(false)
	s.Draw()
}

func (d *drawing) polygon(points [][2]float64, c color.Color) {
	f, done := d.filler(c)
	f.Start(rasterx.ToFixedP(points[0][0], points[0][1]))
	for _, p := range points[1:] {
		f.Line(rasterx.ToFixedP(p[0], p[1]))
	}
	f.Stop(true)
	done()
}

// badge draws a state by its shape, as assets/icons does: a full circle with a tick, an octagon with a cross, a triangle with an
// exclamation mark, an empty circle with a bar.
func (d *drawing) badge(s decide.State, x, y, side float64) {
	ink, _ := stateColours(s)
	on := cardColours.paper
	k := side / 24
	at := func(px, py float64) [2]float64 { return [2]float64{x + px*k, y + py*k} }
	circle := func(c color.Color, r float64) {
		f, done := d.filler(c)
		rasterx.AddCircle(x+12*k, y+12*k, r*k, f)
		done()
	}
	switch s {
	case decide.StateOK:
		circle(ink, 10)
		d.stroke([][2]float64{at(7.2, 12.4), at(10.6, 15.8), at(16.8, 8.6)}, 2.2*k, on)
	case decide.StateProblem:
		d.polygon([][2]float64{at(7.9, 2), at(16.1, 2), at(22, 7.9), at(22, 16.1), at(16.1, 22), at(7.9, 22), at(2, 16.1), at(2, 7.9)}, ink)
		d.stroke([][2]float64{at(8, 8), at(16, 16)}, 2.2*k, on)
		d.stroke([][2]float64{at(16, 8), at(8, 16)}, 2.2*k, on)
	case decide.StateWarning:
		d.polygon([][2]float64{at(12, 2.2), at(23, 21.5), at(1, 21.5)}, ink)
		d.stroke([][2]float64{at(12, 9), at(12, 14.5)}, 2.2*k, on)
		d.stroke([][2]float64{at(12, 18), at(12.01, 18)}, 2.4*k, on)
	default:
		circle(ink, 10)
		circle(on, 8)
		d.stroke([][2]float64{at(8.5, 12), at(15.5, 12)}, 2.2*k, ink)
	}
}

// link draws what leads to a stop: whole, broken with a cross, or dotted.
func (d *drawing) link(s decide.State, x0, x1, y float64, c color.Color) {
	const width = 4
	mid := (x0 + x1) / 2
	switch s {
	case decide.StateOK, decide.StateWarning:
		d.stroke([][2]float64{{x0 + 3, y}, {x1 - 3, y}}, width, c)
	case decide.StateProblem:
		d.stroke([][2]float64{{mid - 8, y - 8}, {mid + 8, y + 8}}, width, c)
		d.stroke([][2]float64{{mid + 8, y - 8}, {mid - 8, y + 8}}, width, c)
	default:
		for i := range 3 {
			x := x0 + (x1-x0)*(float64(i)+0.5)/3
			d.stroke([][2]float64{{x, y}, {x + 0.1, y}}, width+1, c)
		}
	}
}
