package flow

import (
	"errors"
	"reflect"
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
)

func all(string) bool { return true }

var (
	ok502 = decide.Verdict{Side: decide.SideSite, Cause: decide.BadGateway, Certainty: decide.Certain, Actions: []decide.Action{{ID: decide.ActRetryLater, AfterS: 12}}}
	works = decide.Verdict{Side: decide.SideWorks, Cause: decide.Works, Certainty: decide.Certain}
)

func path(broken int) (p []decide.Hop) {
	for i, id := range []decide.HopID{decide.HopComputer, decide.HopRouter, decide.HopDNS, decide.HopOrigin} {
		s := decide.StateOK
		if i == broken {
			s = decide.StateProblem
		} else if broken >= 0 && i > broken {
			s = decide.StateUnknown
		}
		p = append(p, decide.Hop{Hop: id, State: s})
	}
	return p
}

func res(v decide.Verdict, broken int) *checks.Result {
	return &checks.Result{Verdict: v, Path: path(broken)}
}

// play sends events to a machine that has every fix, and returns the state and the last effects.
func play(t *testing.T, s State, events ...Event) (State, []Effect) {
	t.Helper()
	var out []Effect
	for _, e := range events {
		s, out = Machine{Has: all}.Next(s, e)
	}
	return s, out
}

func atVerdict(t *testing.T) State {
	t.Helper()
	s, _ := play(t, Start(), Submit{"a.example"}, Understood{checks.Target{Host: "a.example", URL: "https://a.example/"}})
	s, _ = play(t, s, Finished{Run: s.Run, Result: res(ok502, 3)})
	if s.Page != Verdict || s.Running {
		t.Fatalf("at %s, running %v", s.Page, s.Running)
	}
	return s
}

func TestAddressToVerdict(t *testing.T) {
	s, out := play(t, Start(), Submit{"a.example"})
	if !reflect.DeepEqual(out, []Effect{Parse{"a.example"}}) {
		t.Fatalf("effects %#v", out)
	}
	s, _ = play(t, s, Refused{errors.New("no")})
	if s.Page != Address || s.Refusal == nil {
		t.Fatalf("a refusal leads to %s", s.Page)
	}
	s, out = play(t, s, Submit{"a.example"}, Understood{checks.Target{Host: "a.example"}})
	if s.Page != Checking || !s.Running || len(out) != 1 || s.Refusal != nil {
		t.Fatalf("%s, effects %#v", s.Page, out)
	}
	if len(s.Path()) == 0 {
		t.Error("no picture before the first report")
	}
	s, _ = play(t, s, Got{s.Run, checks.Snapshot{Step: 1, Steps: 6, Doing: "dns"}})
	if s.Page != Checking || s.Active() != decide.HopDNS || len(s.Path()) == 0 {
		t.Errorf("%s, active %q", s.Page, s.Active())
	}
	first := ok502
	first.Provisional = true
	s, _ = play(t, s, Got{s.Run, checks.Snapshot{Step: 5, Steps: 6, Verdict: &first, Path: path(3)}})
	if s.Page != Verdict || !s.Provisional() {
		t.Errorf("a first reading leads to %s, provisional %v", s.Page, s.Provisional())
	}
	s, _ = play(t, s, Finished{Run: s.Run, Result: res(ok502, 3)})
	if s.Page != Verdict || s.Provisional() || s.Running || len(s.Steps) < 4 {
		t.Errorf("the end leads to %s, provisional %v, steps %v", s.Page, s.Provisional(), s.Steps)
	}
}

func TestOldReportsAreIgnored(t *testing.T) {
	s := atVerdict(t)
	old := s.Run
	s, _ = play(t, s, Again{}, Got{old, checks.Snapshot{Verdict: &works}}, Finished{Run: old, Result: res(works, -1)})
	if s.Page != Checking || !s.Running || s.Now.Verdict != nil {
		t.Errorf("an old check's end was taken for the new one's: %s", s.Page)
	}
}

