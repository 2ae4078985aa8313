package gateway

// This file recognises answers that lead elsewhere instead of showing a page: to a portal's sign-in, to a filter's block page.

import (
	"bytes"
	"net/netip"
	"net/url"
	"strings"

	"passerelle/checks/facts"
)

// redirected judges a 3xx. Nearly all are the site's own and give nil.
func redirected(h *facts.HTTP, ctx Context) *facts.Gateway {
	where := h.Location
	if where == "" {
		where = h.Get("Location")
	}
	if where == "" {
		return nil
	}
	t := loaded()
	// The address is what the rows look at: as a header it is there already.
	p := t.newPage(&facts.HTTP{Status: h.Status, Headers: append([]facts.Header{{Name: "Location", Value: where}}, h.Headers...), Body: h.Body[:min(len(h.Body), softBody)], Date: h.Date}, ctx)
	defer p.release()
	p.soft = true
	if prod := t.product(p); prod != nil && prod.Kind != "" && prod.Kind != kindError {
		g := t.speak(p, prod)
		finish(t, p, g)
		return g
	}
	return leadsInside(t, p, where)
}

// refreshed judges a page that is nothing but a refresh to another place.
func refreshed(p *page) *facts.Gateway {
	if p.textSize() > softText || p.status == 0 {
		return nil
	}
	i := bytes.Index(p.norm, []byte(`http-equiv="refresh"`))
	if i < 0 {
		if i = bytes.Index(p.norm, []byte("http-equiv=refresh")); i < 0 {
			return nil
		}
	}
	rest := string(p.norm[i:min(len(p.norm), i+400)])
	if end := strings.IndexByte(rest, '>'); end >= 0 {
		rest = rest[:end]
	}
	_, where, ok := strings.Cut(rest, "url=")
	if !ok {
		return nil
	}
	where = strings.Trim(where, `'"`)
	if end := strings.IndexAny(where, `"' `); end >= 0 {
		where = where[:end]
	}
	return leadsInside(loaded(), p, where)
}

// leadsInside gives a portal where a public name, asked over plain HTTP, leads to an address of the local network: no site does.
func leadsInside(t *table, p *page, where string) *facts.Gateway {
	if !p.ctx.PlainHTTP {
		return nil
	}
	u, err := url.Parse(where)
	if err != nil || !private(u.Hostname()) || private(p.ctx.Host) || !strings.Contains(strings.Trim(p.ctx.Host, "."), ".") {
		return nil
	}
	g := &facts.Gateway{Status: p.status, Product: unknown, WrittenBy: facts.ByPortal, Kind: kindPortal, Failure: failPortal, Variant: "leads-inside"}
	finish(t, p, g)
	return g
}

// private tells whether a host is an address or a name of the local network.
func private(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, end := range []string{".local", ".lan", ".internal", ".home.arpa", ".test", ".localhost"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
