package gateway

// This file reads the numbers that a page says of itself: its status in the title or headline, its error code.

import (
	"bytes"
	"strings"
)

// codeLabels stand before the number that a page calls its error code.
var codeLabels = []string{`cf-error-code">`, "<h2>error ", "error code: ", "error code ", "errorcode_", `"error_code":`}

// errorCode is the number that the page calls its error code (Cloudflare's 522 or 1020), or 0.
func (t *table) errorCode(p *page) int {
	if n, _ := leadingNumber(p.h.Get("Cf-Error-Type")); n != 0 {
		return n
	}
	for i, label := range codeLabels {
		if !p.has(t.codes[i]) {
			continue
		}
		rest := p.norm[bytes.Index(p.norm, []byte(label))+len(label):]
		if n, ok := leadingNumber(strings.TrimLeft(string(rest[:min(len(rest), 8)]), " ")); ok {
			return n
		}
	}
	return 0
}

// leadingNumber reads a number of three or four digits that nothing but a separator follows.
func leadingNumber(s string) (int, bool) {
	n, i := 0, 0
	for i < len(s) && i < 5 && '0' <= s[i] && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	if i < 3 || i > 4 || i < len(s) && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z') {
		return 0, false
	}
	return n, true
}

// ownStatus is the error status that the page names in its title, headline or first words, or 0.
func ownStatus(p *page) int {
	for _, s := range []string{p.title, p.head} {
		if n := statusIn(s); n != 0 {
			return n
		}
	}
	if p.code >= 400 && p.code <= 599 {
		return p.code
	}
	if p.exact != "" && !strings.ContainsAny(p.exact, "<{") {
		return statusIn(p.exact[:min(len(p.exact), 40)])
	}
	return 0
}

// statusIn finds a number from 400 to 599 that stands alone: no letter, digit, dot or dash of a name touches it.
func statusIn(s string) int {
	for i := 0; i+3 <= len(s); i++ {
		if s[i] != '4' && s[i] != '5' || !digit(s[i+1]) || !digit(s[i+2]) {
			continue
		}
		if i > 0 && touches(s[i-1]) && !(s[i-1] == '-' && i > 1 && s[i-2] == ' ') {
			continue
		}
		if i+3 < len(s) && touches(s[i+3]) {
			// "502." ends a sentence, "502.3" is IIS's sub-status.
			if s[i+3] != '.' || i+5 < len(s) && touches(s[i+4]) && touches(s[i+5]) || i+4 < len(s) && touches(s[i+4]) && !digit(s[i+4]) {
				continue
			}
		}
		return int(s[i]-'0')*100 + int(s[i+1]-'0')*10 + int(s[i+2]-'0')
	}
	return 0
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func touches(c byte) bool {
	return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '.' || c == '-' || c == '_' || c >= 0x80
}
