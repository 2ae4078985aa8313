package lab

import (
	"crypto/tls"
	"net"
)

// Faults of the site's encryption.

func certificate(w *World, c tls.Certificate) {
	w.Nginx(`location / { return 200 "open"; }`, &c)
	w.Prove(siteURL, 0, 60)
}

func certExpired(w *World) Want {
	certificate(w, Trusted().Issue(Expired(), SiteHost))
	return want("certificate-expired")
}

func certWrongName(w *World) Want {
	certificate(w, Trusted().Issue(Good(), "parking.hoster.example", "www.hoster.example"))
	return want("certificate-wrong-name")
}

func certWithoutWWW(w *World) Want {
	w.Names.Set("www."+SiteHost, SiteIP, SiteIP6)
	c := Trusted().Issue(Good(), SiteHost)
	w.Nginx(`location / { return 200 "open"; }`, &c)
	w.Prove("https://www."+SiteHost+"/", 0, 60)
	return Want{Cause: "certificate-wrong-name", Address: "www." + SiteHost}
}

func certSelfSigned(w *World) Want {
	certificate(w, (*Authority)(nil).Issue(Good(), SiteHost))
	return want("certificate-untrusted")
}

func certUnknownAuthority(w *World) Want {
	certificate(w, Stranger().Issue(Good(), SiteHost))
	return want("certificate-untrusted")
}

func certNotYetValid(w *World) Want {
	certificate(w, Trusted().Issue(NotYet(), SiteHost))
	return want("certificate-untrusted")
}

func certMissingIntermediate(w *World) Want { // without the address where browsers would fetch it: they cannot mend it either
	certificate(w, Trusted().Intermediate("Lab Issuing CA 1").Issue(Good(), SiteHost))
	return want("certificate-untrusted")
}

func httpOn443(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":443", Page("Boutique"))
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "tls-broken", Address: siteURL}
}

func handshakeRejected(w *World) Want {
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	pair := w.Pair("site", Trusted().Issue(Good(), SiteHost))
	w.NginxConf("server { listen "+SiteIP+":443 ssl; listen ["+SiteIP6+"]:443 ssl; ssl_certificate "+pair+".crt; ssl_certificate_key "+pair+".key; ssl_reject_handshake on; }", SiteIP+":443")
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "tls-broken", Address: siteURL}
}

func onlyOldTLS(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	cert := Trusted().Issue(Good(), SiteHost)
	w.serve(w.Internet, SiteIP+":443", Page("Boutique"), &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	w.Prove(siteURL, 0, 35)
	return Want{Cause: "tls-broken", Address: siteURL}
}

func clientCertificateWanted(w *World) Want { // an alert after the handshake, for whoever has none
	w.Names.Set(SiteHost, SiteIP)
	w.serve(w.Internet, SiteIP+":443", Page("Boutique"), &tls.Config{Certificates: []tls.Certificate{Trusted().Issue(Good(), SiteHost)}, ClientAuth: tls.RequireAnyClientCert})
	return Want{Cause: "tls-broken", Or: "refused-visitor", Address: siteURL}
}

func worldAhead(w *World) Want { // the world is two years ahead of this computer: its certificates are not valid yet, here
	w.MoveClock(2 * 365 * 24 * hour)
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 0, 60)
	return want("clock-wrong")
}

func worldBehind(w *World) Want { // this computer believes to be three years later: everything has expired
	w.MoveClock(-3 * 365 * 24 * hour)
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 0, 60)
	return want("clock-wrong")
}

func interceptedEverywhere(w *World) Want { // something on the way ends all TLS with its own authority
	w.Site(Page("Boutique"))
	w.intercept(Stranger())
	w.Prove(siteURL, 0, 60)
	w.Prove("https://www.debian.org/", 0, 60)
	return want("tls-intercepted")
}

func companyInspection(w *World) Want { // the same, with the authority that the company put on this computer
	w.Site(Page("Boutique"))
	w.trust(Trusted(), Stranger())
	w.intercept(Stranger())
	w.Prove(siteURL, 200, 0)
	return want("works")
}

// intercept makes the box end every TLS connection itself, with certificates of a for whatever name is asked, and fetch the
// page from the real place.
func (w *World) intercept(a *Authority) {
	w.T.Helper()
	conf := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		name := h.ServerName
		if name == "" {
			name = "unknown"
		}
		c := a.Issue(Good(), name)
		return &c, nil
	}}
	w.serve(w.Box, BoxIP+":8443", Page("Through the inspector"), conf)
	w.serve(w.Box, net.JoinHostPort(BoxIP6, "8443"), Page("Through the inspector"), conf)
	w.NFT(w.Box, "table inet lab { chain p { type nat hook prerouting priority dstnat\n iifname \"lan\" tcp dport 443 redirect to :8443\n }\n}")
}
