package lab

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// Attempts to fool the program, thought out from CONTRACT.md alone.

const nginx502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

func errorPageWith200(w *World) Want { // nginx's very page of a 502, sent as a success
	w.Site(Status(200, nginx502))
	w.Prove(siteURL, 200, 0)
	return want("bad-gateway")
}

func edge(code int, body string) func(*World) Want {
	cause := map[int]string{522: "gateway-timeout", 524: "gateway-timeout", 523: "bad-gateway", 525: "bad-gateway", 526: "bad-gateway", 520: "bad-gateway", 529: "unavailable"}[code]
	return func(w *World) Want {
		w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Server", "cloudflare")
			rw.Header().Set("CF-RAY", "8f3c1d2e4a5b6c7d-CDG")
			rw.WriteHeader(code)
			io.WriteString(rw, body)
		}))
		w.Prove(siteURL, code, 0)
		return want(cause)
	}
}

func onlyThatQuestionFails(w *World) Want { // 502 with the query, good without: the page's fault, not a site that comes and goes
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			Status(502, nginx502).ServeHTTP(rw, r)
			return
		}
		Page("Boutique").ServeHTTP(rw, r)
	}))
	w.Prove(siteURL+"liste?q=chaussures", 502, 0)
	return Want{Cause: "bad-gateway", Address: siteURL + "liste?q=chaussures"}
}

func portalLetsThisSiteThrough(w *World) Want { // a healthy target is never the network's fault
	w.Site(Page("Boutique"))
	w.portal()
	w.NFT(w.Box, `table inet lab {
 chain p { type nat hook prerouting priority dstnat
  iifname "lan" ip daddr != `+SiteIP+` tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" ip daddr != `+SiteIP+` tcp dport 443 drop
 }
}`)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func portalAnswers200(w *World) Want { // its page in place of every check, without a redirect
	w.Site(Page("Boutique"))
	for _, ip := range []string{BoxIP, "[" + BoxIP6 + "]"} {
		w.Serve(w.Box, ip+":8080", Status(200, portalPage))
	}
	w.NFT(w.Box, "table inet lab {\n chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 80 redirect to :8080\n }\n chain f { type filter hook forward priority 0\n iifname \"lan\" tcp dport 443 drop\n }\n}")
	w.Prove("http://detectportal.firefox.com/success.txt", 200, 0)
	return want("captive-portal")
}

func oneCheckForeignSiteSilent(w *World) Want { // one check address alone proves no portal
	got := silentAddress(w)
	w.NFT(w.Box, "table ip check { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" ip daddr 198.51.100.200 tcp dport 80 redirect to :8080\n }\n}")
	w.NFT(w.Box, "table ip6 check { chain f { type filter hook forward priority 0\n ip6 daddr 2001:db8:100::200 drop\n }\n}")
	w.Serve(w.Box, BoxIP+":8080", Status(200, portalPage))
	return got
}

func dnsHijackedOnTheWay(w *World) Want { // every question in clear ends at the box, whomever it is for; encrypted ones pass
	w.Site(Page("Boutique"))
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.File("/etc/resolv.conf", "nameserver 8.8.8.8\n")
	w.NFT(w.Box, "table ip lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" udp dport 53 dnat to "+BoxIP+"\n iifname \"lan\" tcp dport 53 dnat to "+BoxIP+"\n }\n}")
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

func searchPageForUnknownNames(w *World) Want { // the provider shows its own page for names that do not exist
	w.Serve(w.Internet, "198.51.100.66:80", Status(200, "<html><title>Search</title>The name you typed does not exist. Did you mean one of these offers?</html>"))
	w.Resolvers[""].Own.Set("boutiqe.example", "198.51.100.66")
	w.Prove("http://boutiqe.example/", 200, 0)
	return Want{Cause: "page-replaced", Or: "name-not-found", Address: "boutiqe.example", NotSure: true}
}

func publicResolverByHand(w *World) Want { // 8.8.8.8 is set by hand, the box has no DNS at all
	w.Site(Page("Boutique"))
	w.StopBoxDNS()
	w.File("/etc/resolv.conf", "nameserver 8.8.8.8\n")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func searchDomain(w *World) Want { // a name without a dot, completed by the computer
	w.IP(w.Box, "addr add 192.168.1.5/24 dev lan")
	w.Serve(w.Box, "192.168.1.5:80", Page("Intranet"))
	w.BoxDNS("--address=/intranet.entreprise.example/192.168.1.5")
	w.File("/etc/resolv.conf", "search entreprise.example\nnameserver "+BoxIP+"\n")
	w.Prove("http://intranet/", 200, 0)
	return Want{Cause: "works", Address: "http://intranet/"}
}

func fifteenRedirects(w *World) Want { // long, and it ends
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := 0
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		if n < 15 {
			http.Redirect(rw, r, fmt.Sprintf("/%d", n+1), http.StatusFound)
			return
		}
		Page("Boutique").ServeHTTP(rw, r)
	}))
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func hostsRightAnd502(w *World) Want { // a true line in the hosts file is not to blame
	got := nginxUpstreamRefused(w)
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+SiteIP+" "+SiteHost+"\n")
	return got
}

