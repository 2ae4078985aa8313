// Over which link packets to an address would leave.

package fix

import (
	"net"
	"net/netip"
)

// routeLink asks the system: a UDP socket that is connected has its way chosen, and has sent nothing. "": there is no way.
func routeLink(to netip.Addr) string {
	const discard = 9 // any port will do
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, discard)))
	if err != nil {
		return ""
	}
	defer conn.Close()
	from := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
	links, err := net.Interfaces()
	if err != nil {
		return ""
	}
	for _, l := range links {
		list, _ := l.Addrs()
		for _, a := range list {
			if n, ok := a.(*net.IPNet); ok {
				if addr, ok := netip.AddrFromSlice(n.IP); ok && addr.Unmap() == from {
					return l.Name
				}
			}
		}
	}
	return ""
}
