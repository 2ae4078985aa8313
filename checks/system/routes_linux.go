// The routing tables and policy rules of Linux, and which way the kernel would really take.

package system

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"passerelle/checks/facts"
)

// policyRule is one line of `ip rule`, as far as it concerns an ordinary packet of an ordinary program.
type policyRule struct {
	priority uint32
	table    uint32
	action   uint8
	suppress int // routes with a prefix this short or shorter are passed over; -1: none
}

// routeTable gives the lines of all tables that the rules send an ordinary packet to, with the order of the rules as rank.
func (r *Reader) routeTable() ([]tableRoute, error) {
	names := linkNames()
	var table []tableRoute
	var firstErr error
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		rules := policyRules(family)
		dump, err := netlinkDump(unix.RTM_GETROUTE, family, sizeRoute)
		if err != nil {
			firstErr = err
			continue
		}
		byTable := map[uint32][]facts.Route{}
		for _, m := range dump {
			number, route, ok := routeOf(m, names)
			if ok {
				byTable[number] = append(byTable[number], route)
			}
		}
		for rank, rule := range rules {
			if kind, ok := ruleKinds[rule.action]; ok {
				table = append(table, tableRoute{everything(family, kind), rank})
				continue
			}
			for _, route := range byTable[rule.table] {
				if route.Prefix.Bits() > rule.suppress {
					table = append(table, tableRoute{route, rank})
				}
			}
		}
	}
	if len(table) == 0 && firstErr != nil {
		return nil, firstErr
	}
	return table, nil
}

// ruleKinds are the rules that end the search without a table.
var ruleKinds = map[uint8]string{
	unix.FR_ACT_BLACKHOLE:   routeBlackhole,
	unix.FR_ACT_UNREACHABLE: routeUnreachable,
	unix.FR_ACT_PROHIBIT:    routeProhibit,
}

func everything(family uint8, kind string) facts.Route {
	if family == unix.AF_INET {
		return facts.Route{Family: 4, Kind: kind, Prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 0)}
	}
	return facts.Route{Family: 6, Kind: kind, Prefix: netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
}

// policyRules gives the rules that match a packet of this program to anywhere, in order. Rules for certain sources, destinations,
// ports or marks are left out: the kernel's own answer (RouteTo) covers them. Without rules (an old kernel): the main table.
func policyRules(family uint8) []policyRule {
	dump, err := netlinkDump(unix.RTM_GETRULE, family, sizeRule)
	if err != nil || len(dump) == 0 {
		return []policyRule{{table: unix.RT_TABLE_MAIN, action: unix.FR_ACT_TO_TBL, suppress: -1}}
	}
	var rules []policyRule
	for _, m := range dump {
		if !ruleMatches(m) {
			continue
		}
		rule := policyRule{action: m.fixed[7], table: uint32(m.fixed[4]), suppress: -1}
		if t, ok := m.u32(unix.FRA_TABLE); ok {
			rule.table = t
		}
		if p, ok := m.u32(unix.FRA_PRIORITY); ok {
			rule.priority = p
		}
		if s, ok := m.u32(unix.FRA_SUPPRESS_PREFIXLEN); ok {
			rule.suppress = int(int32(s))
		}
		if rule.table == unix.RT_TABLE_LOCAL {
			continue // this computer's own addresses
		}
		rules = append(rules, rule)
	}
	slices.SortStableFunc(rules, func(a, b policyRule) int { return int(int64(a.priority) - int64(b.priority)) })
	return rules
}

