package gateway

// This file turns a page into the form that the table's marks are written in: lower case, white space collapsed, accents and
// punctuation decoded, style sheets and inlined images skipped, and never more of it than the window below.

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"passerelle/checks/facts"
)

// What is looked at of a page. Error pages are short: the longest template of the corpus has 4 KiB without its style sheet.
// What follows a long head is in the tail, where servers sign.
const (
	headWindow = 12 << 10 // bytes of normalised page from the start
	tailWindow = 6 << 10  // bytes of the page from the end
	maxQuote   = 160      // runes: one sentence
	exactSize  = 512      // bytes: a page that is nothing but its mark is shorter than this
)

// page is one response prepared for the table. It is made once, whatever the number of rows.
type page struct {
	h      *facts.HTTP
	ctx    Context
	status int // as received; 0: not known (a saved page, pasted words)
	real   int // what the page itself says: its title, headline or error code; 0: nothing
	code   int // number of three or four digits that the page calls its error code; 0: none
	soft   bool
	pasted bool // words that a person copied: no markup can be expected
	norm   []byte
	title  string
	head   string // first headline
	exact  string // the whole page, where it is short
	own    int    // bytes of norm that are the page; what follows are headers
	text   int    // what textSize found; -1: not counted yet
	hits   []uint64
}

// buffers keeps the normalised pages' memory from one recognition to the next.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, headWindow+tailWindow+4<<10); return &b }}

// release gives the page's memory back; nothing that was said of it refers to it.
func (p *page) release() {
	b := p.norm[:0]
	p.norm = nil
	buffers.Put(&b)
}

func (t *table) newPage(h *facts.HTTP, ctx Context) *page {
	p := &page{h: h, ctx: ctx, status: h.Status, text: -1}
	p.norm = normalise((*buffers.Get().(*[]byte))[:0], h.Body)
	p.title = inner(p.norm, "<title")
	p.head = inner(p.norm, "<h1")
	if len(p.norm) <= exactSize {
		p.exact = string(bytes.TrimSpace(p.norm))
	}
	p.own = len(p.norm)
	for _, name := range spoken {
		if v := h.Get(name); v != "" && len(v) < 1000 {
			p.norm = append(p.norm, '\n')
			p.norm, _ = normaliseUpTo(p.norm, []byte(v), len(v)+16, false)
		}
	}
	p.hits = t.scan.scan(p.norm)
	p.code = t.errorCode(p)
	p.real = ownStatus(p)
	return p
}

// textSize is how many bytes of text a person would see; beyond countText it is not counted exactly.
func (p *page) textSize() int {
	if p.text < 0 {
		p.text = textLength(p.norm[:p.own])
	}
	return p.text
}

// spoken are headers in which a gateway says what failed. They are read together with the page, so that a row needs its mark
// once, wherever the product put it.
var spoken = []string{"X-Squid-Error", "X-Cf-Routererror", "X-Vercel-Error", "Ngrok-Error-Code"}

// fold maps a byte to what stands for it in the normalised page; 0 marks the bytes that need a closer look.
var fold = func() (t [256]byte) {
	for c := '!'; c < 127; c++ {
		t[c] = byte(c)
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = byte(c + 'a' - 'A')
	}
	t['&'], t['<'], t[','] = 0, 0, 0
	return t
}()

func normalise(dst, body []byte) []byte {
	rest := body
	if len(rest) > 4*(headWindow+tailWindow) {
		rest = rest[:4*(headWindow+tailWindow)] // style sheets and images may be skipped, not without end
	}
	latin1 := !utf8.Valid(cutRune(rest[:min(len(rest), headWindow)]))
	dst, used := normaliseUpTo(dst, rest, headWindow, latin1)
	if used < len(body) {
		tail := body[max(used, len(body)-tailWindow):]
		dst = append(dst, '\n') // in no mark: nothing matches across the gap
		dst, _ = normaliseUpTo(dst, tail, tailWindow, latin1)
	}
	return dst
}

