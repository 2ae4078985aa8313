package flow

import (
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
)

// Asking once more and finding the same is said; finding something else, or another check, is not that.
func TestSameAgain(t *testing.T) {
	v := decide.Verdict{Side: decide.SideNetwork, Cause: decide.NoInternet}
	s := State{Page: Verdict, Now: Shown{Verdict: &v}, Target: checks.Target{Host: "a.example"}}
	var m Machine
	s, _ = m.Next(s, Again{})
	if s.SameAgain() {
		t.Error("said while it runs")
	}
	same, _ := m.Next(s, Finished{Run: s.Run, Result: &checks.Result{Verdict: v}})
	if !same.SameAgain() {
		t.Error("the same was found again, and nothing says so")
	}
	other, _ := m.Next(s, Finished{Run: s.Run, Result: &checks.Result{Verdict: decide.Verdict{Cause: decide.Works, Side: decide.SideWorks}}})
	if other.SameAgain() {
		t.Error("something else was found")
	}
}
