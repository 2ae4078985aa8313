// What is known of the way: this computer's own rules, its links, the families and ports that pass, who signs.
package decide

import (
	"net/netip"
	"slices"

	"passerelle/checks/facts"
)

// arpFastestMS is below the time in which the kernel can give up ARP (3 tries, a second apart): an "unreachable" of this computer's own
// that comes sooner is a rule's.
const arpFastestMS = 500

// denied: this computer itself refused to send: EPERM or EACCES on connect, an ICMP error whose sender is this computer, or a rule of
// its own that was read and that fits.
func (v *view) denied() bool {
	if v.last == nil || v.last.Winner() != nil {
		return false
	}
	if v.at(facts.StageTCP) && (v.firewallRule() != "" || v.swallowed()) {
		return true
	}
	return v.refusedHere(v.last)
}

// Denied tells whether this computer itself refused every connection of an exchange.
func Denied(f *facts.Facts, x *facts.Exchange) bool { return newView(f).refusedHere(x) }

// refusedHere: every connection was refused by this computer itself, before anything left it.
func (v *view) refusedHere(x *facts.Exchange) bool {
	n := 0
	for i := range x.Connects {
		c := &x.Connects[i]
		if !c.Done {
			continue
		}
		own := c.ErrorFrom.IsValid() && v.ownAddress(c.ErrorFrom) && (c.Failure != facts.HostUnreach || c.MS < arpFastestMS)
		if c.Failure == facts.Denied && c.ErrorFrom.IsValid() && !v.ownAddress(c.ErrorFrom) {
			return false // another machine said "prohibited"
		}
		if c.Failure != facts.Denied && !own {
			return false
		}
		n++
	}
	return n > 0
}

// deniedElsewhere: this computer's memory of the name is old, and where its own servers say that the site is now, this computer lets
// nothing through. That is to be mended first: before, nobody can see whether the site is there.
func (v *view) deniedElsewhere() bool {
	return v.unproven() && v.freshDiffers() && slices.ContainsFunc(v.f.Alternative, func(x facts.Exchange) bool { return v.refusedHere(&x) }) &&
		!slices.ContainsFunc(v.f.Alternative, func(x facts.Exchange) bool { return x.Winner() != nil })
}

// swallowed: what is sent to the target does not leave this computer. A request that waits for the box's hardware address does not
// leave either, so something nearby must have answered.
func (v *view) swallowed() bool {
	if len(v.f.LocalFilters) == 0 || v.beyond != facts.Yes && v.f.Box.Answers() != facts.Yes && v.controlGood() != facts.Yes {
		return false
	}
	return !slices.ContainsFunc(v.f.LocalFilters, func(l facts.LocalFilter) bool { return !l.Swallows() })
}

// intoTunnel: the way to the target lies in a tunnel, whatever the rest of the traffic does.
func (v *view) intoTunnel() bool {
	return len(v.f.LocalFilters) > 0 && !slices.ContainsFunc(v.f.LocalFilters, func(l facts.LocalFilter) bool { return !l.Tunnel })
}

func (v *view) ownAddress(a netip.Addr) bool {
	for _, l := range v.f.System.Links {
		for _, p := range l.Addresses {
			if p.Addr().Unmap() == a.Unmap() {
				return true
			}
		}
	}
	return false
}

// issuers lists, per issuer, the unrelated names that showed a certificate of an authority nobody knows.
func (v *view) issuers() map[string][]string {
	m := map[string][]string{}
	add := func(name string, t *facts.TLS) {
		if t == nil || !t.Done || !slices.Contains(append([]facts.Failure{t.Failure}, t.Defects...), facts.CertUntrusted) || len(t.Chain) == 0 {
			return
		}
		i := t.Chain[len(t.Chain)-1].Issuer
		if !slices.Contains(m[i], name) {
			m[i] = append(m[i], name)
		}
	}
	if v.last != nil {
		add(hostOf(v.last.URL), v.last.TLS)
	}
	for i := range v.f.Others {
		add(v.f.Others[i].Name, v.f.Others[i].Exchange.TLS)
	}
	for i := range v.f.Connectivity {
		add(v.f.Connectivity[i].Name, v.f.Connectivity[i].Exchange.TLS)
	}
	return m
}

// interceptor is the unknown authority that signs the target and at least one unrelated name; "" when there is none.
func (v *view) interceptor() string {
	if v.last == nil || v.last.TLS == nil {
		return ""
	}
	target := hostOf(v.last.URL)
	for issuer, names := range v.issuers() {
		if !slices.Contains(names, target) {
			continue
		}
		for _, n := range names {
			if !sameSite(n, target) {
				return issuer
			}
		}
	}
	return ""
}

