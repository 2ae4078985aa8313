// Package decide turns facts into a verdict. It is pure: no clock, no network, no words.
//
// The table below is read from top to bottom; the first row whose `when` holds decides. Its order is DESIGN's order of judgement:
// link → box → portal → DNS there → DNS truthful → Internet → clock → proxy, VPN, hosts → the site. One cause silences what follows
// from it. A site that provably spoke comes first of all: whoever reads its page needs no link, box or resolver explained.
//
// To change a judgement, change one row; `because` holds its reason and source, and table_test.go a case that fails without it.
package decide

import (
	"slices"

	"passerelle/checks/facts"
)

// row is one line of the table.
type row struct {
	name    string
	cause   Cause
	causeOf func(*view) Cause // where the page itself names the cause; else nil
	when    func(*view) bool
	sure    func(*view) Certainty
	needs   []facts.Reading // until these are over, the verdict is provisional: they could bring an earlier row to match
	detail  func(*view) string
	because string
}

// Readings that several rows wait for.
var (
	anotherTry = []facts.Reading{facts.ReadRepeat, facts.ReadAddresses, facts.ReadPlain}
	theWorld   = []facts.Reading{facts.ReadConnectivity, facts.ReadOthers}
	theName    = []facts.Reading{facts.ReadIndependent, facts.ReadAlternative, facts.ReadFresh}
	thisSide   = []facts.Reading{facts.ReadSystem, facts.ReadBox}
	otherWays  = []facts.Reading{facts.ReadOtherLink}
	noReading  = []facts.Reading(nil)
)

func join(groups ...[]facts.Reading) []facts.Reading { return slices.Concat(groups...) }

func always(c Certainty) func(*view) Certainty { return func(*view) Certainty { return c } }

// certainIf is Certain when a second, different observation supports the verdict, else Likely.
func certainIf(p func(*view) bool) func(*view) Certainty {
	return func(v *view) Certainty {
		if p(v) {
			return Certain
		}
		return Likely
	}
}

