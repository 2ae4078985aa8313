package decide

// This file turns who wrote a page and what failed behind it into a cause, by the contract's table.

import (
	"slices"

	"passerelle/checks/facts"
)

// PageCause is what such an answer means, and how sure one look at it can make us. It knows nothing of repeats, other addresses or
// witnesses: who has those may only lower the certainty, or raise it to what they prove. A nil gateway is no fault.
func PageCause(g *facts.Gateway) (Cause, Certainty) {
	if g == nil {
		return Works, Certain
	}
	named := Certain
	if g.Product == facts.FailUnknown {
		named = Likely
	}
	switch g.WrittenBy {
	case facts.ByPortal:
		if g.Product == facts.FailUnknown {
			return CaptivePortal, Possible
		}
		return CaptivePortal, named
	case facts.ByFilter:
		return PageReplaced, Likely
	case facts.ByProxy:
		return ProxyBroken, named
	}
	if g.Kind == facts.KindChallenge {
		return RefusedVisitor, Likely
	}
	if g.Status < 400 {
		return byFailure(g)
	}
	switch s := g.Status; s {
	case 401:
		return Works, Certain // the site asks who you are
	case 403, 451:
		if g.RealStatus >= 500 && g.RealStatus < 600 || g.Failure == facts.FailMaintenance {
			return byFailure(g)
		}
		if g.Failure == facts.FailRate {
			return RateLimited, Likely
		}
		return RefusedVisitor, Likely
	case 404, 410:
		return PageNotFound, Certain
	case 407:
		return ProxyBroken, named
	case 408:
		if g.WrittenBy == facts.ByOrigin {
			return ServerError, Likely
		}
		return GatewayTimeout, named
	case 429:
		return RateLimited, Likely
	case 511:
		return CaptivePortal, named
	}
	if g.Status >= 600 {
		return InvalidAnswer, Likely // RFC 9110 §15: no such class of status
	}
	if g.Status < 500 {
		if g.Kind == facts.KindBlock {
			return RefusedVisitor, Likely
		}
		return ServerError, Likely
	}
	// A block or a limit that wears a 5xx is what it says, not what it wears.
	if g.Kind == facts.KindBlock && g.Failure == facts.FailBlocked {
		return RefusedVisitor, Likely
	}
	if g.Failure == facts.FailRate && g.Product != "nginx" && g.Product != "ingress-nginx" {
		return RateLimited, Likely
	}
	status := g.Status
	if status == 500 && g.RealStatus >= 500 && g.RealStatus < 600 {
		status = g.RealStatus
	}
	switch status {
	case 502, 520, 521, 523, 525, 526:
		return BadGateway, Certain
	case 530:
		if g.Failure == facts.FailCrash {
			return ServerError, Certain // the edge's own program
		}
		return BadGateway, Certain
	case 504, 522, 524, 598, 599:
		return GatewayTimeout, Certain
	case 503, 529:
		return Unavailable, Certain
	case 501, 505, 527:
		return ServerError, Certain
	}
	if edgeFailure(g) {
		return byFailure(g)
	}
	return ServerError, Certain
}

// edgeFailure tells whether a gateway reports that it could not use what stands behind it.
func edgeFailure(g *facts.Gateway) bool {
	return (g.WrittenBy == facts.ByGateway || g.WrittenBy == facts.ByEdge) &&
		slices.Contains([]string{facts.FailRefused, facts.FailTimeout, facts.FailInvalid, facts.FailClosed, facts.FailDNS, facts.FailTLS, facts.FailNoUpstream}, g.Failure)
}

// byFailure judges a page by what it says where its status says nothing, or something else.
func byFailure(g *facts.Gateway) (Cause, Certainty) {
	switch g.RealStatus {
	case 503:
		return Unavailable, Likely
	case 504, 522, 524:
		return GatewayTimeout, Likely
	}
	switch g.Failure {
	case facts.FailRefused, facts.FailInvalid, facts.FailClosed, facts.FailDNS, facts.FailTLS:
		return BadGateway, Likely
	case facts.FailTimeout:
		return GatewayTimeout, Likely
	case facts.FailNoUpstream, facts.FailOverloaded, facts.FailMaintenance:
		if g.RealStatus == 0 && g.Status >= 400 && g.Status != 403 && g.Status != 503 && g.Failure == facts.FailNoUpstream {
			return BadGateway, Likely // such a page with another status than 503
		}
		return Unavailable, Likely
	case facts.FailNoSite:
		return PageNotFound, Likely
	case facts.FailCrash:
		return ServerError, Likely
	case facts.FailRate:
		return RateLimited, Likely
	case facts.FailBlocked:
		return RefusedVisitor, Likely
	case facts.FailPortal:
		return CaptivePortal, Possible
	}
	if s := g.RealStatus; s >= 400 {
		h := *g
		h.Status, h.RealStatus = s, 0
		c, _ := PageCause(&h)
		return c, Likely
	}
	return ServerError, Possible
}

// Explain judges a page on its own, without any check: a saved page, a pasted sentence. One look supports nothing certain. A text that
// is no error at all is Works; a code that browsers write by themselves says only that the browser got no answer.
func Explain(g *facts.Gateway, browserCode bool) Verdict {
	v := Verdict{Cause: Works, Certainty: Likely, Rule: "explain"}
	switch {
	case g != nil:
		v.Cause, v.Certainty = PageCause(g)
		if v.Certainty == Certain {
			v.Certainty = Likely
		}
	case browserCode:
		v.Cause, v.Certainty = Undetermined, Possible
	}
	v.Side = SideOf(v.Cause)
	f := &facts.Facts{}
	if g != nil {
		f.Chain = &facts.Chain{Done: true, Exchanges: []facts.Exchange{{Done: true, HTTP: &facts.HTTP{Status: g.Status, Gateway: g, Done: true}}}}
	}
	w := newView(f)
	if g != nil {
		v.Detail = pageDetail(w)
	}
	v.Vars = w.vars(v.Cause)
	v.Actions = w.actions(&v)
	return v
}
