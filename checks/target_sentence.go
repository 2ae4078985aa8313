package checks

// Finding the one address in what a person pasted: quotes, brackets and punctuation around it, a sentence in French or English, a
// link copied with its markup. Also: telling an address from the text of an error page.

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

var (
	// brokenScheme and brokenWWW are what autocorrection makes of an address: "https : // site.fr", "www. site.fr".
	brokenScheme = regexp.MustCompile(`(?i)\b(https?)\s*:\s*/\s*/\s*`)
	brokenWWW    = regexp.MustCompile(`(?i)\b(www)\.\s+([\p{L}\p{N}])`)
	// elision is what French puts before a name that starts with a vowel: "d'amazon.fr".
	elision = regexp.MustCompile(`^(?i)(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu)['’]`)
	// sentenceJoint is a missing space after a full stop: "pas.Je", "502.Je".
	sentenceJoint = regexp.MustCompile(`^[\p{Ll}\d][\p{Ll}\d’'-]*\.\p{Lu}\p{Ll}*$`)
)

// notSites are products whose names look like a site's in a sentence about an error.
var notSites = set("asp.net vb.net ado.net node.js next.js vue.js socket.io readme.md index.php e.g i.e p.ex etc.de")

// cleanInput takes out what nobody sees (control characters, marks of direction, zero-width spaces) and joins what autocorrection broke.
func cleanInput(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > 2*maxInput {
		return s // refused for its length anyway; no work on it
	}
	s = brokenScheme.ReplaceAllString(s, "$1://")
	return strings.TrimSpace(brokenWWW.ReplaceAllString(s, "$1.$2"))
}

type foundAddress struct {
	target Target
	raw    string // as it stands in the text
}

// findAddress finds the one address of a text.
func findAddress(text string) (foundAddress, error) {
	fields := strings.Fields(text)
	var pieces []string
	for _, f := range fields {
		for _, p := range splitToken(f) {
			if p = trimToken(p); p != "" {
				pieces = append(pieces, p)
			}
		}
	}
	if len(fields) == 1 && len(pieces) == 1 {
		switch strings.ToLower(pieces[0]) {
		case "http", "https", "www":
			return foundAddress{}, refuse(TargetNoHost)
		}
		t, err := parseAddress(pieces[0])
		if err != nil {
			return foundAddress{}, err
		}
		return foundAddress{t, pieces[0]}, nil
	}
	var best foundAddress
	var refused *TargetError
	for _, p := range pieces {
		if !standsOut(p) {
			continue
		}
		t, err := parseAddress(p)
		if err != nil {
			// Why a thing that was meant as an address is none is worth telling; an e-mail address beside it is not.
			if refused == nil || refused.Code == TargetEmail {
				refused = err
			}
			continue
		}
		switch {
		case best.raw == "":
			best = foundAddress{t, p}
		case sameSite(best.target, t):
			if len(t.URL) > len(best.target.URL) && strings.HasSuffix(best.target.URL, best.target.Host+"/") || best.target.Guessed && !t.Guessed {
				best = foundAddress{t, p}
			}
		default:
			return foundAddress{}, refuse(TargetTwo, "First", best.raw, "Second", p)
		}
	}
	if refused != nil && (best.raw == "" || len(fields) == 1) {
		return foundAddress{}, refused
	}
	if best.raw == "" {
		return foundAddress{}, refuse(TargetNone)
	}
	return best, nil
}

// sameSite tells whether two mentions are one address: the same, or the bare site beside one of its pages.
func sameSite(a, b Target) bool {
	if a.Host != b.Host || a.Port != b.Port && !a.Guessed && !b.Guessed {
		return false
	}
	pa, pb := afterHost(a.URL), afterHost(b.URL)
	return pa == pb || pa == "/" || pb == "/"
}

func afterHost(u string) string {
	rest := u[strings.Index(u, "://")+3:]
	return rest[strings.IndexByte(rest, '/'):]
}

// splitToken cuts a run without spaces where more than one thing stands in it: markup around a link, a list without spaces.
func splitToken(s string) []string {
	if i := strings.Index(s, "]("); i >= 0 { // a link of Markdown
		return splitToken(s[i+2:])
	}
	if at := linkInside(s); at > 0 {
		return append(splitToken(s[:at]), splitToken(s[at:])...)
	}
	authority := 0
	if i := strings.Index(s, "://"); i >= 0 {
		authority = i + 3
	}
	end := len(s)
	if i := strings.IndexAny(s[authority:], "/?#"); i >= 0 {
		end = authority + i
	}
	// A comma may be part of a path, never of a host.
	if i := strings.IndexAny(s[:end], ",;|\"<>«»“”，、"); i >= 0 {
		return cutAt(s, i)
	}
	if i := strings.IndexAny(s[end:], "\"<>«»“”|"); i >= 0 {
		return cutAt(s, end+i)
	}
	return []string{s}
}

