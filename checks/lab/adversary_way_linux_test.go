package lab

import (
	"net"
	"net/http"

	"github.com/miekg/dns"
)

// The way to the site: boxes, portals, providers, filters, families, small lines.
func init() {
	phone := func(f func(*World) Want, says, cause string) func(*World) Want {
		return func(w *World) Want {
			got := f(w)
			return Want{Cause: cause, Address: got.Address, Args: append(got.Args, "--witness", "phone="+says)}
		}
	}
	Scenarios = append(Scenarios, []Scenario{
		{"site-blocked/adv-second-link-opens-swallowed", blockedHereOpensThere("drop"), All},
		{"site-blocked/adv-second-link-opens-refused", blockedHereOpensThere("reject with icmpx type port-unreachable"), All},
		{"site-blocked/adv-second-link-opens-prohibited", blockedHereOpensThere("reject with icmpx type admin-prohibited"), All},
		{"site-blocked/adv-second-link-opens-reset-by-name", resetByNameSecondLink, All},
		{"site-blocked/adv-phone-opens-swallowed", phone(blockedHere("drop"), "opens", "site-blocked"), All},
		{"site-blocked/adv-phone-opens-reset-by-name", phone(resetByName, "opens", "site-blocked"), All},
		{"site-unreachable/adv-both-links-silent", bothLinksSilent, All},
		{"site-unreachable/adv-phone-same-error", phone(silentAddress, "same-error", "site-unreachable"), All},
		{"bad-gateway/adv-phone-same-error", phone(nginxUpstreamRefused, "same-error", "bad-gateway"), All},
		{"connection-refused/adv-phone-same-error", phone(nothingListens, "same-error", "connection-refused"), All},
		{"bad-gateway/adv-second-link-too", badGatewaySecondLink, All},
		{"no-internet/adv-second-link-alive", noInternetSecondLink, All},
		{"router-unreachable/adv-second-link-alive", boxDeadSecondLink, All},
		{"dns-server-down/adv-second-link-alive", dnsDownSecondLink, All},
		{"works/adv-two-links", twoLinks, All},

		{"captive-portal/adv-dns-and-own-certificate", portalDNSOwnCertificate, All},
		{"captive-portal/adv-intercepts-443", portalIntercepts443, All},
		{"captive-portal/adv-lets-apple-through", portalLetsOneCheck("198.51.100.203", "2001:db8:100::203"), All},
		{"captive-portal/adv-lets-google-through", portalLetsOneCheck("198.51.100.200", "2001:db8:100::200"), All},
		{"captive-portal/adv-200-with-script", portalScript, All},
		{"captive-portal/adv-meta-refresh", portalMeta, All},
		{"captive-portal/adv-and-dead-proxy", portalDeadProxy, All},
		{"captive-portal/adv-resolver-set-by-hand", portalForeignResolver, All},

		{"no-internet/adv-box-answers-from-its-cache", cachedThenDown, All},
		{"no-internet/adv-box-refuses-names", downBoxDNS(dns.RcodeRefused), All},
		{"no-internet/adv-box-servfails", downBoxDNS(dns.RcodeServerFailure), All},
		{"no-internet/adv-box-denies-all-names", downBoxDNS(dns.RcodeNameError), All},
		{"no-internet/adv-box-rejects-all", boxRejects("reject"), All},
		{"no-internet/adv-box-says-prohibited", boxRejects("reject with icmpx type admin-prohibited"), All},
		{"no-internet/adv-box-resets-all", boxRejects("meta l4proto tcp reject with tcp reset"), All},
		{"no-internet/adv-and-hosts-line", downAndHosts, All},
		{"no-internet/adv-and-dead-tunnel", downAndTunnel, All},

		{"port-blocked/adv-80-swallowed", port80Blocked("drop"), All},
		{"port-blocked/adv-80-refused", port80Blocked("reject with tcp reset"), All},
		{"port-blocked/adv-443-prohibited", port443Prohibited, All},
		{"port-blocked/adv-443-and-icmp-filtered", port443ICMPFiltered, All},
		{"port-blocked/adv-443-and-site-502", port443And502, All},
		{"works/adv-443-swallowed-http-only-site", port443HTTPOnlySite, All},
		{"works/adv-80-swallowed-https-site", port80HTTPSSite, All},
		{"site-unreachable/adv-odd-port-swallowed", oddPortSwallowed, All},

		{"page-replaced/adv-redirect-to-the-provider", replacedByRedirect, All},
		{"page-replaced/adv-redirect-to-private-address", replacedByPrivateRedirect, All},
		{"page-replaced/adv-fortiguard-403", replacedByFortiguard, All},
		{"page-replaced/adv-502-of-a-filter", replacedBy502, All},

		{"mtu-blackhole/adv-1492", smallLine(1492), All},
		{"mtu-blackhole/adv-http-page", smallLineHTTP, All},
		{"mtu-blackhole/adv-only-downwards", smallDownwards, All},
		{"mtu-blackhole/adv-in-the-tunnel", smallTunnel, All},
		{"mtu-blackhole/adv-and-first-resolver-dead", smallLineDeadResolver, All},
		{"works/adv-small-line-that-says-so", smallLineThatSays, All},

		{"ipv6-broken/adv-only-ipv6-site-rejected", onlyIPv6SiteRejected, All},
		{"no-internet/adv-ipv4-dead-ipv4-only-site", ipv4DeadIPv4Site, All},
		{"undetermined/adv-ipv6-only-network-ipv4-only-site", ipv6NetworkIPv4Site, All},
		{"works/adv-nat64", nat64, All},
		{"bad-gateway/adv-nat64", nat64And502, All},
		{"works/adv-ipv6-rejected-at-once", ipv6Rejected, All},
		{"works/adv-three-families-of-filters", filtersOfAllSorts, All},
		{"connection-refused/adv-four-addresses", fourRefuse, All},
		{"site-unreachable/adv-four-silent-addresses", fourSilent, All},
		{"site-unreachable/adv-private-machine-off", privateMachineOff, All},
		{"works/adv-one-of-four-lives-last", oneOfFourLives, All},
		{"certificate-expired/adv-over-satellite", expiredSatellite, All},
		{"page-not-found/adv-lossy-line", lossy404, All},
		{"dns-blocks-site/adv-lossy-line", lossyDNSBlocks, All},
	}...)
}

