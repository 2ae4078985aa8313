// Package uitest is for tests and pictures only: checks that were told in advance, a fake engine that plays them, and helpers that
// press and read the window as a person does. Nothing of the product imports it.
package uitest

import (
	"net/netip"
	"slices"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// Scenario is one check as it goes: reports, then the end.
type Scenario struct {
	Snapshots []checks.Snapshot
	Result    *checks.Result
	Err       error
}

// At is when the told checks began: a constant, so that pictures do not change from day to day.
var At = time.Date(2026, 11, 21, 10, 4, 5, 0, time.UTC)

// Host is the site of the told checks.
const Host = "boutique.example"

func hops(states ...decide.State) []decide.Hop {
	ids := []decide.HopID{decide.HopComputer, decide.HopRouter, decide.HopProvider, decide.HopDNS, decide.HopGateway, decide.HopOrigin}
	var out []decide.Hop
	for i, s := range states {
		out = append(out, decide.Hop{Hop: ids[i], State: s})
	}
	return out
}

const (
	ok, bad, none, warn = decide.StateOK, decide.StateProblem, decide.StateUnknown, decide.StateWarning
)

// Target is the target of the told checks.
func Target() checks.Target {
	return checks.Target{Input: Host, URL: "https://" + Host + "/", Host: Host, Port: 443, Display: Host}
}

func result(v decide.Verdict, path []decide.Hop) *checks.Result {
	f := &checks.Facts{Target: Target(), At: At}
	f.System = facts.System{OS: "linux", Browser: "firefox", FirewallsDone: true,
		Firewalls: []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: facts.Yes}}}
	if v.Vars == nil {
		v.Vars = map[string]any{}
	}
	v.Vars["Host"] = Host
	return &checks.Result{Schema: checks.Schema, Version: "0.1.0", Target: Target(), StartedAt: At, VerdictMS: 181, ElapsedMS: 640,
		Verdict: v, Path: path, Facts: f,
		Findings: slices.Clone(told),
		Contacts: []checks.Contact{{Host: Host, Addr: "203.0.113.10:443", What: "http", Why: "target"},
			{Addr: "192.168.1.1:53", What: "dns", Why: "target"}, {Host: "detectportal.firefox.com", What: "http", Why: "connectivity"}},
	}
}

// told are the findings of a check while it goes, as the real one gives them.
var told = []decide.Finding{
	{ID: "link.interfaces", Hop: decide.HopComputer, State: ok},
	{ID: "dns.system", Hop: decide.HopDNS, State: ok, MS: 12.4, Facts: map[string]any{"Name": Host, "addresses": []string{"203.0.113.10"}}},
	{ID: "connectivity", Hop: decide.HopProvider, State: ok, Facts: map[string]any{"Good": 4, "Total": 4}},
	{ID: "certificate.expiry", Hop: decide.HopGateway, State: ok, Facts: map[string]any{"Days": 71}},
}

// running are the reports of a check that ends with v: the picture comes alive from left to right.
func running(v *decide.Verdict, path []decide.Hop) (out []checks.Snapshot) {
	doing := []string{"dns", "tcp", "tls", "http", "repeat"}
	for i, d := range doing {
		p := make([]decide.Hop, len(path))
		copy(p, path)
		for j := range p {
			if j > i {
				p[j].State = none
			}
		}
		s := checks.Snapshot{Elapsed: time.Duration(i) * 100 * time.Millisecond, Doing: d, Whom: Host, Step: i + 1, Steps: 6, Path: p,
			Findings: told[:min(i, len(told))]}
		if d == "repeat" {
			first := *v
			first.Provisional, first.Certainty = true, decide.Likely
			s.Verdict = &first
			s.Path = path
		}
		out = append(out, s)
	}
	return out
}

// BadGateway is the site's own 502.
func BadGateway() Scenario {
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.BadGateway, Certainty: decide.Certain, Rule: "bad-gateway",
		Actions: []decide.Action{{ID: decide.ActRetryLater, AfterS: 30}, {ID: decide.ActContactSite}, {ID: decide.ActSavedCopy}},
		Vars:    map[string]any{"Host": Host, "Status": 502, "Server": "nginx", "Product": "nginx"}}
	path := hops(ok, ok, ok, ok, ok, bad)
	r := result(v, path)
	r.Gateway = &checks.Gateway{Status: 502, Product: "nginx", ProductName: "nginx", WrittenBy: facts.ByGateway, Failure: "connection-refused",
		Quote: "502 Bad Gateway", RequestIDs: map[string]string{"x-request-id": "0d9b1c52-6a2f-4c1e"}}
	r.Findings = append(r.Findings, decide.Finding{ID: "http.target", Hop: decide.HopOrigin, State: bad, MS: 31,
		Facts: map[string]any{"Status": 502}}, decide.Finding{ID: "http.gateway", Hop: decide.HopOrigin, State: bad,
		Facts: map[string]any{"Server": "nginx", "WrittenBy": "gateway", "failure": "connection-refused"}})
	return Scenario{running(&v, path), r, nil}
}

// Stale is an old address in this computer's own DNS cache.
func Stale() Scenario {
	v := decide.Verdict{Side: decide.SideYou, Cause: decide.DNSCacheStale, Certainty: decide.Certain, Rule: "dns-memory-stale",
		Actions: []decide.Action{{ID: decide.ActFix, Fix: "flush-dns"}}}
	path := hops(bad, ok, ok, ok, ok, none)
	r := result(v, path)
	r.Findings = append(r.Findings, decide.Finding{ID: "dns.memory", Hop: decide.HopComputer, State: decide.StateProblem,
		Facts: map[string]any{"Name": "boutique.example", "Old": "203.0.113.99", "addresses": []string{"203.0.113.10"}}})
	return Scenario{running(&v, path), r, nil}
}

