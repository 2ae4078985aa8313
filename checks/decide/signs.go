package decide

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// This file holds the smaller questions of the table's rows; view.go has the ones that count places and voices.

// clockSkew is how wrong the clock must be before a certificate's dates are doubted: five minutes, as Chrome does
// (chrome/browser/ssl/ssl_error_handler.cc), since the certificate must besides be good at the servers' own date.
const clockSkew = 5 * time.Minute

// chainOver: the judged chain has ended, well or not.
func (v *view) chainOver() bool { return v.chain != nil && v.chain.Done }

// provenOrPlain: it works here, as far as anything can be known.
func (v *view) provenOrPlain() bool {
	return provenChain(v.chain) || goodChain(v.chain) && v.f.Over(facts.ReadConnectivity) && !v.portal()
}

func provenOrPlain(v *view) bool { return v.provenOrPlain() }

// browserErrors are the codes that browsers write by themselves (Chrome, Firefox, Edge, Safari): no server sends them.
var browserErrors = regexp.MustCompile(`(?i)\b(ERR_[A-Z0-9_]{3,}|NS_ERROR_[A-Z_]+|PR_[A-Z_]+_ERROR|PR_END_OF_FILE|SEC_ERROR_[A-Z_]+|SSL_ERROR_[A-Z_]+|MOZILLA_PKIX_ERROR_[A-Z_]+|DNS_PROBE_[A-Z_]+|INET_E_[A-Z_]+|NSURLError[A-Za-z]*|kCFErrorDomain[A-Za-z]*)`)

// errorPages are the marks of a page that a server wrote.
var errorPages = regexp.MustCompile(`(?i)(^|[^0-9.:])(4\d\d|5\d\d)([^0-9.:]|$)|bad gateway|gateway time-?out|service (temporarily )?unavailable|internal server error|mauvaise passerelle|proxy error|erreur de proxy|not found|forbidden`)

func (v *view) seenBrowserError() bool { return browserErrors.MatchString(v.f.Seen) }

func (v *view) seenErrorPage() bool {
	return v.f.Seen != "" && !v.seenBrowserError() && errorPages.MatchString(v.f.Seen)
}

// browserWitness: another browser or a private window opens it.
func (v *view) browserWitness() bool {
	return v.f.Witness["other-browser"] == "opens" || v.f.Witness["private-window"] == "opens"
}

// spoke: the site answered over a proven connection, with something else than a good page.
func (v *view) spoke() bool {
	return v.proven() && v.last.Done && v.last.Failure == facts.OK && v.page() != nil && !v.chain.Loop && !v.chain.TooMany && v.chain.BadTarget == ""
}

// chainProvenFirst: the first stop was proven, so that it is the site itself which redirects so.
func (v *view) chainProvenFirst() bool { return v.chain.First() != nil && v.chain.First().TLS.Proven() }

// someAddressGood: asked alone, one of the site's addresses gave a good answer to the very same question.
func (v *view) someAddressGood() bool {
	if v.last == nil || v.last.Failure == facts.OK && v.page() == nil {
		return false
	}
	for i := range v.f.Addresses {
		if x := &v.f.Addresses[i]; goodExchange(x) && x.URL == v.last.URL {
			return true
		}
	}
	return false
}

// pageCause is PageCause for the judged answer. What TLS proved cannot have been written by a portal, a filter or a proxy on the way.
func (v *view) pageCause() Cause {
	g := v.page()
	if g == nil {
		return Undetermined
	}
	c, _ := PageCause(g)
	if v.proven() && SideOf(c) != SideSite {
		if g.WrittenBy == facts.ByFilter || g.Kind == "block" {
			return RefusedVisitor
		}
		anybody := *g
		anybody.WrittenBy, anybody.Kind = facts.ByUnknown, facts.KindError
		if c, _ = PageCause(&anybody); SideOf(c) != SideSite {
			return Undetermined
		}
	}
	if c == Works {
		return Undetermined
	}
	return c
}

