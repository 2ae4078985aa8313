package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/words"
)

// The report as one picture made for a chat: whose side it is on, the way with the stop that failed, the time, the reference. What is
// drawn is chosen here, as texts, so that a test can hold them against what is private; carddraw.go draws.

// Card is what stands on the picture. Its texts come from a masked result.
type Card struct {
	Site   string
	Who    string
	Title  string
	Code   decide.State
	Stops  []CardStop
	Footer []string // time with its offset, certainty and code, reference
	Mark   string   // the program's name
}

// CardStop is one stop of the way.
type CardStop struct {
	Name, Word string
	State      decide.State
}

// NewCard chooses what is drawn.
func NewCard(r *checks.Result, p *words.Printer, about About) Card {
	title, _ := p.Verdict(r.Verdict)
	c := Card{Site: words.Safe(shown(r), maxParagraph), Who: p.Who(r.Verdict), Title: words.Safe(title, maxParagraph), Code: stateOf(r.Verdict), Mark: "Passerelle"}
	if fonts().missing(c.Site) {
		c.Site = r.Target.Host // in ASCII, where the letters are not in the font
	}
	for _, h := range r.Path {
		c.Stops = append(c.Stops, CardStop{p.HopShort(h.Hop, mobile(r.Facts)), p.State(h.State), h.State})
	}
	if !r.StartedAt.IsZero() {
		c.Footer = append(c.Footer, p.T("report.card.at", map[string]any{"When": cardTime(r.StartedAt)}))
	}
	if a := about.Since; a != nil && a.FirstFailure.Before(r.StartedAt) && !a.FirstFailure.IsZero() {
		c.Footer = append(c.Footer, p.T("report.card.since", map[string]any{"When": cardTime(a.FirstFailure)}))
	}
	c.Footer = append(c.Footer, p.T("cli.certainty", map[string]any{"Certainty": p.Certainty(r.Verdict.Certainty)})+"   "+p.T("cli.code", map[string]any{"Code": Code(r.Verdict)}))
	if g := r.Gateway; g != nil && len(g.RequestIDs) > 0 {
		var ids []string
		for _, name := range slices.Sorted(maps.Keys(g.RequestIDs)) {
			ids = append(ids, name+" "+g.RequestIDs[name])
		}
		c.Footer = append(c.Footer, words.Safe(p.T("report.pair", map[string]any{"Label": p.T("report.row.request-id", nil), "Text": strings.Join(ids, ", ")}), maxParagraph))
	}
	return c
}

// cardTime is a moment on the picture: to the minute, with the offset, and in UTC for who reads logs.
func cardTime(t time.Time) string {
	return t.Format("2006-01-02 15:04 -07:00") + t.UTC().Format(" (15:04Z)")
}

// Texts are all the texts that are drawn.
func (c Card) Texts() []string {
	all := append([]string{c.Site, c.Who, c.Title, c.Mark}, c.Footer...)
	for _, s := range c.Stops {
		all = append(all, s.Name, s.Word)
	}
	return all
}

