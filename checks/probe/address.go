// Addresses of pages: cleaned of what is never sent, and resolved the way browsers do where servers are sloppy.
package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var errAddress = errors.New("reading the address")

// cleanURL reads a web address and leaves out what is never sent: user, password, fragment, and the query where asked to.
func cleanURL(raw string, noQuery bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAddress, err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: %q is not the web", errAddress, u.Scheme)
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if noQuery {
		u.RawQuery, u.ForceQuery = "", false
	}
	host, err := hostASCII(u.Hostname())
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%w: there is no port %s", errAddress, port)
		}
		port = strconv.FormatUint(n, 10)
	}
	switch {
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	return u, nil
}

// hostASCII gives the form of a host name that is looked up: ASCII (IDNA 2008), lower case, no final dot.
func hostASCII(host string) (string, error) {
	host = strings.TrimSuffix(host, ".")
	if host == "" || strings.HasSuffix(host, ".") {
		return "", fmt.Errorf("%w: it names no host", errAddress)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String(), nil
	}
	ascii := true
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c == 0x7f || strings.IndexByte("/\\?#@:[]<>\"^`{|}%", c) >= 0 {
			return "", fmt.Errorf("%w: %q is no host name", errAddress, host)
		} else if c > 0x7f {
			ascii = false
		}
	}
	if ascii {
		return strings.ToLower(host), nil // underscores and the like: names that exist, whatever IDNA says
	}
	a, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", fmt.Errorf("%w: %q is no host name: %w", errAddress, host, err)
	}
	if a = strings.TrimSuffix(a, "."); a == "" || strings.HasSuffix(a, ".") { // the ideographic full stop is a dot too (UTS 46)
		return "", fmt.Errorf("%w: it names no host", errAddress)
	}
	return strings.ToLower(a), nil
}

func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// absolute resolves a Location against the address that sent it, forgiving what browsers forgive (WHATWG URL): backslashes,
// blanks, characters and percent signs that should have been escaped. What is still no address comes back as it was, printable.
func absolute(base *url.URL, location string) string {
	location = strings.TrimSpace(location)
	path, query, asked := strings.Cut(location, "?")
	path = strings.ReplaceAll(path, "\\", "/")
	if asked {
		path += "?" + query
	}
	to, err := url.Parse(escapeLocation(path))
	if err != nil {
		return printable(location, 2000)
	}
	resolved := base.ResolveReference(to)
	resolved.User, resolved.Fragment, resolved.RawFragment = nil, "", ""
	return printable(resolved.String(), 8000)
}

// escapeLocation escapes what no address may hold, and percent signs that begin no escape. Host names keep their own letters.
func escapeLocation(s string) string {
	host := 0 // the part before this offset is scheme and host
	if i := strings.Index(s, "//"); i >= 0 && (i == 0 || s[i-1] == ':') {
		if j := strings.IndexAny(s[i+2:], "/?#"); j >= 0 {
			host = i + 2 + j
		} else {
			host = len(s)
		}
	}
	var b strings.Builder
	b.WriteString(s[:host])
	for i := host; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		case c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>':
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
