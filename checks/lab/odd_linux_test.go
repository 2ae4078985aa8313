package lab

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Healthy worlds that look odd: all of them must be "works".

func filteringDNS(w *World) Want { // it denies names, not this one
	w.Site(Page("Boutique"))
	w.BoxDNS("--address=/ads.example/0.0.0.0", "--address=/connectivitycheck.gstatic.com/0.0.0.0", "--local=/www.msftconnecttest.com/")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func intranet(w *World) Want { // only the company's own DNS knows the name, at a private address
	w.IP(w.Box, "addr add 192.168.1.5/24 dev lan")
	w.ServeTLS(w.Box, "192.168.1.5:443", Page("Intranet"), Trusted().Issue(Good(), "intranet.entreprise.example"))
	w.BoxDNS("--address=/intranet.entreprise.example/192.168.1.5")
	w.Prove("https://intranet.entreprise.example/", 200, 0)
	return Want{Cause: "works", Address: "intranet.entreprise.example"}
}

func nas(w *World) Want { // a box on the shelf, over plain HTTP, under a private name
	w.IP(w.Box, "addr add 192.168.1.6/24 dev lan")
	w.Serve(w.Box, "192.168.1.6:80", Page("DiskStation"))
	w.BoxDNS("--address=/nas.lan/192.168.1.6")
	w.Prove("http://nas.lan/", 200, 0)
	return Want{Cause: "works", Address: "http://nas.lan/"}
}

func boxOwnPage(w *World) Want {
	w.Serve(w.Box, BoxIP+":80", Page("Livebox"))
	w.Prove("http://192.168.1.1/", 200, 0)
	return Want{Cause: "works", Address: "http://192.168.1.1/"}
}

func ipv6DeadIPv4Fine(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func ipv4DeadIPv6Fine(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table ip lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func onlyIPv6Computer(w *World) Want {
	w.Site(Page("Boutique"))
	w.File("/etc/resolv.conf", "nameserver "+BoxIP6+"\n")
	w.IP(w.Computer, "addr del 192.168.1.20/24 dev eth0")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func onlyIPv4Computer(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "addr flush dev eth0 scope global", "addr add 192.168.1.20/24 dev eth0", "route replace default via 192.168.1.1 dev eth0")
	w.need(w.Computer.Sysctl("net/ipv6/conf/all/disable_ipv6", "1"), "switching IPv6 off")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func checkAddressesBlocked(w *World) Want {
	w.Site(Page("Boutique"))
	w.blockChecks()
	w.Prove(siteURL, 200, 0)
	return want("works")
}

// blockChecks lets the box swallow the four connectivity checks and every public DNS, as strict networks do.
func (w *World) blockChecks() {
	w.NFT(w.Box, "table inet checks { chain f { type filter hook forward priority -1\n ip daddr { 198.51.100.200-198.51.100.203, "+publicDNS4+" } drop\n"+
		" ip6 daddr { 2001:db8:100::200-2001:db8:100::203, "+publicDNS6+" } drop\n }\n}")
}

func icmpFiltered(w *World) Want {
	w.Site(Page("Boutique"))
	w.filterICMP()
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func (w *World) filterICMP() {
	w.NFT(w.Box, "table inet quiet {\n chain i { type filter hook input priority 0\n icmp type echo-request drop\n icmpv6 type echo-request drop\n }\n chain f { type filter hook forward priority 0\n meta l4proto icmp drop\n icmpv6 type echo-request drop\n }\n}")
}

func cookieThenRedirect(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("seen"); err != nil || c.Value != "1" {
			http.SetCookie(rw, &http.Cookie{Name: "seen", Value: "1", Path: "/", Secure: true})
			http.Redirect(rw, r, r.URL.Path, http.StatusFound)
			return
		}
		Page("Boutique").ServeHTTP(rw, r)
	}))
	w.Prove(siteURL, 200, 0, "-c", "/run/tmp/jar", "-b", "/run/tmp/jar")
	return want("works")
}

func bareNameOnly(w *World) Want { // there is no www
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "works", Address: "  Boutique.EXAMPLE. "}
}

func toWWW(w *World) Want {
	w.Names.Set("www."+SiteHost, SiteIP, SiteIP6)
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Host, "www.") {
			http.Redirect(rw, r, "https://www."+r.Host+"/", http.StatusMovedPermanently)
			return
		}
		Page("Boutique").ServeHTTP(rw, r)
	}))
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return Want{Cause: "works", Address: "http://" + SiteHost + "/"}
}

