// Interfaces, routes, neighbours and resolvers of macOS, by its routing socket: no text is read but scutil's.

package system

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/net/route"
	"golang.org/x/sys/unix"

	"passerelle/checks/facts"
)

// links reads every interface; the medium (Wi-Fi or cable, plugged in or not) is asked of the driver.
func (r *Reader) links() ([]facts.Link, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("reading the interfaces: %w", err)
	}
	var list []facts.Link
	for _, i := range all {
		wireless, carrier := medium(i.Name)
		l := facts.Link{Name: i.Name, Index: i.Index, MTU: i.MTU, Up: i.Flags&net.FlagUp != 0, Kind: darwinLinkKind(i.Name, wireless)}
		if l.Up {
			l.Carrier = carrier
		}
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				ip, _ := netip.AddrFromSlice(n.IP)
				bits, _ := n.Mask.Size()
				l.Addresses = append(l.Addresses, netip.PrefixFrom(ip.Unmap(), bits))
			}
		}
		l.SelfAssigned = selfAssigned(l.Addresses)
		list = append(list, l)
	}
	return list, nil
}

// ifMedia is struct ifmediareq (net/if.h), packed to 4 bytes.
type ifMedia struct {
	name                                  [unix.IFNAMSIZ]byte
	current, mask, status, active, number int32
	list                                  [8]byte
}

// Bits of it (net/if_media.h): which technology, and whether something is plugged in.
const (
	ifMediaType      = 0x000000e0
	ifMediaIEEE80211 = 0x00000080
	ifMediaValid     = 0x00000001
	ifMediaActive    = 0x00000002
)

// medium asks the driver; interfaces without a medium (tunnels) do not answer.
func medium(name string) (wireless bool, carrier facts.Bool) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return false, facts.Unknown
	}
	defer unix.Close(fd)
	var m ifMedia
	if len(name) >= len(m.name) {
		return false, facts.Unknown
	}
	copy(m.name[:], name)
	//lint:ignore SA1019 x/sys has no wrapper for this request; it goes through libSystem all the same.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFMEDIA, uintptr(unsafe.Pointer(&m))); errno != 0 {
		return false, facts.Unknown
	}
	if m.status&ifMediaValid != 0 {
		carrier = facts.Known(m.status&ifMediaActive != 0)
	}
	return m.current&ifMediaType == ifMediaIEEE80211, carrier
}

// addrOf reads one address of a routing message.
func addrOf(a route.Addr) (netip.Addr, bool) {
	switch x := a.(type) {
	case *route.Inet4Addr:
		return netip.AddrFrom4(x.IP), true
	case *route.Inet6Addr:
		ip := netip.AddrFrom16(x.IP)
		if x.ZoneID != 0 {
			if i, err := net.InterfaceByIndex(x.ZoneID); err == nil {
				ip = ip.WithZone(i.Name)
			}
		}
		return ip, true
	}
	return netip.Addr{}, false
}

// maskBits counts the ones of a mask; no mask with an address of zero stands for everything.
func maskBits(a route.Addr) int {
	var b []byte
	switch x := a.(type) {
	case *route.Inet4Addr:
		b = x.IP[:]
	case *route.Inet6Addr:
		b = x.IP[:]
	}
	bits := 0
	for _, c := range b {
		for ; c&0x80 != 0; c <<= 1 {
			bits++
		}
	}
	return bits
}

// routeOf turns a routing message into a route; ok is false for what is no way out.
func routeOf(m *route.RouteMessage, names map[int]string) (x facts.Route, ok bool) {
	if len(m.Addrs) <= unix.RTAX_NETMASK || m.Addrs[unix.RTAX_DST] == nil {
		return x, false
	}
	dst, ok := addrOf(m.Addrs[unix.RTAX_DST])
	if !ok {
		return x, false
	}
	bits := dst.BitLen()
	if m.Flags&unix.RTF_HOST == 0 {
		bits = maskBits(m.Addrs[unix.RTAX_NETMASK])
	}
	x = facts.Route{Family: 6, Link: names[m.Index], Prefix: netip.PrefixFrom(dst.WithZone(""), bits)}
	if dst.Is4() {
		x.Family = 4
	}
	switch {
	case m.Flags&unix.RTF_REJECT != 0:
		x.Kind = routeUnreachable
	case m.Flags&unix.RTF_BLACKHOLE != 0:
		x.Kind = routeBlackhole
	}
	// A gateway may be a link ("link#17" of a tunnel): no address then.
	if gw, ok := addrOf(m.Addrs[unix.RTAX_GATEWAY]); ok && m.Flags&unix.RTF_GATEWAY != 0 {
		x.Gateway = gw
	}
	return x, true
}

