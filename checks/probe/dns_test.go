package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

var siteZone = map[string][]string{
	"site.example. A":          {"site.example. 60 IN A 203.0.113.10", "site.example. 60 IN A 203.0.113.11"},
	"site.example. AAAA":       {"site.example. 30 IN AAAA 2001:db8::10"},
	"four.example. A":          {"four.example. 60 IN A 203.0.113.4"},
	"six.example. AAAA":        {"six.example. 60 IN AAAA 2001:db8::6"},
	"none.example. MX":         nil,
	"null.example. A":          {"null.example. 60 IN A 0.0.0.0"},
	"www.example. A":           {"www.example. 300 IN CNAME a.cdn.example.", "a.cdn.example. 20 IN CNAME b.cdn.example.", "b.cdn.example. 60 IN A 203.0.113.20"},
	"dangling.example. A":      {"dangling.example. 300 IN CNAME gone.example."},
	"round.example. A":         {"round.example. 300 IN CNAME square.example.", "square.example. 300 IN CNAME round.example."},
	"box.home. A":              {"box.home. 60 IN A 192.168.1.1"},
	"a.b.home. A":              {"a.b.home. 60 IN A 192.168.1.2"},
	"foreign.example. A":       {"other.example. 60 IN A 203.0.113.66"},
	"xn--maana-pta.example. A": {"xn--maana-pta.example. 60 IN A 203.0.113.30"},
}

func TestStub(t *testing.T) {
	t.Parallel()
	at := dnsServer(t, "127.0.0.1", 0, zone(siteZone))
	p := lone(t)
	useDNS(t, p, "search home\n", at)
	for name, want := range map[string]string{
		"site.example":                       "[203.0.113.10 203.0.113.11 2001:db8::10]  30 udp",
		"SITE.example.":                      "[203.0.113.10 203.0.113.11 2001:db8::10]  30 udp",
		"four.example":                       "[203.0.113.4]  60 udp",
		"six.example":                        "[2001:db8::6]  60 udp",
		"none.example":                       "[] no-data 0 udp",
		"null.example":                       "[0.0.0.0]  60 udp",
		"www.example":                        "[203.0.113.20] b.cdn.example  20 udp",
		"dangling.example":                   "[] gone.example no-data 0 udp",
		"round.example":                      "[] round.example no-data 0 udp",
		"foreign.example":                    "[] no-data 0 udp",
		"nowhere.example":                    "[] nxdomain 0 udp",
		"box":                                "[192.168.1.1]  60 udp",
		"a.b":                                "[192.168.1.2]  60 udp",
		"mañana.example":                     "[203.0.113.30]  60 udp",
		"localhost":                          "[127.0.0.1 ::1]  0 literal",
		"app.localhost":                      "[127.0.0.1 ::1]  0 literal",
		"192.0.2.1":                          "[192.0.2.1]  0 literal",
		"2001:db8::1":                        "[2001:db8::1]  0 literal",
		"[2001:db8::1]":                      "[2001:db8::1]  0 literal",
		"a..b":                               "[] nxdomain 0 ",
		strings.Repeat("a", 64) + ".example": "[] nxdomain 0 ",
	} {
		l := p.LookupSystem(t.Context(), name)
		got := fmt.Sprint(l.Addresses, " ")
		if l.CNAME != "" {
			got += l.CNAME + " "
		}
		got += fmt.Sprint(l.Failure, " ", l.TTL, " ", l.Transport)
		if got != want || !l.Done || l.Name != name {
			t.Errorf("%s: got %q, want %q (%+v)", name, got, want, l)
		}
	}
}

