package probe

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

// unixSocket serves a socket in a folder short enough for its path.
func unixSocket(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	if len(path) > 100 {
		t.Skip("the path of the socket would be too long")
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return path
}

func nscdReply(found, herror int32, name string, addrs ...string) []byte {
	var a, f []byte
	for _, s := range addrs {
		ip := netip.MustParseAddr(s)
		a = append(a, ip.AsSlice()...)
		if ip.Is4() {
			f = append(f, 2)
		} else {
			f = append(f, 10)
		}
	}
	var b []byte
	canon := []byte(name + "\x00")
	for _, v := range []int32{2, found, int32(len(f)), int32(len(a)), int32(len(canon)), herror} {
		b = binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	if found != 1 {
		return b
	}
	return append(append(append(b, a...), f...), canon...)
}

func TestNSCD(t *testing.T) {
	t.Parallel()
	at := dnsServer(t, "127.0.0.1", 0, func(w dns.ResponseWriter, q *dns.Msg) {
		if strings.HasPrefix(q.Question[0].Name, "trouble.") {
			rcode(5)(w, q)
			return
		}
		zone(siteZone)(w, q)
	})
	socket := unixSocket(t, func(c net.Conn) {
		var head [12]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		key := make([]byte, binary.NativeEndian.Uint32(head[8:]))
		io.ReadFull(c, key)
		switch string(bytes.TrimRight(key, "\x00")) {
		case "site.example":
			c.Write(nscdReply(1, 0, "cdn.example", "203.0.113.99", "2001:db8::99"))
		case "nowhere.example":
			c.Write(nscdReply(0, 1, ""))
		case "none.example":
			c.Write(nscdReply(0, 4, ""))
		case "trouble.example":
			c.Write(nscdReply(0, 2, ""))
		case "four.example":
			c.Write(nscdReply(-1, 0, "")) // not for host names
		case "six.example":
			c.Write([]byte{2, 0, 0}) // dies
		}
	})
	p := lone(t)
	p.Files.NSCD = socket
	useDNS(t, p, "", at)
	for name, want := range map[string]string{
		"site.example":    "[203.0.113.99 2001:db8::99] cdn.example  nscd",
		"nowhere.example": "[]  nxdomain nscd",
		"none.example":    "[]  no-data nscd",
		"trouble.example": "[]  dns-refused nscd",
		"four.example":    "[203.0.113.4]   udp",
		"six.example":     "[2001:db8::6]   udp",
	} {
		l := p.LookupSystem(t.Context(), name)
		if got := fmt.Sprint(l.Addresses, " ", l.CNAME, " ", l.Failure, " ", l.Transport); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestResolved(t *testing.T) {
	t.Parallel()
	socket := unixSocket(t, func(c net.Conn) {
		message, err := readVarlink(bufio.NewReader(c))
		if err != nil {
			return
		}
		var call struct {
			Method     string
			Parameters struct{ Name string }
		}
		if json.Unmarshal(message, &call) != nil || call.Method != "io.systemd.Resolve.ResolveHostname" {
			return
		}
		answer := map[string]string{
			"site.example":    `{"parameters":{"addresses":[{"ifindex":3,"family":2,"address":[203,0,113,10]},{"ifindex":3,"family":10,"address":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,16]}],"name":"cdn.example","flags":8388609}}`,
			"nowhere.example": `{"error":"io.systemd.Resolve.DNSError","parameters":{"rcode":3}}`,
			"trouble.example": `{"error":"io.systemd.Resolve.DNSError","parameters":{"rcode":2,"extendedDNSErrorCode":22}}`,
			"none.example":    `{"error":"io.systemd.Resolve.NoSuchResourceRecord","parameters":{}}`,
			"slow.example":    `{"error":"io.systemd.Resolve.QueryTimedOut","parameters":{}}`,
			"alone.example":   `{"error":"io.systemd.Resolve.NoNameServers","parameters":{}}`,
			"down.example":    `{"error":"io.systemd.Resolve.NetworkDown","parameters":{}}`,
			"odd.example":     `{"error":"org.varlink.service.MethodNotFound"}`,
			"four.example":    `garbage`,
		}[call.Parameters.Name]
		if call.Parameters.Name == "silent.example" {
			time.Sleep(5 * time.Second)
		}
		c.Write(append([]byte(answer), 0))
	})
	p := lone(t)
	p.Files.Resolved = socket
	useDNS(t, p, "", dnsServer(t, "127.0.0.1", 0, zone(siteZone)))
	write(t, p.Files.NSSwitch, "hosts: mymachines resolve [!UNAVAIL=return] files dns\n")
	for name, want := range map[string]string{
		"site.example":    "[203.0.113.10 2001:db8::10] cdn.example  resolved []",
		"nowhere.example": "[]  nxdomain resolved []",
		"trouble.example": "[]  servfail resolved [22]",
		"none.example":    "[]  no-data resolved []",
		"slow.example":    "[]  timeout resolved []",
		"silent.example":  "[]  timeout resolved []",
		"alone.example":   "[]  no-resolver resolved []",
		"down.example":    "[]  network-unreachable resolved []",
		"odd.example":     "[]  nxdomain udp []", // it does not serve: the next way
		"four.example":    "[203.0.113.4]   udp []",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := p.LookupSystem(t.Context(), name)
			if got := fmt.Sprint(l.Addresses, " ", l.CNAME, " ", l.Failure, " ", l.Transport, " ", l.EDE); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestAvahi(t *testing.T) {
	t.Parallel()
	p := lone(t)
	p.Files.Avahi = unixSocket(t, func(c net.Conn) {
		line, _ := bufio.NewReader(c).ReadString('\n')
		if line == "RESOLVE-HOSTNAME-IPV4 nas.local\n" {
			fmt.Fprint(c, "+ 2 0 nas.local 192.168.1.5\n")
			return
		}
		fmt.Fprint(c, "-15 Timeout reached\n")
	})
	useDNS(t, p, "", dnsServer(t, "127.0.0.1", 0, zone(siteZone)))
	write(t, p.Files.NSSwitch, "hosts: files mdns4_minimal [NOTFOUND=return] dns\n")
	for name, want := range map[string]string{"nas.local": "[192.168.1.5] ", "other.local": "[] nxdomain", "four.example": "[203.0.113.4] "} {
		if l := p.LookupSystem(t.Context(), name); fmt.Sprint(l.Addresses, " ", l.Failure) != want {
			t.Errorf("%s: got %+v", name, l)
		}
	}
}

func TestDoH(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	answers := zone(siteZone)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if r.URL.Path != "/dns-query" || r.Host != "dns.example" || r.Header.Get("User-Agent") != "" || q.Unpack(body) != nil {
			http.Error(w, "bad", 400)
			return
		}
		if strings.HasPrefix(q.Question[0].Name, "broken.") {
			http.Error(w, "no", 503)
			return
		}
		rec := &keep{}
		answers(rec, q)
		b, _ := rec.m.Pack()
		w.Header().Set("Content-Type", "application/dns-message")
		w.Write(b)
	})
	start := func(h2 bool, cert tls.Certificate) uint16 {
		s := httptest.NewUnstartedServer(handler)
		s.EnableHTTP2 = h2
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.Listener.Addr().(*net.TCPAddr).AddrPort().Port()
	}
	defer func(was uint16) { dohPort = was }(dohPort)
	p := lone(t)
	p.Roots = ca.pool()
	pr := Provider{"quad9", "dns.example", []netip.Addr{netip.MustParseAddr("127.0.0.9"), netip.MustParseAddr("127.0.0.1")}}
	for _, h2 := range []bool{true, false} {
		dohPort = start(h2, ca.issue(t, -1, 30, "dns.example"))
		for name, want := range map[string]string{
			"site.example":    "[203.0.113.10 203.0.113.11 2001:db8::10] ",
			"nowhere.example": "[] nxdomain",
			"none.example":    "[] no-data",
			"broken.example":  "[] malformed",
		} {
			l := p.LookupDoH(t.Context(), name, pr)
			if fmt.Sprint(l.Addresses, " ", l.Failure) != want || l.Transport != "doh" || l.Provider != "quad9" || l.Server != "127.0.0.1" || !l.Done {
				t.Errorf("HTTP/2 %v: %s: %+v", h2, name, l)
			}
		}
	}
	dohPort = start(true, ca.issue(t, -1, 30, "other.example"))
	if l := p.LookupDoH(t.Context(), "site.example", pr); l.Failure != facts.CertWrongName {
		t.Errorf("another's certificate: %+v", l)
	}
	dohPort = raw(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		reset(c)
	}).Port()
	if l := p.LookupDoH(t.Context(), "site.example", pr); l.Failure != facts.Reset {
		t.Errorf("reset: %+v", l)
	}
	dohPort = 1
	if l := p.LookupDoH(t.Context(), "site.example", pr); l.Failure != facts.Refused {
		t.Errorf("refused: %+v", l)
	}
}

// keep is a dns.ResponseWriter that keeps the message.
type keep struct {
	dns.ResponseWriter
	m *dns.Msg
}

func (k *keep) WriteMsg(m *dns.Msg) error {
	k.m = m
	return nil
}

func TestTCPAlive(t *testing.T) {
	t.Parallel()
	p := lone(t)
	open := raw(t, hold)
	if got := p.TCPAlive(t.Context(), here[0], open.Port()); got != facts.Yes {
		t.Errorf("open port: %v", got)
	}
	if got := p.TCPAlive(t.Context(), here[0], 1); got != facts.Yes {
		t.Errorf("refusing port: %v", got)
	}
	for f, want := range map[facts.Failure]facts.Bool{facts.Timeout: facts.No, facts.HostUnreach: facts.No, facts.Denied: facts.Unknown, facts.Canceled: facts.Unknown} {
		if got := alive(facts.Connect{Failure: f}); got != want {
			t.Errorf("%s: %v", f, got)
		}
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	got, d := lone(t).Ping(t.Context(), here[0], "")
	if got == facts.Unknown {
		t.Skip("this system does not let us send echo requests")
	}
	if got != facts.Yes || d <= 0 || d > time.Second {
		t.Errorf("got %v after %v", got, d)
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	p := lone(t)
	var all []string
	ch := make(chan Contact, 100)
	p.OnContact = func(c Contact) { ch <- c }
	at := dnsServer(t, "127.0.0.1", 0, zone(map[string][]string{"site.example. A": {"site.example. 60 IN A 127.0.0.1"}}))
	useDNS(t, p, "", at)
	site := raw(t, say(okPage))
	p.Ask(t.Context(), Request{URL: "http://site.example:" + port(site) + "/", Why: "repeat"}, nil)
	close(ch)
	for c := range ch {
		all = append(all, fmt.Sprint(c.What, " ", c.Host, " ", c.Addr, " ", c.Why))
	}
	slices.Sort(all)
	want := []string{
		"connect site.example " + site.String() + " repeat",
		"dns  " + at.String() + " repeat", "dns  " + at.String() + " repeat",
		"http site.example " + site.String() + " repeat",
	}
	if !slices.Equal(all, want) {
		t.Errorf("got %q, want %q", all, want)
	}
}

func FuzzNSCD(f *testing.F) {
	f.Add(nscdReply(1, 0, "a.example", "203.0.113.1", "2001:db8::1"))
	f.Add(nscdReply(0, 1, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readNSCD(bytes.NewReader(b))
		if err == nil && len(a.addrs) > len(b) {
			t.Errorf("%d addresses from %d bytes", len(a.addrs), len(b))
		}
	})
}

func FuzzResolved(f *testing.F) {
	f.Add([]byte(`{"parameters":{"addresses":[{"ifindex":3,"family":2,"address":[203,0,113,10]}],"name":"x"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := parseResolved(b, "x"); err == nil && l.Failure == "" && len(l.Addresses) == 0 {
			t.Errorf("neither addresses nor a failure: %+v", l)
		}
	})
}

func FuzzFiles(f *testing.F) {
	f.Add([]byte("nameserver 192.0.2.1\nsearch a b\noptions ndots:2 use-vc\nhosts: files [!UNAVAIL=return] dns\n192.0.2.1 site.example"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := parseResolvConf(b, 53)
		if len(c.servers) > maxServers || c.ndots < 0 || c.ndots > maxNdots {
			t.Errorf("got %+v", c)
		}
		if len(parseNSSwitch(b)) == 0 {
			t.Error("no source at all")
		}
		hostsAddresses(b, "site.example")
	})
}

func FuzzAnswer(f *testing.F) {
	m := new(dns.Msg)
	m.SetQuestion("site.example.", dns.TypeA)
	rr, _ := dns.NewRR("site.example. 60 IN A 203.0.113.1")
	m.Answer = append(m.Answer, rr)
	b, _ := m.Pack()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(dns.Msg)
		if m.Unpack(b) != nil {
			return
		}
		a := readAnswer(m, "site.example", dns.TypeA)
		if (a.failure == "") != (len(a.addrs) > 0) || len(a.addrs) > maxAddresses {
			t.Errorf("got %+v", a)
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nLocation: //x/%\r\n\r\n<title>a&amp;b</title>"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	base, _ := cleanURL("http://site.example/a", false)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := title(b); len([]rune(s)) > maxTitle || strings.ContainsAny(s, "\x00\x1b\n\u202e") {
			t.Errorf("title %q", s)
		}
		h, err := readHead(bufio.NewReader(bytes.NewReader(b)), nil)
		if err != nil {
			return
		}
		fact := h.fact(time.Now())
		for _, x := range fact.Headers {
			if strings.ContainsAny(x.Name+x.Value, "\x00\x1b\n\r\u202e") {
				t.Errorf("header %q", x)
			}
		}
		page, _, _ := h.readBody(maxBody, func() error { return nil })
		if len(page) > maxBody {
			t.Errorf("%d bytes", len(page))
		}
		signIn(&facts.HTTP{Body: page}, "http://site.example/")
		if s := absolute(base, fact.Get("Location")); strings.ContainsAny(s, "\x00\r\n") {
			t.Errorf("location %q", s)
		}
	})
}
