//go:build linux

package checks_test

// The stage on which hostile servers play: an Internet of our own, in which everything but the one server is sound.

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/probe"
	"passerelle/checks/probe/probetest"
)

// world is what all cases share.
var world struct {
	*probetest.Authority

	mu    sync.Mutex
	names map[string]string                    // name → address, for the independent resolvers
	odd   map[string]func(http.ResponseWriter) // name → what the independent resolvers do instead of answering
}

const checksIP, othersIP = "198.51.100.200", "198.51.100.100" // the connectivity checks, the other sites

var otherNames = []string{"www.wikipedia.org", "www.debian.org", "www.cloudflare.com", "www.google.com", "www.microsoft.com"}

// openWorld starts the places of the contract: connectivity checks, other sites, encrypted DNS.
func openWorld(t *testing.T) {
	world.names, world.odd = map[string]string{}, map[string]func(http.ResponseWriter){}
	world.Authority = probetest.NewAuthority(t, "Hostile Test Root")

	serve(t, checksIP+":80", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range probe.Checks {
			if c.Name == r.Host {
				w.WriteHeader(c.Status)
				io.WriteString(w, c.Body)
				return
			}
		}
		http.NotFound(w, r)
	}))
	others := certify(nil, otherNames...)
	serve(t, othersIP+":443", &tls.Config{Certificates: []tls.Certificate{others}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<title>Another site</title>")
	}))
	for _, p := range probe.Providers {
		config := &tls.Config{Certificates: []tls.Certificate{certify(nil, p.Host)}, NextProtos: []string{"h2", "http/1.1"}}
		serve(t, p.Addrs[0].String()+":443", config, http.HandlerFunc(answerDoH))
	}
}

// answerDoH gives the address that the case has registered for its name, or does what the case wants done to those who ask.
func answerDoH(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4096))
	q := new(dns.Msg)
	if q.Unpack(body) != nil || len(q.Question) != 1 {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	name := strings.TrimSuffix(strings.ToLower(q.Question[0].Name), ".")
	world.mu.Lock()
	ip, odd := world.names[name], world.odd[name]
	world.mu.Unlock()
	if odd != nil {
		odd(w)
		return
	}
	packed, _ := reply(q, ip).Pack()
	w.Header().Set("Content-Type", "application/dns-message")
	w.Write(packed)
}

// reply answers a question with one address, or with NXDOMAIN where there is none.
func reply(q *dns.Msg, ip string) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	switch {
	case ip == "":
		m.Rcode = dns.RcodeNameError
	case q.Question[0].Qtype == dns.TypeA:
		m.Answer = []dns.RR{record("%s 60 IN A %s", q.Question[0].Name, ip)}
	}
	return m
}

func record(format string, args ...any) dns.RR {
	rr, err := dns.NewRR(fmt.Sprintf(format, args...))
	if err != nil {
		panic(err)
	}
	return rr
}

func serve(t *testing.T, at string, config *tls.Config, h http.Handler) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0)}
	if config == nil {
		go s.Serve(l)
	} else {
		go s.ServeTLS(l, "", "")
	}
	t.Cleanup(func() { s.Close() })
}

// certify issues a certificate of the world's authority; change may spoil it before it is signed.
func certify(change func(*x509.Certificate), names ...string) tls.Certificate {
	return world.Issue(change, names...)
}

// stage is one case: a name, an address, a DNS server, and whatever plays there.
type stage struct {
	t       *testing.T
	host    string // its name
	ip      string // where the name leads
	dnsIP   string
	dir     string // the computer's files
	env     map[string]string
	address string // typed; empty: https://host/
	cert    *tls.Certificate

	also map[string]string                           // more names that the case's DNS knows
	ask  func(w dns.ResponseWriter, q *dns.Msg) bool // what the case's DNS does for the host; false: the ordinary answer
	raw  func(net.PacketConn)                        // plays the case's DNS over UDP instead
}

