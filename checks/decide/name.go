// What is known of the name: who says what about it, and where the address came from.
package decide

import (
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// voices is what the independent resolvers said about the name: how many gave addresses, how many deny it, how many found it broken.
type voices struct {
	good, denied, empty, broken int
	clear                       int // gave addresses in clear only: may be forged, so no witness until the page proves the address
	addresses                   []netip.Addr
}

// independent counts one voice a provider; encrypted answers before clear ones (a box may capture port 53). REFUSED and silence are
// no voice at all (CONTRACT "who counts as witness").
func (v *view) independent() voices {
	var n voices
	heard := map[string]bool{}
	for _, transport := range []string{"doh", "tcp", "udp"} {
		for i := range v.f.Independent {
			l := &v.f.Independent[i]
			if !l.Done || l.Transport != transport || heard[l.Provider] {
				continue
			}
			witness := l.Provider == "cloudflare" || l.Provider == "google" || l.Provider == "quad9"
			if transport != "doh" {
				witness = false // in clear it can be forged: never one of the two
			}
			switch l.Failure {
			case facts.OK:
				if len(l.Addresses) == 0 {
					continue
				}
				for _, a := range l.Addresses {
					if !slices.Contains(n.addresses, a) {
						n.addresses = append(n.addresses, a)
					}
				}
				if witness {
					n.good++
				} else if transport != "doh" {
					n.clear++
				}
			case facts.NXDomain:
				if witness {
					n.denied++
				}
			case facts.NoData:
				if witness {
					n.empty++
				}
			case facts.ServFail:
				if witness {
					n.broken++
				}
			default:
				continue
			}
			heard[l.Provider] = true
		}
	}
	return n
}

// controlGood: the resolver in use answers for names that are known to exist. Any lookup of another public name counts.
func (v *view) controlGood() facts.Bool {
	good, bad := 0, 0
	count := func(l *facts.Lookup) {
		switch {
		case l == nil || !l.Done || l.Transport == "hosts" || l.Transport == "literal" || l.Failure == facts.Canceled:
		case l.Good():
			good++
		default:
			bad++
		}
	}
	for i := range v.f.Control {
		count(&v.f.Control[i])
	}
	for i := range v.f.Connectivity {
		count(v.f.Connectivity[i].Exchange.Lookup)
	}
	for i := range v.f.Others {
		count(v.f.Others[i].Exchange.Lookup)
	}
	switch {
	case good > 0:
		return facts.Yes
	case bad > 0:
		return facts.No
	}
	return facts.Unknown
}

// lameResolver: the resolver in use fails, as it would for any name, and fails for some of the names that are known to exist too.
func (v *view) lameResolver() bool {
	switch v.last.Failure {
	case facts.ServFail, facts.Timeout:
	default:
		return false
	}
	bad := func(ps []facts.Probe) bool {
		return slices.ContainsFunc(ps, func(p facts.Probe) bool {
			l := p.Exchange.Lookup
			return p.Exchange.Proxy == "" && l != nil && l.Done && l.Failure == v.last.Failure
		})
	}
	return bad(v.f.Connectivity) || bad(v.f.Others)
}

// elsewhere: the site was found, provably or at least with an answer, at an address that this computer was not told.
func (v *view) elsewhere() facts.Bool {
	seen := facts.Unknown
	for i := range v.f.Alternative {
		x := &v.f.Alternative[i]
		if !x.Done || x.Failure == facts.Canceled {
			continue
		}
		if x.TLS.Proven() || x.TLS == nil && x.HTTP != nil && x.HTTP.Done && x.HTTP.Status > 0 && !x.HTTP.Suspect {
			return facts.Yes
		}
		if x.Winner() != nil && x.TLS == nil && (x.HTTP == nil || !x.HTTP.Suspect) {
			return facts.Yes // "an address answers when it accepts a connection"
		}
		seen = facts.No
	}
	return seen
}

// elsewhereGood: and there it opens well, provably.
func (v *view) elsewhereGood() bool {
	return slices.ContainsFunc(v.f.Alternative, func(x facts.Exchange) bool { return goodExchange(&x) && x.TLS.Proven() })
}

// fromHosts: the address came from the hosts file.
func (v *view) fromHosts() bool {
	if v.lk != nil && v.lk.Transport == "hosts" && !strings.EqualFold(v.lk.Name, "localhost") {
		return true
	}
	// The resolver may have read the file for us (systemd-resolved does): believe the file itself when the answer is its.
	if v.lk == nil || !v.f.System.HostsDone {
		return false
	}
	for _, h := range v.f.System.Hosts {
		if slices.Contains(v.lk.Addresses, h.Address) && slices.ContainsFunc(h.Names, func(n string) bool { return strings.EqualFold(n, v.lk.Name) }) {
			return true
		}
	}
	return false
}

// otherAddress: the independent resolvers know the name, and at none of the addresses that this computer was given.
func (v *view) otherAddress() bool {
	if !v.lk.Good() {
		return false
	}
	n := v.independent()
	return len(n.addresses) > 0 && !overlap(n.addresses, v.lk.Addresses)
}

// freshDiffers: the system's own DNS servers, asked past every cache of this computer, now say something else than this computer
// does, and something good.
func (v *view) freshDiffers() bool {
	if v.lk == nil || !v.lk.Done || v.last.Proxy != "" || v.fromHosts() || !v.cached() {
		return false
	}
	for i := range v.f.Fresh { // one of its servers says the same: then this computer's memory is not what differs
		l := &v.f.Fresh[i]
		if l.Done && !strings.EqualFold(l.Name, v.lk.Name) {
			return false
		}
		if l.Done && (l.Good() && overlap(l.Addresses, v.lk.Addresses) || !l.Good() && l.Failure == v.lk.Failure) {
			return false
		}
	}
	for i := range v.f.Fresh {
		l := &v.f.Fresh[i]
		if l.Good() && !overlap(l.Addresses, v.lk.Addresses) && !all(l.Addresses, nowhere) {
			return true
		}
	}
	return false
}

// cached: the answer came through something on this computer that remembers. What was asked of a server elsewhere, by this very
// program, cannot come from a memory here.
func (v *view) cached() bool {
	switch v.lk.Transport {
	case "udp", "tcp":
		a, err := netip.ParseAddr(v.lk.Server)
		return err != nil || a.IsLoopback()
	}
	return true
}

// freshAnswersElsewhere: and the site answers at the fresh address.
func (v *view) freshAnswersElsewhere() bool {
	for i := range v.f.Fresh {
		l := &v.f.Fresh[i]
		if !l.Good() {
			continue
		}
		for j := range v.f.Alternative {
			x := &v.f.Alternative[j]
			if w := x.Winner(); w != nil && slices.Contains(l.Addresses, w.Address.Addr()) {
				return true
			}
		}
	}
	return false
}
