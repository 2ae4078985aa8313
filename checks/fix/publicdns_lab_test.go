//go:build linux

package fix

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

// standInDNS is a public resolver on an address of this network, which answers after a while. rcode: with that failure instead.
type standInDNS struct {
	after time.Duration
	rcode int
}

// TestLabFastestDNS: the resolver that is offered is the one that gives an address of this very site first; what is quick to fail or
// to deny is not. Nobody else is asked, nothing but the site's name, and nothing is left behind.
func TestLabFastestDNS(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	var mu sync.Mutex
	var asked []string // "address type name"
	delays := map[netip.Addr]standInDNS{}
	for _, p := range PublicResolvers {
		for _, a := range p.V4 {
			l.do("ip", "addr", "add", a.String()+"/32", "dev", "lo")
			conn, err := net.ListenPacket("udp", netip.AddrPortFrom(a, 53).String())
			if err != nil {
				t.Fatal(err)
			}
			server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
				mu.Lock()
				asked = append(asked, a.String()+" "+dns.TypeToString[q.Question[0].Qtype]+" "+q.Question[0].Name)
				how := delays[a]
				mu.Unlock()
				time.Sleep(how.after)
				m := new(dns.Msg)
				m.SetRcode(q, how.rcode)
				if how.rcode == dns.RcodeSuccess {
					m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(203, 0, 113, 9)}}
				}
				_ = w.WriteMsg(m)
			})}
			go func() { _ = server.ActivateAndServe() }()
			t.Cleanup(func() { _ = server.Shutdown() })
		}
	}
	cloudflare, google, quad9, opendns := PublicResolvers[0].V4[0], PublicResolvers[1].V4[0], PublicResolvers[2].V4[0], PublicResolvers[3].V4[0]
	const slow, slower = 150 * time.Millisecond, 400 * time.Millisecond // apart enough for a busy machine
	for want, answers := range map[string]map[netip.Addr]standInDNS{
		"quad9":      {cloudflare: {after: slow}, google: {after: slower}, quad9: {}, opendns: {}},
		"google":     {cloudflare: {rcode: dns.RcodeNameError}, google: {after: slow}, quad9: {rcode: dns.RcodeServerFailure}},
		"cloudflare": {cloudflare: {after: slow}, google: {rcode: dns.RcodeRefused}, quad9: {after: slower}},
		"":           {cloudflare: {rcode: dns.RcodeNameError}, google: {after: 2 * raceLimit}, quad9: {rcode: dns.RcodeRefused}},
	} {
		mu.Lock()
		asked, delays = nil, answers
		mu.Unlock()
		began := time.Now()
		got, err := FastestDNS(context.Background(), "Site.Example.")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q %v, want %q", got, err, want)
		}
		if took := time.Since(began); took > raceLimit+500*time.Millisecond {
			t.Errorf("%q took %s", want, took)
		}
		mu.Lock()
		slices.Sort(asked)
		if got := strings.Join(asked, ", "); got != "1.1.1.1 A site.example., 8.8.8.8 A site.example., 9.9.9.9 A site.example." {
			t.Errorf("asked %s", got)
		}
		asked = nil
		mu.Unlock()
	}
	for _, private := range []string{"nas", "nas.local", "printer.lan", "x.home.arpa", "wiki.internal", "192.168.1.1", "203.0.113.9", "2001:db8::1", "-x", ""} {
		if id, err := FastestDNS(context.Background(), private); err == nil {
			t.Errorf("%q: %q", private, id)
		}
	}
	mu.Lock()
	if len(asked) > 0 {
		t.Errorf("names that are nobody's business: %q", asked)
	}
	mu.Unlock()

	// The fix takes it, and only a yes changes anything.
	l.do("ip", "route", "add", "default", "via", labBox)
	mu.Lock()
	delays = map[netip.Addr]standInDNS{cloudflare: {after: slow}, google: {after: slow}, quad9: {}}
	mu.Unlock()
	before := l.content("/etc/resolv.conf")
	env := l.env(getent)
	env.Host, env.Fastest = "site.example", FastestDNS
	p, err := Prepare(context.Background(), "use-public-dns", "", env)
	if err != nil || p.Vars["Provider"] != "Quad9" || l.content("/etc/resolv.conf") != before {
		t.Errorf("%v %+v", err, p)
	}
	o := l.changed("use-public-dns", "", env)
	if now := l.content("/etc/resolv.conf"); o.Verified != facts.Yes || !strings.Contains(now, "nameserver 9.9.9.9") {
		t.Errorf("%s", now)
	}
	l.undone(o, env)
	if now := l.content("/etc/resolv.conf"); now != before {
		t.Errorf("after the undo %q", now)
	}
}
