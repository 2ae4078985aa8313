package flow

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
)

// judged is at the verdict of a cause, with these facts.
func judged(t *testing.T, c decide.Cause, f *facts.Facts) State {
	t.Helper()
	v := decide.Verdict{Side: decide.SideOf(c), Cause: c, Certainty: decide.Likely}
	s, _ := play(t, Start(), Submit{"a.example"}, Understood{checks.Target{Host: "a.example", URL: "https://a.example/"}})
	r := res(v, 0)
	r.Facts = f
	s, _ = play(t, s, Finished{Run: s.Run, Result: r})
	return s
}

// TestEveryStepOfEveryPathCanBeGoneThrough: each step of each cause opens its page, is tested by what it says, and is ticked by nothing
// else.
func TestEveryStepOfEveryPathCanBeGoneThrough(t *testing.T) {
	for _, m := range []Machine{{Has: all, Guards: true}, {}} {
		for _, c := range decide.Causes() {
			s := judged(t, c, &facts.Facts{System: facts.System{OS: "windows", Browser: "edge"}})
			s.Steps = m.path(s, *s.Now.Verdict)
			for _, g := range s.Steps {
				n, out := m.Next(s, Choose{ID: g.ID})
				if n.Page != Repair || n.At.ID != g.ID {
					t.Fatalf("%s: %s leads to %s at %s", c, g.ID, n.Page, n.At.ID)
				}
				if n.Phase == Loading {
					plan, is := out[0].(ReadPlan)
					if !is || plan.Fix == "" || plan.Fix != g.Fix || plan.Arg != g.Arg {
						t.Fatalf("%s: %s asks for %#v", c, g.ID, out)
					}
					n, out = m.Next(n, Planned{Step: plan.Step, Fix: plan.Fix, Arg: plan.Arg, Plan: fix.Plan{Fix: plan.Fix}})
					if n.Phase != Ready || len(out) != 0 {
						t.Fatalf("%s: %s does something before it was told: %s, %v", c, g.ID, n.Phase, out)
					}
					if n, _ = m.Next(n, Act{}); n.Phase != Applying {
						t.Fatalf("%s: %s: %s", c, g.ID, n.Phase)
					}
					n, out = m.Next(n, Acted{Step: plan.Step})
				}
				if len(n.Tried) != 0 && n.Page != Checking {
					t.Errorf("%s: %s is ticked without a test", c, g.ID)
				}
				switch g.Test {
				case guide.ByNobody:
					if n, out = m.Next(n, Act{}); len(out) != 0 || len(n.Tried) != 0 {
						t.Errorf("%s: the last step is tested: %v", c, out)
					}
					continue
				case guide.ByCheck:
					if n.Page == Repair {
						n, out = m.Next(n, Act{})
					}
				default:
					if n.Phase != Asking {
						t.Fatalf("%s: %s does not ask: %s", c, g.ID, n.Phase)
					}
					n, out = m.Next(n, Answer{Saw: SawSame})
				}
				if !slices.Contains(n.Tried, g.ID) {
					t.Errorf("%s: %s was tested and is not ticked", c, g.ID)
				}
				switch g.Test {
				case guide.ByCheck, guide.ByWitness:
					check, is := out[0].(Check)
					if !is || !n.Recheck || g.Witness != "" && check.Options.Witness[g.Witness] != SawSame {
						t.Errorf("%s: %s is not followed by the same check: %#v", c, g.ID, out)
					}
				default:
					if n.Page != Repair || n.At.ID == g.ID {
						t.Errorf("%s: the answer at %s leads to %s, %s", c, g.ID, n.Page, n.At.ID)
					}
				}
			}
		}
	}
}

func TestThePathEndsWhenTheSiteOpens(t *testing.T) {
	s := judged(t, decide.BrowserSide, nil)
	s, out := play(t, s, Choose{ID: guide.Cookies}, Answer{Saw: SawOpens})
	if s.Page != Result || !s.Solved || len(out) != 0 || !slices.Contains(s.Tried, guide.Cookies) {
		t.Errorf("seen to open in the browser: %s, solved %v, %v", s.Page, s.Solved, out)
	}
	if s, _ = play(t, s, Show{}, Again{}); s.Solved {
		t.Error("the next check's end would be taken for solved")
	}
	s = judged(t, decide.BadGateway, nil)
	s, _ = play(t, s, Choose{ID: guide.Reload}, Act{})
	s, _ = play(t, s, Finished{Run: s.Run, Result: res(works, -1)})
	if s.Page != Result || Compare(s.Before, s.Now) != Fixed {
		t.Errorf("the site opens: %s", s.Page)
	}
}

