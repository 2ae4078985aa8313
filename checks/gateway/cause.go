package gateway

// This file turns who wrote it and what failed into a cause, by the contract's table.

import (
	"slices"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// Cause is what such an answer means, and how sure one look at it can make us. It knows nothing of repeats, other addresses or
// witnesses: who has those may only lower the certainty, or raise it to what they prove. A nil gateway is no fault.
func Cause(g *facts.Gateway) (decide.Cause, decide.Certainty) {
	if g == nil {
		return decide.Works, decide.Certain
	}
	named := decide.Certain
	if g.Product == unknown {
		named = decide.Likely
	}
	switch g.WrittenBy {
	case facts.ByPortal:
		if g.Product == unknown {
			return decide.CaptivePortal, decide.Possible
		}
		return decide.CaptivePortal, named
	case facts.ByFilter:
		return decide.PageReplaced, decide.Likely
	case facts.ByProxy:
		return decide.ProxyBroken, named
	}
	if g.Kind == kindChallenge {
		return decide.RefusedVisitor, decide.Likely
	}
	if g.Status < 400 {
		return byFailure(g)
	}
	switch s := g.Status; s {
	case 401:
		return decide.Works, decide.Certain // the site asks who you are
	case 403, 451:
		if g.RealStatus >= 500 && g.RealStatus < 600 || g.Failure == failMaintenance {
			return byFailure(g)
		}
		if g.Failure == failRate {
			return decide.RateLimited, decide.Likely
		}
		return decide.RefusedVisitor, decide.Likely
	case 404, 410:
		return decide.PageNotFound, decide.Certain
	case 407:
		return decide.ProxyBroken, named
	case 408:
		if g.WrittenBy == facts.ByOrigin {
			return decide.ServerError, decide.Likely
		}
		return decide.GatewayTimeout, named
	case 429:
		return decide.RateLimited, decide.Likely
	case 511:
		return decide.CaptivePortal, named
	}
	if g.Status < 500 {
		if g.Kind == kindBlock {
			return decide.RefusedVisitor, decide.Likely
		}
		return decide.ServerError, decide.Likely
	}
	// A block or a limit that wears a 5xx is what it says, not what it wears.
	if g.Kind == kindBlock && g.Failure == failBlocked {
		return decide.RefusedVisitor, decide.Likely
	}
	if g.Failure == failRate && g.Product != "nginx" && g.Product != "ingress-nginx" {
		return decide.RateLimited, decide.Likely
	}
	status := g.Status
	if status == 500 && g.RealStatus >= 500 && g.RealStatus < 600 {
		status = g.RealStatus
	}
	switch status {
	case 502, 520, 521, 523, 525, 526:
		return decide.BadGateway, decide.Certain
	case 530:
		if g.Failure == failCrash {
			return decide.ServerError, decide.Certain // the edge's own program
		}
		return decide.BadGateway, decide.Certain
	case 504, 522, 524, 598, 599:
		return decide.GatewayTimeout, decide.Certain
	case 503, 529:
		return decide.Unavailable, decide.Certain
	case 501, 505, 527:
		return decide.ServerError, decide.Certain
	}
	if edgeFailure(g) {
		return byFailure(g)
	}
	return decide.ServerError, decide.Certain
}

// edgeFailure tells whether a gateway reports that it could not use what stands behind it.
func edgeFailure(g *facts.Gateway) bool {
	return (g.WrittenBy == facts.ByGateway || g.WrittenBy == facts.ByEdge) &&
		slices.Contains([]string{failRefused, failTimeout, failInvalid, failClosed, failDNS, failTLS, failNoUpstream}, g.Failure)
}

// byFailure judges a page by what it says where its status says nothing, or something else.
func byFailure(g *facts.Gateway) (decide.Cause, decide.Certainty) {
	switch g.RealStatus {
	case 503:
		return decide.Unavailable, decide.Likely
	case 504, 522, 524:
		return decide.GatewayTimeout, decide.Likely
	}
	switch g.Failure {
	case failRefused, failInvalid, failClosed, failDNS, failTLS:
		return decide.BadGateway, decide.Likely
	case failTimeout:
		return decide.GatewayTimeout, decide.Likely
	case failNoUpstream, failOverloaded, failMaintenance:
		if g.RealStatus == 0 && g.Status >= 400 && g.Status != 403 && g.Status != 503 && g.Failure == failNoUpstream {
			return decide.BadGateway, decide.Likely // such a page with another status than 503
		}
		return decide.Unavailable, decide.Likely
	case failNoSite:
		return decide.PageNotFound, decide.Likely
	case failCrash:
		return decide.ServerError, decide.Likely
	case failRate:
		return decide.RateLimited, decide.Likely
	case failBlocked:
		return decide.RefusedVisitor, decide.Likely
	case failPortal:
		return decide.CaptivePortal, decide.Possible
	}
	if s := g.RealStatus; s >= 400 {
		h := *g
		h.Status, h.RealStatus = s, 0
		c, _ := Cause(&h)
		return c, decide.Likely
	}
	return decide.ServerError, decide.Possible
}

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
