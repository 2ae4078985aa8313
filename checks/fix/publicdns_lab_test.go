//go:build linux

package fix

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

// TestLabPlanAsksNobody: which resolver is offered was measured by the check; the plan of the change sends nothing to any of them, and
// only a yes changes anything.
func TestLabPlanAsksNobody(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	var mu sync.Mutex
	var asked []string // "address type name"
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
				mu.Unlock()
				m := new(dns.Msg)
				_ = w.WriteMsg(m.SetReply(q))
			})}
			go func() { _ = server.ActivateAndServe() }()
			t.Cleanup(func() { _ = server.Shutdown() })
		}
	}
	l.do("ip", "route", "add", "default", "via", labBox)
	before := l.content("/etc/resolv.conf")
	env := l.env(getent)
	env.Facts = &facts.Facts{Target: facts.Target{Host: "site.test"}, Independent: []facts.Lookup{answered("google", "site.test", 30), answered("quad9", "site.test", 8)}}
	p, err := Prepare(context.Background(), "use-public-dns", "", env)
	if err != nil || p.Vars["Provider"] != "Quad9" || l.content("/etc/resolv.conf") != before {
		t.Errorf("%v %+v", err, p)
	}
	mu.Lock()
	if len(asked) > 0 {
		t.Errorf("before anybody said yes: %q", asked)
	}
	mu.Unlock()
	o := l.changed("use-public-dns", "", env)
	if now := l.content("/etc/resolv.conf"); o.Verified != facts.Yes || !strings.Contains(now, "nameserver 9.9.9.9") {
		t.Errorf("%s", now)
	}
	l.undone(o, env)
	if now := l.content("/etc/resolv.conf"); now != before {
		t.Errorf("after the undo %q", now)
	}
}
