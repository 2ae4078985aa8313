// This file is the machine: a state and an event give the next state, and what is to be done outside.

package flow

import (
	"maps"
	"slices"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/guide"
)

// Machine is what the flow needs to know of the program around it.
type Machine struct {
	// Has tells which fixes there are. nil: none.
	Has func(fix string) bool
	// Outside tells whether the person lets every check be looked at from elsewhere. nil: no.
	Outside func() bool
	// Guards tells whether this computer's protection can be watched.
	Guards bool
}

func (m Machine) has(name string) bool { return m.Has != nil && m.Has(name) }

const (
	// DefaultWait is the countdown where the site names no time: half a minute is what most restarts need, and what people bear.
	DefaultWait = 30
	// maxWait bounds the countdown, in seconds: a site that asks for hours is not waited for by a window.
	maxWait = 600
)

// Next is the machine's one step.
func (m Machine) Next(s State, e Event) (State, []Effect) {
	s.Tried = slices.Clone(s.Tried)
	s.Witness = maps.Clone(s.Witness)
	if n, effects, ok := m.past(s, e); ok {
		return n, effects
	}
	if n, effects, ok := m.outage(s, e); ok {
		return n, effects
	}
	if n, effects, ok := m.people(s, e); ok {
		return n, effects
	}
	if n, effects, ok := m.exact(s, e); ok {
		return n, effects
	}
	if n, effects, ok := m.papers(s, e); ok {
		return n, effects
	}
	if n, effects, ok := m.aside(s, e); ok {
		return n, effects
	}
	switch e := e.(type) {
	case Submit:
		if s.Page != Address || s.Starting {
			return s, nil
		}
		s.Input, s.Refusal, s.Seen, s.Connection = e.Input, nil, "", false
		if checks.LooksLikeError(e.Input) {
			return s, []Effect{Explain{e.Input}}
		}
		return s, []Effect{Parse{e.Input}}
	case Example:
		if s.Page != Address || s.Starting {
			return s, nil
		}
		s.Starting, s.Refusal, s.Seen, s.Connection = true, nil, "", false
		return s, []Effect{StartExample{}}
	case Refused:
		s.Starting, s.Refusal = false, e.Err
		return s, nil
	case Understood:
		if s.Page != Address && s.Page != Explained {
			return s, nil
		}
		s.Starting, s.Refusal, s.Target = false, nil, e.Target
		s.Tried, s.Witness, s.Before, s.Now, s.Outside = nil, nil, Shown{}, Shown{}, false
		s = s.offPath()
		s.CheckHost = false
		return m.check(s, false)
	case Again:
		if s.Page != Verdict && s.Page != Result && (s.Page != Repair || s.Phase == Applying) {
			return s, nil
		}
		last := s.Now.Verdict
		s, effects := m.check(s, false)
		if last != nil && s.Running {
			s.Last = last.Cause
		}
		return s, effects
	case Got:
		return m.got(s, e)
	case Finished:
		return m.finished(s, e)
	case Ticked:
		n := max(1, e.Seconds)
		s, guarding := s.guardTicked(n)
		s, effects := m.ticked(s, n)
		return s, append(effects, guarding...)
	case Protection:
		return m.protection(s, e)
	case Stop:
		return m.stop(s)
	case Back:
		return m.back(s)
	case Leave:
		return m.leave(s, "")
	case Edit:
		return m.leave(s, s.Input)
	case Show:
		if s.Now.Verdict != nil && s.Page == Result {
			s.Page = Verdict
		}
		return s, nil
	}
	return m.repair(s, e)
}

// check starts a check of the target.
func (m Machine) check(s State, recheck bool) (State, []Effect) {
	s.Run++
	s.Last = ""
	s.Page, s.Running, s.Recheck, s.Stopped, s.Waited = Checking, true, recheck, false, 0
	s.Answered, s.PutBack, s.Undid, s.UndoError, s.Solved = false, false, "", nil, false
	s.Snap = checks.Snapshot{Path: waiting(s.Now.Path)}
	if recheck {
		s.Before = s.Now
	} else {
		s.Now = Shown{}
	}
	o := s.options()
	o.Outside = s.Outside || m.Outside != nil && m.Outside()
	o.CheckHost = s.CheckHost
	return s, []Effect{Check{s.Run, o}}
}

