package ui_test

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

// page is one screen in one state: how to get there, and how many main buttons it has.
type page struct {
	name  string
	plays []uitest.Scenario
	go_   func(s *uitest.Stand)
	mains int
	deps  func(*ui.Deps)
}

func pages() []page {
	check := func(s *uitest.Stand) { s.Check() }
	step := func(st flow.Step) func(*uitest.Stand) {
		return func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.Choose{Step: st})
			s.Pump("the plan", func(st flow.State) bool { return st.Phase != flow.Loading })
		}
	}
	result := func(s *uitest.Stand) {
		step(flow.StepDNS)(s)
		s.Shell.Send(flow.Act{})
		s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	}
	halfway := func(reports int) func(*uitest.Stand) {
		return func(s *uitest.Stand) {
			s.Engine.Step = make(chan struct{})
			s.Shell.Send(flow.Submit{Input: uitest.Host})
			for range reports {
				s.Engine.Step <- struct{}{}
			}
			s.Pump("the reports", func(st flow.State) bool { return st.Snap.Step >= reports })
			for range flow.SlowAfter + 1 {
				s.Queue.Tick()
			}
		}
	}
	none := func(d *ui.Deps) { d.HasFix = nil; d.Practice = nil; d.OpenURL = nil }
	all := []page{
		{name: "address", go_: func(*uitest.Stand) {}, mains: 1},
		{name: "address, refused", go_: func(s *uitest.Stand) { s.Shell.Send(flow.Submit{Input: "a@b"}) }, mains: 1},
		{name: "address, unfolded, paste", go_: func(s *uitest.Stand) { uitest.OpenFolds(s.Shell) }, mains: 1,
			deps: func(d *ui.Deps) {
				d.Clip.SetContent("https://une-tres-longue-adresse-de-boutique.exemple.fr/chemin?x=1")
			}},
		{name: "checking", go_: halfway(3), mains: 0},
		{name: "provisional", go_: halfway(5), mains: 0},
		{name: "verdict, everything unfolded", go_: func(s *uitest.Stand) { s.Check(); uitest.OpenFolds(s.Shell) }, mains: 1},
		{name: "verdict, nothing can be done here", go_: check, plays: []uitest.Scenario{uitest.Stale()}, mains: 1, deps: none},
		{name: "example", plays: []uitest.Scenario{uitest.Practice()}, mains: 1, go_: func(s *uitest.Stand) {
			s.Shell.Send(flow.Example{})
			s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
		}},
		{name: "refresh", go_: step(flow.StepRefresh), mains: 1},
		{name: "refresh, stopped", go_: func(s *uitest.Stand) { step(flow.StepRefresh)(s); s.Shell.Send(flow.Stop{}) }, mains: 1},
		{name: "cache", go_: step(flow.StepCache), mains: 1},
		{name: "cache, asked", mains: 0, go_: func(s *uitest.Stand) {
			step(flow.StepCache)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
		}},
		{name: "dns", go_: func(s *uitest.Stand) { step(flow.StepDNS)(s); uitest.OpenFolds(s.Shell) }, mains: 1},
		{name: "dns, nothing to do", mains: 1, go_: func(s *uitest.Stand) {
			s.Engine.Fixes[flow.FixFlushDNS] = fix.Plan{Nothing: true, Detail: "none"}
			step(flow.StepDNS)(s)
		}},
		{name: "dns, failed", mains: 1, go_: func(s *uitest.Stand) {
			s.Engine.FixErr = uitest.ErrNo
			step(flow.StepDNS)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the failure", func(st flow.State) bool { return st.Phase == flow.Failed })
		}},
		{name: "firewall", go_: step(flow.StepFirewall), plays: []uitest.Scenario{uitest.Firewalled()}, mains: 1},
		{name: "firewall, opened", mains: 1, go_: func(s *uitest.Stand) {
			step(flow.StepFirewall)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the settings", func(st flow.State) bool { return st.Phase == flow.Opened })
		}},
		{name: "portal", plays: []uitest.Scenario{uitest.Portal()}, mains: 1, go_: func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.Choose{Step: flow.StepOpen, Fix: flow.FixPortal})
			s.Pump("the page", func(st flow.State) bool { return st.Phase == flow.Opened })
		}},
		{name: "other fix", plays: []uitest.Scenario{uitest.Proxy()}, mains: 1, go_: func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.Choose{Step: flow.StepOther, Fix: "turn-off-proxy"})
			s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
		}},
		{name: "fixed", go_: result, plays: []uitest.Scenario{uitest.Stale(), uitest.Works()}, mains: 1},
		{name: "not yet", go_: result, plays: []uitest.Scenario{uitest.Stale(), uitest.Stale()}, mains: 1},
		{name: "better", go_: result, plays: []uitest.Scenario{uitest.Stale(), uitest.BadGateway()}, mains: 1},
		{name: "not yet, refresh", plays: []uitest.Scenario{uitest.BadGateway()}, mains: 1, go_: func(s *uitest.Stand) {
			step(flow.StepRefresh)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
		}},
		{name: "notice", mains: 1, go_: func(s *uitest.Stand) { s.Check(); s.Shell.Warn("ui.copied") }},
	}
	for name, sc := range uitest.All() {
		all = append(all, page{name: "verdict " + name, plays: []uitest.Scenario{sc}, go_: check, mains: 1})
	}
	return all
}

