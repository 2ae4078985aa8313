package probe

// Servers of our own on loopback, sound and misbehaving, for the tests of this package. Nothing here leaves the machine.

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/probe/probetest"
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
	probetest.DNS(t, pc, l, h)
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
	return probetest.Serve(t, l, serve)
}

// afterRequest reads one request header, then serves.
func afterRequest(serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		if probetest.Request(bufio.NewReader(c)) != "" {
			serve(c)
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

// authority is a private CA, and how this package's tests ask it.
type authority struct{ *probetest.Authority }

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	return &authority{probetest.NewAuthority(t, name)}
}

func (a *authority) pool() *x509.CertPool { return a.Pool() }

// issue makes a certificate for names (or addresses) with these dates, in days from now.
func (a *authority) issue(t testing.TB, from, to int, names ...string) tls.Certificate {
	t.Helper()
	return a.Issue(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, from), time.Now().AddDate(0, 0, to)
		c.IssuingCertificateURL = []string{"http://ca.example/ca.crt"}
	}, names...)
}

// secure serves TLS with one certificate.
func secure(t testing.TB, config *tls.Config, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return probetest.Serve(t, tls.NewListener(l, config), serve)
}

// TestMain lets the tests wait side by side: nearly all of their time is silence.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() == "" {
		flag.Set("test.parallel", "64") // for a fuzz target it would be the number of its workers
	}
	os.Exit(m.Run())
}
