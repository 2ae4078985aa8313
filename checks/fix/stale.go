// Whether emptying the DNS cache would help: only where what this computer remembers differs from what its servers say now.

package fix

import (
	"context"
	"net/netip"

	"passerelle/checks/facts"
)

// Reasons of flush-dns, as keys of checks/words.
const (
	whyDiffers = "fix.flush-dns.why.differs" // the memory and the fresh answer differ
	whyAgree   = "fix.flush-dns.why.agree"   // they agree: not needed
	whyElse    = "fix.flush-dns.why.elsewhere"
	whyWorks   = "fix.flush-dns.why.works"    // the address was proved by the site's own certificate
	whyHosts   = "fix.flush-dns.why.hosts"    // the answer comes from the hosts file, not from a cache
	whyMay     = "fix.flush-dns.why.may-help" // nothing is known: it may help and harms nothing
	whyNone    = "fix.flush-dns.why.none"     // this computer keeps no DNS cache
	whyOther   = "fix.flush-dns.why.unknown"  // a DNS program that we cannot empty
	whyLiteral = "fix.flush-dns.why.literal"  // the address is a number: no name was asked for
	whyCannot  = "fix.flush-dns.why.cannot"   // not on this system
)

// Applies implements Fix. The facts are looked at first: they cost nothing.
func (f flushDNS) Applies(all *facts.Facts) (bool, string) {
	yes, why := staleAnswer(all)
	if !yes {
		return false, why
	}
	p, err := f.Plan(context.Background(), "")
	switch {
	case err != nil:
		return false, whyCannot
	case p.Detail == detailUnknown:
		return false, whyOther
	case p.Nothing:
		return false, whyNone
	}
	return true, why
}

// staleAnswer judges facts alone.
func staleAnswer(all *facts.Facts) (bool, string) {
	first := chainFirst(all)
	if first == nil || first.Lookup == nil || first.Proxy != "" {
		return true, whyMay // through a proxy it is the proxy that asks for the name
	}
	system := first.Lookup
	switch system.Transport {
	case "hosts":
		return false, whyHosts
	case "literal":
		return false, whyLiteral
	}
	if first.TLS.Proven() {
		return false, whyWorks
	}
	verdict := facts.Unknown
	for i := range all.Fresh {
		switch agree(system, &all.Fresh[i]) {
		case facts.Yes:
			return false, whyAgree
		case facts.No:
			verdict = facts.Yes
		}
	}
	if verdict == facts.Yes {
		return true, whyDiffers
	}
	if good := provenAddresses(all.Alternative); len(good) > 0 && tells(system) {
		if overlap(system.Addresses, good) {
			return false, whyAgree
		}
		return true, whyElse
	}
	return true, whyMay
}

func chainFirst(all *facts.Facts) *facts.Exchange {
	if all == nil {
		return nil
	}
	return all.Chain.First()
}

// provenAddresses are those at which the site proved its name by TLS.
func provenAddresses(tried []facts.Exchange) []netip.Addr {
	var good []netip.Addr
	for i := range tried {
		if w := tried[i].Winner(); w != nil && tried[i].TLS.Proven() {
			good = append(good, w.Address.Addr())
		}
	}
	return good
}
