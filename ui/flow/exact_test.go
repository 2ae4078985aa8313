package flow

import (
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
)

// The very page is asked once for each yes, and never by a check that follows.
func TestExact(t *testing.T) {
	short := checks.Target{Input: "a.example/reset", URL: "https://a.example/", Host: "a.example", Port: 443, Shortened: true}
	long := checks.Target{Input: "a.example/reset", URL: "https://a.example/reset?token=x", Host: "a.example", Port: 443}
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.PageNotFound}
	s := State{Page: Verdict, Input: "a.example/reset?token=x", Target: short, Run: 1,
		Now: Shown{Verdict: &v, Result: &checks.Result{Target: short, Verdict: v}}}
	var m Machine
	if !s.Shortened() {
		t.Fatal("the yes is not offered")
	}
	s, out := m.Next(s, AskExact{})
	if len(out) != 1 || out[0] != (ParseExact{s.Input}) {
		t.Fatalf("the yes leads to %v", out)
	}
	if _, out := m.Next(s, UnderstoodExact{checks.Target{Host: "b.example"}}); out != nil {
		t.Errorf("another site is asked: %v", out)
	}
	s, out = m.Next(s, UnderstoodExact{long})
	c, is := out[0].(Check)
	if !is || !c.Options.Exact || c.Options.Target.URL != long.URL {
		t.Fatalf("the very page is not asked: %+v", out)
	}
	s, _ = m.Next(s, Finished{Run: s.Run, Result: &checks.Result{Target: long, Verdict: v}})
	if s.Page != Verdict || s.Shortened() {
		t.Errorf("after it: page %s, offered again: %v", s.Page, s.Shortened())
	}
	_, out = m.Next(s, Again{})
	for _, x := range out {
		if c, is := x.(Check); is && (c.Options.Exact || c.Options.Target.URL != short.URL) {
			t.Errorf("trying again spends the address: %+v", c.Options)
		}
	}
}

func TestExactOnlyWhereShortened(t *testing.T) {
	v := decide.Verdict{Side: decide.SideSite}
	whole := checks.Target{URL: "https://a.example/x", Host: "a.example"}
	s := State{Page: Verdict, Input: "a.example/x", Target: whole, Now: Shown{Verdict: &v, Result: &checks.Result{Target: whole}}}
	if s.Shortened() {
		t.Error("offered for an ordinary address")
	}
	if _, out := (Machine{}).Next(s, AskExact{}); out != nil {
		t.Errorf("an ordinary address: %v", out)
	}
}
