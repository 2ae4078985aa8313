package probe

import (
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestSlowFamily: IPv4 that comes late is waited for, since it may be all that this network has; IPv6 that comes late is not.
func TestSlowFamily(t *testing.T) {
	t.Parallel()
	answers := zone(map[string][]string{"site.example. A": {"site.example. 60 IN A 203.0.113.1"}, "site.example. AAAA": {"site.example. 60 IN AAAA 2001:db8::1"}})
	for slow, want := range map[uint16]int{dns.TypeA: 2, dns.TypeAAAA: 1} {
		p := lone(t)
		useDNS(t, p, "", dnsServer(t, "127.0.0.1", 0, func(w dns.ResponseWriter, q *dns.Msg) {
			if q.Question[0].Qtype == slow {
				time.Sleep(400 * time.Millisecond)
			}
			answers(w, q)
		}))
		l := p.LookupSystem(t.Context(), "site.example")
		if len(l.Addresses) != want {
			t.Errorf("%s late: got %v after %.0f ms, want %d addresses", dns.TypeToString[slow], l.Addresses, l.MS, want)
		}
	}
}
