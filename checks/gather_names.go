// The questions beside the target's own chain: who says what about its name, whether packets to it leave this computer, what another
// link sees.
package checks

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

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

// tryLocalFilter looks whether what is sent to a target that cannot be connected to leaves this computer at all.
func (r *run) tryLocalFilter(last *facts.Exchange) {
	if r.started(facts.ReadLocalFilter) {
		return
	}
	silent := last != nil && last.Lookup.Good() && last.Winner() == nil && last.Proxy == ""
	if over := !r.chainEnd.IsZero(); over && (!silent || last.Stage != facts.StageTCP) || decide.NearTarget(&r.f) {
		r.skip(facts.ReadLocalFilter)
		return
	}
	if !silent || !r.f.Over(facts.ReadLinks) {
		return
	}
	port := uint16(r.f.Target.Port)
	if u, err := url.Parse(last.URL); err == nil {
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
			port = uint16(n)
		} else if u.Scheme == "http" {
			port = 80
		}
	}
	var tried []netip.AddrPort
	for _, six := range []bool{false, true} {
		i := slices.IndexFunc(last.Lookup.Addresses, func(a netip.Addr) bool { return a.Unmap().Is6() == six })
		if i < 0 || !slices.ContainsFunc(r.f.System.Routes, func(x facts.Route) bool { return x.Kind == "" && (x.Family == 6) == six }) {
			continue
		}
		to := netip.AddrPortFrom(last.Lookup.Addresses[i].Unmap(), port)
		tried = append(tried, to)
		r.begin(facts.ReadLocalFilter, helperLimit, func(ctx context.Context) func() {
			l := r.localFilter(ctx, to)
			return func() { r.f.LocalFilters = append(r.f.LocalFilters, l) }
		})
	}
	if len(tried) == 0 {
		r.skip(facts.ReadLocalFilter)
		return
	}
	r.begin(facts.ReadLocalFilter, helperLimit, func(ctx context.Context) func() { return r.readRules(ctx, tried...) })
}

// readRules reads the firewalls once more, now that it is known where the connections went. A rule counts only where every address that
// was tried is hit by one: an address that no rule hits failed for another reason.
func (r *run) readRules(ctx context.Context, tried ...netip.AddrPort) func() {
	var rules []facts.Firewall
	for i, at := range tried {
		found := r.sys.Rules(ctx, at)
		if len(found) == 0 {
			return nil
		}
		if i == 0 {
			rules = found
		}
	}
	return func() {
		r.rules = rules
		r.addRules()
	}
}

// addRules puts the rules that were found for the very addresses in the place of what the reading of everything says.
func (r *run) addRules() {
	s := &r.f.System
	s.Firewalls = slices.Clone(s.Firewalls) // what was reported before stays as it was
	for _, w := range r.rules {
		if i := slices.IndexFunc(s.Firewalls, func(x facts.Firewall) bool { return x.Name == w.Name }); i >= 0 {
			s.Firewalls[i].Rule = w.Rule
		} else {
			s.Firewalls = append(s.Firewalls, w)
		}
	}
}

// familyPlaces is how many other sites are asked over one family: two unrelated places (CONTRACT.md).
const familyPlaces = 2

