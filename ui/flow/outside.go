// This file asks whether others may be asked from elsewhere: what is sent, to whom and what is published is said before the yes. The
// second service publishes a page about every question, so it has a question of its own.

package flow

import "passerelle/checks/facts"

// Elsewhere is the page of the question.
const Elsewhere Page = "elsewhere"

// AskFirst opens the question; CheckHost: that of the second service.
type AskFirst struct{ CheckHost bool }

func (AskFirst) event() {}

// askFirst goes to the question, from the verdict only.
func (s State) askFirst(e AskFirst) State {
	if s.Page != Verdict || s.Running || s.Now.Verdict == nil {
		return s
	}
	s.From, s.Page, s.AskCheckHost = s.Page, Elsewhere, e.CheckHost
	return s
}

// lookOutside begins the check that looks from elsewhere too.
func (m Machine) lookOutside(s State, e LookOutside) (State, []Effect) {
	if s.Page != Verdict && s.Page != Elsewhere || s.Running {
		return s, nil
	}
	s.Outside, s.CheckHost = true, e.CheckHost
	return m.check(s, false)
}

// SecondService tells whether the second service may help: the first one was asked in vain, and the second one was not.
func (s Shown) SecondService() bool {
	if s.Result == nil || s.Result.Facts == nil || s.Result.Facts.Outside == nil {
		return false
	}
	o := s.Result.Facts.Outside
	if !o.Done || o.Service == serviceCheckHost {
		return false
	}
	for _, p := range o.Places {
		if p.Done {
			return false
		}
	}
	switch o.Failure {
	case facts.OutsideLimited, facts.OutsideBarred, facts.OutsideNobody, facts.OutsideUnreachable, facts.OutsideBroken, facts.OutsideLate:
		return len(o.Untested) < 2 // both were asked already
	}
	return false
}

// serviceCheckHost is the second service's name in facts.Outside.Service.
const serviceCheckHost = "check-host"
