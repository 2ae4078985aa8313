package lab

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"
)

// Encryption and clocks.
func init() {
	Scenarios = append(Scenarios, []Scenario{
		{"tls-broken/adv-ssh-on-443", ssh443, All},
		{"tls-broken/adv-alert-handshake-failure", alertHandshakeFailure, All},
		{"tls-broken/adv-alert-for-ipv6-and-ipv4", alertBothFamilies, All},
		{"tls-broken/adv-https-typed-on-port-80", httpsOnPort80, All},
		{"tls-broken/adv-behind-a-redirect", redirectToPlain443, All},
		{"connection-cut/adv-closed-after-hello", closedAfterHello, All},
		{"connection-cut/adv-reset-before-hello", resetOnAccept, All},
		{"no-answer/adv-silent-after-server-hello", silentAfterServerHello, All},
		{"server-error/adv-http-typed-on-443", httpTypedOn443, All},
		{"intermittent/adv-tls-broken-by-ipv6-only", tlsBrokenBySix, All},
		{"intermittent/adv-tls-hangs-by-ipv6-only", tlsHangsBySix, All},

		{"certificate-expired/adv-and-wrong-name", expiredWrongName, All},
		{"certificate-untrusted/adv-self-signed-and-expired", selfSignedExpired, All},
		{"certificate-untrusted/adv-self-signed-and-wrong-name", selfSignedWrongName, All},
		{"certificate-expired/adv-checks-blocked", expiredChecksBlocked, All},
		{"certificate-expired/adv-site-lies-about-its-date", expiredSiteLiesAboutDate, All},
		{"certificate-expired/adv-an-hour-ago", expiredAnHourAgo, All},
		{"certificate-wrong-name/adv-common-name-only", commonNameOnly, All},
		{"certificate-wrong-name/adv-wildcard-too-deep", wildcardTooDeep, All},
		{"certificate-wrong-name/adv-by-address", certificateByAddress, All},
		{"certificate-untrusted/adv-not-for-servers", notForServers, All},
		{"certificate-untrusted/adv-intermediate-of-strangers", missingIntermediateOfStranger, All},
		{"works/adv-intermediate-can-be-fetched", intermediateCanBeFetched, All},
		{"works/adv-expired-cross-signed-root", expiredCrossRoot, All},
		{"works/adv-chain-out-of-order", chainOutOfOrder, All},

		{"clock-wrong/adv-three-days-behind", threeDaysBehind, All},
		{"clock-wrong/adv-three-days-ahead", threeDaysAhead, All},
		{"clock-wrong/adv-and-502", clockAnd502, All},
		{"clock-wrong/adv-and-expired", clockAndExpired, All},
		{"clock-wrong/adv-checks-blocked", clockChecksBlocked, All},
		{"works/adv-three-days-and-nothing-minds", threeDaysNobodyMinds, All},
		{"works/adv-site-clock-is-wrong", siteClockWrong, All},

		{"tls-intercepted/adv-by-a-program-of-this-computer", interceptedByProgram, All},
		{"tls-intercepted/adv-one-certificate-for-all", interceptedWithOneCertificate, All},
		{"tls-intercepted/adv-big-names-spared", interceptedBigNamesSpared, All},
		{"tls-intercepted/adv-and-502", interceptedAnd502, All},
		{"tls-intercepted/adv-by-the-proxy", interceptedByProxy, All},
		{"certificate-untrusted/adv-unknown-authority-and-checks-blocked", unknownAuthorityChecksBlocked, All},
	}...)
}

func ssh443(w *World) Want {
	w.raw443(func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"); request(c) })
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "tls-broken", Address: siteURL}
}

var alert40 = []byte{21, 3, 3, 0, 2, 2, 40} // fatal, handshake_failure

func alertHandshakeFailure(w *World) Want {
	w.raw443(func(c net.Conn) { request(c); c.Write(alert40) })
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "tls-broken", Address: siteURL}
}

func alertBothFamilies(w *World) Want { // typed as a bare name, with nothing on port 80
	w.raw443(func(c net.Conn) { request(c); c.Write(alert40) })
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.ServeTCP(w.Internet, net.JoinHostPort(SiteIP6, "443"), func(c net.Conn) { request(c); c.Write(alert40) })
	w.Prove(siteURL, 0, 35)
	return want("tls-broken")
}

