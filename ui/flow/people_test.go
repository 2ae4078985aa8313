package flow

import (
	"net/netip"
	"testing"

	"passerelle/checks/contacts"
	"passerelle/checks/facts"
)

// TestOwnerOfAnotherSite: an answer that comes late, when the page speaks of another site, is not shown as that one's.
func TestOwnerOfAnotherSite(t *testing.T) {
	s := atPapers(t)
	r := *s.Now.Result
	at := netip.MustParseAddrPort("203.0.113.10:443")
	r.Facts = &facts.Facts{Chain: &facts.Chain{Exchanges: []facts.Exchange{{Connects: []facts.Connect{{Address: at, Done: true}}, Lookup: &facts.Lookup{Addresses: []netip.Addr{at.Addr()}, Done: true}}}}}
	s.Now.Result = &r
	s, effects := play(t, s, AskOwner{})
	if len(effects) != 1 || !s.Folk.Asking {
		t.Fatalf("not asked: %v", effects)
	}
	other, _ := play(t, s, Owned{N: s.Paper.N, Owner: contacts.Owner{Address: netip.MustParseAddr("198.51.100.7"), Name: "Other"}})
	if other.Folk.Owner != nil || !other.Folk.Asking {
		t.Errorf("%+v", other.Folk.Owner)
	}
	if s, _ = play(t, s, Owned{N: s.Paper.N, Owner: contacts.Owner{Address: at.Addr(), Name: "Host"}}); s.Folk.Owner == nil || s.Folk.Asking {
		t.Error("the answer is not shown")
	}
}