// PNG writes the report as one picture for a chat. The caller masks the result before.
func PNG(w io.Writer, r *checks.Result, p *words.Printer, about About) error {
	var b bytes.Buffer
	if err := png.Encode(&b, NewCard(r, p, about).Draw()); err != nil {
		return fmt.Errorf("drawing the report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	return nil
}

// Measures of the picture, pixels. 1200 × 630 is what chats and social sites show uncut (Open Graph's usual size).
const (
	cardWidth, cardHeight = 1200, 630
	cardSide              = 56
	cardEdge              = 16
	stopHeight            = 132
	stopGap               = 28
	badge                 = 44
)

// cardColours are the window's light palette (ui/theme): a chat shows the picture on its own ground.
var cardColours = struct {
	paper, ink, soft, line color.NRGBA
	state                  map[decide.State][2]color.NRGBA // ink and tint
}{
	paper: color.NRGBA{0xff, 0xff, 0xff, 0xff}, ink: color.NRGBA{0x1c, 0x1e, 0x21, 0xff}, soft: color.NRGBA{0x50, 0x56, 0x5e, 0xff}, line: color.NRGBA{0xdf, 0xe2, 0xe6, 0xff},
	state: map[decide.State][2]color.NRGBA{
		decide.StateOK:      {{0x0f, 0x6b, 0x3a, 0xff}, {0xe6, 0xf4, 0xec, 0xff}},
		decide.StateProblem: {{0xb3, 0x16, 0x1b, 0xff}, {0xfd, 0xeb, 0xeb, 0xff}},
		decide.StateWarning: {{0x8a, 0x4b, 0x00, 0xff}, {0xff, 0xf3, 0xdc, 0xff}},
		decide.StateUnknown: {{0x5b, 0x64, 0x70, 0xff}, {0xee, 0xf0, 0xf2, 0xff}},
	},
}

func stateColours(s decide.State) (ink, tint color.NRGBA) {
	c, ok := cardColours.state[s]
	if !ok {
		c = cardColours.state[decide.StateUnknown]
	}
	return c[0], c[1]
}

// Draw draws the picture.
func (c Card) Draw() *image.NRGBA {
	d := newDrawing(cardWidth, cardHeight, cardColours.paper)
	ink, _ := stateColours(c.Code)
	d.box(0, 0, cardEdge, cardHeight, 0, ink)
	left, right := float64(cardSide), float64(cardWidth-cardSide)

	mark := d.width(c.Mark, 22, false)
	d.text(c.Mark, right-mark, 66, 22, false, cardColours.soft)
	d.text(d.shorten(c.Site, right-left-mark-40, 30, true), left, 70, 30, true, cardColours.soft)

	d.badge(c.Code, left, 100, 60)
	y, who := 122.0, 46.0
	for who > 38 && d.width(c.Who, who, true) > right-left-84 { // on one line where it can be read so
		who -= 2
	}
	for _, l := range d.lines(c.Who, right-left-84, who, true, 2) {
		y += 26
		d.text(l, left+84, y, who, true, ink)
		y += 28
	}
	y = max(y, 172) + 26
	for _, l := range d.lines(c.Title, right-left, 32, false, 2) {
		d.text(l, left, y, 32, false, cardColours.ink)
		y += 42
	}

	top := 306.0
	if n := float64(len(c.Stops)); n > 0 {
		w := min((right-left-(n-1)*stopGap)/n, 230)
		size, wordSize := 24.0, 21.0
		for _, s := range c.Stops { // one size for all, that the longest fits
			for size > 16 && d.width(s.Name, size, true) > w-12 {
				size -= 0.5
			}
			for wordSize > 16 && d.width(s.Word, wordSize, false) > w-12 {
				wordSize -= 0.5
			}
		}
		x := left
		for i, s := range c.Stops {
			sInk, sTint := stateColours(s.State)
			if i > 0 {
				d.link(s.State, x-stopGap, x, top+stopHeight/2, sInk)
			}
			d.box(x, top, x+w, top+stopHeight, 12, sInk)
			d.box(x+3, top+3, x+w-3, top+stopHeight-3, 10, sTint)
			d.badge(s.State, x+w/2-badge/2, top+14, badge)
			d.centred(d.shorten(s.Name, w-10, size, true), x+w/2, top+88, size, true, cardColours.ink)
			d.centred(d.shorten(s.Word, w-10, wordSize, false), x+w/2, top+116, wordSize, false, sInk)
			x += w + stopGap
		}
	}

	d.box(left, 466, right, 468, 0, cardColours.line)
	y = 506
	for _, f := range c.Footer {
		d.text(d.lines(f, right-left, 23, false, 1)[0], left, y, 23, false, cardColours.soft)
		y += 33
	}
	return d.img
}
