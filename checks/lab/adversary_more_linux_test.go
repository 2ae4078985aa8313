package lab

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// A second round: what the first one taught, two faults at once, and health in odd clothes.
func init() {
	typed := func(address string, got Want) Want { got.Address = address; return got }
	Scenarios = append(Scenarios, []Scenario{
		// Who swallows it?
		{"site-unreachable/adv-box-swallows-before-routing", boxSwallowsBeforeRouting, All},
		{"site-blocked/adv-box-swallows-before-routing-second-link", boxSwallowsSecondLink, All},
		{"no-internet/adv-web-swallowed-names-pass", webSwallowedByBox, All},
		{"vpn-broken/adv-kill-switch", killSwitch, All},
		{"firewall-local/adv-reset-of-everything", localRule("tcp dport { 80, 443 } reject with tcp reset", false), All},
		{"firewall-local/adv-drop-all-but-names", localRule("meta l4proto tcp drop", true), All},

		// Names, again.
		{"dns-blocks-site/adv-loopback-with-a-local-server", ownLoopbackLocalServer, All},
		{"dns-blocks-site/adv-no-data-from-first-resolver", firstSaysNoData(true), All},
		{"works/adv-first-resolver-cannot-recurse", firstSaysNoData(false), All},
		{"intermittent/adv-one-address-at-a-time", oneAddressAtATime, All},
		{"site-unreachable/adv-own-box-without-a-way-back", noHairpin("drop"), All},
		{"connection-refused/adv-own-box-without-a-way-back", noHairpin("reject with tcp reset"), All},
		{"clock-wrong/adv-two-hours-behind", twoHoursBehind, All},
		{"clock-wrong/adv-thirty-hours-ahead", thirtyHoursAhead, All},
		{"bad-gateway/adv-checks-show-a-block-page", badGatewayChecksReplaced, All},
		{"bad-gateway/adv-plain-http-through-the-proxy", plain502ThroughProxy, All},
		{"connection-refused/adv-and-ipv6-dead", refusedIPv6Dead, All},
		{"site-unreachable/adv-and-ipv6-dead", silentIPv6Dead, All},
		{"no-answer/adv-stalls-in-the-page", stallsInThePage, All},
		{"works/adv-slow-line", slowLine, All},
		{"name-not-found/adv-two-resolvers-agree", twoResolversAgree, All},
		{"name-not-found/adv-and-dead-tunnel-for-others", unknownNameTunnel, All},
		{"name-not-found/adv-clock-wrong-too", unknownNameClock, All},
		{"hosts-override/adv-to-a-local-server", hostsLocalServer, All},
		{"hosts-override/adv-old-machine-404", hostsOldMachine404, All},
		{"hosts-override/adv-and-site-502", hostsDeadAnd502, All},
		{"dns-server-down/adv-and-hosts-line-for-another", dnsDownHostsForAnother, All},
		{"dns-server-down/adv-servfail-now-and-then", servfailNowAndThen, All},

		// Two faults.
		{"unavailable/adv-and-one-address-dead", deadAddressAnd503, All},
		{"bad-gateway/adv-and-expired-by-ipv4", badGatewayExpiredV4, All},
		{"connection-cut/adv-and-checks-blocked", cutChecksBlocked, All},
		{"no-answer/adv-and-public-dns-blocked", noAnswerPublicBlocked, All},
		{"gateway-timeout/adv-and-quad9-silent", timeoutQuad9, All},
		{"certificate-wrong-name/adv-and-public-dns-blocked", wrongNamePublicBlocked, All},
		{"port-blocked/adv-443-and-first-resolver-dead", port443DeadResolver, All},
		{"page-replaced/adv-palo-alto-503", replacedByPaloAlto, All},
		{"captive-portal/adv-wrong-clock", portalWrongClock, All},
		{"proxy-broken/adv-302-to-everything", proxyRedirects, All},
		{"bad-gateway/adv-bare-name-http-only", bareHTTP502, All},
		{"unavailable/adv-then-silence", unavailableThenSilence, All},
		{"bad-gateway/adv-after-three-seconds", slowBadGateway, All},
		{"bad-gateway/adv-phone-opens", badGatewayPhoneOpens, All},

		// The browser's word.
		{"browser-side/adv-blocked-by-client", seenWorks("ERR_BLOCKED_BY_CLIENT", "browser-side"), All},
		{"browser-side/adv-cert-date-invalid", seenWorks("NET::ERR_CERT_DATE_INVALID", "browser-side"), All},
		{"browser-side/adv-too-many-redirects", seenWorks("ERR_TOO_MANY_REDIRECTS", "browser-side"), All},
		{"intermittent/adv-seen-french-502", seenWorks("502 Erreur de proxy. Le serveur proxy a reçu une réponse incorrecte", "intermittent"), All},

		// Healthy, in odd clothes.
		{"works/adv-slow-first-byte-6s", slowAnswer(6*time.Second, want("works")), All},
		{"works/adv-ten-early-hints", earlyHints, All},
		{"works/adv-206", answers(want("works"), 206, "<html><title>Boutique</title>part</html>", "Content-Range", "bytes 0-39/40"), All},
		{"works/adv-203", answers(want("works"), 203, "<html><title>Boutique</title>Open</html>"), All},
		{"works/adv-300-with-a-page", answers(Want{Cause: "works", Or: "bad-redirect"}, 300, "<html><title>Choose</title><a href=/fr>fr</a> <a href=/en>en</a></html>"), All},
		{"works/adv-brotli-answer", answers(want("works"), 200, "\x0b\x02\x80hello\x03", "Content-Encoding", "br"), All},
		{"works/adv-60-cookies", manyCookies, All},
		{"works/adv-bare-line-feeds", bareLineFeeds, All},
		{"works/adv-no-reason-phrase", noReason, All},
		{"works/adv-page-held-open", pageHeldOpen, All},
		{"works/adv-bare-name-with-port-80", func(w *World) Want { w.Site(shop); return typed(SiteHost+":80", want("works")) }, All},
		{"works/adv-bare-name-with-odd-http-port", bareOddPort, All},
		{"works/adv-four-hops-with-a-cookie", fourHops, All},
		{"works/adv-308-and-307", answersBy(permanentThenTemporary), All},
		{"works/adv-default-page", answers(want("works"), 200, "<html><body><h1>It works!</h1></body></html>"), All},
		{"works/adv-maintenance-blog", answersBy(Page("503 Service Unavailable: how we plan maintenance")), All},
		{"works/adv-http-site-of-the-old-days", oldPlainSite, All},
		{"works/adv-443-resets-bare-name-http", cut443PlainWell, All},
		{"works/adv-second-proxy-variable", upperCaseProxyOnly, All},
		{"works/adv-nothing-but-the-site-passes", nothingButTheSite, All},
		{"works/adv-ipv6-literal", ipv6Literal, All},
		{"works/adv-sentence-with-an-address", func(w *World) Want {
			w.Site(shop)
			return typed("Bonjour, je n’arrive pas à ouvrir https://boutique.example/ depuis ce matin.", want("works"))
		}, All},
		{"works/adv-private-link", privateLinkOnlyRoot, All},
	}...)
}

