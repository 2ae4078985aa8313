package lab

import (
	"io"
	"net"
	"time"
)

// This computer: proxies, firewalls, tunnels, browsers.
func init() {
	site := "ip daddr " + SiteIP + " "
	site6 := "ip6 daddr " + SiteIP6 + " "
	both := func(rule string) string { return site + rule + "\n " + site6 + rule }
	Scenarios = append(Scenarios, []Scenario{
		{"proxy-broken/adv-502-to-every-tunnel", proxyAnswers(502, ""), All},
		{"proxy-broken/adv-503-to-every-tunnel", proxyAnswers(503, ""), All},
		{"proxy-broken/adv-504-to-every-tunnel", proxyAnswers(504, ""), All},
		{"proxy-broken/adv-403-to-every-tunnel", proxyAnswers(403, ""), All},
		{"proxy-broken/adv-502-over-plain-http", proxyAnswers(502, "http://"+SiteHost+"/"), All},
		{"proxy-broken/adv-its-dns-is-broken", proxyWithoutDNS, All},
		{"proxy-broken/adv-closes-at-once", proxyRaw(func(c net.Conn) {}), All},
		{"proxy-broken/adv-speaks-nonsense", proxyRaw(func(c net.Conn) { request(c); io.WriteString(c, "220 mail.example ESMTP\r\n") }), All},
		{"proxy-broken/adv-tunnel-leads-nowhere", proxyRaw(func(c net.Conn) {
			request(c)
			io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
			io.Copy(io.Discard, c)
		}), All},
		{"proxy-broken/adv-socks-closed", socksClosed, All},
		{"proxy-broken/adv-http-only-typed-http", proxyForHTTPOnly(true), All},
		{"proxy-broken/adv-firefox-setting", firefoxProxy(`user_pref("network.proxy.type", 1);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 3128);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 3128);
`), All},
		{"works/adv-firefox-pac-file-dead", firefoxDeadPAC, All},
		{"proxy-broken/adv-firefox-pac-names-a-dead-proxy", firefoxPACDeadProxy, All},
		{"works/adv-firefox-pac-says-direct", firefoxPACDirect, All},
		{"proxy-broken/adv-chromium-policy", chromiumProxy, All},
		{"proxy-broken/adv-and-hosts-line", proxyAndHosts, All},
		{"proxy-broken/adv-and-public-dns-blocked", proxyAndNoPublicDNS, All},
		{"proxy-broken/adv-only-way-out", proxyOnlyWay, All},
		{"bad-gateway/adv-dead-proxy-not-for-this", proxyNotForThis502, All},
		{"certificate-expired/adv-through-company-proxy", expiredThroughProxy, All},
		{"works/adv-proxy-for-http-only-typed-https", proxyForHTTPOnly(false), All},
		{"works/adv-socks", socksWorks, All},
		{"works/adv-proxy-exception-by-address", proxyExceptionByAddress, All},
		{"works/adv-firefox-proxy-of-another-profile", firefoxOtherProfile, All},
		{"works/adv-through-proxy-with-ipv6-dead", proxyIPv6Dead, All},

		{"firewall-local/adv-reset", localRule(both("tcp dport 443 reject with tcp reset"), false), All},
		{"firewall-local/adv-port-unreachable", localRule(both("tcp dport 443 reject"), true), All},
		{"firewall-local/adv-drop-443-to-all", localRule("tcp dport 443 drop", true), All},
		{"firewall-local/adv-reject-443-to-all", localRule("tcp dport 443 reject with icmpx type admin-prohibited", true), All},
		{"firewall-local/adv-drop-by-user", localRule("meta skuid 1000 "+site+"drop\n meta skuid 1000 "+site6+"drop", true), All},
		{"firewall-local/adv-drop-all-web", localRule("tcp dport { 80, 443 } drop", true), All},
		{"firewall-local/adv-drop-site-and-public-dns-blocked", localDropPublicBlocked, All},
		{"firewall-local/adv-drop-and-icmp-filtered", localDropICMPFiltered, All},
		{"firewall-local/adv-blackhole-route", localRoute("blackhole"), All},
		{"firewall-local/adv-unreachable-route", localRoute("unreachable"), All},
		{"works/adv-firewall-of-ipv6-only", localSixOnly, All},
		{"works/adv-firewall-for-another-site", localOther, All},
		{"site-unreachable/adv-firewall-for-another-site", localOtherSiteDead, All},
		{"connection-refused/adv-firewall-for-another-site", localOtherSiteRefuses, All},

		{"vpn-broken/adv-default-route-and-dns", tunnelHoldsAll, All},
		{"vpn-broken/adv-only-the-site", tunnelForSite, All},
		{"vpn-broken/adv-wireguard-name", tunnelNamed("wg0"), All},
		{"vpn-broken/adv-ipv6-too", tunnelBothFamilies, All},
		{"vpn-broken/adv-and-site-502", tunnelAnd502, All},
		{"works/adv-tunnel-for-others", tunnelForOthers, All},
		{"site-unreachable/adv-through-a-living-tunnel", siteDeadThroughTunnel, All},
		{"bad-gateway/adv-through-a-living-tunnel", badGatewayThroughTunnel, All},

		{"browser-side/adv-ns-error", seenWorks("NS_ERROR_NET_RESET", "browser-side"), All},
		{"browser-side/adv-pr-error", seenWorks("PR_CONNECT_RESET_ERROR", "browser-side"), All},
		{"browser-side/adv-err-name", seenWorks("This site can’t be reached boutique.example’s DNS address could not be found. DNS_PROBE_FINISHED_NXDOMAIN ERR_NAME_NOT_RESOLVED", "browser-side"), All},
		{"browser-side/adv-private-window-opens", witnessWorks("private-window=opens", "browser-side"), All},
		{"intermittent/adv-seen-503-maintenance", seenWorks("503 Service Temporarily Unavailable", "intermittent"), All},
		{"connection-refused/adv-seen-err-connection-refused", seenRefused, All},
		{"bad-gateway/adv-seen-the-same", seen502Still, All},
		{"no-internet/adv-phone-opens", phoneOpensNoInternet, All},
		{"site-unreachable/adv-seen-err-timed-out", seenTimedOut, All},
	}...)
}

