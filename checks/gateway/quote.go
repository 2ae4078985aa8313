package gateway

// This file picks the short sentence of a page: what a person would read out on the telephone.

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteWindow is how far into a page its headline is looked for.
const quoteWindow = 8 << 10

// quote gives the page's headline or title, or its only line, as the page spells it.
func quote(p *page) string {
	body := p.h.Body[:min(len(p.h.Body), quoteWindow)]
	if p.pasted || !bytes.ContainsRune(body, '<') {
		return clean(string(body))
	}
	for i, open := range []string{"<title", "<h1", "<h2", "<p", "<body"} {
		if i == 0 && p.title == "" || i == 1 && p.head == "" {
			continue
		}
		if i == 2 {
			body = body[:min(len(body), quoteWindow/4)] // a page without title and headline is a few lines
		}
		s := clean(element(body, open))
		switch lowerASCII(s) {
		case "", "error", "erreur", "error page", "site", "home":
			continue // says nothing: the next one
		}
		return s
	}
	return clean(element(append([]byte("<x>"), body...), "<x"))
}

// element gives the text of the first element with that name, tags left out.
func element(body []byte, open string) string {
	for off := 0; ; {
		i := bytes.IndexByte(body[off:], '<')
		if i < 0 {
			return ""
		}
		off += i
		rest := body[off:]
		if !hasFold(rest, open) || len(rest) > len(open) && (rest[len(open)]|0x20 >= 'a' && rest[len(open)]|0x20 <= 'z') {
			off++
			continue
		}
		j := bytes.IndexByte(rest, '>')
		if j < 0 {
			return ""
		}
		rest = rest[j+1 : min(len(rest), j+1+4*maxQuote*4)]
		if k := indexFold(rest, "</"+open[1:]); k >= 0 {
			rest = rest[:k]
		}
		var out strings.Builder
		for len(rest) > 0 {
			k := bytes.IndexByte(rest, '<')
			if k < 0 {
				out.Write(rest)
				break
			}
			out.Write(rest[:k])
			out.WriteByte(' ')
			if hasFold(rest[k:], "<script") || hasFold(rest[k:], "<style") {
				break
			}
			e := bytes.IndexByte(rest[k:], '>')
			if e < 0 {
				break
			}
			rest = rest[k+e+1:]
		}
		return out.String()
	}
}

func indexFold(b []byte, lower string) int {
	for off := 0; ; {
		i := bytes.IndexByte(b[off:], lower[0])
		if i < 0 {
			return -1
		}
		if off += i; hasFold(b[off:], lower) {
			return off
		}
		off++
	}
}

// clean decodes entities, collapses white space, drops control characters and cuts at a sentence or at maxQuote.
func clean(s string) string {
	var out strings.Builder
	space, runes := true, 0
	for i := 0; i < len(s) && runes < maxQuote; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = rune(s[i]) // Latin-1
		}
		if r == '&' {
			if e, m := entity([]byte(s[i:min(len(s), i+maxEntity)])); m > 0 {
				r, n = e, m
			} else {
				for name, c := range map[string]rune{"&amp;": '&', "&lt;": '<', "&gt;": '>', "&quot;": '"'} {
					if strings.HasPrefix(s[i:], name) {
						r, n = c, len(name)
					}
				}
			}
		}
		i += n
		if unicode.IsSpace(r) || r == 0xA0 {
			if !space {
				out.WriteByte(' ')
				runes++
			}
			space = true
			continue
		}
		if !unicode.IsPrint(r) {
			continue
		}
		space = false
		out.WriteRune(r)
		runes++
	}
	q := strings.TrimSpace(out.String())
	if runes >= maxQuote {
		if i := strings.LastIndexByte(q, ' '); i > 0 {
			q = q[:i] + "…"
		}
	}
	return q
}