// options are those of every check of the target.
func (s State) options() checks.Options {
	return checks.Options{Target: s.Target, Witness: maps.Clone(s.Witness), Seen: s.Seen}
}

// waiting is the picture before anything is known: the stops known last time, all unknown, else the ordinary way.
func waiting(path []decide.Hop) []decide.Hop {
	if len(path) == 0 {
		return []decide.Hop{{Hop: decide.HopComputer, State: decide.StateUnknown}, {Hop: decide.HopRouter, State: decide.StateUnknown},
			{Hop: decide.HopProvider, State: decide.StateUnknown}, {Hop: decide.HopDNS, State: decide.StateUnknown},
			{Hop: decide.HopGateway, State: decide.StateUnknown}, {Hop: decide.HopOrigin, State: decide.StateUnknown}}
	}
	out := slices.Clone(path)
	for i := range out {
		out[i].State = decide.StateUnknown
	}
	return out
}

func (m Machine) got(s State, e Got) (State, []Effect) {
	if e.Run != s.Run || !s.Running {
		return s, nil
	}
	if len(e.Snapshot.Path) == 0 {
		e.Snapshot.Path = s.Snap.Path
	}
	s.Snap = e.Snapshot
	if s.Recheck || s.Page == Watch || e.Snapshot.Verdict == nil {
		return s, nil // after a step only the end counts: before and after must be equally sure
	}
	s.Now.Verdict, s.Now.Path = e.Snapshot.Verdict, e.Snapshot.Path
	s.Steps = m.path(s, *e.Snapshot.Verdict)
	nothing := e.Snapshot.Verdict.Provisional && e.Snapshot.Verdict.Cause == decide.Undetermined // "no cause was found" is for the end
	if s.Page == Checking && !s.Stopped && !nothing {
		s.Page = Verdict
	}
	return s, nil
}

func (m Machine) finished(s State, e Finished) (State, []Effect) {
	if e.Run != s.Run || !s.Running {
		return s, nil
	}
	s.Running = false
	if s.Page == Watch {
		return m.watched(s, e)
	}
	if e.Result == nil {
		if s.Page == Checking || s.Page == Verdict {
			if s.Recheck {
				s.Page, s.Phase, s.Failure = Repair, Failed, e.Err
				return s, nil
			}
			s.Page, s.Refusal = Address, e.Err
			if s.Stopped {
				s.Refusal = nil
			}
		}
		return s, nil
	}
	v := e.Result.Verdict
	v.Provisional = false
	s.Now = Shown{Verdict: &v, Path: e.Result.Path, Result: e.Result}
	s.Steps = m.path(s, v)
	if s.Page != Checking {
		return s, nil
	}
	s.Page = Verdict
	if !s.Recheck {
		return s, nil
	}
	if b := s.Before.Verdict; s.Answered && b != nil && (b.Side == decide.SideWorks || b.Cause != v.Cause) {
		return s, nil // nothing was changed, something was learnt: the new judgement is what counts
	}
	s.Page = Result
	return s.keepOrPutBack()
}

func (m Machine) ticked(s State, n int) (State, []Effect) {
	if s.Running {
		s.Waited += n
	}
	if s.Page == Watch {
		return s.watchTicked(n)
	}
	if s.Page == Repair && s.Phase == Counting {
		s.Left -= n
		if s.Left <= 0 {
			return m.recheck(s)
		}
	}
	return s, nil
}

func (m Machine) stop(s State) (State, []Effect) {
	switch {
	case s.Page == Repair && s.Phase == Counting:
		s.Phase = Ready
		return s, nil
	case s.Running:
		s.Stopped = true
		return s, []Effect{Cancel{}}
	}
	return s, nil
}

