package checks

// What a person types, understood: an address of any form, or a sentence with one address in it, becomes a Target; what cannot be
// understood becomes a TargetError that names what is wrong. No I/O.

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	// maxInput is the longest thing that is read as an address, in bytes: browsers' address bars and most servers stop near here.
	maxInput = 2048
	// maxHost is the longest host name, in bytes (RFC 1035 §2.3.4, without the final dot).
	maxHost = 253
	// maxLabel is the longest part of a host name, in bytes (RFC 1035 §2.3.4).
	maxLabel = 63
	// maxShown bounds what an error quotes of the input, in characters, so that its sentence stays readable.
	maxShown = 60
)

// TargetError says what is wrong with an address, in a way that can be told in every language.
type TargetError struct {
	// Code is the kebab-case reason; its words have the key "target."+Code.
	Code string
	// Vars are the values that the words need: Text, Scheme, Domain, Port, First, Second, Max. Nothing private is in them.
	Vars map[string]any
}

// The codes of TargetError.
const (
	TargetEmpty   = "empty"         // nothing was typed
	TargetTooLong = "too-long"      // more than Max characters
	TargetNone    = "no-address"    // several words, none of them an address
	TargetTwo     = "two-addresses" // First and Second: we do not choose for the person
	TargetScheme  = "scheme"        // something else than http or https: Scheme
	TargetFile    = "file"          // the name of a file on this computer
	TargetEmail   = "email"         // an e-mail address; Domain may be what was meant
	TargetNumber  = "number"        // figures that are no IPv4 address: Text
	TargetAddress = "address"       // an IPv6 address that is none: Text
	TargetZone    = "zone"          // an IPv6 address with a zone ("%eth0"), which web addresses cannot have
	TargetHost    = "host"          // no possible host name: Text
	TargetNoHost  = "no-host"       // a scheme or a path without a host
	TargetPort    = "port"          // no port between 1 and 65535: Port
)

// Error says it in one plain English sentence; checks/words says the same in the person's language.
func (e *TargetError) Error() string {
	v := func(name string) string { return fmt.Sprint(e.Vars[name]) }
	switch e.Code {
	case TargetEmpty:
		return "There is no address here. Type the address of a website, like example.com."
	case TargetTooLong:
		return "This is too long for an address: the limit is " + v("Max") + " characters."
	case TargetNone:
		return "There is no website address in this text."
	case TargetTwo:
		return "There are two addresses here: " + v("First") + " and " + v("Second") + ". Keep only one."
	case TargetScheme:
		return "An address that starts with “" + v("Scheme") + ":” is not a website. Only http and https can be checked."
	case TargetFile:
		return "This is the name of a file on a computer, not the address of a website."
	case TargetEmail:
		return "This is an e-mail address. To check its website, type " + v("Domain") + "."
	case TargetNumber:
		return "“" + v("Text") + "” is not a full address. An address made of numbers has four, from 0 to 255, like 203.0.113.9."
	case TargetAddress:
		return "“" + v("Text") + "” is not a full IPv6 address."
	case TargetZone:
		return "An address with “%” and the name of a network card cannot be opened as a website."
	case TargetNoHost:
		return "The name of the website is missing from this address."
	case TargetPort:
		return "“" + v("Port") + "” is not a port number. A port is a number from 1 to 65535."
	}
	return "“" + v("Text") + "” cannot be the name of a website."
}

func refuse(code string, pairs ...string) *TargetError {
	e := &TargetError{Code: code, Vars: map[string]any{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Vars[pairs[i]] = shown(pairs[i+1])
	}
	return e
}

// shown bounds what is quoted back and masks what is private in it.
func shown(s string) string {
	s = MaskURL(s)
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown]) + "…"
	}
	return s
}

// hostProfile maps what people type (upper case, full-width letters, other dots) as browsers do (UTS #46, non-transitional). Underscores
// are let through here, and hyphens in the third and fourth place, because real sites have them.
var hostProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(false),
	idna.CheckHyphens(false), idna.VerifyDNSLength(false))

// ParseTarget understands what a person pasted: a bare name, an address with or without scheme, port, path and query, an IPv4 or
// IPv6 literal, or a sentence with one address in it. User, password and fragment are dropped. Where path or query look private or
// good for one use only, the target is the site's "/" unless exact. The error is always a *TargetError.
func ParseTarget(input string, exact bool) (Target, error) {
	text := cleanInput(input)
	if text == "" {
		return Target{}, refuse(TargetEmpty)
	}
	if len(text) > maxInput {
		return Target{}, refuse(TargetTooLong, "Max", strconv.Itoa(maxInput))
	}
	found, err := findAddress(text)
	if err != nil {
		return Target{}, err
	}
	t := found.target
	t.Input = maskInput(text, found.raw)
	if !exact && looksPrivate(t.URL) {
		if u, err := url.Parse(t.URL); err == nil {
			u.Path, u.RawPath, u.RawQuery, u.ForceQuery = "/", "", "", false
			t.URL, t.Shortened = u.String(), true
		}
	}
	return t, nil
}

