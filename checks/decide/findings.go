package decide

import (
	"fmt"
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

// Thresholds of the side findings.
const (
	// slowDNS is when a name lookup is worth a word: ChromeOS' DnsLatency routine says "slightly above" from 400 ms.
	slowDNSMS = 400
	// expirySoonDays is when a certificate's end is worth a word; automatic renewals happen 30 days before, so less than 14 is late.
	expirySoonDays = 14
	// lowMB is what a browser at least needs to keep pages and run them, MiB: below it, they fail on their own (Firefox and Chrome refuse
	// to write their cache below about 50 MB; 200 leaves room for one update).
	lowMB = 200
	// lossyShare is the share of lost echoes to the box above which its link is worth a word: a wire loses none, and TCP's own pace
	// halves at every loss.
	lossyShare = 0.2
)

// starved: next to nothing is left of disk or memory.
func (v *view) starved() bool {
	s := &v.f.System
	return s.FreeDiskMB > 0 && s.FreeDiskMB < lowMB || s.FreeMemoryMB > 0 && s.FreeMemoryMB < lowMB/2
}

// lossy: the link to the box loses packets.
func (v *view) lossy() bool {
	b := v.f.Box
	return b != nil && b.Sent > 0 && float64(b.Lost) >= lossyShare*float64(b.Sent)
}

// note picks the one side finding that is worth a sentence in the verdict: only what the person can act on, and only where the verdict
// itself does not already ask them to act.
func (v *view) note(side Side) string {
	if side != SideWorks && side != SideSite && side != SideUnknown {
		return ""
	}
	switch {
	case v.starved():
		return "resources"
	case v.lossy():
		return "box.loss"
	case v.lk.Good() && v.lk.MS > slowDNSMS && v.lk.Transport != "hosts" && side == SideWorks:
		return "slow.dns"
	}
	return ""
}

// Findings lists every observation, in the order of the way, with its state: the details for whoever helps. They never judge.
func Findings(f *facts.Facts) []Finding {
	v := newView(f)
	var out []Finding
	add := func(id string, hop HopID, s State, ms float64, kv map[string]any) {
		out = append(out, Finding{ID: id, Hop: hop, State: s, MS: ms, Facts: kv})
	}
	v.localFindings(add)
	v.dnsFindings(add)
	v.siteFindings(add)
	v.worldFindings(add)
	v.outsideFindings(add)
	return out
}

type adder func(id string, hop HopID, s State, ms float64, kv map[string]any)

func okIf(b bool) State {
	if b {
		return StateOK
	}
	return StateProblem
}

func triState(b facts.Bool) State {
	switch b {
	case facts.Yes:
		return StateOK
	case facts.No:
		return StateProblem
	}
	return StateUnknown
}

func (v *view) localFindings(add adder) {
	s := &v.f.System
	if s.LinksDone {
		var names []string
		for _, l := range s.Links {
			if l.Kind != "loopback" && l.Up && len(l.Addresses) > 0 {
				names = append(names, l.Name)
			}
		}
		add("link.interfaces", HopComputer, okIf(len(names) > 0), 0, map[string]any{"Names": names})
	}
	if s.RoutesDone && s.LinksDone {
		add("route.default", HopComputer, triState(negate(v.noLink())), 0, nil)
	}
	if v.tunnel() {
		add("vpn", HopVPN, StateOK, 0, nil)
	}
	for _, p := range s.Proxies {
		state := StateOK
		if v.atProxy() && p.Applies == facts.Yes {
			state = StateProblem
		}
		add("proxy.setting", HopProxy, state, 0, map[string]any{"Proxy": first(p.URL, p.PAC), "Source": p.Source, "applies": p.Applies})
	}
	for _, h := range s.Hosts {
		add("hosts.entry", HopComputer, okIf(!v.failed()), 0, map[string]any{"Address": h.Address.String(), "Line": h.Line, "Name": v.f.Target.Host})
	}
	for _, w := range s.Firewalls {
		kv := map[string]any{"Name": w.Name, "kind": w.Kind, "enabled": w.Enabled}
		if w.Rule != "" {
			kv["Rule"] = w.Rule
		}
		add("firewall", HopComputer, okIf(w.Rule == ""), 0, kv)
	}
	if b := v.f.Box; b != nil && b.Done {
		kv := map[string]any{"neighbour": b.Neighbour, "ping": b.Ping, "tcp": b.TCP}
		if b.Address.IsValid() {
			kv["Address"] = b.Address.String()
		}
		state := triState(b.Answers())
		if state == StateProblem && v.beyond == facts.Yes {
			state = StateUnknown // it is silent and passes everything on: many boxes are made so
		}
		add("box", HopRouter, state, b.MS, kv)
	}
	if c := v.f.Clock; c != nil && c.Done {
		state := StateOK
		if v.dateDefect() && v.clockOff() {
			state = StateProblem
		}
		add("clock", HopComputer, state, 0, map[string]any{"offset_s": c.OffsetS, "sources": c.Sources})
	}
	if s.FreeDiskMB > 0 || s.FreeMemoryMB > 0 {
		state := StateOK
		if v.starved() {
			state = StateWarning
		}
		add("resources", HopComputer, state, 0, map[string]any{"disk_mb": s.FreeDiskMB, "memory_mb": s.FreeMemoryMB})
	}
	if b := v.f.Box; b != nil && b.Sent > 0 {
		state := StateOK
		if v.lossy() {
			state = StateWarning
		}
		add("box.loss", HopRouter, state, 0, map[string]any{"Count": b.Lost, "Total": b.Sent})
	}
	if v.f.Seen != "" {
		add("seen", HopComputer, StateOK, 0, map[string]any{"Text": v.f.Seen})
	}
	for where, what := range v.f.Witness {
		add("witness", HopComputer, StateOK, 0, map[string]any{"Where": where, "What": what})
	}
}

func negate(b facts.Bool) facts.Bool {
	switch b {
	case facts.Yes:
		return facts.No
	case facts.No:
		return facts.Yes
	}
	return facts.Unknown
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func addresses(as []netip.Addr) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = a.String()
	}
	return out
}