func proxyAnswers(status int, address string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.Serve(w.Internet, "203.0.113.31:3128", Status(status, "<html><title>Gateway error</title><h1>The gateway could not serve you</h1></html>"))
		w.proxy("http://203.0.113.31:3128")
		if address != "" {
			w.Prove(address, status, 0)
			return Want{Cause: "proxy-broken", Address: address}
		}
		w.Prove(siteURL, 0, 56)
		return want("proxy-broken")
	}
}

func proxyWithoutDNS(w *World) Want {
	w.Site(shop)
	w.squid("http_access allow all\ndns_timeout 1 seconds")
	w.NFT(w.Internet, "table inet lab { chain o { type filter hook output priority 0\n oifname \"lo\" ip saddr != 192.168.0.0/16 ip daddr "+ProviderDNS+" meta l4proto { tcp, udp } th dport 53 drop\n }\n}")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 56, "-m", "8")
	return want("proxy-broken")
}

func proxyRaw(f func(net.Conn)) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.ServeTCP(w.Internet, "203.0.113.31:3128", f)
		w.proxy("http://203.0.113.31:3128")
		if status, _ := w.Curl(siteURL); status != 0 {
			w.T.Fatal("the lab failed: the proxy works")
		}
		return want("proxy-broken")
	}
}

func socksClosed(w *World) Want {
	w.Site(shop)
	w.proxy("socks5://127.0.0.1:1080")
	w.Prove(siteURL, 0, 7)
	return want("proxy-broken")
}

func socksWorks(w *World) Want { // the only way out
	w.Site(shop)
	w.socks5(w.Internet, "203.0.113.31:1080")
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" ip daddr != 203.0.113.31 reject\n iifname \"lan\" meta nfproto ipv6 reject\n }\n}")
	w.proxy("socks5://203.0.113.31:1080")
	w.Prove(siteURL, 200, 0, "--proxy", "socks5h://203.0.113.31:1080")
	return want("works")
}

func proxyForHTTPOnly(typedHTTP bool) func(*World) Want { // a dead proxy for plain HTTP, none for HTTPS
	return func(w *World) Want {
		w.Site(shop)
		w.env("http_proxy=http://127.0.0.1:3128", "HTTP_PROXY=http://127.0.0.1:3128")
		w.Prove(siteURL, 200, 0)
		w.Prove("http://"+SiteHost+"/", 0, 7)
		if typedHTTP {
			return Want{Cause: "proxy-broken", Address: "http://" + SiteHost + "/"}
		}
		return Want{Cause: "works", Address: siteURL}
	}
}

func firefoxProxy(prefs string) func(*World) Want { // the setting of the visitor's default browser, which the system knows nothing of
	return func(w *World) Want {
		w.Site(shop)
		w.defaultBrowser("firefox-esr.desktop")
		w.File("/home/visitor/.mozilla/firefox/profiles.ini", "[Install1]\nDefault=abc.default-esr\nLocked=1\n\n[Profile0]\nName=default-esr\nIsRelative=1\nPath=abc.default-esr\nDefault=1\n")
		w.File("/home/visitor/.mozilla/firefox/abc.default-esr/prefs.js", "// Mozilla User Preferences\n"+prefs)
		w.Prove(siteURL, 200, 0)
		return want("proxy-broken")
	}
}