func slowFirstByte(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(3 * time.Second)
		Page("Boutique").ServeHTTP(rw, r)
	}))
	w.Prove(siteURL, 200, 0, "-m", "6")
	return want("works")
}

func slowDNS(w *World) Want { // the name takes 1.8 s, and then all is well
	w.Site(Page("Boutique"))
	w.Names.Put(SiteHost, Name{Addresses: []string{SiteIP, SiteIP6}, Delay: 1800 * time.Millisecond, TTL: 1})
	w.Prove(siteURL, 200, 0, "-m", "8")
	time.Sleep(1100 * time.Millisecond) // forgotten again
	return want("works")
}

func satellite(w *World) Want { // 600 ms there and back
	w.Site(Page("Boutique"))
	w.Lay(Wire{Delay: 300 * time.Millisecond})
	w.awaitWire()
	w.Prove(siteURL, 200, 0, "-m", "12")
	return want("works")
}

func lossyLine(w *World) Want { // one packet in ten is lost
	w.Site(Page("Boutique"))
	w.Lay(Wire{Delay: 10 * time.Millisecond, Loss: 0.1})
	w.awaitWire()
	return want("works")
}

func httpOnly(w *World) Want {
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.Serve(w.Internet, SiteIP+":80", Page("Boutique"))
	w.Serve(w.Internet, net.JoinHostPort(SiteIP6, "80"), Page("Boutique"))
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return want("works")
}

func httpOnly443Swallowed(w *World) Want { // a bare name is tried as http where nothing answers on 443
	got := httpOnly(w)
	w.NFT(w.Internet, "table inet lab { chain i { type filter hook input priority 0\n tcp dport 443 ip daddr "+SiteIP+" drop\n tcp dport 443 ip6 daddr "+SiteIP6+" drop\n }\n}")
	return got
}

func oneDeadAddress(w *World) Want {
	w.Names.Set(SiteHost, DeadIP, SiteIP)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.Prove(siteURL, 200, 0, "-m", "6", "--connect-timeout", "4")
	return want("works")
}

func firstResolverDead(w *World) Want {
	w.Site(Page("Boutique"))
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\nnameserver "+BoxIP+"\n")
	w.Prove(siteURL, 200, 0, "-m", "12")
	return want("works")
}