func answersBy(h http.Handler) func(*World) Want {
	return func(w *World) Want {
		w.Site(h)
		w.Prove(siteURL, 200, 0)
		return want("works")
	}
}

const dropBeforeRouting = "table inet lab { chain p { type filter hook prerouting priority raw\n iifname \"lan\" ip daddr " + SiteIP + " drop\n iifname \"lan\" ip6 daddr " + SiteIP6 + " drop\n }\n}"

func boxSwallowsBeforeRouting(w *World) Want { // the box's filter comes before its counter of hops, as on BSD: no "time exceeded" for this address
	w.Site(shop)
	w.NFT(w.Box, dropBeforeRouting)
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "site-unreachable", Or: "site-blocked", OrLess: true, NotSure: true}
}

func boxSwallowsSecondLink(w *World) Want {
	w.Site(shop)
	w.wifi()
	w.NFT(w.Box, dropBeforeRouting)
	w.Prove(siteURL, 0, 28)
	w.Prove(siteURL, 200, 0, "--interface", "wlan0")
	return want("site-blocked")
}

func webSwallowedByBox(w *World) Want { // 80 and 443 go nowhere, names and pings pass: a rule of the network, no outage of the provider
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport { 80, 443 } drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "port-blocked", Or: "no-internet", NotSure: true, OrLess: true}
}