func linkNames() map[int]string {
	names := map[int]string{}
	all, _ := net.Interfaces()
	for _, i := range all {
		names[i.Index] = i.Name
	}
	return names
}

// routeTable reads the kernel's table. Routes bound to one interface (RTF_IFSCOPE) only serve programs that ask for that interface:
// they come after the others.
func (r *Reader) routeTable() ([]tableRoute, error) {
	b, err := route.FetchRIB(unix.AF_UNSPEC, route.RIBTypeRoute, 0)
	if err != nil {
		return nil, fmt.Errorf("reading the routes: %w", err)
	}
	messages, err := route.ParseRIB(route.RIBTypeRoute, b)
	if err != nil {
		return nil, fmt.Errorf("reading the routes: %w", err)
	}
	names := linkNames()
	var list []tableRoute
	for _, m := range messages {
		rm, ok := m.(*route.RouteMessage)
		if !ok || rm.Flags&unix.RTF_UP == 0 || rm.Flags&(unix.RTF_LLINFO|unix.RTF_MULTICAST|unix.RTF_BROADCAST|unix.RTF_LOCAL) != 0 {
			continue
		}
		if x, ok := routeOf(rm, names); ok {
			rank := 0
			if rm.Flags&unix.RTF_IFSCOPE != 0 {
				rank = 1
			}
			list = append(list, tableRoute{x, rank})
		}
	}
	return list, nil
}

var routeQuestions atomic.Int32

const (
	// routePatience bounds the kernel's answer, in microseconds; it answers at once.
	routePatience = 500_000
	// maxRouteNews bounds how much of other programs' news is read before the answer.
	maxRouteNews = 100
)

// pick asks the kernel for the way to an address (RTM_GET).
func (r *Reader) pick(addr netip.Addr) (facts.Route, error) {
	var dst route.Addr
	if addr.Is4() {
		dst = &route.Inet4Addr{IP: addr.As4()}
	} else {
		six := &route.Inet6Addr{IP: addr.As16()}
		if i, err := net.InterfaceByName(addr.Zone()); err == nil {
			six.ZoneID = i.Index
		}
		dst = six
	}
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, unix.AF_UNSPEC)
	if err != nil {
		return facts.Route{}, err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: routePatience}); err != nil {
		return facts.Route{}, err
	}
	question := &route.RouteMessage{
		Version: unix.RTM_VERSION, Type: unix.RTM_GET, Flags: unix.RTF_UP | unix.RTF_HOST,
		ID: uintptr(os.Getpid()), Seq: int(routeQuestions.Add(1)), Addrs: []route.Addr{unix.RTAX_DST: dst},
	}
	b, err := question.Marshal()
	if err != nil {
		return facts.Route{}, err
	}
	if _, err := unix.Write(fd, b); err != nil {
		return facts.Route{}, err // ESRCH: no route
	}
	buf := make([]byte, 4096)
	for range maxRouteNews {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return facts.Route{}, err
		}
		messages, err := route.ParseRIB(route.RIBTypeRoute, buf[:n])
		if err != nil {
			continue
		}
		for _, m := range messages { // the socket also tells of everybody else's changes
			rm, ok := m.(*route.RouteMessage)
			if !ok || rm.Type != unix.RTM_GET || rm.Seq != question.Seq || rm.ID != question.ID {
				continue
			}
			if rm.Err != nil {
				return facts.Route{}, rm.Err
			}
			for len(rm.Addrs) <= unix.RTAX_NETMASK {
				rm.Addrs = append(rm.Addrs, nil)
			}
			x, ok := routeOf(rm, linkNames())
			if !ok {
				return facts.Route{}, errors.New("the answer names no way")
			}
			x.Prefix = netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
			return x, nil
		}
	}
	return facts.Route{}, errors.New("the kernel told everything but the answer")
}

