package gateway

// This file reads words that a person copied from the browser or types from memory, in French or English.

import (
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// Lengths in bytes of pasted text.
const (
	shortText = 80       // little more than the message itself: ordinary words are believed
	longText  = 120      // beyond, a text that explains errors is an article
	firstPart = 400      // where the error stands in a page that was copied whole
	readText  = 16 << 10 // more than any error page has
)

// pastedText gives the gateway, or the browser's own error, or neither.
func pastedText(input []byte) (*facts.Gateway, string) {
	t := loaded()
	input = input[:min(len(input), readText)]
	p := t.newPage(&facts.HTTP{Body: input, BodySize: len(input)}, Context{})
	defer p.release()
	p.pasted, p.soft = true, true
	text := strings.TrimSpace(string(p.norm))
	if text == "" {
		return nil, ""
	}
	p.exact = text[:min(len(text), exactSize)]
	if line, _, _ := strings.Cut(strings.TrimSpace(string(input)), "\n"); p.title == "" {
		p.title = normal(line[:min(len(line), 200)])
	}
	lines := headlines(string(input))
	if code := browserCode(string(input)); code != "" && !t.signed(lines) {
		return nil, code
	}
	if len(text) > longText && t.isAbout(text, t.opens(lines)) {
		return nil, ""
	}
	head := text[:min(len(text), firstPart)]
	status, ph := t.spoken(head, len(text), lines)
	if p.code == 0 {
		p.code = fourDigits(head)
	}
	p.real = status

	prod := t.product(p) // a sentence that only one product writes
	if prod == nil && (status != 0 || p.code != 0 || ph != nil) {
		prod = t.named(p, text, ph)
	}
	if prod == nil && status == 0 && p.code < 1000 {
		for _, s := range t.Browser {
			if strings.Contains(head, s) {
				return nil, clean(s)
			}
		}
		return nil, ""
	}
	var g *facts.Gateway
	if prod != nil {
		g = t.speak(p, prod)
	} else {
		g = &facts.Gateway{Product: unknown, WrittenBy: facts.ByUnknown, Failure: statusFailure(status)}
		if f := t.reason(p); f != "" && g.Failure == failUnknown {
			g.Failure = f
		}
	}
	if ph != nil && ph.Failure != "" && (prod == nil || g.Failure == failUnknown) {
		g.Failure = ph.Failure
	}
	finish(t, p, g)
	standIn(p, g)
	if g.Status == 0 {
		return nil, "" // a product's name and no error
	}
	return g, ""
}

// headlineLines is how many lines from the start may be an error page's headline: a logo's text and a code may stand above it.
const headlineLines = 3

// headlines gives the first lines of a text that are not empty, normalised.
func headlines(text string) []string {
	var lines []string
	for line := range strings.Lines(text[:min(len(text), firstPart)]) {
		if line = strings.Trim(normal(line[:min(len(line), 200)]), " .!:-\"'"); line != "" {
			if lines = append(lines, line); len(lines) == headlineLines {
				break
			}
		}
	}
	return lines
}

// opens tells whether a text begins as an error page does: with a line that is a status or its name, or that one product alone writes.
func (t *table) opens(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		if bareStatus(line) != 0 {
			return true
		}
		status, ph := t.spoken(line, len(line), nil)
		return ph != nil && len(line) <= len(ph.Text)+len("error code 502: ") || ph != nil && ph.Product != "" || status != 0 && len(line) <= len("http error 502")
	})
}

// signed tells whether a headline is a sentence that one product alone writes.
func (t *table) signed(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		_, ph := t.spoken(line, longText, nil)
		return ph != nil && ph.Product != "" && !ph.Weak
	})
}

// bareStatus is the status that a line is, and nothing else.
func bareStatus(line string) int {
	if len(line) == 3 {
		return statusIn(line)
	}
	return 0
}

// spoken finds which status a text speaks of: by its number, or by a known phrase. Lines are the text's headlines, where it has lines.
func (t *table) spoken(head string, length int, lines []string) (int, *phrase) {
	number := numberSaid(head, length)
	for _, line := range lines {
		if number == 0 {
			number = bareStatus(line)
		}
	}
	var best *phrase
	for i := range t.Phrases {
		ph := &t.Phrases[i]
		if !strings.Contains(head, ph.Text) || ph.Code && number != ph.Status ||
			ph.Weak && number != ph.Status && length > shortText && !slices.Contains(lines, ph.Text) {
			continue
		}
		if best == nil || len(ph.Text) > len(best.Text) || number == ph.Status && number != best.Status {
			best = ph
		}
	}
	switch {
	case best == nil:
		return number, nil
	case number != 0 && number != best.Status:
		return number, nil // the number says more than the words
	}
	return best.Status, best
}

