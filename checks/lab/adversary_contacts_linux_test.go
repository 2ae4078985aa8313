package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWhoWasContactedInTrouble holds the list "who was contacted" against the wire where most is tried: everything that
// left is told, and nothing left for a place that the contract does not name.
func TestWhoWasContactedInTrouble(t *testing.T) {
	if os.Getenv("LAB_PROVE") == "1" || os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1, and judges the program only")
	}
	allowed := []string{BoxIP, BoxIP6, "fe80::1", SiteIP, SiteIP6, DeadIP}
	for i := range Connectivity {
		allowed = append(allowed, fmt.Sprint("198.51.100.", 200+i), fmt.Sprint("2001:db8:100::", 200+i))
	}
	for i := range OtherSites {
		allowed = append(allowed, fmt.Sprint("198.51.100.", 100+i), fmt.Sprint("2001:db8:100::", 100+i))
	}
	for _, list := range Providers {
		allowed = append(allowed, list...)
	}
	for _, c := range []struct {
		name  string
		world func(*World) Want
		also  []string
	}{
		{"site-silent", silentAddress, nil},
		{"box-swallows-before-routing", boxSwallowsBeforeRouting, nil},
		{"firewall-drops", localDrop, nil},
		{"dead-tunnel-for-the-site", tunnelForSite, nil},
		{"second-link", blockedHereOpensThere("drop"), nil},
		{"portal", portalRedirect, nil},
		{"proxy-closed", proxyAnswers(502, ""), []string{"203.0.113.31"}},
		{"mtu", smallDownwards, nil},
		{"intercepted", interceptedEverywhere, nil},
		{"expired", certExpired, nil},
		{"missing-intermediate", intermediateCanBeFetched, nil},
		{"hosts-dead", hostsDead, nil},
		{"old-address-in-the-box", staleBox, nil},
		{"redirect-to-expired", redirectToExpired, []string{"203.0.113.12"}},
		{"clock", worldAhead, nil},
		{"no-internet", uplinkSwallows, nil},
		{"unknown-name", unknownName, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := New(t)
			truth := c.world(w)
			capture := w.Capture()
			got := w.Check(append(truth.Args, typedOr(truth.Address))...)
			time.Sleep(50 * time.Millisecond)
			said := map[string]bool{}
			for _, x := range got.Contacts {
				at := x.Addr
				if a, err := netip.ParseAddrPort(at); err == nil {
					at = a.Addr().WithZone("").String()
				}
				said[at] = true
			}
			for _, at := range capture.Seen() {
				ip := at
				if host, _, err := net.SplitHostPort(at); err == nil {
					ip = host
				}
				if !slices.Contains(allowed, ip) && !slices.Contains(c.also, ip) {
					t.Errorf("sent something to %s, which the contract does not name", at)
				}
				if !said[ip] && !strings.HasPrefix(ip, "fe80") {
					t.Errorf("sent something to %s and does not say so", at)
				}
			}
			keep(t, "adv-contacts/"+c.name, got, t.Failed())
		})
	}
}

func typedOr(address string) string {
	if address == "" {
		return SiteHost
	}
	return address
}

// TestPrivateNamesStayHere: names of this network only are never sent to a DNS outside, not even when they do not exist.
func TestPrivateNamesStayHere(t *testing.T) {
	if os.Getenv("LAB_PROVE") == "1" {
		t.Skip("judges the program only")
	}
	if os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	for _, address := range []string{"http://imprimante.local/", "http://nas.lan/", "http://intranet/", "http://wiki.internal/", "http://box.home.arpa/", "NAS.LAN"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			w := New(t)
			w.BoxDNSFrom("--server="+ProviderDNS, "--local=/local/", "--local=/lan/", "--local=/internal/", "--local=/home.arpa/", "--domain-needed")
			w.Check(address)
			for host, r := range w.Resolvers {
				for _, q := range r.Queries() {
					name, _, _ := strings.Cut(strings.ToLower(q), " ")
					for _, end := range []string{"local", "lan", "intranet", "internal", "arpa"} {
						if strings.HasSuffix(name, end) {
							t.Errorf("%q was sent to %q", q, host)
						}
					}
				}
			}
		})
	}
}
