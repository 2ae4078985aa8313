package report

// The way from this computer to the site, drawn with characters: a box a stop, a mark and a word for its state, readable without
// colour and in ASCII.

import (
	"strings"
	"unicode/utf8"

	"passerelle/checks/decide"
)

// glyphs are the characters of a picture.
type glyphs struct {
	ok, problem, warning, unknown, running string
	topLeft, topRight, bottomLeft          string
	bottomRight, horizontal, vertical      string
	through, broken, unsure                string // between two boxes
	ellipsis                               string
}

var unicodeGlyphs = glyphs{
	ok: "✓", problem: "✗", warning: "!", unknown: "?", running: "…",
	topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘", horizontal: "─", vertical: "│",
	through: "──", broken: "─╳", unsure: "··", ellipsis: "…",
}

var asciiGlyphs = glyphs{
	ok: "+", problem: "X", warning: "!", unknown: "?", running: ".",
	topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", horizontal: "-", vertical: "|",
	through: "--", broken: "-x", unsure: "..", ellipsis: "...",
}

func (g glyphs) mark(s decide.State) string {
	switch s {
	case decide.StateOK:
		return g.ok
	case decide.StateProblem:
		return g.problem
	case decide.StateWarning:
		return g.warning
	case decide.StateUnknown:
		return g.unknown
	}
	return g.running
}

// link is drawn before a stop: the way there is as good as the stop is.
func (g glyphs) link(s decide.State) string {
	switch s {
	case decide.StateOK, decide.StateWarning:
		return g.through
	case decide.StateProblem:
		return g.broken
	}
	return g.unsure
}

const (
	// frame is what a box adds to its words: two borders, a mark and a space.
	frame = 4
	// linkWidth is the width of what stands between two boxes.
	linkWidth = 2
)

// path draws the stops, in as many rows as the width asks for, and names those that are not simply well.
func (pg *page) path(hops []decide.Hop, mobile bool) {
	row, used := []decide.Hop{}, 0
	first := true
	for _, h := range hops {
		w := utf8.RuneCountInString(pg.words(pg.p.HopShort(h.Hop, mobile))) + frame + linkWidth
		if used+w > pg.opt.Width && len(row) > 0 {
			pg.row(row, first, mobile)
			row, used, first = row[:0], 0, false
		}
		row, used = append(row, h), used+w
	}
	if len(row) > 0 {
		pg.row(row, first, mobile)
	}
	for _, h := range hops {
		if h.State != decide.StateOK {
			pg.line(pg.glyph.mark(h.State)+" ", colourOf(h.State), pg.p.T("cli.hop", map[string]any{"Hop": pg.p.Hop(h.Hop, mobile), "State": pg.p.State(h.State)}))
		}
	}
}

// row draws stops side by side. Each is led in by its link, the very first one by nothing.
func (pg *page) row(hops []decide.Hop, first, mobile bool) {
	g := pg.glyph
	var top, middle, bottom strings.Builder
	for i, h := range hops {
		name := pg.words(pg.p.HopShort(h.Hop, mobile))
		bar := strings.Repeat(g.horizontal, utf8.RuneCountInString(name)+frame-2)
		if !first || i > 0 {
			top.WriteString(strings.Repeat(" ", linkWidth))
			bottom.WriteString(strings.Repeat(" ", linkWidth))
			middle.WriteString(pg.paint(colourOf(h.State), g.link(h.State)))
		}
		c := colourOf(h.State)
		top.WriteString(pg.paint(c, g.topLeft+bar+g.topRight))
		middle.WriteString(pg.paint(c, g.vertical+g.mark(h.State)+" "+name+g.vertical))
		bottom.WriteString(pg.paint(c, g.bottomLeft+bar+g.bottomRight))
	}
	for _, line := range []*strings.Builder{&top, &middle, &bottom} {
		pg.buf.WriteString(line.String())
		pg.buf.WriteByte('\n')
	}
}