// headline reads a title or headline: a number at its beginning, or a phrase.
func (t *table) headline(s string) (int, *phrase) {
	if s == "" {
		return 0, nil
	}
	status, ph := t.spoken(s, len(s), nil)
	if status == 0 {
		status = statusIn(s[:min(len(s), 60)])
	}
	return status, ph
}

// errorWords come right before a status that is meant as one.
var errorWords = []string{"got", "get", "getting", "returns", "returned", "gives", "throws", "shows", "affiche", "renvoie", "retourne", "obtiens", "error", "erreur", "errore", "erro", "fout", "http", "code", "status", "statut", "fehler", "http/1.1", "http/2", "http/1.0", "http/3", "error:", "erreur:", "code:", "status:",
	"n°", "numéro", "error_code:", "(error", "(erreur", "(code", "(http"}

// numberSaid finds a status that is said as one: at the beginning, in brackets, or after a word such as "error".
func numberSaid(head string, length int) int {
	for off := 0; off < len(head); {
		n := statusIn(head[off:])
		if n == 0 {
			return 0
		}
		at := off + indexNumber(head[off:], n)
		before := strings.TrimRight(head[:at], " :=")
		rest := strings.TrimSpace(head[min(len(head), at+3):])
		if i := strings.LastIndexByte(before, ' '); slices.Contains(articles, before[i+1:]) {
			before = strings.TrimRight(before[:max(i, 0)], " ")
		}
		word := before[strings.LastIndexByte(before, ' ')+1:]
		switch {
		case before == "" && (length <= shortText && !isAmount(rest) || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "error")):
			return n
		case strings.HasSuffix(before, "(") && strings.HasPrefix(rest, ")"):
			return n
		case before != "" && errorWord(word):
			return n
		case slices.ContainsFunc([]string{"error", "erreur", "server error", "client error"}, func(w string) bool { return strings.HasPrefix(rest, w) }):
			return n
		case phraseFollows(rest):
			return n
		}
		off = at + 3
	}
	return 0
}

// articles may stand between such a word and the number: "I get a 502".
var articles = []string{"a", "an", "the", "une", "un", "l'erreur", "ein", "eine", "einen", "den", "el", "un", "una"}

func errorWord(word string) bool { return slices.Contains(errorWords, word) }

// phraseFollows tells whether the words right after a number are those of a status.
func phraseFollows(rest string) bool {
	rest = strings.TrimLeft(rest, " :-.|")
	for i := range loaded().Phrases {
		if ph := &loaded().Phrases[i]; strings.HasPrefix(rest, ph.Text) {
			return true
		}
	}
	return false
}

// isAmount tells whether what follows a number makes it a quantity.
func isAmount(rest string) bool {
	for _, unit := range []string{"€", "eur", "$", "km", "kg", "pages", "%", "personnes", "people", "rue", "avenue", "route", "street", "m ", "mb", "gb", "jours", "days", "ans", "years", "dollars"} {
		if strings.HasPrefix(rest, unit) {
			return true
		}
	}
	return false
}

func indexNumber(s string, n int) int {
	digits := string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
	for off := 0; ; {
		i := strings.Index(s[off:], digits)
		if i < 0 {
			return 0
		}
		if off += i; statusIn(s[max(0, off-1):min(len(s), off+6)]) == n {
			return off
		}
		off++
	}
}

// fourDigits finds one of Cloudflare's codes ("error 1020"), or 0.
func fourDigits(head string) int {
	for _, w := range []string{"error ", "erreur ", "error code: ", "error code "} {
		if i := strings.Index(head, w+"1"); i >= 0 {
			if n, ok := leadingNumber(head[i+len(w):]); ok && n >= 1000 && n < 1200 {
				return n
			}
		}
	}
	return 0
}