func lookupFacts(l *facts.Lookup) map[string]any {
	kv := map[string]any{"Name": l.Name}
	if len(l.Addresses) > 0 {
		kv["addresses"] = addresses(l.Addresses)
	}
	if l.Server != "" {
		kv["Server"] = l.Server
	}
	if l.Provider != "" {
		kv["Provider"] = l.Provider
	}
	if l.Transport != "" {
		kv["transport"] = l.Transport
	}
	if l.Failure != facts.OK {
		kv["failure"] = l.Failure
	}
	if len(l.EDE) > 0 {
		kv["ede"] = l.EDE
	}
	return kv
}

func (v *view) dnsFindings(add adder) {
	seen := map[string]bool{}
	for i := range exchanges(v.f.Chain) {
		l := v.f.Chain.Exchanges[i].Lookup
		if l == nil || !l.Done || seen[l.Name] || l.Transport == "literal" {
			continue
		}
		seen[l.Name] = true
		add("dns.system", HopDNS, okIf(l.Good()), l.MS, lookupFacts(l))
		if l.Good() && l.MS > slowDNSMS {
			add("slow.dns", HopDNS, StateWarning, l.MS, lookupFacts(l))
		}
	}
	for i := range v.f.Fresh {
		if l := &v.f.Fresh[i]; l.Done {
			add("dns.fresh", HopDNS, okIf(l.Good()), l.MS, lookupFacts(l))
		}
	}
	if v.freshDiffers() {
		kv := map[string]any{"Name": v.lk.Name, "Old": first(strings.Join(addresses(v.lk.Addresses), ", "), string(v.lk.Failure))}
		for i := range v.f.Fresh {
			if l := &v.f.Fresh[i]; l.Good() {
				kv["addresses"] = addresses(l.Addresses)
			}
		}
		state := StateOK
		if v.unproven() {
			state = StateProblem
		}
		add("dns.memory", HopComputer, state, 0, kv)
	}
	for i := range v.f.Control {
		if l := &v.f.Control[i]; l.Done {
			add("dns.control", HopDNS, okIf(l.Good()), l.MS, lookupFacts(l))
		}
	}
	for i := range v.f.Independent {
		l := &v.f.Independent[i]
		if !l.Done {
			continue
		}
		state := StateOK
		if !l.Good() && l.Failure != facts.NXDomain {
			state = StateUnknown // a helper that could not be asked says nothing
		}
		add("dns.independent", HopDNS, state, l.MS, lookupFacts(l))
	}
}

func exchanges(c *facts.Chain) []facts.Exchange {
	if c == nil {
		return nil
	}
	return c.Exchanges
}

// siteFindings tells each stop of the target's own way.
func (v *view) siteFindings(add adder) {
	for i := range exchanges(v.chain) {
		v.exchangeFindings(&v.chain.Exchanges[i], add)
	}
	if n := len(exchanges(v.chain)); n > 1 {
		add("http.redirects", HopGateway, okIf(!v.chain.Loop && !v.chain.TooMany && v.chain.BadTarget == ""), 0,
			map[string]any{"Count": n - 1, "Last": v.last.URL, "loop": v.chain.Loop})
	}
	if r := v.f.Repeat; r != nil && r.Done {
		kv := map[string]any{"no_query": r.NoQuery}
		if x := r.Last(); x != nil && x.HTTP != nil {
			kv["Status"] = x.HTTP.Status
		}
		if x := r.Last(); x != nil && x.Failure != facts.OK {
			kv["failure"] = x.Failure
		}
		add("repeat", HopGateway, okIf(goodChain(r)), r.MS, kv)
	}
	if good, bad := v.addressTally(); good+bad > 0 {
		state := StateOK
		switch {
		case good == 0:
			state = StateProblem
		case bad > 0:
			state = StateWarning
		}
		add("tcp.addresses", HopGateway, state, 0, map[string]any{"Good": good, "Total": good + bad})
	}
	if d := v.f.Direct; d != nil && d.Done {
		add("proxy.direct", HopProxy, okIf(reached(d)), d.MS, nil)
	}
}

