package lab

import (
	"net"
	"net/http"
)

// Faults between the computer and the site: cable, box, portal, provider, filters.

const portalPage = `<html><head><title>Hotel Wi-Fi</title></head><body><form action="/login">Please accept our terms to use the Internet.</form></body></html>`

// portal serves the sign-in page on the box.
func (w *World) portal() {
	h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			Status(200, portalPage).ServeHTTP(rw, r)
			return
		}
		http.Redirect(rw, r, "http://"+BoxIP+":8080/login?url="+r.Host, http.StatusFound)
	})
	w.Serve(w.Box, BoxIP+":8080", h)
	w.Serve(w.Box, net.JoinHostPort(BoxIP6, "8080"), h)
}

func portalRedirect(w *World) Want {
	w.Site(Page("Boutique"))
	w.portal()
	w.NFT(w.Box, `table inet lab {
 chain p { type nat hook prerouting priority dstnat
  iifname "lan" tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" meta l4proto tcp reject with tcp reset
  iifname "lan" drop
 }
}`)
	w.Prove(siteURL, 0, 7)
	w.Prove("http://connectivitycheck.gstatic.com/generate_204", 200, 0)
	return Want{Cause: "captive-portal", Fix: "open-portal"}
}

func portalSwallows443(w *World) Want {
	w.Site(Page("Boutique"))
	w.portal()
	w.NFT(w.Box, `table inet lab {
 chain p { type nat hook prerouting priority dstnat
  iifname "lan" tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" drop
 }
}`)
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "captive-portal", Fix: "open-portal"}
}

func portalByDNS(w *World) Want { // every name is the box
	w.Site(Page("Boutique"))
	h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if hostOnly(r.Host) != BoxIP {
			http.Redirect(rw, r, "http://"+BoxIP+"/login", http.StatusFound)
			return
		}
		Status(200, portalPage).ServeHTTP(rw, r)
	})
	w.Serve(w.Box, BoxIP+":80", h)
	w.BoxDNSFrom("--address=/#/" + BoxIP)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" drop\n }\n}")
	w.Prove("http://connectivitycheck.gstatic.com/generate_204", 200, 0)
	return want("captive-portal")
}

func portalTypedHTTP(w *World) Want { // the person typed http:// and sees the portal's page as if it were the site's
	got := portalRedirect(w)
	got.Address = "http://" + SiteHost + "/"
	return got
}

func portal511(w *World) Want {
	w.Site(Page("Boutique"))
	for _, ip := range []string{BoxIP, BoxIP6} {
		w.Serve(w.Box, net.JoinHostPort(ip, "8080"), Status(511, portalPage))
	}
	w.NFT(w.Box, `table inet lab {
 chain p { type nat hook prerouting priority dstnat
  iifname "lan" tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" tcp dport 443 reject with tcp reset
 }
}`)
	w.Prove("http://connectivitycheck.gstatic.com/generate_204", 511, 0)
	return want("captive-portal")
}

func uplinkDown(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Box, "link set wan down")
	return want("no-internet")
}

func uplinkSwallows(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Internet, "table netdev lab { chain i { type filter hook ingress device \"wan\" priority 0\n drop\n }\n}")
	w.Prove("https://www.debian.org/", 0, 28)
	return want("no-internet")
}

func boxDead(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table netdev lab { chain i { type filter hook ingress device \"lan\" priority 0\n drop\n }\n}")
	w.IP(w.Computer, "neigh flush all")
	return want("router-unreachable")
}

func boxDeadWithNeighbour(w *World) Want { // it died a moment ago: the computer still believes to know its hardware address
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 200, 0)
	w.NFT(w.Box, "table netdev lab { chain i { type filter hook ingress device \"lan\" priority 0\n drop\n }\n}")
	return Want{Cause: "router-unreachable", Or: "no-internet"} // the old entry counts for up to half a minute
}

