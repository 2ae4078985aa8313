package ui_test

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
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
		{name: "paste", mains: 1, go_: func(s *uitest.Stand) { s.Shell.Send(flow.Open{Page: flow.Paste}) },
			deps: func(d *ui.Deps) { d.Clip.SetContent("502 Bad Gateway\nnginx") }},
		{name: "explained", mains: 1, go_: func(s *uitest.Stand) { s.Shell.Send(flow.Submit{Input: "Error 502 Bad gateway: the web server"}) }},
		{name: "explained, site found", mains: 1, go_: explained("boutique.example refused to connect")},
		{name: "explained, by the browser", mains: 1, go_: func(s *uitest.Stand) { s.Shell.Send(flow.Submit{Input: "ERR_NAME_NOT_RESOLVED"}) }},
		{name: "explained, nothing", mains: 1, go_: explained("rien à voir ici")},
		{name: "settings", mains: 0, go_: func(s *uitest.Stand) { s.Shell.Send(flow.Open{Page: flow.Settings}) }},
		{name: "changes", mains: 0, go_: func(s *uitest.Stand) {
			made(s)
			s.Shell.Send(flow.Open{Page: flow.Changes})
			s.Pump("the list", func(st flow.State) bool { return len(st.Changes) == 2 })
		}},
		{name: "changes, none", mains: 0, go_: func(s *uitest.Stand) {
			s.Shell.Send(flow.Open{Page: flow.Changes})
			s.Pump("the list", func(st flow.State) bool { return st.Read })
		}},
		{name: "address, interrupted change", mains: 1, go_: func(s *uitest.Stand) {
			made(s)
			s.Shell.Send(flow.Listed{List: s.Engine.Made})
		}},
		{name: "watch", mains: 1, go_: func(s *uitest.Stand) { s.Check(); s.Shell.Send(flow.StartWatch{}) }},
		{name: "watch, tried", mains: 1, go_: func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.StartWatch{})
			s.Shell.Send(flow.Act{})
			s.Pump("the try", func(st flow.State) bool { return st.Wait.Tries == 1 })
		}},
		{name: "watch, over", mains: 1, go_: func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.StartWatch{})
			s.Shell.Send(flow.Ticked{Seconds: 24 * 3600})
			s.Pump("the end", func(st flow.State) bool { return st.Wait.Over })
		}},
		{name: "works, no browser to open", mains: 0, plays: []uitest.Scenario{uitest.Works()}, go_: check, deps: func(d *ui.Deps) { d.OpenURL = nil }},
		{name: "device", mains: 0, go_: step(flow.StepDevice)},
		{name: "hand, asked", plays: []uitest.Scenario{uitest.Browser("edge")}, mains: 0, go_: guided(guide.Cookies)},
		{name: "hand", plays: []uitest.Scenario{uitest.NoInternet()}, mains: 1, go_: guided(guide.RestartBox)},
		{name: "hand, settings beside", plays: []uitest.Scenario{uitest.Undetermined()}, mains: 1, go_: guided(guide.Connect)},
		{name: "a long path", plays: []uitest.Scenario{uitest.Undetermined()}, mains: 0, go_: guided(guide.OtherSites)},
		{name: "path, other browser", plays: []uitest.Scenario{uitest.Undetermined()}, mains: 1, go_: guided(guide.OtherBrowser)},
		{name: "path, other browser by hand", plays: []uitest.Scenario{uitest.Undetermined()}, mains: 0, go_: guided(guide.OtherBrowser),
			deps: func(d *ui.Deps) { d.HasFix = nil }},
		{name: "path, spelling", plays: []uitest.Scenario{uitest.NotFound()}, mains: 1, go_: guided(guide.Spelling)},
		{name: "path, change asked", plays: []uitest.Scenario{uitest.Browser("firefox")}, mains: 0, go_: func(s *uitest.Stand) {
			s.Engine.Fixes["clear-browser-cache"] = fix.Plan{Undoable: true}
			guided(guide.EmptyCache)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
		}},
		{name: "path, solved", plays: []uitest.Scenario{uitest.Browser("edge")}, mains: 1, go_: func(s *uitest.Stand) {
			guided(guide.Cookies)(s)
			s.Shell.Send(flow.Answer{Saw: flow.SawOpens})
		}},
		{name: "path, ask the site", mains: 1, go_: guided(guide.AskSite)},
		{name: "path, ask somebody", plays: []uitest.Scenario{uitest.Undetermined()}, mains: 1, go_: guided(guide.AskPerson)},
		{name: "protection paused", plays: []uitest.Scenario{uitest.Firewalled()}, mains: 1, go_: func(s *uitest.Stand) {
			guided(guide.Firewall)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the settings", func(st flow.State) bool { return st.Phase == flow.Opened })
			s.Shell.Send(flow.Protection{List: []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: facts.No}}, Done: true})
			s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
		}},
		{name: "notice, protection paused", plays: []uitest.Scenario{uitest.Firewalled()}, mains: 1, go_: func(s *uitest.Stand) {
			guided(guide.Firewall)(s)
			s.Shell.Send(flow.Act{})
			s.Pump("the settings", func(st flow.State) bool { return st.Phase == flow.Opened })
			s.Shell.Send(flow.Protection{List: []facts.Firewall{{Name: "UFW", Kind: "firewall", Enabled: facts.No}}, Done: true})
			s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
			s.Shell.Keep(func() {})
		}},
		{name: "other browser, asked", mains: 0, plays: []uitest.Scenario{uitest.Works()}, go_: func(s *uitest.Stand) {
			s.Check()
			s.Shell.Send(flow.Choose{Step: flow.StepOpen, Fix: flow.FixOtherBrowser})
			s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
		}},
		{name: "connection works", mains: 1, plays: []uitest.Scenario{uitest.Works()}, go_: connection},
		{name: "connection, site broken", mains: 1, go_: connection},
		{name: "put back by itself", plays: []uitest.Scenario{uitest.Proxy()}, mains: 1, go_: proxied},
		{name: "kept, can be undone", plays: []uitest.Scenario{uitest.Proxy(), uitest.Works()}, mains: 1, go_: proxied},
		{name: "history", mains: 0, go_: remembered},
		{name: "history, none", mains: 0, go_: func(s *uitest.Stand) {
			s.Shell.Send(flow.Open{Page: flow.History})
			s.Pump("the list", func(st flow.State) bool { return st.Past.Read })
		}},
		{name: "history, with changes, unrolled, to be deleted", mains: 0, go_: func(s *uitest.Stand) {
			made(s)
			remembered(s)
			s.Pump("the changes", func(st flow.State) bool { return len(st.Changes) == 2 })
			s.Shell.Send(flow.Unroll{Host: "journal.example"})
			s.Shell.Send(flow.Erase{})
		}},
		{name: "history, unreadable", mains: 0, go_: func(s *uitest.Stand) { s.Engine.PastErr = uitest.ErrNo; remembered(s) }},
		{name: "history, deleted", mains: 0, go_: func(s *uitest.Stand) {
			remembered(s)
			s.Shell.Send(flow.Erase{})
			s.Shell.Send(flow.Erase{Sure: true})
			s.Pump("the end", func(st flow.State) bool { return st.Past.Erased })
		}},
		{name: "saved", mains: 1, go_: func(s *uitest.Stand) { looked(s); uitest.OpenFolds(s.Shell) }},
		{name: "saved, judged differently", mains: 1, go_: func(s *uitest.Stand) {
			s.Shell.Send(flow.Reread{Name: "x.json", Was: uitest.Differently(), Now: uitest.BadGateway().Result, Judged: true})
		}},
		{name: "compared, unchanged", mains: 1, go_: compared},
		{name: "compared, back", plays: []uitest.Scenario{uitest.Works()}, mains: 1, go_: compared},
		{name: "compared, changed", plays: []uitest.Scenario{uitest.Proxy()}, mains: 1, go_: compared},
		{name: "papers", mains: 1, go_: func(s *uitest.Stand) { papers(s); uitest.OpenFolds(s.Shell) }},
		{name: "papers, to the provider, saved, no mail", mains: 1, deps: func(d *ui.Deps) { d.OpenURL = nil }, go_: func(s *uitest.Stand) {
			papers(s)
			s.Shell.Send(flow.WriteTo{Kind: "provider"})
			written(s)
			s.Shell.Send(flow.Hand{How: "saved", Format: flow.AsText})
			s.Pump("the file", func(st flow.State) bool { return st.Paper.Where != "" })
		}},
		{name: "papers, failed", mains: 1, go_: func(s *uitest.Stand) {
			papers(s)
			s.Engine.PastErr = uitest.ErrNo
			s.Shell.Send(flow.Hand{How: "saved", Format: flow.AsHTML})
			s.Pump("the failure", func(st flow.State) bool { return st.Paper.Error != nil })
		}},
		{name: "papers, code, no Internet", mains: 1, plays: []uitest.Scenario{uitest.NoInternet()}, go_: func(s *uitest.Stand) {
			papers(s)
			s.Shell.Send(flow.WriteTo{Kind: "it"})
			written(s)
			s.Shell.Send(flow.ShowCode{})
		}},
		{name: "papers, of a saved check, with a picture", mains: 1, go_: func(s *uitest.Stand) {
			looked(s)
			s.Shell.Send(flow.Open{Page: flow.Papers})
			written(s)
			s.Shell.Send(flow.Attach{Picture: flow.Picture{Name: "Capture d’écran du 21 novembre 2026 à 10.04.05 avec un nom très long.png"}})
		}},
		{name: "people", mains: 1, go_: func(s *uitest.Stand) { s.Engine.Book = uitest.SomeContacts(s.T.TempDir()); people(s) }},
		{name: "people, none", mains: 1, go_: people},
		{name: "people, written wrong", mains: 1, go_: func(s *uitest.Stand) {
			s.Engine.Book = uitest.SomeContacts(s.T.TempDir())
			people(s)
			s.Shell.Send(flow.EditContact{ID: s.Shell.State().Folk.List[0].ID})
			s.Shell.Send(flow.TypeContact{Field: contacts.FieldMail, Text: "no mail address"})
			s.Shell.Send(flow.KeepContact{})
			s.Pump("the complaint", func(st flow.State) bool { return len(st.Folk.Problems) > 0 })
		}},
		{name: "papers, whom to ask", mains: 1, go_: func(s *uitest.Stand) {
			s.Engine.Book = uitest.SomeContacts(s.T.TempDir())
			papers(s)
			s.Shell.Send(flow.WriteTo{Kind: "site"})
			written(s)
			s.Shell.Send(flow.AskOwner{})
			s.Pump("the owner", func(st flow.State) bool { return !st.Folk.Asking })
		}},
		{name: "incident", mains: 1, go_: incidentOf},
		{name: "incident, saved", mains: 1, go_: func(s *uitest.Stand) {
			s.Engine.Folder = s.T.TempDir()
			incidentOf(s)
			s.Shell.Send(flow.SaveIncident{Format: flow.JournalMarkdown})
			s.Pump("the file", func(st flow.State) bool { return st.Outage.Where != "" })
		}},
		{name: "incident, none", mains: 0, go_: func(s *uitest.Stand) {
			remembered(s)
			s.Shell.Send(flow.OpenIncident{Host: "journal.example"})
			s.Pump("the answer", func(st flow.State) bool { return st.Outage.Read })
		}},
		{name: "notice", mains: 1, go_: func(s *uitest.Stand) { s.Check(); s.Shell.Warn("ui.copied") }},
	}
	for sum, plays := range uitest.Elsewheres() {
		for i, sc := range plays {
			all = append(all, page{name: fmt.Sprintf("elsewhere %s %d", sum, i+1), plays: []uitest.Scenario{sc}, go_: check, mains: 1})
		}
	}
	for _, second := range []bool{false, true} {
		all = append(all, page{name: fmt.Sprintf("elsewhere, asked first, second service %v", second), plays: []uitest.Scenario{uitest.Silent()}, mains: 1,
			go_: func(s *uitest.Stand) { s.Check(); s.Shell.Send(flow.AskFirst{CheckHost: second}) }})
	}
	for name, sc := range uitest.All() {
		all = append(all, page{name: "verdict " + name, plays: []uitest.Scenario{sc}, go_: check, mains: 1})
	}
	return all
}

