package gateway

// This file judges error pages that no row knows: custom pages, and products in no list. What the headers prove is said, the
// rest stays unknown.

import (
	"strings"

	"passerelle/checks/facts"
)

// programs are Server names of application servers: they are the site's own program.
var programs = []string{"gunicorn", "uvicorn", "hypercorn", "daphne", "waitress", "werkzeug", "tornadoserver", "cherrypy", "uwsgi", "wsgiserver",
	"kestrel", "puma", "thin", "unicorn", "webrick", "jetty", "apache-coyote", "tomcat", "undertow", "wildfly", "glassfish", "weblogic",
	"websphere", "cowboy", "php/", "express", "node", "mojolicious", "starman", "zope", "hhvm"}

// cookies that an application's framework sets.
var sessions = []string{"phpsessid=", "jsessionid=", "laravel_session=", "asp.net_sessionid=", "connect.sid=", "ci_session=", "csrftoken=",
	"wordpress_", "wp-settings", "prestashop-", "symfony", "xsrf-token="}

// unlisted fills in what can be said of an error page that has no mark.
func (t *table) unlisted(p *page) *facts.Gateway {
	g := &facts.Gateway{Status: p.status, Product: unknown, WrittenBy: facts.ByUnknown, Failure: statusFailure(p.effective())}
	if f := t.reason(p); f != "" && (g.Failure == failUnknown || g.Failure == failTimeout) && p.status >= 500 {
		g.Failure = f
	}
	server := lowerASCII(p.h.Get("Server"))
	front := t.front(p, server) // the product that the Server header names
	passed := t.passed(p)       // somebody only handed it on
	empty := p.exact == "" && len(p.norm) <= exactSize
	program := !empty && t.byProgram(p, server, front, passed)
	relays := p.status == 502 || p.status == 504 || p.status == 408

	switch {
	case server == "varnish" && !empty:
		// Varnish signs in this header only what it makes itself: its owner's page in place of its own.
		g = t.speak(p, t.made(p))
	case front != nil && !passed && empty && front.Empty:
		return t.speak(p, front)
	case p.status < 500 && p.status != 429 && (p.status != 403 || front == nil):
		// A refusal or a missing page: the site's program has its own pages for these.
		if program {
			g.WrittenBy = facts.ByOrigin
		}
	case front != nil && p.status >= 520 && front.By == string(facts.ByEdge) && p.status <= 530 && p.status != 529:
		return t.speak(p, front) // these statuses are the edge's own invention
	case front != nil && !passed && empty && p.status == 500 && front.Template:
		g.WrittenBy, g.Failure = facts.ByOrigin, failCrash // the program died before it wrote a word
	case relays && !empty && behind(p):
		// The program's own session or framework is in the headers: it answered, and says what somebody behind it did.
	case front != nil && !passed && (empty && relays || relays && front.By != string(facts.ByEdge)):
		g = t.speak(p, front) // its owner's page in place of its own: the server has it from nobody else
	case program && !relays:
		g.WrittenBy = facts.ByOrigin
		switch {
		case p.status == 500:
			g.Failure = failCrash
		case p.status == 503 && g.Failure == failUnknown && passed:
			// A program that says 503 itself: it runs, and cannot serve. Which of these, it does not say.
			g.Failure, g.AlsoPossible = failCrash, []string{failOverloaded, failMaintenance}
		}
	}
	if (p.status == 503 || p.status == 200) && resting(p) {
		g.Failure, g.AlsoPossible = failMaintenance, nil
	}
	return g
}

// made is the row of who wrote a page with Varnish's own Server header: Fastly runs on it.
func (t *table) made(p *page) *product {
	if p.header("X-Served-By", "^cache-") && t.byID["fastly"] != nil {
		return t.byID["fastly"]
	}
	if v := t.byID["varnish"]; v != nil {
		return v
	}
	return &product{ID: unknown, By: string(facts.ByUnknown)}
}

// front finds the row whose Server header this is.
func (t *table) front(p *page, server string) *product {
	if server == "" {
		return nil
	}
	for i := range t.Products {
		prod := &t.Products[i]
		for _, marks := range prod.Seen {
			if want, ok := marks["server"]; ok && len(marks) == 1 && p.header("Server", want) {
				return prod
			}
		}
	}
	return nil
}

// passed tells whether some gateway's headers are there beside a Server header that is not that gateway's: it handed on what it got.
func (t *table) passed(p *page) bool {
	servers := 0
	for i := range p.h.Headers {
		if strings.EqualFold(p.h.Headers[i].Name, "Server") {
			servers++
		}
	}
	for i := range t.Products {
		prod := &t.Products[i]
		if !p.seen(prod) {
			continue
		}
		for _, name := range prod.Behind {
			if p.header(name, "") {
				return true
			}
		}
		own := false
		for _, marks := range prod.Seen {
			if want, ok := marks["server"]; ok && p.header("Server", want) {
				own = true
			}
		}
		if servers > 0 && (!own || servers > 1) {
			return true
		}
		if via := lowerASCII(p.h.Get("Via")); own && via != "" && strings.Contains(via, prod.ID) && !prod.Empty {
			return true // it adds itself to Via only for what it hands on
		}
	}
	return false
}

// byProgram tells whether the headers show that the site's own program wrote the page.
func (t *table) byProgram(p *page, server string, front *product, passed bool) bool {
	if passed {
		return true
	}
	for _, name := range programs {
		if strings.HasPrefix(server, name) {
			return true
		}
	}
	if behind(p) {
		return true
	}
	if front != nil {
		return front.Template // it would have signed its own page
	}
	// A Server name of nobody known, with a 500: programs crash, gateways in no list mostly say 502 to 504.
	return server != "" && p.status == 500 && len(p.h.Body) > 0
}

// behind tells whether the headers carry the traces of an application's framework, which no gateway adds to a page of its own.
func behind(p *page) bool {
	for _, name := range []string{"X-Powered-By", "X-Runtime", "X-Aspnet-Version", "X-Drupal-Cache"} {
		if p.header(name, "") {
			return true
		}
	}
	for _, s := range sessions {
		if p.header("Set-Cookie", "^"+s) {
			return true
		}
	}
	return false
}

// resting tells whether the page's headline speaks of maintenance.
func resting(p *page) bool {
	for _, s := range []string{p.title, p.head} {
		for _, w := range []string{"maintenance", "wartung", "mantenimiento", "manutenzione", "be right back", "be back soon", "bientôt de retour"} {
			if strings.Contains(s, w) {
				return true
			}
		}
	}
	return false
}
