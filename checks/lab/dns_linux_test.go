package lab

import (
	"github.com/miekg/dns"
)

// Faults of the name service that this computer uses.

func boxDNSSilent(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet lab { chain i { type filter hook input priority 0\n meta l4proto { tcp, udp } th dport 53 drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func boxDNSClosed(w *World) Want {
	w.Site(Page("Boutique"))
	w.StopBoxDNS()
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func boxDNSRefuses(w *World) Want { // a dnsmasq that lost its upstream
	w.Site(Page("Boutique"))
	w.BoxDNSFrom()
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func providerDNSServfail(w *World) Want {
	w.Site(Page("Boutique"))
	w.Resolvers[""].Answer(dns.RcodeServerFailure)
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func providerDNSSilent(w *World) Want { // the box answers pings and accepts questions, nothing comes back
	w.Site(Page("Boutique"))
	w.Resolvers[""].Silence()
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func resolverGone(w *World) Want { // a DNS set by hand that no longer exists
	w.Site(Page("Boutique"))
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\n")
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func boxDeniesTheName(w *World) Want {
	w.Site(Page("Boutique"))
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

func boxGivesNullAddress(w *World) Want {
	w.Site(Page("Boutique"))
	w.BoxDNS("--address=/"+SiteHost+"/0.0.0.0", "--address=/"+SiteHost+"/::")
	w.Prove(siteURL, 0, 7)
	return want("dns-blocks-site")
}

func boxGivesLoopback(w *World) Want {
	w.Site(Page("Boutique"))
	w.BoxDNS("--address=/"+SiteHost+"/127.0.0.1", "--address=/"+SiteHost+"/::1")
	w.Prove(siteURL, 0, 7)
	return want("dns-blocks-site")
}

func providerGivesBlockPage(w *World) Want { // its address shows a page of its own, over HTTP only
	w.Site(Page("Boutique"))
	w.Serve(w.Internet, "198.51.100.66:80", Status(200, "<html><title>Access denied</title><body>Access to this site is blocked by order of the court.</body></html>"))
	w.Resolvers[""].Own.Set(SiteHost, "198.51.100.66")
	w.Prove("http://"+SiteHost+"/", 200, 0)
	w.Prove(siteURL, 0, 7)
	return want("dns-blocks-site")
}

func blockPageOverHTTP(w *World) Want { // the same, typed with http://
	got := providerGivesBlockPage(w)
	got.Address = "http://" + SiteHost + "/"
	return got
}

func blockPageWithForeignCertificate(w *World) Want { // the block page answers HTTPS too, with a certificate of its own name
	w.Site(Page("Boutique"))
	w.ServeTLS(w.Internet, "198.51.100.66:443", Status(200, "<html><title>Blocked</title>This site is blocked.</html>"), Trusted().Issue(Good(), "block.provider.example"))
	w.Serve(w.Internet, "198.51.100.66:80", Status(200, "<html><title>Blocked</title>This site is blocked.</html>"))
	w.Resolvers[""].Own.Set(SiteHost, "198.51.100.66")
	w.Prove(siteURL, 0, 60)
	return want("dns-blocks-site")
}

func boxRefusesTheName(w *World) Want { // REFUSED for this name only
	w.Site(Page("Boutique"))
	w.Resolvers[""].Own.Put(SiteHost, Name{Code: dns.RcodeRefused, EDE: 15})
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

func boxDeniesEncryptedBlocked(w *World) Want { // the box denies the name and lets no encrypted DNS out, clear DNS passes
	w.Site(Page("Boutique"))
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n ip daddr { "+publicDNS4+" } tcp dport 443 drop\n ip6 daddr { "+publicDNS6+" } tcp dport 443 drop\n }\n}")
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", OrLess: true}
}

func quad9AgreesWithTheBox(w *World) Want { // Quad9 filters too: it does not decide alone
	w.Site(Page("Boutique"))
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.Resolvers["dns.quad9.net"].Own.Put(SiteHost, Name{Code: dns.RcodeNameError})
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

func oneProviderKnowsADeadName(w *World) Want { // nobody but one old copy knows the name
	w.Resolvers["doh.opendns.com"].Own.Set(SiteHost, DeadIP)
	w.Prove(siteURL, 0, 6)
	return want("name-not-found")
}

const (
	publicDNS4 = "1.1.1.1, 1.0.0.1, 8.8.8.8, 8.8.4.4, 9.9.9.9, 208.67.222.222, 208.67.220.220"
	publicDNS6 = "2606:4700:4700::1111, 2001:4860:4860::8888, 2620:fe::fe, 2620:119:35::35"
)

func stale(w *World) { w.Stale() }

func staleResolved(w *World) Want {
	w.Resolved()
	stale(w)
	return Want{Cause: "dns-cache-stale", Fix: "flush-dns"}
}

func staleNscd(w *World) Want {
	w.Nscd()
	stale(w)
	return Want{Cause: "dns-cache-stale", Fix: "flush-dns"}
}

func staleDnsmasq(w *World) Want {
	w.Dnsmasq()
	stale(w)
	return Want{Cause: "dns-cache-stale", Fix: "flush-dns"}
}

func staleUnbound(w *World) Want {
	w.Unbound()
	stale(w)
	return Want{Cause: "dns-cache-stale", Fix: "flush-dns"}
}

func staleBox(w *World) Want { // the box's cache is old, not this computer's
	w.Names.Put(SiteHost, Name{Addresses: []string{DeadIP}, TTL: 3600})
	w.Prove(siteURL, 0, 28)
	w.Names.Put(SiteHost, Name{Addresses: []string{SiteIP}, TTL: 3600})
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.Prove(siteURL, 0, 28)
	return want("dns-blocks-site")
}
