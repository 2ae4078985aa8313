// What may become part of a command: host names and web addresses that were validated here, whoever validated them before.

package fix

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const (
	maxHost  = 253  // RFC 1035 §2.3.4, without the final dot
	maxLabel = 63   // RFC 1035 §2.3.4
	maxURL   = 2048 // what every browser and every system takes on its command line
)

// ValidHost gives a host as it may stand in a command: an ASCII name in lower case without a final dot, or an IP address.
func ValidHost(s string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Zone() != "" {
			return "", fmt.Errorf("%q is no host: an address with a zone", s)
		}
		return a.String(), nil
	}
	h := strings.ToLower(strings.TrimSuffix(s, "."))
	if h == "" || len(h) > maxHost {
		return "", fmt.Errorf("%q is no host: its length", abridged(s))
	}
	for label := range strings.SplitSeq(h, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return "", fmt.Errorf("%q is no host: the part %q", abridged(s), abridged(label))
		}
		for i := range len(label) {
			// The underscore is in no host of the standards and in some real ones.
			if b := label[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' && b != '_' {
				return "", fmt.Errorf("%q is no host: the character %q", abridged(s), b)
			}
		}
	}
	return h, nil
}

// ValidURL gives a web address as it may stand in a command: http or https, a valid host, no user and password, and not one
// character that any command line could take for something else.
func ValidURL(s string) (string, error) {
	if len(s) > maxURL {
		return "", fmt.Errorf("%q is no address: over %d bytes", abridged(s), maxURL)
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return "", fmt.Errorf("%q is no address: a control character", abridged(s))
		}
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", fmt.Errorf("%q is no address: %w", abridged(s), err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is no address of a web site: %s", abridged(s), u.Scheme)
	}
	host, err := ValidHost(u.Hostname())
	if err != nil {
		return "", err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "", fmt.Errorf("%q is no address: the port %q", abridged(s), p)
		}
		host += ":" + u.Port()
	}
	u.Host, u.User = host, nil
	return encoded(u.String()), nil
}

// allowed are the characters that RFC 3986 has in an address.
const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&()*+,;=%"

// encoded writes every other byte as %XX. The quotation mark above all: Windows hands a program one line, not a list.
func encoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(allowed, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

func abridged(s string) string {
	const most = 60 // enough to recognise it in a message
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
