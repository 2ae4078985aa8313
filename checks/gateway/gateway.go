// Package gateway tells who wrote an error page, and what failed behind it.
//
// A status alone says little: a refused connection is a 502 for nginx, a 503 for Apache and HAProxy, a 521 for Cloudflare. So the
// product is recognised first (assets/gateways.json has its marks), then its own meaning of the page is read from its row. What no
// row knows stays "unknown": a guess is worse. The package does no I/O and has no clock.
package gateway

import (
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// Context is what is known of the exchange beside the answer. The zero value: nothing is known.
type Context struct {
	Host      string // the host that was asked
	Proxied   bool   // the request went through the visitor's own proxy
	TLSProven bool   // the answer came through TLS that proved the host's name
	PlainHTTP bool   // the answer came through plain HTTP
	Proxy     string // host:port of the visitor's proxy
}

// Sizes of pages that are believed without an error status. An article or a documentation page is longer, and what it quotes is
// escaped; a template is a headline and a sentence (the research asks for "about 1 KB of text"; block and sign-in pages add
// forms and explanations: the longest of the corpus has 3.5 KiB).
const (
	softBody      = 32 << 10
	softText      = 1 << 10
	softBlockText = 4 << 10
)

// Recognise tells who wrote an answer and what failed. It gives nil where there is no error page: any answer below 400 that has
// not the exact and short shape of an error, a block or a sign-in page. It may be called on every answer.
func Recognise(h *facts.HTTP, ctx Context) *facts.Gateway {
	if h == nil || h.Status == 0 {
		return nil
	}
	if h.Status < 400 {
		if h.Status >= 300 && h.Status < 400 {
			if g := redirected(h, ctx); g != nil {
				return g
			}
		}
		if len(h.Body) > softBody {
			return nil
		}
	}
	return loaded().recognise(h, ctx)
}

func (t *table) recognise(h *facts.HTTP, ctx Context) *facts.Gateway {
	p := t.newPage(h, ctx)
	defer p.release()
	p.soft = h.Status < 400
	prod := t.product(p)
	if prod == nil && p.soft {
		return refreshed(p)
	}
	var g *facts.Gateway
	if prod != nil {
		if g = t.speak(p, prod); p.soft && !p.says(g) {
			return nil
		}
	} else {
		g = t.unlisted(p)
	}
	finish(t, p, g)
	return g
}

// product finds the first row of which a mark fits.
func (t *table) product(p *page) *product {
	for i := range t.Products {
		prod := &t.Products[i]
		for j := range prod.Marks {
			m := &prod.Marks[j]
			if p.soft && !(m.Soft || p.pasted && len(m.Exact) > 0) {
				continue
			}
			if !p.fits(&m.test) {
				continue
			}
			if p.soft && !p.believable(prod) {
				return nil
			}
			return prod
		}
	}
	return nil
}

// believable is the guard for pages without an error status.
func (p *page) believable(prod *product) bool {
	if p.pasted {
		return true
	}
	limit := softText
	if prod.Kind != "" && prod.Kind != kindError {
		limit = softBlockText
	}
	if prod.Kind == kindPortal && p.ctx.TLSProven {
		return false // no portal can prove the site's name: this is the site's own page
	}
	return p.textSize() <= limit
}

// says tells whether a page without an error status states an error by itself: a number, a block, a sign-in. A product's layout
// alone does not: hand-written pages share it.
func (p *page) says(g *facts.Gateway) bool {
	switch g.Kind {
	case kindBlock, kindChallenge, kindPortal:
		return true
	}
	return p.real >= 400 || p.code >= 400
}

// speak fills in what the row says of this page.
func (t *table) speak(p *page, prod *product) *facts.Gateway {
	g := &facts.Gateway{Status: p.status, Product: prod.ID, ProductName: prod.Name, WrittenBy: facts.Author(prod.By), Kind: prod.Kind}
	if prod.ID == unknown {
		g.ProductName = ""
	}
	status := p.effective()
	g.Failure = statusFailure(status)
	for i := range prod.Variants {
		v := &prod.Variants[i]
		if !p.fits(&v.test) {
			continue
		}
		g.Variant = v.ID
		g.Failure = v.Failure
		g.AlsoPossible = slices.Clone(v.Also)
		g.FailedHop = v.Failed
		if v.By != "" {
			g.WrittenBy = facts.Author(v.By)
		}
		if v.Kind != "" {
			g.Kind = v.Kind
		}
		if v.Real != 0 {
			p.real = v.Real
		}
		break
	}
	if g.Failure == failUnknown {
		if r := t.reason(p); r != "" {
			g.Failure = r
		}
	}
	if p.status == 503 && prod.Kind == "" && g.Kind == "" && resting(p) {
		g.Failure, g.AlsoPossible = failMaintenance, nil // its owner put this page in place of its own
	}
	return g
}

// effective is the status by which variants are chosen: what the page says where the answer said success.
func (p *page) effective() int {
	if p.status >= 400 {
		return p.status
	}
	return p.real
}

// statusFailure is what a status alone proves, whoever sent it.
func statusFailure(status int) string {
	switch status {
	case 408, 504, 522, 524, 598, 599:
		return failTimeout
	case 521:
		return failRefused
	case 525, 526:
		return failTLS
	case 429:
		return failRate
	case 403, 451:
		return failBlocked
	case 509, 529:
		return failOverloaded
	case 511:
		return failPortal
	}
	return failUnknown
}

// reason reads a system's or a library's own error text from a short page.
func (t *table) reason(p *page) string {
	if p.textSize() > softText {
		return ""
	}
	for i := range t.Reasons {
		if r := &t.Reasons[i]; p.has(r.id) {
			return r.Failure
		}
	}
	return ""
}

// finish adds what does not depend on the row: what the headers say, who passed it on, what to quote.
func finish(t *table, p *page, g *facts.Gateway) {
	if g.Kind == "" {
		switch g.Failure {
		case failBlocked:
			g.Kind = kindBlock
		case failMaintenance:
			g.Kind = kindMaintenance
		case failPortal:
			g.Kind = kindPortal
		default:
			g.Kind = kindError
		}
	}
	if status := p.effective(); status == 511 {
		g.WrittenBy, g.Kind, g.Failure, g.AlsoPossible = facts.ByPortal, kindPortal, failPortal, nil // RFC 6585 §6: never from the site
	} else if status == 407 {
		g.WrittenBy = facts.ByProxy // RFC 9110 §15.5.8: only a proxy may ask this
	}
	ownWords(p, g)
	g.WrittenBy = author(t, p, g)
	g.Via = t.via(p, g.Product)
	g.RequestIDs = t.requestIDs(p)
	g.RetryAfterS = retryAfter(t, p, g)
	g.Cached = cached(p)
	g.Quote = quote(p)
	if p.soft && p.status != 0 {
		g.Soft = true
	}
	if g.RealStatus == 0 && p.real != 0 && p.real != p.status {
		g.RealStatus = p.real
	}
	if g.FailedHop == "" {
		g.FailedHop = failedHop(g)
	}
	g.AlsoPossible = slices.DeleteFunc(g.AlsoPossible, func(f string) bool { return f == g.Failure })
	if len(g.AlsoPossible) == 0 {
		g.AlsoPossible = nil
	}
}

// author corrects the row's author by what is known of the exchange.
func author(t *table, p *page, g *facts.Gateway) facts.Author {
	by := g.WrittenBy
	if p.ctx.Proxied && !p.ctx.TLSProven && !p.ctx.PlainHTTP && by != facts.ByPortal && by != facts.ByFilter {
		return facts.ByProxy // an answer to CONNECT: the site was never reached
	}
	prod := t.byID[g.Product]
	if by != facts.ByProxy || prod == nil || !reverse[prod.ID] {
		return by
	}
	switch {
	case p.ctx.TLSProven:
		return facts.ByGateway // what came through TLS with the site's name stands before the site
	case p.ctx.Proxied:
		return facts.ByProxy
	}
	// Squid says the port it was asked on. People's proxies listen on these; a site's on others.
	if _, port, ok := strings.Cut(lowerASCII(p.h.Get("X-Cache-Lookup")), " from "); ok {
		port = port[strings.LastIndexByte(port, ':')+1:]
		if slices.Contains([]string{"3128", "3129", "3130", "8080", "8081", "8118", "8888", "8000", "0"}, port) {
			return facts.ByProxy
		}
		return facts.ByGateway
	}
	if p.ctx.PlainHTTP {
		return facts.ByGateway // asked directly, no proxy known: it stands before the site
	}
	return by
}

// reverse lists the visitor-side proxies that sites also put in front of themselves.
var reverse = map[string]bool{"squid": true, "tinyproxy": true}

// failedHop names the machine that failed, as far as the failure says.
func failedHop(g *facts.Gateway) string {
	switch g.Failure {
	case failBlocked, failRate, failPortal:
		return "none"
	case failNoSite:
		if g.WrittenBy == facts.ByGateway || g.WrittenBy == facts.ByEdge {
			return "gateway" // it answers, and was not told of this site
		}
		return "origin"
	case failUnknown:
		if g.WrittenBy == facts.ByOrigin {
			return "origin"
		}
		return ""
	}
	return "origin"
}