func blockedHere(how string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.boxDrops("meta l4proto tcp", how)
		return want("site-unreachable")
	}
}

func blockedHereOpensThere(how string) func(*World) Want { // the first link's network refuses the site, the second one's does not
	return func(w *World) Want {
		w.Site(shop)
		w.wifi()
		w.boxDrops("meta l4proto tcp", how)
		if status, _ := w.Curl(siteURL); status != 0 {
			w.T.Fatal("the lab failed: the box lets the site through")
		}
		w.Prove(siteURL, 200, 0, "--interface", "wlan0")
		return want("site-blocked")
	}
}

func resetByNameSecondLink(w *World) Want {
	resetByName(w)
	w.wifi()
	w.Prove(siteURL, 200, 0, "--interface", "wlan0")
	return want("site-blocked")
}

func bothLinksSilent(w *World) Want {
	got := silentAddress(w)
	w.wifi()
	return got
}

func badGatewaySecondLink(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.wifi()
	return got
}

func noInternetSecondLink(w *World) Want { // the cable's provider is down, and the system prefers the cable
	w.Site(shop)
	w.wifi()
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Prove(siteURL, 200, 0, "--interface", "wlan0", "--resolve", SiteHost+":443:"+SiteIP)
	return want("no-internet")
}

func boxDeadSecondLink(w *World) Want {
	w.wifi()
	return boxDead(w)
}

func dnsDownSecondLink(w *World) Want {
	w.wifi()
	return boxDNSClosed(w)
}

func twoLinks(w *World) Want {
	w.Site(shop)
	w.wifi()
	return want("works")
}

func portalDNSOwnCertificate(w *World) Want { // every name is the portal, which answers 443 too, with a certificate of its own
	w.Site(shop)
	login := Status(200, portalPage)
	w.Serve(w.Box, BoxIP+":80", login)
	w.ServeTLS(w.Box, BoxIP+":443", login, (*Authority)(nil).Issue(Good(), "login.hotel.lan"))
	w.BoxDNSFrom("--address=/#/" + BoxIP)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" drop\n }\n}")
	w.Prove(siteURL, 0, 60)
	return want("captive-portal")
}

