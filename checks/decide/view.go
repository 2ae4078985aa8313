package decide

import (
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// view answers the questions that the rows of the table ask, from facts alone. It is built once per judgement; every answer has the
// third state: what was not looked at is Unknown, and a row that needs a Yes or a No does not match then.
type view struct {
	f *facts.Facts

	chain *facts.Chain    // the chain that is judged
	last  *facts.Exchange // its last stop
	lk    *facts.Lookup   // the name of the last stop, as this computer resolves it

	beyond     facts.Bool // something beyond the box answered us
	deadPlaces int        // unrelated places that were asked by address and stayed dead
	silent     int        // of these, by silence or because no way led there: a refusal was at least sent by somebody
	portals    int        // check addresses that showed a portal, positively
	portalsOK  int        // check addresses that answered exactly what they always answer
	good       int        // other sites that opened
	tried      int        // other sites that were really tried
}

func newView(f *facts.Facts) *view {
	v := &view{f: f}
	v.chain = f.Chain
	if f.Plain != nil && f.Plain.Done && answered(f.Plain) && !answered(f.Chain) {
		v.chain = f.Plain // nothing answered on 443 and http does: that is what a browser shows
	}
	v.last = v.chain.Last()
	v.places()
	if v.proxyRelaysSiteFailure() {
		v.chain = f.Direct
		v.last = v.chain.Last()
	}
	if v.last != nil {
		v.lk = v.last.Lookup
	}
	return v
}

// proxyRelaysSiteFailure: the proxy opens other sites, says of this one that it got no page, and without the proxy it fails too. Then
// the proxy is only the messenger, and what the direct asking saw is judged.
func (v *view) proxyRelaysSiteFailure() bool {
	if v.last == nil || v.last.Proxy == "" || !v.last.Done || v.good < 2 || !v.f.Direct.Over() || goodChain(v.f.Direct) {
		return false
	}
	g := v.page()
	return g != nil && g.WrittenBy == facts.ByProxy && g.Status >= 500 && g.Failure != "blocked-by-policy"
}

// answered tells whether a chain ended with an HTTP answer.
func answered(c *facts.Chain) bool {
	x := c.Last()
	return x != nil && x.Failure == facts.OK && x.HTTP != nil && x.HTTP.Done
}

// places counts what the checks beside the target's own chain saw.
func (v *view) places() {
	f := v.f
	alive, dead, silent := map[string]bool{}, map[string]bool{}, map[string]bool{}
	see := func(place string, ex *facts.Exchange) {
		if ex.Winner() != nil && ex.Proxy == "" || ex.HTTP != nil && ex.HTTP.Done && ex.HTTP.Status > 0 {
			alive[place] = true
			return
		}
		if ex.Stage == facts.StageTCP && silentOrUnreachable(ex.Failure) {
			dead[place], silent[place] = true, true
		}
	}
	for i := range f.Connectivity {
		p := &f.Connectivity[i]
		if !p.Done {
			continue
		}
		if p.Portal == facts.Yes {
			v.portals++
			continue // whoever answered in its place says nothing about the Internet behind
		}
		if p.Expected == facts.Yes {
			v.portalsOK++
		}
		see(p.Name, &p.Exchange)
	}
	for i := range f.Others {
		p := &f.Others[i]
		if !p.Done || p.Exchange.Failure == facts.Canceled {
			continue
		}
		v.tried++
		if p.Expected == facts.Yes {
			v.good++
			alive[p.Name] = true
			continue
		}
		if !p.Exchange.TLS.Proven() && p.Exchange.TLS != nil {
			continue // somebody accepted the connection, but not provably the Internet
		}
		see(p.Name, &p.Exchange)
	}
	for i := range f.Independent {
		l := &f.Independent[i]
		if !l.Done {
			continue
		}
		switch l.Failure {
		case facts.OK, facts.NXDomain, facts.NoData, facts.ServFail:
			if l.Transport == "doh" { // clear DNS may be answered by the box itself
				alive[l.Provider] = true
			}
		default:
			if (silentOrUnreachable(l.Failure) || l.Failure == facts.Refused) && l.Transport == "doh" { // these never refuse: whoever does stands before them
				dead[l.Provider] = true
				silent[l.Provider] = l.Failure != facts.Refused
			}
		}
	}
	if ex := v.last; ex != nil {
		if w := ex.Winner(); w != nil && ex.Proxy == "" && !local(w.Address.Addr()) && (ex.TLS.Proven() || v.portals == 0) {
			alive["target"] = true
		}
	}
	v.deadPlaces = len(dead)
	for _, s := range silent {
		if s {
			v.silent++
		}
	}
	switch {
	case len(alive) > 0:
		v.beyond = facts.Yes
	case len(dead) >= 2:
		v.beyond = facts.No
	}
}

func silentOrUnreachable(x facts.Failure) bool {
	return x == facts.Timeout || x == facts.HostUnreach || x == facts.NetUnreach
}

// local tells whether an address cannot be a public site's: loopback, unspecified, private, link-local.
func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsUnspecified() || a.IsPrivate() || a.IsLinkLocalUnicast() || cgnat.Contains(a)
}