func newStage(t *testing.T, n int) *stage {
	s := &stage{t: t, host: fmt.Sprintf("case%d.example", n), ip: fmt.Sprintf("203.0.113.%d", n), dnsIP: fmt.Sprintf("10.53.0.%d", n), dir: t.TempDir(),
		env: map[string]string{"HOME": "/home/visitor"}, also: map[string]string{}}
	for _, c := range probe.Checks {
		s.also[c.Name] = checksIP
	}
	for _, o := range otherNames {
		s.also[o] = othersIP
	}
	s.file("etc/hosts", "127.0.0.1 localhost\n")
	s.file("etc/nsswitch.conf", "hosts: files dns\n")
	s.file("root.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: world.Cert.Raw})))
	s.file("etc/resolv.conf", "nameserver "+s.dnsIP+"\n")
	world.mu.Lock()
	world.names[s.host] = s.ip
	world.mu.Unlock()
	return s
}

func (s *stage) file(name, text string) {
	p := filepath.Join(s.dir, name)
	os.MkdirAll(filepath.Dir(p), 0o755)
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// listenDNS is the case's DNS, over UDP and TCP.
func (s *stage) listenDNS() {
	pc, err := net.ListenPacket("udp", s.dnsIP+":53")
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := net.Listen("tcp", s.dnsIP+":53")
	if err != nil {
		s.t.Fatal(err)
	}
	if s.raw != nil {
		go s.raw(pc)
		s.t.Cleanup(func() { pc.Close(); l.Close() })
		return
	}
	h := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		name := strings.TrimSuffix(strings.ToLower(q.Question[0].Name), ".")
		if s.ask != nil && name == s.host && s.ask(w, q) {
			return
		}
		ip := s.also[name]
		if name == s.host {
			ip = s.ip
		}
		w.WriteMsg(reply(q, ip))
	})
	probetest.DNS(s.t, pc, l, h)
}

// listen hands every connection at a port of the case's address to f.
func (s *stage) listen(port int, f func(net.Conn)) { s.listenAt(fmt.Sprintf("%s:%d", s.ip, port), f) }

func (s *stage) listenAt(at string, f func(net.Conn)) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		s.t.Fatal(err)
	}
	probetest.Serve(s.t, l, f)
}

// https plays f behind a sound handshake, for every request of a connection, until f returns false or fails to write.
func (s *stage) https(f func(w *wire) bool) {
	cert := s.cert
	if cert == nil {
		c := certify(nil, s.host)
		cert = &c
	}
	s.listen(443, func(raw net.Conn) {
		c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"http/1.1"}})
		defer c.Close()
		requests(c, f)
	})
}

// http is the same without TLS, and makes http:// the address that is typed.
func (s *stage) http(f func(w *wire) bool) {
	s.address = "http://" + s.host + "/"
	s.listen(80, func(c net.Conn) { requests(c, f) })
}

// wire is one request on an open connection.
type wire struct {
	net.Conn
	path   string // as requested
	head   string // the whole request
	number int    // on this connection, from 0
	failed bool
}

func requests(c net.Conn, f func(*wire) bool) {
	br := bufio.NewReader(c)
	for n := 0; ; n++ {
		head := probetest.Request(br)
		if head == "" {
			return
		}
		w := &wire{Conn: c, head: head, number: n}
		if f := strings.Fields(w.head); len(f) > 1 {
			w.path = f[1]
		}
		if !f(w) || w.failed {
			return
		}
	}
}

// say writes; false when nobody listens any more.
func (w *wire) say(text string) bool {
	if _, err := io.WriteString(w.Conn, text); err != nil {
		w.failed = true
	}
	return !w.failed
}

// forever says the same until nobody listens.
func (w *wire) forever(text string) bool {
	big := strings.Repeat(text, 1+16384/len(text))
	for w.say(big) {
	}
	return false
}

// drip says one piece after the other, with pauses, until nobody listens.
func (w *wire) drip(pause time.Duration, piece func(i int) string) bool {
	for i := 0; w.say(piece(i)); i++ {
		time.Sleep(pause)
	}
	return false
}

// silence keeps the connection open until the other side closes it.
func (w *wire) silence() bool { return silent(w.Conn) }

func silent(c net.Conn) bool {
	io.Copy(io.Discard, c)
	return false
}

// always is a server that says one thing and closes.
func always(text string) func(*wire) bool {
	return func(w *wire) bool { w.say(text); return false }
}

// counter counts from 1, for servers that do something else each time.
func counter() func() int {
	var n atomic.Int64
	return func() int { return int(n.Add(1)) }
}

// page is a sound answer around a body.
func page(status, headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), headers, body)
}

const fine = "<!doctype html><title>Fine</title><p>An ordinary page.</p>"

// tlsRecord is one record of TLS in clear.
func tlsRecord(kind byte, payload []byte) []byte {
	b := []byte{kind, 3, 3}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(payload))), payload...)
}

// afterHello waits for the client's first record and then plays f.
func afterHello(f func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		var head [5]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(head[3:]))); err != nil {
			return
		}
		f(c)
	}
}
