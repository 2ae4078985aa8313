package lab

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Names: resolvers, caches, the hosts file.
func init() {
	Scenarios = append(Scenarios, []Scenario{
		{"dns-blocks-site/adv-servfail-for-this-name", ownServfail, All},
		{"dns-blocks-site/adv-silent-for-this-name", ownSilent, All},
		{"dns-blocks-site/adv-refused-without-a-word", ownRefused, All},
		{"dns-blocks-site/adv-denies-by-no-data", ownNoData, All},
		{"dns-blocks-site/adv-private-dead-address", ownPrivate, All},
		{"dns-blocks-site/adv-private-address-with-block-page", ownPrivateBlockPage, All},
		{"dns-blocks-site/adv-address-that-resets", ownAddressResets, All},
		{"dns-blocks-site/adv-first-resolver-denies", firstDenies, All},
		{"dns-blocks-site/adv-rebinding-filter", rebindingFilter, All},
		{"dns-blocks-site/adv-and-site-502", ownDeniesAnd502, All},
		{"dns-blocks-site/adv-and-site-dead", ownDeniesAndDead, All},
		{"dns-blocks-site/adv-nobody-else-to-ask", ownDeniesNobodyElse, All},
		{"dns-blocks-site/adv-redirect-target-denied", redirectTargetDenied, All},
		{"dns-blocks-site/adv-old-machine-still-answers-503", oldMachineAnswers, All},
		{"dns-server-down/adv-tcp-only", tcpOnlyResolver, All},
		{"dns-server-down/adv-three-dead-resolvers", threeDeadResolvers, All},
		{"dns-server-down/adv-left-behind-by-a-vpn", leftByVPN, All},
		{"dns-server-down/adv-no-resolver-written", noResolverWritten, All},
		{"dns-server-down/adv-answers-nonsense", nonsenseResolver, All},
		{"dns-server-down/adv-and-ipv6-dead", dnsDownIPv6Dead, All},
		{"dns-broken-at-site/adv-alias-to-nowhere", aliasToNowhere, All},
		{"dns-broken-at-site/adv-alias-circle", aliasCircle, All},
		{"dns-broken-at-site/adv-null-address-everywhere", nullEverywhere, All},
		{"dns-broken-at-site/adv-silent-everywhere", silentEverywhere, All},
		{"dns-broken-at-site/adv-link-local-address", linkLocalEverywhere, All},
		{"name-not-found/adv-local-name", missing("imprimante.local"), All},
		{"name-not-found/adv-lan-name", missing("http://nas.lan/"), All},
		{"name-not-found/adv-single-word", missing("http://intranet/"), All},
		{"name-not-found/adv-search-domain-does-not-help", missingInSearchDomain, All},
		{"name-not-found/adv-public-dns-blocked", missingPublicBlocked, All},
		{"name-not-found/adv-search-page-for-https", searchPageHTTPS, All},
		{"name-not-found/adv-www-only", wwwOnly, All},
		{"works/adv-dnssec-broken-for-others", bogusForOthers, All},
		{"works/adv-first-resolver-refuses", firstResolver(dns.RcodeRefused), All},
		{"works/adv-first-resolver-servfails", firstResolver(dns.RcodeServerFailure), All},
		{"works/adv-two-dead-resolvers-of-three", twoDeadResolvers, All},
		{"works/adv-six-question-unanswered", sixUnanswered, All},
		{"works/adv-six-question-refused", sixRefused, All},
		{"works/adv-dns-takes-four-seconds", dnsFourSeconds, All},
		{"works/adv-private-address-with-good-certificate", splitDNS, All},
		{"works/adv-link-local-resolver", linkLocalResolver, All},
		{"works/adv-wrong-ipv6-answer-only", wrongSixOnly, All},
		{"works/adv-public-dns-denies-everything", publicDenies, All},

		{"hosts-override/adv-wrong-then-right", hostsTwoLines, All},
		{"hosts-override/adv-ipv6-line-only", hostsSixOnly, All},
		{"hosts-override/adv-odd-spelling", hostsOddSpelling, All},
		{"hosts-override/adv-old-machine-answers-502", hostsOldMachine, All},
		{"hosts-override/adv-second-stop", hostsSecondStop, All},
		{"hosts-override/adv-and-first-resolver-dead", hostsAndDeadResolver, All},
		{"site-unreachable/adv-hosts-line-true", hostsTrueSiteDead, All},
		{"works/adv-hosts-line-commented", hostsCommented, All},
		{"works/adv-hosts-line-true-dns-down", hostsTrueDNSDown, All},
		{"works/adv-hosts-line-to-own-test-server", hostsOwnServer, All},
	}...)
}