// noLink: there is no link with an address, or no way out of it.
func (v *view) noLink() facts.Bool {
	s := &v.f.System
	if !s.LinksDone {
		return facts.Unknown
	}
	usable := false
	for _, l := range s.Links {
		if l.Kind == "loopback" || !l.Up || l.Carrier == facts.No {
			continue
		}
		if slices.ContainsFunc(l.Addresses, func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() && !p.Addr().IsLoopback() }) {
			usable = true
		}
	}
	if !usable {
		return facts.Yes
	}
	if !s.RoutesDone {
		return facts.Unknown
	}
	return facts.Known(!slices.ContainsFunc(s.Routes, func(r facts.Route) bool {
		return r.Kind == "" && (!r.Prefix.IsValid() || r.Prefix.Bits() <= 1)
	}))
}

// tunnel: the way out lies in a VPN.
func (v *view) tunnel() bool {
	if v.f.Box != nil && v.f.Box.Tunnel {
		return true
	}
	return slices.ContainsFunc(v.f.System.Routes, func(r facts.Route) bool { return r.Tunnel && (!r.Prefix.IsValid() || r.Prefix.Bits() <= 1) })
}

// onlyFamily tells whether the name has addresses of that family (4 or 6) only.
func (v *view) onlyFamily(family int) bool {
	return v.lk.Good() && all(v.lk.Addresses, func(a netip.Addr) bool { return a.Unmap().Is4() == (family == 4) })
}

// family tells whether anything else than the target was reached, or was tried and not reached, over a family (4 or 6). Where another
// family won the race, an attempt that had been silent for many times the winner's time counts as silent: two such places are needed.
func (v *view) family(family int) facts.Bool {
	good, bad, late := 0, 0, 0
	look := func(x *facts.Exchange) {
		w := x.Winner()
		for i := range x.Connects {
			c := &x.Connects[i]
			if !c.Done || c.Address.Addr().Unmap().Is4() != (family == 4) {
				continue
			}
			switch {
			case c.Failure == facts.Canceled:
				if w != nil && c.MS >= lateMS && c.MS > 5*w.MS {
					late++
				}
			case c.Failure != facts.OK || x.Failure == facts.Timeout: // accepted, and silent ever after
				bad++
			default:
				good++
			}
		}
	}
	for i := range v.f.Families {
		look(&v.f.Families[i].Exchange)
	}
	for i := range v.f.Others {
		look(&v.f.Others[i].Exchange)
	}
	if good+bad == 0 { // the check addresses send a few bytes only, which pass where nothing else does
		for i := range v.f.Connectivity {
			look(&v.f.Connectivity[i].Exchange)
		}
	}
	switch {
	case good > 0:
		return facts.Yes
	case bad > 0 || late >= 2:
		return facts.No
	}
	if v.f.System.RoutesDone {
		has := slices.ContainsFunc(v.f.System.Routes, func(r facts.Route) bool { return r.Family == family && r.Kind == "" })
		if !has {
			return facts.No
		}
	}
	return facts.Unknown
}

// lateMS: attempts of the other family start 200 ms later (RFC 8305 §5); one that has not connected by about then lost the race.
const lateMS = 150

// port443 counts the other sites whose port 443 gave no TCP connection, and port80 the check addresses whose port 80 did.
func (v *view) ports() (dead443, open443, dead80, open80 int) {
	for i := range v.f.Others {
		x := &v.f.Others[i].Exchange
		switch {
		case !v.f.Others[i].Done || x.Proxy != "":
		case x.Winner() != nil:
			open443++
		case x.Stage == facts.StageTCP && x.Failure != facts.Canceled:
			dead443++
		}
	}
	for i := range v.f.Independent { // they are asked on 443 too
		l := &v.f.Independent[i]
		switch {
		case !l.Done || l.Transport != "doh":
		case silentOrUnreachable(l.Failure) || l.Failure == facts.Refused:
			dead443++
		case l.Failure == facts.OK || l.Failure == facts.NXDomain:
			open443++
		}
	}
	for i := range v.f.Connectivity {
		x := &v.f.Connectivity[i].Exchange
		switch {
		case !v.f.Connectivity[i].Done || x.Proxy != "":
		case x.Winner() != nil:
			open80++
		case x.Stage == facts.StageTCP && x.Failure != facts.Canceled:
			dead80++
		}
	}
	return
}
