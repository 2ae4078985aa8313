package checks

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/outside"
	"passerelle/checks/probe"
)

// The view from outside: only after the person's yes (Options.Outside), and only after a definite failure or 1.5 s of silence.

// services is what this process has learnt of the services that are asked for the view from outside.
var services outside.Memory

// tryOutside asks machines elsewhere for the stop that failed. Nothing private is named to anybody.
func (r *run) tryOutside() {
	if r.started(facts.ReadOutside) {
		return
	}
	q, ok := r.outsideQuestion()
	if !ok {
		r.f.Outside = &facts.Outside{Failure: facts.OutsidePrivate, At: r.start, Done: true}
		r.skip(facts.ReadOutside)
		return
	}
	limit := min(outside.Budget, time.Until(r.start.Add(r.opt.Timeout-outsideEnd)))
	r.begin(facts.ReadOutside, max(limit, time.Millisecond), func(ctx context.Context) func() {
		q.Country = outside.Country()
		got := r.outsideClient().Ask(ctx, q)
		return func() { r.f.Outside = &got }
	})
}

// outsideQuestion is what may be asked elsewhere: the host of the stop where the chain stands.
func (r *run) outsideQuestion() (outside.Question, bool) {
	q := outside.Question{CheckHost: r.opt.CheckHost}
	at := r.f.Target.URL
	x := r.f.Chain.Last()
	if x != nil {
		at = x.URL
	}
	u, err := url.Parse(at)
	if err != nil || r.f.Target.PrivateDNS || r.onThisComputer() || decide.PrivateName(u.Hostname()) {
		return q, false
	}
	if x != nil && x.Lookup.Good() && inside(x.Lookup.Addresses) {
		return q, false // a public-looking name of a private network
	}
	q.Scheme, q.Host = u.Scheme, u.Hostname()
	port := 0
	if p := u.Port(); p != "" {
		a, err := netip.ParseAddrPort("0.0.0.0:" + p)
		if err != nil {
			return q, false
		}
		port = int(a.Port())
	}
	return q, outside.Askable(q.Scheme, q.Host, port)
}

// inside: every address lies in a private network. Loopback and unspecified ones are a block list's answers, and no secret.
func inside(as []netip.Addr) bool {
	for _, a := range as {
		if outside.PublicAddr(a) || a.IsLoopback() || a.IsUnspecified() {
			return false
		}
	}
	return true
}

// outsideClient resolves names and finds its proxy as every other question of this check does, and tells whom it contacts.
func (r *run) outsideClient() *outside.Client {
	return &outside.Client{
		UserAgent: probe.UserAgent, Roots: r.p.Roots, Memory: &services,
		Lookup: func(ctx context.Context, host string) []netip.Addr {
			ctx = probe.WithWhy(ctx, "outside")
			if l := r.p.LookupSystem(ctx, host); l.Good() {
				return l.Addresses
			}
			for _, pr := range probe.Providers[:2] { // this network's DNS may be the very thing that is broken
				if l := r.p.LookupDoH(ctx, host, pr); l.Good() {
					return l.Addresses
				}
			}
			return nil
		},
		Proxy: func(u *url.URL) *url.URL {
			p, _ := r.sys.Proxy(r.ctx, u)
			return p
		},
		OnContact: func(host, addr, what string) {
			if r.p.OnContact != nil {
				r.p.OnContact(probe.Contact{Host: host, Addr: addr, What: what, Why: "outside"})
			}
		},
	}
}

// finishOutside waits for the places that were asked, once the verdict is there: the person wanted to see them. What is on the person's
// own side they cannot change.
func (r *run) finishOutside(parent context.Context, v decide.Verdict) decide.Verdict {
	if r.f.Readings[facts.ReadOutside] != facts.Running || v.Side != decide.SideSite && v.Side != decide.SideUnknown {
		return v
	}
	r.report(r.snapshot(v, nil))
	for !r.f.Over(facts.ReadOutside) {
		select {
		case apply := <-r.events:
			apply()
		case <-parent.Done():
			return v
		case <-r.ctx.Done():
			r.skip(facts.ReadOutside)
		}
	}
	again := decide.Judge(&r.f)
	if again.Provisional {
		return v
	}
	return again
}