// cutRune drops an incomplete rune at the end, so that cutting a page does not make it look like Latin-1.
func cutRune(b []byte) []byte {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; c >= 0xC0 {
			return b[:len(b)-i]
		} else if c < 0x80 {
			break
		}
	}
	return b
}

// normaliseUpTo appends at most about limit bytes and says how many bytes of src it used. It is linear in src.
func normaliseUpTo(dst, src []byte, limit int, latin1 bool) ([]byte, int) {
	end := len(dst) + limit
	space := true
	noStyleEnd := false
	i := 0
	for i < len(src) && len(dst) < end {
		c := src[i]
		if f := fold[c]; f != 0 {
			dst = append(dst, f)
			space = false
			i++
			continue
		}
		switch {
		case c <= ' ' || c == 127:
			if !space {
				dst = append(dst, ' ')
				space = true
			}
			i++
			continue
		case c == '<':
			if !noStyleEnd && i+1 < len(src) && src[i+1]|0x20 == 's' && hasFold(src[i:], "<style") {
				if n := indexStyleEnd(src[i:]); n >= 0 {
					i += n
					continue
				}
				noStyleEnd = true
			}
			dst = append(dst, '<')
			i++
		case c == ',':
			dst = append(dst, ',')
			i++
			if bytes.HasSuffix(dst, []byte(";base64,")) {
				for i < len(src) && isBase64(src[i]) {
					i++
				}
			}
		case c == '&':
			r, n := entity(src[i:])
			if n == 0 {
				dst, i = append(dst, '&'), i+1
				break
			}
			i += n
			if r == ' ' {
				if !space {
					dst, space = append(dst, ' '), true
				}
				continue
			}
			dst = appendRune(dst, r)
		case !latin1 && c == 0xC3 && i+1 < len(src) && src[i+1]&0xC0 == 0x80:
			// À to ÿ in UTF-8, which most accents are: their small letters lie 0x20 further, but for ×.
			low := src[i+1]
			if low <= 0x9E && low != 0x97 {
				low += 0x20
			}
			dst = append(dst, c, low)
			i += 2
		case latin1 && c >= 0xC0:
			low := c & 0xBF
			if low <= 0x9E && low != 0x97 {
				low += 0x20
			}
			dst = append(dst, 0xC3, low)
			i++
		default: // beyond ASCII
			r, n := rune(c), 1
			if !latin1 {
				r, n = utf8.DecodeRune(src[i:])
			}
			i += n
			if r == 0xA0 || r == 0x202F || r == 0x2009 {
				if !space {
					dst, space = append(dst, ' '), true
				}
				continue
			}
			dst = appendRune(dst, r)
		}
		space = false
	}
	return dst, i
}

func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=' || c == '\n' || c == '\r'
}

// appendRune writes a rune as marks spell it: lower case, straight apostrophes, plain dashes.
func appendRune(dst []byte, r rune) []byte {
	switch {
	case r == 0x2018 || r == 0x2019 || r == 0xB4:
		return append(dst, '\'')
	case r == 0x2010 || r == 0x2011 || r == 0x2013 || r == 0x2014:
		return append(dst, '-')
	case r == 0x2026:
		return append(dst, "..."...)
	case r >= 'A' && r <= 'Z', r >= 0xC0 && r <= 0xDE && r != 0xD7:
		r += 0x20
	case r == 0x152 || r == 0x14C || r == 0x178: // Œ, Ō; Ÿ has its small letter elsewhere
		if r == 0x178 {
			r = 0xFF
		} else {
			r++
		}
	}
	return utf8.AppendRune(dst, r)
}

// names are the entities that occur in the templates of the corpus. Those of markup itself (lt, gt, amp, quot) stay as they
// are: an article that shows a page's source must not become that page.
var names = map[string]rune{
	"nbsp": ' ', "apos": '\'', "rsquo": 0x2019, "lsquo": 0x2019, "ndash": '-', "mdash": '-', "hellip": 0x2026,
	"agrave": 'à', "acirc": 'â', "auml": 'ä', "ccedil": 'ç', "eacute": 'é', "egrave": 'è', "ecirc": 'ê', "euml": 'ë', "icirc": 'î',
	"iuml": 'ï', "ocirc": 'ô', "ouml": 'ö', "ugrave": 'ù', "ucirc": 'û', "uuml": 'ü', "szlig": 'ß', "oelig": 'œ',
	"Agrave": 'à', "Ccedil": 'ç', "Eacute": 'é', "Egrave": 'è', "Ecirc": 'ê',
}