func (w *World) own(what Name) { w.Resolvers[""].Own.Put(SiteHost, what) }

func ownServfail(w *World) Want { // it answers for all other names; the contract's two sentences both fit
	w.Site(shop)
	w.own(Name{Code: dns.RcodeServerFailure})
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", Or: "dns-server-down"}
}

func ownSilent(w *World) Want {
	w.Site(shop)
	w.own(Name{Silent: true})
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "dns-blocks-site", Or: "dns-server-down"}
}

func ownRefused(w *World) Want {
	w.Site(shop)
	w.own(Name{Code: dns.RcodeRefused})
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", Or: "dns-server-down"}
}

func ownNoData(w *World) Want { // "no error, no address"
	w.Site(shop)
	w.own(Name{})
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

func ownPrivate(w *World) Want {
	w.Site(shop)
	w.own(Name{Addresses: []string{"10.10.34.34"}})
	w.Prove(siteURL, 0, 28)
	return want("dns-blocks-site")
}

func ownPrivateBlockPage(w *World) Want { // the school's server shows its page, with its own certificate
	w.Site(shop)
	w.IP(w.Box, "addr add 10.10.34.35/32 dev lo")
	page := Status(200, "<html><title>Filter</title><h1>Access denied</h1>This site is blocked at school.</html>")
	w.Serve(w.Box, "10.10.34.35:80", page)
	w.ServeTLS(w.Box, "10.10.34.35:443", page, (*Authority)(nil).Issue(Good(), "filter.school.lan"))
	w.own(Name{Addresses: []string{"10.10.34.35"}})
	w.Prove(siteURL, 0, 60)
	return want("dns-blocks-site")
}

func ownAddressResets(w *World) Want { // the lie leads to a machine that cuts every connection
	w.Site(shop)
	w.ServeTCP(w.Internet, "198.51.100.67:443", func(c net.Conn) { request(c); c.(*net.TCPConn).SetLinger(0) })
	w.ServeTCP(w.Internet, "198.51.100.67:80", func(c net.Conn) { request(c); c.(*net.TCPConn).SetLinger(0) })
	w.own(Name{Addresses: []string{"198.51.100.67"}})
	w.Prove(siteURL, 0, 35)
	return want("dns-blocks-site")
}

func firstDenies(w *World) Want { // a denial is final: the second resolver is never asked
	w.Site(shop)
	w.resolverOf("198.51.100.54", func(q *dns.Msg) *dns.Msg {
		if strings.HasSuffix(strings.TrimSuffix(q.Question[0].Name, "."), SiteHost) {
			return new(dns.Msg).SetRcode(q, dns.RcodeNameError)
		}
		return w.truth(q)
	})
	w.File("/etc/resolv.conf", "nameserver 198.51.100.54\nnameserver "+BoxIP+"\n")
	w.Prove(siteURL, 0, 6)
	return want("dns-blocks-site")
}

// resolverOf is a resolver on the Internet.
func (w *World) resolverOf(ip string, f func(*dns.Msg) *dns.Msg) {
	w.T.Helper()
	w.Address(w.Internet, ip)
	w.resolverAt(w.Internet, net.JoinHostPort(ip, "53"), f)
}

func rebindingFilter(w *World) Want { // a public name for a machine at home, as NAS makers give: the box drops such answers
	w.IP(w.Box, "addr add 192.168.1.6/24 dev lan")
	w.ServeFor(w.Box, "192.168.1.6:443", Page("DiskStation"), SiteHost)
	w.Names.Set(SiteHost, "192.168.1.6")
	w.boxResolver(func(q *dns.Msg) *dns.Msg { // dnsmasq's own --stop-dns-rebind takes this lab's public addresses for private ones
		a := w.truth(q)
		a.Answer = slices.DeleteFunc(a.Answer, func(rr dns.RR) bool { r, ok := rr.(*dns.A); return ok && r.A.IsPrivate() })
		return a
	})
	w.Prove(siteURL, 0, 6)
	w.Prove(siteURL, 200, 0, "--resolve", SiteHost+":443:192.168.1.6")
	return want("dns-blocks-site")
}

func ownDeniesAnd502(w *World) Want { // behind the filter the site is ill as well: the person meets the filter first
	got := nginxUpstreamRefused(w)
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", Address: got.Address}
}

func ownDeniesAndDead(w *World) Want { // where the others say that it is, it is not either: nobody is proven right
	w.Names.Set(SiteHost, DeadIP)
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", Or: "site-unreachable", OrLess: true, NotSure: true}
}

func ownDeniesNobodyElse(w *World) Want { // a lie that nobody can expose: whatever is said must not be sure
	w.Site(shop)
	w.BoxDNS("--local=/" + SiteHost + "/")
	w.blockChecks()
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-blocks-site", Or: "name-not-found", OrLess: true, NotSure: true}
}

func redirectTargetDenied(w *World) Want { // the site opens, and sends to a name that the box denies
	w.Site(Status(200, ""))
	w.Names.Set("compte.example", "203.0.113.12")
	w.SiteAt("compte.example", shop, "203.0.113.12")
	w.SiteAt("vitrine.example", redirectHandler("https://compte.example/"), "203.0.113.14")
	w.Names.Set("vitrine.example", "203.0.113.14")
	w.BoxDNS("--local=/compte.example/")
	w.Prove("https://vitrine.example/", 302, 6)
	return Want{Cause: "dns-blocks-site", Address: "https://vitrine.example/"}
}

func oldMachineAnswers(w *World) Want { // the box's old address leads to the old machine, certificate and all; it is in maintenance for ever
	w.Names.Set(SiteHost, "203.0.113.12")
	w.SiteAt(SiteHost, shop, "203.0.113.12")
	w.SiteAt(SiteHost, Status(503, "<h1>We have moved</h1>"), SiteIP)
	w.own(Name{Addresses: []string{SiteIP}})
	w.Prove(siteURL, 503, 0)
	// DESIGN 5: the page proves the address, so the site's own name on a valid certificate clears the DNS.
	return Want{Cause: "dns-blocks-site", Or: "unavailable"}
}

func tcpOnlyResolver(w *World) Want {
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain i { type filter hook input priority 0\n udp dport 53 drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func threeDeadResolvers(w *World) Want {
	w.Site(shop)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.96\nnameserver 203.0.113.97\nnameserver 203.0.113.98\n")
	w.Prove(siteURL, 0, 28)
	return want("dns-server-down")
}

func leftByVPN(w *World) Want { // a VPN that is gone left its resolver behind, at 127.0.2.2
	w.Site(shop)
	w.File("/etc/resolv.conf", "nameserver 127.0.2.2\nnameserver 127.0.2.3\n")
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func noResolverWritten(w *World) Want {
	w.Site(shop)
	w.File("/etc/resolv.conf", "# emptied by a program\n")
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func nonsenseResolver(w *World) Want { // format error to everything
	w.Site(shop)
	w.boxResolver(func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, dns.RcodeFormatError) })
	w.Prove(siteURL, 0, 6)
	return want("dns-server-down")
}

func dnsDownIPv6Dead(w *World) Want {
	got := boxDNSSilent(w)
	w.NFT(w.Box, "table ip6 six { chain f { type filter hook forward priority 0\n drop\n }\n}")
	return got
}

func aliasToNowhere(w *World) Want { // the name is an alias of one that was given up
	w.Names.Put(SiteHost, Name{Alias: "boutique.hebergeur-ferme.example"})
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-broken-at-site", Or: "name-not-found"}
}

func aliasCircle(w *World) Want {
	w.Names.Put(SiteHost, Name{Alias: "a.boutique.example"})
	w.Names.Put("a.boutique.example", Name{Alias: SiteHost})
	w.Prove(siteURL, 0, 6)
	return want("dns-broken-at-site")
}

func nullEverywhere(w *World) Want {
	w.Names.Set(SiteHost, "0.0.0.0")
	w.Prove(siteURL, 0, 7)
	return want("dns-broken-at-site")
}

func silentEverywhere(w *World) Want { // the site's own name servers are dead, and no resolver says so in time
	w.Names.Put(SiteHost, Name{Silent: true})
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "dns-broken-at-site", OrLess: true}
}

func linkLocalEverywhere(w *World) Want {
	w.Names.Set(SiteHost, "169.254.10.10")
	w.Prove(siteURL, 0, 28)
	return want("dns-broken-at-site")
}

func missing(address string) func(*World) Want { // a private name that nobody here knows: no other DNS may be asked for it
	return func(w *World) Want {
		w.Site(shop)
		w.Prove(address, 0, 6)
		return Want{Cause: "name-not-found", Address: address, OrLess: true}
	}
}

func missingInSearchDomain(w *World) Want {
	w.File("/etc/resolv.conf", "search entreprise.example autre.example\nnameserver "+BoxIP+"\n")
	w.Prove("http://intranett/", 0, 6)
	return Want{Cause: "name-not-found", Address: "http://intranett/", OrLess: true}
}

func missingPublicBlocked(w *World) Want { // only the box says so
	w.blockChecks()
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "name-not-found", OrLess: true, NotSure: true}
}

func searchPageHTTPS(w *World) Want { // the provider gives its search machine's address for unknown names; nothing is on 443 there
	w.Serve(w.Internet, "198.51.100.66:80", Status(200, "<html><title>Search</title>The name you typed does not exist. Did you mean one of these offers?</html>"))
	w.Resolvers[""].Own.Set("boutiqe.example", "198.51.100.66")
	w.Prove("https://boutiqe.example/", 0, 7)
	return Want{Cause: "name-not-found", Or: "page-replaced", Address: "https://boutiqe.example/"}
}

func wwwOnly(w *World) Want { // only www has an address, and the bare name was typed
	w.Names.Set("www."+SiteHost, SiteIP)
	w.SiteAt("www."+SiteHost, shop, SiteIP)
	w.Names.Put(SiteHost, Name{})
	w.Prove("https://www."+SiteHost+"/", 200, 0)
	w.Prove(siteURL, 0, 6)
	return Want{Cause: "dns-broken-at-site", Or: "name-not-found"}
}

func bogusForOthers(w *World) Want { // those who check signatures refuse the name; the resolver in use does not check, and the page opens
	w.Site(shop)
	for _, host := range []string{"cloudflare-dns.com", "dns.google", "dns.quad9.net"} {
		w.Resolvers[host].Own.Put(SiteHost, Name{Code: dns.RcodeServerFailure, EDE: 6})
	}
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func firstResolver(code int) func(*World) Want { // an error is not final: the system asks the next one
	return func(w *World) Want {
		w.Site(shop)
		w.resolverOf("198.51.100.54", func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) })
		w.File("/etc/resolv.conf", "nameserver 198.51.100.54\nnameserver "+BoxIP+"\n")
		w.Prove(siteURL, 200, 0)
		return want("works")
	}
}

