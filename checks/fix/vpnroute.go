// Which of the open VPN connections holds the route: the one that closes is the one in whose tunnel the pages go, whichever comes first
// in a list.

package fix

import (
	"context"
	"net/netip"
	"slices"
	"strings"
)

// anywhere stands for every site whose own address is not known: what goes there takes the way that all pages take. Nothing is sent.
var anywhere = []netip.Addr{netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("2606:4700:4700::1111")}

// carriers are the links over which this site, and then everything else, leaves, each once. Policy routes count: wg-quick's default
// route stands in a table of its own.
func (c *Computer) carriers() []string {
	var all []string
	add := func(link string) {
		if link != "" && !slices.Contains(all, link) {
			all = append(all, link)
		}
	}
	if c.RouteLink != nil {
		for _, a := range append(slices.Clone(c.SiteAddresses), anywhere...) {
			add(c.RouteLink(a))
		}
	}
	if c.OS == "linux" {
		add(c.vpnLink())
	}
	return all
}

// carryingTunnel is the first of carriers that is a tunnel (Linux); "": everything leaves by an ordinary link.
func (c *Computer) carryingTunnel() string {
	for _, link := range c.carriers() {
		if c.tunnel(link) || c.exists("/sys/class/net/"+link+"/tun_flags") { // a TAP looks like Ethernet
			return link
		}
	}
	return ""
}

// holding chooses the connection that holds the route; false: none of them does, or it cannot be told which one does. tunnel is the
// link in which the pages go, if it is one.
func (f disconnectVPN) holding(ctx context.Context, all []vpnConnection, tunnel string) (vpnConnection, bool) {
	if f.c.OS == "darwin" && len(all) > 1 {
		for i := range all {
			all[i].Link = f.macLink(ctx, all[i].ID)
		}
	}
	links := []string{tunnel}
	if f.c.OS != "linux" {
		links = f.c.carriers()
	}
	for _, link := range links {
		if i := slices.IndexFunc(all, func(v vpnConnection) bool { return link != "" && v.Link == link }); i >= 0 {
			return all[i], true
		}
	}
	if i := slices.IndexFunc(all, func(v vpnConnection) bool { return v.Default }); i >= 0 {
		return all[i], true // IPsec has no link of its own
	}
	unknown := slices.DeleteFunc(slices.Clone(all), func(v vpnConnection) bool { return v.Link != "" })
	switch {
	case f.c.OS == "linux" && tunnel == "" && f.c.RouteLink != nil: // an ordinary link carries the pages
		return vpnConnection{}, false
	case len(unknown) == 1:
		return unknown[0], true
	case f.c.OS != "linux" && len(all) > 0: // these systems let one VPN at a time hold the route
		return all[0], true
	}
	return vpnConnection{}, false
}

// macLink reads the link of a connection off `scutil --nc status`, which is not translated.
func (f disconnectVPN) macLink(ctx context.Context, id string) string {
	r := f.c.Run.Run(ctx, []string{"/usr/sbin/scutil", "--nc", "status", id}, CommandLimit)
	return scutilLink(r.Out)
}

func scutilLink(text string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " : "); ok && key == "InterfaceName" && validLink(value) {
			return value
		}
	}
	return ""
}
