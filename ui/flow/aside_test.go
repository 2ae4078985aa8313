package flow

import (
	"errors"
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

func TestErrorTextIsExplained(t *testing.T) {
	s, out := play(t, Start(), Submit{Input: "502 Bad Gateway\nnginx"})
	if e, ok := out[0].(Explain); !ok || e.Text == "" || s.Page != Address {
		t.Fatalf("%#v", out)
	}
	s, _ = play(t, s, Meaning{Pasted{Text: "x", Found: "a.example", Input: "a.example"}})
	if s.Page != Explained {
		t.Fatalf("page %s", s.Page)
	}
	s, out = play(t, s, CheckFound{Input: "a.example"})
	if _, ok := out[0].(Parse); !ok {
		t.Fatalf("%#v", out)
	}
	if r, _ := play(t, s, Refused{errors.New("no")}); r.Page != Explained || r.Refusal == nil {
		t.Errorf("a refusal leads to %s", r.Page)
	}
	s, out = play(t, s, Understood{Target: checks.Target{Host: "a.example"}})
	c, ok := out[0].(Check)
	if !ok || s.Page != Checking || c.Options.Seen != "x" {
		t.Errorf("what was seen is not passed on: %#v", out)
	}
	if s, _ = play(t, s, Back{}); s.Page != Address || s.Seen != "" {
		t.Errorf("the next check would know of it: %s %q", s.Page, s.Seen)
	}
}

func TestWhatTheBrowserShowsIsCheckedAgain(t *testing.T) {
	s := atVerdict(t)
	s, _ = play(t, s, Open{Page: Paste, Check: true})
	if s.Page != Paste || !s.Paste.Check {
		t.Fatalf("page %s", s.Page)
	}
	if b, _ := play(t, s, Back{}); b.Page != Verdict {
		t.Errorf("back leads to %s", b.Page)
	}
	s, out := play(t, s, Saw{Text: "ERR_CONNECTION_RESET"})
	c, ok := out[0].(Check)
	if !ok || s.Page != Checking || c.Options.Seen != "ERR_CONNECTION_RESET" {
		t.Errorf("%#v", out)
	}
}

func TestConnectionAlone(t *testing.T) {
	s, out := play(t, Start(), Connection{})
	if p, ok := out[0].(Parse); !ok || p.Input != KnownSite || !s.Connection {
		t.Fatalf("%#v", out)
	}
	s, _ = play(t, s, Understood{})
	if s.Page != Checking || !s.Connection {
		t.Errorf("page %s", s.Page)
	}
	if s, _ = play(t, s, Back{}); s.Connection {
		t.Error("the next check would be one of the connection")
	}
}

func TestNotHereAsksOneThingAfterTheOther(t *testing.T) {
	s := atVerdict(t)
	for _, want := range []struct {
		step  Step
		where string
	}{{StepCache, WitnessPrivate}, {StepOpen, WitnessBrowser}, {StepDevice, WitnessPhone}} {
		s, _ = play(t, s, NotHere{})
		if s.Page != Repair || s.Step != want.step {
			t.Fatalf("page %s, step %s, want %s", s.Page, s.Step, want.step)
		}
		s.Phase = Asking
		var out []Effect
		s, out = play(t, s, Answer{Saw: SawSame})
		if c, ok := out[0].(Check); !ok || c.Options.Witness[want.where] != SawSame {
			t.Fatalf("%#v", out)
		}
		s, _ = play(t, s, Finished{s.Run, res(works, -1), nil})
	}
	if s.Page != Result && s.Page != Verdict {
		t.Fatalf("page %s", s.Page)
	}
	s.Page = Verdict
	if s, _ = play(t, s, NotHere{}); s.Page != Repair {
		t.Errorf("when all was asked: %s", s.Page)
	}
}

// TestAnswerIsJudged: where an answer changes the judgement, that is shown; where it does not, the next step is offered.
func TestAnswerIsJudged(t *testing.T) {
	browser := decide.Verdict{Side: decide.SideYou, Cause: decide.BrowserSide}
	for _, c := range []struct {
		name          string
		before, after decide.Verdict
		want          Page
	}{{"learnt", works, browser, Verdict}, {"still works", works, works, Verdict}, {"same fault", ok502, ok502, Result}, {"other fault", ok502, browser, Verdict}} {
		s := atVerdict(t)
		s.Now.Verdict = &c.before
		s, _ = play(t, s, Choose{Step: StepDevice})
		if s.Phase != Asking {
			t.Fatalf("%s: phase %s", c.name, s.Phase)
		}
		s, _ = play(t, s, Answer{Saw: SawOpens})
		if s, _ = play(t, s, Finished{s.Run, res(c.after, -1), nil}); s.Page != c.want {
			t.Errorf("%s leads to %s, want %s", c.name, s.Page, c.want)
		}
	}
	s, out := play(t, atVerdict(t), Choose{Step: StepDevice}, Answer{Saw: "never-heard-of"})
	if s.Page != Repair || len(out) != 0 {
		t.Errorf("an unknown answer: %s, %v", s.Page, out)
	}
}

func TestChangeThatDidNotHelpIsPutBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   decide.Verdict
		broken  int
		putBack bool
	}{{"helped", works, -1, false}, {"a later stop fails", ok502, 4, false}, {"same place", ok502, 3, true}, {"nearer", ok502, 1, true}} {
		s := atVerdict(t)
		before := decide.Verdict{Side: decide.SideYou, Cause: decide.ProxyBroken}
		s.Now = Shown{Verdict: &before, Path: path(3)}
		s, _ = play(t, s, Choose{Step: StepOther, Fix: "turn-off-proxy"}, Planned{Step: StepOther}, Act{},
			Acted{Step: StepOther, Outcome: Outcome{Verified: facts.Yes, Change: "id"}})
		s, out := play(t, s, Finished{s.Run, res(c.after, c.broken), nil})
		if s.Page != Result || s.PutBack != c.putBack || (len(out) == 1) != c.putBack {
			t.Errorf("%s: page %s, put back %v, %v", c.name, s.Page, s.PutBack, out)
		}
		if !c.putBack {
			continue
		}
		if again, out := play(t, s, UndoChange{ID: "id"}); len(out) != 0 || again.Undoing != "id" {
			t.Errorf("%s: undone twice at once", c.name)
		}
		if s, _ = play(t, s, Undone{ID: "id"}); s.Undid != "id" || s.Undoing != "" {
			t.Errorf("%s: %q %q", c.name, s.Undid, s.Undoing)
		}
	}
}

