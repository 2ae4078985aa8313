//go:build cgo && gallery

package desktop

// The pictures of the guided path: a step for the person's hands, the square for the telephone, whom to ask, and the reminder.

import (
	"passerelle/checks/facts"
	"passerelle/checks/guide"
	"passerelle/ui/flow"
	"passerelle/ui/uitest"
)

func guideScenes() []scene {
	at := func(id guide.ID, then ...flow.Event) func(*studio) {
		return func(s *studio) {
			s.send(flow.Submit{Input: uitest.Host})
			s.wait(func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
			s.send(flow.Choose{ID: id})
			for _, e := range then {
				s.wait(func(st flow.State) bool { return st.Phase != flow.Loading && st.Phase != flow.Applying })
				s.send(e)
			}
			s.wait(func(st flow.State) bool { return st.Phase != flow.Loading && st.Phase != flow.Applying })
		}
	}
	browser := []uitest.Scenario{uitest.Browser("edge")}
	return []scene{
		{"60-path-cookies", browser, at(guide.Cookies)},
		{"61-path-extensions", browser, at(guide.Extensions)},
		{"62-path-phone", nil, at(guide.OtherDevice)},
		{"63-path-long", []uitest.Scenario{uitest.Undetermined()}, func(s *studio) {
			at(guide.OtherSites)(s)
			s.send(flow.Answer{Saw: flow.SawOpens})
		}},
		{"64-path-box", []uitest.Scenario{uitest.NoInternet()}, at(guide.RestartBox)},
		{"65-path-ask", nil, at(guide.AskSite)},
		{"66-path-paused", []uitest.Scenario{uitest.Firewalled()}, func(s *studio) {
			at(guide.Firewall, flow.Act{})(s)
			s.send(flow.Protection{List: []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: facts.No}}, Done: true})
			s.wait(func(st flow.State) bool { return st.Page == flow.Result })
		}},
		{"67-path-firewall", []uitest.Scenario{uitest.Firewalled()}, at(guide.Firewall, flow.Act{})},
		{"68-path-solved", browser, at(guide.Cookies, flow.Answer{Saw: flow.SawOpens})},
		{"69-path-leaving", []uitest.Scenario{uitest.Firewalled()}, func(s *studio) {
			at(guide.Firewall, flow.Act{})(s)
			s.send(flow.Protection{List: []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: facts.No}}, Done: true})
			s.wait(func(st flow.State) bool { return st.Page == flow.Result })
			s.send(flow.Leave{})
			s.do(func() { s.shell.Keep(func() {}) })
		}},
	}
}
