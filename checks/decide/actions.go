package decide

import (
	"slices"

	"passerelle/checks/blockrule"
	"passerelle/checks/facts"
)

// retryAfterS is how long to wait before a page is asked again when the site names no time: 30 s, as gateways' own pages say
// ("Please try again in 30 seconds").
const retryAfterS = 30

// maxRetryAfterS bounds a Retry-After that is believed (an hour): beyond it a person wants another next step than waiting here.
const maxRetryAfterS = 3600

// actions lists what the person can do, the best first. At most four: more is a menu, not advice.
func (v *view) actions(out *Verdict) []Action {
	host := v.f.Target.Host
	page := v.f.Target.URL
	do := func(ids ...ActionID) []Action {
		as := make([]Action, 0, len(ids))
		for _, id := range ids {
			if away := v.targetLocal() || v.targetOnThisComputer(); away && (id == ActSavedCopy || id == ActAskOutside || id == ActOtherDevice) {
				continue // nobody outside can see it
			}
			if id == ActAskOutside && len(v.placesThatSaw()) > 0 {
				continue // they have been asked
			}
			a := Action{ID: id}
			switch id {
			case ActRetryLater:
				a.AfterS = v.waitS()
			case ActPrivateWindow, ActOtherBrowser:
				a.Arg = page
			}
			as = append(as, a)
		}
		return as
	}
	fix := func(name, arg string) Action { return Action{ID: ActFix, Fix: name, Arg: arg} }
	switch out.Cause {
	case Works:
		return do(ActPrivateWindow, ActOtherBrowser)
	case BrowserSide:
		return do(ActPrivateWindow, ActOtherBrowser, ActExtensions)
	case NoConnection:
		return append(do(ActRestartBox), fix("renew-address", ""), fix("open-settings", "network"))
	case HostsOverride:
		return []Action{fix("remove-hosts-entry", host)}
	case ProxyBroken:
		if out.Detail == "auth" {
			return do(ActContactIT)
		}
		return append([]Action{fix("turn-off-proxy", "")}, do(ActContactIT)...)
	case FirewallLocal:
		if r := v.firewallRule(); blockrule.Switchable(r) {
			return append([]Action{fix("disable-firewall-rule", r), fix("open-settings", "firewall")}, do(ActContactIT)...)
		}
		return append([]Action{fix("open-settings", "firewall")}, do(ActContactIT)...)
	case ClockWrong:
		return []Action{fix("sync-clock", ""), fix("open-settings", "clock")}
	case VPNBroken:
		return []Action{fix("disconnect-vpn", "")}
	case TLSIntercepted:
		return append([]Action{fix("open-settings", "antivirus")}, do(ActContactIT, ActOtherDevice)...)
	case DNSCacheStale:
		return []Action{fix("flush-dns", "")}
	case RouterUnreachable:
		var card []Action
		if v.f.System.CardRestarts() == facts.Yes {
			card = []Action{fix("restart-adapter", "")} // cheaper than the box, and nobody has to get up for it
		}
		return append(card, do(ActRestartBox, ActOtherDevice)...)
	case CaptivePortal:
		return do(ActOpenPortal)
	case NoInternet:
		return do(ActRestartBox, ActContactISP)
	case DNSServerDown:
		return append([]Action{fix("use-public-dns", "")}, do(ActRestartBox, ActContactISP)...)
	case DNSBlocksSite:
		return append([]Action{fix("use-public-dns", "")}, do(ActContactIT, ActContactISP)...)
	case IPv6Broken, MTUBlackhole, PortBlocked:
		return do(ActRestartBox, ActContactISP, ActOtherDevice)
	case SiteBlocked, PageReplaced:
		return do(ActOtherDevice, ActContactIT, ActContactISP)
	case NameNotFound:
		return do(ActCheckSpelling, ActContactSite)
	case PageNotFound:
		return do(ActCheckSpelling, ActSavedCopy, ActContactSite)
	case RefusedVisitor:
		return do(ActOtherBrowser, ActOtherDevice, ActContactSite)
	case RateLimited:
		return do(ActRetryLater, ActOtherDevice)
	case RedirectLoop:
		return do(ActPrivateWindow, ActContactSite)
	case CertificateExpired, CertificateWrongName, CertificateUntrusted, TLSBroken, BadRedirect, DNSBrokenAtSite:
		return do(ActContactSite, ActRetryLater)
	case SiteUnreachable, ConnectionRefused, ConnectionCut, NoAnswer, InvalidAnswer:
		return do(ActRetryLater, ActOtherDevice, ActAskOutside, ActContactSite)
	case BadGateway, GatewayTimeout, Unavailable, ServerError, Intermittent:
		return do(ActRetryLater, ActContactSite, ActSavedCopy)
	}
	return do(ActRetryLater, ActOtherDevice, ActOtherBrowser, ActRestartBox)
}

// waitS is the time after which trying again makes sense, seconds.
func (v *view) waitS() int {
	if g := v.page(); g != nil && g.RetryAfterS != nil && *g.RetryAfterS > 0 && *g.RetryAfterS <= maxRetryAfterS {
		return *g.RetryAfterS
	}
	return retryAfterS
}

