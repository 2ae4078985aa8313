// A page with its redirects, as a browser would come to it.
package probe

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// Follow asks for a page and follows its redirects: at most 20, with cookies that live for this call (or in the request's Jar).
// Only the last exchange keeps its body. observe, which may be nil, gets a copy after each stage of each exchange.
func (p *Prober) Follow(ctx context.Context, r Request, observe func(facts.Chain)) facts.Chain {
	begin := time.Now()
	chain := facts.Chain{NoQuery: r.NoQuery}
	if r.Jar == nil {
		r.Jar = newJar()
	}
	r.keepAlive = true
	seen := map[string]bool{}
	known := map[string]*facts.Lookup{}
	if r.ReuseLookup.Good() {
		known[strings.ToLower(r.ReuseLookup.Name)] = r.ReuseLookup
	}
	var open *carrier
	var openFor string
	defer func() {
		if open != nil {
			open.close()
		}
	}()
	tell := func(running *facts.Exchange) {
		if observe == nil {
			return
		}
		c := chain
		c.MS = ms(begin)
		c.Exchanges = slices.Clone(chain.Exchanges)
		if running != nil {
			c.Exchanges = append(c.Exchanges, *running)
		}
		observe(c)
	}
	for hop := 0; ; hop++ {
		u, err := cleanURL(r.URL, r.NoQuery && hop == 0)
		if err == nil {
			seen[state(u, r.Jar)] = true
			if r.ProxyFor != nil {
				r.Proxy = r.ProxyFor(u)
			}
		}
		a := p.asking(r, func(e facts.Exchange) { tell(&e) })
		if err == nil && r.Proxy == nil {
			a.r.ReuseLookup = known[u.Hostname()]
		}
		var use *carrier
		if open != nil {
			if err == nil && openFor == route(u, r.Proxy) {
				use = open
			} else {
				open.close()
			}
			open = nil
		}
		open = a.run(ctx, use)
		openFor = ""
		if u != nil {
			openFor = route(u, r.Proxy)
		}
		chain.Exchanges = append(chain.Exchanges, a.e)
		if l := a.e.Lookup; l.Good() && a.e.Proxy == "" {
			known[strings.ToLower(l.Name)] = l
		}
		next := ""
		if h := a.e.HTTP; h != nil && a.e.Failure == facts.OK && isRedirect(h.Status) {
			next = h.Location
		}
		if next == "" {
			break
		}
		to, err := cleanURL(next, false)
		if err != nil {
			chain.BadTarget = printable(next, 500)
			break
		}
		if seen[state(to, r.Jar)] {
			chain.Loop = true
			break
		}
		if hop == maxRedirects {
			chain.TooMany = true
			break
		}
		a.e.HTTP.Body, a.e.HTTP.Headers = nil, shortened(a.e.HTTP.Headers, maxRedirectHeaders)
		r.URL, r.Addresses, r.NoQuery = to.String(), addressesFor(r, u, to), false
	}
	chain.MS, chain.Done = ms(begin), true
	if observe != nil {
		c := chain
		c.Exchanges = slices.Clone(chain.Exchanges)
		observe(c)
	}
	return chain
}

// addressesFor keeps given addresses for the host that they were given for.
func addressesFor(r Request, from, to *url.URL) []netip.Addr {
	if from != nil && from.Hostname() == to.Hostname() {
		return r.Addresses
	}
	return nil
}

// state is what makes two requests the same: the address and what the cookies say.
func state(u *url.URL, jar http.CookieJar) string {
	return u.String() + "\n" + cookieHeader(jar.Cookies(u))
}

func route(u *url.URL, proxy *url.URL) string {
	via := ""
	if proxy != nil {
		via = proxy.String()
	}
	return u.Scheme + "://" + u.Host + " " + via
}