func portalIntercepts443(w *World) Want { // the portal answers all of 80 with its page and all of 443 with one certificate: no inspector, a portal
	w.Site(shop)
	login := Status(200, portalPage)
	own := (*Authority)(nil).Issue(Good(), "login.hotel.lan")
	for _, ip := range []string{BoxIP, BoxIP6} {
		w.Serve(w.Box, net.JoinHostPort(ip, "8080"), login)
		w.ServeTLS(w.Box, net.JoinHostPort(ip, "8443"), login, own)
	}
	w.NFT(w.Box, "table inet lab {\n chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 80 redirect to :8080\n iifname \"lan\" tcp dport 443 redirect to :8443\n }\n chain f { type filter hook forward priority 0\n iifname \"lan\" drop\n }\n}")
	w.Prove(siteURL, 0, 60)
	return want("captive-portal")
}

func portalLetsOneCheck(v4, v6 string) func(*World) Want { // so that the telephone of one maker shows no sign-in sheet
	return func(w *World) Want {
		w.Site(shop)
		w.portal()
		w.NFT(w.Box, `table inet lab {
 chain p { type nat hook prerouting priority dstnat
  ip daddr `+v4+` accept
  ip6 daddr `+v6+` accept
  iifname "lan" tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" tcp dport 443 reject with tcp reset
 }
}`)
		w.Prove(siteURL, 0, 7)
		return want("captive-portal")
	}
}

// portalPageFor answers every plain request with one page.
func (w *World) portalPageFor(status int, page string) {
	for _, ip := range []string{BoxIP, BoxIP6} {
		w.Serve(w.Box, net.JoinHostPort(ip, "8080"), Status(status, page))
	}
	w.NFT(w.Box, "table inet lab {\n chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 80 redirect to :8080\n }\n chain f { type filter hook forward priority 0\n iifname \"lan\" tcp dport 443 drop\n }\n}")
}

func portalScript(w *World) Want {
	w.Site(shop)
	w.portalPageFor(200, "<html><script>location='http://portal.hotel.lan/start'</script></html>")
	return want("captive-portal")
}

func portalMeta(w *World) Want {
	w.Site(shop)
	w.portalPageFor(200, `<HTML><HEAD><meta http-equiv="refresh" content="0; URL=http://1.1.1.3/login.html"></HEAD></HTML>`)
	return want("captive-portal")
}

func portalDeadProxy(w *World) Want { // the office's proxy is still set, at the hotel
	got := portalRedirect(w)
	w.proxy("http://10.1.2.3:3128")
	return Want{Cause: got.Cause, Or: "proxy-broken"}
}

func portalForeignResolver(w *World) Want { // a resolver set by hand, that the portal lets nobody reach
	got := portalRedirect(w)
	w.File("/etc/resolv.conf", "nameserver 8.8.8.8\n")
	return Want{Cause: got.Cause, Or: "no-internet", NotSure: true}
}

func cachedThenDown(w *World) Want { // the box still knows the address
	w.Site(shop)
	w.Prove(siteURL, 200, 0)
	w.NFT(w.Internet, "table netdev lab { chain i { type filter hook ingress device \"wan\" priority 0\n drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("no-internet")
}

func downBoxDNS(code int) func(*World) Want { // the line is down, and the box answers every question with an error
	return func(w *World) Want {
		w.Site(shop)
		w.boxResolver(func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) })
		w.IP(w.Box, "link set wan down")
		w.Prove(siteURL, 0, 6)
		return want("no-internet")
	}
}

func boxRejects(how string) func(*World) Want { // the line is down, and the box says no to everything; its DNS lives from memory
	return func(w *World) Want {
		w.Site(shop)
		w.BoxDNSFrom("--address=/#/203.0.113.10")
		w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n "+how+"\n drop\n }\n}")
		if status, _ := w.Curl(siteURL); status != 0 {
			w.T.Fatal("the lab failed: something passes")
		}
		return want("no-internet")
	}
}

func downAndHosts(w *World) Want {
	got := uplinkDown(w)
	w.hosts(DeadIP + " " + SiteHost + "\n")
	return Want{Cause: got.Cause, Or: "hosts-override"}
}

func downAndTunnel(w *World) Want { // under a dead tunnel there is a dead line: to close the VPN does not help
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, "route add 0.0.0.0/1 via 10.8.0.1 dev tun0", "route add 128.0.0.0/1 via 10.8.0.1 dev tun0", "route del ::/0")
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	return Want{Cause: "no-internet", Or: "vpn-broken", NotSure: true}
}

