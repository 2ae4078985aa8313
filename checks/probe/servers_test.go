package probe

// Servers of our own on loopback, sound and misbehaving, for the tests of this package. Nothing here leaves the machine.

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// lone is a prober that reads none of this machine's settings.
func lone(t testing.TB) *Prober {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("nsswitch.conf"), "hosts: files dns\n")
	write(t, at("hosts"), "")
	write(t, at("resolv.conf"), "")
	p := &Prober{Files: Files{
		ResolvConf: at("resolv.conf"), NSSwitch: at("nsswitch.conf"), Hosts: at("hosts"), NSCD: at("nscd"), Resolved: at("resolved"),
		ResolvedConf: at("resolved.conf"), Avahi: at("avahi"), UpstreamConf: []string{at("upstream.conf")}, NoBus: true, DNSPort: 1,
	}}
	return p
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dnsServer answers on 127.0.0.x over UDP and TCP, on the same port.
func dnsServer(t testing.TB, ip string, port int, h dns.HandlerFunc) netip.AddrPort {
	t.Helper()
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	at := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		t.Skip("the same port is taken for TCP:", err)
	}
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: h}, {Listener: l, Handler: h}} {
		go s.ActivateAndServe()
		t.Cleanup(func() { s.Shutdown() })
	}
	return at
}

// useDNS makes these the servers of resolv.conf. They share a port.
func useDNS(t testing.TB, p *Prober, more string, servers ...netip.AddrPort) {
	t.Helper()
	var b strings.Builder
	for _, s := range servers {
		b.WriteString("nameserver " + s.Addr().String() + "\n")
		p.Files.DNSPort = s.Port()
	}
	write(t, p.Files.ResolvConf, b.String()+more)
}

// zone answers from a map of "name type" to record texts; an unknown name is NXDOMAIN, a known one without that type has no data.
func zone(records map[string][]string) dns.HandlerFunc {
	known := map[string]bool{}
	for k := range records {
		name, _, _ := strings.Cut(k, " ")
		known[name] = true
	}
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.RecursionAvailable = true
		name := strings.ToLower(q.Question[0].Name)
		for _, s := range records[name+" "+dns.TypeToString[q.Question[0].Qtype]] {
			rr, err := dns.NewRR(s)
			if err != nil {
				panic(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		if !known[name] {
			m.Rcode = dns.RcodeNameError
		}
		w.WriteMsg(m)
	}
}

func silentDNS(dns.ResponseWriter, *dns.Msg) {}

func rcode(code int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(q, code)
		m.RecursionAvailable = true
		w.WriteMsg(m)
	}
}

// raw serves each connection with a function.
func raw(t testing.TB, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, serve)
}

func serveOn(t testing.TB, l net.Listener, serve func(net.Conn)) netip.AddrPort {
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// afterRequest reads one request header, then serves.
func afterRequest(serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) != "" {
			serve(c)
		}
	}
}

func readRequest(br *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return ""
		}
		b.WriteString(line)
		if line == "\r\n" {
			return b.String()
		}
	}
}

func say(text string) func(net.Conn) {
	return afterRequest(func(c net.Conn) { c.Write([]byte(text)) })
}

func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func hold(net.Conn) { time.Sleep(20 * time.Second) }

// authority is a private CA.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{name + " Org"}},
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, _ = x509.ParseCertificate(der)
	return &authority{c, key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue makes a certificate for names (or addresses) with these dates, in days from now.
func (a *authority) issue(t testing.TB, from, to int, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]},
		NotBefore: time.Now().AddDate(0, 0, from), NotAfter: time.Now().AddDate(0, 0, to),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IssuingCertificateURL: []string{"http://ca.example/ca.crt"},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure serves TLS with one certificate.
func secure(t testing.TB, config *tls.Config, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, tls.NewListener(l, config), serve)
}

// TestMain lets the tests wait side by side: nearly all of their time is silence.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() == "" {
		flag.Set("test.parallel", "64") // for a fuzz target it would be the number of its workers
	}
	os.Exit(m.Run())
}
