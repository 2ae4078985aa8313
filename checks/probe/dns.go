// Names: what this system answers (LookupSystem), what its servers answer past every cache of this computer (LookupFresh), and
// what one given server answers (LookupClear).
package probe

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// LookupSystem asks what the browser would be told. A name under localhost is this computer (RFC 6761 §6.3), an address is itself.
func (p *Prober) LookupSystem(ctx context.Context, name string) facts.Lookup {
	begin := time.Now()
	l := facts.Lookup{Name: name, Done: true}
	host, err := hostASCII(name)
	switch {
	case err != nil || !validName(host):
		if a, ok := literal(strings.Trim(name, "[]")); ok {
			l.Addresses, l.Transport = []netip.Addr{a}, "literal"
			return l
		}
		l.Failure = facts.NXDomain // no DNS can know such a name
		return l
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		l.Addresses, l.Transport = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, "literal"
		return l
	}
	if a, ok := literal(host); ok {
		l.Addresses, l.Transport = []netip.Addr{a}, "literal"
		return l
	}
	ctx, cancel := context.WithTimeout(ctx, dnsGiveUp)
	defer cancel()
	l = p.lookupNative(ctx, host)
	l.Name, l.Done = name, true
	l.Addresses = bounded(l.Addresses)
	l.MS = ms(begin)
	return l
}

// LookupFresh asks the servers behind every cache of this computer, each by itself. Empty where these cannot be found.
func (p *Prober) LookupFresh(ctx context.Context, name string) []facts.Lookup {
	host, err := hostASCII(name)
	if err != nil || !validName(host) {
		return nil
	}
	if _, ok := literal(host); ok {
		return nil
	}
	servers, conf := p.upstream(ctx)
	if len(servers) > maxServers {
		servers = servers[:maxServers]
	}
	answers := make(chan facts.Lookup, len(servers))
	for _, s := range servers {
		go func() {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(ctx, dnsGiveUp)
			defer cancel()
			one := resolver{p: p, servers: []netip.AddrPort{s}, why: "fresh-lookup", tcp: conf.tcp}
			l := one.search(ctx, host, conf)
			l.Name, l.MS, l.Done = name, ms(begin), true
			answers <- l
		}()
	}
	var all []facts.Lookup
	for range servers {
		all = append(all, <-answers)
	}
	slices.SortStableFunc(all, func(a, b facts.Lookup) int {
		return slices.Index(names(servers), a.Server) - slices.Index(names(servers), b.Server)
	})
	return all
}

func names(servers []netip.AddrPort) []string {
	var s []string
	for _, a := range servers {
		s = append(s, serverName(a))
	}
	return s
}

// serverName is how a server stands in facts: without the port where it is DNS's own.
func serverName(s netip.AddrPort) string {
	if s.Port() == 53 {
		return s.Addr().String()
	}
	return s.String()
}

// LookupClear asks one server without encryption, over UDP or TCP. The name is asked as it is: no search list.
func (p *Prober) LookupClear(ctx context.Context, name string, server netip.AddrPort, provider string, tcp bool) facts.Lookup {
	begin := time.Now()
	l := facts.Lookup{Failure: facts.NXDomain, Server: serverName(server)}
	if host, err := hostASCII(name); err == nil && validName(host) {
		ctx, cancel := context.WithTimeout(ctx, dnsGiveUp)
		defer cancel()
		r := resolver{p: p, servers: []netip.AddrPort{server}, tcp: tcp, why: "independent-dns"}
		l = r.both(ctx, host)
		if l.Server == "" {
			l.Server = serverName(server)
		}
	}
	l.Name, l.Provider, l.MS, l.Done = name, provider, ms(begin), true
	return l
}

// validName tells whether a name can stand in a DNS question (RFC 1035 §2.3.4).
func validName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return true
}

// bounded keeps each address once, and at most maxAddresses of a family.
func bounded(addrs []netip.Addr) []netip.Addr {
	var kept []netip.Addr
	n4, n6 := 0, 0
	for _, a := range addrs {
		a = a.Unmap()
		n := &n6
		if a.Is4() {
			n = &n4
		}
		if *n == maxAddresses || slices.Contains(kept, a) {
			continue
		}
		*n++
		kept = append(kept, a)
	}
	return kept
}

// merge makes one lookup of the answers for both families. An address of either is success. Without any, NXDOMAIN needs that
// nothing contradicts it, and trouble says more than "has none".
func merge(a4, a6 answer) facts.Lookup {
	l := facts.Lookup{}
	for _, a := range []answer{a4, a6} {
		l.Addresses = append(l.Addresses, a.addrs...)
		if l.CNAME == "" {
			l.CNAME = a.cname
		}
		if a.failure == facts.OK && (l.TTL == 0 || a.ttl < l.TTL) {
			l.TTL = a.ttl
		}
		for _, e := range a.ede {
			if !slices.Contains(l.EDE, e) {
				l.EDE = append(l.EDE, e)
			}
		}
		for _, s := range a.silent {
			if !slices.Contains(l.Silent, s) {
				l.Silent = append(l.Silent, s)
			}
		}
		if (l.Server == "" || a.failure == facts.OK) && a.server != "" {
			l.Server, l.Transport = a.server, a.transport
		}
	}
	if len(l.Addresses) > 0 {
		l.Addresses = bounded(l.Addresses)
		return l
	}
	for _, f := range []facts.Failure{
		facts.Canceled, facts.ServFail, facts.DNSRefused, facts.Malformed, facts.Timeout, facts.Denied,
		facts.Refused, facts.HostUnreach, facts.NetUnreach, facts.Reset, facts.Closed, facts.Other, facts.NXDomain, facts.NoData,
	} {
		if a4.failure == f || a6.failure == f {
			l.Failure = f
			break
		}
	}
	return l
}
