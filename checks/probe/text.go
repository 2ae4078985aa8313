// Text that came from elsewhere, made safe to keep and to show.
package probe

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable removes control, direction and other invisible characters, reads bytes that are no UTF-8 as Latin-1, joins white
// space and keeps at most so many characters.
func printable(s string, most int) string {
	if cut := 16*most + 64; len(s) > cut { // enough for any number of removed characters that is not an attack
		for i := 0; i < utf8.UTFMax-1 && !utf8.RuneStart(s[cut]); i++ {
			cut--
		}
		s = s[:cut]
	}
	if !utf8.ValidString(s) {
		s = latin1(s)
	}
	var b strings.Builder
	space, n := false, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = n > 0
			continue
		case unicode.Is(unicode.C, r), r == unicode.ReplacementChar: // Cc, Cf (direction marks), Co, Cs
			continue
		}
		if space {
			b.WriteByte(' ')
			n++
			space = false
		}
		if n >= most {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSuffix(b.String(), " ")
}

func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// title finds the title of an HTML page, for people: decoded, on one line, at most 200 characters.
func title(page []byte) string {
	const head = 64 << 10 // a title that comes later is none that a browser shows at once
	page = page[:min(len(page), head)]
	low := asciiLower(page)
	for at := 0; ; {
		i := bytes.Index(low[at:], []byte("<title"))
		if i < 0 {
			return ""
		}
		at += i + len("<title")
		if at < len(low) && low[at] != '>' && low[at] != '/' && !isSpace(low[at]) {
			continue // <titles>
		}
		open := bytes.IndexByte(low[at:], '>')
		if open < 0 {
			return ""
		}
		from := at + open + 1
		to := bytes.Index(low[from:], []byte("</title"))
		if to < 0 {
			to = min(len(low)-from, 4*maxTitle)
		}
		text := string(page[from : from+to])
		if !utf8.ValidString(text) {
			text = latin1(text)
		}
		return printable(html.UnescapeString(text), maxTitle)
	}
}

// asciiLower lowers A to Z only, so that every byte keeps its place.
func asciiLower(b []byte) []byte {
	low := make([]byte, len(b))
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	return low
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