func twoDeadResolvers(w *World) Want { // ten seconds of waiting, and then the page: slow, not down
	w.Site(shop)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.97\nnameserver 203.0.113.98\nnameserver "+BoxIP+"\noptions timeout:2\n")
	w.Prove(siteURL, 200, 0, "-m", "20")
	return Want{Cause: "works", Or: "dns-server-down"}
}

func sixUnanswered(w *World) Want { // the question for IPv6 is swallowed, the one for IPv4 answered: slow, and then it opens
	w.Site(shop)
	w.Names.Set(SiteHost, SiteIP)
	w.boxResolver(func(q *dns.Msg) *dns.Msg {
		if q.Question[0].Qtype == dns.TypeAAAA {
			return nil
		}
		return w.truth(q)
	})
	w.Prove(siteURL, 200, 0, "-4")
	return Want{Cause: "works", Or: "dns-server-down"}
}

func sixRefused(w *World) Want { // a simple box knows no AAAA
	w.Site(shop)
	w.boxResolver(func(q *dns.Msg) *dns.Msg {
		if q.Question[0].Qtype == dns.TypeAAAA {
			return new(dns.Msg).SetRcode(q, dns.RcodeNotImplemented)
		}
		return w.truth(q)
	})
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func dnsFourSeconds(w *World) Want {
	w.Site(shop)
	w.Names.Put(SiteHost, Name{Addresses: []string{SiteIP}, Delay: 4 * time.Second, TTL: 1})
	w.Prove(siteURL, 200, 0, "-m", "12")
	time.Sleep(1100 * time.Millisecond) // forgotten again
	// DESIGN gives a name up after 3 s: it cannot be told from one that never comes.
	return Want{Cause: "works", OrLess: true}
}

func splitDNS(w *World) Want { // at home the name leads to the machine at home, with the right certificate
	w.Site(shop)
	w.IP(w.Box, "addr add 192.168.1.6/24 dev lan")
	w.ServeFor(w.Box, "192.168.1.6:443", Page("Boutique, from inside"), SiteHost)
	w.BoxDNS("--address=/" + SiteHost + "/192.168.1.6")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func linkLocalResolver(w *World) Want { // the box announces its DNS at its link-local address, as many do
	w.Site(shop)
	w.StopBoxDNS()
	w.resolverAt(w.Box, "[fe80::1%lan]:53", w.truth)
	w.File("/etc/resolv.conf", "nameserver fe80::1%eth0\n")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func wrongSixOnly(w *World) Want { // the provider's IPv6 answer is an old one where nobody is; IPv4 is right, browsers get there
	w.Site(shop)
	w.own(Name{Addresses: []string{SiteIP, "2001:db8:203::99"}})
	w.Prove(siteURL, 200, 0, "-m", "6")
	return want("works")
}

func publicDenies(w *World) Want { // a name that only this network's DNS knows, at a public address with a good certificate
	w.Site(shop)
	for host, r := range w.Resolvers {
		if host != "" {
			r.Own.Put(SiteHost, Name{Code: dns.RcodeNameError})
		}
	}
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func (w *World) hosts(lines string) {
	w.T.Helper()
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+lines)
}

func hostsTwoLines(w *World) Want { // the first one leads to a machine that is not the site
	w.Site(shop)
	w.hosts("198.51.100.100 " + SiteHost + "\n" + SiteIP + " " + SiteHost + "\n")
	if status, _ := w.Curl(siteURL, "-4"); status == 200 {
		w.T.Skip("this system asks the second line first")
	}
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsSixOnly(w *World) Want { // one line, IPv6, dead
	w.Site(shop)
	w.hosts("2001:db8:203::99 " + SiteHost + "\n")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsOddSpelling(w *World) Want {
	w.Site(shop)
	w.hosts("\t" + DeadIP + "\tautre.example   BOUTIQUE.Example\t# left by a test\r\n")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsOldMachine(w *World) Want { // the line leads to the old machine: right certificate, and 502; the new one is well
	w.Site(shop)
	w.SiteAt(SiteHost, Status(502, nginx502), "203.0.113.12")
	w.hosts("203.0.113.12 " + SiteHost + "\n")
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsSecondStop(w *World) Want { // the line is for the name that the redirect leads to
	w.Names.Set("www."+SiteHost, SiteIP)
	w.Nginx("location / { return 301 https://www."+SiteHost+"/; }", nil)
	w.hosts(DeadIP + " www." + SiteHost + "\n")
	return Want{Cause: "hosts-override"}
}

func hostsAndDeadResolver(w *World) Want {
	got := hostsDead(w)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\nnameserver "+BoxIP+"\n")
	return got
}

func hostsTrueSiteDead(w *World) Want { // the line says what everybody says, and the machine is silent
	got := silentAddress(w)
	w.hosts(DeadIP + " " + SiteHost + "\n")
	return got
}

func hostsCommented(w *World) Want {
	w.Site(shop)
	w.hosts("#" + DeadIP + " " + SiteHost + "\n # " + DeadIP + " " + SiteHost + "\n")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func hostsTrueDNSDown(w *World) Want { // the name stands in the hosts file, and needs no DNS
	w.Site(shop)
	w.StopBoxDNS()
	w.hosts(SiteIP + " " + SiteHost + "\n")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func hostsOwnServer(w *World) Want { // a developer's name for a server on this computer, with a certificate that is trusted here
	w.serve(w.Computer, "127.0.0.1:443", shop, &tls.Config{Certificates: []tls.Certificate{Trusted().Issue(Good(), "app.boutique.test")}})
	w.hosts("127.0.0.1 app.boutique.test\n")
	w.Prove("https://app.boutique.test/", 200, 0)
	return Want{Cause: "works", Address: "https://app.boutique.test/"}
}
