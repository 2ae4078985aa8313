package decide

import (
	"net/netip"
	"slices"
	"testing"

	"passerelle/checks/facts"
)

// cases: at least one world a row of the table. A row that no case needs fails TestEveryRowIsNeeded.
var cases = []struct {
	name   string
	change []func(*facts.Facts)
	cause  Cause
	sure   Certainty
	rule   string
}{
	{"healthy", nil, Works, Certain, "works-proven"},
	{"healthy, seen as ERR_", []func(*facts.Facts){func(f *facts.Facts) { f.Seen = "ERR_CONNECTION_RESET" }}, BrowserSide, Likely, "seen-browser-error"},
	{"healthy, private window opens it", []func(*facts.Facts){func(f *facts.Facts) { f.Witness = map[string]string{"private-window": "opens"} }}, BrowserSide, Likely, "seen-browser-error"},
	{"healthy, seen as 502", []func(*facts.Facts){func(f *facts.Facts) { f.Seen = "502 Bad Gateway" }}, Intermittent, Likely, "seen-error-page"},
	{"502 by nginx", []func(*facts.Facts){asked(page(502, facts.ByGateway, "connection-refused"))}, BadGateway, Certain, "spoke-error-page"},
	{"504", []func(*facts.Facts){asked(page(504, facts.ByGateway, "connection-timeout"))}, GatewayTimeout, Certain, "spoke-error-page"},
	{"503", []func(*facts.Facts){asked(page(503, facts.ByGateway, "overloaded"))}, Unavailable, Certain, "spoke-error-page"},
	{"500", []func(*facts.Facts){asked(page(500, facts.ByOrigin, "app-crash"))}, ServerError, Certain, "spoke-error-page"},
	{"404", []func(*facts.Facts){asked(page(404, facts.ByOrigin, "unknown"))}, PageNotFound, Certain, "spoke-error-page"},
	{"403", []func(*facts.Facts){asked(page(403, facts.ByOrigin, "blocked-by-policy"))}, RefusedVisitor, Likely, "spoke-error-page"},
	{"429", []func(*facts.Facts){asked(page(429, facts.ByOrigin, "rate-limited"))}, RateLimited, Likely, "spoke-error-page"},
	{"502 once", []func(*facts.Facts){func(f *facts.Facts) {
		f.Chain, f.Repeat = chain(page(502, facts.ByGateway, "connection-refused")), chain(ok())
	}}, Intermittent, Certain, "spoke-intermittent"},
	{"502 once, good only without the query", []func(*facts.Facts){func(f *facts.Facts) {
		f.Chain, f.Repeat = chain(page(502, facts.ByGateway, "connection-refused")), chain(ok())
		f.Repeat.NoQuery = true
	}}, BadGateway, Likely, "spoke-error-page"},
	{"redirect loop", []func(*facts.Facts){func(f *facts.Facts) {
		x := ok()
		x.HTTP.Status, x.HTTP.Location = 302, x.URL
		f.Chain = chain(x)
		f.Chain.Loop = true
		f.Repeat = f.Chain
	}}, RedirectLoop, Certain, "spoke-redirect-loop"},
	{"redirect to nowhere", []func(*facts.Facts){func(f *facts.Facts) {
		f.Chain = chain(ok())
		f.Chain.BadTarget = "file:///etc/passwd"
		f.Repeat = f.Chain
	}}, BadRedirect, Certain, "spoke-bad-redirect"},
	{"redirect loop in clear", []func(*facts.Facts){func(f *facts.Facts) {
		f.Chain = chain(plain("http://shop.example/", 302))
		f.Chain.Loop = true
	}}, RedirectLoop, Certain, "redirect-loop"},
	{"bad redirect in clear", []func(*facts.Facts){func(f *facts.Facts) {
		f.Chain = chain(plain("http://shop.example/", 302))
		f.Chain.BadTarget = "mailto:x"
	}}, BadRedirect, Certain, "bad-redirect"},

	{"cable out", []func(*facts.Facts){asked(dns(facts.NetUnreach)), dead, func(f *facts.Facts) {
		f.System.Links, f.System.Routes, f.Box = nil, nil, nil
	}}, NoConnection, Certain, "no-link"},
	{"no route", []func(*facts.Facts){asked(dns(facts.NetUnreach)), dead, func(f *facts.Facts) { f.System.Routes, f.Box = nil, nil }}, NoConnection, Certain, "no-link"},
	{"own firewall", []func(*facts.Facts){asked(tcp(facts.Denied, there))}, FirewallLocal, Certain, "refused-by-this-computer"},
	{"own firewall, told by ICMP", []func(*facts.Facts){asked(tcp(facts.Refused, there)), func(f *facts.Facts) {
		f.Chain.Exchanges[0].Connects[0].ErrorFrom = me
	}}, FirewallLocal, Certain, "refused-by-this-computer"},

	{"own firewall swallows", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) {
		f.LocalFilters = []facts.LocalFilter{{Address: there, Still: facts.Yes, Done: true}}
	}}, FirewallLocal, Certain, "refused-by-this-computer"},

	{"proxy asks for a password", []func(*facts.Facts){func(f *facts.Facts) {
		x := dns(facts.Other)
		x.Proxy, x.Stage, x.ProxyHTTP = "10.0.0.1:3128", facts.StageProxy, &facts.HTTP{Status: 407, Done: true}
		f.Chain = chain(x)
	}}, ProxyBroken, Certain, "proxy-asks-password"},
	{"proxy dead, direct opens", []func(*facts.Facts){func(f *facts.Facts) {
		x := tcp(facts.Refused, there)
		x.Proxy, x.Stage, x.Lookup = "127.0.0.1:3128", facts.StageProxyTCP, nil
		f.Chain, f.Direct = chain(x), chain(ok())
	}}, ProxyBroken, Certain, "proxy-fails-direct-opens"},
	{"proxy dead, direct barred", []func(*facts.Facts){dead, func(f *facts.Facts) {
		x := tcp(facts.Refused, there)
		x.Proxy, x.Stage, x.Lookup = "10.0.0.1:3128", facts.StageProxyTCP, nil
		f.Chain, f.Direct = chain(x), chain(tcp(facts.Timeout, there))
	}}, ProxyBroken, Likely, "proxy-dead"},
	{"proxy wrote the page", []func(*facts.Facts){dead, func(f *facts.Facts) {
		x := plain("http://shop.example/", 502)
		x.Proxy = "10.0.0.1:3128"
		x.HTTP.Gateway = &facts.Gateway{Status: 502, Product: "squid", WrittenBy: facts.ByProxy, Failure: "connection-timeout"}
		f.Chain, f.Direct = chain(x), chain(tcp(facts.Timeout, there))
	}}, ProxyBroken, Likely, "proxy-wrote-it"},

	{"511", []func(*facts.Facts){portals(1), asked(plain("http://shop.example/", 511))}, CaptivePortal, Certain, "portal-511"},
	{"portal", []func(*facts.Facts){portals(2), asked(tcp(facts.Reset, there))}, CaptivePortal, Certain, "portal"},
	{"box gone", []func(*facts.Facts){dead, asked(dns(facts.Timeout)), func(f *facts.Facts) {
		f.Box = &facts.Box{Address: boxAddr, Neighbour: facts.No, Ping: facts.No, TCP: facts.No, Done: true}
	}}, RouterUnreachable, Certain, "box-silent"},
	{"vpn dead", []func(*facts.Facts){dead, asked(dns(facts.Timeout)), func(f *facts.Facts) {
		f.System.Routes[0].Tunnel = true
		f.Box.Tunnel = true
	}}, VPNBroken, Likely, "tunnel-silent"},
	{"vpn dead, cable opens it", []func(*facts.Facts){dead, asked(dns(facts.Timeout)), func(f *facts.Facts) {
		f.System.Routes[0].Tunnel = true
		f.Box.Tunnel = true
		f.OtherLink = []facts.Exchange{ok()}
	}}, VPNBroken, Certain, "tunnel-silent"},
	{"provider down", []func(*facts.Facts){dead, asked(dns(facts.Timeout))}, NoInternet, Certain, "nothing-beyond-the-box"},

	{"stale memory, and its own firewall where the site is", []func(*facts.Facts){asked(tcp(facts.Timeout, wrong)), fresh(there), func(f *facts.Facts) {
		f.Chain.Exchanges[0].Lookup.Server = "127.0.0.53"
		f.Alternative = []facts.Exchange{tcp(facts.Denied, there)}
	}}, FirewallLocal, Likely, "refused-where-the-site-is"},
	{"stale memory", []func(*facts.Facts){asked(tcp(facts.Timeout, wrong)), fresh(there), elsewhere, func(f *facts.Facts) { f.Chain.Exchanges[0].Lookup.Server = "127.0.0.53" }}, DNSCacheStale, Certain, "dns-memory-stale"},
	{"hosts line", []func(*facts.Facts){asked(tcp(facts.Timeout, wrong)), hostsFile(wrong), elsewhere}, HostsOverride, Certain, "hosts-file"},
	{"dns server silent", []func(*facts.Facts){asked(dns(facts.Timeout)), func(f *facts.Facts) {
		keep := slices.Clone(f.Independent)
		dead(f)
		f.Independent = keep
		for i := range keep {
			f.Independent[i].Failure, f.Independent[i].Addresses = facts.OK, []netip.Addr{there}
		}
	}}, DNSServerDown, Certain, "dns-server-down"},
	{"zone broken", []func(*facts.Facts){asked(dns(facts.ServFail)), say(facts.ServFail)}, DNSBrokenAtSite, Certain, "dns-broken-everywhere"},
	{"name without address", []func(*facts.Facts){asked(dns(facts.NoData)), say(facts.NoData)}, DNSBrokenAtSite, Certain, "dns-broken-everywhere"},
	{"name denied here", []func(*facts.Facts){asked(dns(facts.NXDomain)), elsewhere}, DNSBlocksSite, Certain, "dns-denies-this-name"},
	{"no such name", []func(*facts.Facts){asked(dns(facts.NXDomain)), say(facts.NXDomain)}, NameNotFound, Certain, "name-unknown"},
	{"no such name, witnesses blocked", []func(*facts.Facts){asked(dns(facts.NXDomain)), say(facts.Timeout)}, NameNotFound, Likely, "name-unknown"},
	{"address is loopback for everybody", []func(*facts.Facts){asked(tcp(facts.Refused, netip.MustParseAddr("127.0.0.1"))), say(facts.OK, netip.MustParseAddr("127.0.0.1"))}, DNSBrokenAtSite, Certain, "address-nowhere-everywhere"},
	{"false address", []func(*facts.Facts){asked(tcp(facts.Timeout, wrong)), elsewhere}, DNSBlocksSite, Certain, "dns-gives-another-address"},
	{"0.0.0.0 from a filter", []func(*facts.Facts){asked(tcp(facts.Refused, netip.MustParseAddr("0.0.0.0")))}, DNSBlocksSite, Likely, "dns-gives-another-address"},

	{"clock", []func(*facts.Facts){asked(tls(facts.CertExpired, there, leafAt(-400))), func(f *facts.Facts) {
		for i := range f.Others {
			f.Others[i] = facts.Probe{Name: f.Others[i].Name, Exchange: tls(facts.CertExpired, there, leafAt(-400)), Done: true}
		}
		f.Clock = &facts.Clock{OffsetS: 420 * 86400, Sources: 3, Done: true}
	}}, ClockWrong, Certain, "clock"},
	{"intercepted", []func(*facts.Facts){asked(tls(facts.CertUntrusted, there, leaf("Avast Web Shield"))), func(f *facts.Facts) {
		x := tls(facts.CertUntrusted, there, leaf("Avast Web Shield"))
		x.URL = "https://www.wikipedia.org/"
		f.Others[0] = facts.Probe{Name: "www.wikipedia.org", Exchange: x, Done: true}
	}}, TLSIntercepted, Certain, "intercepted"},
	{"site only on IPv6, none here", []func(*facts.Facts){asked(tcp(facts.NetUnreach, netip.MustParseAddr("2001:db8::1")))}, IPv6Broken, Certain, "only-ipv6-and-none-here"},
	{"IPv6 hangs", []func(*facts.Facts){func(f *facts.Facts) {
		six := netip.MustParseAddr("2001:db8::1")
		f.Chain = chain(tls(facts.Timeout, six))
		f.Repeat = f.Chain
		good, bad := ok(), tls(facts.Timeout, six)
		f.Addresses = []facts.Exchange{good, bad}
		x := tcp(facts.Timeout, six)
		f.Others[2] = facts.Probe{Name: "www.cloudflare.com", Exchange: x, Done: true}
	}}, IPv6Broken, Likely, "ipv6-hangs"},
	{"large packets lost", []func(*facts.Facts){asked(tls(facts.Timeout, there)), func(f *facts.Facts) {
		x := ok()
		f.SmallSegment = &x
	}}, MTUBlackhole, Certain, "large-packets-lost"},
	{"443 blocked", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), say(facts.Timeout), func(f *facts.Facts) {
		for i := range f.Others {
			f.Others[i] = facts.Probe{Name: f.Others[i].Name, Exchange: tcp(facts.Timeout, there), Done: true}
		}
	}}, PortBlocked, Certain, "port-443-blocked"},
	{"80 blocked", []func(*facts.Facts){func(f *facts.Facts) {
		x := tcp(facts.Timeout, there)
		x.URL = "http://shop.example/"
		x.Connects[0].Address = netip.AddrPortFrom(there, 80)
		f.Chain, f.Repeat = chain(x), chain(x)
		f.Connectivity = nil
		for _, n := range []string{"a", "b", "c"} {
			y := x
			f.Connectivity = append(f.Connectivity, facts.Probe{Name: n, Exchange: y, Done: true})
		}
	}}, PortBlocked, Certain, "port-80-blocked"},

	{"search page in place of no site", []func(*facts.Facts){say(facts.NXDomain), func(f *facts.Facts) { f.Chain = chain(plain("http://shop.example/", 200)) }}, PageReplaced, Likely, "page-for-a-name-that-is-none"},
	{"block page", []func(*facts.Facts){func(f *facts.Facts) {
		x := plain("http://shop.example/", 403)
		x.HTTP.Gateway = &facts.Gateway{Status: 403, WrittenBy: facts.ByFilter, Kind: "block", Failure: "blocked-by-policy"}
		f.Chain, f.Repeat = chain(x), chain(x)
	}}, PageReplaced, Likely, "foreign-page"},
	{"unknown block page at a false address", []func(*facts.Facts){func(f *facts.Facts) {
		x := plain("http://shop.example/", 200)
		x.Lookup, x.Connects, x.HTTP.Suspect = lookup(wrong), []facts.Connect{conn(facts.OK, wrong, 80)}, true
		f.Chain = chain(x)
		f.Alternative = []facts.Exchange{plain("http://shop.example/", 200)}
	}}, DNSBlocksSite, Certain, "dns-gives-another-address"},
	{"unknown block page at the right address", []func(*facts.Facts){func(f *facts.Facts) {
		x := plain("http://shop.example/", 200)
		x.HTTP.Suspect = true
		f.Chain = chain(x)
	}}, PageReplaced, Possible, "foreign-page"},
	{"healthy, only in clear", []func(*facts.Facts){asked(tcp(facts.Refused, there)), func(f *facts.Facts) { f.Plain = chain(plain("http://shop.example/", 200)) }}, Works, Certain, "works-plain-only"},
	{"proxy relays the site's refusal", []func(*facts.Facts){func(f *facts.Facts) {
		x := tcp(facts.Other, there)
		x.Proxy, x.Stage = "10.0.0.1:3128", facts.StageProxy
		x.ProxyHTTP = &facts.HTTP{Status: 503, Done: true, Gateway: &facts.Gateway{Status: 503, Product: "squid", WrittenBy: facts.ByProxy, Failure: "connection-refused"}}
		f.Chain, f.Direct = chain(x), chain(tcp(facts.Refused, there))
	}}, ConnectionRefused, Likely, "refused"},
	{"the box writes a 502 for everything", []func(*facts.Facts){asked(plain("http://shop.example/", 502)), dead, func(f *facts.Facts) {
		f.Chain.Exchanges[0].HTTP.Gateway = &facts.Gateway{Status: 502, Product: "unknown", WrittenBy: facts.ByUnknown}
		for i := range f.Connectivity {
			f.Connectivity[i] = facts.Probe{Name: f.Connectivity[i].Name, Exchange: plain("http://x/", 502), Done: true}
		}
	}}, CaptivePortal, Likely, "portal"},
	{"healthy in clear", []func(*facts.Facts){func(f *facts.Facts) { f.Chain = chain(plain("http://shop.example/", 200)) }}, Works, Certain, "works-plain"},

	{"cut once", []func(*facts.Facts){func(f *facts.Facts) { f.Chain, f.Repeat = chain(tcp(facts.Timeout, there)), chain(ok()) }}, Intermittent, Certain, "intermittent"},
	{"expired", []func(*facts.Facts){asked(tls(facts.CertExpired, there, leafAt(-3)))}, CertificateExpired, Certain, "certificate-expired"},
	{"wrong name", []func(*facts.Facts){asked(tls(facts.CertWrongName, there, leaf("Good CA")))}, CertificateWrongName, Certain, "certificate-wrong-name"},
	{"unknown authority", []func(*facts.Facts){asked(tls(facts.CertUntrusted, there, leaf("Own CA")))}, CertificateUntrusted, Certain, "certificate-untrusted"},
	{"phone opens it", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) { f.Witness = map[string]string{"phone": "opens"} }}, SiteBlocked, Likely, "phone-opens-it"},
	{"another link opens it", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) { f.OtherLink = []facts.Exchange{ok()} }}, SiteBlocked, Certain, "other-link-opens-it"},
	{"alert", []func(*facts.Facts){asked(tls(facts.Alert, there))}, TLSBroken, Certain, "tls-broken"},
	{"cut", []func(*facts.Facts){asked(tls(facts.Reset, there))}, ConnectionCut, Likely, "cut"},
	{"garbage", []func(*facts.Facts){asked(http(facts.NotHTTP))}, InvalidAnswer, Certain, "not-http"},
	{"silent", []func(*facts.Facts){asked(http(facts.Timeout))}, NoAnswer, Certain, "silent-after-accepting"},
	{"refused", []func(*facts.Facts){asked(tcp(facts.Refused, there))}, ConnectionRefused, Likely, "refused"},
	{"refused, phone too", []func(*facts.Facts){asked(tcp(facts.Refused, there)), func(f *facts.Facts) { f.Witness = map[string]string{"phone": "same-error"} }}, ConnectionRefused, Certain, "refused"},
	{"silence", []func(*facts.Facts){asked(tcp(facts.Timeout, there))}, SiteUnreachable, Likely, "silence"},
	{"502 in clear", []func(*facts.Facts){func(f *facts.Facts) {
		x := page(502, facts.ByGateway, "connection-refused")
		x.URL, x.TLS = "http://shop.example/", nil
		f.Chain, f.Repeat = chain(x), chain(x)
	}}, BadGateway, Certain, "error-page"},
	{"silence here, opens there", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(200))}, SiteBlocked, Certain, "opens-elsewhere"},
	{"silence here, robots turned away there", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(403))}, SiteBlocked, Certain, "opens-elsewhere"},
	{"refused here, opens there at another address", []func(*facts.Facts){asked(tcp(facts.Refused, there)), outsideSaw(facts.Place{Status: 200, Address: wrong})}, SiteBlocked, Likely, "opens-elsewhere"},
	{"reset here, opens there", []func(*facts.Facts){asked(tls(facts.Reset, there)), outsideSaw(opens(200))}, SiteBlocked, Certain, "opens-elsewhere"},
	{"silence here and there", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(facts.Place{Failure: facts.Timeout})}, SiteUnreachable, Certain, "silence"},
	{"refused here and there", []func(*facts.Facts){asked(tcp(facts.Refused, there)), outsideSaw(facts.Place{Failure: facts.Refused})}, ConnectionRefused, Certain, "refused"},
	{"cut here and there", []func(*facts.Facts){asked(tls(facts.Reset, there)), outsideSaw(facts.Place{Failure: facts.Closed})}, ConnectionCut, Certain, "cut"},
	{"silence here, 502 there", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(502))}, SiteUnreachable, Likely, "silence"},
	{"silence here, one place only", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(200), facts.Place{Why: "internal"}, facts.Place{Why: "offline"}, facts.Place{Why: "internal"})}, SiteUnreachable, Likely, "silence"},
	{"silence here, one network four times", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(200)), func(f *facts.Facts) {
		for i := range f.Outside.Places {
			f.Outside.Places[i].ASN = 7
		}
	}}, SiteUnreachable, Likely, "silence"},
	{"silence here, they disagree", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(opens(200), facts.Place{Failure: facts.Timeout})}, SiteUnreachable, Likely, "silence"},
	{"silence here, nobody could be asked", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) {
		f.Outside = &facts.Outside{Service: "globalping", Failure: facts.OutsideLimited, Done: true}
	}}, SiteUnreachable, Likely, "silence"},
	{"silence here, they saw another host", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), outsideSaw(facts.Place{Status: 200, URL: "https://other.example/"})}, SiteUnreachable, Likely, "silence"},
	{"502 once here, 502 there", []func(*facts.Facts){func(f *facts.Facts) { f.Chain = chain(page(502, facts.ByGateway, "connection-refused")) }, outsideSaw(opens(503))}, BadGateway, Certain, "spoke-error-page"},
	{"403 here and there", []func(*facts.Facts){asked(page(403, facts.ByOrigin, "blocked-by-policy")), outsideSaw(opens(403))}, RefusedVisitor, Likely, "spoke-error-page"},
	{"502 in clear only here", []func(*facts.Facts){func(f *facts.Facts) {
		x := page(502, facts.ByGateway, "connection-refused")
		x.URL, x.TLS = "http://shop.example/", nil
		f.Chain, f.Repeat = chain(x), chain(x)
	}, outsideSaw(opens(200))}, PageReplaced, Likely, "page-only-here"},
	{"certificate bad only here", []func(*facts.Facts){asked(tls(facts.CertUntrusted, there, forged())), outsideSaw(facts.Place{Status: 200, Address: there, Certified: facts.Yes, CertSHA: "aa"})}, PageReplaced, Certain, "certificate-only-here"},
	{"the same certificate, trusted there", []func(*facts.Facts){asked(tls(facts.CertUntrusted, there, forged())), outsideSaw(facts.Place{Status: 200, Address: there, Certified: facts.Yes, CertSHA: "bb"})}, CertificateUntrusted, Certain, "certificate-untrusted"},
	{"expired here and there, no clock to compare", []func(*facts.Facts){asked(tls(facts.CertExpired, there, leafAt(-3))), func(f *facts.Facts) { f.Others = nil }, outsideSaw(facts.Place{Status: 200, Cert: facts.CertExpired})}, CertificateExpired, Certain, "certificate-expired"},
	{"name denied here, opens there, no public resolver", []func(*facts.Facts){asked(dns(facts.NXDomain)), say(facts.Timeout), outsideSaw(opens(200))}, DNSBlocksSite, Likely, "name-known-elsewhere"},
	{"no such name here and there, no public resolver", []func(*facts.Facts){asked(dns(facts.NXDomain)), say(facts.Timeout), outsideSaw(facts.Place{Failure: facts.NXDomain})}, NameNotFound, Certain, "name-unknown"},
	{"redirect without a where", []func(*facts.Facts){func(f *facts.Facts) {
		x := ok()
		x.HTTP.Status = 301
		f.Chain = chain(x)
		f.Repeat = f.Chain
	}}, BadRedirect, Certain, "spoke-bad-redirect"},
	{"clock three days off, long-lived certificates elsewhere", []func(*facts.Facts){asked(tls(facts.CertExpired, there, leafAt(-1))), func(f *facts.Facts) {
		f.Clock = &facts.Clock{OffsetS: 3 * 86400, Sources: 3, Done: true}
	}}, ClockWrong, Certain, "clock"},
	{"provider's machine for a name that is none", []func(*facts.Facts){asked(tcp(facts.Refused, wrong)), say(facts.NXDomain)}, NameNotFound, Likely, "name-unknown-but-answered"},
	{"IPv4 dead, site on IPv4 only", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) {
		x := tcp(facts.Timeout, wrong)
		f.Others = f.Others[:0]
		six := ok()
		six.Connects = []facts.Connect{conn(facts.OK, netip.MustParseAddr("2001:db8::5"), 443)}
		f.Others = append(f.Others, facts.Probe{Name: "www.wikipedia.org", Expected: facts.Yes, Exchange: six, Done: true})
		f.Families = []facts.Probe{{Name: "a", Exchange: x, Done: true}, {Name: "b", Exchange: x, Done: true}}
	}}, NoInternet, Likely, "only-ipv4-and-none-passes"},
	{"intermediate missing", []func(*facts.Facts){func(f *facts.Facts) {
		c := leaf("Some Intermediate")
		c.IssuerURL = "http://ca.example/i.der"
		asked(tls(facts.CertUntrusted, there, c))(f)
	}}, Works, Likely, "intermediate-missing"},
	{"hosts line to an old machine that says 404", []func(*facts.Facts){asked(page(404, facts.ByOrigin, "unknown")), hostsFile(there), say(facts.OK, wrong), elsewhere}, HostsOverride, Certain, "hosts-file"},
	{"public name at loopback where something answers", []func(*facts.Facts){func(f *facts.Facts) {
		x := plain("http://shop.example/", 200)
		x.Lookup = lookup(netip.MustParseAddr("127.0.0.1"))
		f.Chain = chain(x)
	}, elsewhere}, DNSBlocksSite, Certain, "dns-gives-another-address"},
	{"only the site's way in a dead tunnel", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), func(f *facts.Facts) {
		f.LocalFilters = []facts.LocalFilter{{Address: there, Tunnel: true, Still: facts.No, Done: true}}
	}}, VPNBroken, Likely, "tunnel-silent"},
	{"one dead address of two, one given at a time", []func(*facts.Facts){asked(tcp(facts.Timeout, there)), say(facts.OK, there, wrong), elsewhere}, Intermittent, Likely, "another-address-opens"},
	{"prohibited, says the box", []func(*facts.Facts){asked(tcp(facts.Denied, there)), func(f *facts.Facts) {
		f.Chain.Exchanges[0].Connects[0].ErrorFrom = boxAddr
	}}, SiteUnreachable, Likely, "silence"},
	{"resolver fails now and then", []func(*facts.Facts){asked(dns(facts.ServFail)), func(f *facts.Facts) {
		f.Others[0] = facts.Probe{Name: "www.wikipedia.org", Exchange: dns(facts.ServFail), Done: true}
	}}, DNSServerDown, Likely, "dns-server-down"},
	{"nothing fits", []func(*facts.Facts){asked(tcp(facts.Other, there))}, Undetermined, Possible, "unknown"},
}

