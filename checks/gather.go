package checks

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/gateway"
	"passerelle/checks/probe"
)

// This file says which question is asked when (CONTRACT.md "What may leave this computer", DESIGN.md "How a diagnosis flows").

// otherSites are the sites for comparison, in the order in which the first three unrelated to the target are taken.
var otherSites = []string{"www.wikipedia.org", "www.debian.org", "www.cloudflare.com", "www.google.com", "www.microsoft.com"}

const (
	// otherCount is how many of them are asked: "at most three" (CONTRACT.md).
	otherCount = 3
	// alternativeCount bounds the addresses at which the site is looked for elsewhere.
	alternativeCount = 3
	// perFamily bounds the addresses asked alone: "at most four a family" (CONTRACT.md).
	perFamily = 4
	// smallSegment is the segment size that passes every wire: the default of RFC 9293 §3.7.1.
	smallSegment = 536
	// slowAfter is how long a site that accepted the request may stay silent before the same is asked in small packets: long enough
	// that an ordinary slow page is not asked three times, early enough that the answer is there when the first asking is given up.
	slowAfter = 3 * time.Second
	// encryptedLimit is how long the encrypted DNS may take before the same is asked in clear, within helperLimit.
	encryptedLimit = 1700 * time.Millisecond
)

// advance starts what has become due. It is called after every event, and each reading starts at most once.
func (r *run) advance() {
	now := time.Now()
	if !r.local && now.Sub(r.start) >= joinAfter && !r.onThisComputer() {
		r.startLocal()
	}
	if r.chainEnd.IsZero() && !r.alarm && now.Sub(r.lastEvent) >= quietAfter && !r.provenAndWaiting() {
		r.startAlarm()
	}
	last := r.f.Chain.Last()
	if r.chainEnd.IsZero() && last != nil && last.Winner() != nil && now.Sub(r.lastEvent) >= slowAfter {
		r.trySmallSegment(last)
	}
	if !r.chainEnd.IsZero() {
		if !r.chainGood() && !r.alarm {
			r.startAlarm()
		}
		if !r.alarm {
			return
		}
	}
	if !r.alarm {
		return
	}
	r.tryPlain(last)
	r.tryRepeat(last)
	r.tryDirect(last)
	r.tryLocalFilter(last)
	r.tryFamily(last)
	r.tryAlternative(last)
	r.tryOtherLink(last)
	if r.chainEnd.IsZero() {
		return
	}
	r.tryAddresses(last)
	r.trySmallSegment(last)
}

// chainGood: nothing more need be asked. A page over clear HTTP that is no error is good as far as the target's own chain goes.
func (r *run) chainGood() bool {
	if x := r.f.Chain.Last(); x == nil || x.Failure != facts.OK {
		return false
	}
	v := decide.Judge(&r.f)
	return v.Side == decide.SideWorks || v.Cause == decide.BrowserSide || v.Rule == "seen-error-page"
}

// provenAndWaiting: the site has proven who it is, or is this network's own, and takes its time: no third party hears of it.
func (r *run) provenAndWaiting() bool {
	x := r.f.Chain.Last()
	return x != nil && x.TLS.Proven()
}