// ruleMatches tells whether a rule is for a packet without mark, sent by this user, to anywhere.
func ruleMatches(m message) bool {
	const invert = 2                                               // FIB_RULE_INVERT
	match := m.fixed[1] == 0 && m.fixed[2] == 0 && m.fixed[3] == 0 // destination, source, type of service
	for _, kind := range []uint16{unix.FRA_OIFNAME, unix.FRA_IP_PROTO, unix.FRA_SPORT_RANGE, unix.FRA_DPORT_RANGE, unix.FRA_L3MDEV, unix.FRA_TUN_ID} {
		if v := m.get(kind); len(v) > 0 && !allZero(v) {
			match = false
		}
	}
	if in := m.text(unix.FRA_IIFNAME); in != "" && in != "lo" { // "iif lo": what this computer sends itself
		match = false
	}
	if mark, ok := m.u32(unix.FRA_FWMARK); ok {
		mask := uint32(0xffffffff)
		if v, ok := m.u32(unix.FRA_FWMASK); ok {
			mask = v
		}
		if mark&mask != 0 {
			match = false
		}
	}
	if v := m.get(unix.FRA_UID_RANGE); len(v) >= 8 {
		uid := uint32(os.Getuid())
		if uid < binary.NativeEndian.Uint32(v) || uid > binary.NativeEndian.Uint32(v[4:]) {
			match = false
		}
	}
	if binary.NativeEndian.Uint32(m.fixed[8:])&invert != 0 {
		return !match
	}
	return match
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// routeOf reads one line of a table; ok is false for what is no way out (local, broadcast, multicast, cached).
func routeOf(m message, names map[int]string) (table uint32, route facts.Route, ok bool) {
	const cloned = 0x200 // RTM_F_CLONED
	family, bits, kind := m.fixed[0], int(m.fixed[1]), m.fixed[7]
	if binary.NativeEndian.Uint32(m.fixed[8:])&cloned != 0 {
		return 0, route, false
	}
	table = uint32(m.fixed[4])
	if t, found := m.u32(unix.RTA_TABLE); found {
		table = t
	}
	route = everything(family, "")
	switch kind {
	case unix.RTN_UNICAST:
	case unix.RTN_BLACKHOLE:
		route.Kind = routeBlackhole
	case unix.RTN_UNREACHABLE:
		route.Kind = routeUnreachable
	case unix.RTN_PROHIBIT:
		route.Kind = routeProhibit
	default:
		return 0, route, false
	}
	if dst := addrOf(m.get(unix.RTA_DST)); dst.IsValid() {
		route.Prefix = netip.PrefixFrom(dst, bits)
	}
	if p, found := m.u32(unix.RTA_PRIORITY); found {
		route.Metric = int(p)
	}
	route.Gateway, route.Link = hopOf(m.attrs, names)
	if hops := m.get(unix.RTA_MULTIPATH); len(hops) >= 8 {
		// Several ways at once: the first stands for all. struct rtnexthop: length, flags, weight, index, attributes.
		n := min(max(int(binary.NativeEndian.Uint16(hops)), 8), len(hops))
		route.Gateway, _ = hopOf(parseAttributes(hops[8:n]), names)
		route.Link = names[int(int32(binary.NativeEndian.Uint32(hops[4:])))]
	}
	// The kernel's own "nothing here" of IPv6, on lo with the worst metric, is no line that anybody wrote.
	if route.Kind != "" && route.Link == "lo" && uint32(route.Metric) == 0xffffffff {
		return 0, route, false
	}
	return table, route, true
}

// hopOf reads the gateway and the link of a way. A gateway that is link-local carries its link as zone, so that it can be reached.
func hopOf(attrs []attribute, names map[int]string) (gateway netip.Addr, link string) {
	for _, a := range attrs {
		switch a.kind {
		case unix.RTA_GATEWAY:
			gateway = addrOf(a.value)
		case unix.RTA_VIA: // a gateway of the other family: family, then address
			if len(a.value) > 2 {
				gateway = addrOf(a.value[2:])
			}
		case unix.RTA_OIF:
			if len(a.value) >= 4 {
				link = names[int(binary.NativeEndian.Uint32(a.value))]
			}
		}
	}
	if gateway.Is6() && gateway.IsLinkLocalUnicast() {
		gateway = gateway.WithZone(link)
	}
	return gateway, link
}

func linkNames() map[int]string {
	names := map[int]string{}
	all, err := netlinkDump(unix.RTM_GETLINK, unix.AF_UNSPEC, sizeLink)
	if err != nil {
		return names
	}
	for _, m := range all {
		names[int(int32(binary.NativeEndian.Uint32(m.fixed[4:])))] = m.text(unix.IFLA_IFNAME)
	}
	return names
}

// pick asks the kernel for the way to an address.
func (r *Reader) pick(addr netip.Addr) (facts.Route, error) {
	family, n := uint8(unix.AF_INET), 4
	if addr.Is6() {
		family, n = unix.AF_INET6, 6
	}
	body := make([]byte, sizeRoute)
	body[0], body[1] = family, uint8(addr.BitLen())
	body = appendAttribute(body, unix.RTA_DST, addr.WithZone("").AsSlice())
	if addr.Zone() != "" {
		if index, err := zoneIndex(addr.Zone()); err == nil {
			body = appendAttribute(body, unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(index)))
		}
	}
	route := facts.Route{Family: n, Prefix: netip.PrefixFrom(addr.WithZone(""), addr.BitLen())}
	answer, err := netlinkAsk(unix.RTM_GETROUTE, 0, body, sizeRoute)
	switch {
	case errors.Is(err, unix.EACCES):
		route.Kind = routeProhibit
		return route, nil
	case errors.Is(err, unix.EHOSTUNREACH):
		route.Kind = routeUnreachable
		return route, nil
	case errors.Is(err, unix.EINVAL):
		route.Kind = routeBlackhole
		return route, nil
	case err != nil:
		return facts.Route{}, err
	case len(answer) == 0:
		return facts.Route{}, errors.New("the kernel gave no answer")
	}
	m := answer[0]
	// IPv6 answers a refused way with a route of that type instead of an error.
	switch m.fixed[7] {
	case unix.RTN_BLACKHOLE:
		route.Kind = routeBlackhole
	case unix.RTN_UNREACHABLE:
		if code, ok := routeError(m); ok && code == unix.ENETUNREACH {
			return facts.Route{}, code
		}
		route.Kind = routeUnreachable
	case unix.RTN_PROHIBIT:
		route.Kind = routeProhibit
	}
	if route.Kind == "" {
		route.Gateway, route.Link = hopOf(m.attrs, linkNames())
	}
	if p, ok := m.u32(unix.RTA_PRIORITY); ok {
		route.Metric = int(p)
	}
	return route, nil
}

// routeError reads RTA_CACHEINFO's error: struct rta_cacheinfo holds it as its fifth 32-bit number, negative.
func routeError(m message) (unix.Errno, bool) {
	v := m.get(unix.RTA_CACHEINFO)
	if len(v) < 20 {
		return 0, false
	}
	no := int32(binary.NativeEndian.Uint32(v[16:]))
	if no >= 0 {
		return 0, false
	}
	return unix.Errno(-no), true
}

func zoneIndex(zone string) (int, error) {
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, err
	}
	return i.Index, nil
}
