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
	if v.last != nil {
		v.lk = v.last.Lookup
	}
	v.places()
	return v
}

// answered tells whether a chain ended with an HTTP answer.
func answered(c *facts.Chain) bool {
	x := c.Last()
	return x != nil && x.Failure == facts.OK && x.HTTP != nil && x.HTTP.Done
}

// places counts what the checks beside the target's own chain saw.
func (v *view) places() {
	f := v.f
	alive, dead := map[string]bool{}, map[string]bool{}
	see := func(place string, ex *facts.Exchange) {
		if ex.Winner() != nil && ex.Proxy == "" || ex.HTTP != nil && ex.HTTP.Done && ex.HTTP.Status > 0 {
			alive[place] = true
			return
		}
		if ex.Stage == facts.StageTCP && silentOrUnreachable(ex.Failure) {
			dead[place] = true
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
			if silentOrUnreachable(l.Failure) && l.Transport == "doh" {
				dead[l.Provider] = true
			}
		}
	}
	if ex := v.last; ex != nil {
		if w := ex.Winner(); w != nil && ex.Proxy == "" && !local(w.Address.Addr()) && (ex.TLS.Proven() || v.portals == 0) {
			alive["target"] = true
		}
	}
	v.deadPlaces = len(dead)
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

// page is what recognition said of the judged answer; nil when there is none or it is a good one.
func (v *view) page() *facts.Gateway {
	if v.last == nil || v.last.HTTP == nil {
		return nil
	}
	return v.last.HTTP.Gateway
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
	if x == nil || !x.Done || x.Failure != facts.OK || x.HTTP == nil || !x.HTTP.Done || x.HTTP.Failure != facts.OK {
		return false
	}
	if x.HTTP.Gateway != nil {
		return false
	}
	return x.HTTP.Status < 400 || x.HTTP.Status == 401
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

// portal: two check addresses agree on a positive sign, or one of them and the target itself (DESIGN "two witnesses"), and nothing
// proven by TLS came through.
func (v *view) portal() bool {
	if v.good > 0 || v.proven() {
		return false
	}
	if v.portals >= 2 {
		return true
	}
	g := v.page()
	return g != nil && g.WrittenBy == facts.ByPortal && (v.portals >= 1 || g.Status == 511)
}

// voices is what the independent resolvers said about the name: how many gave addresses, how many deny it, how many found it broken.
type voices struct {
	good, denied, empty, broken int
	addresses                   []netip.Addr
}

// independent counts one voice a provider; encrypted answers before clear ones (a box may capture port 53). REFUSED and silence are
// no voice at all (CONTRACT "who counts as witness").
func (v *view) independent() voices {
	var n voices
	heard := map[string]bool{}
	for _, transport := range []string{"doh", "tcp", "udp"} {
		for i := range v.f.Independent {
			l := &v.f.Independent[i]
			if !l.Done || l.Transport != transport || heard[l.Provider] {
				continue
			}
			witness := l.Provider == "cloudflare" || l.Provider == "google" || l.Provider == "quad9"
			if transport != "doh" {
				witness = false // in clear it can be forged: never one of the two
			}
			switch l.Failure {
			case facts.OK:
				if len(l.Addresses) == 0 {
					continue
				}
				for _, a := range l.Addresses {
					if !slices.Contains(n.addresses, a) {
						n.addresses = append(n.addresses, a)
					}
				}
				if witness {
					n.good++
				}
			case facts.NXDomain:
				if witness {
					n.denied++
				}
			case facts.NoData:
				if witness {
					n.empty++
				}
			case facts.ServFail:
				if witness {
					n.broken++
				}
			default:
				continue
			}
			heard[l.Provider] = true
		}
	}
	return n
}

// controlGood: the resolver in use answers for names that are known to exist. Any lookup of another public name counts.
func (v *view) controlGood() facts.Bool {
	good, bad := 0, 0
	count := func(l *facts.Lookup) {
		switch {
		case l == nil || !l.Done || l.Transport == "hosts" || l.Transport == "literal" || l.Failure == facts.Canceled:
		case l.Good():
			good++
		default:
			bad++
		}
	}
	for i := range v.f.Control {
		count(&v.f.Control[i])
	}
	for i := range v.f.Connectivity {
		count(v.f.Connectivity[i].Exchange.Lookup)
	}
	for i := range v.f.Others {
		count(v.f.Others[i].Exchange.Lookup)
	}
	switch {
	case good > 0:
		return facts.Yes
	case bad > 0:
		return facts.No
	}
	return facts.Unknown
}

// elsewhere: the site was found, provably or at least with an answer, at an address that this computer was not told.
func (v *view) elsewhere() facts.Bool {
	seen := facts.Unknown
	for i := range v.f.Alternative {
		x := &v.f.Alternative[i]
		if !x.Done || x.Failure == facts.Canceled {
			continue
		}
		if x.TLS.Proven() || x.TLS == nil && x.HTTP != nil && x.HTTP.Done && x.HTTP.Status > 0 {
			return facts.Yes
		}
		if x.Winner() != nil && x.TLS == nil {
			return facts.Yes // "an address answers when it accepts a connection"
		}
		seen = facts.No
	}
	return seen
}

// fromHosts: the address came from the hosts file.
func (v *view) fromHosts() bool {
	if v.lk != nil && v.lk.Transport == "hosts" && !strings.EqualFold(v.lk.Name, "localhost") {
		return true
	}
	// The resolver may have read the file for us (systemd-resolved does): believe the file itself when the answer is its.
	if v.lk == nil || !v.f.System.HostsDone {
		return false
	}
	for _, h := range v.f.System.Hosts {
		if slices.Contains(v.lk.Addresses, h.Address) && slices.ContainsFunc(h.Names, func(n string) bool { return strings.EqualFold(n, v.lk.Name) }) {
			return true
		}
	}
	return false
}

// otherAddress: the independent resolvers know the name, and at none of the addresses that this computer was given.
func (v *view) otherAddress() bool {
	if !v.lk.Good() {
		return false
	}
	n := v.independent()
	return len(n.addresses) > 0 && !overlap(n.addresses, v.lk.Addresses)
}

// freshDiffers: the system's own DNS servers, asked past every cache of this computer, now say something else than this computer
// does, and something good.
func (v *view) freshDiffers() bool {
	if v.lk == nil || !v.lk.Done || v.fromHosts() {
		return false
	}
	for i := range v.f.Fresh {
		l := &v.f.Fresh[i]
		if l.Good() && !overlap(l.Addresses, v.lk.Addresses) && !all(l.Addresses, nowhere) {
			return true
		}
	}
	return false
}

// freshAnswersElsewhere: and the site answers at the fresh address.
func (v *view) freshAnswersElsewhere() bool {
	for i := range v.f.Fresh {
		l := &v.f.Fresh[i]
		if !l.Good() {
			continue
		}
		for j := range v.f.Alternative {
			x := &v.f.Alternative[j]
			if w := x.Winner(); w != nil && slices.Contains(l.Addresses, w.Address.Addr()) {
				return true
			}
		}
	}
	return false
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
	for i := range v.f.Addresses {
		x := &v.f.Addresses[i]
		if !x.Done || x.Failure == facts.Canceled || len(x.Connects) == 0 {
			continue
		}
		v4 := x.Connects[0].Address.Addr().Unmap().Is4()
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

// denied: this computer itself refused to send: EPERM or EACCES on connect, or an ICMP error whose sender is this computer.
func (v *view) denied() bool {
	if v.last == nil || v.last.Winner() != nil {
		return false
	}
	n := 0
	for i := range v.last.Connects {
		c := &v.last.Connects[i]
		if !c.Done {
			continue
		}
		own := c.ErrorFrom.IsValid() && v.ownAddress(c.ErrorFrom) && (c.Failure != facts.HostUnreach || c.Errno == 0)
		if c.Failure != facts.Denied && !own {
			return false
		}
		n++
	}
	return n > 0
}

func (v *view) ownAddress(a netip.Addr) bool {
	for _, l := range v.f.System.Links {
		for _, p := range l.Addresses {
			if p.Addr().Unmap() == a.Unmap() {
				return true
			}
		}
	}
	return false
}

// issuers lists, per issuer, the unrelated names that showed a certificate of an authority nobody knows.
func (v *view) issuers() map[string][]string {
	m := map[string][]string{}
	add := func(name string, t *facts.TLS) {
		if t == nil || !t.Done || !slices.Contains(append([]facts.Failure{t.Failure}, t.Defects...), facts.CertUntrusted) || len(t.Chain) == 0 {
			return
		}
		i := t.Chain[len(t.Chain)-1].Issuer
		if !slices.Contains(m[i], name) {
			m[i] = append(m[i], name)
		}
	}
	if v.last != nil {
		add(hostOf(v.last.URL), v.last.TLS)
	}
	for i := range v.f.Others {
		add(v.f.Others[i].Name, v.f.Others[i].Exchange.TLS)
	}
	for i := range v.f.Connectivity {
		add(v.f.Connectivity[i].Name, v.f.Connectivity[i].Exchange.TLS)
	}
	return m
}

// interceptor is the unknown authority that signs the target and at least one unrelated name; "" when there is none.
func (v *view) interceptor() string {
	if v.last == nil || v.last.TLS == nil {
		return ""
	}
	target := hostOf(v.last.URL)
	for issuer, names := range v.issuers() {
		if !slices.Contains(names, target) {
			continue
		}
		for _, n := range names {
			if !sameSite(n, target) {
				return issuer
			}
		}
	}
	return ""
}

// noLink: there is no link with an address, or no way out of it.
func (v *view) noLink() facts.Bool {
	s := &v.f.System
	if !s.LinksDone {
		return facts.Unknown
	}
	usable := false
	for _, l := range s.Links {
		if l.Kind == "loopback" || !l.Up || l.Carrier == facts.No {
			continue
		}
		if slices.ContainsFunc(l.Addresses, func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() && !p.Addr().IsLoopback() }) {
			usable = true
		}
	}
	if !usable {
		return facts.Yes
	}
	if !s.RoutesDone {
		return facts.Unknown
	}
	return facts.Known(!slices.ContainsFunc(s.Routes, func(r facts.Route) bool {
		return r.Kind == "" && (!r.Prefix.IsValid() || r.Prefix.Bits() <= 1)
	}))
}

// tunnel: the way out lies in a VPN.
func (v *view) tunnel() bool {
	if v.f.Box != nil && v.f.Box.Tunnel {
		return true
	}
	return slices.ContainsFunc(v.f.System.Routes, func(r facts.Route) bool { return r.Tunnel && (!r.Prefix.IsValid() || r.Prefix.Bits() <= 1) })
}

// onlyFamily tells whether the name has addresses of that family (4 or 6) only.
func (v *view) onlyFamily(family int) bool {
	return v.lk.Good() && all(v.lk.Addresses, func(a netip.Addr) bool { return a.Unmap().Is4() == (family == 4) })
}

// family tells whether anything else than the target was reached, or was tried and not reached, over a family.
func (v *view) family(family int) facts.Bool {
	state := facts.Unknown
	look := func(x *facts.Exchange) {
		for i := range x.Connects {
			c := &x.Connects[i]
			if !c.Done || c.Address.Addr().Unmap().Is4() != (family == 4) || c.Failure == facts.Canceled {
				continue
			}
			if c.Failure == facts.OK {
				state = facts.Yes
			} else if state == facts.Unknown {
				state = facts.No
			}
		}
	}
	for i := range v.f.Others {
		look(&v.f.Others[i].Exchange)
	}
	for i := range v.f.Connectivity {
		look(&v.f.Connectivity[i].Exchange)
	}
	if state == facts.Unknown && v.f.System.RoutesDone {
		has := slices.ContainsFunc(v.f.System.Routes, func(r facts.Route) bool { return r.Family == family && r.Kind == "" })
		if !has {
			return facts.No
		}
	}
	return state
}

// port443 counts the other sites whose port 443 gave no TCP connection, and port80 the check addresses whose port 80 did.
func (v *view) ports() (dead443, open443, dead80, open80 int) {
	for i := range v.f.Others {
		x := &v.f.Others[i].Exchange
		switch {
		case !v.f.Others[i].Done || x.Proxy != "":
		case x.Winner() != nil:
			open443++
		case x.Stage == facts.StageTCP && x.Failure != facts.Canceled:
			dead443++
		}
	}
	for i := range v.f.Connectivity {
		x := &v.f.Connectivity[i].Exchange
		switch {
		case !v.f.Connectivity[i].Done || x.Proxy != "":
		case x.Winner() != nil:
			open80++
		case x.Stage == facts.StageTCP && x.Failure != facts.Canceled:
			dead80++
		}
	}
	return
}