// pageSure: the page alone would be certain, and a second asking gave the same.
func (v *view) pageSure() bool {
	_, s := PageCause(v.page())
	if g := v.page(); g != nil && (v.pageCause() == RefusedVisitor || v.pageCause() == RateLimited) {
		return false
	}
	return s == Certain && v.repeatSame() && v.f.Witness["phone"] != "opens"
}

// targetOnThisComputer: the address lies on this very machine; no link is needed to get there.
func (v *view) targetOnThisComputer() bool {
	h := v.f.Target.Host
	if h == "localhost" || strings.HasSuffix(h, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(h)
	return err == nil && (a.IsLoopback() || v.ownAddress(a))
}

// targetLocalName: a name that the hosts file of every computer holds.
func (v *view) targetLocalName() bool {
	return v.f.Target.Host == "localhost" || strings.HasSuffix(v.f.Target.Host, ".localhost")
}

func (v *view) firewallRule() string {
	for _, w := range v.f.System.Firewalls {
		if w.Rule != "" {
			return w.Rule
		}
	}
	return ""
}

// proxyStatus is the status with which the visitor's proxy refused; 0 when it did not.
func (v *view) proxyStatus() int {
	if v.last == nil || v.last.Proxy == "" {
		return 0
	}
	if h := v.last.ProxyHTTP; h != nil && h.Done {
		return h.Status
	}
	if h := v.last.HTTP; h != nil && h.Done && h.Status == 407 {
		return 407
	}
	return 0
}

// throughProxyFailed: it was asked through a proxy and did not open.
func (v *view) throughProxyFailed() bool {
	return v.chainOver() && v.last != nil && v.last.Proxy != "" && !goodChain(v.chain) &&
		(v.failed() || v.page() != nil && !v.proven())
}

// reached: the chain got to the site: a good page, or one that the site provably wrote.
func reached(c *facts.Chain) bool {
	return goodChain(c) || answered(c) && c.Last().TLS.Proven()
}

// proxyNear: the proxy is in this network or on this computer, or somebody there refused; its silence is then its own. A silent proxy
// somewhere on the Internet may only tell that there is no Internet.
func (v *view) proxyNear() bool {
	if v.last.Failure == facts.Refused || v.last.Stage == facts.StageProxy {
		return true
	}
	return v.last.Lookup.Good() && all(v.last.Lookup.Addresses, local)
}

func (v *view) otherLinkOpens() bool {
	return slices.ContainsFunc(v.f.OtherLink, func(x facts.Exchange) bool { return goodExchange(&x) })
}

// unproven: the chain did not open the site, and nothing proves that the site itself said so.
func (v *view) unproven() bool {
	return v.chainOver() && v.last != nil && !v.proven() && (v.failed() || v.page() != nil || v.suspect())
}

// doubtful: a good page over clear HTTP at an address where a public site cannot be, or to which only a line of the hosts file leads
// once 443 had failed there. A developer's own server is that too, so it takes the site, found elsewhere, to overrule it.
func (v *view) doubtful() bool {
	if !goodChain(v.chain) || v.proven() || v.targetLocal() || v.targetLocalName() || !v.lk.Good() || v.lk.Transport == "literal" {
		return false
	}
	return v.fromHosts() && v.chain == v.f.Plain || !v.fromHosts() && all(v.lk.Addresses, nowhere)
}

// intermediateMissing: the server sent its own certificate alone, which says where its issuer's could be had, and nothing else is wrong.
func (v *view) intermediateMissing() bool {
	t := v.last.TLS
	return t != nil && len(t.Chain) == 1 && !t.Chain[0].SelfSigned && t.Chain[0].IssuerURL != "" && len(t.Defects) <= 1
}

// noWayOfItsFamily: the site has addresses of one family only, and this computer no way out of that family: its silence is not the site's.
func (v *view) noWayOfItsFamily() bool {
	if !v.f.System.RoutesDone {
		return false
	}
	for _, family := range []int{4, 6} {
		if v.onlyFamily(family) && !slices.ContainsFunc(v.f.System.Routes, func(r facts.Route) bool { return r.Family == family && r.Kind == "" }) {
			return true
		}
	}
	return false
}

// otherProxyPossible: the browser's proxy is chosen by a program (PAC) that is not run here; it may go another way than we did.
func (v *view) otherProxyPossible() bool {
	return slices.ContainsFunc(v.f.System.Proxies, func(p facts.ProxySetting) bool { return p.PAC != "" && p.Applies != facts.No })
}

// suspect: somewhere on the chain clear HTTP gave a short page that speaks of blocking, or sent a public name to a private address.
func (v *view) suspect() bool {
	if v.chain == nil || v.targetLocal() {
		return false
	}
	return slices.ContainsFunc(v.chain.Exchanges, func(x facts.Exchange) bool { return x.HTTP != nil && x.HTTP.Suspect })
}

// reachable: the rest of the Internet is there, or does not matter to this target.
func (v *view) reachable() bool {
	return v.beyond == facts.Yes || v.targetLocal() || v.fromHostsLocal()
}

// fromHostsLocal: the name leads into the private network.
func (v *view) fromHostsLocal() bool { return v.lk.Good() && all(v.lk.Addresses, local) }

// afterConnect: the failure came after TCP had connected.
func (v *view) afterConnect() bool {
	return v.failed() && slices.Contains([]facts.Stage{facts.StageTLS, facts.StageHTTP, facts.StageBody}, v.last.Stage)
}

// addressConfirmed: an independent voice gives one of the addresses that were asked, or there was no name to ask for.
func (v *view) addressConfirmed() bool {
	if v.lk != nil && v.lk.Transport == "literal" {
		return true
	}
	return v.lk.Good() && overlap(v.independent().addresses, v.lk.Addresses)
}

// dateDefect: the certificate is outside its dates, by our clock.
func (v *view) dateDefect() bool { return v.at(facts.StageTLS, facts.CertExpired, facts.CertNotYet) }

// clockOff: servers' dates say that our clock is wrong, and the certificate would be valid at theirs.
func (v *view) clockOff() bool {
	c := v.f.Clock
	if c == nil || !c.Done || c.Sources < 1 || v.last.TLS == nil || len(v.last.TLS.Chain) == 0 {
		return false
	}
	off := time.Duration(c.OffsetS * float64(time.Second))
	if off.Abs() < clockSkew {
		return false
	}
	leaf, there := v.last.TLS.Chain[0], v.f.At.Add(-off)
	return there.After(leaf.NotBefore) && there.Before(leaf.NotAfter)
}

// manyDateDefects: unrelated sites are outside their dates too; that many sites do not forget at once.
func (v *view) manyDateDefects() bool {
	n := 0
	for i := range v.f.Others {
		if t := v.f.Others[i].Exchange.TLS; t != nil && t.Done && (t.Failure == facts.CertExpired || t.Failure == facts.CertNotYet) {
			n++
		}
	}
	return n >= 2
}

// clockRight: other sites' certificates are valid at our time, or two servers' dates agree with it.
func clockRight(v *view) bool {
	c := v.f.Clock
	return v.good > 0 || c != nil && c.Done && c.Sources >= 2 && time.Duration(c.OffsetS*float64(time.Second)).Abs() < clockSkew
}

func isPort(v *view, p int) bool {
	for i := range v.last.Connects {
		return int(v.last.Connects[i].Address.Port()) == p
	}
	return false
}

func pick(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// witnessSame: somebody saw the same error from elsewhere.
func (v *view) witnessSame() bool {
	return v.f.Witness["phone"] == "same-error" || v.f.Witness["other-computer"] == "same-error"
}
