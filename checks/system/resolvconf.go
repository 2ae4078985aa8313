// The resolver file of Linux, macOS and the BSDs: /etc/resolv.conf.

package system

import (
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

const (
	resolvConf         = "/etc/resolv.conf"
	resolvConfResolved = "/run/systemd/resolve/resolv.conf" // what systemd-resolved itself asks, written for everybody to read
)

// maxResolvers is how many servers are kept; libc uses three (resolv.conf(5), MAXNS).
const maxResolvers = 3

// parseResolvConf gives the servers of a resolv.conf, in order. Comments begin with # or ;, also behind an address, as glibc reads
// it. A zone (fe80::1%eth0) becomes the link. Lines that hold no address are skipped, as libc does.
func parseResolvConf(b []byte, source string) []facts.Resolver {
	var list []facts.Resolver
	for line := range strings.Lines(string(b)) {
		if i := strings.IndexAny(line, "#;"); i >= 0 {
			line = line[:i]
		}
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" || len(list) == maxResolvers {
			continue
		}
		a, err := netip.ParseAddr(f[1])
		if err != nil {
			continue
		}
		list = append(list, facts.Resolver{Address: a.WithZone(""), Link: a.Zone(), Source: source})
	}
	return list
}

// isStub tells whether an address is systemd-resolved's own front door on this computer (its man page: 127.0.0.53 and, without
// local names, 127.0.0.54).
func isStub(a netip.Addr) bool {
	return a == netip.AddrFrom4([4]byte{127, 0, 0, 53}) || a == netip.AddrFrom4([4]byte{127, 0, 0, 54})
}

// isLocalForwarder tells whether an address is a forwarder on this computer (dnsmasq, unbound, NetworkManager's).
func isLocalForwarder(a netip.Addr) bool { return a.Unmap().IsLoopback() }