func TestAnswersSayWhereToGoOn(t *testing.T) {
	s := judged(t, decide.Undetermined, nil)
	for saw, first := range map[string]guide.ID{SawSame: guide.FlushDNS, SawOpens: guide.Reload} {
		n, _ := play(t, s, Choose{ID: guide.OtherSites}, Answer{Saw: saw})
		if n.Page != Repair || n.Told[guide.OtherSites] != saw || n.Steps[0].ID != first {
			t.Errorf("other sites: %s: %s, the path begins with %s, want %s", saw, n.Page, n.Steps[0].ID, first)
		}
	}
	if len(s.Told) != 0 {
		t.Error("an answer changed another state")
	}
	// Nothing of it is left when another site is looked at.
	n, _ := play(t, s, Choose{ID: guide.OtherSites}, Answer{Saw: SawSame}, Leave{}, Submit{"b.example"}, Understood{checks.Target{Host: "b.example"}})
	if len(n.Told)+len(n.Tried)+len(n.Skipped) != 0 || n.At.ID != "" {
		t.Errorf("another site begins with %v %v %v %s", n.Told, n.Tried, n.Skipped, n.At.ID)
	}
}

func TestPlanOfAStepThatWasLeftIsIgnored(t *testing.T) {
	s, _ := play(t, judged(t, decide.DNSServerDown, nil), Choose{ID: guide.PublicDNS}, Skip{}, Choose{ID: guide.AutomaticDNS})
	if n, _ := play(t, s, Planned{Step: StepOther, Fix: "use-public-dns", Plan: fix.Plan{Fix: "use-public-dns"}}); n.Phase != Loading || n.Plan != nil {
		t.Errorf("the plan of another fix is taken: %+v", n.Plan)
	}
}

func TestStepByHandWhereTheProgramFails(t *testing.T) {
	for id, want := range map[guide.ID]Phase{guide.PrivateWindow: Asking, guide.Connect: Opened, guide.Firewall: Opened, guide.VPNOff: Failed} {
		cause := map[guide.ID]decide.Cause{guide.Connect: decide.NoConnection, guide.VPNOff: decide.VPNBroken}[id]
		s, out := play(t, judged(t, cause, nil), Choose{ID: id})
		s, _ = play(t, s, Planned{Step: out[0].(ReadPlan).Step, Err: errors.New("x")})
		if s.Phase != want || s.Failure == nil {
			t.Errorf("%s → %s, want %s", id, s.Phase, want)
		}
	}
}

// TestStepByHandWhereItIsImpossible: this computer has nothing that the program could do it with; hands do it, and the same test follows.
func TestStepByHandWhereItIsImpossible(t *testing.T) {
	for id, want := range map[guide.ID]Phase{guide.Adapter: Opened, guide.Clock: Opened, guide.RenewAddress: Failed} {
		s, out := play(t, judged(t, decide.RouterUnreachable, nil), Choose{ID: id})
		n, _ := play(t, s, Planned{Step: out[0].(ReadPlan).Step, Err: fmt.Errorf("no: %w", fix.ErrImpossible)})
		if n.Phase != want || (n.Step == StepHand) != (want == Opened) || (n.Failure == nil) != (want == Opened) || n.At.ID != id {
			t.Errorf("%s → %s, %s, %v", id, n.Step, n.Phase, n.Failure)
		}
		if want == Opened {
			if n, out = play(t, n, Act{}); len(out) == 0 || !n.Running {
				t.Errorf("%s: done by hand, and nothing is looked at again: %+v", id, out)
			}
		}
	}
}

// shields are the states of the two protection programs that the tests know.
func shields(wall, guard facts.Bool) Protection {
	return Protection{List: []facts.Firewall{{Name: "Mur", Kind: "firewall", Enabled: wall}, {Name: "Garde", Kind: "antivirus", Enabled: guard}}, Done: true}
}