func TestStubFailures(t *testing.T) {
	t.Parallel()
	good := zone(siteZone)
	ede := func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(q, dns.RcodeServerFailure)
		m.SetEdns0(1232, false)
		m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_EDE{InfoCode: 22})
		w.WriteMsg(m)
	}
	slow6 := func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeAAAA {
			time.Sleep(2 * time.Second)
		}
		good(w, q)
	}
	truncated := func(w dns.ResponseWriter, q *dns.Msg) {
		if w.RemoteAddr().Network() == "udp" {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Truncated = true
			w.WriteMsg(m)
			return
		}
		good(w, q)
	}
	noEDNS := func(w dns.ResponseWriter, q *dns.Msg) {
		if q.IsEdns0() != nil {
			m := new(dns.Msg)
			m.SetRcode(q, dns.RcodeFormatError)
			w.WriteMsg(m)
			return
		}
		good(w, q)
	}
	otherID := func(w dns.ResponseWriter, q *dns.Msg) {
		q.Id++
		good(w, q)
	}
	otherQuestion := func(w dns.ResponseWriter, q *dns.Msg) {
		q.Question[0].Name = "other.example."
		good(w, q)
	}
	garbage := func(w dns.ResponseWriter, q *dns.Msg) {
		b, _ := q.Pack()
		w.Write(append(b[:12], 0xff, 0xff, 0xff))
	}
	late := func(w dns.ResponseWriter, q *dns.Msg) {
		time.Sleep(1300 * time.Millisecond)
		good(w, q)
	}
	for _, tt := range []struct {
		name     string
		servers  []dns.HandlerFunc // on 127.0.0.1, 127.0.0.2…; nil: nothing listens
		failure  facts.Failure
		silent   int
		from, to time.Duration
		check    func(l facts.Lookup) bool
	}{
		{"servfail", []dns.HandlerFunc{rcode(2)}, facts.ServFail, 0, 0, 950 * time.Millisecond, nil},
		{"servfail with its reason", []dns.HandlerFunc{ede}, facts.ServFail, 0, 0, 950 * time.Millisecond, func(l facts.Lookup) bool { return slices.Equal(l.EDE, []uint16{22}) }},
		{"refused", []dns.HandlerFunc{rcode(5)}, facts.DNSRefused, 0, 0, 950 * time.Millisecond, nil},
		{"servfail, then good", []dns.HandlerFunc{rcode(2), good}, "", 0, 0, 950 * time.Millisecond, nil},
		{"nothing listens, then good", []dns.HandlerFunc{nil, good}, "", 0, 0, 950 * time.Millisecond, nil},
		{"nothing listens", []dns.HandlerFunc{nil}, facts.Refused, 0, 0, 950 * time.Millisecond, nil},
		{"silent, then good", []dns.HandlerFunc{silentDNS, good}, "", 1, 950 * time.Millisecond, 1950 * time.Millisecond, nil},
		{"silent", []dns.HandlerFunc{silentDNS}, facts.Timeout, 1, 2900 * time.Millisecond, 4500 * time.Millisecond, nil},
		{"silent, servfail", []dns.HandlerFunc{silentDNS, rcode(2)}, facts.ServFail, 1, 2900 * time.Millisecond, 4500 * time.Millisecond, nil},
		{"late", []dns.HandlerFunc{late}, "", 0, 1300 * time.Millisecond, 2900 * time.Millisecond, nil},
		{"one family lags", []dns.HandlerFunc{slow6}, "", 0, 40 * time.Millisecond, 950 * time.Millisecond, func(l facts.Lookup) bool { return len(l.Addresses) == 2 }},
		{"truncated", []dns.HandlerFunc{truncated}, "", 0, 0, 950 * time.Millisecond, func(l facts.Lookup) bool { return l.Transport == "tcp" }},
		{"old server", []dns.HandlerFunc{noEDNS}, "", 0, 0, 950 * time.Millisecond, nil},
		{"other number", []dns.HandlerFunc{otherID}, facts.Malformed, 1, 2900 * time.Millisecond, 4500 * time.Millisecond, nil},
		{"other question", []dns.HandlerFunc{otherQuestion}, facts.Malformed, 1, 2900 * time.Millisecond, 4500 * time.Millisecond, nil},
		{"garbage", []dns.HandlerFunc{garbage}, facts.Malformed, 0, 0, 950 * time.Millisecond, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := lone(t)
			var servers []netip.AddrPort
			port := 0
			for i, h := range tt.servers {
				ip := fmt.Sprintf("127.0.0.%d", i+1)
				if h == nil {
					l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
					if err != nil {
						t.Fatal(err)
					}
					at := l.LocalAddr().(*net.UDPAddr).AddrPort()
					l.Close()
					port = int(at.Port())
					servers = append(servers, at)
					continue
				}
				at := dnsServer(t, ip, port, h)
				port = int(at.Port())
				servers = append(servers, at)
			}
			useDNS(t, p, "", servers...)
			begin := time.Now()
			l := p.LookupSystem(t.Context(), "site.example")
			d := time.Since(begin)
			if l.Failure != tt.failure || len(l.Silent) != tt.silent || d < tt.from || d > tt.to && !testing.Short() || // -short: the machine is busy
				!l.Done || (l.Failure == "") != l.Good() {
				t.Fatalf("after %v: %+v", d, l)
			}
			if tt.check != nil && !tt.check(l) {
				t.Errorf("got %+v", l)
			}
		})
	}
	t.Run("none configured", func(t *testing.T) {
		t.Parallel()
		p := lone(t)
		if l := p.LookupSystem(t.Context(), "site.example"); l.Failure != facts.NoResolver {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		p := lone(t)
		useDNS(t, p, "", dnsServer(t, "127.0.0.1", 0, silentDNS))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if l := p.LookupSystem(ctx, "site.example"); l.Failure != facts.Canceled {
			t.Errorf("got %+v", l)
		}
	})
}