func TestPagesAsideLeadBack(t *testing.T) {
	for _, p := range []Page{Settings, Changes, Paste} {
		s, _ := play(t, Start(), Open{Page: p})
		if s.Page != p {
			t.Errorf("%s: %s", p, s.Page)
		}
		if again, _ := play(t, s, Open{Page: Settings}); again.From != Address {
			t.Errorf("%s: from one page aside to another loses the way back", p)
		}
		if s, _ = play(t, s, Back{}); s.Page != Address {
			t.Errorf("%s leads back to %s", p, s.Page)
		}
	}
	if s, _ := play(t, Start(), Open{Page: Result}); s.Page != Address {
		t.Errorf("opened %s", s.Page)
	}
}

func TestWaitingGetsFurtherApart(t *testing.T) {
	s, _ := play(t, atVerdict(t), StartWatch{})
	var gaps []int
	for range 6 {
		gaps = append(gaps, s.Wait.Left)
		for !s.Running {
			s, _ = play(t, s, Ticked{})
		}
		s, _ = play(t, s, Finished{s.Run, res(ok502, 3), nil})
	}
	for i, want := range []int{30, 60, 120, 300, 300, 300} {
		if gaps[i] != want {
			t.Errorf("gap %d: %d s, want %d", i, gaps[i], want)
		}
	}
	after := 900
	r := res(ok502, 3)
	r.Gateway = &checks.Gateway{Status: 503, RetryAfterS: &after}
	s, _ = play(t, s, Act{})
	if s, _ = play(t, s, Finished{s.Run, r, nil}); s.Wait.Left != after {
		t.Errorf("Retry-After is not obeyed: %d s", s.Wait.Left)
	}
	s, _ = play(t, s, Act{}, Act{})
	run := s.Run
	s, _ = play(t, s, Finished{run, nil, errors.New("no network")})
	if s.Page != Watch || s.Wait.Left != 300 {
		t.Errorf("a lost network ends the waiting: %s, %d s", s.Page, s.Wait.Left)
	}
}

func TestWaitingEndsAfterTwoGoodAnswers(t *testing.T) {
	s, _ := play(t, atVerdict(t), StartWatch{}, Act{})
	s, _ = play(t, s, Finished{s.Run, res(works, -1), nil})
	if s.Page != Watch || s.Wait.Left != goodAfter {
		t.Fatalf("one good answer: %s, %d s", s.Page, s.Wait.Left)
	}
	s, _ = play(t, s, Act{})
	s, _ = play(t, s, Finished{s.Run, res(ok502, 3), nil}, Act{})
	s, _ = play(t, s, Finished{s.Run, res(works, -1), nil}, Act{})
	s, out := play(t, s, Finished{s.Run, res(works, -1), nil})
	if s.Page != Result || Compare(s.Before, s.Now) != Fixed {
		t.Errorf("two good answers: %s", s.Page)
	}
	if len(out) != 1 || out[0] != (Attract{}) {
		t.Errorf("the window does not come forward: %v", out)
	}
	if s.Ticks() {
		t.Error("the clock runs on")
	}
}

func TestWaitingStopsAfterADay(t *testing.T) {
	s, out := play(t, atVerdict(t), StartWatch{}, Ticked{Seconds: watchFor})
	if !s.Wait.Over || s.Ticks() || len(out) != 1 {
		t.Errorf("over %v, %v", s.Wait.Over, out)
	}
	if s, _ = play(t, s, StartWatch{}); s.Wait.Over || s.Page != Watch {
		t.Error("it cannot be begun again")
	}
	s, _ = play(t, s, Act{})
	if s, out = play(t, s, Back{}); s.Page != Verdict || s.Running || len(out) != 1 {
		t.Errorf("back: %s, %v", s.Page, out)
	}
}

func TestOutsideOnlyAfterAYes(t *testing.T) {
	s, out := play(t, atVerdict(t), Again{})
	if out[0].(Check).Options.Outside {
		t.Fatal("asked outside without a yes")
	}
	s, _ = play(t, s, Finished{s.Run, res(ok502, 3), nil})
	s, out = play(t, s, LookOutside{})
	if !out[0].(Check).Options.Outside {
		t.Error("the yes is not passed on")
	}
	s, _ = play(t, s, Finished{s.Run, res(ok502, 3), nil}, StartWatch{})
	if _, out = play(t, s, Act{}); out[0].(Check).Options.Outside {
		t.Error("waiting asks elsewhere again and again")
	}
	always := Machine{Outside: func() bool { return true }}
	if _, out = always.Next(atVerdict(t), Again{}); !out[0].(Check).Options.Outside {
		t.Error("the setting is not obeyed")
	}
}
