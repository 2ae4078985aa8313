// The DNS servers in use, on Linux: /etc/resolv.conf, and behind a local stub what systemd-resolved or NetworkManager really ask.

package system

import (
	"context"
	"net/netip"
	"slices"

	"github.com/godbus/dbus/v5"

	"passerelle/checks/facts"
)

// quickResolvers reads the resolver files only. A missing file is an answer: no server is configured.
func (r *Reader) quickResolvers() ([]facts.Resolver, bool) {
	b, err := r.read(r.path(resolvConf))
	if err != nil {
		if !isNotExist(err) {
			return nil, false
		}
	}
	list := parseResolvConf(b, "resolv.conf")
	if slices.ContainsFunc(list, func(x facts.Resolver) bool { return isStub(x.Address) }) {
		if b, err := r.read(r.path(resolvConfResolved)); err == nil {
			list = append(list, parseResolvConf(b, "resolved")...)
		}
	}
	return list, true
}

// resolvers adds what NetworkManager says where a forwarder on this computer stands in resolv.conf.
func (r *Reader) resolvers(ctx context.Context) ([]facts.Resolver, bool) {
	list, ok := r.quickResolvers()
	behind := slices.ContainsFunc(list, func(x facts.Resolver) bool { return x.Source == "resolved" })
	if !behind && slices.ContainsFunc(list, func(x facts.Resolver) bool { return isLocalForwarder(x.Address) }) {
		list = append(list, r.networkManagerResolvers(ctx)...)
	}
	return list, ok
}

// networkManagerResolvers asks NetworkManager, if it runs. Reading is free for everybody and never translated (measured).
func (r *Reader) networkManagerResolvers(ctx context.Context) []facts.Resolver {
	conn, err := r.systemBus(ctx)
	if err != nil {
		return nil
	}
	defer conn.Close()
	const name = "org.freedesktop.NetworkManager"
	if !busHas(ctx, conn, name) {
		return nil
	}
	var value dbus.Variant
	err = conn.Object(name, "/org/freedesktop/NetworkManager/DnsManager").CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get",
		0, name+".DnsManager", "Configuration").Store(&value)
	if err != nil {
		return nil
	}
	configuration, _ := value.Value().([]map[string]dbus.Variant)
	var list []facts.Resolver
	for _, c := range configuration {
		servers, _ := c["nameservers"].Value().([]string)
		link, _ := c["interface"].Value().(string)
		for _, s := range servers {
			if a, err := netip.ParseAddr(s); err == nil {
				list = append(list, facts.Resolver{Address: a.WithZone(""), Link: link, Source: "networkmanager"})
			}
		}
	}
	return list
}
