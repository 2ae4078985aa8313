// TLS: one handshake, and every defect of the certificate told apart.
package probe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// Bounds of what is kept of a chain.
const (
	maxChain     = 10
	maxCertNames = 20
	sniffed      = 200 // bytes kept of what came first, for the case that it is no TLS
)

// What browsers still offer in 2026: TLS 1.2 and 1.3, and for 1.2 also the key exchange by RSA, which Go leaves out by default.
// A peer that has nothing of this gets our alert or sends one.
var browserCiphers = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// handshake speaks TLS for host on an open connection. The connection it returns is nil where the fact says anything but success;
// the caller closes the given one.
func (p *Prober) handshake(ctx context.Context, raw net.Conn, host string, protocols ...string) (*tls.Conn, facts.TLS) {
	ctx, cancel := context.WithTimeout(ctx, tlsGiveUp)
	defer cancel()
	fact := facts.TLS{ServerName: host, Done: true}
	heard := &listener{Conn: raw}
	config := &tls.Config{
		InsecureSkipVerify: true, // judged below, every defect by itself
		MinVersion:         tls.VersionTLS12,
		CipherSuites:       browserCiphers,
		NextProtos:         protocols,
		Time:               p.Now,
	}
	if _, err := netip.ParseAddr(host); err != nil {
		config.ServerName = host // an address is never sent as a name (RFC 6066 §3)
	}
	conn := tls.Client(heard, config)
	begin := time.Now()
	if err := conn.HandshakeContext(ctx); err != nil {
		fact.MS = ms(begin)
		fact.Failure, fact.Alert = tlsFailure(err)
		if ctx.Err() != nil && fact.Failure != facts.Alert && fact.Failure != facts.NotTLS {
			fact.Failure, _ = classify(ctx.Err())
		}
		if fact.Failure == facts.NotTLS {
			fact.FirstBytes = printable(string(heard.first), sniffed)
		}
		if fact.Failure == facts.CertUntrusted {
			fact.Defects = []facts.Failure{facts.CertUntrusted}
		}
		return nil, fact
	}
	state := conn.ConnectionState()
	fact.Version = tls.VersionName(state.Version)
	fact.Chain = certs(state.PeerCertificates)
	fact.Defects = p.defects(state.PeerCertificates, host)
	fact.MS = ms(begin)
	if len(fact.Defects) > 0 {
		fact.Failure = fact.Defects[0]
		return nil, fact
	}
	return conn, fact
}

// listener keeps the first bytes that came.
type listener struct {
	net.Conn
	first []byte
}

func (l *listener) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if room := sniffed - len(l.first); room > 0 && n > 0 {
		l.first = append(l.first, b[:min(n, room)]...)
	}
	return n, err
}

// tlsFailure names why a handshake failed, and the alert if the other side sent one. Our own library's complaints about an
// otherwise readable handshake (no common version or cipher) count as an alert without number: both mean "no agreement".
func tlsFailure(err error) (facts.Failure, int) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" && op.Err != nil {
		// crypto/tls keeps the type of a received alert to itself; its value is the alert's number.
		if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
			return facts.Alert, int(v.Uint())
		}
		return facts.Alert, 0
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return facts.NotTLS, 0
	}
	if f, _ := classify(err); f != facts.Other {
		return f, 0
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "certificate"), strings.Contains(text, "insecure"), strings.Contains(text, "x509"):
		return facts.CertUntrusted, 0 // it cannot even be read, or its key is one that nobody accepts any more
	case strings.Contains(text, "unsupported protocol version"), strings.Contains(text, "cipher"), strings.Contains(text, "no supported versions"),
		strings.Contains(text, "downgrade"), strings.Contains(text, "curve"), strings.Contains(text, "application protocol"):
		return facts.Alert, 0
	}
	return facts.NotTLS, 0
}

// defects lists what is wrong with a chain for this name at this time, what a browser would show first in front. The order is
// Chrome's (net/cert/cert_status_flags.cc, MapCertStatusToNetError): authority, then name, then date.
func (p *Prober) defects(chain []*x509.Certificate, host string) []facts.Failure {
	if len(chain) == 0 {
		return []facts.Failure{facts.CertUntrusted}
	}
	leaf, now := chain[0], p.now()
	var found []facts.Failure
	trusted, goodNow := p.trusted(chain, now)
	if !trusted {
		found = append(found, facts.CertUntrusted)
	}
	if leaf.VerifyHostname(host) != nil {
		found = append(found, facts.CertWrongName)
	}
	switch {
	case now.Before(leaf.NotBefore):
		found = append(found, facts.CertNotYet)
	case now.After(leaf.NotAfter), trusted && !goodNow:
		found = append(found, facts.CertExpired) // its own date, or that of a certificate above it
	}
	return found
}

// trusted tells whether the chain leads to a known authority at some time of the leaf's life, and whether it does now: that an
// expired certificate is otherwise sound is what makes "expired" the right thing to say.
func (p *Prober) trusted(chain []*x509.Certificate, now time.Time) (ever, goodNow bool) {
	leaf := chain[0]
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	good := func(at time.Time) bool {
		_, err := leaf.Verify(x509.VerifyOptions{
			Roots: p.Roots, Intermediates: between, CurrentTime: at,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		return err == nil
	}
	if good(now) {
		return true, true
	}
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	for _, at := range []time.Time{leaf.NotAfter.Add(-time.Second), leaf.NotBefore.Add(time.Second), leaf.NotBefore.Add(life / 2)} {
		if good(at) {
			return true, false
		}
	}
	return false, false
}

func certs(chain []*x509.Certificate) []facts.Cert {
	var kept []facts.Cert
	for _, c := range chain[:min(len(chain), maxChain)] {
		sum := sha256.Sum256(c.Raw)
		f := facts.Cert{
			Subject: printable(first(c.Subject.CommonName, c.Subject.Organization), 200), Issuer: printable(first(c.Issuer.CommonName, c.Issuer.Organization), 200),
			NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: hex.EncodeToString(sum[:]),
			SelfSigned: string(c.RawSubject) == string(c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil,
		}
		if len(c.Issuer.Organization) > 0 {
			f.IssuerOrg = printable(c.Issuer.Organization[0], 200)
		}
		if len(c.IssuingCertificateURL) > 0 {
			f.IssuerURL = printable(c.IssuingCertificateURL[0], 500)
		}
		for _, n := range c.DNSNames {
			f.Names = append(f.Names, printable(n, 253))
		}
		for _, a := range c.IPAddresses {
			f.Names = append(f.Names, a.String())
		}
		f.Names = f.Names[:min(len(f.Names), maxCertNames)]
		kept = append(kept, f)
	}
	return kept
}

func first(name string, others []string) string {
	if name == "" && len(others) > 0 {
		return others[0]
	}
	return name
}
