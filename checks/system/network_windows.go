// Adapters, routes, neighbours and resolvers of Windows, by the IP Helper API: nothing there is translated.

package system

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"passerelle/checks/facts"
)

// adapters gives what GetAdaptersAddresses says. The buffer grows as asked; adapters may come in between, so a few tries.
func adapters() ([]*windows.IpAdapterAddresses, error) {
	const flags = windows.GAA_FLAG_INCLUDE_PREFIX | windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	size := uint32(32 << 10)
	for range 4 {
		buf := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, first, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) {
			continue
		}
		if errors.Is(err, windows.ERROR_NO_DATA) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the network adapters: %w", err)
		}
		var list []*windows.IpAdapterAddresses
		for a := first; a != nil; a = a.Next {
			list = append(list, a)
		}
		return list, nil
	}
	return nil, errors.New("reading the network adapters: their list keeps growing")
}

// adapterIndex is the adapter's number, whichever family it has.
func adapterIndex(a *windows.IpAdapterAddresses) int {
	if a.IfIndex != 0 {
		return int(a.IfIndex)
	}
	return int(a.Ipv6IfIndex)
}

func adapterName(a *windows.IpAdapterAddresses) string {
	return windows.UTF16PtrToString(a.FriendlyName)
}

func socketAddr(s windows.SocketAddress) netip.Addr {
	if s.Sockaddr == nil {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(s.IP())
	return a.Unmap()
}

// links reads every adapter. One that is switched off is not in Windows' list at all; one without cable or Wi-Fi is up without carrier.
func (r *Reader) links() ([]facts.Link, error) {
	all, err := adapters()
	if err != nil {
		return nil, err
	}
	var list []facts.Link
	for _, a := range all {
		l := facts.Link{
			Name:    adapterName(a),
			Index:   adapterIndex(a),
			Kind:    windowsLinkKind(a.IfType, windows.UTF16PtrToString(a.Description)),
			Up:      true,
			Carrier: facts.Known(a.OperStatus == windows.IfOperStatusUp),
		}
		if a.Mtu <= 1<<16 { // the loopback adapter says 4294967295
			l.MTU = int(a.Mtu)
		}
		for u := a.FirstUnicastAddress; u != nil; u = u.Next {
			if ip := socketAddr(u.Address); ip.IsValid() {
				l.Addresses = append(l.Addresses, netip.PrefixFrom(ip, int(u.OnLinkPrefixLength)))
			}
		}
		l.SelfAssigned = selfAssigned(l.Addresses)
		list = append(list, l)
	}
	return list, nil
}

// inet reads a SOCKADDR_INET union: the IPv4 address is its second 32-bit word, the IPv6 one its third to sixth, the scope its last.
func inet(s *windows.RawSockaddrInet) netip.Addr {
	b := unsafe.Slice((*byte)(unsafe.Pointer(s)), unsafe.Sizeof(*s))
	switch s.Family {
	case windows.AF_INET:
		return netip.AddrFrom4([4]byte(b[4:8]))
	case windows.AF_INET6:
		return netip.AddrFrom16([16]byte(b[8:24]))
	}
	return netip.Addr{}
}

func setInet(s *windows.RawSockaddrInet, a netip.Addr) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(s)), unsafe.Sizeof(*s))
	if a = a.Unmap(); a.Is4() {
		s.Family = windows.AF_INET
		copy(b[4:8], a.AsSlice())
		return
	}
	s.Family = windows.AF_INET6
	copy(b[8:24], a.WithZone("").AsSlice())
}

// routeOf turns a row of the table into a route. The metric that counts is the route's plus the adapter's.
func routeOf(row *windows.MibIpForwardRow2, byIndex map[int]*windows.IpAdapterAddresses) facts.Route {
	prefix := inet(&row.DestinationPrefix.Prefix)
	x := facts.Route{Family: 4, Metric: int(row.Metric), Prefix: netip.PrefixFrom(prefix, int(row.DestinationPrefix.PrefixLength))}
	if prefix.Is6() {
		x.Family = 6
	}
	if a := byIndex[int(row.InterfaceIndex)]; a != nil {
		x.Link = adapterName(a)
		if x.Family == 4 {
			x.Metric += int(a.Ipv4Metric)
		} else {
			x.Metric += int(a.Ipv6Metric)
		}
	}
	if hop := inet(&row.NextHop); hop.IsValid() && !hop.IsUnspecified() {
		if hop.Is6() && hop.IsLinkLocalUnicast() {
			hop = hop.WithZone(fmt.Sprint(row.InterfaceIndex))
		}
		x.Gateway = hop
	}
	return x
}

