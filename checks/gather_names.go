// The questions beside the target's own chain: who says what about its name, whether packets to it leave this computer, what another
// link sees.
package checks

import (
	"context"
	"net/netip"
	"net/url"
	"slices"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/probe"
)

// startNames asks independent resolvers for the name of the stop that failed, and this computer's own servers past every cache.
func (r *run) startNames() {
	name := r.failingName()
	if _, err := netip.ParseAddr(name); err == nil || name == "" {
		r.skip(facts.ReadIndependent)
		r.skip(facts.ReadFresh)
		return
	}
	r.begin(facts.ReadFresh, helperLimit, func(ctx context.Context) func() {
		ctx = probe.WithWhy(ctx, "fresh-dns")
		got := r.p.LookupFresh(ctx, name)
		if box := r.boxBehindLoopback(); len(got) == 0 && box.IsValid() {
			// A cache on this computer whose own servers are in no file that can be read: most often the box is the one.
			if l := r.p.LookupClear(ctx, name, netip.AddrPortFrom(box, 53), "", false); heard(l) {
				got = append(got, l)
			}
		}
		return func() { r.f.Fresh = got }
	})
	if r.f.Target.PrivateDNS || decide.PrivateName(name) {
		r.skip(facts.ReadIndependent)
		return
	}
	for _, pr := range probe.Providers {
		if pr.Name == "opendns" {
			continue // it refuses some countries and blocks by choice: no voice among the two witnesses (CONTRACT.md)
		}
		r.begin(facts.ReadIndependent, helperLimit, func(ctx context.Context) func() {
			ctx = probe.WithWhy(ctx, "independent-dns")
			encrypted, cancel := context.WithTimeout(ctx, encryptedLimit)
			defer cancel()
			got := []facts.Lookup{r.p.LookupDoH(encrypted, name, pr)}
			if !heard(got[0]) && len(pr.Addrs) > 0 {
				got = append(got, r.p.LookupClear(ctx, name, netip.AddrPortFrom(pr.Addrs[0], 53), pr.Name, false))
			}
			return func() {
				r.f.Independent = append(r.f.Independent, got...)
				if decide.Witnesses(&r.f) >= 2 {
					r.end(facts.ReadIndependent)
				}
			}
		})
	}
}

// boxBehindLoopback gives the box's address where every DNS server of this computer is on this computer. It is called outside the loop's
// goroutine and reads nothing of the run.
func (r *run) boxBehindLoopback() netip.Addr {
	s := r.sys.Quick()
	for _, x := range s.Resolvers {
		if !x.Address.IsLoopback() {
			return netip.Addr{}
		}
	}
	for _, x := range s.Routes {
		if len(s.Resolvers) > 0 && x.Family == 4 && x.Gateway.IsValid() && !x.Tunnel {
			return x.Gateway
		}
	}
	return netip.Addr{}
}

// heard: the resolver said something about the name, if only that it does not exist.
func heard(l facts.Lookup) bool {
	return l.Done && slices.Contains([]facts.Failure{facts.OK, facts.NXDomain, facts.NoData, facts.ServFail}, l.Failure)
}

// failingName is the host of the stop where the chain stands.
func (r *run) failingName() string {
	x := r.f.Chain.Last()
	if x == nil {
		return r.f.Target.Host
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		return r.f.Target.Host
	}
	return u.Hostname()
}

// tryLocalFilter looks whether what is sent to a silent target leaves this computer at all.
func (r *run) tryLocalFilter(last *facts.Exchange) {
	if r.started(facts.ReadLocalFilter) {
		return
	}
	silent := last != nil && last.Lookup.Good() && last.Winner() == nil && last.Proxy == ""
	over := !r.chainEnd.IsZero()
	if over && (!silent || last.Stage != facts.StageTCP || last.Failure == facts.Refused) || decide.NearTarget(&r.f) {
		r.skip(facts.ReadLocalFilter)
		return
	}
	if !silent {
		return
	}
	port := uint16(r.f.Target.Port)
	for _, six := range []bool{false, true} {
		i := slices.IndexFunc(last.Lookup.Addresses, func(a netip.Addr) bool { return a.Unmap().Is6() == six })
		if i < 0 || six && !slices.ContainsFunc(r.f.System.Routes, func(x facts.Route) bool { return x.Family == 6 }) {
			continue
		}
		to := netip.AddrPortFrom(last.Lookup.Addresses[i].Unmap(), port)
		control := netip.AddrPortFrom(publicAddress(six), 443)
		r.begin(facts.ReadLocalFilter, helperLimit, func(ctx context.Context) func() {
			l := facts.LocalFilter{Address: to.Addr(), Done: true}
			l.Datagram = r.p.Datagram(ctx, to)
			both := make(chan facts.Bool, 1)
			go func() { both <- r.p.FirstHop(ctx, control) }()
			l.Left = r.p.FirstHop(ctx, to)
			l.Control = <-both
			return func() { r.f.LocalFilters = append(r.f.LocalFilters, l) }
		})
	}
	if !r.started(facts.ReadLocalFilter) {
		r.skip(facts.ReadLocalFilter)
	}
}

// publicAddress is an address of an independent resolver: the packets sent to it here die at the first router.
func publicAddress(six bool) netip.Addr {
	for _, pr := range probe.Providers {
		for _, a := range pr.Addrs {
			if a.Is6() == six {
				return a
			}
		}
	}
	return netip.Addr{}
}

// tryOtherLink asks the same over each other link of this computer that has a way out (cable, Wi-Fi, phone), bound to it: it convicts or
// clears the box of the first one without a third party.
func (r *run) tryOtherLink(last *facts.Exchange) {
	if r.started(facts.ReadOtherLink) || !r.f.Over(facts.ReadLinks) {
		return
	}
	links := decide.OtherLinks(&r.f)
	answered := last != nil && last.Done && last.Failure == facts.OK
	if len(links) == 0 || last == nil || last.Proxy != "" || answered || decide.NearTarget(&r.f) {
		r.skip(facts.ReadOtherLink)
		return
	}
	req := probe.Request{URL: last.URL, Why: "other-link", NoQuery: r.noQuery() && len(r.f.Chain.Exchanges) == 1}
	switch {
	case last.Lookup.Good():
		req.ReuseLookup = last.Lookup
	case !r.f.Over(facts.ReadIndependent):
		return
	default:
		for i := range r.f.Independent {
			req.Addresses = append(req.Addresses, r.f.Independent[i].Addresses...)
		}
	}
	for _, name := range links {
		req.Interface = name
		r.begin(facts.ReadOtherLink, helperLimit, func(ctx context.Context) func() {
			x := r.p.Ask(ctx, req, nil)
			return func() {
				r.recognise(&x, true)
				r.f.OtherLink = append(r.f.OtherLink, x)
			}
		})
	}
}