// tryFamily asks other sites over the one family, IPv4 or IPv6, that a silent target has: they may have opened over the other one.
func (r *run) tryFamily(last *facts.Exchange) {
	if r.started(facts.ReadFamily) {
		return
	}
	silent := last != nil && last.Lookup.Good() && last.Winner() == nil && last.Proxy == ""
	if over := !r.chainEnd.IsZero(); over && (!silent || last.Stage != facts.StageTCP || last.Failure == facts.Refused) || decide.NearTarget(&r.f) {
		r.skip(facts.ReadFamily)
		return
	}
	if !silent || !r.f.Over(facts.ReadOthers) {
		return
	}
	six := last.Lookup.Addresses[0].Unmap().Is6()
	if slices.ContainsFunc(last.Lookup.Addresses, func(a netip.Addr) bool { return a.Unmap().Is6() != six }) {
		r.skip(facts.ReadFamily)
		return
	}
	n := 0
	for _, o := range r.f.Others {
		w := o.Exchange.Winner()
		if n == familyPlaces || w == nil || w.Address.Addr().Unmap().Is6() == six || o.Exchange.Proxy != "" || !o.Exchange.Lookup.Good() {
			continue // it has shown this family already, or nothing
		}
		i := slices.IndexFunc(o.Exchange.Lookup.Addresses, func(a netip.Addr) bool { return a.Unmap().Is6() == six })
		if i < 0 {
			continue
		}
		n++
		req := probe.Request{URL: o.URL, Addresses: []netip.Addr{o.Exchange.Lookup.Addresses[i]}, Why: "other-site"}
		r.begin(facts.ReadFamily, familyLimit, func(ctx context.Context) func() {
			x := r.p.Ask(ctx, req, nil)
			return func() {
				r.f.Families = append(r.f.Families, facts.Probe{Name: o.Name, URL: o.URL, Exchange: x, Done: true})
			}
		})
	}
	if n == 0 {
		r.skip(facts.ReadFamily)
	}
}

// familyLimit is how long these may be silent: one repetition of the kernel's (1 s), so that the verdict keeps its 5 s.
const familyLimit = 2 * time.Second

// Times of looking whether packets leave.
const (
	// knockWindow is how long after a request the link's count must have risen: the way to the network card takes microseconds.
	knockWindow = 40 * time.Millisecond
	// knockTries bounds the windows: other programs send too, and a window in which they did proves nothing.
	knockTries = 8
	// stillNeeded is how many windows without one packet prove it.
	stillNeeded = 2
)

// localFilter runs outside the loop's goroutine and reads nothing of the run but its readers.
func (r *run) localFilter(ctx context.Context, to netip.AddrPort) facts.LocalFilter {
	l := facts.LocalFilter{Address: to.Addr(), Done: true}
	route, err := r.sys.RouteTo(ctx, to.Addr())
	if err == nil {
		l.Route, l.Tunnel = route.Kind, route.Tunnel
	}
	l.Datagram = r.p.Datagram(ctx, to)
	if err != nil || route.Kind != "" || route.Link == "" {
		return l
	}
	// sent tells how many packets the link sent while something was done; false where it cannot be known.
	sent := func(do func() bool) (uint64, bool) {
		before, ok := r.sys.SentPackets(route.Link)
		if !ok || !do() {
			return 0, false
		}
		after, ok := r.sys.SentPackets(route.Link)
		return after - before, ok
	}
	knock := func(at netip.AddrPort) func() bool { return func() bool { return r.p.Knock(ctx, at, knockWindow) } }
	still := 0
	for range knockTries {
		n, ok := sent(knock(to))
		if !ok {
			return l
		}
		if n == 0 {
			still++
		}
		if still == stillNeeded {
			break
		}
		select { // a refusal comes at once: let the other questions of this check pass
		case <-time.After(knockWindow):
		case <-ctx.Done():
			return l
		}
	}
	if still < stillNeeded {
		l.Still = facts.No
		return l
	}
	// The count must be alive: it rises when we send elsewhere over the same link, to whatever the rule lets through.
	elsewhere := []func() bool{knock(netip.AddrPortFrom(publicAddress(to.Addr().Is6()), to.Port()))}
	if route.Gateway.IsValid() {
		elsewhere = append(elsewhere, knock(netip.AddrPortFrom(route.Gateway, 53)), func() bool {
			return r.p.Datagram(ctx, netip.AddrPortFrom(route.Gateway, 53)) == facts.Yes
		})
	}
	for _, do := range elsewhere {
		if n, ok := sent(do); ok && n > 0 {
			l.Still = facts.Yes
			return l
		}
	}
	return l
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
