package ui

// What the flow asks for outside, done: off the UI goroutine, with one dispatch per result.

import (
	"context"
	"fmt"

	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/history"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// do carries out one effect.
func (s *Shell) do(e flow.Effect) {
	switch e := e.(type) {
	case flow.Parse:
		t, err := s.deps.Parse(e.Input) // no I/O: at once
		if err != nil {
			s.Send(flow.Refused{Err: err})
			return
		}
		s.Send(flow.Understood{Target: t})
	case flow.ParseExact:
		if s.deps.ParseExact == nil {
			return
		}
		if t, err := s.deps.ParseExact(e.Input); err == nil { // it was read once already
			s.Send(flow.UnderstoodExact{Target: t})
		}
	case flow.StartExample:
		s.startPractice()
	case flow.StopExample:
		s.stopPractice()
	case flow.Check:
		s.check(e)
	case flow.Cancel:
		if s.cancel != nil {
			s.cancel()
		}
	case flow.Explain:
		s.Send(flow.Meaning{Pasted: s.meaning(e.Text)}) // no I/O: at once
	case flow.ListChanges:
		s.listChanges()
	case flow.Undo:
		s.undo(e.ID)
	case flow.Remember, flow.Forget, flow.ReadSaved, flow.ReadDropped:
		s.past(e)
	case flow.ReadPeople, flow.KeepPerson, flow.ForgetPerson, flow.FindOwner:
		s.people(e)
	case flow.Recount, flow.KeepParts, flow.WriteIncident:
		s.outage(e)
	case flow.CodeShown:
		s.note(string(e.To), history.ByCode)
	case flow.Write, flow.HandOut:
		s.paper(e)
	case flow.Attract:
		if s.deps.Attract != nil {
			s.deps.Attract()
		}
	case flow.ReadProtection:
		s.readProtection()
	case flow.Notify:
		s.notice(e.Key, e.Vars)
	case flow.ReadPlan:
		result := s.state.Now.Result
		go func() {
			var p fix.Plan
			err := safely(func() (err error) { p, err = s.deps.Plan(s.base, e.Fix, e.Arg, result); return err })
			s.deps.Dispatch(func() { s.Send(flow.Planned{Step: e.Step, Fix: e.Fix, Arg: e.Arg, Plan: p, Err: err}) })
		}()
	case flow.Apply:
		result := s.state.Now.Result
		// A change that has begun is not cut off by the window's end: it has its own deadlines.
		ctx, w := context.WithoutCancel(s.base), s.words
		go func() {
			var o flow.Outcome
			err := safely(func() (err error) { o, err = s.deps.Apply(ctx, e.Plan, result, w); return err })
			s.deps.Dispatch(func() { s.Send(flow.Acted{Step: e.Step, Outcome: o, Err: err}) })
		}()
	}
}

// check runs a check, and ends the one before it.
func (s *Shell) check(e flow.Check) {
	if s.cancel != nil {
		s.cancel()
	}
	ctx, cancel := context.WithCancel(s.base)
	s.cancel = cancel
	box := &mailbox{}
	go func() {
		defer cancel()
		var r *checks.Result
		err := safely(func() (err error) {
			r, err = s.deps.Diagnose(ctx, e.Options, func(sn checks.Snapshot) {
				if box.put(sn) {
					s.deps.Dispatch(func() { s.Send(flow.Got{Run: e.Run, Snapshot: box.take()}) })
				}
			})
			return err
		})
		if err == nil && r == nil {
			err = fmt.Errorf("checking %s: no result", e.Options.Target.Host)
		}
		s.deps.Dispatch(func() {
			was := s.state
			s.Send(flow.Finished{Run: e.Run, Result: r, Err: err})
			s.keep(was, e.Run, r)
		})
	}()
}

// safely turns a panic of the work into an error: the window stays, and says that it did not work.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the program stumbled: %v", r)
		}
	}()
	return f()
}

func (s *Shell) startPractice() {
	if s.deps.Practice == nil {
		return
	}
	s.stopPractice()
	go func() {
		site, err := s.deps.Practice(s.base)
		var t checks.Target
		if err == nil {
			t, err = s.deps.Parse(site.URL())
			t.Example = true
		}
		s.deps.Dispatch(func() {
			switch {
			case err != nil:
				if site != nil {
					_ = site.Close() // the error that matters is the first one
				}
				s.Send(flow.Refused{Err: err})
			case s.closed || !s.state.Starting:
				_ = site.Close() // the person has gone elsewhere meanwhile
			default:
				s.practice = site
				s.Send(flow.Understood{Target: t})
			}
		})
	}()
}

func (s *Shell) stopPractice() {
	if s.practice != nil {
		_ = s.practice.Close() // it serves this window only: nothing is lost
		s.practice = nil
	}
}

func (s *Shell) planText(p fix.Plan) screens.PlanText {
	if s.deps.PlanText == nil {
		return screens.PlanText{Title: p.Fix}
	}
	return s.deps.PlanText(p, s.words)
}