func TestStopAndErrors(t *testing.T) {
	s, _ := play(t, Start(), Submit{"a.example"}, Understood{checks.Target{Host: "a.example"}})
	s, out := play(t, s, Stop{})
	if !reflect.DeepEqual(out, []Effect{Cancel{}}) || !s.Stopped {
		t.Fatalf("%#v", out)
	}
	r := res(decide.Verdict{Side: decide.SideUnknown, Cause: decide.Undetermined}, -1)
	r.Stopped = true
	if a, _ := play(t, s, Finished{Run: s.Run, Result: r}); a.Page != Verdict {
		t.Errorf("a stopped check says nothing of what it found: %s", a.Page)
	}
	if a, _ := play(t, s, Finished{Run: s.Run, Err: errors.New("x")}); a.Page != Address || a.Refusal != nil {
		t.Errorf("stopped with nothing: %s, %v", a.Page, a.Refusal)
	}
	s.Stopped = false
	if a, _ := play(t, s, Finished{Run: s.Run, Err: errors.New("x")}); a.Page != Address || a.Refusal == nil {
		t.Errorf("a failure must be told: %s, %v", a.Page, a.Refusal)
	}
}

func TestBack(t *testing.T) {
	v := atVerdict(t)
	if s, _ := play(t, v, Back{}); s.Page != Address || s.Input != "a.example" {
		t.Errorf("verdict → %s with %q", s.Page, s.Input)
	}
	s, out := play(t, v, Again{}, Back{})
	if s.Page != Address || len(out) != 1 {
		t.Errorf("check → %s, %v", s.Page, out)
	}
	s, _ = play(t, v, Guide{}, Back{})
	if s.Page != Verdict {
		t.Errorf("repair → %s", s.Page)
	}
	s, _ = play(t, v, Guide{}, Act{})
	if s.Page != Checking || !s.Recheck {
		t.Fatalf("act → %s", s.Page)
	}
	if b, _ := play(t, s, Back{}); b.Page != Repair || b.Phase == Counting || b.Now.Verdict == nil {
		t.Errorf("recheck → %s, %s", b.Page, b.Phase)
	}
	s, _ = play(t, s, Finished{Run: s.Run, Result: res(works, -1)})
	if s.Page != Result {
		t.Fatalf("recheck's end → %s", s.Page)
	}
	if b, _ := play(t, s, Back{}); b.Page != Verdict {
		t.Errorf("result → %s", b.Page)
	}
	if b, _ := play(t, s, Leave{}); b.Page != Address || b.Input != "" {
		t.Errorf("finish → %s, %q", b.Page, b.Input)
	}
}

func TestRefreshCountsDown(t *testing.T) {
	s, _ := play(t, atVerdict(t), Choose{Step: StepRefresh})
	if s.Phase != Counting || s.Left != 12 || !s.Ticks() {
		t.Fatalf("%s, %d s left", s.Phase, s.Left)
	}
	for range 11 {
		s, _ = play(t, s, Ticked{})
	}
	if s.Page != Repair || s.Left != 1 {
		t.Fatalf("%s, %d s left", s.Page, s.Left)
	}
	stopped, _ := play(t, s, Stop{}, Ticked{}, Ticked{})
	if stopped.Page != Repair || stopped.Phase != Ready || stopped.Ticks() {
		t.Errorf("stopped: %s %s", stopped.Page, stopped.Phase)
	}
	s, out := play(t, s, Ticked{})
	if s.Page != Checking || !s.Recheck || len(out) != 1 {
		t.Errorf("at zero: %s, %v", s.Page, out)
	}
	after := 77
	r := res(decide.Verdict{Side: decide.SideSite, Cause: decide.Unavailable}, 3)
	r.Gateway = &checks.Gateway{RetryAfterS: &after}
	if n := waitFor(Shown{Verdict: &r.Verdict, Result: r}); n != 77 {
		t.Errorf("Retry-After 77 → %d", n)
	}
	if n := waitFor(Shown{Verdict: &works}); n != DefaultWait {
		t.Errorf("no wish → %d", n)
	}
	s, _ = play(t, atVerdict(t), Choose{Step: StepRefresh, After: 86400})
	if s.Left != maxWait {
		t.Errorf("a day → %d s", s.Left)
	}
}

