//go:build linux

package checks_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

type netConn = net.Conn

// mostSANs is how many names a certificate may have before Go's own bound on a handshake message refuses it.
const manySANs = 10_000

// What a server can do to the handshake.
var hostileTLS = []hostile{
	{"silence after the hello", func(s *stage) { s.listen(443, afterHello(func(c net.Conn) { silent(c) })) }, "no-answer", wholeLimit},
	{"a close after the hello", func(s *stage) { s.listen(443, afterHello(func(net.Conn) {})) }, "connection-cut", wholeLimit},
	{"a reset after the hello", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() }))
	}, "connection-cut", wholeLimit},
	{"noise without end instead of TLS", func(s *stage) {
		s.listen(443, func(c net.Conn) { (&wire{Conn: c}).forever("\x00\xff\x1b[31m\u202e noise\r\n") })
	}, "tls-broken", wholeLimit},
	{"a banner with escapes instead of TLS", func(s *stage) {
		s.listen(443, func(c net.Conn) { io.WriteString(c, "SSH-2.0-\x1b[2J\u202ehsSnepO\x00\x07\r\n"); silent(c) })
	}, "tls-broken", wholeLimit},
	{"plain HTTP instead of TLS", func(s *stage) {
		s.listen(443, func(c net.Conn) { io.WriteString(c, page("400 Bad Request", "", fine)); silent(c) })
	}, "tls-broken", wholeLimit},
	{"a flood of warning alerts", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { (&wire{Conn: c}).forever(string(tlsRecord(21, []byte{1, 90}))) }))
	}, "tls-broken connection-cut", wholeLimit},
	{"a fatal alert that does not exist", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { c.Write(tlsRecord(21, []byte{2, 222})); silent(c) }))
	}, "tls-broken", wholeLimit},
	{"a flood of empty records", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { (&wire{Conn: c}).forever(string(tlsRecord(22, nil))) }))
	}, "tls-broken connection-cut", wholeLimit},
	{"a flood of HelloRequest", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { (&wire{Conn: c}).forever(string(tlsRecord(22, []byte{0, 0, 0, 0}))) }))
	}, "tls-broken connection-cut", wholeLimit},
	{"a flood of ChangeCipherSpec", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { (&wire{Conn: c}).forever(string(tlsRecord(20, []byte{1}))) }))
	}, "tls-broken connection-cut", wholeLimit},
	{"a handshake message of 16 megabytes", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) {
			c.Write(tlsRecord(22, []byte{2, 0xff, 0xff, 0xff}))
			(&wire{Conn: c}).forever(string(tlsRecord(22, make([]byte, 16000))))
		}))
	}, "tls-broken connection-cut", wholeLimit},
	{"a record longer than allowed", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) { c.Write([]byte{22, 3, 3, 0xff, 0xff}); (&wire{Conn: c}).forever("abcdefgh") }))
	}, "tls-broken", wholeLimit},
	{"records dripping byte by byte", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) {
			(&wire{Conn: c}).drip(100*time.Millisecond, func(int) string { return string(tlsRecord(22, []byte{2})) })
		}))
	}, "no-answer tls-broken", wholeLimit},
	{"one record dripping byte by byte", func(s *stage) {
		s.listen(443, afterHello(func(c net.Conn) {
			c.Write([]byte{22, 3, 3, 0x30, 0})
			(&wire{Conn: c}).drip(50*time.Millisecond, func(int) string { return "\x02" })
		}))
	}, "no-answer", wholeLimit},
	{"a sound handshake through a needle's eye", func(s *stage) {
		cert := certify(nil, s.host)
		s.listen(443, func(c net.Conn) {
			requests(tls.Server(needle{c}, &tls.Config{Certificates: []tls.Certificate{cert}}), always(page("200 OK", "", fine)))
		})
	}, "works", wholeLimit},
	{"a handshake, then a close", func(s *stage) { s.https(func(*wire) bool { return false }) }, "connection-cut", wholeLimit},
	{"a handshake, then clear text", func(s *stage) {
		cert := certify(nil, s.host)
		s.listen(443, func(raw net.Conn) {
			if tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake() == nil {
				(&wire{Conn: raw}).forever("HTTP/1.1 200 OK\r\n\r\nnow in clear ")
			}
		})
	}, "connection-cut invalid-answer tls-broken", wholeLimit},
	{"a close in the middle of the page", func(s *stage) {
		s.https(func(w *wire) bool {
			w.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + fine)
			c := w.Conn.(*tls.Conn).NetConn().(*net.TCPConn)
			time.Sleep(50 * time.Millisecond)
			c.SetLinger(0)
			c.Close()
			return false
		})
	}, "connection-cut", wholeLimit},
	{"renegotiation asked for in the middle of TLS 1.2", func(s *stage) {
		cert := certify(nil, s.host)
		s.listen(443, func(raw net.Conn) {
			c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12})
			if c.Handshake() == nil {
				raw.Write(tlsRecord(22, []byte{0, 0, 0, 0}))
				silent(raw)
			}
		})
	}, "connection-cut tls-broken invalid-answer no-answer", wholeLimit},
	{"a client certificate is demanded", func(s *stage) {
		cert := certify(nil, s.host)
		s.listen(443, func(raw net.Conn) {
			requests(tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert}), always(page("200 OK", "", fine)))
		})
	}, "tls-broken", wholeLimit},
	{"a chain of 100 certificates", func(s *stage) {
		c := certify(nil, s.host)
		for len(c.Certificate) < 100 {
			c.Certificate = append(c.Certificate, certify(nil, fmt.Sprintf("stranger%d.example", len(c.Certificate))).Certificate[0])
		}
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "works", wholeLimit},
	{"a chain larger than a handshake may be", func(s *stage) {
		c := certify(nil, s.host)
		for len(c.Certificate) < 900 {
			c.Certificate = append(c.Certificate, c.Certificate[0])
		}
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "tls-broken connection-cut works", wholeLimit},
	{"eighty issuers of one name, none of them right", func(s *stage) {
		c := certify(func(c *x509.Certificate) { c.AuthorityKeyId = nil }, s.host)
		for range 80 {
			c.Certificate = append(c.Certificate, certify(func(c *x509.Certificate) {
				c.Subject, c.IsCA, c.BasicConstraintsValid, c.KeyUsage = world.Cert.Subject, true, true, x509.KeyUsageCertSign
			}, "ca.example").Certificate[0])
		}
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "works certificate-untrusted", wholeLimit},
	{"a certificate with 10000 names", func(s *stage) {
		names := []string{s.host}
		for len(names) < manySANs {
			names = append(names, fmt.Sprintf("n%d.example", len(names)))
		}
		c := certify(nil, names...)
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "works tls-broken", wholeLimit},
	{"a foreign certificate with 10000 names", func(s *stage) {
		var names []string
		for len(names) < manySANs {
			names = append(names, fmt.Sprintf("n%d.example", len(names)))
		}
		c := certify(nil, names...)
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "certificate-wrong-name tls-broken", wholeLimit},
	{"a certificate with direction marks and controls", func(s *stage) {
		c := certify(func(c *x509.Certificate) {
			c.Subject.CommonName = "\u202emoc.knab\u2066\x00\x1b[31m\x07"
			c.Subject.Organization = []string{"\u202eEvil\nCorp"}
			c.IssuingCertificateURL = []string{"http://ca.example/\x1b]0;x"}
		}, "evil.example", "*.\x1b[31m.example")
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "certificate-wrong-name certificate-untrusted", wholeLimit},
	{"a certificate whose name is a megabyte", func(s *stage) {
		c := certify(func(c *x509.Certificate) { c.Subject.CommonName = strings.Repeat("long ", 40_000) }, "evil.example")
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "certificate-wrong-name certificate-untrusted tls-broken", wholeLimit},
	{"a certificate for all time", func(s *stage) {
		c := certify(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		}, s.host)
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "works", wholeLimit},
	{"a certificate that ended before it began", func(s *stage) {
		c := certify(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(1, 0, 0), time.Now().AddDate(-1, 0, 0)
		}, s.host)
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "certificate-expired certificate-untrusted", wholeLimit},
	{"a certificate that is noise", func(s *stage) {
		c := certify(nil, s.host)
		c.Certificate[0] = []byte(strings.Repeat("\x30\x82\xff\xff", 500))
		s.cert = &c
		s.https(always(page("200 OK", "", fine)))
	}, "tls-broken certificate-untrusted connection-cut", wholeLimit},
}

// needle lets one byte through at a time.
type needle struct{ net.Conn }

func (n needle) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := n.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}
