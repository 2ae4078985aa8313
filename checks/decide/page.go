package decide

import "passerelle/checks/facts"

// PageCause says what an error page means, by the contract's table; Undetermined for a page that is none. How sure it is, as far as
// the page alone can tell: our own request may be refused where the browser is let in, so blocks, limits and refusals of a plain GET
// are at most Likely.
func PageCause(g *facts.Gateway) (Cause, Certainty) {
	if g == nil {
		return Undetermined, Possible
	}
	switch g.WrittenBy {
	case facts.ByProxy:
		return ProxyBroken, Certain
	case facts.ByPortal:
		return CaptivePortal, Likely
	case facts.ByFilter:
		return PageReplaced, Likely
	}
	switch g.Kind {
	case "portal":
		return CaptivePortal, Likely
	case "challenge", "block":
		if g.Status == 429 {
			return RateLimited, Likely
		}
		return RefusedVisitor, Likely
	case "maintenance":
		return Unavailable, Certain
	}
	switch g.Failure { // what the page says beats the number it came with, except for 503: all of those are "unavailable"
	case "rate-limited":
		if g.Status != 503 {
			return RateLimited, Likely
		}
	case "blocked-by-policy":
		return RefusedVisitor, Likely
	case "captive-portal":
		return CaptivePortal, Likely
	}
	if c, s := statusCause(g.Status, g.Failure); c != Undetermined {
		return c, s
	}
	if g.Soft { // an error page that came with a success: judged by what it says
		switch g.Failure {
		case "connection-timeout":
			return GatewayTimeout, Likely
		case "connection-refused", "invalid-response", "premature-close", "dns-failure", "tls-failure":
			return BadGateway, Likely
		case "overloaded", "no-healthy-upstream", "maintenance":
			return Unavailable, Likely
		case "app-crash":
			return ServerError, Likely
		case "misconfigured-host":
			return PageNotFound, Likely
		}
		return ServerError, Possible
	}
	return Undetermined, Possible
}

// statusCause is the contract's list of status codes.
func statusCause(status int, failure string) (Cause, Certainty) {
	switch status {
	case 502, 520, 521, 523, 525, 526:
		return BadGateway, Certain
	case 530:
		if failure == "app-crash" || failure == "misconfigured-host" {
			return ServerError, Certain // an edge program's own fault
		}
		return BadGateway, Certain
	case 504, 522, 524, 598, 599, 408:
		return GatewayTimeout, Certain
	case 503, 529:
		return Unavailable, Certain
	case 404, 410:
		return PageNotFound, Certain
	case 403, 451:
		return RefusedVisitor, Likely
	case 429:
		return RateLimited, Likely
	case 407:
		return ProxyBroken, Certain
	case 511:
		return CaptivePortal, Certain
	case 401:
		return Works, Certain
	}
	switch {
	case status >= 500 && status <= 599:
		return ServerError, Certain
	case status >= 400 && status < 500:
		return ServerError, Likely // the site refuses a plain GET: its fault or ours, at most likely
	}
	return Undetermined, Possible
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
