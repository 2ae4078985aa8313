// This file compares what was seen before a step with what is seen after it.

package flow

import "passerelle/checks/decide"

// Change is what a step changed.
type Change string

// The changes. Better: the place that was broken works, and another one further on does not (two faults are common).
const (
	Fixed  Change = "fixed"
	Better Change = "better"
	Same   Change = "same"
	Worse  Change = "worse"
	Unsure Change = "unsure" // the second check was stopped, or found nothing certain
)

// Compare tells what changed for the person. Only a site that works counts as mended.
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
	case before.Path[was].Hop == after.Path[is].Hop:
		return Same
	case order[after.Path[is].Hop] > order[before.Path[was].Hop]:
		return Better
	}
	return Worse
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
