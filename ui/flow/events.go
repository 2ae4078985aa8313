// This file lists what can happen, and what the flow can ask for outside.

package flow

import (
	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
)

// Event is something that happened.
type Event interface{ event() }

// What the person does.
type (
	// Submit asks for a check of what was typed.
	Submit struct{ Input string }
	// Example asks for the built-in practice site.
	Example struct{}
	// Stop ends the running check, or the running countdown.
	Stop struct{}
	// Back is the way back: Esc, the button on the left.
	Back struct{}
	// Again checks the same address once more: F5.
	Again struct{}
	// Choose goes to the repair page, at a step of the guided path (ID), or at a kind of page. Fix and Arg are for StepOther and StepOpen.
	Choose struct {
		ID       guide.ID
		Step     Step
		Fix, Arg string
		After    int // seconds to wait, for StepRefresh; 0: as the site asks, else 30
	}
	// Guide goes to the repair page, at the first step that was not tried. Anew: all of them are tried again.
	Guide struct{ Anew bool }
	// Act presses the main button of the step.
	Act struct{}
	// Answer tells what was seen in the place where the step sent the person: SawOpens, SawSame, SawOther.
	Answer struct{ Saw string }
	// Edit goes back to the address, to look at its spelling.
	Edit struct{}
	// Skip goes on to the next step.
	Skip struct{}
	// Show goes from the result to the verdict.
	Show struct{}
	// Leave goes back to an empty first page.
	Leave struct{}
)

// What comes from outside.
type (
	// Understood is the answer to Parse.
	Understood struct{ Target checks.Target }
	// Refused is the other answer to Parse, and the answer where the example could not be started.
	Refused struct{ Err error }
	// Got is a report of a running check.
	Got struct {
		Run      int
		Snapshot checks.Snapshot
	}
	// Finished is the end of a check.
	Finished struct {
		Run    int
		Result *checks.Result
		Err    error
	}
	// Planned is the answer to ReadPlan.
	Planned struct {
		Step     Step
		Fix, Arg string // as they were asked for; empty: not looked at
		Plan     fix.Plan
		Err      error
	}
	// Acted is the answer to Apply.
	Acted struct {
		Step    Step
		Outcome Outcome
		Err     error
	}
	// Ticked is a second gone, or more where the computer was asleep. 0 counts as one.
	Ticked struct{ Seconds int }
)

func (Submit) event()     {}
func (Example) event()    {}
func (Stop) event()       {}
func (Back) event()       {}
func (Again) event()      {}
func (Choose) event()     {}
func (Guide) event()      {}
func (Act) event()        {}
func (Answer) event()     {}
func (Edit) event()       {}
func (Skip) event()       {}
func (Show) event()       {}
func (Leave) event()      {}
func (Understood) event() {}
func (Refused) event()    {}
func (Got) event()        {}
func (Finished) event()   {}
func (Planned) event()    {}
func (Acted) event()      {}
func (Ticked) event()     {}

// Effect is something to be done outside.
type Effect interface{ effect() }

// The effects.
type (
	// Parse the input: Understood or Refused.
	Parse struct{ Input string }
	// StartExample starts the practice site: Understood or Refused.
	StartExample struct{}
	// StopExample ends it.
	StopExample struct{}
	// Check runs a check, and ends the one before it: Got, Finished.
	Check struct {
		Run     int
		Options checks.Options
	}
	// Cancel ends the running check.
	Cancel struct{}
	// ReadPlan asks what a fix would do: Planned.
	ReadPlan struct {
		Step     Step
		Fix, Arg string
	}
	// Apply does what was planned: Acted.
	Apply struct {
		Step Step
		Plan fix.Plan
	}
)

func (Parse) effect()        {}
func (StartExample) effect() {}
func (StopExample) effect()  {}
func (Check) effect()        {}
func (Cancel) effect()       {}
func (ReadPlan) effect()     {}
func (Apply) effect()        {}