func hostsForAnother(w *World) Want { // a line for another name, and the site is down
	got := silentAddress(w)
	w.File("/etc/hosts", "127.0.0.1 localhost\n192.0.2.1 autre.example\n")
	return got
}

func throughResolved(w *World) Want {
	w.Resolved()
	return plainSite(w)
}

func unknownNameThroughResolved(w *World) Want {
	w.Resolved()
	return unknownName(w)
}

func resolvedUpstreamSilent(w *World) Want { // it keeps everybody waiting for more than a minute
	w.Resolved()
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab { chain i { type filter hook input priority 0\n meta l4proto { tcp, udp } th dport 53 drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func resolvedBlocks(w *World) Want {
	w.Resolved()
	return boxDeniesTheName(w)
}

func resolvedGone(w *World) Want { // its stub is still in resolv.conf, nobody listens there
	w.Site(Page("Boutique"))
	w.File("/etc/resolv.conf", "nameserver 127.0.0.53\n")
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func throughNscd(w *World) Want {
	w.Nscd()
	return plainSite(w)
}

func threeDeadAddressesOfFour(w *World) Want {
	w.Names.Set(SiteHost, DeadIP, "203.0.113.97", "203.0.113.96", SiteIP)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	return want("works")
}

func oneAddressRefusesOtherServes(w *World) Want { // browsers go on to the next address
	w.Address(w.Internet, "203.0.113.11")
	w.Names.Set(SiteHost, "203.0.113.11", SiteIP)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func goodCertificateOnV4Only(w *World) Want { // both families connect; by IPv6, which is preferred, the certificate has expired
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.ServeTLS(w.Internet, "["+SiteIP6+"]:443", Page("Boutique"), Trusted().Issue(Expired(), SiteHost))
	w.Prove(siteURL, 0, 60, "-6")
	return Want{Cause: "certificate-expired", Or: "intermittent"}
}

func slowThen502(w *World) Want { // 2.5 s of silence on a proven site, then an error
	w.Nginx("location / { proxy_pass http://"+upstream(w, hang)+"; proxy_read_timeout 2500ms; error_page 504 =502 /e; } location = /e { internal; return 502; }", nil)
	w.Prove(siteURL, 502, 0, "-m", "6")
	return want("bad-gateway")
}

func emptyPage(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusNoContent) }))
	w.Prove(siteURL, 204, 0)
	return want("works")
}

func shopCalledBlocked(w *World) Want { // an honest plain-HTTP page that speaks of blocking, in a long article
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", Page("Access denied: why your site is blocked, and what the law says"))
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return Want{Cause: "works", Address: "http://" + SiteHost + "/"}
}

func deadProxyAndUnknownName(w *World) Want { // nobody knows the name; the proxy is dead too
	w.proxy("http://127.0.0.1:3128")
	return Want{Cause: "proxy-broken", Or: "name-not-found", OrLess: true}
}

func silentSiteThroughProxy(w *World) Want { // the proxy works and says that the site does not answer
	w.Names.Set(SiteHost, DeadIP)
	w.squid("http_access allow all\nconnect_timeout 1 seconds\nforward_timeout 2 seconds")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 56, "-m", "6")
	// By the letter, "a proxy's own pages" are proxy-broken; the site does not open directly either.
	return Want{Cause: "site-unreachable", Or: "proxy-broken", OrLess: true}
}

func unknownNameThroughProxy(w *World) Want {
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 56)
	return Want{Cause: "name-not-found", Or: "proxy-broken", OrLess: true} // as above
}

func redirectToTheBox(w *World) Want { // a proven site that sends its visitors to a private address: nobody on the way did that
	w.Serve(w.Box, BoxIP+":80", Page("Livebox"))
	w.Nginx("location / { return 302 http://"+BoxIP+"/; }", nil)
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "works", Or: "bad-redirect"}
}

func wifiWithoutInternet502FromBox(w *World) Want { // the box itself answers every plain request with a 502 while its line is down
	w.Names.Set(SiteHost, SiteIP)
	for _, ip := range []string{BoxIP, "[" + BoxIP6 + "]"} {
		w.Serve(w.Box, ip+":8080", Status(502, "<html><title>No Internet</title><h1>Your box has no Internet access</h1></html>"))
	}
	w.NFT(w.Box, "table inet lab {\n chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 80 redirect to :8080\n }\n chain f { type filter hook forward priority 0\n iifname \"lan\" drop\n }\n}")
	w.Prove("http://"+SiteHost+"/", 502, 0)
	return Want{Cause: "captive-portal", Or: "no-internet", Address: "http://" + SiteHost + "/"}
}

func slowBox(w *World) Want { // every answer of the box's DNS takes 900 ms
	w.Site(Page("Boutique"))
	w.Names.Put(SiteHost, Name{Addresses: []string{SiteIP}, Delay: 900 * time.Millisecond, TTL: 1})
	return want("works")
}

func lossy502(w *World) Want { // a bad gateway behind a line that loses one packet in seven
	got := nginxUpstreamRefused(w)
	w.Lay(Wire{Delay: 20 * time.Millisecond, Loss: 0.15})
	w.awaitWire()
	return got
}

func satellite502(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.Lay(Wire{Delay: 300 * time.Millisecond})
	w.awaitWire()
	return got
}