func TestDNSStep(t *testing.T) {
	s, out := play(t, atVerdict(t), Choose{Step: StepDNS})
	if s.Phase != Loading || !reflect.DeepEqual(out, []Effect{ReadPlan{StepDNS, FixFlushDNS, ""}}) {
		t.Fatalf("%s %#v", s.Phase, out)
	}
	if n, _ := play(t, s, Planned{Step: StepDNS, Plan: fix.Plan{Nothing: true}}); n.Phase != Nothing {
		t.Errorf("nothing to do → %s", n.Phase)
	}
	if n, _ := play(t, s, Planned{Step: StepDNS, Err: errors.New("x")}); n.Phase != Failed {
		t.Errorf("no plan → %s", n.Phase)
	}
	if n, _ := play(t, s, Planned{Step: StepCache}); n.Phase != Loading {
		t.Errorf("another step's plan → %s", n.Phase)
	}
	s, out = play(t, s, Planned{Step: StepDNS, Plan: fix.Plan{Fix: FixFlushDNS}})
	if s.Phase != Ready || len(out) != 0 {
		t.Fatalf("a plan is done without a click: %v", out)
	}
	s, out = play(t, s, Act{})
	if s.Phase != Applying || len(out) != 1 {
		t.Fatalf("%s %v", s.Phase, out)
	}
	for _, e := range []Event{Back{}, Skip{}, Again{}, Leave{}, Act{}, Choose{Step: StepCache}} {
		if n, more := play(t, s, e); n.Page != Repair || n.Phase != Applying || len(more) != 0 {
			t.Errorf("%T leaves a change half done: %s %s %v", e, n.Page, n.Phase, more)
		}
	}
	if n, _ := play(t, s, Acted{Step: StepDNS, Err: errors.New("x")}); n.Phase != Failed {
		t.Errorf("failed → %s", n.Phase)
	}
	s, _ = play(t, s, Acted{Step: StepDNS})
	if s.Page != Checking || !s.Recheck || s.Before.Verdict == nil {
		t.Errorf("done → %s", s.Page)
	}
	first := works
	first.Provisional = true
	if n, _ := play(t, s, Got{s.Run, checks.Snapshot{Verdict: &first}}); n.Page != Checking {
		t.Errorf("a first reading ends the second check: %s", n.Page)
	}
}

func TestCacheAndFirewallByHand(t *testing.T) {
	bare := Machine{}
	s, out := bare.Next(atVerdict(t), Choose{Step: StepCache})
	if s.Phase != Asking || len(out) != 0 {
		t.Errorf("cache without the fix → %s", s.Phase)
	}
	s, out = bare.Next(s, Answer{Saw: SawOpens})
	check, is := out[0].(Check)
	if !is || s.Page != Checking || check.Options.Witness["private-window"] != "opens" {
		t.Errorf("the answer is not passed on: %#v", out)
	}
	s, _ = bare.Next(atVerdict(t), Choose{Step: StepFirewall})
	if s.Phase != Opened {
		t.Errorf("firewall without the fix → %s", s.Phase)
	}
	s, _ = bare.Next(atVerdict(t), Choose{Step: StepDNS})
	if s.Phase != Nothing {
		t.Errorf("dns without the fix → %s", s.Phase)
	}
	s, _ = play(t, atVerdict(t), Choose{Step: StepFirewall}, Planned{Step: StepFirewall}, Act{}, Acted{Step: StepFirewall, Err: errors.New("x")})
	if s.Phase != Opened || s.Failure == nil {
		t.Errorf("a page that cannot be opened → %s", s.Phase)
	}
	s, out = play(t, atVerdict(t), Choose{Step: StepOpen, Fix: FixPortal}, Planned{Step: StepOpen})
	if s.Phase != Applying || len(out) != 1 {
		t.Errorf("opening the portal's page asks again: %s", s.Phase)
	}
}

