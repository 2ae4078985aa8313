// Which routes lead out, in the order in which they count: the same for every system, on whatever table the system gave.

package system

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// Kinds of facts.Link.
const (
	kindEthernet = "ethernet"
	kindWifi     = "wifi"
	kindMobile   = "mobile"
	kindTunnel   = "tunnel"
	kindLoopback = "loopback"
	kindVirtual  = "virtual"
	kindUnknown  = "unknown"

	// Not decided until the routes are known (settleKinds).
	kindVeth   = "?veth"   // also macvlan and ipvlan: a container's ordinary link, or a host's end of one
	kindBridge = "?bridge" // a container bridge, or the link of a computer that hosts virtual machines
	kindPPP    = "?ppp"    // a VPN, or the access itself (PPPoE, a modem)
)

// Kinds of facts.Route.
const (
	routeProhibit    = "prohibit"
	routeUnreachable = "unreachable"
	routeBlackhole   = "blackhole"
)

// tableRoute is one line of the system's routing table. rank is the order in which the policy rules look (0 where there are none).
type tableRoute struct {
	facts.Route
	rank int
}

// containerBridges are the names that container and virtual machine programs give to bridges that lead nowhere by themselves.
var containerBridges = []string{"docker", "br-", "virbr", "lxcbr", "lxdbr", "podman", "cni", "vmnet", "vboxnet", "waydroid", "incusbr", "bridge1"}

// settleKinds decides the kinds that depend on the routes.
func settleKinds(links []facts.Link, table []tableRoute) []facts.Link {
	out := map[string]bool{} // links that some route with a gateway, or a default route, goes through
	for _, t := range table {
		if t.Kind == "" && (t.Gateway.IsValid() || t.Prefix.Bits() <= 1) {
			out[t.Link] = true
		}
	}
	firm, firmOut := false, false
	for _, l := range links {
		switch l.Kind {
		case kindEthernet, kindWifi, kindMobile:
			firm = true
			firmOut = firmOut || out[l.Name]
		case kindVeth, kindBridge:
			firmOut = firmOut || out[l.Name]
		}
	}
	settled := slices.Clone(links)
	for i := range settled {
		l := &settled[i]
		switch l.Kind {
		case kindVeth:
			// In a container or a lab it is the only link there is, even when somebody took its routes away.
			l.Kind = kindVirtual
			if out[l.Name] || !firm {
				l.Kind = kindEthernet
			}
		case kindBridge:
			l.Kind = kindEthernet
			if !out[l.Name] && hasPrefixOf(l.Name, containerBridges) {
				l.Kind = kindVirtual
			}
		case kindPPP:
			// A VPN keeps a route to its own server through the real link; an access has nothing beneath it.
			l.Kind = kindUnknown
			if firmOut {
				l.Kind = kindTunnel
			}
		}
	}
	return settled
}