func httpsOnPort80(w *World) Want {
	w.Site(shop)
	w.Prove("https://"+SiteHost+":80/", 0, 35)
	return Want{Cause: "tls-broken", Address: "https://" + SiteHost + ":80/"}
}

func redirectToPlain443(w *World) Want {
	w.Site(http.RedirectHandler("https://compte.example/", http.StatusFound))
	w.Names.Set("compte.example", "203.0.113.12")
	w.Serve(w.Internet, "203.0.113.12:443", shop)
	w.Prove(siteURL, 302, 35)
	return want("tls-broken")
}

func closedAfterHello(w *World) Want { // an orderly end, no alert
	w.raw443(request)
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "connection-cut", Address: siteURL}
}

func resetOnAccept(w *World) Want {
	w.raw443(func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) })
	return Want{Cause: "connection-cut", Or: "connection-refused", Address: siteURL}
}

func silentAfterServerHello(w *World) Want {
	conf := &tls.Config{Certificates: []tls.Certificate{Trusted().Issue(Good(), SiteHost)}}
	w.raw443(func(c net.Conn) { tls.Server(&firstBytes{c, 90}, conf).Handshake(); io.Copy(io.Discard, c) })
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "no-answer", Address: siteURL}
}

func httpTypedOn443(w *World) Want { // nginx answers in clear: 400, a plain request was sent to the HTTPS port
	w.Nginx(`location / { return 200 open; }`, nil)
	w.Prove("http://"+SiteHost+":443/", 400, 0)
	return Want{Cause: "server-error", Address: "http://" + SiteHost + ":443/", NotSure: true}
}

func tlsBrokenBySix(w *World) Want {
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, shop, SiteIP)
	w.ServeTCP(w.Internet, net.JoinHostPort(SiteIP6, "443"), func(c net.Conn) { request(c); c.Write(alert40) })
	w.Prove(siteURL, 0, 35, "-6")
	w.Prove(siteURL, 200, 0, "-4")
	return want("intermittent")
}

func tlsHangsBySix(w *World) Want { // IPv6 is fine everywhere else: it is this site's machine
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, shop, SiteIP)
	w.ServeTCP(w.Internet, net.JoinHostPort(SiteIP6, "443"), hang)
	w.Prove(siteURL, 0, 28, "-6")
	w.Prove(siteURL, 200, 0, "-4")
	return Want{Cause: "intermittent", Or: "no-answer"}
}

func expiredWrongName(w *World) Want {
	certificate(w, Trusted().Issue(Expired(), "parking.hoster.example"))
	return Want{Cause: "certificate-expired", Or: "certificate-wrong-name"}
}

func selfSignedExpired(w *World) Want {
	certificate(w, (*Authority)(nil).Issue(Expired(), SiteHost))
	return Want{Cause: "certificate-untrusted", Or: "certificate-expired"}
}

func selfSignedWrongName(w *World) Want { // a fresh server's own certificate
	certificate(w, (*Authority)(nil).Issue(Good(), "localhost.localdomain"))
	return Want{Cause: "certificate-untrusted", Or: "certificate-wrong-name"}
}

func expiredChecksBlocked(w *World) Want { // nobody tells the time: at least not "certain, your clock"
	got := certExpired(w)
	w.blockChecks()
	return got
}

func expiredSiteLiesAboutDate(w *World) Want { // the site's own clock stood still with its certificate; everybody else knows better
	past := time.Now().AddDate(0, 0, -40).UTC().Format(http.TimeFormat)
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTLS(w.Internet, SiteIP+":443", with(200, "open", "Date", past), Trusted().Issue(Expired(), SiteHost))
	w.Serve(w.Internet, SiteIP+":80", with(200, "<html><title>Boutique</title>old</html>", "Date", past))
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "certificate-expired", Address: siteURL}
}

func expiredAnHourAgo(w *World) Want {
	certificate(w, Trusted().Issue(Validity{time.Now().AddDate(0, -3, 0), time.Now().Add(-time.Hour)}, SiteHost))
	return want("certificate-expired")
}

func commonNameOnly(w *World) Want { // no alternative name: browsers have not read the common name since 2017
	c := certificateOf(Trusted(), func(c *x509.Certificate) { c.DNSNames = nil }, SiteHost)
	w.Nginx(`location / { return 200 open; }`, &c) // curl still reads it
	return want("certificate-wrong-name")
}

