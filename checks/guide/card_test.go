package guide_test

import (
	"testing"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/guide"
)

// TestCardByFixOrByHand: the card is restarted by program where one can, and by hand elsewhere, with the instructions for this system.
func TestCardByFixOrByHand(t *testing.T) {
	wifi, cable, second := facts.Link{Name: "wlan0", Kind: "wifi"}, facts.Link{Name: "eth0", Kind: "ethernet"}, facts.Link{Name: "eth1", Kind: "ethernet"}
	bridge, tunnel := facts.Link{Name: "br0", Kind: "virtual"}, facts.Link{Name: "wg0", Kind: "tunnel"}
	over := func(link string) []facts.Route { return []facts.Route{{Family: 4, Link: link, Tunnel: link == "wg0"}} }
	for what, x := range map[string]struct {
		goos    string
		unread  bool
		links   []facts.Link
		routes  []facts.Route
		program bool
	}{
		"unread":                  {goos: "linux", unread: true, program: true},
		"a cable":                 {"linux", false, []facts.Link{cable, wifi}, over("eth0"), true},
		"a bridge":                {"linux", false, []facts.Link{cable, bridge}, over("br0"), false},
		"under a VPN the one":     {"linux", false, []facts.Link{cable, tunnel}, over("wg0"), true},
		"under a VPN one of two":  {"linux", false, []facts.Link{cable, second, tunnel}, over("wg0"), false},
		"no route, one card":      {"linux", false, []facts.Link{wifi}, nil, true},
		"no route on Windows":     {"windows", false, []facts.Link{wifi}, nil, false},
		"Windows":                 {"windows", false, []facts.Link{wifi, cable}, over("wlan0"), true},
		"a Mac's Wi-Fi":           {"darwin", false, []facts.Link{wifi, cable}, over("wlan0"), true},
		"a Mac's cable":           {"darwin", false, []facts.Link{wifi, cable}, over("eth0"), false},
		"a Mac without any route": {"darwin", false, []facts.Link{wifi}, nil, false},
	} {
		f := &facts.Facts{Target: facts.Target{Host: "boutique.example"}, System: facts.System{OS: x.goos, LinksDone: !x.unread, RoutesDone: !x.unread, Links: x.links, Routes: x.routes}}
		s, ok := guide.One(guide.Adapter, verdict(decide.RouterUnreachable), f, abilities["all"])
		want := map[bool]string{true: "restart-adapter"}[x.program]
		if !ok || s.Fix != want || s.Variant != guide.System(x.goos) {
			t.Errorf("%s: %v %+v", what, ok, s)
		}
		if s, ok = guide.One(guide.Adapter, verdict(decide.RouterUnreachable), f, nil); !ok || s.Fix != "" {
			t.Errorf("%s, by hand: %v %+v", what, ok, s)
		}
	}
	if guide.ForFix("restart-adapter", "") != guide.Adapter {
		t.Error("the fix is no step")
	}
}
