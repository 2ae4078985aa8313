package checks

import (
	"context"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/probe"
)

// A check that was disturbed in its middle proves nothing about the site: the cable was pulled, or the computer slept. It is made once
// more, from the start, instead of blaming somebody for a silence that was our own.

const (
	// sleptFor: the loop wakes at least once a second; a longer gap on the wall's clock means that the computer, or this program, slept.
	// Five times that, so that a machine under heavy load is not taken for one that slept.
	sleptFor = 5 * time.Second
	// tooShortToLose: in a check that ended sooner than this the links were read a moment ago.
	tooShortToLose = 1500 * time.Millisecond
	// againAwake is what the second check gets after a sleep, even where the first one used the time up: the time that was given passed
	// while nobody waited.
	againAwake = 4 * time.Second
	// againAtLeast is what it gets where the link was lost at the very end: to read that there is none takes a tenth of it. What was given
	// (--timeout) bounds everything but this.
	againAtLeast = 300 * time.Millisecond
)

// woken notes that the loop turns, and whether the computer slept since it turned last.
func (r *run) woken() {
	now := time.Now().Round(0) // the wall's clock: the other one stands still while the computer sleeps
	if !r.turned.IsZero() && now.Sub(r.turned) > sleptFor {
		r.slept = true
	}
	r.turned = now
}

// disturbed tells whether this verdict rests on what happened while the computer slept or lost its link.
func (r *run) disturbed(v decide.Verdict) bool {
	switch {
	case r.second || v.Side == decide.SideWorks || r.onThisComputer():
		return false
	case r.slept:
		return true
	case time.Since(r.start) < tooShortToLose || v.Cause == decide.NoConnection || !r.f.System.LinksDone:
		return false
	}
	now := r.sys.Quick()
	return decide.NoLink(&r.f) == facts.No && decide.NoLink(&facts.Facts{System: now}) == facts.Yes
}

// anew makes the check once more.
func (r *run) anew(parent context.Context) *Result {
	opt := r.opt
	least := againAtLeast
	if r.slept {
		least = againAwake
	}
	opt.Timeout = max(opt.Timeout-time.Since(r.start), least)
	n := newRun(opt, probe.New(), r.sys)
	n.second = true
	r.contactsMu.Lock()
	n.contacts = append(n.contacts, r.contacts...) // they were contacted all the same
	r.contactsMu.Unlock()
	return n.diagnose(parent, r.report)
}