var table = []row{
	// ── the site answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "seen-browser-error", cause: BrowserSide, needs: noReading,
		when:    func(v *view) bool { return provenOrPlain(v) && (v.seenBrowserError() || v.browserWitness()) },
		sure:    certainIf(func(v *view) bool { return v.seenBrowserError() && v.browserWitness() }),
		because: "CONTRACT browser-side: it works outside the browser, and what was seen is the browser's own error or another browser opens it.",
	},
	{
		name: "seen-error-page", cause: Intermittent, needs: noReading,
		when:    func(v *view) bool { return provenOrPlain(v) && v.seenErrorPage() },
		sure:    always(Likely),
		detail:  func(*view) string { return "seen" },
		because: "CONTRACT: a 4xx/5xx page that was seen and that we do not get was written by a server; at most likely.",
	},
	{
		name: "works-proven", cause: Works, needs: noReading,
		when:    func(v *view) bool { return provenChain(v.chain) },
		sure:    certainIf(func(v *view) bool { return !v.otherProxyPossible() }),
		detail:  worksDetail,
		because: "DESIGN 5: a page over valid TLS for the name proves name, way and site at once (OONI's first rule).",
	},

	// ── the site provably spoke, and not well ────────────────────────────────────────────────────────────────────────────────
	{
		name: "spoke-intermittent", cause: Intermittent, needs: noReading,
		when:    func(v *view) bool { return v.spoke() && (v.repeatGood() || v.someAddressGood()) },
		sure:    always(Certain),
		because: "CONTRACT intermittent: the same question got a good answer and a failure.",
	},
	{
		name: "spoke-redirect-loop", cause: RedirectLoop, needs: anotherTry,
		when:    func(v *view) bool { return v.chain != nil && (v.chain.Loop || v.chain.TooMany) && v.chainProvenFirst() },
		sure:    certainIf(func(v *view) bool { return v.f.Repeat != nil && (v.f.Repeat.Loop || v.f.Repeat.TooMany) }),
		because: "RFC 9110 §15.4; browsers stop at 20 and so do we. The same request with the same cookies twice cannot end otherwise.",
	},
	{
		name: "spoke-bad-redirect", cause: BadRedirect, needs: anotherTry,
		when:    func(v *view) bool { return badRedirect(v.chain) && v.chainProvenFirst() },
		sure:    certainIf(func(v *view) bool { return badRedirect(v.f.Repeat) }),
		because: "A Location that is no http(s) address cannot be followed by anyone (RFC 9110 §10.2.2).",
	},

	{
		name: "spoke-error-page", needs: anotherTry,
		when: func(v *view) bool {
			return v.spoke() && v.pageCause() != Undetermined && !(v.fromHosts() && v.elsewhereGood())
		},
		causeOf: (*view).pageCause,
		sure:    certainIf((*view).pageSure),
		detail:  pageDetail,
		because: "DESIGN 8, CONTRACT's list of codes: over valid TLS only the site's own chain can have written it. Asked twice, as every failure.",
	},

	// ── link ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "no-link", cause: NoConnection, needs: []facts.Reading{facts.ReadLinks},
		when: func(v *view) bool {
			return v.failed() && v.noLink() == facts.Yes && v.beyond != facts.Yes && !v.targetOnThisComputer()
		},
		sure:    always(Certain),
		detail:  noLinkDetail,
		because: "DEV-1 to DEV-3: no link, no address or no route, and the site's own request failed: two observations.",
	},
	{
		name: "refused-by-this-computer", cause: FirewallLocal, needs: join(anotherTry, []facts.Reading{facts.ReadSystem, facts.ReadLocalFilter}),
		when:    func(v *view) bool { return v.failed() && v.denied() },
		sure:    certainIf(func(v *view) bool { return v.repeatSame() || v.firewallRule() != "" }),
		because: "CONTRACT firewall-local: EPERM, EACCES, WSAEACCES 10013, or an ICMP error whose sender is this very computer.",
	},

	// ── the visitor's proxy ──────────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "proxy-asks-password", cause: ProxyBroken, needs: noReading,
		when:    func(v *view) bool { return v.proxyStatus() == 407 },
		sure:    always(Certain),
		detail:  func(*view) string { return "auth" },
		because: "RFC 9110 §15.5.8: 407 is written by the proxy that this computer uses, never by the site.",
	},
	{
		name: "proxy-fails-direct-opens", cause: ProxyBroken, needs: noReading,
		when:    func(v *view) bool { return v.throughProxyFailed() && reached(v.f.Direct) },
		sure:    always(Certain),
		detail:  proxyDetail,
		because: "CONTRACT: the site opens directly and not through the proxy.",
	},

	// ── box and portal ───────────────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "portal-511", cause: CaptivePortal, needs: noReading,
		when: func(v *view) bool {
			return v.last != nil && v.last.HTTP != nil && v.last.HTTP.Status == 511 && !v.proven()
		},
		sure:    certainIf(func(v *view) bool { return v.portals >= 1 || v.repeatSame() }),
		because: "RFC 6585 §6: 511 is by definition never written by the site.",
	},
	{
		name: "portal", cause: CaptivePortal, needs: theWorld,
		when:    func(v *view) bool { return v.chainOver() && v.portal() && !v.targetLocal() },
		sure:    certainIf(func(v *view) bool { return v.portals >= 2 && v.tried > 0 }),
		because: "LAN-3, pitfalls 15–19, 40: two check addresses agree on a foreign answer and nothing proven by TLS comes through.",
	},
	{
		name: "box-silent", cause: RouterUnreachable, needs: join(thisSide, theWorld, []facts.Reading{facts.ReadIndependent}),
		when: func(v *view) bool {
			return v.failed() && v.f.Box != nil && v.f.Box.Answers() == facts.No && v.beyond != facts.Yes && v.portals == 0 && !v.targetOnThisComputer()
		},
		sure:    certainIf(func(v *view) bool { return v.f.Box.Neighbour == facts.No }),
		because: "LAN-1; CONTRACT: ARP/ND stays unresolved, or it is silent to every kind of probe while nothing beyond answers.",
	},
	{
		name: "tunnel-silent", cause: VPNBroken, needs: join(thisSide, theWorld, []facts.Reading{facts.ReadIndependent, facts.ReadOtherLink, facts.ReadLocalFilter}),
		when: func(v *view) bool {
			if v.at(facts.StageTCP) && silentOrUnreachable(v.last.Failure) && v.intoTunnel() && !v.tunnel() {
				return true // only this site's way lies in the tunnel
			}
			return v.failed() && v.tunnel() && v.beyond != facts.Yes && v.deadPlaces >= 1 && v.portals == 0 && v.f.Box != nil && v.f.Box.Answers() != facts.No
		},
		sure:    certainIf(func(v *view) bool { return v.otherLinkOpens() }),
		because: "DEV-12; CONTRACT: the route lies in a tunnel, silence there, the box present; certain when the physical link opens the site.",
	},
	{
		name: "proxy-dead", cause: ProxyBroken, needs: join([]facts.Reading{facts.ReadDirect, facts.ReadIndependent}, theWorld, thisSide),
		when:    func(v *view) bool { return v.atProxy() && (v.proxyNear() || v.beyond == facts.Yes) },
		sure:    always(Likely),
		detail:  proxyDetail,
		because: "HTTP-1, HTTP-2: the proxy itself does not take the request; whether the site would open directly could not be seen.",
	}, {
		name: "proxy-wrote-it", cause: ProxyBroken, needs: join([]facts.Reading{facts.ReadDirect}, theWorld, anotherTry),
		when: func(v *view) bool {
			return v.throughProxyFailed() && v.page() != nil && v.page().WrittenBy == facts.ByProxy
		},
		sure:    always(Likely),
		detail:  func(*view) string { return "wrote-page" },
		because: "HTTP-4, DESIGN 8: the error page was written by the visitor's own proxy.",
	}, {
		name: "nothing-beyond-the-box", cause: NoInternet, needs: join(thisSide, theWorld, []facts.Reading{facts.ReadIndependent}, []facts.Reading{facts.ReadLocalFilter}),
		when: func(v *view) bool {
			return v.failed() && v.beyond == facts.No && v.portals == 0 && !v.targetLocal() && v.noLink() != facts.Yes &&
				!(v.at(facts.StageTCP) && v.independent().clear >= 2) // names asked of two public servers pass: the line is alive
		},
		sure:    certainIf(func(v *view) bool { return v.f.Box.Answers() == facts.Yes && v.silent >= 2 }),
		because: "LAN-6; CONTRACT: two unrelated places are dead by address; certain when the box is seen to be there.",
	},

	// ── DNS there, DNS truthful ──────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "refused-where-the-site-is", cause: FirewallLocal, needs: join(theName, anotherTry),
		when:    func(v *view) bool { return v.failed() && v.deniedElsewhere() },
		sure:    certainIf(func(v *view) bool { return v.firewallRule() != "" }),
		because: "As refused-by-this-computer, for the address that its own servers give now, where its memory holds an old one: two faults, this one first.",
	},
	{
		name: "dns-memory-stale", cause: DNSCacheStale, needs: join(theName, anotherTry),
		when: func(v *view) bool {
			return v.unproven() && v.freshDiffers() && (v.freshAnswersElsewhere() || v.at(facts.StageDNS) && v.independent().good > 0 && v.controlGood() == facts.Yes)
		},
		sure:    certainIf(func(v *view) bool { return v.freshAnswersElsewhere() }),
		because: "DNS-16: this computer says otherwise than the very servers it asks, and the site is where they say.",
	},
	{
		name: "hosts-file", cause: HostsOverride, needs: join(theName, []facts.Reading{facts.ReadSystem}, anotherTry),
		when: func(v *view) bool {
			return (v.unproven() || v.doubtful() || v.spoke()) && v.fromHosts() && !v.targetLocalName() && (v.elsewhereGood() || !v.spoke() && !v.doubtful() && v.elsewhere() == facts.Yes || !v.spoke() && !v.doubtful() && (v.otherAddress() || all(v.lk.Addresses, nowhere)))
		},
		sure: certainIf(func(v *view) bool {
			return !v.doubtful() && (v.elsewhere() == facts.Yes || v.independent().good >= 2)
		}),
		because: "DEV-7: the address comes from the hosts file, fails, and is not where the site is.",
	},
	{
		name: "dns-server-down", cause: DNSServerDown, needs: join(theWorld, []facts.Reading{facts.ReadIndependent, facts.ReadControl}),
		when: func(v *view) bool {
			if !v.at(facts.StageDNS) || v.controlGood() == facts.Yes && !v.lameResolver() || v.f.Target.PrivateDNS && v.controlGood() != facts.No {
				return false
			}
			n := v.independent()
			switch v.last.Failure {
			case facts.NXDomain, facts.NoData:
				return v.controlGood() == facts.No && n.good+n.clear > 0 // it denies everything
			}
			return n.good+n.clear > 0 || v.beyond == facts.Yes && n.broken == 0
		},
		sure:    certainIf(func(v *view) bool { return v.independent().good > 0 && v.controlGood() == facts.No }),
		detail:  dnsDownDetail,
		because: "DNS-2, Chrome BAD_CONFIG: the resolver in use fails for names that exist, another one answers.",
	},
	{
		name: "dns-broken-everywhere", cause: DNSBrokenAtSite, needs: []facts.Reading{facts.ReadIndependent, facts.ReadControl},
		when: func(v *view) bool {
			n := v.independent()
			return v.at(facts.StageDNS) && n.good == 0 && n.denied == 0 && (n.broken >= 2 || n.empty >= 2 || n.broken+n.empty >= 2)
		},
		sure:    certainIf(func(v *view) bool { n := v.independent(); return n.broken >= 2 || n.empty >= 2 }),
		because: "CONTRACT dns-broken-at-site: every DNS fails on it, or it has no address.",
	},
	{
		name: "dns-denies-this-name", cause: DNSBlocksSite, needs: join(theName, theWorld, []facts.Reading{facts.ReadControl, facts.ReadRepeat}),
		when: func(v *view) bool {
			n := v.independent()
			return v.at(facts.StageDNS) && v.controlGood() == facts.Yes && !v.lameResolver() && n.good+n.clear > n.denied && !all(n.addresses, nowhere) &&
				(n.good > 0 || v.elsewhere() == facts.Yes)
		},
		sure:    certainIf(func(v *view) bool { return v.independent().good >= 2 && v.elsewhere() == facts.Yes }),
		detail:  func(*view) string { return "denies" },
		because: "DNS-3, DNS-14: it answers for other names and denies this one, which others know and which answers there.",
	},
	{
		name: "name-known-elsewhere", cause: DNSBlocksSite, needs: join(theName, theWorld, []facts.Reading{facts.ReadControl, facts.ReadRepeat}),
		when: func(v *view) bool {
			n := v.elsewhereSaw()
			return v.at(facts.StageDNS, facts.NXDomain, facts.NoData) && v.controlGood() == facts.Yes && v.independent().denied < 2 && n.most(n.answers)
		},
		sure:    always(Likely),
		detail:  func(*view) string { return "denies" },
		because: "As above, where no public resolver can be asked from here: two places elsewhere find the name and get an answer.",
	},
	{
		name: "name-unknown", cause: NameNotFound, needs: join([]facts.Reading{facts.ReadIndependent, facts.ReadControl, facts.ReadRepeat}, theWorld),
		when: func(v *view) bool {
			n := v.independent()
			return v.at(facts.StageDNS, facts.NXDomain) && n.good+n.clear == 0 && n.broken == 0 && (n.denied > 0 || v.controlGood() == facts.Yes || v.f.Target.PrivateDNS)
		},
		sure:    certainIf(func(v *view) bool { return v.independent().denied >= 2 }),
		detail:  redirectDetail,
		because: "DNS-5, Chrome's rule: current CORRECT, or current unknown and public CORRECT, and both say NXDOMAIN.",
	},
	{
		name: "name-unknown-but-answered", cause: NameNotFound, needs: join(theName, theWorld, anotherTry),
		when: func(v *view) bool {
			n := v.independent()
			return v.failed() && !v.proven() && v.lk.Good() && v.lk.Transport != "literal" && !v.fromHosts() && !v.f.Target.PrivateDNS &&
				n.good+n.clear == 0 && n.denied >= 2 && !all(v.lk.Addresses, local)
		},
		sure:    always(Likely),
		detail:  redirectDetail,
		because: "DNS-5: no independent DNS knows the name; the one in use answers with an address of its own, as providers' search pages do.",
	},
	{
		name: "address-nowhere-everywhere", cause: DNSBrokenAtSite, needs: join(theName, []facts.Reading{facts.ReadSystem}),
		when: func(v *view) bool {
			n := v.independent()
			return v.failed() && v.lk.Good() && !v.fromHosts() && !v.f.Target.PrivateDNS && v.lk.Transport != "literal" &&
				all(v.lk.Addresses, local) && len(n.addresses) > 0 && all(n.addresses, local) && v.last.Winner() == nil
		},
		sure:    certainIf(func(v *view) bool { return v.independent().good >= 2 }),
		because: "CONTRACT: no usable address, only loopback or private ones that do not answer; pitfall 6.",
	},
	{
		name: "dns-gives-another-address", cause: DNSBlocksSite, needs: join(theName, anotherTry),
		when: func(v *view) bool {
			if !v.unproven() && !v.doubtful() || v.fromHosts() || !v.otherAddress() {
				return false
			}
			return v.elsewhere() == facts.Yes || all(v.lk.Addresses, nowhere) && v.independent().good > 0
		},
		sure:    certainIf(func(v *view) bool { return v.elsewhere() == facts.Yes && v.independent().good >= 2 }),
		detail:  func(*view) string { return "wrong-address" },
		because: "DNS-3, DNS-4, pitfall 3: never by inequality alone; the site must be proven at the other address.",
	},

	// ── clock, interception, way ─────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "clock", cause: ClockWrong, needs: join(theWorld, theName),
		when: func(v *view) bool {
			return v.dateDefect() && (v.clockOff() && (v.good == 0 || v.f.Clock.Sources >= 2) || v.good == 0 && v.manyDateDefects())
		},
		sure:    certainIf(func(v *view) bool { return v.clockOff() && v.f.Clock.Sources >= 2 }),
		because: "DEV-6, pitfall 32, Firefox's rule: skew over one day against a server's time, and the certificate valid at the corrected date.",
	},
	{
		name: "intercepted", cause: TLSIntercepted, needs: theWorld,
		when:    func(v *view) bool { return v.at(facts.StageTLS) && v.interceptor() != "" },
		sure:    always(Certain),
		because: "TLS-1, TLS-6; CONTRACT: the same unknown issuer on at least two unrelated names.",
	},
	{
		name: "large-packets-lost", cause: MTUBlackhole, needs: []facts.Reading{facts.ReadSmallSegment, facts.ReadRepeat},
		when: func(v *view) bool {
			s := v.f.SmallSegment
			return v.failed() && v.last.Failure == facts.Timeout && v.last.Winner() != nil && !v.repeatGood() && s != nil && s.Done && s.Failure == facts.OK
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() }),
		because: "TCP-7; CONTRACT: the same request passes with a smaller maximum segment.",
	}, {
		name: "only-ipv6-and-none-here", cause: IPv6Broken, needs: join(theWorld, []facts.Reading{facts.ReadSystem}, theName),
		when:    func(v *view) bool { return v.at(facts.StageTCP) && v.onlyFamily(6) && v.family(6) == facts.No },
		sure:    certainIf(func(v *view) bool { return v.good > 0 }),
		because: "TCP-6; CONTRACT: IPv6 fails to unrelated places too and the site has nothing else.",
	},
	{
		name: "only-ipv4-and-none-passes", cause: NoInternet, needs: join(theWorld, theName, []facts.Reading{facts.ReadFamily}, []facts.Reading{facts.ReadLocalFilter}),
		when: func(v *view) bool {
			return v.at(facts.StageTCP) && silentOrUnreachable(v.last.Failure) && v.onlyFamily(4) && len(v.f.Families) >= 2 && v.family(4) == facts.No && !v.noWayOfItsFamily()
		},
		sure:    always(Likely),
		because: "The other sites open over IPv6 only: over IPv4, the one way to this site, two unrelated places are dead by address.",
	},
	{
		name: "ipv6-hangs", cause: IPv6Broken, needs: join(theWorld, anotherTry, []facts.Reading{facts.ReadSmallSegment}),
		when: func(v *view) bool {
			good4, _, good6, bad6 := v.familyTally()
			return v.failed() && good4 > 0 && good6 == 0 && bad6 > 0 && v.family(6) == facts.No
		},
		sure:    always(Likely),
		because: "TCP-6: our IPv6 is preferred and hangs, elsewhere too; the same site opens over IPv4.",
	},

	{
		name: "port-443-blocked", cause: PortBlocked, needs: join(theWorld, []facts.Reading{facts.ReadIndependent}, []facts.Reading{facts.ReadLocalFilter}),
		when: func(v *view) bool {
			dead443, open443, _, open80 := v.ports()
			return v.at(facts.StageTCP) && isPort(v, 443) && dead443 >= 2 && open443 == 0 && (open80 > 0 || v.independent().clear >= 2)
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() && v.portalsOK > 0 }),
		because: "TCP-1, pitfalls 33–35: no TCP connection on that port to the target and two unrelated sites (three in all) while something else passes.",
	},
	{
		name: "port-80-blocked", cause: PortBlocked, needs: join(theWorld, []facts.Reading{facts.ReadLocalFilter}),
		when: func(v *view) bool {
			_, open443, dead80, open80 := v.ports()
			return v.at(facts.StageTCP) && isPort(v, 80) && dead80 >= 2 && open80 == 0 && (open443 > 0 || v.independent().clear >= 2)
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() }),
		because: "As above, for clear HTTP.",
	},

	// ── plain HTTP, which proves nothing by itself ───────────────────────────────────────────────────────────────────────────
	{
		name: "page-for-a-name-that-is-none", cause: PageReplaced, needs: theName,
		when: func(v *view) bool {
			n := v.independent()
			return answered(v.chain) && !v.proven() && !v.fromHosts() && !v.f.Target.PrivateDNS && n.good == 0 && n.denied >= 2
		},
		sure:    always(Likely),
		because: "CONTRACT page-replaced: the provider's search page stands where no site is (two public resolvers deny the name).",
	},
	{
		name: "foreign-page", cause: PageReplaced, needs: join(theName, theWorld, anotherTry),
		when: func(v *view) bool {
			g := v.page()
			return !v.proven() && (g != nil && (g.WrittenBy == facts.ByFilter || g.WrittenBy == facts.ByPortal) || goodChain(v.chain) && v.suspect())
		},
		sure: func(v *view) Certainty {
			if v.page() == nil {
				return Possible // the site itself may say so; nobody's mark is on the page
			}
			return Likely
		},
		because: "HTTP-14, pitfall 39: the address is right and the page is a block page.",
	},
	{
		name: "works-plain-only", cause: Works, needs: join([]facts.Reading{facts.ReadConnectivity}, theName),
		when:    func(v *view) bool { return goodChain(v.chain) && (v.chain == v.f.Plain || v.doubtful()) },
		sure:    certainIf(func(v *view) bool { return v.portalsOK > 0 || v.targetLocal() }),
		detail:  worksDetail,
		because: "As below; a bare name whose port 443 is closed may also be a provider's search page: independent DNS must have known the name.",
	},
	{
		name: "works-plain", cause: Works, needs: []facts.Reading{facts.ReadConnectivity},
		when:    func(v *view) bool { return goodChain(v.chain) },
		sure:    certainIf(func(v *view) bool { return v.portalsOK > 0 || v.targetLocal() }),
		detail:  worksDetail,
		because: "CONTRACT: healthy means plain HTTP with no sign of a portal or a block page.",
	},

	// ── the site ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
	{
		name: "intermittent", cause: Intermittent, needs: join(theName, theWorld, []facts.Reading{facts.ReadSmallSegment}),
		when:    func(v *view) bool { return v.chainOver() && (v.repeatGood() || v.someAddressGood()) },
		sure:    always(Certain),
		because: "CONTRACT intermittent: several addresses or several tries, good and bad.",
	},
	{
		name: "redirect-loop", cause: RedirectLoop, needs: join(anotherTry, theWorld),
		when:    func(v *view) bool { return v.chain != nil && (v.chain.Loop || v.chain.TooMany) },
		sure:    certainIf(func(v *view) bool { return v.portalsOK > 0 }),
		because: "As above, over clear HTTP: once no portal is seen.",
	},
	{
		name: "bad-redirect", cause: BadRedirect, needs: join(anotherTry, theWorld),
		when:    func(v *view) bool { return badRedirect(v.chain) },
		sure:    certainIf(func(v *view) bool { return v.portalsOK > 0 }),
		because: "As above, over clear HTTP.",
	},
	{
		name: "certificate-only-here", cause: PageReplaced, needs: join(theName, theWorld, anotherTry),
		when: func(v *view) bool {
			n := v.elsewhereSaw()
			return v.at(facts.StageTLS, facts.CertExpired, facts.CertWrongName, facts.CertUntrusted, facts.CertNotYet) && n.most(n.certifiedHere)
		},
		sure:    certainIf((*view).repeatSame),
		detail:  func(*view) string { return "certificate" },
		because: "Two places elsewhere got another, good certificate from the very same address: somebody on the way answers here in the site's place.",
	},
	{
		name: "intermediate-missing", cause: Works, needs: join(theName, theWorld),
		when:    func(v *view) bool { return v.at(facts.StageTLS, facts.CertUntrusted) && v.intermediateMissing() },
		sure:    always(Likely),
		detail:  func(*view) string { return "intermediate" },
		because: "CONTRACT: a missing intermediate that browsers mend by themselves works, with a finding. It is not fetched here (nothing of it may be), so likely.",
	},
	{
		name: "certificate-expired", cause: CertificateExpired, needs: join(theName, theWorld, anotherTry),
		when:    func(v *view) bool { return v.at(facts.StageTLS, facts.CertExpired) },
		sure:    certainIf(clockRight),
		detail:  redirectDetail,
		because: "TLS-3: the clock is right (other sites' certificates are valid now, or servers' dates agree).",
	},
	{
		name: "certificate-wrong-name", cause: CertificateWrongName, needs: join(theName, theWorld, anotherTry),
		when:    func(v *view) bool { return v.at(facts.StageTLS, facts.CertWrongName) },
		sure:    certainIf(func(v *view) bool { return v.good > 0 && v.addressConfirmed() }),
		detail:  redirectDetail,
		because: "TLS-4: the address is the one that others give too, and other sites prove their names here.",
	},
	{
		name: "certificate-untrusted", cause: CertificateUntrusted, needs: join(theName, theWorld, anotherTry),
		when:    func(v *view) bool { return v.at(facts.StageTLS, facts.CertUntrusted, facts.CertNotYet) },
		sure:    certainIf(func(v *view) bool { return v.good > 0 && v.addressConfirmed() }),
		detail:  func(v *view) string { return pick(v.last.Failure == facts.CertNotYet, "not-yet", redirectDetail(v)) },
		because: "TLS-5; CONTRACT: on one name only, or not yet valid with the clock right.",
	},
	{
		name: "opens-elsewhere", cause: SiteBlocked, needs: join(theName, theWorld, anotherTry, []facts.Reading{facts.ReadLocalFilter, facts.ReadSystem}),
		when: func(v *view) bool {
			return v.failed() && v.reachable() && (v.at(facts.StageTCP) || v.afterConnect()) && v.opensElsewhereOnly()
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() && v.elsewhereSaw().answersHere >= enoughPlaces }),
		detail:  outsideDetail,
		because: "CONTRACT site-blocked: the outside gets an answer, only this network does not. Certain when it answered at the very address that is silent here.",
	},
	{
		name: "another-address-opens", cause: Intermittent, needs: join(theName, theWorld),
		when:    func(v *view) bool { return v.failed() && v.addressConfirmed() && !v.fromHosts() && v.elsewhereGood() },
		sure:    always(Likely),
		because: "pitfall 9: the address that was given is the site's, and dead; another one of its addresses opens. Who gets which is chance.",
	},
	{
		name: "phone-opens-it", cause: SiteBlocked, needs: join(theName, theWorld, anotherTry),
		when: func(v *view) bool {
			return v.failed() && v.reachable() && v.f.Witness["phone"] == "opens" && (v.at(facts.StageTCP) || v.afterConnect())
		},
		sure:    always(Likely),
		because: "CONTRACT --witness: it opens on the phone's mobile data, so the fault is not the site's; nothing else here explains it.",
	},
	{
		name: "other-link-opens-it", cause: SiteBlocked, needs: join(theName, theWorld, anotherTry, []facts.Reading{facts.ReadOtherLink}),
		when: func(v *view) bool {
			return v.failed() && v.reachable() && v.otherLinkOpens() && (v.at(facts.StageTCP) || v.afterConnect())
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() }),
		because: "The same question over another link of this computer is answered: this network, not the site, is in the way.",
	},
	{
		name: "tls-broken", cause: TLSBroken, needs: join(theName, theWorld, anotherTry, otherWays),
		when: func(v *view) bool {
			return v.at(facts.StageTLS, facts.NotTLS, facts.Alert, facts.Malformed) && v.reachable()
		},
		sure:    certainIf(func(v *view) bool { return v.good > 0 && v.repeatSame() }),
		because: "TLS-7; CONTRACT tls-broken: what came was not TLS, or an alert.",
	},
	{
		name: "cut", cause: ConnectionCut, needs: join(theName, theWorld, anotherTry, otherWays),
		when: func(v *view) bool {
			return (v.afterConnect() && slices.Contains([]facts.Failure{facts.Reset, facts.Closed, facts.CutBody}, v.last.Failure) ||
				v.at(facts.StageTCP, facts.Reset)) && v.reachable() // a reset that overtakes our notice of the connection is one after it
		},
		sure:    always(Likely),
		because: "TCP-4; CONTRACT connection-cut. A box on the way can do the same, so likely at most from here.",
	},
	{
		name: "not-http", cause: InvalidAnswer, needs: join(theName, theWorld, anotherTry),
		when: func(v *view) bool {
			return v.afterConnect() && slices.Contains([]facts.Failure{facts.NotHTTP, facts.TooLarge, facts.Malformed}, v.last.Failure) && v.last.Stage != facts.StageTLS
		},
		sure:    certainIf(func(v *view) bool { return v.repeatSame() && (v.proven() || v.portalsOK > 0) }),
		because: "HTTP-12; CONTRACT invalid-answer.",
	},
	{
		name: "silent-after-accepting", cause: NoAnswer, needs: join(theName, theWorld, anotherTry, otherWays, []facts.Reading{facts.ReadSmallSegment}),
		when:    func(v *view) bool { return v.afterConnect() && v.last.Failure == facts.Timeout && v.reachable() },
		sure:    certainIf(func(v *view) bool { return v.good > 0 && v.repeatSame() && v.proven() }),
		because: "DESIGN: accepted and silent for 8 s, twice; below 100 s a gateway may still answer, so the words say slow, not down.",
	},
	{
		name: "refused", cause: ConnectionRefused, needs: join(theName, theWorld, anotherTry, otherWays, []facts.Reading{facts.ReadSystem, facts.ReadLocalFilter}),
		when:    func(v *view) bool { return v.at(facts.StageTCP, facts.Refused) && v.reachable() },
		sure:    always(Likely),
		because: "TCP-3: somebody answered and said no. From one place a filter looks the same: certain only with a second witness.",
	},
	{
		name: "silence", cause: SiteUnreachable, needs: join(theName, theWorld, anotherTry, otherWays, []facts.Reading{facts.ReadLocalFilter, facts.ReadSystem, facts.ReadFamily}),
		when: func(v *view) bool {
			return v.at(facts.StageTCP) && (silentOrUnreachable(v.last.Failure) || v.last.Failure == facts.Denied && !v.denied()) && v.reachable() && !v.noWayOfItsFamily()
		},
		sure:    always(Likely),
		because: "TCP-2; CONTRACT site-unreachable: silence from the site while the rest of the Internet answers.",
	},
	{
		name: "page-only-here", cause: PageReplaced, needs: join(anotherTry, theName, theWorld),
		when: func(v *view) bool {
			n := v.elsewhereSaw()
			return !v.proven() && v.pageCause() != Undetermined && v.atTheFrontPage() && n.most(n.opens) && n.answersHere >= enoughPlaces
		},
		sure:    always(Likely),
		detail:  func(*view) string { return "only-here" },
		because: "An error page over clear HTTP proves no author; the same page opens elsewhere, from the very same address.",
	},
	{
		name: "error-page", needs: join(anotherTry, []facts.Reading{facts.ReadConnectivity, facts.ReadDirect}),
		when:    func(v *view) bool { return v.pageCause() != Undetermined },
		causeOf: (*view).pageCause,
		sure:    certainIf(func(v *view) bool { return v.pageSure() && (v.portalsOK > 0 || v.targetLocal()) }),
		detail:  pageDetail,
		because: "DESIGN 8: who wrote the page and with which status decides (CONTRACT's list of codes).",
	},
	{
		name: "unknown", cause: Undetermined,
		needs: join(anotherTry, otherWays, theName, theWorld, thisSide, []facts.Reading{facts.ReadControl, facts.ReadLocalFilter, facts.ReadFamily, facts.ReadSmallSegment}),
		when:  func(*view) bool { return true }, sure: always(Possible),
		because: "Never a guess: what works and what could not be checked is listed.",
	},
}