// parseAddress reads one address that stands alone. Input is left empty, nothing is shortened.
func parseAddress(s string) (Target, *TargetError) {
	scheme, rest, err := splitScheme(s)
	if err != nil {
		return Target{}, err
	}
	typed := scheme != ""
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user := authority[:at]
		authority = authority[at+1:]
		if !typed && !strings.Contains(user, ":") && (tail == "" || tail == "/") {
			if t, err := parseAddress(authority); err == nil {
				return Target{}, refuse(TargetEmail, "Domain", t.Host)
			}
			return Target{}, refuse(TargetHost, "Text", s)
		}
	}
	host, port, err := splitPort(authority)
	if err != nil {
		return Target{}, err
	}
	if host == "" {
		return Target{}, refuse(TargetNoHost)
	}
	name, err := readHost(host)
	if err != nil {
		return Target{}, err
	}
	t := Target{Host: name.ascii, Display: name.display, PrivateDNS: name.private}
	if !typed {
		scheme = "https"
		if port == 80 {
			scheme = "http"
		}
		// A typed 80 or 443 already says which of the two is meant.
		t.Guessed = port != 80 && port != 443
	}
	standard := 443
	if scheme == "http" {
		standard = 80
	}
	if port == 0 {
		port = standard
	}
	t.Port = port
	if port != standard {
		name.inURL += ":" + strconv.Itoa(port)
	}
	path, query := cleanTail(tail)
	u, perr := url.Parse(scheme + "://" + name.inURL + path)
	if perr != nil {
		return Target{}, refuse(TargetHost, "Text", t.Host)
	}
	u.RawQuery = query
	t.URL = u.String()
	return t, nil
}

// otherSchemes are recognised without "//" after the colon; everything else before a colon is taken for a host.
var otherSchemes = map[string]bool{"mailto": true, "javascript": true, "vbscript": true, "data": true, "file": true, "ftp": true,
	"ftps": true, "sftp": true, "about": true, "blob": true, "tel": true, "sms": true, "urn": true, "magnet": true, "ws": true,
	"wss": true, "view-source": true, "chrome": true, "edge": true, "news": true, "skype": true, "callto": true, "geo": true,
	"jar": true, "ldap": true, "telnet": true, "ssh": true, "git": true, "steam": true, "whatsapp": true, "intent": true}

// splitScheme takes "http:" or "https:" off, in the forms that browsers forgive ("http:/x", "http:\\x", "http//x"). The empty
// scheme means that none was typed.
func splitScheme(s string) (scheme, rest string, err *TargetError) {
	if len(s) >= 3 && s[1] == ':' && (s[2] == '\\' || s[2] == '/') && isLetter(s[0]) {
		return "", "", refuse(TargetFile)
	}
	if strings.HasPrefix(s, `\\`) || strings.HasPrefix(s, "~/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") {
		return "", "", refuse(TargetFile)
	}
	s = forwardSlashes(s)
	if strings.HasPrefix(s, "//") {
		return "", strings.TrimLeft(s, "/"), nil
	}
	if strings.HasPrefix(s, "/") {
		return "", "", refuse(TargetNoHost)
	}
	lower := strings.ToLower(s)
	for _, known := range []string{"https", "http"} {
		after, ok := strings.CutPrefix(lower, known)
		if !ok {
			continue
		}
		// "http:x", "http:/x", "http://x" and the slip "http//x"; but "http:8080" is a host called http.
		if strings.HasPrefix(after, "//") || strings.HasPrefix(after, ":") && !portFollows(after) {
			return known, strings.TrimLeft(strings.TrimPrefix(s[len(known):], ":"), "/"), nil
		}
	}
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || !isScheme(s[:colon]) {
		return "", s, nil
	}
	name := lower[:colon]
	if name == "mailto" {
		domain, _, _ := strings.Cut(s[strings.LastIndexByte(s, '@')+1:], "?")
		if t, err := parseAddress(domain); err == nil && strings.Contains(s, "@") {
			return "", "", refuse(TargetEmail, "Domain", t.Host)
		}
	}
	if otherSchemes[name] && !portFollows(s[colon:]) || strings.HasPrefix(s[colon:], "://") {
		return "", "", refuse(TargetScheme, "Scheme", name)
	}
	return "", s, nil
}