// onThisComputer: the target is served by this very machine.
func (r *run) onThisComputer() bool {
	h := r.f.Target.Host
	if h == "localhost" || strings.HasSuffix(h, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(h)
	return err == nil && a.IsLoopback()
}

func (r *run) proxyFor(ctx context.Context) func(*url.URL) *url.URL {
	return func(u *url.URL) *url.URL {
		p, settings := r.sys.Proxy(ctx, u)
		r.send(func() {
			if !r.f.System.ProxiesDone {
				r.f.System.Proxies = settings
			}
		})
		return p
	}
}

// startChain asks for the page as the browser would. It is the critical path: nothing stands before it.
func (r *run) startChain() {
	u := r.f.Target.URL
	r.begin(facts.ReadChain, r.opt.Timeout-50*time.Millisecond, func(ctx context.Context) func() {
		chain := r.p.Follow(ctx, probe.Request{URL: u, ProxyFor: r.proxyFor(ctx), Why: "target", Exact: r.opt.Exact}, func(c facts.Chain) {
			r.send(func() {
				if r.chainEnd.IsZero() {
					c.Done = false // it is over when its page has been looked at
					r.f.Chain = &c
					r.lastEvent = time.Now()
				}
			})
		})
		return func() {
			r.recogniseChain(&chain)
			r.f.Chain = &chain
			r.chainEnd = time.Now()
			r.setClock()
			if a, err := netip.ParseAddr(r.f.Target.Host); r.f.Target.PrivateDNS || err == nil && a.IsPrivate() {
				r.skip(facts.ReadConnectivity) // a box, a NAS, an intranet: the Internet has no say in it
			}
		}
	})
}

func (r *run) recogniseChain(c *facts.Chain) {
	for i := range c.Exchanges {
		r.recognise(&c.Exchanges[i], i == len(c.Exchanges)-1)
	}
}

// recognise asks who wrote an answer, while its body is still in memory.
func (r *run) recognise(x *facts.Exchange, last bool) {
	where := gateway.Context{Host: r.f.Target.Host, Proxied: x.Proxy != "", Proxy: x.Proxy, TLSProven: x.TLS.Proven(), PlainHTTP: x.TLS == nil}
	if x.HTTP != nil && x.HTTP.Done && x.HTTP.Failure == facts.OK && last {
		x.HTTP.Gateway = gateway.Recognise(x.HTTP, where)
	}
	if x.HTTP != nil && x.HTTP.Failure == facts.Timeout {
		x.HTTP.Ended = gateway.Ended(x.HTTP.Body)
	}
	if x.TLS == nil && x.HTTP != nil {
		x.HTTP.Suspect = gateway.Suspect(x.HTTP)
	}
	if x.ProxyHTTP != nil && x.ProxyHTTP.Done {
		where.PlainHTTP, where.TLSProven = false, false // neither: an answer to CONNECT
		x.ProxyHTTP.Gateway = gateway.Recognise(x.ProxyHTTP, where)
	}
}

func (r *run) startConnectivity() {
	for _, c := range probe.Checks {
		r.begin(facts.ReadConnectivity, helperLimit, func(ctx context.Context) func() {
			u, err := url.Parse(c.URL)
			if err != nil {
				return nil
			}
			proxy, _ := r.sys.Proxy(ctx, u)
			got := r.p.Connectivity(probe.WithWhy(ctx, "connectivity"), c, proxy)
			return func() {
				r.f.Connectivity = append(r.f.Connectivity, got)
				r.setClock()
				if r.connectivityKnown() {
					r.end(facts.ReadConnectivity)
				}
			}
		})
	}
}

// connectivityKnown: two check addresses gave exactly what they always give, or two agree on a portal: the others change nothing.
func (r *run) connectivityKnown() bool {
	expected, portal := 0, 0
	for _, p := range r.f.Connectivity {
		if p.Expected == facts.Yes {
			expected++
		}
		if p.Portal == facts.Yes {
			portal++
		}
	}
	return expected >= 2 || portal >= 2
}

// startLocal reads this computer and looks for the box.
func (r *run) startLocal() {
	r.local = true
	target := r.f.Target
	r.f.Readings[facts.ReadLinks], r.f.Readings[facts.ReadBox] = facts.Running, facts.Running
	r.begin(facts.ReadLinks, 0, func(ctx context.Context) func() {
		quick := r.sys.Quick(target)
		return func() {
			s := &r.f.System
			s.OS, s.Links, s.LinksDone, s.Routes, s.RoutesDone = quick.OS, quick.Links, quick.LinksDone, quick.Routes, quick.RoutesDone
			s.Resolvers, s.ResolversDone, s.Hosts, s.HostsDone = quick.Resolvers, quick.ResolversDone, quick.Hosts, quick.HostsDone
			r.begin(facts.ReadBox, helperLimit+500*time.Millisecond, func(ctx context.Context) func() {
				ctx = probe.WithWhy(ctx, "box")
				box := r.sys.Box(ctx, quick, r.p.Ping, r.p.TCPAlive)
				return func() {
					r.f.Box = &box
					r.startLoss(box)
				}
			})
		}
	})
	r.begin(facts.ReadSystem, 0, func(ctx context.Context) func() {
		full := r.sys.Read(ctx, target)
		return func() {
			r.f.System = full
			r.addRules()
		}
	})
}

// Echoes sent to the box in a row, to see whether its link loses packets: ten, 50 ms apart, half a second in all.
const (
	lossEchoes = 10
	lossPause  = 50 * time.Millisecond
	lossLimit  = time.Second
)

// startLoss looks whether the link to the box loses packets. It holds no verdict up.
func (r *run) startLoss(box facts.Box) {
	if box.Ping != facts.Yes {
		return
	}
	r.begin(facts.ReadLoss, lossLimit+lossEchoes*lossPause, func(ctx context.Context) func() {
		ctx = probe.WithWhy(ctx, "box")
		came := make(chan bool, lossEchoes)
		for i := range lossEchoes {
			go func() {
				time.Sleep(time.Duration(i) * lossPause)
				ctx, cancel := context.WithTimeout(ctx, lossLimit)
				defer cancel()
				answered, _ := r.p.Ping(ctx, box.Address, box.Link)
				came <- answered == facts.Yes
			}()
		}
		lost := 0
		for range lossEchoes {
			if !<-came {
				lost++
			}
		}
		if ctx.Err() != nil {
			return nil // ended from outside: what is missing was not lost
		}
		return func() {
			if r.f.Box != nil {
				r.f.Box.Sent, r.f.Box.Lost = lossEchoes, lost
			}
		}
	})
}

// startAlarm calls the dearer checks: after a definite failure, or 1.5 s of silence in one step.
func (r *run) startAlarm() {
	r.alarm = true
	if r.onThisComputer() {
		for _, x := range []facts.Reading{facts.ReadOthers, facts.ReadIndependent, facts.ReadFresh, facts.ReadAlternative, facts.ReadSystem, facts.ReadBox, facts.ReadLinks} {
			r.skip(x)
		}
		return
	}
	if !r.local {
		r.startLocal()
	}
	r.startOthers()
	r.startNames()
	r.tryOutside()
}

func (r *run) startOthers() {
	n := 0
	for _, host := range otherSites {
		if n == otherCount || strings.HasSuffix(host, strings.TrimPrefix(r.f.Target.Host, "www.")) {
			continue
		}
		n++
		r.begin(facts.ReadOthers, helperLimit, func(ctx context.Context) func() {
			proxy, _ := r.sys.Proxy(ctx, &url.URL{Scheme: "https", Host: host, Path: "/"})
			got := r.p.OtherSite(probe.WithWhy(ctx, "other-site"), host, proxy)
			return func() {
				r.recognise(&got.Exchange, true)
				r.f.Others = append(r.f.Others, got)
				r.setClock()
				if decide.GoodOthers(&r.f) == otherCount-1 {
					time.AfterFunc(thirdSite, func() { r.send(func() { r.end(facts.ReadOthers) }) })
				}
			}
		})
	}
}

// tryPlain asks over http where a bare name was typed and nothing answers on 443 (CONTRACT.md).
func (r *run) tryPlain(last *facts.Exchange) {
	if r.started(facts.ReadPlain) {
		return
	}
	if !r.f.Target.Guessed || !strings.HasPrefix(r.f.Target.URL, "https://") {
		r.skip(facts.ReadPlain)
		return
	}
	first := r.f.Chain.First()
	again := first != nil && first.Lookup.Good() && first.Winner() == nil && (first.Failure == facts.OK || first.Stage == facts.StageTCP)
	if r.f.Target.Port != 443 && first != nil && first.Failure == facts.NotTLS {
		again = true // a port typed without a scheme: browsers ask such ports over http
	}
	if !again {
		if !r.chainEnd.IsZero() {
			r.skip(facts.ReadPlain)
		}
		return
	}
	u := "http://" + strings.TrimPrefix(r.f.Target.URL, "https://")
	lookup := first.Lookup
	r.begin(facts.ReadPlain, helperLimit, func(ctx context.Context) func() {
		chain := r.p.Follow(ctx, probe.Request{URL: u, ProxyFor: r.proxyFor(ctx), Why: "target", ReuseLookup: lookup}, nil)
		return func() {
			r.recogniseChain(&chain)
			r.f.Plain = &chain
		}
	})
}

// tryRepeat asks the same again: after a failure, or beside an asking that has been silent in DNS's or TCP's or TLS's step.
func (r *run) tryRepeat(last *facts.Exchange) {
	if r.started(facts.ReadRepeat) {
		return
	}
	req := probe.Request{URL: r.f.Target.URL, ProxyFor: r.proxyFor(r.ctx), Why: "repeat", NoQuery: r.noQuery(), Exact: r.opt.Exact}
	limit := time.Duration(0)
	if r.chainEnd.IsZero() {
		if last == nil || last.Lookup == nil || !last.Lookup.Done {
			return // the name is asked three times by itself
		}
		limit = helperLimit
	} else if last != nil && last.Failure == facts.Timeout && (last.Stage == facts.StageDNS || last.Stage == facts.StageHTTP) {
		r.skip(facts.ReadRepeat) // three questions, or two connections, were silent: that was the second asking
		return
	}
	if f := r.f.Chain.First(); f != nil && f.Lookup.Good() {
		req.ReuseLookup = f.Lookup
	}
	r.begin(facts.ReadRepeat, limit, func(ctx context.Context) func() {
		chain := r.p.Follow(ctx, req, nil)
		return func() {
			r.recogniseChain(&chain)
			chain.NoQuery = req.NoQuery
			r.f.Repeat = &chain
		}
	})
}

// noQuery: the address has a query, and the person did not ask for the very page.
func (r *run) noQuery() bool { return !r.opt.Exact && strings.Contains(r.f.Target.URL, "?") }

// tryDirect asks without the proxy, after a failure through it.
func (r *run) tryDirect(last *facts.Exchange) {
	if r.started(facts.ReadDirect) {
		return
	}
	if last == nil || last.Proxy == "" {
		if !r.chainEnd.IsZero() {
			r.skip(facts.ReadDirect)
		}
		return
	}
	req := probe.Request{URL: r.f.Target.URL, Why: "direct", NoQuery: r.noQuery()}
	r.begin(facts.ReadDirect, helperLimit, func(ctx context.Context) func() {
		chain := r.p.Follow(ctx, req, nil)
		return func() {
			r.recogniseChain(&chain)
			r.f.Direct = &chain
		}
	})
}

// tryAddresses asks every other address of the name alone, once a connection could be made at all: where TCP itself failed, each
// address has been tried already.
func (r *run) tryAddresses(last *facts.Exchange) {
	if r.started(facts.ReadAddresses) {
		return
	}
	w := last.Winner()
	if w == nil || last.Proxy != "" || !last.Lookup.Good() || len(last.Lookup.Addresses) < 2 {
		r.skip(facts.ReadAddresses)
		return
	}
	limit := max(time.Second, 3*time.Duration(last.MS*float64(time.Millisecond)))
	if last.Failure == facts.Timeout {
		limit = time.Second
	}
	n4, n6, n := 0, 0, 0
	for _, a := range last.Lookup.Addresses {
		if a == w.Address.Addr() {
			continue
		}
		count := &n6
		if a.Unmap().Is4() {
			count = &n4
		}
		if *count++; *count > perFamily {
			continue
		}
		n++
		req := probe.Request{URL: last.URL, Addresses: []netip.Addr{a}, Why: "addresses", NoQuery: r.noQuery() && len(r.f.Chain.Exchanges) == 1}
		r.begin(facts.ReadAddresses, limit, func(ctx context.Context) func() {
			x := r.p.Ask(ctx, req, nil)
			return func() {
				r.recognise(&x, true)
				r.f.Addresses = append(r.f.Addresses, x)
			}
		})
	}
	if n == 0 {
		r.skip(facts.ReadAddresses)
	}
}

// tryAlternative looks for the site where independent resolvers, or this computer's own servers asked afresh, say that it is.
func (r *run) tryAlternative(last *facts.Exchange) {
	if r.started(facts.ReadAlternative) || !r.f.Over(facts.ReadIndependent) || !r.f.Over(facts.ReadFresh) {
		return
	}
	var known []netip.Addr
	if last != nil && last.Lookup != nil {
		known = last.Lookup.Addresses
	}
	over := !r.chainEnd.IsZero()
	if !over && (last == nil || last.Proxy == "" && (last.Lookup == nil || !last.Lookup.Done)) {
		return // it is not known yet what this computer was told
	}
	if last == nil || last.Proxy != "" || last.TLS.Proven() && !decide.FromHosts(&r.f) {
		r.skip(facts.ReadAlternative)
		return
	}
	var at []netip.Addr
	add := func(as []netip.Addr, most int) {
		for _, a := range as {
			if most > 0 && !slices.Contains(known, a) && !slices.Contains(at, a) && !a.IsUnspecified() && !a.IsLoopback() {
				at = append(at, a)
				most--
			}
		}
	}
	for i := range r.f.Fresh {
		add(r.f.Fresh[i].Addresses, 1)
	}
	for _, wantV4 := range []bool{true, false} { // one of each family at least: the other one may be broken here
		var as []netip.Addr
		for i := range r.f.Independent {
			for _, a := range r.f.Independent[i].Addresses {
				if a.Unmap().Is4() == wantV4 {
					as = append(as, a)
				}
			}
		}
		add(as, alternativeCount-1)
	}
	if len(at) == 0 {
		r.skip(facts.ReadAlternative)
		return
	}
	for _, a := range at[:min(len(at), alternativeCount+1)] {
		req := probe.Request{URL: last.URL, Addresses: []netip.Addr{a}, Why: "alternative", NoQuery: r.noQuery() && len(r.f.Chain.Exchanges) == 1}
		r.begin(facts.ReadAlternative, helperLimit, func(ctx context.Context) func() {
			x := r.p.Ask(ctx, req, nil)
			var ruled func()
			if len(x.Connects) > 0 && x.Winner() == nil { // silence takes as long as it takes: a rule may be why
				ruled = r.readRules(ctx, x.Connects[0].Address)
			}
			return func() {
				r.recognise(&x, true)
				r.f.Alternative = append(r.f.Alternative, x)
				if ruled != nil && decide.Denied(&r.f, &x) && !decide.FromHosts(&r.f) { // a line of the hosts file is told first
					ruled()
				}
				if x.TLS.Proven() {
					r.end(facts.ReadAlternative) // the page proves the address
				}
			}
		})
	}
}

// trySmallSegment asks once more in small packets, where a connection was accepted and then stayed silent.
func (r *run) trySmallSegment(last *facts.Exchange) {
	if r.started(facts.ReadSmallSegment) {
		return
	}
	if last == nil || last.Winner() == nil || last.Proxy != "" || !r.chainEnd.IsZero() && last.Failure != facts.Timeout {
		r.skip(facts.ReadSmallSegment)
		return
	}
	req := probe.Request{URL: last.URL, Addresses: []netip.Addr{last.Winner().Address.Addr()}, MaxSegment: smallSegment, Why: "small-segment",
		NoQuery: r.noQuery() && len(r.f.Chain.Exchanges) == 1}
	r.begin(facts.ReadSmallSegment, helperLimit, func(ctx context.Context) func() {
		x := r.p.Ask(ctx, req, nil)
		return func() { r.f.SmallSegment = &x }
	})
}

// setClock compares this computer's clock with the dates that servers sent.
func (r *run) setClock() {
	r.f.Clock = decide.Clock(&r.f)
}
