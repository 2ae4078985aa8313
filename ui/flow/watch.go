// This file waits until a site is back: polite tries, further and further apart, until it answers well twice in a row.

package flow

import (
	"passerelle/checks/decide"
	"passerelle/checks/guide"
)

// Waiting is how the waiting stands.
type Waiting struct {
	Left    int // seconds to the next try
	Total   int // seconds between the last try and the next
	Tries   int // tries made
	Good    int // good answers in a row
	Elapsed int // seconds since it began
	Over    bool
	Last    *decide.Verdict // what the last try said; nil: none yet
}

const (
	// watchFor is how long we wait at most, seconds: after a day the person has given up, and a program that asks on for ever is rude.
	watchFor = 24 * 3600
	// goodInRow is how many good answers make a site that is back: one may come from the one machine of many that works.
	goodInRow = 2
	// goodAfter is how soon a good answer is asked for again, seconds.
	goodAfter = 10
)

// watchDelays are the seconds before each try; the last one repeats. Half a minute is what most restarts need; five minutes are
// polite for as long as it lasts.
var watchDelays = []int{30, 60, 120, 300}

// StartWatch asks to be told when the site is back.
type StartWatch struct{}

func (StartWatch) event() {}

// Attract brings the window to the person's notice.
type Attract struct{}

func (Attract) effect() {}

// watch begins to wait.
func (s State) watch() (State, []Effect) {
	if s.Now.Verdict == nil || s.Running || !s.stepsFrom() || s.Page == Watch && !s.Wait.Over {
		return s, nil
	}
	s.Before, s.Outcome, s.Step, s.Fix, s.Answered = s.Now, nil, StepRefresh, "", false
	s.At, s.Solved = guide.Step{ID: guide.Reload}, false
	s.Page, s.Wait = Watch, Waiting{}
	s.Wait.pause(max(watchDelays[0], asked(s.Now)))
	return s, nil
}

// asked is how long the site asks to be left alone, seconds (Retry-After, RFC 9110 §10.2.3); 0: it does not say.
func asked(now Shown) int {
	if now.Result != nil && now.Result.Gateway != nil && now.Result.Gateway.RetryAfterS != nil {
		return max(0, *now.Result.Gateway.RetryAfterS)
	}
	return 0
}

func (w *Waiting) pause(seconds int) { w.Left, w.Total = seconds, seconds }

// watchTicked is n seconds of waiting.
func (s State) watchTicked(n int) (State, []Effect) {
	if s.Wait.Over {
		return s, nil
	}
	s.Wait.Elapsed += n
	if s.Running {
		return s, nil
	}
	if s.Wait.Elapsed >= watchFor {
		s.Wait.Over = true
		return s, []Effect{Attract{}}
	}
	if s.Wait.Left -= n; s.Wait.Left > 0 {
		return s, nil
	}
	return s.try()
}

// try asks now.
func (s State) try() (State, []Effect) {
	s.Run++
	s.Running, s.Stopped, s.Waited, s.Wait.Left = true, false, 0, 0
	s.Snap.Path = s.Now.Path
	return s, []Effect{Check{s.Run, s.options()}}
}

// watched takes the end of a try.
func (m Machine) watched(s State, e Finished) (State, []Effect) {
	s.Wait.Tries++
	if e.Result == nil {
		s.Wait.Good = 0
		s.Wait.pause(watchDelays[min(s.Wait.Tries, len(watchDelays)-1)])
		return s, nil
	}
	v := e.Result.Verdict
	v.Provisional = false
	now := Shown{Verdict: &v, Path: e.Result.Path, Result: e.Result}
	s.Wait.Last = &v
	s.Now = now
	s.Steps = m.path(s, v)
	if v.Side != decide.SideWorks {
		s.Wait.Good = 0
		s.Wait.pause(max(watchDelays[min(s.Wait.Tries, len(watchDelays)-1)], asked(now)))
		return s, nil
	}
	if s.Wait.Good++; s.Wait.Good < goodInRow {
		s.Wait.pause(goodAfter)
		return s, nil
	}
	s.Page, s.Recheck = Result, true
	s.Tried = tried(s.Tried, guide.Reload)
	return s, []Effect{Attract{}}
}

// unwatch ends the waiting.
func (s State) unwatch() (State, []Effect) {
	s.Page = Verdict
	if !s.Running {
		return s, nil
	}
	s.Running = false
	s.Run++
	return s, []Effect{Cancel{}}
}