func hasPrefixOf(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// defaultRoutes picks, in the order in which they count, the routes that carry everything: 0.0.0.0/0 and ::/0, and the pairs of halves
// (0.0.0.0/1 with 128.0.0.0/1) by which VPN programs take everything without touching the route that is there (OpenVPN's "def1").
func defaultRoutes(table []tableRoute) []facts.Route {
	type found struct {
		tableRoute
		split bool
	}
	var list []found
	type path struct {
		family, rank int
		link         string
	}
	parts := map[path][]tableRoute{}
	var order []path
	for _, t := range table {
		switch bits := t.Prefix.Bits(); {
		case bits == 0:
			list = append(list, found{tableRoute: t})
		case bits > 0 && bits <= maxSplitBits && t.Kind == "":
			p := path{t.Family, t.rank, t.Link}
			if parts[p] == nil {
				order = append(order, p)
			}
			parts[p] = append(parts[p], t)
		}
	}
	for _, p := range order {
		if coversEverything(p.family, parts[p]) {
			list = append(list, found{tableRoute: parts[p][0], split: true})
		}
	}
	slices.SortStableFunc(list, func(a, b found) int {
		switch {
		case a.Family != b.Family:
			return a.Family - b.Family
		case a.rank != b.rank:
			return a.rank - b.rank
		case a.split != b.split: // the longer prefix wins, whatever its metric
			if a.split {
				return -1
			}
			return 1
		}
		return a.Metric - b.Metric
	})
	routes := make([]facts.Route, 0, len(list))
	for _, f := range list {
		f.Route.Prefix = netip.Prefix{} // the zero value stands for everything
		routes = append(routes, f.Route)
	}
	return routes
}

// maxSplitBits is how long the prefixes of a split default may be (halves, quarters; IPv6's 2000::/3 and its halves).
const maxSplitBits = 4

// coversEverything tells whether these prefixes together hold every public address.
func coversEverything(family int, routes []tableRoute) bool {
	have := map[netip.Prefix]bool{}
	for _, t := range routes {
		have[t.Prefix.Masked()] = true
	}
	if family == 4 {
		all := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		return covers(have, all)
	}
	// 2000::/3 is all of the global unicast space that is given out (RFC 3587).
	global := netip.MustParsePrefix("2000::/3")
	half := netip.MustParsePrefix("::/1")
	return covers(have, global) || have[half]
}

func covers(have map[netip.Prefix]bool, p netip.Prefix) bool {
	if have[p] {
		return true
	}
	if p.Bits() >= maxSplitBits {
		return false
	}
	low, high := halves(p)
	return covers(have, low) && covers(have, high)
}

func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits() + 1
	b := p.Addr().AsSlice()
	low = netip.PrefixFrom(p.Addr(), bits)
	b[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	a, _ := netip.AddrFromSlice(b)
	return low, netip.PrefixFrom(a, bits)
}

// elsewhere are public addresses that nobody makes an own route for, one in each half of the space: where the kernel would send to
// them is where "the Internet" is. Nothing is sent to them.
var elsewhere = [...][2]netip.Addr{
	{netip.AddrFrom4([4]byte{62, 210, 0, 77}), netip.AddrFrom4([4]byte{195, 154, 200, 77})},
	{netip.MustParseAddr("2001:67c:4d::77"), netip.MustParseAddr("2a00:1098:4d::77")},
}

// kernelPicks asks the kernel which way it would send to the Internet, per family. Only where both halves agree is it an answer.
func (r *Reader) kernelPicks() []facts.Route {
	var picks []facts.Route
	for _, pair := range elsewhere {
		a, errA := r.pick(pair[0])
		b, errB := r.pick(pair[1])
		if errA != nil || errB != nil || a.Link != b.Link || a.Kind != b.Kind || a.Gateway != b.Gateway {
			continue
		}
		a.Prefix = netip.Prefix{}
		picks = append(picks, a)
	}
	return picks
}

// RouteTo gives the way that the system would take to an address; nothing is sent. A way that the system refuses (prohibit,
// unreachable, blackhole) is an answer, not an error; no route at all is an error.
func (r *Reader) RouteTo(_ context.Context, addr netip.Addr) (facts.Route, error) {
	if !addr.IsValid() {
		return facts.Route{}, errors.New("asking for the route to no address")
	}
	x, err := r.pick(addr.Unmap())
	if err != nil {
		return facts.Route{}, fmt.Errorf("asking for the route to %s: %w", addr, err)
	}
	if x.Link != "" {
		if links, err := r.links(); err == nil {
			table, _ := r.routeTable()
			x.Tunnel = kindOf(x.Link, settleKinds(links, table)) == kindTunnel
		}
	}
	return x, nil
}

// effectiveFirst puts first, per family, the default route that the kernel would really take; a way that no line of the table
// explains (policy routing, many small prefixes) is put before the others.
func effectiveFirst(routes, picks []facts.Route) []facts.Route {
	for _, pick := range picks {
		at := slices.IndexFunc(routes, func(x facts.Route) bool {
			return x.Family == pick.Family && x.Link == pick.Link && x.Kind == pick.Kind && (x.Gateway == pick.Gateway || !pick.Gateway.IsValid())
		})
		if at < 0 && pick.Kind != "" {
			at = slices.IndexFunc(routes, func(x facts.Route) bool { return x.Family == pick.Family && x.Kind == pick.Kind })
		}
		chosen := pick
		if at >= 0 {
			chosen = routes[at]
			routes = slices.Delete(routes, at, at+1)
		}
		first := slices.IndexFunc(routes, func(x facts.Route) bool { return x.Family >= pick.Family })
		if first < 0 {
			first = len(routes)
		}
		routes = slices.Insert(routes, first, chosen)
	}
	return routes
}

// markTunnels says of each route whether its link is a tunnel.
func markTunnels(routes []facts.Route, links []facts.Link) []facts.Route {
	for i := range routes {
		routes[i].Tunnel = kindOf(routes[i].Link, links) == kindTunnel
	}
	return routes
}

// kindOf is the kind of a link by its name; "unknown" when it is not there.
func kindOf(name string, links []facts.Link) string {
	for _, l := range links {
		if l.Name == name {
			return l.Kind
		}
	}
	return kindUnknown
}

// selfAssigned tells whether an interface has only addresses that nobody gave: 169.254/16 (RFC 3927), and no global IPv6.
func selfAssigned(addresses []netip.Prefix) bool {
	apipa := false
	for _, p := range addresses {
		a := p.Addr().Unmap()
		switch {
		case a.Is4() && a.IsLinkLocalUnicast():
			apipa = true
		case a.IsLinkLocalUnicast():
		default:
			return false
		}
	}
	return apipa
}
