// This file is the guided path in the window: which page drives which step of checks/guide, and how one goes on to the next.

package flow

import (
	"errors"
	"maps"
	"slices"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
)

// The two kinds of pages that only the guided path has.
const (
	StepHand Step = "hand" // told to the person's hands
	StepAsk  Step = "ask"  // whom to ask: the last one
)

// argAntivirus is the page of the settings that pauses an antivirus.
const argAntivirus = "antivirus"

// pageOf is the kind of page that drives a step.
func pageOf(g guide.Step) Step {
	switch g.ID {
	case guide.Reload:
		return StepRefresh
	case guide.PrivateWindow:
		return StepCache
	case guide.FlushDNS:
		return StepDNS
	case guide.Firewall, guide.Antivirus:
		return StepFirewall
	case guide.OtherDevice:
		return StepDevice
	case guide.OtherBrowser, guide.Portal:
		return StepOpen
	}
	switch {
	case g.Asks():
		return StepAsk
	case g.Fix == "" || g.Fix == FixSettings: // a page of the settings beside what is to be done there
		return StepHand
	}
	return StepOther
}

// idOf is the step of the guided path that a page drives; "" where it is in no path.
func idOf(e Choose) guide.ID {
	switch e.Step {
	case StepRefresh:
		return guide.Reload
	case StepCache:
		return guide.PrivateWindow
	case StepDNS:
		return guide.FlushDNS
	case StepDevice:
		return guide.OtherDevice
	case StepFirewall:
		if e.Arg == argAntivirus {
			return guide.Antivirus
		}
		return guide.Firewall
	}
	return guide.ForFix(e.Fix, e.Arg)
}

// forHands is the present step as hands do it, where the program cannot on this computer, and hands can.
func (s State) forHands(err error) (State, bool) {
	if s.Step != StepOther || !errors.Is(err, fix.ErrImpossible) || s.Now.Verdict == nil {
		return s, false
	}
	g, ok := guide.One(s.At.ID, *s.Now.Verdict, s.read(), nil)
	if !ok {
		return s, false
	}
	s.At, s.Step, s.Fix, s.Arg = g, StepHand, "", ""
	return s, true
}

// read are the facts of what is shown, as far as there are some.
func (s State) read() *facts.Facts {
	if s.Now.Result != nil && s.Now.Result.Facts != nil {
		f := *s.Now.Result.Facts
		if f.Target.URL == "" {
			f.Target = s.Target
		}
		f.Target.Example = s.Target.Example
		return &f
	}
	return &facts.Facts{Target: s.Target}
}

// path is the guided path for what is shown now.
func (m Machine) path(s State, v decide.Verdict) []guide.Step {
	return guide.Steps(v, s.read(), m.Has, s.Told)
}

// Following is the step after the present one: the first that was neither tried nor skipped.
func (s State) Following() (guide.Step, bool) {
	return guide.Next(s.Steps, s.Tried, s.Skipped, []guide.ID{s.At.ID})
}

// offPath forgets the path of another site.
func (s State) offPath() State {
	s.Steps, s.Tried, s.Skipped, s.Told, s.At = nil, nil, nil, nil, guide.Step{}
	return s
}

// guided goes on with the path.
func (m Machine) guided(s State) (State, []Effect) {
	if len(s.Steps) == 0 && s.Now.Verdict != nil {
		s.Steps = m.path(s, *s.Now.Verdict)
	}
	g, ok := guide.Next(s.Steps, s.Tried, s.Skipped)
	if !ok {
		return s, nil
	}
	return m.begin(s, Choose{ID: g.ID})
}

// skip leaves the present step untested, and goes on.
func (m Machine) skip(s State) (State, []Effect) {
	if s.Page != Repair || s.Phase == Applying {
		return s, nil
	}
	if s.At.ID != "" && !slices.Contains(s.Skipped, s.At.ID) {
		s.Skipped = append(slices.Clone(s.Skipped), s.At.ID)
	}
	if guide.Index(s.Steps, s.At.ID) < 0 || s.At.Asks() {
		s.Page = Verdict // it was no step of the path, or its end
		return s, nil
	}
	return m.guided(s)
}

// at finds the step that an event chooses, for its words and its test.
func (m Machine) at(s State, e Choose) guide.Step {
	id := e.ID
	if id == "" {
		id = idOf(e)
	}
	if id == "" {
		return guide.Step{}
	}
	if i := guide.Index(s.Steps, id); i >= 0 {
		return s.Steps[i]
	}
	if g, ok := guide.One(id, *s.Now.Verdict, s.read(), m.Has); ok {
		return g
	}
	return guide.Step{ID: id, Vars: map[string]any{"Host": s.Target.Host}} // chosen all the same: its page says what is not possible
}

// looked takes what the person saw in the usual browser, or the answer that tells where to go on. No check of ours can see it.
func (m Machine) looked(s State, saw string) (State, []Effect) {
	s.Tried = tried(s.Tried, s.At.ID)
	if s.At.Test == guide.ByAnswer {
		s.Told = maps.Clone(s.Told)
		if s.Told == nil {
			s.Told = guide.Told{}
		}
		s.Told[s.At.ID] = saw
		s.Steps = m.path(s, *s.Now.Verdict)
		return m.guided(s)
	}
	if saw != SawOpens {
		return m.guided(s)
	}
	s.Before, s.Solved, s.Answered, s.Page = s.Now, true, true, Result
	return s, nil
}