// maxEntity is the length of the longest entity that is decoded, with its & and ;.
const maxEntity = 10

// entity decodes the entity that b begins with: its rune and its length, or a length of 0.
func entity(b []byte) (rune, int) {
	if len(b) < 3 || b[1] != '#' && !('a' <= b[1]|0x20 && b[1]|0x20 <= 'z') {
		return 0, 0
	}
	end := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
	if end < 2 {
		return 0, 0
	}
	name := b[1:end]
	if name[0] != '#' {
		r, ok := names[string(name)]
		if !ok {
			return 0, 0
		}
		return r, end + 1
	}
	var v rune
	digits, base := name[1:], rune(10)
	if len(digits) > 1 && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0, 0
	}
	for _, d := range digits {
		n := rune(99)
		switch {
		case '0' <= d && d <= '9':
			n = rune(d - '0')
		case 'a' <= d|0x20 && d|0x20 <= 'f':
			n = rune(d|0x20-'a') + 10
		}
		if n >= base {
			return 0, 0
		}
		v = v*base + n
	}
	switch {
	case v == '<' || v == '>' || v == '&' || v == '"' || v > 0x2FFFF:
		return 0, 0
	case v <= ' ' || v == 0xA0:
		v = ' '
	}
	return v, end + 1
}

func hasFold(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range lower {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// indexStyleEnd finds where the style sheet that b begins with ends, or gives -1.
func indexStyleEnd(b []byte) int {
	for off := 0; ; {
		n := bytes.Index(b[off:], []byte("</"))
		if n < 0 {
			return -1
		}
		off += n + 2
		if hasFold(b[off:], "style") {
			return off + len("style")
		}
	}
}

// inner gives the text inside the first element that opens with open ("<title", "<h1"), without inner tags, at most 200 bytes.
func inner(norm []byte, open string) string {
	i := bytes.Index(norm, []byte(open))
	if i < 0 {
		return ""
	}
	rest := norm[i:]
	j := bytes.IndexByte(rest, '>')
	if j < 0 {
		return ""
	}
	rest = rest[j+1 : min(len(rest), j+1+600)]
	if k := bytes.Index(rest, []byte("</"+open[1:])); k >= 0 {
		rest = rest[:k]
	}
	var out []byte
	tag := false
	for _, c := range rest {
		switch {
		case c == '<':
			tag = true
		case c == '>':
			tag = false
			if n := len(out); n > 0 && out[n-1] != ' ' {
				out = append(out, ' ')
			}
		case !tag:
			if c == ' ' && len(out) > 0 && out[len(out)-1] == ' ' {
				continue
			}
			out = append(out, c)
		}
		if len(out) >= 200 {
			break
		}
	}
	return string(bytes.TrimSpace(out))
}

// countText is as far as text is counted: beyond every limit that it is held against.
const countText = 2 * softBlockText

// textLength counts the bytes of text that a person would see: neither tags nor scripts nor comments.
func textLength(norm []byte) int {
	n := 0
	for i := 0; i < len(norm) && n <= countText; {
		if norm[i] != '<' {
			j := bytes.IndexByte(norm[i:], '<')
			if j < 0 {
				j = len(norm) - i
			}
			n += j
			i += j
			continue
		}
		end := ">"
		switch {
		case bytes.HasPrefix(norm[i:], []byte("<script")):
			end = "</script"
		case bytes.HasPrefix(norm[i:], []byte("<!--")):
			end = "-->"
		}
		j := bytes.Index(norm[i:], []byte(end))
		if j < 0 {
			break
		}
		i += j + len(end)
	}
	return n
}