func killSwitch(w *World) Want { // the VPN is dead, and its rule lets nothing past it
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, halves...)
	w.NFT(w.Computer, "table inet killswitch { chain o { type filter hook output priority 0\n oifname \"eth0\" ip daddr != 192.168.1.0/24 drop\n oifname \"eth0\" meta nfproto ipv6 tcp dport { 80, 443 } drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "vpn-broken", Or: "firewall-local", OrLess: true}
}

func ownLoopbackLocalServer(w *World) Want { // the filter answers with 127.0.0.1, where a web server of this computer happens to listen
	w.Site(shop)
	w.Serve(w.Computer, "127.0.0.1:80", Status(200, "<html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1></html>"))
	w.BoxDNS("--address=/"+SiteHost+"/127.0.0.1", "--address=/"+SiteHost+"/::")
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return want("dns-blocks-site")
}

// firstSaysNoData: the first resolver has no address for the name. The answer of one that says that it can recurse is
// final; after that of one that cannot, systems go on to the next. This computer keeps no cache: nothing can be emptied.
func firstSaysNoData(recurses bool) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.resolverOf("198.51.100.54", func(q *dns.Msg) *dns.Msg {
			if strings.HasPrefix(q.Question[0].Name, SiteHost) {
				a := new(dns.Msg).SetReply(q)
				a.RecursionAvailable = recurses
				return a
			}
			return w.truth(q)
		})
		w.File("/etc/resolv.conf", "nameserver 198.51.100.54\nnameserver "+BoxIP+"\n")
		if !recurses {
			w.Prove(siteURL, 200, 0)
			return want("works")
		}
		w.Prove(siteURL, 0, 6)
		return want("dns-blocks-site")
	}
}

func oneAddressAtATime(w *World) Want { // every answer has one address only: a living one and a dead one in turn. No cache is old
	w.SiteAt(SiteHost, shop, SiteIP)
	var n atomic.Int64
	w.boxResolver(func(q *dns.Msg) *dns.Msg {
		if q.Question[0].Qtype == dns.TypeA && strings.HasPrefix(q.Question[0].Name, SiteHost) {
			ip := DeadIP
			if n.Add(1)%2 == 0 {
				ip = SiteIP
			}
			a := new(dns.Msg).SetReply(q)
			a.RecursionAvailable = true
			a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 0}, A: net.ParseIP(ip)}}
			return a
		}
		return w.truth(q)
	})
	w.Names.Set(SiteHost, DeadIP, SiteIP)
	return Want{Cause: "intermittent", Or: "works", OrLess: true}
}

func noHairpin(how string) func(*World) Want { // a server at home, under the box's own public address, which the box serves to the outside only
	return func(w *World) Want {
		w.Names.Set(SiteHost, "192.0.2.2")
		w.NFT(w.Box, "table inet lab { chain i { type filter hook input priority 0\n iifname \"lan\" ip daddr 192.0.2.2 tcp dport { 80, 443 } "+how+"\n }\n}")
		if how == "drop" {
			w.Prove(siteURL, 0, 28)
			return Want{Cause: "site-unreachable", Or: "site-blocked", OrLess: true, NotSure: true}
		}
		w.Prove(siteURL, 0, 7)
		return Want{Cause: "connection-refused", Or: "site-blocked", OrLess: true, NotSure: true}
	}
}

func twoHoursBehind(w *World) Want { // a summer time gone wrong, and a certificate that was renewed an hour ago
	w.MoveClock(2 * time.Hour)
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTLS(w.Internet, SiteIP+":443", shop, Trusted().Issue(Validity{time.Now().Add(time.Hour), time.Now().AddDate(0, 3, 0)}, SiteHost))
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong", Address: siteURL}
}

func thirtyHoursAhead(w *World) Want { // the wrong day was chosen; the certificate ends today
	w.MoveClock(-30 * time.Hour)
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTLS(w.Internet, SiteIP+":443", shop, Trusted().Issue(Validity{time.Now().AddDate(0, -3, 0), time.Now().Add(-20 * time.Hour)}, SiteHost))
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong", Address: siteURL}
}