// Path draws the picture: every stop from this computer to the site, in order, with its state as far as it is known. The stop that
// failed is marked, not the one that spoke of it.
func Path(f *facts.Facts, verdict Verdict) []Hop {
	v := newView(f)
	state := map[HopID]State{}
	broken, known := brokenHop(v, verdict)
	proxied := v.last != nil && v.last.Proxy != "" || broken == HopProxy

	order := []HopID{HopComputer}
	if proxied {
		order = append(order, HopProxy)
	}
	if v.tunnel() || v.intoTunnel() || broken == HopVPN {
		order = append(order, HopVPN)
	}
	if !v.targetOnThisComputer() { // the practice site's way is shorter, and true: no box lies on it
		order = append(order, HopRouter)
		if !v.targetLocal() {
			order = append(order, HopProvider)
		}
		order = append(order, HopDNS)
	}
	order = append(order, HopGateway, HopOrigin)

	for _, h := range order {
		state[h] = StateUnknown
	}
	set := func(h HopID, is bool) {
		if is {
			state[h] = StateOK
		}
	}
	connected := v.last.Winner() != nil && v.last.Proxy == ""
	spoke := v.last != nil && v.last.HTTP != nil && v.last.HTTP.Status > 0
	set(HopComputer, v.targetOnThisComputer() || v.beyond == facts.Yes || v.f.Box.Answers() == facts.Yes || connected || spoke || v.noLink() == facts.No)
	set(HopProxy, spoke || v.last != nil && v.last.ProxyHTTP != nil)
	set(HopVPN, v.beyond == facts.Yes)
	set(HopRouter, v.beyond == facts.Yes || v.f.Box.Answers() == facts.Yes || v.portals > 0)
	set(HopProvider, v.beyond == facts.Yes)
	set(HopDNS, v.lk.Good() && !v.otherAddress() || v.proven() || len(v.f.Fresh) > 0 && v.freshDiffers())
	set(HopGateway, v.proven() || spoke || v.elsewhere() == facts.Yes)
	set(HopOrigin, verdict.Side == SideWorks || verdict.Cause == BrowserSide)
	if known {
		// What was proven on its own stays: the box and the provider answered, whatever is wrong at another stop. Only what lies at the
		// site cannot be well behind a broken stop, unless it was the site that spoke.
		state[broken] = StateProblem
		if i := slices.Index(order, broken); i >= 0 && verdict.Side != SideSite {
			for _, h := range order[i+1:] {
				if h == HopOrigin || h == HopGateway && v.elsewhere() != facts.Yes && !v.proven() {
					state[h] = StateUnknown
				}
			}
		}
		if broken == HopOrigin {
			state[HopGateway] = StateOK
		}
	}
	if verdict.Rule == "waiting" || verdict.Provisional && verdict.Cause == Undetermined {
		state[HopOrigin] = StateUnknown
	}
	hops := make([]Hop, 0, len(order))
	for _, h := range order {
		hops = append(hops, Hop{Hop: h, State: state[h]})
	}
	return hops
}

// brokenAt says at which stop each cause lies, where that does not depend on the facts.
var brokenAt = map[Cause]HopID{
	NoConnection: HopComputer, HostsOverride: HopComputer, FirewallLocal: HopComputer, ClockWrong: HopComputer,
	TLSIntercepted: HopComputer, DNSCacheStale: HopComputer, BrowserSide: HopComputer,
	ProxyBroken: HopProxy, VPNBroken: HopVPN,
	RouterUnreachable: HopRouter, CaptivePortal: HopRouter,
	NoInternet: HopProvider, PortBlocked: HopProvider, MTUBlackhole: HopProvider, IPv6Broken: HopProvider, SiteBlocked: HopProvider,
	PageReplaced:  HopProvider,
	DNSServerDown: HopDNS, DNSBlocksSite: HopDNS, NameNotFound: HopDNS, DNSBrokenAtSite: HopDNS,
	SiteUnreachable: HopGateway, ConnectionRefused: HopGateway, ConnectionCut: HopGateway, NoAnswer: HopGateway,
	CertificateExpired: HopGateway, CertificateWrongName: HopGateway, CertificateUntrusted: HopGateway, TLSBroken: HopGateway,
	InvalidAnswer: HopGateway, RefusedVisitor: HopGateway, RateLimited: HopGateway, BadRedirect: HopGateway, RedirectLoop: HopGateway,
	BadGateway: HopOrigin, GatewayTimeout: HopOrigin, Unavailable: HopOrigin, ServerError: HopOrigin, PageNotFound: HopOrigin,
	Intermittent: HopOrigin,
}

func brokenHop(v *view, verdict Verdict) (HopID, bool) {
	h, ok := brokenAt[verdict.Cause]
	if !ok {
		return "", false
	}
	if g := v.page(); g != nil && (h == HopOrigin || h == HopGateway) {
		switch g.FailedHop { // the machine that failed, not the one that spoke
		case "gateway":
			return HopGateway, true
		case "origin":
			return HopOrigin, true
		}
	}
	if verdict.Cause == Intermittent && v.failed() {
		return HopGateway, true
	}
	return h, true
}