func wildcardTooDeep(w *World) Want {
	host := "www.fr." + SiteHost
	w.Names.Set(host, SiteIP)
	w.ServeTLS(w.Internet, SiteIP+":443", shop, Trusted().Issue(Good(), SiteHost, "*."+SiteHost))
	w.Prove("https://"+host+"/", 0, 60)
	return Want{Cause: "certificate-wrong-name", Address: "https://" + host + "/"}
}

func certificateByAddress(w *World) Want { // a healthy site, asked by its number
	w.Site(shop)
	w.Prove("https://"+SiteIP+"/", 0, 60)
	return Want{Cause: "certificate-wrong-name", Address: "https://" + SiteIP + "/"}
}

func notForServers(w *World) Want {
	certificate(w, certificateOf(Trusted(), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, SiteHost))
	return Want{Cause: "certificate-untrusted", Or: "tls-broken"}
}

const aiaURL = "http://aia.example/issuing.cer"

func withAIA(c *x509.Certificate) { c.IssuingCertificateURL = []string{aiaURL} }

// aia serves an intermediate's certificate where its leaves say that it is.
func (w *World) aia(a *Authority) {
	w.Names.Set("aia.example", "203.0.113.13")
	w.Serve(w.Internet, "203.0.113.13:80", with(200, string(a.Cert.Raw), "Content-Type", "application/pkix-cert"))
}

func intermediateCanBeFetched(w *World) Want { // browsers fetch it, or know it: works, with a finding
	issuing := Trusted().Intermediate("Lab Issuing CA 2")
	w.aia(issuing)
	certificate(w, certificateOf(issuing, withAIA, SiteHost))
	return want("works")
}

func missingIntermediateOfStranger(w *World) Want { // it can be fetched too, and ends at an authority that nobody knows
	issuing := Stranger().Intermediate("Corporate Issuing CA 3")
	w.aia(issuing)
	certificate(w, certificateOf(issuing, withAIA, SiteHost))
	// Without fetching the intermediate (CONTRACT: nothing else leaves) it looks like one that browsers mend: believed, never certain.
	return Want{Cause: "certificate-untrusted", Or: "works", NotSure: true}
}

func expiredCrossRoot(w *World) Want { // as Let's Encrypt in 2021: an old, expired root stands in the chain, and is not needed
	issuing := Trusted().Intermediate("Lab Issuing CA 4")
	leaf := certificateOf(issuing, func(*x509.Certificate) {}, SiteHost)
	old := certificateOf(Stranger(), func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter, c.IsCA, c.KeyUsage, c.ExtKeyUsage = time.Now().AddDate(-9, 0, 0), time.Now().AddDate(0, -2, 0), true, x509.KeyUsageCertSign, nil
	}, "Lab Old Root")
	leaf.Certificate = append(leaf.Certificate, issuing.Cert.Raw, old.Certificate[0])
	w.Nginx(`location / { return 200 open; }`, &leaf)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func chainOutOfOrder(w *World) Want {
	issuing := Trusted().Intermediate("Lab Issuing CA 5")
	leaf := certificateOf(issuing, func(*x509.Certificate) {}, SiteHost)
	leaf.Certificate = append(leaf.Certificate, Trusted().Cert.Raw, issuing.Cert.Raw)
	w.Nginx(`location / { return 200 open; }`, &leaf)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

// days puts the site there with a certificate that is good from and to so many days from the computer's now.
func (w *World) days(from, to int, h http.Handler) {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTLS(w.Internet, SiteIP+":443", h, Trusted().Issue(Validity{time.Now().AddDate(0, 0, from), time.Now().AddDate(0, 0, to)}, SiteHost))
	w.Serve(w.Internet, SiteIP+":80", ToHTTPS())
}

func threeDaysBehind(w *World) Want { // the certificate was made yesterday, which here is the day after tomorrow
	w.MoveClock(3 * 24 * time.Hour)
	w.days(2, 90, shop)
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong"}
}

func threeDaysAhead(w *World) Want { // the certificate has two days left, and here it ended yesterday
	w.MoveClock(-3 * 24 * time.Hour)
	w.days(-80, -1, shop)
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong"}
}

func clockAnd502(w *World) Want {
	w.MoveClock(twoYears)
	w.Site(Status(502, nginx502))
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong"}
}

func clockAndExpired(w *World) Want { // ended a year ago by the true time, and not begun by ours: the clock comes first
	w.MoveClock(twoYears)
	w.days(30, 365, shop)
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong", Or: "certificate-expired"}
}

func clockChecksBlocked(w *World) Want { // only the other sites tell the time
	w.MoveClock(twoYears)
	w.Site(shop)
	w.blockChecks()
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "clock-wrong", OrLess: true}
}

