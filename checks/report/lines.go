package report

// Lines: wrapped, coloured, and free of anything that could move the cursor.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"passerelle/checks/decide"
	"passerelle/checks/words"
)

// style is a sequence of SGR parameters (ECMA-48 §8.3.117); the eight basic colours follow the terminal's own palette.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	green  style = "32"
	red    style = "1;31"
	yellow style = "33"
)

func colourOf(s decide.State) style {
	switch s {
	case decide.StateOK:
		return green
	case decide.StateProblem:
		return red
	case decide.StateWarning:
		return yellow
	}
	return dim
}

func (pg *page) paint(s style, text string) string {
	if !pg.opt.Colour || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (pg *page) blank() { pg.buf.WriteByte('\n') }

func (pg *page) heading(text string) { pg.line("", bold, text) }

// maxParagraph bounds one paragraph, in characters: ten times the longest of ours.
const maxParagraph = 4000

// line writes a paragraph behind a lead ("1. ", "✓ "), wrapped, its further lines indented as far as the lead is wide.
func (pg *page) line(lead string, s style, text string) {
	text = pg.words(words.Safe(text, maxParagraph))
	width := pg.opt.Width - utf8.RuneCountInString(lead)
	indent := strings.Repeat(" ", utf8.RuneCountInString(lead))
	for i, l := range wrap(text, width) {
		if i > 0 {
			lead = indent
		}
		if strings.TrimSpace(lead) != "" {
			pg.buf.WriteString(pg.paint(s, lead+l))
		} else {
			pg.buf.WriteString(lead + pg.paint(s, l))
		}
		pg.buf.WriteByte('\n')
	}
}

// wrap breaks at ordinary spaces only: the no-break spaces of French hold. What is longer than a line is cut.
func wrap(text string, width int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	for _, word := range strings.Split(text, " ") {
		if word == "" {
			continue
		}
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > width {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
		}
		for used == 0 && n > width {
			cut := []rune(word)
			lines = append(lines, string(cut[:width]))
			word, n = string(cut[width:]), n-width
		}
		if used > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line.String())
	}
	return lines
}

// words gives a text in the characters that the terminal has.
func (pg *page) words(s string) string {
	if pg.opt.Charset != ASCII {
		return s
	}
	s = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'", "‘", "'", "“", `"`, "”", `"`, "« ", `"`, " »", `"`, "«", `"`, "»", `"`, "…", "...", "–", "-", "œ", "oe", "Œ", "OE", "æ", "ae", "ß", "ss").Replace(s)
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the accent, parted from its letter
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