// nowhere tells whether an address is one where no other machine can be: the answer of a block list or of a broken zone.
func nowhere(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsUnspecified()
}

// cgnat is the shared address space of providers, RFC 6598.
var cgnat = netip.MustParsePrefix("100.64.0.0/10")

func all(as []netip.Addr, p func(netip.Addr) bool) bool {
	return len(as) > 0 && !slices.ContainsFunc(as, func(a netip.Addr) bool { return !p(a) })
}

func overlap(a, b []netip.Addr) bool {
	return slices.ContainsFunc(a, func(x netip.Addr) bool { return slices.Contains(b, x) })
}

// failed: the judged chain has ended and not with an answer.
func (v *view) failed() bool {
	return v.last != nil && v.last.Done && v.last.Failure != facts.OK && v.last.Failure != facts.Canceled
}

// at tells whether the judged chain failed at a stage, with one of the failures (any, if none is named).
func (v *view) at(stage facts.Stage, fs ...facts.Failure) bool {
	return v.failed() && v.last.Stage == stage && (len(fs) == 0 || slices.Contains(fs, v.last.Failure))
}

// atProxy: the failure is the proxy's, before the site could be asked.
func (v *view) atProxy() bool {
	return v.at(facts.StageProxyDNS) || v.at(facts.StageProxyTCP) || v.at(facts.StageProxy)
}

// targetLocal: the target is on this computer or in a private network, where the Internet has no say.
func (v *view) targetLocal() bool {
	if v.f.Target.PrivateDNS {
		return true
	}
	if a, err := netip.ParseAddr(v.f.Target.Host); err == nil {
		return local(a)
	}
	return false
}

// page is what recognition said of the judged answer, or of the proxy's refusal in its place; nil when there is none or it is a good
// one.
func (v *view) page() *facts.Gateway {
	switch {
	case v.last == nil:
		return nil
	case v.last.HTTP != nil:
		return v.last.HTTP.Gateway
	case v.last.ProxyHTTP != nil:
		return v.last.ProxyHTTP.Gateway
	}
	return nil
}

// proven: the last stop proved its name with a certificate.
func (v *view) proven() bool { return v.last != nil && v.last.TLS.Proven() }

// goodChain tells whether a chain ended with a page that is no error. 401 works: the site asks who you are (CONTRACT).
func goodChain(c *facts.Chain) bool {
	if c == nil || !c.Done || c.Loop || c.TooMany || c.BadTarget != "" {
		return false
	}
	return goodExchange(c.Last())
}

func goodExchange(x *facts.Exchange) bool {
	if x == nil || !x.Done || x.HTTP == nil || !x.HTTP.Done {
		return false
	}
	heldOpen := x.HTTP.Ended && x.Stage == facts.StageBody && x.Failure == facts.Timeout // the whole page is there: browsers show it
	if (x.Failure != facts.OK || x.HTTP.Failure != facts.OK) && !heldOpen {
		return false
	}
	if x.HTTP.Status == 401 {
		return true
	}
	return x.HTTP.Gateway == nil && x.HTTP.Status < 400 && !nowhereToGo(x.HTTP)
}

// nowhereToGo: a redirect that does not say where to (RFC 9110 §15.4: these statuses should carry a Location).
func nowhereToGo(h *facts.HTTP) bool {
	switch h.Status {
	case 301, 302, 303, 307, 308:
		return h.Location == "" && h.BodySize == 0
	}
	return false
}

