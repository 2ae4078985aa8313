// This file asks the very page of an address that looks private or one-time, after the person's yes. Each yes is for one check: trying
// again, waiting and every check after a step ask the first page only, as before.

package flow

import "passerelle/checks"

// AskExact is the yes.
type AskExact struct{}

// UnderstoodExact is the answer to ParseExact.
type UnderstoodExact struct{ Target checks.Target }

// ParseExact reads the input again, nothing left out: UnderstoodExact.
type ParseExact struct{ Input string }

func (AskExact) event()        {}
func (UnderstoodExact) event() {}
func (ParseExact) effect()     {}

// Shortened tells whether only the first page was asked, and the very page can be: the address still stands in the field.
func (s State) Shortened() bool {
	return s.Page == Verdict && !s.Running && s.Input != "" && s.Now.Result != nil && s.Now.Result.Target.Shortened &&
		s.Now.Result.Target.Host == s.Target.Host
}

// exact takes the two events of this file; ok is false for all others.
func (m Machine) exact(s State, e Event) (_ State, _ []Effect, ok bool) {
	switch e := e.(type) {
	case AskExact:
		if !s.Shortened() {
			return s, nil, true
		}
		return s, []Effect{ParseExact{s.Input}}, true
	case UnderstoodExact:
		if !s.Shortened() || e.Target.Host != s.Target.Host {
			return s, nil, true
		}
		s, effects := m.check(s, false)
		for i, x := range effects {
			if c, is := x.(Check); is {
				c.Options.Target, c.Options.Exact = e.Target, true
				effects[i] = c
			}
		}
		return s, effects, true
	}
	return s, nil, false
}
