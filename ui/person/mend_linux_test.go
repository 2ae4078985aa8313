package person

import (
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/lab"
)

// scenario is one computer with its faults, and what somebody who follows the main buttons must come to.
type scenario struct {
	name   string
	faults []func(*lab.World)
	steps  []string // the fixes that were tried, in order; "(put back)" behind one that did not help
	end    string   // the cause of the last verdict
	root   bool     // the person is root, because what is changed is root's
	fast   bool     // runs always
	lag    time.Duration
	fix    string // begun by hand at the first verdict, where another one is offered first
}

type faults = []func(*lab.World)

var scenarios = []scenario{
	// One fault, one click.
	{name: "hosts", faults: faults{site, hostsLine}, steps: []string{"remove-hosts-entry"}, end: "works", root: true, fast: true},
	{name: "hosts-shared-line", faults: faults{site, hostsLineShared}, steps: []string{"remove-hosts-entry"}, end: "works", root: true},
	{name: "cache-resolved", faults: faults{resolvedStale}, steps: []string{"flush-dns"}, end: "works"},
	{name: "cache-nscd", faults: faults{nscdStale}, steps: []string{"flush-dns"}, end: "works", root: true},
	{name: "cache-dnsmasq", faults: faults{dnsmasqStale}, steps: []string{"flush-dns"}, end: "works", root: true},
	{name: "cache-unbound", faults: faults{unboundStale}, steps: []string{"flush-dns"}, end: "works", root: true},
	{name: "dns-dead", faults: faults{site, deadServer}, steps: []string{"use-public-dns"}, end: "works", root: true},
	{name: "dns-dead-resolved", faults: faults{site, deadServerInResolved}, steps: []string{"use-public-dns"}, end: "works", root: true},
	{name: "dns-denies", faults: faults{site, boxDenies}, steps: []string{"use-public-dns"}, end: "works", root: true},
	{name: "proxy-gnome", faults: faults{site, gnomeProxy(false)}, steps: []string{"turn-off-proxy"}, end: "works", fast: true},
	{name: "proxy-kde", faults: faults{site, kdeProxy}, steps: []string{"turn-off-proxy"}, end: "works"},
	{name: "proxy-profile", faults: faults{site, profileProxy}, steps: []string{"turn-off-proxy"}, end: "works"},
	{name: "firewall-rule", faults: faults{site, rule}, steps: []string{"disable-firewall-rule"}, end: "works", root: true},

	{name: "dns-by-hand", faults: faults{site, oddServer}, steps: []string{"use-automatic-dns"}, end: "works", root: true, fix: "use-automatic-dns"},
	{name: "clock", faults: faults{wrongClock(2 * time.Second), site}, steps: []string{"sync-clock"}, end: "works", root: true},
	{name: "vpn", faults: faults{site, deadVPN}, steps: []string{"disconnect-vpn"}, end: "works", root: true},
	{name: "card", faults: faults{site, stuckPort}, steps: []string{"restart-adapter"}, end: "works", root: true},
	{name: "portal", faults: faults{site, browser, portal}, steps: []string{"open-portal"}, end: "works", fast: true},

	// Two faults, both mended, one after the other.
	{name: "hosts-and-gnome-proxy", faults: faults{site, hostsLine, gnomeProxy(true)}, steps: []string{"turn-off-proxy", "remove-hosts-entry"}, end: "works", root: true, fast: true},
	{name: "hosts-and-cache", faults: faults{resolvedStale, hostsLine}, steps: []string{"remove-hosts-entry", "flush-dns"}, end: "works", root: true},
	{name: "hosts-and-dead-dns", faults: faults{site, deadServer, hostsLine}, steps: []string{"remove-hosts-entry", "use-public-dns"}, end: "works", root: true},
	{name: "hosts-and-firewall-rule", faults: faults{site, hostsLine, rule}, steps: []string{"remove-hosts-entry", "disable-firewall-rule"}, end: "works", root: true},
	{name: "cache-and-firewall-rule", faults: faults{resolvedStale, rule}, steps: []string{"disable-firewall-rule", "flush-dns"}, end: "works", root: true},
	{name: "gnome-proxy-and-dead-dns", faults: faults{site, gnomeProxy(true), deadServer}, steps: []string{"turn-off-proxy", "use-public-dns"}, end: "works", root: true},
	{name: "gnome-proxy-and-cache", faults: faults{nscdStale, gnomeProxy(true)}, steps: []string{"turn-off-proxy", "flush-dns"}, end: "works", root: true},
	{name: "portal-and-hosts", faults: faults{site, browser, portal, hostsLine}, steps: []string{"open-portal", "remove-hosts-entry"}, end: "works", root: true},
	{name: "hosts-and-clock", faults: faults{wrongClock(0), site, hostsLine}, steps: []string{"remove-hosts-entry", "sync-clock"}, end: "works", root: true},
	{name: "vpn-and-hosts", faults: faults{site, hostsLine, deadVPN}, steps: []string{"disconnect-vpn", "remove-hosts-entry"}, end: "works", root: true},
	{name: "two-firewall-rules", faults: faults{site, rule, secondRule}, steps: []string{"disable-firewall-rule", "disable-firewall-rule"}, end: "works", root: true},

	{name: "hosts-and-profile-proxy", faults: faults{site, hostsLine, profileProxy}, steps: []string{"turn-off-proxy", "remove-hosts-entry"}, end: "works", root: true},
	{name: "three-faults", faults: faults{resolvedStale, hostsLine, gnomeProxy(true)}, steps: []string{"turn-off-proxy", "remove-hosts-entry", "flush-dns"}, end: "works", root: true},

	// Mended here, and the site is ill: it is kept.
	{name: "hosts-and-silent-site", faults: faults{noSite, hostsLine}, steps: []string{"remove-hosts-entry"}, end: "site-unreachable", root: true},
	{name: "hosts-and-502", faults: faults{site502, hostsLine}, steps: []string{"remove-hosts-entry"}, end: "bad-gateway", root: true},
	{name: "gnome-proxy-and-502", faults: faults{site502, gnomeProxy(false)}, steps: []string{"turn-off-proxy"}, end: "bad-gateway"},
	{name: "dead-dns-and-502", faults: faults{site502, deadServer}, steps: []string{"use-public-dns"}, end: "bad-gateway", root: true},

	// It does not help: it is put back.
	{name: "hosts-written-anew", faults: faults{site, hostsWriter}, steps: []string{"remove-hosts-entry (put back)"}, end: "hosts-override", root: true, lag: 2 * time.Second},
	{name: "rule-loaded-anew", faults: faults{site, ruleLoader}, steps: []string{"disable-firewall-rule (put back)"}, end: "firewall-local", root: true, lag: 2 * time.Second},
	{name: "proxy-also-of-the-system", faults: faults{site, gnomeProxy(false), systemProxy}, steps: []string{"turn-off-proxy (put back)"}, end: "proxy-broken"},
	{name: "dns-by-hand-box-dead", faults: faults{site, oddServer, boxSilent}, steps: []string{"use-automatic-dns (put back)"}, end: "dns-server-down", root: true, fix: "use-automatic-dns"},
	{name: "cache-agrees", faults: faults{noSite, (*lab.World).Resolved}, steps: []string{"flush-dns"}, end: "site-unreachable", fix: "flush-dns"},
	{name: "card-is-well", faults: faults{noSite}, steps: []string{"restart-adapter"}, end: "site-unreachable", root: true, fix: "restart-adapter"},
	{name: "clock-stays-wrong", faults: faults{wrongClock(-1), site}, steps: []string{"sync-clock"}, end: "clock-wrong", root: true},
	{name: "dns-dead-everywhere", faults: faults{site, deadServer, everyDNSDead}, steps: []string{"use-public-dns (put back)"}, end: "dns-server-down", root: true},
}