// Works is a site that opens.
func Works() Scenario {
	v := decide.Verdict{Side: decide.SideWorks, Cause: decide.Works, Certainty: decide.Certain, Rule: "works",
		Actions: []decide.Action{{ID: decide.ActPrivateWindow}, {ID: decide.ActExtensions}}}
	path := hops(ok, ok, ok, ok, ok, ok)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Portal is a Wi-Fi that asks for a sign-in.
func Portal() Scenario {
	v := decide.Verdict{Side: decide.SideNetwork, Cause: decide.CaptivePortal, Certainty: decide.Certain, Rule: "captive-portal",
		Actions: []decide.Action{{ID: decide.ActOpenPortal}}}
	path := hops(ok, bad, none, none, none, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// NoInternet is a box without a line.
func NoInternet() Scenario {
	v := decide.Verdict{Side: decide.SideNetwork, Cause: decide.NoInternet, Certainty: decide.Likely, Rule: "no-internet",
		Actions: []decide.Action{{ID: decide.ActRestartBox}, {ID: decide.ActContactISP}, {ID: decide.ActOtherDevice}}}
	path := hops(ok, ok, bad, none, none, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Proxy is a proxy of this computer that no longer answers: a way of seven stops.
func Proxy() Scenario {
	v := decide.Verdict{Side: decide.SideYou, Cause: decide.ProxyBroken, Certainty: decide.Certain, Rule: "proxy-broken",
		Actions: []decide.Action{{ID: decide.ActFix, Fix: "turn-off-proxy"}, {ID: decide.ActContactIT}},
		Vars:    map[string]any{"Proxy": "127.0.0.1:3128"}}
	path := []decide.Hop{{Hop: decide.HopComputer, State: ok}, {Hop: decide.HopProxy, State: bad}, {Hop: decide.HopRouter, State: ok},
		{Hop: decide.HopProvider, State: ok}, {Hop: decide.HopDNS, State: none}, {Hop: decide.HopGateway, State: none}, {Hop: decide.HopOrigin, State: none}}
	return Scenario{running(&v, path), result(v, path), nil}
}

// NotFound is a name that no DNS knows.
func NotFound() Scenario {
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.NameNotFound, Certainty: decide.Certain, Rule: "name-not-found",
		Actions: []decide.Action{{ID: decide.ActCheckSpelling}}}
	path := hops(ok, ok, ok, bad, none, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Certificate is a certificate whose time is over, only likely.
func Certificate() Scenario {
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.CertificateExpired, Certainty: decide.Likely, Rule: "certificate-expired",
		Actions: []decide.Action{{ID: decide.ActContactSite}, {ID: decide.ActRetryLater, AfterS: 3600}},
		Vars:    map[string]any{"Days": 3, "Issuer": "Example CA"}}
	path := hops(ok, ok, ok, ok, warn, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Undetermined is a check that found no cause.
func Undetermined() Scenario {
	v := decide.Verdict{Side: decide.SideUnknown, Cause: decide.Undetermined, Certainty: decide.Possible, Rule: "undetermined"}
	path := hops(ok, ok, ok, ok, none, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Firewalled is a rule of this computer's own firewall.
func Firewalled() Scenario {
	v := decide.Verdict{Side: decide.SideYou, Cause: decide.FirewallLocal, Certainty: decide.Likely, Rule: "firewall-local",
		Actions: []decide.Action{{ID: decide.ActFix, Fix: "open-settings", Arg: "firewall"}}}
	path := hops(bad, none, none, none, none, none)
	s := Scenario{running(&v, path), result(v, path), nil}
	s.Result.Facts.System.Firewalls[0].Rule = "DROP tcp to 203.0.113.0/24 port 443"
	return s
}

// Browser is a site that opens for us and not in this browser.
func Browser(id string) Scenario {
	v := decide.Verdict{Side: decide.SideYou, Cause: decide.BrowserSide, Certainty: decide.Likely, Rule: "seen-browser-error",
		Actions: []decide.Action{{ID: decide.ActPrivateWindow}, {ID: decide.ActOtherBrowser}, {ID: decide.ActExtensions}}}
	path := hops(bad, ok, ok, ok, ok, ok)
	s := Scenario{running(&v, path), result(v, path), nil}
	s.Result.Facts.System.OS, s.Result.Facts.System.Browser = "windows", id
	return s
}

// Practice is the built-in example: the shorter way that it really takes.
func Practice() Scenario {
	s := BadGateway()
	path := []decide.Hop{{Hop: decide.HopComputer, State: ok}, {Hop: decide.HopGateway, State: ok}, {Hop: decide.HopOrigin, State: bad}}
	s.Result.Path = path
	v := s.Result.Verdict
	s.Snapshots = running(&v, path)
	return s
}

// Shortened is a page that is not there, of an address that looked one-time: only the first page was asked.
func Shortened() Scenario {
	s := NotFound()
	s.Result.Target.Shortened = true
	return s
}

// All are the told checks, by name.
func All() map[string]Scenario {
	return map[string]Scenario{"502": BadGateway(), "stale": Stale(), "works": Works(), "portal": Portal(), "no-internet": NoInternet(),
		"proxy": Proxy(), "not-found": NotFound(), "certificate": Certificate(), "undetermined": Undetermined(), "firewall": Firewalled(),
		"shortened": Shortened()}
}

// Addr is an address of the documentation range.
var Addr = netip.MustParseAddr("203.0.113.10")
