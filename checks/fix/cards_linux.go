// The kernel's links, by netlink. No name goes into a request: a link is its number.

package fix

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	netlink "passerelle/checks/system"
)

type kernelCards struct{}

const (
	arphrdEther = 1    // linux/if_arp.h
	ndPermanent = 0x80 // NUD_PERMANENT (linux/neighbour.h)
	sizeNdMsg   = unix.SizeofNdMsg
	rtaNextHop  = 30 // RTA_NH_ID (linux/rtnetlink.h)
)

// List implements Cards.
func (kernelCards) List() ([]Card, error) {
	all, err := netlink.NetlinkDump(unix.RTM_GETLINK, unix.AF_UNSPEC, unix.SizeofIfInfomsg)
	if err != nil {
		return nil, err
	}
	var list []Card
	for _, m := range all {
		fixed := m.Fixed() // ifinfomsg: family, pad, type u16, index i32, flags u32, change u32
		flags := binary.NativeEndian.Uint32(fixed[8:])
		_, member := m.Uint32(unix.IFLA_MASTER)
		k := Card{Index: int(int32(binary.NativeEndian.Uint32(fixed[4:]))), Name: m.Text(unix.IFLA_IFNAME), Kind: m.Inner(unix.IFLA_LINKINFO, unix.IFLA_INFO_KIND),
			Ethernet: binary.NativeEndian.Uint16(fixed[2:]) == arphrdEther && flags&unix.IFF_LOOPBACK == 0, Member: member, Up: flags&unix.IFF_UP != 0}
		if s := m.Get(unix.IFLA_OPERSTATE); len(s) == 1 {
			k.State = s[0]
		}
		list = append(list, k)
	}
	return list, nil
}

// Switch implements Cards.
func (kernelCards) Switch(index int, on bool) error {
	body := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(body[4:], uint32(index))
	if on {
		binary.NativeEndian.PutUint32(body[8:], unix.IFF_UP)
	}
	binary.NativeEndian.PutUint32(body[12:], unix.IFF_UP) // which flags are meant
	return netlink.NetlinkDo(unix.RTM_NEWLINK, 0, body)
}

// Holds implements Cards.
func (kernelCards) Holds(index int) ([]heldItem, error) {
	addrs, err := netlink.NetlinkDump(unix.RTM_GETADDR, unix.AF_UNSPEC, unix.SizeofIfAddrmsg)
	if err != nil {
		return nil, err
	}
	var list, six []heldItem
	for _, m := range addrs {
		item, ok := heldAddress(m, index)
		switch {
		case !ok:
		case m.Fixed()[0] == unix.AF_INET6:
			six = append(six, item)
		default:
			list = append(list, item)
		}
	}
	slices.Reverse(six) // the kernel puts the last one first (ipv6_link_dev_addr)
	list = append(list, six...)
	neighbours, err := netlink.NetlinkDump(unix.RTM_GETNEIGH, unix.AF_UNSPEC, sizeNdMsg)
	if err != nil {
		return nil, err
	}
	for _, m := range neighbours {
		fixed := m.Fixed() // ndmsg: family, pad, pad u16, index i32, state u16, flags, type
		if int(int32(binary.NativeEndian.Uint32(fixed[4:]))) == index && binary.NativeEndian.Uint16(fixed[8:]) == ndPermanent && fixed[0] != unix.AF_BRIDGE {
			list = append(list, heldItem{unix.RTM_NEWNEIGH, replay(slices.Clone(fixed), m, unix.NDA_CACHEINFO, unix.NDA_PROBES)})
		}
	}
	var far []heldItem
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		routes, err := netlink.NetlinkDump(unix.RTM_GETROUTE, family, unix.SizeofRtMsg)
		if err != nil {
			return nil, err
		}
		for _, m := range routes {
			item, ok, err := heldRoute(m, index)
			switch {
			case err != nil:
				return nil, err
			case !ok:
			case m.Get(unix.RTA_GATEWAY) != nil || m.Get(unix.RTA_VIA) != nil:
				far = append(far, item) // after the routes by which their gateways are reached
			default:
				list = append(list, item)
			}
		}
	}
	return append(list, far...), nil
}

// replay is a message as the request that makes it again, without some of its attributes.
func replay(fixed []byte, m netlink.NetlinkMessage, without ...uint16) []byte {
	m.Each(func(kind uint16, value []byte) {
		if !slices.Contains(without, kind) {
			fixed = netlink.AppendAttribute(fixed, kind, value)
		}
	})
	return fixed
}