func port80Blocked(how string) func(*World) Want { // all of port 80, connectivity checks too; the site is plain HTTP only
	return func(w *World) Want {
		w.Names.Set(SiteHost, SiteIP)
		w.Serve(w.Internet, SiteIP+":80", shop)
		w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 80 "+how+"\n }\n}")
		w.Prove("https://www.debian.org/", 200, 0)
		return Want{Cause: "port-blocked", Address: "http://" + SiteHost + "/"}
	}
}

func port443Prohibited(w *World) Want {
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 443 reject with icmpx type admin-prohibited\n }\n}")
	w.Prove(siteURL, 0, 7)
	return want("port-blocked")
}

func port443ICMPFiltered(w *World) Want {
	got := port443Swallowed(w)
	w.filterICMP()
	return got
}

func port443And502(w *World) Want {
	nginxUpstreamRefused(w)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 443 drop\n }\n}")
	return Want{Cause: "port-blocked"}
}

func port443HTTPOnlySite(w *World) Want { // a bare name is tried as http where nothing answers on 443: it opens
	got := httpOnly(w)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 443 drop\n }\n}")
	return got
}

func port80HTTPSSite(w *World) Want { // nothing of port 80 gets out, nobody needs it here
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 80 drop\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func oddPortSwallowed(w *World) Want { // the site's machine lives, its port 8443 is swallowed by somebody
	w.Site(shop)
	w.NFT(w.Internet, "table inet lab { chain i { type filter hook input priority 0\n tcp dport 8443 drop\n }\n}")
	w.Prove("https://"+SiteHost+":8443/", 0, 28)
	return Want{Cause: "site-unreachable", Address: "https://" + SiteHost + ":8443/", NotSure: true}
}

// replaced lets the box answer the site's port 80 with h; the site itself is plain HTTP and well.
func (w *World) replaced(h http.Handler) Want {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", shop)
	w.Serve(w.Box, BoxIP+":8080", h)
	w.NFT(w.Box, "table ip lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" ip daddr "+SiteIP+" tcp dport 80 redirect to :8080\n }\n}")
	return Want{Cause: "page-replaced", Address: "http://" + SiteHost + "/", OrLess: true}
}

func replacedByRedirect(w *World) Want { // sent to the provider's page, which is short and speaks of blocking
	w.Names.Set("blocage.provider.example", "198.51.100.66")
	w.Serve(w.Internet, "198.51.100.66:80", Status(200, "<html><title>Site blocked</title><h1>Access denied</h1>This site is blocked by order of the court.</html>"))
	got := w.replaced(redirectHandler("http://blocage.provider.example/"))
	w.Prove(got.Address, 200, 0)
	return got
}

func replacedByPrivateRedirect(w *World) Want {
	w.IP(w.Box, "addr add 10.99.0.1/32 dev lo")
	w.Serve(w.Box, "10.99.0.1:80", Status(200, "<html><title>Web filter</title><h1>Blocked</h1>This site is blocked by policy.</html>"))
	got := w.replaced(redirectHandler("http://10.99.0.1/block?cat=7"))
	w.Prove(got.Address, 200, 0)
	got.Or = "captive-portal"
	return got
}

func replacedByFortiguard(w *World) Want {
	got := w.replaced(Status(403, "<html><head><title>FortiGuard Intrusion Prevention - Access Blocked</title></head><body><h1>FortiGuard Intrusion Prevention - Access Blocked</h1><h2>Web Page Blocked</h2><p>You have tried to access a web page that is in violation of your Internet usage policy.</p><p>Category: Shopping</p><p>URL: http://boutique.example/</p></body></html>"))
	w.Prove(got.Address, 403, 0)
	got.GatewayBy = "filter"
	return got
}

func replacedBy502(w *World) Want { // a 502 that a filter wrote is no fault of the site's chain
	got := w.replaced(Status(502, "<html><head><title>FortiGuard Intrusion Prevention - Access Blocked</title></head><body><h2>Web Page Blocked</h2><p>You have tried to access a web page that is in violation of your Internet usage policy.</p></body></html>"))
	w.Prove(got.Address, 502, 0)
	return got
}