// outsideSaw puts four places elsewhere on four networks; they take turns in what they saw.
func outsideSaw(ps ...facts.Place) func(*facts.Facts) {
	return func(f *facts.Facts) {
		f.Outside = &facts.Outside{Service: "globalping", URL: "https://shop.example/", Done: true}
		for i := range 4 {
			p := ps[i%len(ps)]
			p.ASN, p.Done = 64501+i, p.Why == ""
			f.Outside.Places = append(f.Outside.Places, p)
		}
	}
}

func opens(status int) facts.Place {
	return facts.Place{Status: status, Address: there, Certified: facts.Yes}
}

// forged is a certificate that somebody on the way shows.
func forged() facts.Cert {
	c := leaf("Own CA")
	c.SHA256 = "bb"
	return c
}

func leafAt(days int) facts.Cert {
	c := leaf("Good CA")
	c.NotBefore, c.NotAfter = now.AddDate(0, 0, days-90), now.AddDate(0, 0, days)
	return c
}

// TestNote: at most one side finding reaches the verdict, and only one that the person can act on.
func TestNote(t *testing.T) {
	slow := func(f *facts.Facts) { f.Chain.Exchanges[0].Lookup.MS = 900 }
	full := func(f *facts.Facts) { f.System.FreeDiskMB = 3 }
	lossy := func(f *facts.Facts) { f.Box.Sent, f.Box.Lost = 10, 4 }
	for _, c := range []struct {
		change []func(*facts.Facts)
		want   string
	}{
		{nil, ""},
		{[]func(*facts.Facts){slow}, "slow.dns"},
		{[]func(*facts.Facts){slow, lossy}, "box.loss"},
		{[]func(*facts.Facts){slow, lossy, full}, "resources"},
		{[]func(*facts.Facts){asked(page(502, facts.ByGateway, "unknown")), lossy}, "box.loss"},
		{[]func(*facts.Facts){dead, asked(dns(facts.Timeout)), lossy}, ""}, // the verdict already asks them to act
	} {
		if v := Judge(world(c.change...)); v.Note != c.want {
			t.Errorf("%v: note %q, want %q", v, v.Note, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := world(c.change...)
			v := Judge(f)
			if v.Cause != c.cause || v.Certainty != c.sure || v.Rule != c.rule {
				t.Errorf("got %v, want %s (%s, %s)", v, c.cause, c.sure, c.rule)
			}
			if v.Provisional {
				t.Error("provisional although every reading is over")
			}
			if v.Side != SideOf(c.cause) {
				t.Errorf("side %s", v.Side)
			}
			broken := 0
			for _, h := range Path(f, v) {
				if h.State == StateProblem {
					broken++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[v.Side == SideWorks || v.Side == SideUnknown]; broken != want {
				t.Errorf("the picture marks %d stops: %v", broken, Path(f, v))
			}
		})
	}
}

// TestEveryRowIsNeeded: without a row, some case is judged otherwise.
func TestEveryRowIsNeeded(t *testing.T) {
	whole := table
	defer func() { table = whole }()
	for i := range whole {
		if i == len(whole)-1 {
			continue // the last row is what is left
		}
		table = slices.Delete(slices.Clone(whole), i, i+1)
		needed := false
		for _, c := range cases {
			if Judge(world(c.change...)).Rule != c.rule {
				needed = true
				break
			}
		}
		if !needed {
			t.Errorf("no case needs row %q", whole[i].name)
		}
	}
}

// TestRowsAreComplete: every row has its reason, and every cause of the contract a side.
func TestRowsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, r := range table {
		if r.because == "" || r.name == "" || r.sure == nil || r.when == nil || r.cause == "" && r.causeOf == nil {
			t.Errorf("row %q is not complete", r.name)
		}
		if names[r.name] {
			t.Errorf("two rows are called %q", r.name)
		}
		names[r.name] = true
		if r.cause != "" && SideOf(r.cause) == "" {
			t.Errorf("cause %q has no side", r.cause)
		}
	}
}