// forwardSlashes turns backslashes before the query into slashes, as browsers do for http.
func forwardSlashes(s string) string {
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		end = len(s)
	}
	return strings.ReplaceAll(s[:end], `\`, "/") + s[end:]
}

// portFollows tells whether s, which starts with a colon, goes on with a port: "localhost:8080/x" has no scheme.
func portFollows(s string) bool {
	i := 1
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i > 1 && (i == len(s) || strings.IndexByte("/?#", s[i]) >= 0)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isScheme follows RFC 3986 §3.1, without the dot: what has a dot before its colon is a host in practice.
func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !isLetter(c) && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-') {
			return false
		}
	}
	return s != ""
}

// splitPort takes the port off an authority. Port 0: none was typed. An IPv6 literal may come without its brackets.
func splitPort(authority string) (host string, port int, err *TargetError) {
	rest := ""
	switch {
	case strings.HasPrefix(authority, "["):
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", 0, refuse(TargetAddress, "Text", authority)
		}
		host, rest = authority[:end+1], authority[end+1:]
		if rest != "" && rest[0] != ':' {
			return "", 0, refuse(TargetAddress, "Text", authority)
		}
		rest = strings.TrimPrefix(rest, ":")
	case strings.Count(authority, ":") > 1:
		return "[" + authority + "]", 0, nil
	default:
		host, rest, _ = strings.Cut(authority, ":")
	}
	if rest == "" {
		return host, 0, nil
	}
	for i := 0; i < len(rest); i++ {
		if rest[i] < '0' || rest[i] > '9' {
			return "", 0, refuse(TargetPort, "Port", rest)
		}
	}
	n, perr := strconv.Atoi(rest)
	if perr != nil || n < 1 || n > 65535 {
		return "", 0, refuse(TargetPort, "Port", rest)
	}
	return host, n, nil
}

// hostName is one host in its forms.
type hostName struct {
	ascii   string // as in Target.Host
	display string // as people read it
	inURL   string // as a URL wants it: IPv6 in brackets
	private bool   // never sent to a public resolver
}

func readHost(host string) (hostName, *TargetError) {
	if strings.HasPrefix(host, "[") {
		inside := strings.Trim(host, "[]")
		if strings.Contains(inside, "%") {
			return hostName{}, refuse(TargetZone)
		}
		a, err := netip.ParseAddr(inside)
		if err != nil || !a.Is6() {
			return hostName{}, refuse(TargetAddress, "Text", inside)
		}
		return hostName{ascii: a.String(), display: a.String(), inURL: "[" + a.String() + "]"}, nil
	}
	if strings.Contains(host, "%") {
		if plain, err := url.PathUnescape(host); err == nil {
			host = plain
		}
	}
	ascii, ierr := hostProfile.ToASCII(host)
	ascii = strings.TrimSuffix(strings.ToLower(ascii), ".")
	// What does not come back the same from a second reading (broken Unicode, for one) is no name that any resolver knows.
	again, aerr := hostProfile.ToASCII(ascii)
	if ierr != nil || aerr != nil || again != ascii || len(ascii) > maxHost || ascii == "" {
		return hostName{}, refuse(TargetHost, "Text", host)
	}
	labels := strings.Split(ascii, ".")
	if numeric(labels[len(labels)-1]) {
		a, err := netip.ParseAddr(ascii)
		if err != nil {
			return hostName{}, refuse(TargetNumber, "Text", host)
		}
		return hostName{ascii: a.String(), display: a.String(), inURL: a.String()}, nil
	}
	for _, label := range labels {
		if !validLabel(label) {
			return hostName{}, refuse(TargetHost, "Text", host)
		}
	}
	return hostName{ascii: ascii, display: displayHost(ascii), inURL: ascii, private: privateName(ascii)}, nil
}

// numeric tells whether a last label makes the whole host an IPv4 address or nothing (WHATWG URL §3.5): figures, or 0x….
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// validLabel follows RFC 1123 §2.1, with the underscore that real sites have.
func validLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := 0; i < len(label); i++ {
		c := label[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// privateName tells whether a name is never sent to a public resolver (CONTRACT.md, "Who counts as witness").
func privateName(host string) bool {
	if !strings.Contains(host, ".") {
		return true
	}
	for _, end := range []string{".local", ".lan", ".internal", ".home.arpa", ".localhost"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return host == "home.arpa"
}

// cleanTail makes path and query fit for a request line: fragment dropped, what must be escaped escaped, stray % made harmless.
func cleanTail(tail string) (path, query string) {
	tail, _, _ = strings.Cut(tail, "#")
	path, query, _ = strings.Cut(tail, "?")
	if path == "" {
		path = "/"
	}
	return escapeLoose(path), escapeLoose(query)
}

// escapeLoose escapes what no URL may hold in the clear and leaves every other byte as typed.
func escapeLoose(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`{}|^\\", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