func adaptersByIndex() map[int]*windows.IpAdapterAddresses {
	byIndex := map[int]*windows.IpAdapterAddresses{}
	all, _ := adapters()
	for _, a := range all {
		if a.IfIndex != 0 {
			byIndex[int(a.IfIndex)] = a
		}
		if a.Ipv6IfIndex != 0 {
			byIndex[int(a.Ipv6IfIndex)] = a
		}
	}
	return byIndex
}

// routeTable reads both families. Routes of adapters without connection stay in Windows' table; they lead nowhere and are left out.
func (r *Reader) routeTable() ([]tableRoute, error) {
	var table *windows.MibIpForwardTable2
	if err := windows.GetIpForwardTable2(windows.AF_UNSPEC, &table); err != nil {
		return nil, fmt.Errorf("reading the routes: %w", err)
	}
	defer windows.FreeMibTable(unsafe.Pointer(table))
	byIndex := adaptersByIndex()
	var list []tableRoute
	rows := table.Rows()
	for i := range rows {
		row := &rows[i]
		a := byIndex[int(row.InterfaceIndex)]
		if row.Loopback != 0 || a == nil || a.OperStatus != windows.IfOperStatusUp {
			continue
		}
		if x := routeOf(row, byIndex); x.Prefix.IsValid() {
			list = append(list, tableRoute{Route: x})
		}
	}
	return list, nil
}

var (
	iphlpapi       = windows.NewLazySystemDLL("iphlpapi.dll")
	getBestRoute2  = iphlpapi.NewProc("GetBestRoute2")
	getIPNetEntry2 = iphlpapi.NewProc("GetIpNetEntry2")
)

// pick asks Windows for the way to an address (GetBestRoute2).
func (r *Reader) pick(addr netip.Addr) (facts.Route, error) {
	var to, source windows.RawSockaddrInet
	var row windows.MibIpForwardRow2
	setInet(&to, addr)
	code, _, _ := getBestRoute2.Call(0, 0, 0, uintptr(unsafe.Pointer(&to)), 0, uintptr(unsafe.Pointer(&row)), uintptr(unsafe.Pointer(&source)))
	if code != 0 {
		return facts.Route{}, windows.Errno(code)
	}
	x := routeOf(&row, adaptersByIndex())
	x.Prefix = netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
	return x, nil
}

// ipNetRow is MIB_IPNET_ROW2 (netioapi.h).
type ipNetRow struct {
	Address        windows.RawSockaddrInet
	InterfaceIndex uint32
	InterfaceLUID  uint64
	Physical       [32]byte
	PhysicalLength uint32
	State          uint32
	Flags          uint8
	Reachability   uint32
}

// States of a neighbour (NL_NEIGHBOR_STATE, nldef.h).
const (
	nlUnreachable = 0
	nlIncomplete  = 1
	nlReachable   = 5
)

// neighbour gives the state of one address on one adapter.
func (r *Reader) neighbour(addr netip.Addr, link string) neighbourState {
	i, err := net.InterfaceByName(link)
	if err != nil || !addr.IsValid() {
		return neighbourUnknown
	}
	row := ipNetRow{InterfaceIndex: uint32(i.Index)}
	setInet(&row.Address, addr)
	if code, _, _ := getIPNetEntry2.Call(uintptr(unsafe.Pointer(&row))); code != 0 {
		return neighbourUnknown
	}
	switch row.State {
	case nlUnreachable:
		return neighbourFailed
	case nlIncomplete:
		return neighbourAsked
	case nlReachable:
		return neighbourHere
	}
	return neighbourUnknown // stale, delay, probe: a memory; permanent: written by hand
}

// Neighbour tells whether an address on a link answered ARP or neighbour discovery a moment ago: Yes, No (asked and given up) or
// Unknown (never asked, being asked, or too long ago).
func (r *Reader) Neighbour(addr netip.Addr, link string) facts.Bool {
	return r.neighbour(addr, link).fact()
}

// quickResolvers gives the servers in effect of the adapters that are connected, the adapter that counts first before.
func (r *Reader) quickResolvers() ([]facts.Resolver, bool) {
	all, err := adapters()
	if err != nil {
		return nil, false
	}
	slices.SortStableFunc(all, func(a, b *windows.IpAdapterAddresses) int { return int(int64(a.Ipv4Metric) - int64(b.Ipv4Metric)) })
	list := []facts.Resolver{}
	for _, a := range all {
		if a.OperStatus != windows.IfOperStatusUp || a.IfType == ifTypeLoopback {
			continue
		}
		for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
			ip := socketAddr(d.Address)
			if !ip.IsValid() || siteLocalPlaceholder(ip) {
				continue
			}
			list = append(list, facts.Resolver{Address: ip, Link: adapterName(a), Source: "registry"})
		}
	}
	return list, true
}

func (r *Reader) resolvers(context.Context) ([]facts.Resolver, bool) { return r.quickResolvers() }