func (m Machine) back(s State) (State, []Effect) {
	switch s.Page {
	case Checking:
		if s.Recheck {
			s.Running, s.Recheck = false, false
			s.Run++
			s.Page = Repair
			if s.Phase == Counting || s.Phase == Applying {
				s.Phase = Ready
			}
			return s, []Effect{Cancel{}}
		}
		return m.leave(s, s.Input)
	case Verdict:
		return m.leave(s, s.Input)
	case Repair:
		if s.Phase == Applying {
			return s, nil // a change that has begun is not left half done
		}
		s.Page = Verdict
	case Result:
		s.Page = Verdict
	case Settings, Changes, Paste, Elsewhere:
		s.Page, s.Refusal = s.From, nil
	case Explained:
		return m.leave(s, "")
	case Watch:
		return s.unwatch()
	}
	return s, nil
}

// leave goes to the first page, with input in the field.
func (m Machine) leave(s State, input string) (State, []Effect) {
	if s.Page == Repair && s.Phase == Applying {
		return s, nil
	}
	var out []Effect
	if s.Running {
		out = append(out, Cancel{})
	}
	if s.Target.Example {
		out = append(out, StopExample{})
		input = ""
	}
	return State{Page: Address, Input: input, Run: s.Run + 1, Changes: s.Changes, Read: s.Read, Dismissed: s.Dismissed, Guard: s.Guard}, out
}

// repair handles the events of the repair page, and those that lead to it.
func (m Machine) repair(s State, e Event) (State, []Effect) {
	switch e := e.(type) {
	case Choose:
		if s.Now.Verdict == nil || !s.stepsFrom() {
			return s, nil
		}
		return m.begin(s, e)
	case Guide:
		if s.Now.Verdict == nil || !s.stepsFrom() {
			return s, nil
		}
		if e.Anew {
			s.Tried, s.Skipped, s.Told = nil, nil, nil
			s.Steps = m.path(s, *s.Now.Verdict)
		}
		return m.guided(s)
	case Skip:
		return m.skip(s)
	}
	if s.Page != Repair {
		return s, nil
	}
	switch e := e.(type) {
	case Planned:
		return m.planned(s, e)
	case Acted:
		return m.acted(s, e)
	case Act:
		return m.act(s)
	case Answer:
		return m.answered(s, e)
	}
	return s, nil
}

// stepsFrom tells whether a step can be begun on this page.
func (s State) stepsFrom() bool {
	return s.Page == Verdict || s.Page == Result || s.Page == Watch || s.Page == Repair && s.Phase != Applying
}

// begin opens a step.
func (m Machine) begin(s State, e Choose) (State, []Effect) {
	s.At = m.at(s, e)
	if e.ID != "" {
		e.Step, e.Fix, e.Arg = pageOf(s.At), s.At.Fix, s.At.Arg
	}
	s.Page, s.Step, s.Fix, s.Arg = Repair, e.Step, e.Fix, e.Arg
	s.Plan, s.Outcome, s.Failure, s.Auto = nil, nil, nil, false
	switch e.Step {
	case StepRefresh:
		s.Phase, s.Left = Counting, e.After
		if s.Left <= 0 {
			s.Left = waitFor(s.Now)
		}
		s.Left = min(s.Left, maxWait)
		return s, nil
	case StepCache:
		s.Fix, s.Arg = FixPrivateWindow, s.Target.URL
	case StepDNS:
		s.Fix, s.Arg = FixFlushDNS, ""
	case StepFirewall:
		s.Fix, s.Arg = FixSettings, ArgFirewall
		if s.At.ID == guide.Antivirus {
			s.Arg = argAntivirus
		}
	case StepOpen:
		s.Auto = e.ID == "" // a button that said so was pressed; in the path it is told first
		if s.Fix == FixOtherBrowser && s.Arg == "" {
			s.Arg = s.Target.URL
		}
	case StepDevice:
		s.Phase = Asking // nothing is done here: the person looks elsewhere
		return s, nil
	case StepAsk:
		s.Phase = Opened
		return s, nil
	}
	if s.Fix == "" || !m.has(s.Fix) {
		return m.byHand(s, Nothing), nil // it is said how
	}
	s.Phase = Loading
	return s, []Effect{ReadPlan{s.Step, s.Fix, s.Arg}}
}