func badGatewayChecksReplaced(w *World) Want { // a filter shows its page for the check addresses; the site's own proven page is a 502
	got := nginxUpstreamRefused(w)
	w.Serve(w.Box, BoxIP+":8080", Status(200, "<html><title>Web filter</title><h1>Blocked</h1>Category: connectivity checks.</html>"))
	w.NFT(w.Box, "table ip lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" ip daddr 198.51.100.200-198.51.100.203 tcp dport 80 redirect to :8080\n }\n}\n"+
		"table ip6 lab { chain f { type filter hook forward priority 0\n ip6 daddr 2001:db8:100::200-2001:db8:100::203 drop\n }\n}")
	return got
}

func plain502ThroughProxy(w *World) Want { // the proxy passes on the 502 of the site's own front door
	w.Names.Set(SiteHost, SiteIP)
	w.NginxConf("server { listen "+SiteIP+":80; location / { proxy_pass http://127.0.0.1:9001; } }", SiteIP+":80")
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove("http://"+SiteHost+"/", 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway", Address: "http://" + SiteHost + "/"}
}

const ipv6Dead = "table ip6 six { chain f { type filter hook forward priority 0\n drop\n }\n}"

func refusedIPv6Dead(w *World) Want {
	got := nothingListens(w)
	w.NFT(w.Box, ipv6Dead)
	return got
}

func silentIPv6Dead(w *World) Want { // both families silent: IPv6 for everybody, IPv4 for this site
	got := serverFirewalled(w)
	w.NFT(w.Box, ipv6Dead)
	return got
}

func stallsInThePage(w *World) Want { // a thousand bytes, and then nothing more, on every line: no matter of packet size
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		rw.Header().Set("Content-Length", "50000")
		io.WriteString(rw, "<html><title>Boutique</title>"+strings.Repeat("x", 1000))
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	w.Prove(siteURL, 200, 28)
	return Want{Cause: "no-answer", Or: "connection-cut", OrLess: true, NotSure: true}
}

func slowLine(w *World) Want { // 64 kbit a second, as an old line at its end
	w.Site(shop)
	w.need(w.Box.netOnly("", "tc", "qdisc", "add", "dev", "lan", "root", "tbf", "rate", "64kbit", "burst", "3000", "latency", "800ms"), "slowing the line")
	w.Prove(siteURL, 200, 0, "-m", "8")
	return want("works")
}

func twoResolversAgree(w *World) Want {
	w.resolverOf("198.51.100.54", w.truth)
	w.File("/etc/resolv.conf", "nameserver 198.51.100.54\nnameserver "+BoxIP+"\n")
	w.Prove(siteURL, 0, 6)
	return want("name-not-found")
}

func unknownNameTunnel(w *World) Want {
	w.deadTun("tun0")
	w.IP(w.Computer, "route add 10.0.0.0/8 via 10.8.0.1 dev tun0")
	return unknownName(w)
}

func unknownNameClock(w *World) Want { // the clock is wrong as well: it keeps nobody from asking for a name in clear
	w.MoveClock(twoYears)
	got := unknownName(w)
	return Want{Cause: got.Cause, Or: "clock-wrong"}
}

func hostsLocalServer(w *World) Want { // the line leads to this computer, where a web server shows its own page
	w.Site(shop)
	w.Serve(w.Computer, "127.0.0.1:80", Status(200, "<html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1></html>"))
	w.hosts("127.0.0.1 " + SiteHost + "\n")
	w.Prove("http://"+SiteHost+"/", 200, 0)
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "hosts-override", Or: "works", NotSure: true}
}