func companyProxy(w *World) Want { // the only way out
	w.Site(Page("Boutique"))
	w.squid("http_access allow all")
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" ip daddr != 203.0.113.30 reject\n iifname \"lan\" meta nfproto ipv6 reject\n }\n}")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func tinyProxy(w *World) Want {
	w.Site(Page("Boutique"))
	w.Need("tinyproxy")
	w.Address(w.Internet, "203.0.113.30")
	w.need(w.Internet.Write("/etc/resolv.conf", "nameserver "+ProviderDNS+"\n"), "writing resolv.conf")
	conf := w.Scratch("tinyproxy.conf", "Port 3128\nListen 203.0.113.30\nTimeout 30\nMaxClients 20\nLogLevel Error\n")
	w.Spawn(w.Internet, "203.0.113.30:3128", "tinyproxy", "-d", "-c", conf)
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func proxyNotForThis(w *World) Want { // a dead proxy that is not used for this name
	w.Site(Page("Boutique"))
	w.proxy("http://127.0.0.1:3128")
	w.Computer.Env = append(w.Computer.Env, "no_proxy=localhost,.example", "NO_PROXY=localhost,.example")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func asksWhoYouAre(w *World) Want {
	w.Nginx("location / { auth_basic \"Boutique\"; auth_basic_user_file /dev/null; root /; }", nil)
	w.Prove(siteURL, 401, 0)
	return want("works")
}

func hostsRight(w *World) Want { // a line in the hosts file that is true
	w.Site(Page("Boutique"))
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+SiteIP+" "+SiteHost+"\n")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func noPing(w *World) Want { // Debian lets nobody ping without rights
	w.Site(Page("Boutique"))
	w.needRealRoot("this setting")
	w.need(w.Computer.Sysctl("net/ipv4/ping_group_range", "1 0"), "forbidding pings")
	return want("works")
}

func otherPort(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeFor(w.Internet, SiteIP+":8443", Page("Boutique"), SiteHost)
	w.Prove("https://"+SiteHost+":8443/", 200, 0)
	return Want{Cause: "works", Address: "https://" + SiteHost + ":8443/"}
}

func byAddress(w *World) Want {
	w.ServeFor(w.Internet, SiteIP+":8443", Page("Boutique"), SiteIP)
	w.Prove("https://"+SiteIP+":8443/", 200, 0)
	return Want{Cause: "works", Address: "https://" + SiteIP + ":8443"}
}

func international(w *World) Want {
	host := "xn--maana-pta.example"
	w.Names.Set(host, SiteIP, SiteIP6)
	w.SiteAt(host, Page("Mañana"), SiteIP, SiteIP6)
	w.Prove("https://"+host+"/", 200, 0)
	return Want{Cause: "works", Address: "mañana.example"}
}

func longAliasChain(w *World) Want {
	w.Names.Put(SiteHost, Name{Alias: "boutique.cdn.example"})
	w.Names.Put("boutique.cdn.example", Name{Alias: "eu.edge.cdn.example"})
	w.Names.Put("eu.edge.cdn.example", Name{Alias: "pop7.edge.cdn.example"})
	w.Names.Set("pop7.edge.cdn.example", SiteIP, SiteIP6)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP, SiteIP6)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func otherAddressElsewhere(w *World) Want { // a CDN gives every resolver another address
	w.Site(Page("Boutique"))
	w.SiteAt(SiteHost, Page("Boutique"), "203.0.113.12")
	w.Resolvers["cloudflare-dns.com"].Own.Set(SiteHost, "203.0.113.12")
	w.Resolvers["dns.google"].Own.Set(SiteHost, "203.0.113.12")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func oldServer(w *World) Want { // HTTP/1.0, no length, closes at the end
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Old</title><body>"+strings.Repeat("Still here. ", 200)+"</body></html>")
	})
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return Want{Cause: "works", Address: "http://" + SiteHost + "/"}
}

func hugePage(w *World) Want { // 20 MiB
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat("<p>a very long page</p>\n", 1<<12))
		for range 20 << 20 / len(chunk) {
			if _, err := rw.Write(chunk); err != nil {
				return
			}
		}
	}))
	return want("works")
}

func drippingPage(w *World) Want { // the head comes at once, the page for ever
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		for i := range 600 {
			if _, err := fmt.Fprintf(rw, "<p>%d</p>\n", i); err != nil {
				return
			}
			rw.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}))
	return want("works")
}

