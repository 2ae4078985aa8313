// This file masks addresses: those of this computer and of its network, each with one stand-in that stays the same.

package report

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

func addressesIn(s string) []netip.Addr {
	var as []netip.Addr
	for _, p := range []*regexp.Regexp{v6Pattern, v4Pattern} {
		for _, t := range p.FindAllString(s, -1) {
			if a, err := netip.ParseAddr(t); err == nil {
				as = append(as, a.Unmap().WithZone(""))
			}
		}
	}
	return as
}

var cgnat = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

func privateAddr(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLinkLocalUnicast() || cgnat.Contains(a)
}

// address gives the stand-in of an address: of the same kind, so that the facts are judged as before, and always the same for the same.
func (m *masker) address(s string, free bool) string {
	a, err := netip.ParseAddr(s)
	if err != nil { // a colon after it ("2001:db8::1: refused"), or a word before it ("added:2001:db8::1")
		if t, ok := strings.CutSuffix(s, ":"); ok {
			return m.address(t, free) + ":"
		}
		if label, rest, ok := strings.Cut(s, ":"); ok && label != "" {
			return label + ":" + m.address(rest, free)
		}
		return s
	}
	a = a.Unmap().WithZone("")
	switch {
	case a.IsLoopback(): // every computer's: it hides nothing
		return s
	case standIns.has(a) && strings.EqualFold(s, a.String()): // as it stands: what follows may have become a part of it
		return s
	case standIns.has(a):
		return a.String()
	case privateAddr(a) || m.ours(a):
	case m.public[a] || a.IsUnspecified() || a.IsMulticast() || !free:
		return s
	default:
		return mask
	}
	if b, ok := m.alias[a]; ok {
		return b.String()
	}
	b := standIns.of(a, len(m.alias)+1)
	m.alias[a] = b
	return b.String()
}

// standInTable says from which range the stand-ins of a range come: the last 256 addresses of each, where hardly any network is.
type standInTable []struct{ of, from netip.Prefix }

var standIns = standInTable{
	{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.255.255.0/24")},
	{netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("172.31.255.0/24")},
	{netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("192.168.255.0/24")},
	{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("169.254.255.0/24")},
	{cgnat, netip.MustParsePrefix("100.127.255.0/24")},
	{netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fe80::ffff:0:0/112")},
	{netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fdff:ffff:ffff::/112")},
	{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("198.18.255.0/24")}, // RFC 2544: nobody's
	{netip.MustParsePrefix("::/0"), netip.MustParsePrefix("2001:2:0:ffff::/112")},  // RFC 5180: nobody's
}

func (t standInTable) has(a netip.Addr) bool {
	return slices.ContainsFunc(t, func(r struct{ of, from netip.Prefix }) bool { return r.from.Contains(a) })
}

func (t standInTable) of(a netip.Addr, n int) netip.Addr {
	for _, r := range t {
		if r.of.Contains(a) {
			b := r.from.Addr()
			for range 1 + (n-1)%250 {
				b = b.Next()
			}
			return b
		}
	}
	return netip.IPv4Unspecified()
}
