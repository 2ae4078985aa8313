//go:build windows || darwin

// What the system's own resolver answers, on the systems whose rules cannot be read from files.
package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"passerelle/checks/facts"
)

// lookupNative calls the system. After a failure the servers that it is set to use are asked directly, once, for the precise
// reason: the system only says "not found" or "try again".
func (p *Prober) lookupNative(ctx context.Context, host string) facts.Lookup {
	p.contact(ctx, "system", "", "dns", "target")
	l := facts.Lookup{Transport: "system"}
	type got struct {
		addrs []netip.Addr
		err   error
	}
	ch := make(chan got, 1) // the system's call cannot be interrupted everywhere
	go func() {
		addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		ch <- got{addrs, err}
	}()
	var g got
	select {
	case g = <-ch:
	case <-ctx.Done():
		g.err = ctx.Err()
	}
	if g.err == nil && len(g.addrs) > 0 {
		l.Addresses = bounded(g.addrs)
		return l
	}
	l.Failure = systemFailure(g.err)
	if ctx.Err() != nil || p.Resolvers == nil {
		return l
	}
	servers := p.Resolvers()
	if len(servers) == 0 {
		l.Failure = facts.NoResolver
		return l
	}
	r := resolver{p: p, servers: servers[:min(len(servers), maxServers)], why: "target"}
	if why := r.both(ctx, host); why.Failure != facts.OK {
		why.Transport = l.Transport
		return why
	}
	return l
}

func systemFailure(err error) facts.Failure {
	var d *net.DNSError
	switch {
	case err == nil:
		return facts.NoData
	case errors.As(err, &d) && d.IsNotFound:
		return facts.NXDomain // EAI_NONAME, EAI_NODATA, WSAHOST_NOT_FOUND, WSANO_DATA: the servers' own code tells them apart
	case errors.As(err, &d) && d.IsTimeout:
		return facts.Timeout
	case errors.As(err, &d) && d.IsTemporary:
		return facts.ServFail // EAI_AGAIN, WSATRY_AGAIN
	}
	f, _ := classify(err)
	return f
}

// upstream gives the servers that the system is set to use; the cache lies before them, inside the system.
func (p *Prober) upstream(context.Context) ([]netip.AddrPort, resolvConf) {
	if p.Resolvers == nil {
		return nil, resolvConf{ndots: 1}
	}
	var out []netip.AddrPort
	for _, s := range p.Resolvers() {
		if !s.Addr().IsLoopback() {
			out = append(out, s)
		}
	}
	return out, resolvConf{ndots: 1}
}
