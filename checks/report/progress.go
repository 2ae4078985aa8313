package report

// One line that tells what is being asked while a check runs.

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/words"
)

// slowAfter is when a check is said to take long: a good site answers within a second or two (DESIGN.md: no verdict is later than 9 s).
const slowAfter = 5 * time.Second

// Progress writes one line to a terminal and writes over it. It is for one goroutine, as Diagnose calls it.
type Progress struct {
	W       io.Writer
	Printer *words.Printer
	Width   int // columns; 0: 80

	last string
	wide int // characters on the line now
}

// Show tells one snapshot. Writing over with spaces, not with an escape sequence, works in every console.
func (l *Progress) Show(s checks.Snapshot) {
	if s.Result != nil {
		l.Clear()
		return
	}
	text := l.Printer.Step(s.Doing, s.Whom, s.Step, s.Steps)
	if s.Elapsed >= slowAfter {
		text += " " + l.Printer.T("doing.long", nil)
	}
	pg := newPage(l.Printer, Options{Width: l.Width})
	text = pg.words(words.Safe(text, maxParagraph))
	if text == l.last {
		return
	}
	l.last = text
	if room := pg.opt.Width - 1; utf8.RuneCountInString(text) > room { // the last column would start a new line in some terminals
		text = string([]rune(text)[:room-len(pg.glyph.ellipsis)]) + pg.glyph.ellipsis
	}
	n := utf8.RuneCountInString(text)
	_, _ = io.WriteString(l.W, "\r"+text+strings.Repeat(" ", max(0, l.wide-n))) // a lost progress line is no reason to stop
	l.wide = n
}

// Clear takes the line away.
func (l *Progress) Clear() {
	if l.wide > 0 {
		_, _ = io.WriteString(l.W, "\r"+strings.Repeat(" ", l.wide)+"\r")
	}
	l.wide, l.last = 0, ""
}