func cutAt(s string, i int) []string {
	_, size := utf8.DecodeRuneInString(s[i:])
	var out []string
	if i > 0 {
		out = append(out, s[:i])
	}
	if rest := s[i+size:]; rest != "" {
		out = append(out, splitToken(rest)...)
	}
	return out
}

// linkInside finds where a second thing, an http address, starts inside a run: after a quote or a list mark, or after a label
// like "href=" or "view-source:"; not inside the query or path of another address. 0: nowhere.
func linkInside(s string) int {
	lower := strings.ToLower(s)
	for from := 1; from < len(s); {
		i := strings.Index(lower[from:], "http")
		if i < 0 {
			return 0
		}
		i += from
		from = i + 4
		after := lower[i+4:]
		if !strings.HasPrefix(after, "://") && !strings.HasPrefix(after, "s://") || len(lower) != len(s) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if strings.ContainsRune(",;|\"<>«»“”", before) {
			return i
		}
		prefix := lower[:i]
		scheme, _, has := strings.Cut(prefix, ":")
		if has && otherSchemes[scheme] && scheme != "view-source" {
			return 0
		}
		if strings.ContainsRune("=:([{'’‘`", before) && !strings.ContainsAny(prefix, "./") {
			return i
		}
	}
	return 0
}

const (
	openers = "\"'«»“”‘’‹›<([{*`„"
	closers = "\"'«»“”‘’‹›>)]}*`.,;:!?…"
)

// trimToken takes quotes, brackets and punctuation off both ends, leaves brackets that belong to the address, and undoes elision.
func trimToken(s string) string {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if !strings.ContainsRune(openers, r) || r == '[' && bracketed(s) {
			break
		}
		s = s[size:]
	}
	s = s[len(elision.FindString(s)):]
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		if !strings.ContainsRune(closers, r) {
			break
		}
		if pair := map[rune]string{')': "(", ']': "[", '}': "{"}[r]; pair != "" && strings.Count(s, pair) >= strings.Count(s, string(r)) {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

// bracketed tells whether s starts with an IPv6 literal in brackets, or at least with something that wants to be one.
func bracketed(s string) bool {
	end := strings.IndexByte(s, ']')
	return end > 0 && strings.Contains(s[:end], ":") && !strings.Contains(s[:end], "/")
}

// standsOut tells whether a word among others is meant as an address.
func standsOut(s string) bool {
	lower := strings.ToLower(s)
	if strings.HasPrefix(lower, "www.") || strings.Contains(lower, "://") || strings.HasPrefix(lower, "//") || strings.HasPrefix(s, "[") && bracketed(s) {
		return true
	}
	if scheme, _, ok := strings.Cut(lower, ":"); ok && otherSchemes[scheme] {
		return true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		const shortestIPv6 = 4 // "::1" and shorter appear in texts for other reasons
		return a.Is4() || len(s) >= shortestIPv6
	}
	host := s
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		host = s[:i]
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		return true
	}
	if at := strings.LastIndexByte(s, '@'); at > 0 {
		return emailPattern.MatchString(s) || strings.Contains(s[:at], ":")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || notSites[strings.ToLower(host)] || sentenceJoint.MatchString(host) && !strings.ContainsAny(s, "/:") {
		return false
	}
	name, err := readHost(host)
	return err == nil && knownEnding(name)
}

// knownEnding tells whether a name ends like a site's: a registered top-level domain, a private one, or one reserved for examples.
func knownEnding(name hostName) bool {
	if name.private && strings.Contains(name.ascii, ".") {
		return true
	}
	for _, end := range []string{".example", ".test", ".onion", ".arpa"} { // RFC 6761, RFC 7686
		if strings.HasSuffix(name.ascii, end) {
			return true
		}
	}
	suffix, registered := publicsuffix.PublicSuffix(name.ascii)
	return (registered || strings.Contains(suffix, ".")) && suffix != name.ascii
}

// displayHost is a host as people read it: Unicode, except where another alphabet could pass for Latin letters.
func displayHost(ascii string) string {
	if !strings.Contains(ascii, "xn--") {
		return ascii
	}
	shown, err := hostProfile.ToUnicode(ascii)
	if err != nil {
		return ascii
	}
	ending := ascii[strings.LastIndexByte(ascii, '.')+1:]
	for _, label := range strings.Split(shown, ".") {
		var latin, lookalike, other bool
		for _, r := range label {
			switch {
			case !unicode.IsLetter(r):
			case unicode.Is(unicode.Latin, r):
				latin = true
			case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Georgian):
				lookalike = true
			default:
				other = !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || other
			}
		}
		if lookalike && (latin || other || !strings.HasPrefix(ending, "xn--")) || latin && other {
			return ascii
		}
	}
	return shown
}
