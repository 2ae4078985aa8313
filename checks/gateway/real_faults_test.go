//go:build linux

package gateway

// What can go wrong behind a gateway, each as a server on the loopback interface that does just that; a resolver that knows no name;
// and certificates of a laboratory's own authority.

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// fault is one thing that fails behind a gateway.
type fault struct {
	name     string
	failures []string // what may be said of it
	scheme   string   // how the gateway is told to ask: http, https, fastcgi
	addr     string   // host:port
	behave   func(net.Conn)
	cert     *tls.Certificate // it speaks TLS with this one
}

// faults are the running upstreams.
type faults struct {
	list     []fault
	resolver string // host:port: answers NXDOMAIN to everything
	ca       string // the authority's certificate, a file
}

func (f *faults) byName(name string) fault {
	for _, u := range f.list {
		if u.name == name {
			return u
		}
	}
	panic("no fault " + name)
}

// upName is the name that the gateways expect in the certificates.
const upName = "up.test"

func readRequest(c net.Conn) { c.Read(make([]byte, 64<<10)) }

// says answers a request with these bytes.
func says(text string) func(net.Conn) {
	return func(c net.Conn) { readRequest(c); io.WriteString(c, text) }
}

func silent(c net.Conn) { io.Copy(io.Discard, c) }

const fine = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

func startFaults(t *testing.T) *faults {
	ca := newAuthority(t)
	now := time.Now()
	expired := ca.issue(t, upName, now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	wrong := ca.issue(t, "other.test", now.Add(-time.Hour), now.Add(time.Hour))
	good := ca.issue(t, upName, now.Add(-time.Hour), now.Add(time.Hour))
	own := newAuthority(t).issue(t, upName, now.Add(-time.Hour), now.Add(time.Hour))
	closed, invalid, cut := []string{failClosed}, []string{failInvalid}, []string{failClosed, failInvalid}
	f := &faults{ca: filepath.Join(t.TempDir(), "ca.crt"), list: []fault{
		{name: "refused", failures: []string{failRefused}, scheme: "http"},
		{name: "silent", failures: []string{failTimeout}, scheme: "http", behave: silent},
		{name: "closed", failures: closed, scheme: "http", behave: readRequest},
		{name: "closed-on-accept", failures: closed, scheme: "http", behave: func(net.Conn) {}},
		{name: "reset", failures: closed, scheme: "http", behave: func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) }},
		{name: "garbage", failures: invalid, scheme: "http", behave: says("\x15\x03\x01\x00\x02\x02\x46")}, // a TLS alert where HTTP was due
		{name: "status-line", failures: invalid, scheme: "http", behave: says("HTTP/1.1 abc What\r\nContent-Length: 2\r\n\r\nhi")},
		{name: "header", failures: invalid, scheme: "http", behave: says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nthis is no header\x01\r\nX-\x00: 1\r\n\r\nhi")},
		{name: "big-header", failures: invalid, scheme: "http", behave: says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Big: " + string(bytes.Repeat([]byte("a"), 300000)) + "\r\n\r\nhi")},
		{name: "half-header", failures: cut, scheme: "http", behave: says("HTTP/1.1 200 OK\r\nContent-Le")},
		{name: "plain-to-tls", failures: cut, scheme: "http", behave: says(fine), cert: &good},
		{name: "tls-to-plain", failures: []string{failTLS, failInvalid}, scheme: "https", behave: says(fine)},
		{name: "tls-expired", failures: []string{failTLS}, scheme: "https", behave: says(fine), cert: &expired},
		{name: "tls-wrong-name", failures: []string{failTLS}, scheme: "https", behave: says(fine), cert: &wrong},
		{name: "tls-unknown-authority", failures: []string{failTLS}, scheme: "https", behave: says(fine), cert: &own},
		{name: "no-name", failures: []string{failDNS}, scheme: "name", addr: "no-such-machine.test:80"},
		{name: "fastcgi-refused", failures: []string{failRefused}, scheme: "fastcgi"},
		{name: "fastcgi-silent", failures: []string{failTimeout}, scheme: "fastcgi", behave: silent},
		{name: "fastcgi-closed", failures: closed, scheme: "fastcgi", behave: readRequest},
		{name: "fastcgi-garbage", failures: invalid, scheme: "fastcgi", behave: says("220 mail ready\r\n")},
	}}
	if err := os.WriteFile(f.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Dir(f.ca), 0o755)
	os.Chmod(filepath.Dir(filepath.Dir(f.ca)), 0o755) // servers that change their user read it too
	for i := range f.list {
		if u := &f.list[i]; u.addr == "" {
			u.addr = listen(t, u)
		}
	}
	f.resolver = startResolver(t)
	return f
}

// listen starts one upstream; one that refuses keeps its port bound and does not listen, so that nobody else gets it.
func listen(t *testing.T, u *fault) string {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	addr := l.Addr().String()
	if u.behave == nil {
		l.Close()
		return addr
	}
	t.Cleanup(func() { l.Close() })
	behave, cert := u.behave, u.cert
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(15 * time.Second))
				if cert != nil {
					s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*cert}})
					if s.Handshake() != nil {
						return
					}
					defer s.Close()
					behave(s)
					return
				}
				behave(c)
			}()
		}
	}()
	return addr
}

// startResolver runs a DNS server that denies every name, so that no name is ever asked outside.
func startResolver(t *testing.T) string {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	s := &dns.Server{PacketConn: c, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		w.WriteMsg(a.SetRcode(q, dns.RcodeNameError))
	})}
	go s.ActivateAndServe()
	t.Cleanup(func() { s.Shutdown() })
	return c.LocalAddr().String()
}

// authority signs certificates that live as long as a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "laboratory"}, NotBefore: time.Now().Add(-72 * time.Hour),
		NotAfter: time.Now().Add(72 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) issue(t *testing.T, name string, from, to time.Time) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(fmt.Errorf("signing a certificate for %s: %w", name, err))
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