func TestGuideGoesThroughAll(t *testing.T) {
	s := atVerdict(t)
	var met, want []guide.ID
	for _, g := range guide.Steps(ok502, s.read(), all, nil) {
		want = append(want, g.ID)
	}
	s, _ = play(t, s, Guide{})
	for range want {
		met = append(met, s.At.ID)
		if !s.At.Asks() {
			s, _ = play(t, s, Skip{})
		}
	}
	if !reflect.DeepEqual(met, want) || s.Page != Repair || !s.At.Asks() || s.Step != StepAsk {
		t.Errorf("met %v, want %v, ended at %s, %s", met, want, s.Page, s.Step)
	}
	if len(s.Tried) != 0 {
		t.Errorf("a step that was passed by is ticked: %v", s.Tried)
	}
	if s, _ = play(t, s, Guide{Anew: true}); s.At.ID != want[0] {
		t.Errorf("anew begins with %s", s.At.ID)
	}
}

func TestExampleEndsWithItsPage(t *testing.T) {
	s, out := play(t, Start(), Example{})
	if !s.Starting || len(out) != 1 {
		t.Fatalf("%v", out)
	}
	if _, out := play(t, s, Submit{"x"}); len(out) != 0 {
		t.Error("two things begin at once")
	}
	s, _ = play(t, s, Understood{checks.Target{Example: true}})
	s, out = play(t, s, Back{})
	if !reflect.DeepEqual(out, []Effect{Cancel{}, StopExample{}}) || s.Input != "" {
		t.Errorf("%#v, %q", out, s.Input)
	}
}

// TestNoDeadEnd sends every event to every page: nothing panics, and the page is always one of the five.
func TestNoDeadEnd(t *testing.T) {
	v := atVerdict(t)
	states := []State{Start(), v}
	checking, _ := play(t, v, Again{})
	states = append(states, checking)
	for _, step := range []Step{StepRefresh, StepCache, StepDNS, StepFirewall, StepOther, StepOpen, StepDevice, StepHand, StepAsk} {
		s, _ := play(t, v, Choose{Step: step})
		states = append(states, s)
		for _, p := range []Phase{Loading, Ready, Counting, Applying, Asking, Opened, Nothing, Failed} {
			s.Phase = p
			states = append(states, s)
		}
	}
	result, _ := play(t, v, Guide{}, Act{})
	result, _ = play(t, result, Finished{Run: result.Run, Result: res(ok502, 3)})
	states = append(states, result)
	events := []Event{Submit{"x"}, Example{}, Stop{}, Back{}, Again{}, Choose{Step: StepCache}, Guide{}, Act{}, Answer{}, Skip{}, Show{}, Leave{},
		Understood{}, Refused{}, Got{}, Finished{}, Planned{}, Acted{}, Ticked{}, Protection{}, Edit{}, Guide{Anew: true}}
	known := map[Page]bool{Address: true, Checking: true, Verdict: true, Repair: true, Result: true}
	for _, s := range states {
		for _, e := range events {
			n, _ := play(t, s, e)
			if !known[n.Page] {
				t.Errorf("%s + %T → %q", s.Page, e, n.Page)
			}
			if n.Page == Verdict && n.Now.Verdict == nil {
				t.Errorf("%s + %T → a verdict page without a verdict", s.Page, e)
			}
		}
		out := s
		for range 4 { // Back leads to the first page from everywhere, but for a change that has begun
			out, _ = play(t, out, Back{})
		}
		if out.Page != Address && out.Phase != Applying {
			t.Errorf("Back from %s (%s) ends at %s", s.Page, s.Phase, out.Page)
		}
	}
}