// badRedirect: the chain ends in a redirect that nobody can follow.
func badRedirect(c *facts.Chain) bool {
	if c == nil {
		return false
	}
	x := c.Last()
	return c.BadTarget != "" || x != nil && x.Failure == facts.OK && x.HTTP != nil && x.HTTP.Done && nowhereToGo(x.HTTP)
}

// provenChain: good, and nobody on the way can have put himself in the site's place: every stop up to the first foreign host was
// proven by TLS, or the last one belongs to the same site and is proven.
func provenChain(c *facts.Chain) bool {
	if !goodChain(c) || !c.Last().TLS.Proven() {
		return false
	}
	first := c.First()
	return first.TLS.Proven() || sameSite(hostOf(first.URL), hostOf(c.Last().URL))
}

// hostOf cuts the host out of an URL that was already validated.
func hostOf(u string) string {
	if _, rest, ok := strings.Cut(u, "://"); ok {
		u = rest
	}
	u, _, _ = strings.Cut(u, "/")
	u, _, _ = strings.Cut(u, "?")
	if i := strings.LastIndexByte(u, ':'); i >= 0 && !strings.HasSuffix(u, "]") {
		u = u[:i]
	}
	return strings.ToLower(u)
}

// sameSite: the same name, with or without www, or one below the other.
func sameSite(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// samePages counts the check addresses that gave the very error page that stands in the target's place: one hand wrote them all.
func (v *view) samePages() int {
	if v.last == nil || v.last.HTTP == nil || v.last.HTTP.Status < 400 || v.last.Proxy != "" {
		return 0
	}
	n := 0
	for i := range v.f.Connectivity {
		h := v.f.Connectivity[i].Exchange.HTTP
		if h != nil && h.Done && h.Status == v.last.HTTP.Status && h.Title == v.last.HTTP.Title && h.BodySize == v.last.HTTP.BodySize {
			n++
		}
	}
	return n
}

// portal: two check addresses agree on a positive sign, or one of them and the target itself (DESIGN "two witnesses"), and nothing
// proven by TLS came through.
func (v *view) portal() bool {
	if v.good > 0 || v.proven() {
		return false
	}
	if v.portals >= 2 || v.samePages() >= 2 {
		return true
	}
	g := v.page()
	return g != nil && g.WrittenBy == facts.ByPortal && (v.portals >= 1 || g.Status == 511)
}

// repeatGood: the same question, asked again, got a good answer. A repeat without the query is another question.
func (v *view) repeatGood() bool {
	return goodChain(v.f.Repeat) && !v.f.Repeat.NoQuery
}

// repeatSame: the second asking ended as the first did.
func (v *view) repeatSame() bool {
	r := v.f.Repeat.Last()
	if r == nil || v.last == nil || !r.Done {
		return false
	}
	if v.last.Failure != facts.OK {
		return r.Failure == v.last.Failure
	}
	return r.Failure == facts.OK && r.HTTP != nil && v.last.HTTP != nil && r.HTTP.Status/100 == v.last.HTTP.Status/100
}

// addressTally counts, over every address asked alone and every try, the good answers and the failures.
func (v *view) addressTally() (good, bad int) {
	for i := range v.f.Addresses {
		x := &v.f.Addresses[i]
		switch {
		case !x.Done || x.Failure == facts.Canceled:
		case goodExchange(x):
			good++
		default:
			bad++
		}
	}
	return good, bad
}

// familyTally splits addressTally by family: IPv4 and IPv6, good and bad.
func (v *view) familyTally() (good4, bad4, good6, bad6 int) {
	xs := v.f.Addresses
	if v.last != nil && v.last.Winner() != nil {
		xs = append(slices.Clip(xs), *v.last) // the address that was asked first
	}
	for i := range xs {
		x := &xs[i]
		if !x.Done || x.Failure == facts.Canceled || len(x.Connects) == 0 {
			continue
		}
		v4 := x.Connects[0].Address.Addr().Unmap().Is4()
		if w := x.Winner(); w != nil {
			v4 = w.Address.Addr().Unmap().Is4()
		}
		switch g := goodExchange(x); {
		case v4 && g:
			good4++
		case v4:
			bad4++
		case g:
			good6++
		default:
			bad6++
		}
	}
	return
}