func boxHangs(w *World) Want { // its hardware address resolves, everything else is silence
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab {\n chain i { type filter hook input priority 0\n icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n iifname \"lan\" drop\n }\n chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "router-unreachable", Or: "no-internet"}
}

func cableOut(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Box, "link set lan down")
	return want("no-connection")
}

func linkSwitchedOff(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "link set eth0 down")
	return want("no-connection")
}

func noAddress(w *World) Want { // the box gave none
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "addr flush dev eth0")
	return want("no-connection")
}

func selfAssignedAddress(w *World) Want { // 169.254, as systems give themselves when no box answers
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "addr flush dev eth0", "addr add 169.254.7.9/16 dev eth0")
	return want("no-connection")
}

func noRoute(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "route del default", "route del ::/0")
	return want("no-connection")
}

func wrongGateway(w *World) Want { // the default route points to an address that nobody has
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "route replace default via 192.168.1.254 dev eth0", "route del ::/0")
	return want("router-unreachable")
}

func onlyIPv6SiteBrokenIPv6(w *World) Want {
	w.Names.Set(SiteHost, SiteIP6)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP6)
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("ipv6-broken")
}

func noIPv6AtAll(w *World) Want { // an IPv6-only site, from a network that never had IPv6
	w.Names.Set(SiteHost, SiteIP6)
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP6)
	w.IP(w.Computer, "addr del 2001:db8:1::20/64 dev eth0", "route del ::/0")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "ipv6-broken", OrLess: true}
}

func ipv6HangsAfterConnect(w *World) Want { // IPv6 connects and then swallows, everywhere: no browser falls back from there
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n meta length > 100 tcp dport 443 drop\n }\n}")
	w.Prove(siteURL, 0, 28, "-6")
	w.Prove(siteURL, 200, 0, "-4")
	return Want{Cause: "ipv6-broken", OrLess: true}
}

func mtuBlackHole(w *World) Want {
	w.Site(Page("Boutique"))
	w.Lay(Wire{MTU: 1300})
	w.awaitWire()
	w.Prove("http://"+SiteHost+"/", 301, 0, "--no-location")
	w.Prove(siteURL, 200, 28) // the head of the answer passes, the page does not
	return want("mtu-blackhole")
}

func (w *World) awaitWire() {
	for range 100 {
		if c, err := w.Computer.Dial("1.1.1.1:53", 3e9); err == nil {
			c.Close()
			return
		}
	}
	w.T.Fatal("the lab failed: the wire does not carry")
}

func port443Swallowed(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 443 drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	w.Prove("http://connectivitycheck.gstatic.com/generate_204", 204, 0)
	return want("port-blocked")
}

func port443Refused(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n tcp dport 443 reject with tcp reset\n }\n}")
	w.Prove(siteURL, 0, 7)
	return want("port-blocked")
}

func blockPageInTheWay(w *World) Want { // right address, foreign page
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", Page("Boutique"))
	w.Serve(w.Box, BoxIP+":8080", Status(200, "<html><title>Web filter</title><body><h1>Access denied</h1>This site has been blocked by your network administrator. Category: shopping.</body></html>"))
	w.NFT(w.Box, "table ip lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" ip daddr "+SiteIP+" tcp dport 80 redirect to :8080\n }\n}")
	w.Prove("http://"+SiteHost+"/", 200, 0)
	return Want{Cause: "page-replaced", Address: "http://" + SiteHost + "/", NotSure: true}
}

func resetByName(w *World) Want { // a filter resets when it reads the name in the hello; from here alone, that is a cut connection
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n ip daddr "+SiteIP+" tcp dport 443 @ih,0,8 0x16 reject with tcp reset\n ip6 daddr "+SiteIP6+" tcp dport 443 @ih,0,8 0x16 reject with tcp reset\n }\n}")
	if status, _ := w.Curl(siteURL); status != 0 {
		w.T.Skip("this kernel cannot look into the hello")
	}
	return Want{Cause: "connection-cut", Or: "site-blocked", NotSure: true}
}
