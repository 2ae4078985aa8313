package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

const okPage = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestCertificates(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t, "Test CA"), newAuthority(t, "Stranger")
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	own := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "box"}, DNSNames: []string{"site.example"}, NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(0, 0, 1)}
	der, err := x509.CreateCertificate(rand.Reader, own, own, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		cert    tls.Certificate
		host    string
		failure facts.Failure
		defects []facts.Failure
	}{
		{"good", ca.issue(t, -1, 30, "site.example"), "site.example", "", nil},
		{"wildcard", ca.issue(t, -1, 30, "*.example"), "site.example", "", nil},
		{"expired", ca.issue(t, -60, -1, "site.example"), "site.example", facts.CertExpired, []facts.Failure{facts.CertExpired}},
		{"not yet", ca.issue(t, 1, 30, "site.example"), "site.example", facts.CertNotYet, []facts.Failure{facts.CertNotYet}},
		{"other name", ca.issue(t, -1, 30, "other.example"), "site.example", facts.CertWrongName, []facts.Failure{facts.CertWrongName}},
		{"expired, other name", ca.issue(t, -60, -1, "other.example"), "site.example", facts.CertWrongName, []facts.Failure{facts.CertWrongName, facts.CertExpired}},
		{"unknown authority", stranger.issue(t, -1, 30, "site.example"), "site.example", facts.CertUntrusted, []facts.Failure{facts.CertUntrusted}},
		{"unknown authority, expired", stranger.issue(t, -60, -1, "site.example"), "site.example", facts.CertUntrusted, []facts.Failure{facts.CertUntrusted, facts.CertExpired}},
		{"self-signed", tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, "site.example", facts.CertUntrusted, []facts.Failure{facts.CertUntrusted}},
		{"address", ca.issue(t, -1, 30, "127.0.0.1"), "127.0.0.1", "", nil},
		{"address, other", ca.issue(t, -1, 30, "site.example"), "127.0.0.1", facts.CertWrongName, []facts.Failure{facts.CertWrongName}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := secure(t, &tls.Config{Certificates: []tls.Certificate{tt.cert}}, say(okPage))
			p := lone(t)
			p.Roots = ca.pool()
			e := ask(t, p, "https://"+tt.host+":"+port(at)+"/")
			if e.Failure != tt.failure || !slices.Equal(e.TLS.Defects, tt.defects) || (e.Failure != "" && e.Stage != facts.StageTLS) || (e.HTTP != nil) != (tt.failure == "") {
				t.Fatalf("got %+v %+v", e, e.TLS)
			}
			leaf := e.TLS.Chain[0]
			if leaf.SelfSigned != (tt.name == "self-signed") || leaf.Issuer == "" || len(leaf.SHA256) != 64 || e.TLS.Version != "TLS 1.3" {
				t.Errorf("leaf %+v, %s", leaf, e.TLS.Version)
			}
		})
	}
	t.Run("the clock", func(t *testing.T) {
		t.Parallel()
		at := secure(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, -1, 30, "site.example")}}, say(okPage))
		p := lone(t)
		p.Roots = ca.pool()
		p.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
		if e := ask(t, p, "https://site.example:"+port(at)+"/"); e.Failure != facts.CertExpired {
			t.Errorf("a year ahead: %+v", e)
		}
	})
}

func TestHandshakeFailures(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Test CA")
	cert := ca.issue(t, -1, 30, "site.example")
	clientCAs := ca.pool()
	hello := func(then func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			then(c)
		}
	}
	for _, tt := range []struct {
		name    string
		at      netip.AddrPort
		failure facts.Failure
		alert   int
	}{
		{"plain HTTP", raw(t, hello(func(c net.Conn) { c.Write([]byte("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n")) })), facts.NotTLS, 0},
		{"SSH", raw(t, hello(func(c net.Conn) { c.Write([]byte("SSH-2.0-OpenSSH_9.2p1 Debian\r\n")) })), facts.NotTLS, 0},
		{"closed", raw(t, hello(func(c net.Conn) {})), facts.Closed, 0},
		{"reset", raw(t, hello(reset)), facts.Reset, 0},
		{"alert", raw(t, hello(func(c net.Conn) { c.Write([]byte{21, 3, 3, 0, 2, 2, 112}) })), facts.Alert, 112},
		{"silent", raw(t, hold), facts.Timeout, 0},
		{"old", secure(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, hello(hold)), facts.Alert, 70},
		{"only another protocol", secure(t, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h3"}}, hello(hold)), facts.Alert, 120},
		{"client certificate", secure(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clientCAs}, hello(hold)), facts.Alert, 116},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := lone(t)
			p.Roots = ca.pool()
			e := ask(t, p, "https://site.example:"+port(tt.at)+"/")
			if e.Failure != tt.failure || e.Stage != facts.StageTLS || e.TLS.Alert != tt.alert || !e.TLS.Done {
				t.Errorf("got %+v %+v", e, e.TLS)
			}
			if tt.name == "plain HTTP" && !strings.HasPrefix(e.TLS.FirstBytes, "HTTP/1.1 400 Bad Request Server: nginx") {
				t.Errorf("first bytes %q", e.TLS.FirstBytes)
			}
		})
	}
}

func TestOtherSite(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Test CA")
	at := secure(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, -1, 30, "site.example")}}, say("HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nnot read"))
	proxy := tunnelProxy(t, at, "")
	p := lone(t)
	p.Roots = ca.pool()
	if r := p.OtherSite(t.Context(), "site.example", proxy); r.Expected != facts.Yes || r.Exchange.HTTP.Body != nil {
		t.Errorf("got %+v", r)
	}
	if r := p.OtherSite(t.Context(), "other.example", proxy); r.Expected != facts.No || r.Exchange.Failure != facts.CertWrongName {
		t.Errorf("got %+v", r)
	}
}