const pacPrefs = "user_pref(\"network.proxy.type\", 2);\nuser_pref(\"network.proxy.autoconfig_url\", \"http://192.168.1.1:8888/proxy.pac\");\n"

func firefoxDeadPAC(w *World) Want { // nobody gives the file: Firefox then goes without a proxy
	return Want{Cause: "works", Or: "proxy-broken", Address: firefoxProxy(pacPrefs)(w).Address}
}

// pac serves the box's file of proxy rules.
func (w *World) pac(rule string) {
	w.Serve(w.Box, BoxIP+":8888", with(200, "function FindProxyForURL(url, host) { return \""+rule+"\"; }", "Content-Type", "application/x-ns-proxy-autoconfig"))
}

func firefoxPACDeadProxy(w *World) Want { // to say "works" without having read the rules would be a guess
	got := firefoxProxy(pacPrefs)(w)
	w.pac("PROXY 192.168.1.1:3128")
	got.OrLess = true
	// The script is not run here: the site is asked directly, and said to work without certainty.
	return Want{Cause: "proxy-broken", Or: "works", NotSure: true}
}

func firefoxPACDirect(w *World) Want {
	firefoxProxy(pacPrefs)(w)
	w.pac("DIRECT")
	return want("works")
}

func firefoxOtherProfile(w *World) Want { // Firefox has a dead proxy, and Chromium is the one in use
	firefoxProxy("user_pref(\"network.proxy.type\", 1);\nuser_pref(\"network.proxy.ssl\", \"127.0.0.1\");\nuser_pref(\"network.proxy.ssl_port\", 3128);\n")(w)
	w.defaultBrowser("chromium.desktop")
	return want("works")
}

func chromiumProxy(w *World) Want {
	w.Site(shop)
	w.defaultBrowser("chromium.desktop")
	w.File("/home/visitor/.config/chromium/Local State", `{"profile":{"last_used":"Default"}}`)
	w.File("/etc/chromium/policies/managed/proxy.json", `{"ProxyMode":"fixed_servers","ProxyServer":"127.0.0.1:3128"}`)
	w.Prove(siteURL, 200, 0)
	return want("proxy-broken")
}

func proxyAndHosts(w *World) Want { // through a proxy the hosts file of this computer is not asked
	w.Site(shop)
	w.proxy("http://127.0.0.1:3128")
	w.hosts(DeadIP + " " + SiteHost + "\n")
	return Want{Cause: "proxy-broken", Or: "hosts-override"}
}

func proxyAndNoPublicDNS(w *World) Want {
	got := proxyClosed(w)
	w.blockChecks()
	return got
}

func proxyOnlyWay(w *World) Want { // nothing gets out without it, and it is dead: nothing proves that the site opens
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" reject\n }\n}")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "proxy-broken", Or: "no-internet", OrLess: true, NotSure: true}
}

func proxyNotForThis502(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.proxy("http://127.0.0.1:3128")
	w.env("no_proxy="+SiteHost, "NO_PROXY="+SiteHost)
	return got
}

func expiredThroughProxy(w *World) Want {
	got := certExpired(w)
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 60)
	return got
}

func proxyExceptionByAddress(w *World) Want {
	w.IP(w.Box, "addr add 192.168.1.6/24 dev lan")
	w.Serve(w.Box, "192.168.1.6:80", Page("DiskStation"))
	w.proxy("http://127.0.0.1:3128")
	w.env("no_proxy=localhost,192.168.0.0/16", "NO_PROXY=localhost,192.168.0.0/16")
	w.Prove("http://192.168.1.6/", 200, 0)
	return Want{Cause: "works", Address: "http://192.168.1.6/"}
}

func proxyIPv6Dead(w *World) Want {
	w.NFT(w.Box, "table ip6 six { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Site(shop)
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

// localRule loads a rule into the computer's own firewall. Where the kernel forges what a far machine could have sent as
// well, to know less is honest.
func localRule(rule string, told bool) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.NFT(w.Computer, "table inet lab { chain o { type filter hook output priority 0\n "+rule+"\n }\n}")
		o := w.Computer.run(w.Computer.As(w.Computer.Command("curl", "-sS", "-o", "/dev/null", "-m", "2.5", siteURL)), 5*time.Second)
		if o.Exit == 0 {
			w.T.Fatal("the lab failed: the rule lets it through")
		}
		return Want{Cause: "firewall-local", OrLess: !told}
	}
}

func localDropPublicBlocked(w *World) Want {
	got := localDrop(w)
	w.blockChecks()
	return got
}

func localDropICMPFiltered(w *World) Want { // nobody says "time exceeded": what only that tells cannot be known
	got := localDrop(w)
	w.filterICMP()
	got.OrLess = true
	return got
}

func localRoute(kind string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.IP(w.Computer, "route add "+kind+" "+SiteIP+"/32", "route add "+kind+" "+SiteIP6+"/128")
		w.Prove(siteURL, 0, 7)
		return want("firewall-local")
	}
}