// passing flags of an address are about how it came, and the kernel finds them out anew.
const passing = unix.IFA_F_TENTATIVE | unix.IFA_F_DADFAILED

// heldAddress: addresses that the kernel made of the box's announcements, it makes anew; put back, they would be somebody's for ever.
func heldAddress(m netlink.NetlinkMessage, index int) (heldItem, bool) {
	fixed := slices.Clone(m.Fixed()) // ifaddrmsg: family, prefix length, flags, scope, index u32
	if int(binary.NativeEndian.Uint32(fixed[4:])) != index {
		return heldItem{}, false
	}
	flags, ok := m.Uint32(unix.IFA_FLAGS)
	if !ok {
		flags = uint32(fixed[2])
	}
	if fixed[0] == unix.AF_INET6 && flags&unix.IFA_F_PERMANENT == 0 && flags&(unix.IFA_F_TEMPORARY|unix.IFA_F_MANAGETEMPADDR) != 0 {
		return heldItem{}, false
	}
	fixed[2] &^= passing
	body := replay(fixed, m, unix.IFA_FLAGS)
	return heldItem{unix.RTM_NEWADDR, netlink.AppendAttribute(body, unix.IFA_FLAGS, binary.NativeEndian.AppendUint32(nil, flags&^passing))}, true
}

// clockTicks is USER_HZ, in which the kernel tells how long a route still holds.
const clockTicks = 100

// heldRoute: the kernel's own routes come back with the addresses and by the box's announcements. Routes over several links, or with
// their next hops elsewhere, are not put back by us.
func heldRoute(m netlink.NetlinkMessage, index int) (heldItem, bool, error) {
	fixed := slices.Clone(m.Fixed()) // rtmsg: family, dst, src, tos, table, protocol, scope, type, flags u32
	if fixed[7] != unix.RTN_UNICAST || binary.NativeEndian.Uint32(fixed[8:])&unix.RTM_F_CLONED != 0 {
		return heldItem{}, false, nil
	}
	if way := m.Get(unix.RTA_MULTIPATH); way != nil {
		for b := way; len(b) >= unix.SizeofRtNexthop; { // rtnexthop: len u16, flags, hops, index i32
			n := int(binary.NativeEndian.Uint16(b))
			if int(int32(binary.NativeEndian.Uint32(b[4:]))) == index {
				return heldItem{}, false, errors.New("a route goes over several links")
			}
			if n < unix.SizeofRtNexthop {
				break
			}
			b = b[min((n+3)&^3, len(b)):]
		}
		return heldItem{}, false, nil
	}
	if out, ok := m.Uint32(unix.RTA_OIF); !ok || int(out) != index {
		return heldItem{}, false, nil
	}
	if m.Get(rtaNextHop) != nil {
		return heldItem{}, false, errors.New("a route has its next hop in a list of its own")
	}
	var expires uint32
	if info := m.Get(unix.RTA_CACHEINFO); fixed[0] == unix.AF_INET6 && len(info) >= 12 {
		expires = binary.NativeEndian.Uint32(info[8:]) / clockTicks
	}
	if fixed[5] == unix.RTPROT_KERNEL || fixed[5] == unix.RTPROT_RA && expires > 0 {
		return heldItem{}, false, nil
	}
	const asked = unix.RTNH_F_ONLINK | unix.RTNH_F_PERVASIVE // the other flags are the kernel's
	binary.NativeEndian.PutUint32(fixed[8:], binary.NativeEndian.Uint32(fixed[8:])&asked)
	body := replay(fixed, m, unix.RTA_CACHEINFO)
	if expires > 0 {
		body = netlink.AppendAttribute(body, unix.RTA_EXPIRES, binary.NativeEndian.AppendUint32(nil, expires))
	}
	return heldItem{unix.RTM_NEWROUTE, body}, true, nil
}

// PutBack implements Cards: what is there already is left alone.
func (kernelCards) PutBack(items []heldItem) error {
	var errs []error
	for _, i := range items {
		if !slices.Contains([]uint16{unix.RTM_NEWADDR, unix.RTM_NEWNEIGH, unix.RTM_NEWROUTE}, i.Request) {
			return fmt.Errorf("putting back something of kind %d", i.Request)
		}
		if err := netlink.NetlinkDo(i.Request, unix.NLM_F_CREATE|unix.NLM_F_EXCL, i.Body); err != nil && !errors.Is(err, syscall.EEXIST) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