// waitFor is the countdown that a verdict asks for.
func waitFor(now Shown) int {
	for _, a := range now.Verdict.Actions {
		if a.ID == decide.ActRetryLater && a.AfterS > 0 {
			return a.AfterS
		}
	}
	if now.Result != nil && now.Result.Gateway != nil && now.Result.Gateway.RetryAfterS != nil && *now.Result.Gateway.RetryAfterS > 0 {
		return *now.Result.Gateway.RetryAfterS
	}
	return DefaultWait
}

func (m Machine) planned(s State, e Planned) (State, []Effect) {
	if e.Step != s.Step || s.Phase != Loading || e.Fix != "" && (e.Fix != s.Fix || e.Arg != s.Arg) {
		return s, nil // of a step that was left
	}
	if e.Err != nil {
		if byHand, ok := s.forHands(e.Err); ok {
			return m.byHand(byHand, Failed), nil
		}
		s.Failure = e.Err
		return m.byHand(s, Failed), nil
	}
	s.Plan = &e.Plan
	switch {
	case e.Plan.Nothing:
		s.Phase = Nothing
	case s.Auto:
		s.Phase = Applying
		return s, []Effect{Apply{s.Step, e.Plan}}
	default:
		s.Phase = Ready
	}
	return s, nil
}

// byHand is where a step goes when the program cannot do it: the person can still look by themselves. otherwise is the phase where hands
// can do nothing.
func (m Machine) byHand(s State, otherwise Phase) State {
	s.Phase = otherwise
	switch s.Step {
	case StepCache:
		s.Phase = Asking
	case StepFirewall:
		s.Phase = Opened
		return m.guard(s)
	case StepHand:
		s.Phase = Opened
		if s.asked() {
			s.Phase = Asking
		}
	case StepOpen:
		if otherwise == Nothing {
			s.Phase = Opened
			if s.witness() != "" {
				s.Phase = Asking
			}
		}
	}
	return s
}

// asked tells whether the present step ends with a question about what the person sees.
func (s State) asked() bool {
	return s.witness() != "" || s.At.Test == guide.ByBrowser || s.At.Test == guide.ByAnswer
}

func (m Machine) acted(s State, e Acted) (State, []Effect) {
	if e.Step != s.Step || s.Phase != Applying {
		return s, nil
	}
	if e.Err != nil {
		s.Failure = e.Err
		return m.byHand(s, Failed), nil
	}
	s.Outcome = &e.Outcome
	if s.asked() {
		s.Phase = Asking
		return s, nil
	}
	switch s.Step {
	case StepFirewall:
		s.Phase = Opened
		return m.guard(s), nil
	case StepOpen, StepHand:
		s.Phase = Opened
	default:
		return m.recheck(s)
	}
	return s, nil
}

// act is the main button of the step.
func (m Machine) act(s State) (State, []Effect) {
	switch s.Phase {
	case Ready:
		if s.Step == StepRefresh {
			return m.recheck(s)
		}
		if s.Plan == nil {
			return s, nil
		}
		s.Phase = Applying
		return s, []Effect{Apply{s.Step, *s.Plan}}
	case Counting, Opened:
		if s.Step == StepAsk {
			return s, nil
		}
		return m.recheck(s)
	case Nothing, Failed:
		return m.repair(s, Skip{})
	}
	return s, nil
}

// recheck ends a step: the same checks run again.
func (m Machine) recheck(s State) (State, []Effect) {
	s.Tried = tried(s.Tried, s.At.ID)
	return m.check(s, true)
}

func tried(list []guide.ID, id guide.ID) []guide.ID {
	if id == "" || slices.Contains(list, id) {
		return list
	}
	return append(slices.Clone(list), id)
}
