package decide

import (
	"testing"

	"passerelle/checks/facts"
)

// TestSilentBoxStartsWithTheCard: the card is the cheaper thing to restart, where one can be.
func TestSilentBoxStartsWithTheCard(t *testing.T) {
	silent := func(f *facts.Facts) {
		f.Box = &facts.Box{Address: boxAddr, Neighbour: facts.No, Ping: facts.No, TCP: facts.No, Done: true}
	}
	bridge := func(f *facts.Facts) { f.System.Links[0].Kind = "virtual" }
	aMac := func(f *facts.Facts) { f.System.OS = "darwin" }
	unread := func(f *facts.Facts) { f.System.RoutesDone = false }
	for what, x := range map[string]struct {
		change []func(*facts.Facts)
		first  Action
	}{
		"a card":        {[]func(*facts.Facts){dead, asked(dns(facts.Timeout)), silent}, Action{ID: ActFix, Fix: "restart-adapter"}},
		"a bridge":      {[]func(*facts.Facts){dead, asked(dns(facts.Timeout)), silent, bridge}, Action{ID: ActRestartBox}},
		"a Mac's cable": {[]func(*facts.Facts){dead, asked(dns(facts.Timeout)), silent, aMac}, Action{ID: ActRestartBox}},
		"not read":      {[]func(*facts.Facts){dead, asked(dns(facts.Timeout)), silent, unread}, Action{ID: ActRestartBox}},
	} {
		v := Judge(world(x.change...))
		if v.Cause != RouterUnreachable || len(v.Actions) < 2 || v.Actions[0] != x.first {
			t.Errorf("%s: %s %+v, want %+v first", what, v.Cause, v.Actions, x.first)
		}
	}
}