// guided goes to a step of the path.
func guided(id guide.ID) func(*uitest.Stand) {
	return func(s *uitest.Stand) {
		s.Check()
		s.Shell.Send(flow.Choose{ID: id})
		s.Pump("the step", func(st flow.State) bool { return st.Page == flow.Repair && st.Phase != flow.Loading })
	}
}

// made puts two changes into the journal, one of them interrupted.
func made(s *uitest.Stand) {
	s.Engine.Made = []flow.Changed{
		{ID: "20261121T100405-00000001", Summary: s.Words().T("fix.flush-dns.summary", nil), When: "21/11/2026 10:04", Interrupted: true},
		{ID: "20261121T100405-00000002", Summary: s.Words().T("fix.flush-dns.summary", nil), When: "20/11/2026 09:12"},
	}
}

// remembered opens the history of some weeks.
func remembered(s *uitest.Stand) {
	s.Engine.Kept, s.Engine.Sent = uitest.Memories()
	s.Shell.Send(flow.Open{Page: flow.History})
	s.Pump("the list", func(st flow.State) bool { return st.Past.Read })
}

// papers opens the report of a check that has just ended.
func papers(s *uitest.Stand) {
	s.Engine.Folder = s.T.TempDir()
	s.Check()
	s.Shell.Send(flow.Open{Page: flow.Papers})
	written(s)
}

