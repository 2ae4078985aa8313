package gateway

// Responses that the rows were not written from: other versions, other statuses, other languages, custom pages, products in no list.

import (
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// nginxPage is nginx's template with another headline and footer.
func nginxPage(headline, footer string) string {
	return "<html>\r\n<head><title>" + headline + "</title></head>\r\n<body>\r\n<center><h1>" + headline + "</h1></center>\r\n<hr><center>" + footer + "</center>\r\n</body>\r\n</html>\r\n"
}

func apachePage(title, h1, text, signature string) string {
	return "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>" + title + "</title>\n</head><body>\n<h1>" + h1 + "</h1>\n<p>" + text + "</p>\n" + signature + "</body></html>\n"
}

func squidPage(id, title, text string) string {
	return "<html><head><title>" + title + "</title><style>\n#titles { background: url('/SN.png') }\n</style></head><body id=" + id + ">\n<div id=\"content\"><p>" + text + "</p></div>\n<!-- " + id + " -->\n</body></html>"
}

func cloudflarePage(title, code, headline, host string) string {
	return "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>" + title + "</title></head><body><div id=\"cf-wrapper\"><div id=\"cf-error-details\" class=\"p-0\"><header><h1><span class=\"inline-block\">" + headline +
		"</span> <span class=\"code-label\">Error code " + code + "</span></h1></header><div>" + host + "</div><span>Cloudflare Ray ID: <strong>8f00aa11bb22cc33</strong></span></div></div></body></html>"
}

func TestUnseenVariants(t *testing.T) {
	long := strings.Repeat("<p>Notre histoire commence en 1987, dans un petit atelier.</p>\n", 60)
	for _, c := range []struct {
		name    string
		h       *facts.HTTP
		ctx     Context
		product string // "": no error page
		by      facts.Author
		failure string
		cause   decide.Cause
	}{
		{"nginx, other version", response(502, nginxPage("502 Bad Gateway", "nginx/1.27.3"), "Server", "nginx/1.27.3"), Context{}, "nginx", facts.ByGateway, failRefused, decide.BadGateway},
		{"nginx behind Cloudflare", response(502, nginxPage("502 Bad Gateway", "nginx"), "Server", "cloudflare", "CF-RAY", "8f00aa11bb22cc33-CDG", "CF-Cache-Status", "DYNAMIC"), Context{}, "nginx", facts.ByGateway, failRefused, decide.BadGateway},
		{"nginx behind CloudFront", response(504, nginxPage("504 Gateway Time-out", "nginx/1.18.0 (Ubuntu)"), "Server", "nginx/1.18.0 (Ubuntu)", "X-Cache", "Error from cloudfront", "X-Amz-Cf-Id", "abc="), Context{}, "nginx", facts.ByGateway, failTimeout, decide.GatewayTimeout},
		{"nginx, 404 of a file", response(404, nginxPage("404 Not Found", "nginx/1.25.1"), "Server", "nginx/1.25.1"), Context{}, "nginx", facts.ByOrigin, failUnknown, decide.PageNotFound},
		{"nginx, 413", response(413, nginxPage("413 Request Entity Too Large", "nginx"), "Server", "nginx"), Context{}, "nginx", facts.ByGateway, failNoSite, decide.ServerError},
		{"nginx, its owner's page", response(502, "<html><head><title>Oups</title></head><body><h1>Nous revenons vite</h1></body></html>", "Server", "nginx/1.24.0"), Context{}, "nginx", facts.ByGateway, failRefused, decide.BadGateway},
		{"nginx, PHP died silently", response(500, "", "Server", "nginx", "X-Powered-By", "PHP/8.2.1"), Context{}, unknown, facts.ByOrigin, failCrash, decide.ServerError},
		{"nginx passes on Django's 500", response(500, "<h1>Server Error (500)</h1>", "Server", "nginx/1.22.1"), Context{}, unknown, facts.ByOrigin, failCrash, decide.ServerError},
		{"angie is in no list", response(502, nginxPage("502 Bad Gateway", "Angie/1.6.0"), "Server", "Angie/1.6.0"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.BadGateway},
		{"ingress-nginx, 504", response(504, nginxPage("504 Gateway Time-out", "nginx"), "Content-Type", "text/html", "Strict-Transport-Security", "max-age=15724800; includeSubDomains"), Context{}, "ingress-nginx", facts.ByGateway, failTimeout, decide.GatewayTimeout},
		{"openresty, version", response(503, nginxPage("503 Service Temporarily Unavailable", "openresty/1.25.3.1"), "Server", "openresty/1.25.3.1"), Context{}, "openresty", facts.ByGateway, failOverloaded, decide.Unavailable},
		{"tengine, short", response(504, nginxPage("504 Gateway Time-out", "tengine"), "Server", "Tengine/2.3.3"), Context{}, "tengine", facts.ByGateway, failTimeout, decide.GatewayTimeout},
		{"apache, no signature, HTTP/2", response(503, apachePage("503 Service Unavailable", "Service Unavailable", "The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later.", ""), "Server", "Apache"), Context{}, "apache", facts.ByGateway, failRefused, decide.Unavailable},
		{"apache, proxy error behind Cloudflare", response(502, apachePage("502 Proxy Error", "Proxy Error", "The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\nThe proxy server could not handle the request<p>Reason: <strong>Error reading from remote server</strong></p>", ""), "Server", "cloudflare", "CF-RAY", "8f00aa11bb22cc33-MRS"), Context{}, "apache", facts.ByGateway, failClosed, decide.BadGateway},
		{"apache, DNS of the back end, 500", response(500, apachePage("500 Proxy Error", "Proxy Error", "The proxy server could not handle the request<p>Reason: <strong>DNS lookup failure for: tomcat.intern</strong></p>", "<address>Apache/2.4.58 (Unix) Server at intranet Port 443</address>\n"), "Server", "Apache/2.4.58 (Unix)"), Context{}, "apache", facts.ByGateway, failDNS, decide.BadGateway},
		{"apache, 404", response(404, apachePage("404 Not Found", "Not Found", "The requested URL was not found on this server.", "<hr>\n<address>Apache/2.4.57 (Debian) Server at exemple.fr Port 443</address>\n"), "Server", "Apache/2.4.57 (Debian)"), Context{}, "apache", facts.ByOrigin, failUnknown, decide.PageNotFound},
		{"apache, German documents", response(502, "<?xml version=\"1.0\"?>\n<html><head><title>Bad Gateway!</title></head>\n<body>\n<h1>Bad Gateway!</h1>\n<p>Der Proxy-Server erhielt eine fehlerhafte Antwort.</p>\n<h2>Error 502</h2>\n<address>\n  <a href=\"/\">www.beispiel.de</a><br />\n  <span>Apache</span>\n</address>\n</body></html>", "Server", "Apache"), Context{}, "apache", facts.ByGateway, failInvalid, decide.BadGateway},
		{"haproxy, HTTP/2 in lower case", response(504, "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n\n", "cache-control", "no-cache"), Context{}, "haproxy", facts.ByGateway, failTimeout, decide.GatewayTimeout},
		{"haproxy, soft", response(200, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"), Context{}, "haproxy", facts.ByGateway, failRefused, decide.Unavailable},
		{"varnish, 4.1", response(503, "<!DOCTYPE html>\n<html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503 Backend fetch failed</h1><p>Backend fetch failed</p><h3>Guru Meditation:</h3><p>XID: 5</p><hr><p>Varnish cache server</p></body></html>", "Server", "nginx", "X-Varnish", "2", "Via", "1.1 varnish-v4"), Context{}, "varnish", facts.ByEdge, failRefused, decide.Unavailable},
		{"envoy, empty 503", response(503, "", "server", "istio-envoy"), Context{}, "envoy", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"the program's 500 behind envoy", response(500, "{\"error\":\"x\"}", "server", "istio-envoy", "x-envoy-upstream-service-time", "12"), Context{}, unknown, facts.ByOrigin, failCrash, decide.ServerError},
		{"the program's 404 behind envoy", response(404, "", "server", "envoy", "x-envoy-upstream-service-time", "3"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.PageNotFound},
		{"Google's test for robots", response(429, "<html><head><title>https://www.google.com/search</title></head><body>Our systems have detected unusual traffic from your computer network.</body></html>"), Context{}, "google", facts.ByEdge, failBlocked, decide.RefusedVisitor},
		{"classic ELB", response(503, "<html><head><title>503</title></head><h1>503 Service Unavailable: Back-end server is at capacity</h1></html>"), Context{}, "aws-elb", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"envoy, newer sentence", response(503, "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: 111", "server", "istio-envoy"), Context{}, "envoy", facts.ByGateway, failRefused, decide.Unavailable},
		{"envoy behind Cloudflare", response(503, "no healthy upstream", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "envoy", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"squid, Spanish", response(503, squidPage("ERR_CONNECT_FAIL", "ERROR: El URL solicitado no se ha podido conseguir", "La conexión falló. El sistema devolvió: (111) Connection refused"), "Server", "squid/4.13", "X-Squid-Error", "ERR_CONNECT_FAIL 111", "Via", "1.1 proxy (squid/4.13)"), Context{Proxied: true, PlainHTTP: true}, "squid", facts.ByProxy, failRefused, decide.ProxyBroken},
		{"squid before the site", response(503, squidPage("ERR_CONNECT_FAIL", "ERROR: The requested URL could not be retrieved", "failed"), "X-Squid-Error", "ERR_CONNECT_FAIL 110", "Via", "1.1 front (squid/6.6)"), Context{TLSProven: true, Host: "boutique.example"}, "squid", facts.ByGateway, failTimeout, decide.Unavailable},
		{"squid, custom page", response(502, "<html><body>Désolé</body></html>", "X-Squid-Error", "ERR_ZERO_SIZE_OBJECT 0", "Via", "1.1 px (squid)"), Context{Proxied: true, PlainHTTP: true}, "squid", facts.ByProxy, failClosed, decide.ProxyBroken},
		{"a proxy of nobody known refuses CONNECT", response(502, "nope"), Context{Proxied: true, Proxy: "10.0.0.1:8080"}, unknown, facts.ByProxy, failUnknown, decide.ProxyBroken},
		{"407 of nobody known", response(407, "Proxy Authentication Required"), Context{Proxied: true}, unknown, facts.ByProxy, failUnknown, decide.ProxyBroken},
		{"cloudflare 522", response(522, cloudflarePage("shop.example | 522: Connection timed out", "522", "Connection timed out", "shop.example"), "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failTimeout, decide.GatewayTimeout},
		{"cloudflare 525, text", response(525, "error code: 525", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failTLS, decide.BadGateway},
		{"cloudflare 1016 as 530", response(530, "error code: 1016", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failDNS, decide.BadGateway},
		{"cloudflare 1033 as 530", response(530, "error code: 1033", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failNoUpstream, decide.BadGateway},
		{"cloudflare 1015", response(429, "error code: 1015", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failRate, decide.RateLimited},
		{"cloudflare, today's challenge", response(403, "<!DOCTYPE html><html lang=\"fr\"><head><title>Un instant…</title></head><body></body></html>", "Server", "cloudflare", "cf-mitigated", "challenge", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failBlocked, decide.RefusedVisitor},
		{"cloudflare, 524 with its owner's page", response(524, "<html><body>Nous revenons</body></html>", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "cloudflare", facts.ByEdge, failTimeout, decide.GatewayTimeout},
		{"the application's 500 behind Cloudflare", response(500, "<html><body>Fatal error</body></html>", "Server", "cloudflare", "CF-RAY", "8f-CDG", "X-Powered-By", "PHP/8.1"), Context{}, unknown, facts.ByOrigin, failCrash, decide.ServerError},
		{"cloudfront 504", response(504, "<TITLE>ERROR: The request could not be satisfied</TITLE><H1>504 Gateway Timeout ERROR</H1><H2>The request could not be satisfied.</H2>We can't connect to the server for this app or website at this time.<PRE>Generated by cloudfront (CloudFront)\nRequest ID: abcd1234==\n</PRE>", "Server", "CloudFront", "X-Amz-Cf-Id", "abcd1234=="), Context{}, "cloudfront", facts.ByEdge, failTimeout, decide.GatewayTimeout},
		{"the origin's 503 through CloudFront", response(503, "<html><title>Maintenance</title><h1>Site en maintenance</h1></html>", "Server", "gunicorn", "X-Cache", "Error from cloudfront", "X-Amz-Cf-Id", "abcd1234=="), Context{}, unknown, facts.ByOrigin, failMaintenance, decide.Unavailable},
		{"ALB, 503", response(503, "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n", "Server", "awselb/2.0"), Context{}, "aws-elb", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"Google Cloud, 502", response(502, "\n<html><head>\n<title>502 Server Error</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n<h1>Error: Server Error</h1>\n<h2>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.</h2>\n</body></html>\n", "Via", "1.1 google"), Context{}, "google", facts.ByEdge, failNoUpstream, decide.BadGateway},
		{"Fastly, first byte timeout", response(503, "<html><head><title>503 first byte timeout</title></head><body><h1>Error 503 first byte timeout</h1><p>first byte timeout</p><h3>Error 54113</h3><p>Details: cache-cdg-lfpg1 1</p><hr><p>Varnish cache server</p></body></html>", "Server", "Varnish", "X-Served-By", "cache-cdg-lfpg1", "Via", "1.1 varnish", "Retry-After", "0"), Context{}, "fastly", facts.ByEdge, failTimeout, decide.Unavailable},
		{"Fastly, unknown domain", response(500, "Fastly error: unknown domain: shop.example. Please check that this domain has been added to a service.", "X-Served-By", "cache-par-1"), Context{}, "fastly", facts.ByEdge, failNoSite, decide.ServerError},
		{"Akamai, generic", response(503, "<HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY>An error occurred while processing your request.<p>\nReference&#32;&#35;97&#46;1a2b3c4d&#46;1&#46;5e</p></BODY></HTML>", "Server", "AkamaiGHost"), Context{}, "akamai", facts.ByEdge, failUnknown, decide.Unavailable},
		{"Heroku, application error", response(503, "<html><head><title>Application Error</title></head><body><iframe src=\"https://www.herokucdn.com/error-pages/application-error.html\"></iframe></body></html>", "Server", "Cowboy"), Context{}, "heroku", facts.ByGateway, failCrash, decide.Unavailable},
		{"Vercel, no such deployment", response(404, "The deployment could not be found on Vercel.\n\nDEPLOYMENT_NOT_FOUND\n\ncdg1::x", "Server", "Vercel", "X-Vercel-Error", "DEPLOYMENT_NOT_FOUND", "X-Vercel-Id", "cdg1::x"), Context{}, "vercel", facts.ByEdge, failNoSite, decide.PageNotFound},
		{"Caddy, 503, HTTP/2", response(503, "", "server", "Caddy", "content-length", "0"), Context{}, "caddy", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"Traefik behind Cloudflare", response(502, "Bad Gateway", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "traefik", facts.ByGateway, failRefused, decide.BadGateway},
		{"a Go program's 502 with its name", response(502, "Bad Gateway", "Server", "my-front"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.BadGateway},
		{"kong, other version, JSON", response(503, "{\"message\":\"failure to get a peer from the ring-balancer\"}", "Server", "kong/2.8.1"), Context{}, "kong", facts.ByGateway, failNoUpstream, decide.Unavailable},
		{"gorouter, timeout", response(502, "502 Bad Gateway: Registered endpoint failed to handle the request.\n", "X-Cf-Routererror", "endpoint_failure (dial tcp 10.0.0.1:61001: i/o timeout)"), Context{}, "gorouter", facts.ByGateway, failTimeout, decide.BadGateway},
		{"h2o, refused", response(502, "connection refused", "Server", "h2o/2.2.6", "Content-Type", "text/plain"), Context{}, "h2o", facts.ByGateway, failRefused, decide.BadGateway},
		{"lighttpd, 404", response(404, "<!DOCTYPE html>\n<html lang=\"en\">\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n </body>\n</html>\n", "Server", "lighttpd/1.4.71"), Context{}, "lighttpd", facts.ByOrigin, failUnknown, decide.PageNotFound},
		{"IIS, gateway", response(502, "<h1>Server Error</h1><fieldset><h2>502 - Web server received an invalid response while acting as a gateway or proxy server.</h2></fieldset>", "Server", "Microsoft-IIS/10.0"), Context{}, "iis", facts.ByGateway, failInvalid, decide.BadGateway},
		{"HTTP.sys, pool stopped", response(503, "<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD><BODY><h2>Service Unavailable</h2><hr><p>HTTP Error 503. The service is unavailable.</p></BODY></HTML>", "Server", "Microsoft-HTTPAPI/2.0"), Context{}, "iis", facts.ByOrigin, failCrash, decide.Unavailable},
		{"WordPress, critical, French", response(500, "<!DOCTYPE html><html lang=\"fr-FR\"><head><title>WordPress &rsaquo; Erreur</title></head><body id=\"error-page\"><div class=\"wp-die-message\"><p>Il y a eu une erreur critique sur ce site.</p></div></body></html>", "Server", "nginx"), Context{}, "wordpress", facts.ByOrigin, failCrash, decide.ServerError},
		{"FortiGuard as 200", response(200, "<html><head><title>Web Filter Violation</title></head><body><h2>FortiGuard Web Filtering</h2><h3>Web Page Blocked</h3></body></html>"), Context{PlainHTTP: true}, "fortinet-fortigate-fortiguard-web-filter", facts.ByFilter, failBlocked, decide.PageReplaced},
		{"a router in no list sends inside", &facts.HTTP{Status: 302, Location: "http://192.168.1.1/login.html?u=x"}, Context{PlainHTTP: true, Host: "shop.example"}, unknown, facts.ByPortal, failPortal, decide.CaptivePortal},
		{"a refresh inside", response(200, "<html><head><meta http-equiv=\"refresh\" content=\"0; URL=http://10.20.0.1/hs\"></head></html>"), Context{PlainHTTP: true, Host: "shop.example"}, unknown, facts.ByPortal, failPortal, decide.CaptivePortal},
		{"WISPr", response(200, "<html><!-- <?xml version=\"1.0\"?><WISPAccessGatewayParam><Redirect/></WISPAccessGatewayParam> --><body>Bienvenue</body></html>"), Context{PlainHTTP: true}, unknown, facts.ByPortal, failPortal, decide.CaptivePortal},
		{"511 of nobody known", response(511, "Bienvenue à l'hôtel"), Context{}, "standard-captive-portal-status", facts.ByPortal, failPortal, decide.CaptivePortal},
		{"Proxy-Status", response(502, "<h1>Oops</h1>", "Server", "frontal/3", "Proxy-Status", `frontal; error=dns_error; rcode="NXDOMAIN", edge.example; received-status=502`), Context{}, unknown, facts.ByGateway, failDNS, decide.BadGateway},
		{"Proxy-Status quotes a comma", response(504, "", "Proxy-Status", `a; details="x, y; error=dns_error"; error=http_response_timeout`), Context{}, unknown, facts.ByGateway, failTimeout, decide.GatewayTimeout},
		{"nobody known, Node's words", response(502, "Error: connect ECONNREFUSED 127.0.0.1:3000"), Context{}, unknown, facts.ByUnknown, failRefused, decide.BadGateway},
		{"nobody known, bare 503", response(503, "<h1>busy</h1>"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.Unavailable},
		{"nobody known, 401", response(401, "login"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.Works},
		{"nobody known, 418", response(418, "teapot"), Context{}, unknown, facts.ByUnknown, failUnknown, decide.ServerError},
		{"nobody known, 451", response(451, "<h1>Contenu indisponible</h1>"), Context{}, unknown, facts.ByUnknown, failBlocked, decide.RefusedVisitor},
		{"529", response(529, "{}"), Context{}, unknown, facts.ByUnknown, failOverloaded, decide.Unavailable},

		{"a shop", response(200, "<html><head><title>Boutique</title></head><body>"+long+"</body></html>", "Server", "nginx"), Context{}, "", "", "", decide.Works},
		{"a short page", response(200, "<html><head><title>It works!</title></head><body><h1>It works!</h1></body></html>", "Server", "Apache"), Context{}, "", "", "", decide.Works},
		{"an article with nginx's page in it", response(200, "<html><head><title>Erreur 502</title></head><body>"+long+"<pre>"+nginxPage("502 Bad Gateway", "nginx")+"</pre></body></html>"), Context{}, "", "", "", decide.Works},
		{"a lesson that shows the source", response(200, "<html><body><pre>"+strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(nginxPage("502 Bad Gateway", "nginx"))+"</pre></body></html>"), Context{}, "", "", "", decide.Works},
		{"Imperva's script in a healthy page", response(200, "<html><head><title>Boutique</title><script src=\"/_Incapsula_Resource?SWJIYLWA=1\"></script></head><body>Bonjour</body></html>", "X-Iinfo", "1-2", "X-CDN", "Imperva"), Context{}, "", "", "", decide.Works},
		{"Pi-hole's own page", response(200, "<html><title>Pi-hole - box</title><body>Admin</body></html>", "X-Pi-hole", "The Pi-hole Web interface is working!"), Context{PlainHTTP: true}, "", "", "", decide.Works},
		{"a page written by hand in 1999", response(200, apachePage("Bienvenue", "Ma page", "Bonjour !", ""), "Server", "Apache"), Context{}, "", "", "", decide.Works},
		{"a reseller", response(200, "<html><title>Infogérance</title><body>Pare-feu powered by Sophos</body></html>"), Context{PlainHTTP: true}, "", "", "", decide.Works},
		{"Cloudflare's headers on a healthy page", response(200, "<h1>ok</h1>", "Server", "cloudflare", "CF-RAY", "8f-CDG"), Context{}, "", "", "", decide.Works},
		{"Clever Cloud's id on a healthy page", response(200, "<h1>ok</h1>", "Sozu-Id", "01K"), Context{}, "", "", "", decide.Works},
		{"a redirect to the site's login", &facts.HTTP{Status: 302, Location: "https://login.shop.example/"}, Context{PlainHTTP: true, Host: "shop.example"}, "", "", "", decide.Works},
		{"an intranet's redirect inside", &facts.HTTP{Status: 302, Location: "http://10.0.0.5/"}, Context{PlainHTTP: true, Host: "intranet"}, "", "", "", decide.Works},
		{"a portal's own site, proven", response(200, "<html><head><title>Captive Portal Login Page</title></head><body>Netgate</body></html>"), Context{TLSProven: true}, "", "", "", decide.Works},
		{"nothing", response(204, ""), Context{}, "", "", "", decide.Works},
		{"not modified", response(304, ""), Context{}, "", "", "", decide.Works},
	} {
		g := Recognise(c.h, c.ctx)
		cause, certainty := decide.PageCause(g)
		if c.product == "" {
			if g != nil {
				t.Errorf("%s: no error page, got %s %s by %s", c.name, g.Product, g.Variant, g.WrittenBy)
			}
			continue
		}
		if g == nil {
			t.Errorf("%s: not recognised", c.name)
			continue
		}
		if g.Product != c.product || g.WrittenBy != c.by || g.Failure != c.failure || cause != c.cause {
			t.Errorf("%s: got %s by %s, %s %v, %s; want %s by %s, %s, %s", c.name, g.Product, g.WrittenBy, g.Failure, g.AlsoPossible, cause, c.product, c.by, c.failure, c.cause)
		}
		if (cause == decide.RefusedVisitor || cause == decide.RateLimited || c.h.Status == 418) && certainty == decide.Certain {
			t.Errorf("%s: %s must be at most likely", c.name, cause)
		}
	}
}

func TestWhatTheHeadersSay(t *testing.T) {
	h := response(502, nginxPage("502 Bad Gateway", "nginx/1.18.0"), "Server", "cloudflare", "CF-RAY", "9a1b2c3d4e5f6071-CDG", "X-Request-Id", "ab-12", "Age", "37", "Via", "1.1 varnish", "X-Varnish", "12 7")
	g := Recognise(h, Context{})
	if !slices.Contains(g.Via, "cloudflare") || !slices.Contains(g.Via, "varnish") || slices.Contains(g.Via, "nginx") {
		t.Errorf("via: %v", g.Via)
	}
	if g.RequestIDs["cf-ray"] != "9a1b2c3d4e5f6071-CDG" || g.RequestIDs["x-request-id"] != "ab-12" {
		t.Errorf("ids: %v", g.RequestIDs)
	}
	if !g.Cached || g.Quote != "502 Bad Gateway" || g.FailedHop != "origin" {
		t.Errorf("cached %v, quote %q, failed hop %q", g.Cached, g.Quote, g.FailedHop)
	}
	date := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		value  string
		server string
		want   int // 0: no promise
	}{
		{503, "120", "", 120}, {429, "3600", "", 3600}, {503, "0", "", 0}, {503, "-5", "", 0}, {502, "30", "", 0}, {503, "999999", "", 0}, {503, "soon", "", 0},
		{503, "Sat, 21 Nov 2026 10:05:00 GMT", "", 300}, {503, "Sat, 21 Nov 2026 09:05:00 GMT", "", 0},
	} {
		h := response(c.status, "x", "Retry-After", c.value)
		h.Date = date
		got := Recognise(h, Context{}).RetryAfterS
		if (got == nil) != (c.want == 0) || got != nil && *got != c.want {
			t.Errorf("Retry-After: %s with %d: got %v, want %d", c.value, c.status, got, c.want)
		}
	}
	varnish := response(503, "<h1>Error 503</h1><h3>Guru Meditation:</h3> <p>XID: 3</p><hr><p>Varnish cache server</p>", "Retry-After", "5", "X-Varnish", "2")
	if g := Recognise(varnish, Context{}); g.RetryAfterS != nil || g.RequestIDs["x-varnish"] != "2" {
		t.Errorf("Varnish's 5 seconds are no promise: %v", g)
	}
	do := Recognise(response(500, "<html><body><h1>Error</h1><p>App Platform failed to forward this request to the application.</p></body></html>", "x-do-orig-status", "504"), Context{})
	if do.RealStatus != 504 || do.Product != "digitalocean" {
		t.Errorf("DigitalOcean: %+v", do)
	}
	if c, _ := decide.PageCause(do); c != decide.GatewayTimeout {
		t.Errorf("DigitalOcean: %s", c)
	}
	soft := Recognise(response(200, nginxPage("504 Gateway Time-out", "nginx")), Context{})
	if soft == nil || !soft.Soft || soft.RealStatus != 504 || soft.Status != 200 {
		t.Errorf("soft: %+v", soft)
	}
}

func TestWaiting(t *testing.T) {
	n := 120
	for _, c := range []struct {
		g    facts.Gateway
		want int
	}{
		{facts.Gateway{Status: 502, Failure: failRefused, WrittenBy: facts.ByGateway}, waitRestart},
		{facts.Gateway{Status: 503, Failure: failMaintenance, WrittenBy: facts.ByOrigin}, waitWork},
		{facts.Gateway{Status: 503, Failure: failMaintenance, RetryAfterS: &n}, 120},
		{facts.Gateway{Status: 429, Failure: failRate}, waitLimit},
		{facts.Gateway{Status: 403, Failure: failBlocked}, 0},
		{facts.Gateway{Status: 526, Failure: failTLS}, 0},
		{facts.Gateway{Status: 404, Failure: failUnknown}, 0},
		{facts.Gateway{Status: 503, Failure: failRefused, WrittenBy: facts.ByProxy}, 0},
	} {
		if helps, s := Waiting(&c.g); s != c.want || helps != (c.want > 0) {
			t.Errorf("%d %s: wait %v %d s, want %d", c.g.Status, c.g.Failure, helps, s, c.want)
		}
	}
}