func threeDaysNobodyMinds(w *World) Want { // the clock is wrong by three days, and every certificate is good all the same
	w.MoveClock(3 * 24 * time.Hour)
	w.days(-30, 60, shop)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func siteClockWrong(w *World) Want { // the site's clock is years late, its page is fine
	w.Site(with(200, "<html><title>Boutique</title>open</html>", "Date", time.Now().Add(-twoYears).UTC().Format(http.TimeFormat)))
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func interceptedByProgram(w *World) Want { // an antivirus of this computer, whose authority never got into the store
	w.Site(shop)
	conf := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := Stranger().Issue(Good(), cmp.Or(h.ServerName, "unknown"))
		return &c, nil
	}}
	for _, at := range []string{"127.0.0.1:8443", "[::1]:8443"} {
		w.serve(w.Computer, at, Page("Through the antivirus"), conf)
	}
	w.NFT(w.Computer, "table inet av { chain o { type nat hook output priority -100\n tcp dport 443 redirect to :8443\n }\n}")
	w.Prove(siteURL, 0, 60)
	w.Prove("https://www.debian.org/", 0, 60)
	return want("tls-intercepted")
}

func interceptedWithOneCertificate(w *World) Want { // a box with one certificate for the whole world: wrong name and unknown issuer
	w.Site(shop)
	own := Stranger().Issue(Good(), "fortigate.entreprise.lan")
	conf := &tls.Config{Certificates: []tls.Certificate{own}}
	for _, ip := range []string{BoxIP, BoxIP6} {
		w.serve(w.Box, net.JoinHostPort(ip, "8443"), Page("Through the inspector"), conf)
	}
	w.NFT(w.Box, "table inet lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 443 redirect to :8443\n }\n}")
	w.Prove(siteURL, 0, 60)
	return want("tls-intercepted")
}

func interceptedBigNamesSpared(w *World) Want { // three names of the five are not inspected, as many companies have it
	w.Site(shop)
	w.intercept(Stranger())
	w.NFT(w.Box, "flush table inet lab\ntable inet lab { chain p { type nat hook prerouting priority dstnat\n"+
		" ip daddr { 198.51.100.101-198.51.100.103, "+publicDNS4+" } accept\n ip6 daddr { 2001:db8:100::101-2001:db8:100::103, "+publicDNS6+" } accept\n iifname \"lan\" tcp dport 443 redirect to :8443\n }\n}")
	w.Prove(siteURL, 0, 60)
	w.Prove("https://www.google.com/", 200, 0)
	w.Prove("https://www.debian.org/", 0, 60)
	return want("tls-intercepted")
}

func interceptedAnd502(w *World) Want { // behind the inspector the site is down as well: nobody gets that far
	got := nginxUpstreamRefused(w)
	w.intercept(Stranger())
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "tls-intercepted", Address: got.Address}
}

func interceptedByProxy(w *World) Want { // the company's proxy opens every tunnel, and this computer lacks its authority
	w.Site(shop)
	conf := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := Stranger().Issue(Good(), cmp.Or(h.ServerName, "unknown"))
		return &c, nil
	}}
	w.ServeTCP(w.Internet, "203.0.113.31:3128", func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		s := tls.Server(c, conf)
		if s.Handshake() == nil {
			request(s)
			io.WriteString(s, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n<title>Through</title>")
		}
	})
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"lan\" ip daddr != 203.0.113.31 tcp dport 443 reject\n iifname \"lan\" meta nfproto ipv6 tcp dport 443 reject\n }\n}")
	w.env("https_proxy=http://203.0.113.31:3128", "HTTPS_PROXY=http://203.0.113.31:3128")
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "tls-intercepted", Or: "proxy-broken"}
}

func unknownAuthorityChecksBlocked(w *World) Want {
	got := certUnknownAuthority(w)
	w.blockChecks()
	return got
}