func (v *view) exchangeFindings(x *facts.Exchange, add adder) {
	if len(x.Connects) > 0 {
		var all []string
		dead := ""
		for i := range x.Connects {
			c := &x.Connects[i]
			word := string(c.Failure)
			if c.Failure == facts.OK {
				word = "ok"
			} else if c.Failure != facts.Canceled {
				dead = c.Address.String()
			}
			all = append(all, fmt.Sprintf("%s %s", c.Address, word))
		}
		w, ms := x.Winner(), 0.0
		kv := map[string]any{"Attempts": all}
		if w != nil {
			ms = w.MS
			kv["Address"] = w.Address.String()
		} else {
			kv["Address"], kv["failure"] = x.Connects[0].Address.String(), x.Failure
		}
		if x.Proxy != "" {
			kv["Proxy"] = x.Proxy
		}
		add("tcp.target", HopGateway, okIf(w != nil), ms, kv)
		if w != nil && dead != "" {
			add("address.dead", HopGateway, StateWarning, 0, map[string]any{"Address": dead})
		}
	}
	if t := x.TLS; t != nil && t.Done {
		kv := map[string]any{"Name": t.ServerName, "version": t.Version}
		if t.Failure != facts.OK {
			kv["failure"], kv["defects"] = t.Failure, t.Defects
		}
		if len(t.Chain) > 0 {
			leaf := t.Chain[0]
			days := int(leaf.NotAfter.Sub(v.f.At).Hours() / 24)
			kv["Issuer"], kv["not_after"], kv["names"] = leaf.Issuer, leaf.NotAfter, leaf.Names
			if t.Failure == facts.OK && days < expirySoonDays {
				add("certificate.expiry", HopGateway, StateWarning, 0, map[string]any{"Days": days, "Name": t.ServerName})
			}
		}
		add("tls.target", HopGateway, okIf(t.Failure == facts.OK), t.MS, kv)
	}
	if h := x.HTTP; h != nil && h.Done {
		kv := map[string]any{"URL": x.URL, "Status": h.Status, "first_byte_ms": h.FirstByteMS, "size": h.BodySize}
		if h.Failure != facts.OK {
			kv["failure"] = h.Failure
		}
		if h.Location != "" {
			kv["Location"] = h.Location
		}
		add("http.target", HopGateway, okIf(h.Failure == facts.OK && h.Status < 400 && h.Gateway == nil || h.Status == 401), h.MS, kv)
		if g := h.Gateway; g != nil {
			add("http.gateway", HopOrigin, StateProblem, 0, map[string]any{"Server": g.ProductName, "WrittenBy": g.WrittenBy, "failure": g.Failure, "Status": g.Status, "Quote": g.Quote})
		}
	} else if x.Failure != facts.OK && (x.Stage == facts.StageHTTP || x.Stage == facts.StageBody) {
		add("http.target", HopGateway, StateProblem, x.MS, map[string]any{"URL": x.URL, "failure": x.Failure})
	}
}

// worldFindings tells what the connectivity checks and the other sites saw.
func (v *view) worldFindings(add adder) {
	n, ms := 0, 0.0
	for i := range v.f.Connectivity {
		if p := &v.f.Connectivity[i]; p.Done && p.Exchange.Failure != facts.Canceled {
			n++
			ms = max(ms, p.Exchange.MS)
		}
	}
	if n > 0 {
		state := StateUnknown
		if v.portalsOK > 0 {
			state = StateOK
		} else if v.portals == 0 && v.beyond == facts.No {
			state = StateProblem
		}
		add("connectivity", HopProvider, state, ms, map[string]any{"Good": v.portalsOK, "Total": n})
		if v.portals > 0 {
			add("portal", HopRouter, okIf(!v.portal()), 0, map[string]any{"Good": v.portals, "Total": n})
		}
	}
	if v.tried > 0 {
		state := StateProblem
		if v.good == v.tried {
			state = StateOK
		} else if v.good > 0 {
			state = StateWarning
		}
		add("others", HopProvider, state, 0, map[string]any{"Good": v.good, "Total": v.tried})
	}
	if v.family(6) == facts.No && v.family(4) == facts.Yes && v.hasRoute6() {
		add("ipv6", HopProvider, StateWarning, 0, nil)
	}
}

func (v *view) hasRoute6() bool {
	for _, r := range v.f.System.Routes {
		if r.Family == 6 && r.Kind == "" {
			return true
		}
	}
	return false
}