func written(s *uitest.Stand) {
	s.Pump("the text", func(st flow.State) bool { return st.Page == flow.Papers && st.Paper.Ready })
}

// looked opens the newest kept check again.
func looked(s *uitest.Stand) {
	remembered(s)
	s.Shell.Send(flow.OpenSaved{Name: s.Shell.State().Past.List[0].Name})
	s.Pump("the saved check", func(st flow.State) bool { return st.Page == flow.Saved })
}

// compared compares the newest kept check with now.
func compared(s *uitest.Stand) {
	looked(s)
	s.Shell.Send(flow.CompareNow{})
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
}

// explained pastes a text on its page.
func explained(text string) func(*uitest.Stand) {
	return func(s *uitest.Stand) {
		s.Shell.Send(flow.Open{Page: flow.Paste})
		s.Shell.Send(flow.Saw{Text: text})
		s.Pump("the meaning", func(st flow.State) bool { return st.Page == flow.Explained })
	}
}

func connection(s *uitest.Stand) {
	s.Shell.Send(flow.Connection{})
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
}

// proxied makes a change that can be undone, and sees its result.
func proxied(s *uitest.Stand) {
	s.Check()
	s.Shell.Send(flow.Choose{Step: flow.StepOther, Fix: "turn-off-proxy"})
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	s.Shell.Send(flow.Act{})
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result && st.Undoing == "" })
}

