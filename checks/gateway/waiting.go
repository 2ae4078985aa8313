package gateway

// This file tells whether waiting can help.

import "passerelle/checks/facts"

// Times to wait where nobody says how long: the usual restart of a program, and the usual work on a site.
const (
	waitRestart = 30
	waitLimit   = 60
	waitWork    = 600
)

// Waiting tells whether waiting can help, and how many seconds make sense before the next try.
func Waiting(g *facts.Gateway) (helps bool, seconds int) {
	if g == nil {
		return false, 0
	}
	wait := waitRestart
	switch g.Failure {
	case failRefused, failTimeout, failInvalid, failClosed, failOverloaded, failNoUpstream:
	case failMaintenance:
		wait = waitWork
	case failRate:
		wait = waitLimit
	case failUnknown, failCrash:
		if g.Status < 500 {
			return false, 0
		}
	default: // somebody must change something: a name, a certificate, a rule
		return false, 0
	}
	if g.WrittenBy == facts.ByProxy || g.WrittenBy == facts.ByFilter || g.WrittenBy == facts.ByPortal {
		return false, 0
	}
	if g.RetryAfterS != nil {
		wait = *g.RetryAfterS
	}
	return true, wait
}
