//go:build !linux && !windows && !darwin

// The BSDs and whatever else Go runs on: interfaces, resolver file, hosts file, environment and browsers are read; routes and
// neighbours stay unknown there.

package system

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"

	"passerelle/checks/facts"
)

var errNotHere = errors.New("cannot be read on " + runtime.GOOS)

func (r *Reader) links() ([]facts.Link, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("reading the interfaces: %w", err)
	}
	var list []facts.Link
	for _, i := range all {
		l := facts.Link{Name: i.Name, Index: i.Index, MTU: i.MTU, Up: i.Flags&net.FlagUp != 0, Kind: kindUnknown}
		switch {
		case i.Flags&net.FlagLoopback != 0:
			l.Kind = kindLoopback
		case i.Flags&net.FlagPointToPoint != 0:
			l.Kind = kindTunnel
		case len(i.HardwareAddr) > 0:
			l.Kind = kindEthernet
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

func (r *Reader) routeTable() ([]tableRoute, error) {
	return nil, fmt.Errorf("reading the routes: %w", errNotHere)
}

func (r *Reader) pick(netip.Addr) (facts.Route, error) { return facts.Route{}, errNotHere }

func (r *Reader) neighbour(netip.Addr, string) neighbourState { return neighbourUnknown }

// Neighbour cannot be told here: always Unknown.
func (r *Reader) Neighbour(netip.Addr, string) facts.Bool { return facts.Unknown }

func (r *Reader) quickResolvers() ([]facts.Resolver, bool) {
	b, err := r.read(r.path(resolvConf))
	if err != nil && !isNotExist(err) {
		return nil, false
	}
	return parseResolvConf(b, "resolv.conf"), true
}

func (r *Reader) resolvers(context.Context) ([]facts.Resolver, bool) { return r.quickResolvers() }

func (r *Reader) systemProxies(ctx context.Context) []proxyRules {
	return []proxyRules{r.gnomeProxy(ctx), r.kdeProxy()}
}

func (r *Reader) firewalls(context.Context, []netip.AddrPort) ([]facts.Firewall, bool) {
	return nil, false
}

func (r *Reader) release(context.Context) string { return "" }

// rules: none can be read here.
func (r *Reader) rules(context.Context, []netip.AddrPort) []facts.Firewall { return nil }
