// The public resolvers that use-public-dns can choose (CONTRACT.md, "What may leave this computer").

package fix

import (
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// PublicDNS is one of them.
type PublicDNS struct {
	ID, Name string
	V4, V6   []netip.Addr
}

func addrs(list ...string) []netip.Addr {
	var all []netip.Addr
	for _, a := range list {
		all = append(all, netip.MustParseAddr(a))
	}
	return all
}

// PublicResolvers are all of them, in the order in which they are offered where none was measured. OpenDNS refuses everybody in some
// countries (France, Portugal, Belgium): it is only taken where it is named.
var PublicResolvers = []PublicDNS{
	{"cloudflare", "Cloudflare", addrs("1.1.1.1", "1.0.0.1"), addrs("2606:4700:4700::1111", "2606:4700:4700::1001")},
	{"google", "Google", addrs("8.8.8.8", "8.8.4.4"), addrs("2001:4860:4860::8888", "2001:4860:4860::8844")},
	{"quad9", "Quad9", addrs("9.9.9.9", "149.112.112.112"), addrs("2620:fe::fe", "2620:fe::9")},
	{"opendns", "OpenDNS", addrs("208.67.222.222", "208.67.220.220"), addrs("2620:119:35::35", "2620:119:53::53")},
}

func publicResolver(id string) (PublicDNS, bool) {
	i := slices.IndexFunc(PublicResolvers, func(p PublicDNS) bool { return p.ID == id })
	if i < 0 {
		return PublicDNS{}, false
	}
	return PublicResolvers[i], true
}

// maxServers is how many servers a C library asks (resolv.conf(5), MAXNS).
const maxServers = 3

// servers are those to be set. six: this computer reaches IPv6.
func (p PublicDNS) servers(six bool) []netip.Addr {
	if !six {
		return p.V4
	}
	return []netip.Addr{p.V4[0], p.V6[0], p.V4[1]}[:maxServers]
}

// quickest is the public resolver that gave an address of this very host first, as the check measured it; "": none did. Nothing is asked
// for it: a check asks them only after a failure, and never of names that mean something only inside one network (CONTRACT.md). What is
// quick to fail or to deny does not count, and OpenDNS is only taken where it is named.
func quickest(measured []facts.Lookup, host string) string {
	best := -1
	for i := range measured {
		l := &measured[i]
		if _, known := publicResolver(l.Provider); !known || l.Provider == "opendns" || !l.Good() || host == "" || !strings.EqualFold(strings.TrimSuffix(l.Name, "."), host) {
			continue
		}
		if best < 0 || l.MS < measured[best].MS {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return measured[best].Provider
}

func joined(list []netip.Addr) string {
	var all []string
	for _, a := range list {
		all = append(all, a.String())
	}
	return strings.Join(all, " ")
}

// parsedAddrs are the addresses in a text, whatever stands between them; words that are none are left out.
func parsedAddrs(text string) []netip.Addr {
	var all []netip.Addr
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;|", r) }) {
		if a, err := netip.ParseAddr(w); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// family keeps the addresses of one family.
func family(list []netip.Addr, six bool) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(list), func(a netip.Addr) bool { return a.Is6() != six })
}
