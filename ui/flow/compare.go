// This file compares what was seen before a step with what is seen after it.

package flow

import (
	"strings"

	"passerelle/checks/decide"
)

// Change is what a step changed.
type Change string

// The changes. Better: what was broken is well, and something else is not (two faults are common).
const (
	Fixed  Change = "fixed"
	Better Change = "better"
	Same   Change = "same"
	Worse  Change = "worse"
	Unsure Change = "unsure" // the second check was stopped, or found nothing certain
)

// Compare tells what changed for the person. Only a site that works counts as mended. Otherwise it is the stop that the step was for
// that counts, not the first one that is broken now: a proxy that is off can show that a line of the hosts file, which nobody asked while
// the proxy answered for it, is wrong too.
func Compare(before, after Shown) Change {
	if after.Verdict == nil || after.Result != nil && after.Result.Stopped {
		return Unsure
	}
	if after.Verdict.Side == decide.SideWorks {
		return Fixed
	}
	if before.Verdict == nil {
		return Unsure
	}
	was, is := brokenAt(before.Path), brokenAt(after.Path)
	switch {
	case before.Verdict.Side == decide.SideWorks:
		return Worse
	case was < 0 || is < 0:
		if after.Verdict.Cause == before.Verdict.Cause {
			return Same
		}
		return Unsure
	}
	stop := before.Path[was].Hop
	switch {
	case after.Path[is].Hop == stop:
		if another(*before.Verdict, *after.Verdict, stop) {
			return Better
		}
		return Same
	case well(after.Path, stop), order[after.Path[is].Hop] > order[stop]:
		return Better
	}
	return Worse
}

// another tells whether what is wrong at a stop now is another fault than before, and the one before is gone.
func another(before, after decide.Verdict, stop decide.HopID) bool {
	if before.Cause == after.Cause {
		return fixArg(before) != fixArg(after) // one rule of the firewall is off, and a second one blocks too
	}
	// This computer's faults are each read by themselves (a line, a rule, a memory): none turns into another, there were two. The name
	// service's are not: a server that no longer answers is no better than one that denied the name. Once it is the site whose name has no
	// address, the name service itself is well.
	return stop == decide.HopComputer || stop == decide.HopDNS && before.Side != decide.SideSite && after.Side == decide.SideSite
}

// fixArg is what the first fix of a verdict would change. A firewall's rule that was loaded anew has another handle, and is the same rule.
func fixArg(v decide.Verdict) string {
	for _, a := range v.Actions {
		if a.ID == decide.ActFix {
			arg, _, _ := strings.Cut(a.Arg, " # handle ")
			return arg
		}
	}
	return ""
}

// well tells whether a stop is known to be in order, or is no longer on the way: a proxy or a VPN that is off.
func well(path []decide.Hop, stop decide.HopID) bool {
	for _, h := range path {
		if h.Hop == stop {
			return h.State == decide.StateOK
		}
	}
	return true
}

// brokenAt is the index of the first problem of the picture, -1 for none.
func brokenAt(path []decide.Hop) int {
	for i, h := range path {
		if h.State == decide.StateProblem {
			return i
		}
	}
	return -1
}

// order is how far each stop is from the person.
var order = map[decide.HopID]int{
	decide.HopComputer: 0, decide.HopProxy: 1, decide.HopVPN: 2, decide.HopRouter: 3, decide.HopProvider: 4, decide.HopDNS: 5,
	decide.HopGateway: 6, decide.HopOrigin: 7,
}