func hostsOldMachine404(w *World) Want {
	w.Site(shop)
	w.SiteAt(SiteHost, Status(404, nginxPage("404 Not Found")), "203.0.113.12")
	w.hosts("203.0.113.12 " + SiteHost + "\n")
	w.Prove(siteURL, 404, 0)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsDeadAnd502(w *World) Want { // without the line there is a 502: the line stops the person first
	w.Nginx("location / { proxy_pass http://127.0.0.1:9001; }", nil)
	w.hosts(DeadIP + " " + SiteHost + "\n")
	return Want{Cause: "hosts-override", Or: "bad-gateway"}
}

func dnsDownHostsForAnother(w *World) Want {
	got := boxDNSClosed(w)
	w.hosts(SiteIP + " www." + SiteHost + "\n")
	return got
}

func servfailNowAndThen(w *World) Want { // two answers of three fail, for every name
	w.Site(shop)
	var n atomic.Int64
	w.boxResolver(func(q *dns.Msg) *dns.Msg {
		if n.Add(1)%3 != 0 {
			return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
		}
		return w.truth(q)
	})
	return Want{Cause: "dns-server-down", Or: "works", OrLess: true}
}

func deadAddressAnd503(w *World) Want {
	w.Names.Set(SiteHost, DeadIP, SiteIP)
	w.SiteAt(SiteHost, Status(503, "<h1>Service Unavailable</h1>"), SiteIP)
	return want("unavailable")
}

func badGatewayExpiredV4(w *World) Want { // by IPv6, which browsers use, a 502; by IPv4 an expired certificate: no address is well
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, Status(502, nginx502), SiteIP6)
	w.ServeTLS(w.Internet, SiteIP+":443", shop, Trusted().Issue(Expired(), SiteHost))
	w.Prove(siteURL, 502, 0)
	return want("bad-gateway")
}

func cutChecksBlocked(w *World) Want {
	got := resetAtHello(w)
	w.blockChecks()
	return got
}

func noAnswerPublicBlocked(w *World) Want {
	got := acceptsAndSilent(w)
	w.blockChecks()
	return got
}

func timeoutQuad9(w *World) Want {
	got := nginxUpstreamSilent(w)
	w.Resolvers["dns.quad9.net"].Silence()
	return got
}

func wrongNamePublicBlocked(w *World) Want { // nobody can say whether the address is right
	got := certWrongName(w)
	w.blockChecks()
	got.OrLess = true
	return got
}

func port443DeadResolver(w *World) Want {
	got := port443Refused(w)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\nnameserver "+BoxIP+"\n")
	return got
}

func replacedByPaloAlto(w *World) Want { // Palo Alto's pages often carry 503: no outage, and no use to wait
	got := w.replaced(Status(503, "<html><head><title>Web Page Blocked</title></head><body><div id=\"content\"><h1>Web Page Blocked</h1><p>Access to the web page you were trying to visit has been blocked in accordance with company policy. Please contact your system administrator if you believe this is in error.</p><p><b>User:</b> 192.168.1.20</p><p><b>URL:</b> boutique.example/</p><p><b>Category:</b> shopping</p></div></body></html>"))
	w.Prove(got.Address, 503, 0)
	return got
}

func portalWrongClock(w *World) Want {
	w.MoveClock(twoYears)
	return portalRedirect(w)
}

func proxyRedirects(w *World) Want { // the company's proxy sends everybody to its sign-in page, tunnels too
	w.Site(shop)
	w.Serve(w.Internet, "203.0.113.31:3128", redirectHandler("http://login.entreprise.example/"))
	w.proxy("http://203.0.113.31:3128")
	w.Prove(siteURL, 0, 56)
	return Want{Cause: "proxy-broken", Or: "captive-portal"}
}

func bareHTTP502(w *World) Want { // nothing on 443, a 502 on 80
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", Status(502, nginx502))
	w.Prove("http://"+SiteHost+"/", 502, 0)
	return want("bad-gateway")
}

func unavailableThenSilence(w *World) Want { // 503 first, and then not even that
	var n atomic.Int64
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 1 {
			<-r.Context().Done()
			return
		}
		Status(503, "<h1>Service Unavailable</h1>").ServeHTTP(rw, r)
	}))
	return Want{Cause: "unavailable", Or: "no-answer", NotSure: true}
}

func slowBadGateway(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(3 * time.Second)
		Status(502, nginx502).ServeHTTP(rw, r)
	}))
	w.Prove(siteURL, 502, 0, "-m", "6")
	return want("bad-gateway")
}

func badGatewayPhoneOpens(w *World) Want { // a proven 502 here, the page there: it comes and goes, or it is not the same machine
	got := nginxUpstreamRefused(w)
	return Want{Cause: "intermittent", Or: "bad-gateway", OrLess: true, NotSure: true, Address: got.Address, Args: []string{"--witness", "phone=opens"}}
}
