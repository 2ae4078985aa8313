// The interfaces of this computer, on Linux.

package system

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"passerelle/checks/facts"
)

// Hardware types (linux/if_arp.h) that tell a kind by themselves.
const (
	arphrdPPP     = 512
	arphrdRawIP   = 519 // mobile modems
	arphrdTunnel  = 768
	arphrdTunnel6 = 769
	arphrdSIT     = 776
	arphrdGRE     = 778
	arphrdGRE6    = 823
	arphrdNone    = 0xFFFE // TUN and WireGuard: no hardware addresses at all
)

// tunnelKinds are the kernel's own names (IFLA_INFO_KIND) of tunnels; virtualKinds of links that lead to this computer itself.
var (
	tunnelKinds  = words("tun wireguard ovpn ovpn-dco gre gretap erspan ip6gre ip6gretap ipip sit ip6tnl vti vti6 xfrm vxlan geneve l2tp amneziawg")
	virtualKinds = words("dummy ifb nlmon vrf vcan netdevsim")
	vethKinds    = words("veth macvlan macvtap ipvlan ipvtap netkit")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// links reads every interface; some kinds are settled only once the routes are known.
func (r *Reader) links() ([]facts.Link, error) {
	all, err := netlinkDump(unix.RTM_GETLINK, unix.AF_UNSPEC, sizeLink)
	if err != nil {
		return nil, err
	}
	addrs, err := netlinkDump(unix.RTM_GETADDR, unix.AF_UNSPEC, sizeAddr)
	if err != nil {
		return nil, err
	}
	byIndex := map[int][]netip.Prefix{}
	for _, m := range addrs {
		value := m.get(unix.IFA_LOCAL) // our own end of a point-to-point link
		if value == nil {
			value = m.get(unix.IFA_ADDRESS)
		}
		index := int(binary.NativeEndian.Uint32(m.fixed[4:]))
		if a := addrOf(value); a.IsValid() {
			byIndex[index] = append(byIndex[index], netip.PrefixFrom(a, int(m.fixed[1])))
		}
	}
	var list []facts.Link
	for _, m := range all {
		index := int(int32(binary.NativeEndian.Uint32(m.fixed[4:])))
		flags := binary.NativeEndian.Uint32(m.fixed[8:])
		l := facts.Link{
			Name:      m.text(unix.IFLA_IFNAME),
			Index:     index,
			Up:        flags&unix.IFF_UP != 0,
			Addresses: byIndex[index],
		}
		if mtu, ok := m.u32(unix.IFLA_MTU); ok {
			l.MTU = int(mtu)
		}
		// A link that is switched off says "no carrier" whatever is plugged in.
		if c := m.get(unix.IFLA_CARRIER); l.Up && len(c) > 0 {
			l.Carrier = facts.Known(c[0] != 0)
		}
		l.Kind = r.linkKind(l.Name, m, flags)
		l.SelfAssigned = selfAssigned(l.Addresses)
		list = append(list, l)
	}
	return list, nil
}

func (r *Reader) linkKind(name string, m message, flags uint32) string {
	var info string
	for _, a := range parseAttributes(m.get(unix.IFLA_LINKINFO)) {
		if a.kind == unix.IFLA_INFO_KIND {
			info = cString(a.value)
		}
	}
	hardware := binary.NativeEndian.Uint16(m.fixed[2:])
	master, _ := m.u32(unix.IFLA_MASTER)
	switch {
	case flags&unix.IFF_LOOPBACK != 0:
		return kindLoopback
	case virtualKinds[info]:
		return kindVirtual
	case master != 0 && (info == "tun" || vethKinds[info]):
		return kindVirtual // a virtual machine's or container's plug in a bridge
	case hardware == arphrdPPP || info == "ppp":
		return kindPPP
	case tunnelKinds[info]:
		return kindTunnel
	case vethKinds[info]:
		return kindVeth
	case info == "bridge":
		return kindBridge
	case hardware == arphrdRawIP || r.deviceType(name) == "wwan" || strings.HasPrefix(name, "ww"):
		return kindMobile
	case hardware == arphrdTunnel, hardware == arphrdTunnel6, hardware == arphrdSIT, hardware == arphrdGRE, hardware == arphrdGRE6, hardware == arphrdNone:
		return kindTunnel
	case r.isWireless(name):
		return kindWifi
	case hardware == unix.ARPHRD_ETHER:
		return kindEthernet
	}
	return kindUnknown
}

// isWireless looks in /sys, and at the name where /sys shows another namespace ("wl": systemd's predictable names, "wlan": the old ones).
func (r *Reader) isWireless(name string) bool {
	for _, sub := range []string{"wireless", "phy80211"} {
		if _, err := os.Stat(filepath.Join(r.path("/sys/class/net"), name, sub)); err == nil {
			return true
		}
	}
	return strings.HasPrefix(name, "wl")
}

// deviceType is DEVTYPE of the interface's uevent: wlan, wwan, bridge…
func (r *Reader) deviceType(name string) string {
	b, err := readBounded(filepath.Join(r.path("/sys/class/net"), name, "uevent"), 4096)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVTYPE="); ok {
			return v
		}
	}
	return ""
}