// TestEveryScreen looks at every screen in every language, theme, text size and window size.
func TestEveryScreen(t *testing.T) {
	words.OnMissing = func(lang, key string) { t.Errorf("no words for %q in %q", key, lang) }
	defer func() { words.OnMissing = nil }()
	begin := time.Now()
	n := 0
	for _, p := range pages() {
		for _, lang := range ui.Languages {
			for _, mode := range []theme.Mode{theme.ModeLight, theme.ModeDark, theme.ModeContrast} {
				for _, text := range []theme.TextSize{theme.TextNormal, theme.TextLarge, theme.TextLargest} {
					for _, size := range []fyne.Size{fyne.NewSize(640, 460), fyne.NewSize(920, 660)} {
						if mode != theme.ModeLight && (text != theme.TextNormal || size.Width < 900) || text == theme.TextLarge && size.Width > 900 {
							continue // colours do not depend on sizes: the dark ones are looked at once
						}
						if testing.Short() && (mode != theme.ModeLight || (text == theme.TextNormal) != (size.Width > 900) || text == theme.TextLarge) {
							continue // the ordinary look, and the one with the least room
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

// incidentOf opens the journal of the newest incident.
func incidentOf(s *uitest.Stand) {
	remembered(s)
	s.Shell.Send(flow.OpenIncident{Host: uitest.Host})
	s.Pump("the journal", func(st flow.State) bool { return st.Outage.Read && st.Outage.Incident != nil })
}

// people opens the page of the person's own contacts.
func people(s *uitest.Stand) {
	s.Shell.Send(flow.Open{Page: flow.Settings})
	s.Shell.Send(flow.Open{Page: flow.People})
	s.Pump("the list", func(st flow.State) bool { return st.Folk.Read })
}