// named finds the product that a text names, or that alone writes what was found in it, or alone sends such a status. The longest
// name counts: "Apache Traffic Server" names no Apache.
func (t *table) named(p *page, text string, ph *phrase) *product {
	var best *product
	length := 0
	if ph != nil && ph.Product != "" {
		best, length = t.byID[ph.Product], len(ph.Text)
	}
	for i := range t.Products {
		for _, w := range t.Products[i].Words {
			if len(w) > length && containsWord(text, w) {
				best, length = &t.Products[i], len(w)
			}
		}
	}
	if best == nil && (p.real >= 520 && p.real <= 527 || p.code >= 1000) {
		return t.byID["cloudflare"] // its own inventions
	}
	return best
}

// containsWord finds w where no letter or digit touches it.
func containsWord(text, w string) bool {
	for off := 0; ; {
		i := strings.Index(text[off:], w)
		if i < 0 {
			return false
		}
		i += off
		end := i + len(w)
		if (i == 0 || !wordByte(text[i-1]) || !wordByte(w[0])) && (end == len(text) || !wordByte(text[end]) || !wordByte(w[len(w)-1])) {
			return true
		}
		off = i + 1
	}
}

func wordByte(c byte) bool { return digit(c) || c >= 'a' && c <= 'z' || c >= 0x80 }

// isAbout tells whether a text explains errors rather than being one. Error pages explain themselves too: one that opens as a page
// does is an article only by words that no error page has.
func (t *table) isAbout(text string, opens bool) bool {
	within := func(w string) bool { return strings.Contains(text, w) }
	return slices.ContainsFunc(t.About, within) || !opens && slices.ContainsFunc(t.Explains, within)
}

// browserPrefixes begin the error codes that browsers show on pages of their own.
var browserPrefixes = []string{"NET::ERR_", "ERR_", "NS_ERROR_", "NS_BINDING_", "SEC_ERROR_", "SSL_ERROR_", "MOZILLA_PKIX_ERROR_", "PR_", "DNS_PROBE_", "INET_E_",
	"NSURLErrorDomain", "kCFErrorDomain", "NSPOSIXErrorDomain", "WebKitErrorDomain", "BLOCKED_BY_", "RESULT_CODE_", "STATUS_ACCESS_"}

// serverErrors are names of the same look that servers write on their pages: Squid's, and ngrok's by their beginning.
var serverErrors = []string{"ERR_ACCESS_DENIED", "ERR_CACHE_ACCESS_DENIED", "ERR_CANNOT_FORWARD", "ERR_CONNECT_FAIL", "ERR_DNS_FAIL", "ERR_INVALID_RESP",
	"ERR_INVALID_REQ", "ERR_LIFETIME_EXP", "ERR_READ_ERROR", "ERR_READ_TIMEOUT", "ERR_SECURE_CONNECT_FAIL", "ERR_SHUTTING_DOWN", "ERR_SOCKET_FAILURE", "ERR_TOO_BIG",
	"ERR_UNSUP_REQ", "ERR_UNSUP_HTTPVERSION", "ERR_WRITE_ERROR", "ERR_ZERO_SIZE_OBJECT", "ERR_FORWARDING_DENIED", "ERR_GATEWAY_FAILURE", "ERR_NO_RELAY",
	"ERR_CONFLICT_HOST", "ERR_HTTP_RESPONSE_CODE_FAILURE"}

// browserCode finds a browser's own error code in a text as pasted, or "".
func browserCode(text string) string {
	for _, prefix := range browserPrefixes {
		for off := 0; ; {
			i := strings.Index(text[off:], prefix)
			if i < 0 {
				break
			}
			i += off
			off = i + len(prefix)
			if i > 0 && (text[i-1] == '_' || wordByte(text[i-1]|0x20) && text[i-1] != ':') {
				continue
			}
			end := off
			for end < len(text) && (text[end] == '_' || text[end] >= 'A' && text[end] <= 'Z' || digit(text[end])) {
				end++
			}
			code := text[i:end]
			if isServerError(code) || strings.HasSuffix(prefix, "_") && end < off+3 || prefix == "PR_" && !strings.HasSuffix(code, "_ERROR") {
				continue
			}
			return code
		}
	}
	return ""
}

func isServerError(code string) bool {
	return slices.Contains(serverErrors, code) || strings.HasPrefix(code, "ERR_NGROK_")
}