func TestHostsFile(t *testing.T) {
	t.Parallel()
	p := lone(t)
	useDNS(t, p, "", dnsServer(t, "127.0.0.1", 0, zone(siteZone)))
	write(t, p.Files.Hosts, "# site.example\n203.0.113.99 mysite.example site.example.org\n127.0.0.1\tlocalhost\n203.0.113.77   www.SITE.example Site.Example # mine\n2001:db8::77 site.example\nbad site.example\n#203.0.113.1 four.example\n0.0.0.0 last.example")
	if l := p.LookupSystem(t.Context(), "site.example"); l.Transport != "hosts" || fmt.Sprint(l.Addresses) != "[203.0.113.77 2001:db8::77]" {
		t.Errorf("got %+v", l)
	}
	if l := p.LookupSystem(t.Context(), "last.example"); fmt.Sprint(l.Addresses) != "[0.0.0.0]" {
		t.Errorf("got %+v", l)
	}
	if l := p.LookupSystem(t.Context(), "four.example"); l.Transport != "udp" {
		t.Errorf("got %+v", l)
	}
	write(t, p.Files.NSSwitch, "hosts: dns files\n")
	if l := p.LookupSystem(t.Context(), "site.example"); l.Transport != "udp" {
		t.Errorf("dns first: %+v", l)
	}
}

func TestNSSwitch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "[files dns]",
		"passwd: files\n":     "[files dns]",
		"hosts:\t files  dns": "[files dns]",
		"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns # x": "[mymachines resolve(notfound,success,tryagain) files myhostname dns]",
		"hosts: files mdns4_minimal [NOTFOUND=return] dns":                     "[files mdns4_minimal(notfound) dns]",
		"hosts: files [SUCCESS=continue] dns":                                  "[files() dns]",
		"hosts: [NOTFOUND=return] files dns[":                                  "[files dns()]",
	} {
		var got []string
		for _, s := range parseNSSwitch([]byte(text)) {
			if s.returns == nil {
				got = append(got, s.name)
				continue
			}
			var stops []string
			for status, stop := range s.returns {
				if stop {
					stops = append(stops, status)
				}
			}
			slices.Sort(stops)
			got = append(got, s.name+"("+strings.Join(stops, ",")+")")
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, want %s", text, got, want)
		}
	}
}

func TestLookupFresh(t *testing.T) {
	t.Parallel()
	p := lone(t)
	a := dnsServer(t, "127.0.0.1", 0, zone(siteZone))
	useDNS(t, p, "", a)
	if got := p.LookupFresh(t.Context(), "site.example"); len(got) != 0 {
		t.Errorf("a cache of this computer was taken for its own upstream: %+v", got)
	}
	l := p.LookupClear(t.Context(), "site.example", a, "quad9", true)
	if !l.Good() || l.Transport != "tcp" || l.Provider != "quad9" || l.Server != a.String() {
		t.Errorf("got %+v", l)
	}
	if l = p.LookupClear(t.Context(), "nowhere.example", a, "quad9", false); l.Failure != facts.NXDomain || l.Transport != "udp" {
		t.Errorf("got %+v", l)
	}
	p.Files.DNSPort = 0
	for _, tt := range []struct{ resolv, resolved, upstream, want string }{
		{"nameserver 192.0.2.53\nnameserver 127.0.0.1\n", "", "", "[192.0.2.53:53]"},
		{"nameserver 127.0.0.53\n", "nameserver 192.0.2.1\nnameserver 2001:db8::1\n", "", "[192.0.2.1:53 [2001:db8::1]:53]"},
		{"nameserver 127.0.0.1\n", "", "nameserver 192.0.2.9\nnameserver ::1\n", "[192.0.2.9:53]"},
		{"nameserver 127.0.0.1\n", "", "", "[]"},
		{"nameserver fe80::1%lo\n", "", "", "[[fe80::1%lo]:53]"},
		{"", "", "", "[]"},
	} {
		write(t, p.Files.ResolvConf, tt.resolv)
		write(t, p.Files.ResolvedConf, tt.resolved)
		write(t, p.Files.UpstreamConf[0], tt.upstream)
		if got, _ := p.upstream(t.Context()); fmt.Sprint(got) != tt.want {
			t.Errorf("%q: got %v, want %s", tt.resolv, got, tt.want)
		}
	}
}
