// The hosts that a proxy setting leaves out, in the several notations of desktops and browsers.

package system

import (
	"net"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// exceptions is such a list, with the habits of the place it comes from.
type exceptions struct {
	entries  []string
	suffix   bool // "example.com" covers its subdomains too (GNOME, KDE, Firefox); else only itself (Windows, macOS, Chromium)
	loopback bool // this computer itself is never asked through the proxy, unless the list says <-loopback>
	simple   bool // names without a dot neither ("Exclude simple hostnames" of macOS)
	reversed bool // KDE: only the listed hosts go through the proxy
}

// splitExceptions cuts a list at the separators that are in use.
func splitExceptions(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\n' || c == '\r' })
}

// cover tells whether u is left out.
func (x exceptions) cover(u *url.URL) bool {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	addr, err := netip.ParseAddr(host)
	isAddr := err == nil
	addr = addr.Unmap().WithZone("")
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || (isAddr && (addr.IsLoopback() || addr.IsLinkLocalUnicast()))
	plain := !isAddr && !strings.Contains(host, ".")
	loopback, listed := x.loopback, false
	for _, entry := range x.entries {
		entry = strings.ToLower(strings.TrimSpace(entry))
		switch entry {
		case "":
			continue
		case "<local>":
			listed = listed || plain
			continue
		case "<-loopback>":
			loopback = false
			continue
		}
		listed = listed || x.matches(entry, u.Scheme, host, addr, isAddr, port)
	}
	if x.reversed {
		return !listed
	}
	return listed || (loopback && local) || (x.simple && plain)
}

func (x exceptions) matches(entry, scheme, host string, addr netip.Addr, isAddr bool, port string) bool {
	if s, rest, ok := strings.Cut(entry, "://"); ok {
		if s != scheme {
			return false
		}
		entry = rest
	}
	if prefix, ok := parsePrefix(entry); ok {
		return isAddr && prefix.Contains(addr)
	}
	if a, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		return isAddr && a.Unmap().WithZone("") == addr
	}
	if h, p, err := net.SplitHostPort(entry); err == nil {
		if p != port {
			return false
		}
		entry = h
		if a, err := netip.ParseAddr(entry); err == nil {
			return isAddr && a.Unmap().WithZone("") == addr
		}
	}
	switch {
	case entry == "*":
		return true
	case x.suffix && strings.HasPrefix(entry, "*."):
		entry = entry[2:]
	case strings.HasPrefix(entry, "."):
		if x.suffix {
			entry = entry[1:]
			break
		}
		entry = "*" + entry
	}
	if strings.Contains(entry, "*") {
		// Only the star has a meaning in these lists; path.Match knows more signs.
		entry = strings.NewReplacer("[", `\[`, "]", `\]`, "?", `\?`, `\`, `\\`).Replace(entry)
		ok, err := path.Match(entry, host)
		return err == nil && ok
	}
	if host == entry {
		return true
	}
	return x.suffix && !isAddr && strings.HasSuffix(host, "."+entry)
}

// parsePrefix reads 192.168.0.0/16, 2001:db8::/32 and the short form of macOS, 169.254/16.
func parsePrefix(s string) (netip.Prefix, bool) {
	host, bits, ok := strings.Cut(s, "/")
	if !ok {
		return netip.Prefix{}, false
	}
	if !strings.Contains(host, ":") {
		for strings.Count(host, ".") < 3 {
			host += ".0"
		}
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	n, err2 := strconv.Atoi(bits)
	if err != nil || err2 != nil {
		return netip.Prefix{}, false
	}
	p := netip.PrefixFrom(a.WithZone(""), n)
	return p.Masked(), p.IsValid()
}

func joinPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