// TestMend lets somebody follow the main buttons, compares what was kept with what should be, and undoes everything: every byte must be
// back.
func TestMend(t *testing.T) {
	brief(t)
	for _, s := range scenarios {
		if !s.fast && !all() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := lab.New(t)
			for _, f := range s.faults {
				f(w)
			}
			before := state(w, s.root)
			seen := visit(w, s.root, Visit{Address: lab.SiteHost, Clicks: len(s.steps) + 1, Lag: s.lag, Fix: s.fix, Elsewhere: time.Second})
			if got := steps(seen); !slices.Equal(got, s.steps) {
				t.Errorf("steps %q, want %q", got, s.steps)
			}
			if got := last(seen); got != s.end {
				t.Errorf("ends in %q, want %q", got, s.end)
			}
			if s.end == "works" {
				if status, exit := w.Curl(lab.SiteURL, "--noproxy", "*"); status != 200 || exit != 0 {
					t.Errorf("curl gets %d, exit %d", status, exit)
				}
			}
			visit(w, s.root, Visit{UndoAll: true})
			for _, d := range differences(before, state(w, s.root)) {
				t.Errorf("after undoing everything: %s", d)
			}
			if t.Failed() {
				for _, x := range seen {
					t.Logf("%s\n%s", x, x.Text)
				}
			}
		})
	}
}

// TestWithoutRights: an ordinary user on a system that cannot ask for a password. Nothing is changed, and what is told can be typed.
func TestWithoutRights(t *testing.T) {
	if brief(t); !all() {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	t.Parallel()
	w := lab.New(t)
	if o := w.Exec("test", "-e", "/usr/bin/pkexec"); o.Exit == 0 {
		t.Skip("pkexec is installed here, and asks")
	}
	site(w)
	hostsLine(w)
	before := state(w, false)
	seen := visit(w, false, Visit{Address: lab.SiteHost, Clicks: 1})
	end := seen[len(seen)-1]
	if want := "sudo passerelle fix remove-hosts-entry " + lab.SiteHost; end.Phase != "failed" || !strings.Contains(end.Text, want) {
		t.Errorf("phase %s, want failed; it does not say %q:\n%s", end.Phase, want, end.Text)
	}
	for _, d := range differences(before, state(w, false)) {
		t.Error(d)
	}
}