const (
	// rtExpire is where rt_msghdr (net/route.h) keeps rmx_expire, the second at which an entry ends.
	rtExpire = 48
	// arpKeeps is how many seconds macOS keeps an answer to ARP (net.link.ether.inet.max_age).
	arpKeeps = 1200
	// ndKeeps bounds how many seconds an answer to neighbour discovery counts as confirmed (RFC 4861: 30 s, times at most 1.5).
	ndKeeps = 45
	// neighbourFresh is how many seconds ago an answer may have come and still tell something of now.
	neighbourFresh = 5
)

// neighbour looks into the ARP or neighbour table: an entry with a hardware address was answered, when, its end tells; one without is
// being asked, or was given up (RTF_REJECT, for 20 s after five questions).
func (r *Reader) neighbour(addr netip.Addr, link string) neighbourState {
	addr = addr.Unmap()
	family := unix.AF_INET
	if addr.Is6() {
		family = unix.AF_INET6
	}
	b, err := route.FetchRIB(family, route.RIBType(unix.NET_RT_FLAGS), unix.RTF_LLINFO)
	if err != nil {
		return neighbourUnknown
	}
	names := linkNames()
	for len(b) >= rtExpire+4 {
		n := int(binary.LittleEndian.Uint16(b))
		if n < rtExpire+4 || n > len(b) {
			break
		}
		left := int64(int32(binary.LittleEndian.Uint32(b[rtExpire:]))) - r.Now().Unix()
		messages, err := route.ParseRIB(route.RIBType(unix.NET_RT_FLAGS), b[:n])
		b = b[n:]
		if err != nil || len(messages) != 1 {
			continue
		}
		rm, ok := messages[0].(*route.RouteMessage)
		if !ok || len(rm.Addrs) <= unix.RTAX_GATEWAY || (link != "" && names[rm.Index] != link) {
			continue
		}
		if dst, ok := addrOf(rm.Addrs[unix.RTAX_DST]); !ok || dst.WithZone("") != addr.WithZone("") {
			continue
		}
		hardware, ok := rm.Addrs[unix.RTAX_GATEWAY].(*route.LinkAddr)
		switch {
		case ok && len(hardware.Addr) > 0 && addr.Is4() && left >= arpKeeps-neighbourFresh:
			return neighbourHere
		case ok && len(hardware.Addr) > 0 && addr.Is6() && left > 0 && left <= ndKeeps:
			return neighbourHere
		case ok && len(hardware.Addr) > 0:
			return neighbourUnknown // a memory
		case rm.Flags&unix.RTF_REJECT != 0:
			return neighbourFailed
		}
		return neighbourAsked
	}
	return neighbourUnknown
}

// Neighbour tells whether an address on a link answered ARP or neighbour discovery a moment ago: Yes, No (asked and
// given up) or Unknown (never asked, being asked, or too long ago).
func (r *Reader) Neighbour(addr netip.Addr, link string) facts.Bool {
	return r.neighbour(addr, link).fact()
}

// quickResolvers reads resolv.conf, which macOS writes for old programs.
func (r *Reader) quickResolvers() ([]facts.Resolver, bool) {
	b, err := r.read(r.path(resolvConf))
	if err != nil && !isNotExist(err) {
		return nil, false
	}
	return parseResolvConf(b, "resolv.conf"), true
}

// resolvers asks scutil, which knows what is really in use.
func (r *Reader) resolvers(ctx context.Context) ([]facts.Resolver, bool) {
	out, err := r.Run(ctx, "/usr/sbin/scutil", "--dns")
	if err != nil {
		return r.quickResolvers()
	}
	return parseScutilDNS(out), true
}