// atFirewall has opened the firewall's settings page, with both protections on.
func atFirewall(t *testing.T) (Machine, State) {
	t.Helper()
	m := Machine{Has: all, Guards: true}
	s := judged(t, decide.FirewallLocal, &facts.Facts{System: facts.System{OS: "windows", FirewallsDone: true, Firewalls: shields(facts.Yes, facts.Yes).List}})
	for _, e := range []Event{Choose{ID: guide.Firewall}, Planned{Step: StepFirewall}, Act{}, Acted{Step: StepFirewall}} {
		s, _ = m.Next(s, e)
	}
	if s.Phase != Opened || !s.Guard.On || !s.Ticks() {
		t.Fatalf("%s, guarding %v", s.Phase, s.Guard.On)
	}
	return m, s
}

func TestPausedProtectionIsWatched(t *testing.T) {
	m, s := atFirewall(t)
	reads := 0
	for range 2 * guardEvery {
		var out []Effect
		s, out = m.Next(s, Ticked{})
		for _, e := range out {
			if _, is := e.(ReadProtection); is {
				reads++
				s, out = m.Next(s, shields(facts.Yes, facts.Yes))
				if len(out) != 0 || len(s.Guard.Off) != 0 {
					t.Fatalf("nothing was paused: %v", out)
				}
			}
		}
	}
	if reads != 2 {
		t.Errorf("read %d times in %d s", reads, 2*guardEvery)
	}
	if n, _ := m.Next(s, shields(facts.Unknown, facts.Yes)); len(n.Guard.Off) != 0 {
		t.Error("what could not be read is taken for paused")
	}
	// It is paused: the site is looked at again by itself.
	s, out := m.Next(s, shields(facts.No, facts.Yes))
	if s.Page != Checking || !s.Recheck || len(out) != 1 || !slices.Equal(s.Guard.Off, []string{"Mur"}) || !slices.Contains(s.Tried, guide.Firewall) {
		t.Fatalf("paused: %s, %v, off %v", s.Page, out, s.Guard.Off)
	}
	s, _ = m.Next(s, Finished{Run: s.Run, Result: res(works, -1)})
	// It is reminded of on every page, however long it takes, until it is on.
	s, _ = m.Next(s, Leave{})
	s, _ = m.Next(s, Ticked{Seconds: 24 * 3600})
	if s.Page != Address || !slices.Equal(s.Guard.Off, []string{"Mur"}) || !s.Ticks() {
		t.Fatalf("forgotten on the page %s: %v", s.Page, s.Guard.Off)
	}
	for _, e := range []Protection{{}, shields(facts.Unknown, facts.Yes), {Done: true}} {
		if s, _ = m.Next(s, e); len(s.Guard.Off) != 1 {
			t.Fatalf("%+v: what is not known is taken for on again", e)
		}
	}
	s, _ = m.Next(s, shields(facts.No, facts.No))
	if !slices.Equal(s.Guard.Off, []string{"Mur", "Garde"}) || s.Page != Address {
		t.Errorf("both paused: %v", s.Guard.Off)
	}
	s, out = m.Next(s, shields(facts.Yes, facts.Yes))
	if n, is := out[0].(Notify); !is || n.Vars["Names"] != "Mur, Garde" || s.Guard.On || s.Ticks() {
		t.Errorf("on again: %#v, still watched %v", out, s.Guard.On)
	}
}

func TestWatchOfTheProtectionEnds(t *testing.T) {
	m, s := atFirewall(t)
	if s, _ = m.Next(s, Ticked{Seconds: guardFor}); s.Guard.On {
		t.Error("nothing was paused and it is watched for ever")
	}
	if s, out := m.Next(s, shields(facts.No, facts.No)); len(out) != 0 || len(s.Guard.Off) != 0 {
		t.Error("a late reading is taken")
	}
	// Nobody knew how they were: the first reading says it, and says nothing of a pause.
	s = judged(t, decide.FirewallLocal, nil)
	for _, e := range []Event{Choose{ID: guide.Firewall}, Planned{Step: StepFirewall}, Act{}, Acted{Step: StepFirewall}} {
		s, _ = m.Next(s, e)
	}
	if s, out := m.Next(s, shields(facts.No, facts.Yes)); len(out) != 0 || len(s.Guard.Off) != 0 {
		t.Errorf("off from the start is taken for paused: %v", s.Guard.Off)
	}
	m.Guards = false
	for _, e := range []Event{Choose{ID: guide.Firewall}, Planned{Step: StepFirewall}, Act{}, Acted{Step: StepFirewall}} {
		s, _ = m.Next(s, e)
	}
	if s, _ = (Machine{Has: all}).Next(judged(t, decide.FirewallLocal, nil), Choose{ID: guide.Firewall}); s.Guard.On {
		t.Error("what cannot be read is watched")
	}
}
