// This file has what the person sees elsewhere: a private window, another browser, a phone. It is a fact like any other.

package flow

import "passerelle/checks/guide"

// Where the person looked (CONTRACT.md, --witness).
const (
	WitnessPrivate = "private-window"
	WitnessBrowser = "other-browser"
	WitnessPhone   = "phone"
)

// What was seen there.
const (
	SawOpens = guide.Opens
	SawSame  = guide.Same
	SawOther = guide.Fails // it does not open, in another way
)

// StepDevice looks at the site from a phone, without this network.
const StepDevice Step = "device"

// witness is where the present step lets the person look; "" it does not.
func (s State) witness() string {
	switch {
	case s.At.Test == guide.ByWitness:
		return s.At.Witness
	case s.Step == StepCache:
		return WitnessPrivate
	case s.Step == StepOpen && s.Fix == FixOtherBrowser:
		return WitnessBrowser
	case s.Step == StepDevice:
		return WitnessPhone
	}
	return ""
}

// Witnessed is what the person saw at the place of the present step before; "" not asked yet.
func (s State) Witnessed() string { return s.Witness[s.witness()] }

// answered takes what was seen; the site is judged again with it.
func (m Machine) answered(s State, e Answer) (State, []Effect) {
	where := s.witness()
	if s.Phase != Asking || !s.asked() {
		return s, nil
	}
	switch e.Saw {
	case SawOpens, SawSame, SawOther:
	default:
		return s, nil
	}
	if where == "" {
		return m.looked(s, e.Saw)
	}
	if s.Witness == nil {
		s.Witness = map[string]string{}
	}
	s.Witness[where] = e.Saw
	s, effects := m.recheck(s)
	s.Answered = true
	return s, effects
}