// TestEveryScreen looks at every screen in every language, theme, text size and window size.
func TestEveryScreen(t *testing.T) {
	words.OnMissing = func(lang, key string) { t.Errorf("no words for %q in %q", key, lang) }
	defer func() { words.OnMissing = nil }()
	begin := time.Now()
	n := 0
	for _, p := range pages() {
		for _, lang := range ui.Languages {
			for _, mode := range []theme.Mode{theme.ModeLight, theme.ModeDark} {
				for _, text := range []theme.TextSize{theme.TextNormal, theme.TextLarge, theme.TextLargest} {
					for _, size := range []fyne.Size{fyne.NewSize(640, 460), fyne.NewSize(920, 660)} {
						if mode == theme.ModeDark && (text != theme.TextNormal || size.Width < 900) || text == theme.TextLarge && size.Width > 900 {
							continue // colours do not depend on sizes: the dark ones are looked at once
						}
						n++
						set := uitest.Setting{Lang: lang, Mode: mode, Text: text, Size: size, Deps: p.deps}
						t.Run(fmt.Sprintf("%s/%s/%s/%s/%.0f", p.name, lang, mode, text, size.Width), func(t *testing.T) {
							s := uitest.NewStand(t, set, p.plays...)
							p.go_(s)
							s.Queue.Settle()
							background := theme.New(mode, text).Color("background", 0)
							for _, f := range uitest.Faults(s.Shell.Root(), size, background, p.mains) {
								t.Error(f)
							}
							if s.Window.Canvas().Focused() == nil {
								t.Error("nothing has the focus")
							}
						})
					}
				}
			}
		}
	}
	t.Logf("%d screens in %v", n, time.Since(begin).Round(time.Millisecond))
}

// TestEveryCauseHasItsScreen builds the verdict of every cause, with the worst that its actions can be.
func TestEveryCauseHasItsScreen(t *testing.T) {
	words.OnMissing = func(lang, key string) { t.Errorf("no words for %q in %q", key, lang) }
	defer func() { words.OnMissing = nil }()
	for _, c := range decide.Causes() {
		sc := uitest.BadGateway()
		r := *sc.Result
		r.Verdict = decide.Verdict{Side: decide.SideOf(c), Cause: c, Certainty: decide.Likely, Vars: map[string]any{"Host": uitest.Host},
			Actions: []decide.Action{{ID: decide.ActFix, Fix: "use-public-dns"}, {ID: decide.ActOtherDevice}, {ID: decide.ActContactIT}}}
		s := uitest.NewStand(t, uitest.Setting{}, uitest.Scenario{Result: &r})
		s.Check()
		for _, f := range uitest.Faults(s.Shell.Root(), fyne.NewSize(920, 660), theme.New(theme.ModeLight, "").Color("background", 0), 1) {
			t.Errorf("%s: %s", c, f)
		}
	}
	_ = checks.Schema
}