func speaksOfErrors(w *World) Want { // an article about 502 errors, sent with 200
	w.Site(Page("What is a 502 Bad Gateway error (nginx) and how to fix it"))
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func workingTunnel(w *World) Want { // a VPN that works: a second way out through a tunnel
	w.Site(Page("Boutique"))
	near, far := w.tun(w.Computer, "tun0"), w.tun(w.Internet, "vpn0")
	w.IP(w.Internet, "addr add 10.8.0.1/24 dev vpn0", "link set vpn0 up")
	w.IP(w.Computer, "addr add 10.8.0.2/24 dev tun0", "link set tun0 up", "route add 0.0.0.0/1 via 10.8.0.1 dev tun0", "route add 128.0.0.0/1 via 10.8.0.1 dev tun0")
	wire := Wire{Delay: 5 * time.Millisecond}
	go wire.carry(near, far)
	go wire.carry(far, near)
	w.Prove(siteURL, 200, 0, "-4")
	return want("works")
}

// Two faults at once: the one that is judged first by the contract's order wins, and a broken helper changes nothing.

func badGatewayChecksBlocked(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.blockChecks()
	return got
}

func badGatewayICMPFiltered(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.filterICMP()
	return got
}

func badGatewayIPv6Dead(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	return got
}

func badGatewayFirstResolverDead(w *World) Want {
	got := nginxUpstreamRefused(w)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\nnameserver "+BoxIP+"\n")
	return got
}

func silentSiteChecksBlocked(w *World) Want {
	got := silentAddress(w)
	w.blockChecks()
	return got
}

func refusedSitePublicDNSBlocked(w *World) Want {
	got := nothingListens(w)
	w.NFT(w.Box, "table inet nodns { chain f { type filter hook forward priority 0\n ip daddr { "+publicDNS4+" } drop\n ip6 daddr { "+publicDNS6+" } drop\n }\n}")
	return got
}

func expiredIPv6Dead(w *World) Want {
	got := certExpired(w)
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	return got
}

func deadAddressAnd502(w *World) Want {
	w.Names.Set(SiteHost, DeadIP, SiteIP)
	w.SiteAt(SiteHost, Status(502, "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"), SiteIP)
	return want("bad-gateway")
}

func portalAndHosts(w *World) Want { // the portal comes first: until one signs in, nothing else can be known
	got := portalRedirect(w)
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+DeadIP+" "+SiteHost+"\n")
	return Want{Cause: got.Cause}
}

func cableOutAndHosts(w *World) Want {
	got := cableOut(w)
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+DeadIP+" "+SiteHost+"\n")
	return got
}

func cableOutAndProxy(w *World) Want {
	got := cableOut(w)
	w.proxy("http://" + BoxIP + ":3128")
	return got
}

func dnsDownAnd502(w *World) Want { // what stops the person first
	w.Nginx("location / { proxy_pass http://127.0.0.1:9001; }", nil)
	w.StopBoxDNS()
	return want("dns-server-down")
}

func dnsDownQuad9Down(w *World) Want {
	got := boxDNSSilent(w)
	w.Resolvers["dns.quad9.net"].Silence()
	w.Resolvers["cloudflare-dns.com"].Answer(dns.RcodeServerFailure)
	return got
}

func dnsBlocksAndChecksHijacked(w *World) Want { // one check address of four shows something foreign: no portal
	got := boxDeniesTheName(w)
	w.NFT(w.Box, "table ip lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" ip daddr 198.51.100.200 tcp dport 80 redirect to :8080\n }\n}")
	w.Serve(w.Box, BoxIP+":8080", Status(200, portalPage))
	return got
}

func noInternetAndProxy(w *World) Want { // the proxy lies beyond a dead line
	got := uplinkSwallows(w)
	w.proxy("http://203.0.113.30:3128")
	return got
}

func unknownNameAdsFilter(w *World) Want {
	w.BoxDNS("--address=/ads.example/0.0.0.0")
	w.Prove(siteURL, 0, 6)
	return want("name-not-found")
}

func unknownNameQuad9Silent(w *World) Want {
	w.Resolvers["dns.quad9.net"].Silence()
	w.Prove(siteURL, 0, 6)
	return want("name-not-found")
}

func timeoutSiteICMPFiltered(w *World) Want {
	got := acceptsAndSilent(w)
	w.filterICMP()
	return got
}

func pageMissingThroughProxy(w *World) Want {
	got := pageMissing(w)
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	return got
}