func localSixOnly(w *World) Want {
	w.Site(shop)
	w.NFT(w.Computer, "table ip6 lab { chain o { type filter hook output priority 0\n ip6 daddr "+SiteIP6+" drop\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

const otherRule = "table inet lab { chain o { type filter hook output priority 0\n ip daddr 203.0.113.55 drop\n ip daddr 203.0.113.56 reject\n }\n}"

func localOther(w *World) Want {
	w.Site(shop)
	w.NFT(w.Computer, otherRule)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func localOtherSiteDead(w *World) Want { // a rule for another place, and the site is down by itself
	got := silentAddress(w)
	w.NFT(w.Computer, otherRule)
	return got
}

func localOtherSiteRefuses(w *World) Want {
	got := nothingListens(w)
	w.NFT(w.Computer, otherRule)
	return got
}

var halves = []string{"route add 0.0.0.0/1 via 10.8.0.1 dev tun0", "route add 128.0.0.0/1 via 10.8.0.1 dev tun0", "route del ::/0"}

func tunnelHoldsAll(w *World) Want { // the default route is replaced, and the resolver lies in the tunnel too
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, "route replace default via 10.8.0.1 dev tun0", "route add 198.51.100.250/32 via 192.168.1.1 dev eth0", "route del ::/0")
	w.File("/etc/resolv.conf", "nameserver 10.8.0.1\n")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "vpn-broken", Fix: "disconnect-vpn"}
}

func tunnelForSite(w *World) Want { // only the site's addresses go into the tunnel
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, "route add 203.0.113.0/24 via 10.8.0.1 dev tun0", "route add 2001:db8:203::/48 dev tun0")
	w.Prove(siteURL, 0, 28)
	return want("vpn-broken")
}

func tunnelNamed(name string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.deadTun(name)
		w.IP(w.Computer, "route add 0.0.0.0/1 via 10.8.0.1 dev "+name, "route add 128.0.0.0/1 via 10.8.0.1 dev "+name, "route del ::/0")
		w.Prove(siteURL, 0, 28)
		return want("vpn-broken")
	}
}

func tunnelBothFamilies(w *World) Want {
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, halves[0], halves[1], "route add ::/1 dev tun0", "route add 8000::/1 dev tun0")
	w.Prove(siteURL, 0, 28)
	return want("vpn-broken")
}

func tunnelAnd502(w *World) Want {
	nginxUpstreamRefused(w)
	w.deadTun("tun0")
	w.IP(w.Computer, halves...)
	return want("vpn-broken")
}

func tunnelForOthers(w *World) Want { // a company's tunnel, dead, for its own addresses only
	w.Site(shop)
	w.deadTun("tun0")
	w.IP(w.Computer, "route add 10.0.0.0/8 via 10.8.0.1 dev tun0")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func siteDeadThroughTunnel(w *World) Want { // the tunnel carries everything else
	got := silentAddress(w)
	w.need(w.Internet.Sysctl("net/ipv4/ip_forward", "1"), "making the far end forward")
	void := w.tun(w.Internet, "void0") // the way to the silent machine goes on behind the tunnel's far end
	go io.Copy(io.Discard, void)
	w.IP(w.Internet, "link set void0 up", "route add "+DeadIP+"/32 dev void0")
	w.liveTun(Wire{Delay: 5 * time.Millisecond})
	w.IP(w.Computer, halves...)
	return got
}

func badGatewayThroughTunnel(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.liveTun(Wire{Delay: 5 * time.Millisecond})
	w.IP(w.Computer, halves...)
	w.Prove(siteURL, 502, 0, "-4")
	return got
}

func seenWorks(seen, cause string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		w.Prove(siteURL, 200, 0)
		return Want{Cause: cause, Args: []string{"--seen", seen}, NotSure: cause == "intermittent"}
	}
}

func witnessWorks(witness, cause string) func(*World) Want {
	return func(w *World) Want {
		w.Site(shop)
		return Want{Cause: cause, Args: []string{"--witness", witness}}
	}
}

func seenRefused(w *World) Want { // the browser's own error, and we get the same: the site
	got := nothingListens(w)
	got.Args = []string{"--seen", "ERR_CONNECTION_REFUSED"}
	return got
}

func seenTimedOut(w *World) Want {
	got := silentAddress(w)
	got.Args = []string{"--seen", "ERR_CONNECTION_TIMED_OUT"}
	return got
}

func seen502Still(w *World) Want {
	got := nginxUpstreamRefused(w)
	got.Args = []string{"--seen", "502 Bad Gateway nginx"}
	return got
}

func phoneOpensNoInternet(w *World) Want {
	got := uplinkDown(w)
	got.Args = []string{"--witness", "phone=opens"}
	return got
}
