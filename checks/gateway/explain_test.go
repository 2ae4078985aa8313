package gateway

import (
	"strings"
	"testing"
	"unicode/utf8"

	"passerelle/checks/decide"
)

func TestExplainPastedWords(t *testing.T) {
	for _, c := range []struct {
		text    string
		status  int // 0: no server's error
		product string
		failure string
		cause   decide.Cause
	}{
		// The variants that people search for.
		{"502 Bad Gateway", 502, unknown, failUnknown, decide.BadGateway},
		{"HTTP 502", 502, unknown, failUnknown, decide.BadGateway},
		{"502", 502, unknown, failUnknown, decide.BadGateway},
		{"Error 502", 502, unknown, failUnknown, decide.BadGateway},
		{"erreur 502", 502, unknown, failUnknown, decide.BadGateway},
		{"Bad Gateway: erreur 502", 502, unknown, failUnknown, decide.BadGateway},
		{"HTTP Error 502 - Bad Gateway", 502, unknown, failUnknown, decide.BadGateway},
		{"502 Service Temporarily Overloaded", 502, unknown, failOverloaded, decide.BadGateway},
		{"502. That's an error", 502, "google", failOverloaded, decide.BadGateway},
		{"502. That’s an error. The server encountered a temporary error and could not complete your request. Please try again in 30 seconds. That’s all we know.", 502, "google", failOverloaded, decide.BadGateway},
		{"Temporary Error (502)", 502, "google", failOverloaded, decide.BadGateway},
		{"Erreur temporaire (502)", 502, "google", failOverloaded, decide.BadGateway},
		{"The server encountered a temporary error and could not complete your request. Please try again in 30 seconds.", 502, "google", failOverloaded, decide.BadGateway},
		{"502 Bad Gateway nginx", 502, "nginx", failRefused, decide.BadGateway},
		{"502 Bad Gateway\nnginx/1.18.0 (Ubuntu)", 502, "nginx", failRefused, decide.BadGateway},
		{"502 Bad Gateway Apache", 502, "apache", failInvalid, decide.BadGateway},
		{"502 Bad Gateway Cloudflare", 502, "cloudflare", failInvalid, decide.BadGateway},
		{"502 Proxy Error", 502, "apache", failInvalid, decide.BadGateway},
		{"Proxy Error\nThe proxy server received an invalid response from an upstream server.\nThe proxy server could not handle the request\nReason: Error reading from remote server", 502, "apache", failClosed, decide.BadGateway},
		{"502 - Web server received an invalid response while acting as a gateway or proxy server.", 502, "iis", failInvalid, decide.BadGateway},
		{"Web server received an invalid response while acting as a gateway or proxy server", 502, "iis", failInvalid, decide.BadGateway},
		{"502 Server Hangup", 502, "apache-traffic-server", failClosed, decide.BadGateway},
		{"« 502 Erreur de proxy »", 502, unknown, failUnknown, decide.BadGateway},
		{"Mauvaise passerelle", 502, unknown, failUnknown, decide.BadGateway},
		{"Erreur 502 : mauvaise passerelle", 502, unknown, failUnknown, decide.BadGateway},
		{"Erreur de proxy", 502, unknown, failUnknown, decide.BadGateway},
		{"Gateway incorrecte!", 502, "apache", failInvalid, decide.BadGateway},
		{"Le serveur proxy a reçu une réponse incorrecte de la part d'un serveur supérieur.", 502, "apache", failInvalid, decide.BadGateway},
		{"J'ai le message « 502 Bad Gateway » sur leboncoin depuis ce matin", 502, unknown, failUnknown, decide.BadGateway},
		{"This page isn’t working\nboutique.example is currently unable to handle this request.\nHTTP ERROR 502", 502, unknown, failUnknown, decide.BadGateway},
		{"Cette page ne fonctionne pas. boutique.example ne peut pas traiter cette demande pour le moment. HTTP ERROR 500", 500, unknown, failUnknown, decide.ServerError},
		// Neighbours.
		{"500 Internal Server Error", 500, unknown, failUnknown, decide.ServerError},
		{"Erreur interne du serveur", 500, unknown, failUnknown, decide.ServerError},
		{"501 Not Implemented", 501, unknown, failUnknown, decide.ServerError},
		{"503 Service Unavailable", 503, unknown, failUnknown, decide.Unavailable},
		{"503 Service Temporarily Unavailable nginx", 503, "nginx", failOverloaded, decide.Unavailable},
		{"Service temporairement indisponible", 503, unknown, failUnknown, decide.Unavailable},
		{"Service indisponible (503)", 503, unknown, failUnknown, decide.Unavailable},
		{"HTTP Error 503. The service is unavailable.", 503, "iis", failCrash, decide.Unavailable},
		{"503 Backend fetch failed Guru Meditation: XID: 12345 Varnish cache server", 503, "varnish", failRefused, decide.Unavailable},
		{"503 Service Unavailable\nNo server is available to handle this request.", 503, "haproxy", failRefused, decide.Unavailable},
		{"504 Gateway Time-out", 504, unknown, failTimeout, decide.GatewayTimeout},
		{"504 Gateway Timeout nginx/1.22.1", 504, "nginx", failTimeout, decide.GatewayTimeout},
		{"Le délai d’attente de la passerelle est dépassé", 504, unknown, failTimeout, decide.GatewayTimeout},
		{"504: Expiration Passerelle", 504, "error-pages", failTimeout, decide.GatewayTimeout},
		{"505 HTTP Version Not Supported", 505, unknown, failUnknown, decide.ServerError},
		{"Error 520", 520, "cloudflare", failInvalid, decide.BadGateway},
		{"Error 521 Web server is down", 521, "cloudflare", failRefused, decide.BadGateway},
		{"Web server is down\nError code 521\nVisit cloudflare.com for more information.\nYou Browser Working\nParis Cloudflare Working\nboutique.example Host Error", 521, "cloudflare", failRefused, decide.BadGateway},
		{"Connection timed out Error code 522", 522, "cloudflare", failTimeout, decide.GatewayTimeout},
		{"erreur 523", 523, "cloudflare", failTimeout, decide.BadGateway},
		{"524 a timeout occurred", 524, "cloudflare", failTimeout, decide.GatewayTimeout},
		{"Error 525: SSL handshake failed", 525, "cloudflare", failTLS, decide.BadGateway},
		{"Error 526 Invalid SSL certificate", 526, "cloudflare", failTLS, decide.BadGateway},
		{"error code: 522", 522, "cloudflare", failTimeout, decide.GatewayTimeout},
		{"Error 1020 Access denied", 403, "cloudflare", failBlocked, decide.RefusedVisitor},
		{"Error 1016 Origin DNS error", 530, "cloudflare", failDNS, decide.BadGateway},
		{"Error 1015 You are being rate limited", 429, "cloudflare", failRate, decide.RateLimited},
		{"403 Forbidden", 403, unknown, failBlocked, decide.RefusedVisitor},
		{"404 Not Found nginx", 404, "nginx", failUnknown, decide.PageNotFound},
		{"Erreur 404 : page introuvable", 404, unknown, failUnknown, decide.PageNotFound},
		{"429 Too Many Requests", 429, unknown, failRate, decide.RateLimited},
		{"502 ERROR The request could not be satisfied. CloudFront wasn't able to connect to the origin. Generated by cloudfront (CloudFront) Request ID: abcDEF12==", 502, "cloudfront", failRefused, decide.BadGateway},
		{"upstream connect error or disconnect/reset before headers. reset reason: connection termination", 503, "envoy", failClosed, decide.Unavailable},
		{"no healthy upstream", 503, "envoy", failNoUpstream, decide.Unavailable},
		{"default backend - 404", 404, "ingress-nginx", failNoSite, decide.PageNotFound},
		{`{"message":"failure to get a peer from the ring-balancer"}`, 503, "kong", failNoUpstream, decide.Unavailable},
		{"This is an automatic answer by Sōzu. 503 Service Unavailable. No backend found for cluster app_1", 503, "sozu", failNoUpstream, decide.Unavailable},
		{"ERROR The requested URL could not be retrieved. Connection to 10.0.0.1 failed. The system returned: (111) Connection refused. Your cache administrator is webmaster.", 503, "squid", failRefused, decide.ProxyBroken},
		{"ERREUR L'URL demandée n'a pas pu être chargée. Le système a retourné : (111) Connection refused", 503, "squid", failRefused, decide.ProxyBroken},
		{"Our services aren't available right now. We're working to restore all services as soon as possible. Please check back soon.", 503, "azure-front-door", failNoUpstream, decide.Unavailable},
		{"Error establishing a database connection", 500, "wordpress", failCrash, decide.ServerError},
		{"Il y a eu une erreur critique sur ce site.", 500, "wordpress", failCrash, decide.ServerError},
		{"ngrok gateway error. The server returned an invalid or incomplete HTTP response. ERR_NGROK_3004", 502, "ngrok-tunnel", failInvalid, decide.BadGateway},
		{"The requested URL was rejected. Please consult with your administrator. Your support ID is: 1234567890", 403, "f5-big-ip-asm-advanced-waf", failBlocked, decide.RefusedVisitor},
		// No error.
		{"", 0, "", "", decide.Works},
		{"   \n", 0, "", "", decide.Works},
		{"Bonjour, tout va bien.", 0, "", "", decide.Works},
		{"La boutique est ouverte du lundi au samedi.", 0, "", "", decide.Works},
		{"Nous avons vendu 502 chaises et 504 tables le mois dernier.", 0, "", "", decide.Works},
		{"502 €", 0, "", "", decide.Works},
		{"503 km", 0, "", "", decide.Works},
		{"nginx is a web server", 0, "", "", decide.Works},
		{"Cloudflare", 0, "", "", decide.Works},
		{"The HTTP 502 Bad Gateway server error response status code indicates that a server was acting as a gateway or proxy and that it received an invalid response from the upstream server.", 0, "", "", decide.Works},
		{"Elevated error rates. Resolved - Some visitors saw '502 Bad Gateway' and 'Error code 522'. Ray IDs were collected. Posted Aug 20, 2026", 0, "", "", decide.Works},
	} {
		g, e := Explain([]byte(c.text))
		if e.Form != FormText || e.Browser != "" {
			t.Errorf("%q: taken for %q %q", c.text, e.Form, e.Browser)
		}
		if c.status == 0 {
			if g != nil {
				t.Errorf("%q: no error, got %d %s", c.text, g.Status, g.Product)
			}
			continue
		}
		if g == nil {
			t.Errorf("%q: not understood", c.text)
			continue
		}
		if g.Status != c.status || g.Product != c.product || g.Failure != c.failure || e.Cause != c.cause {
			t.Errorf("%q: got %d %s %s %s; want %d %s %s %s", c.text, g.Status, g.Product, g.Failure, e.Cause, c.status, c.product, c.failure, c.cause)
		}
		if g.Quote == "" || !utf8.ValidString(g.Quote) {
			t.Errorf("%q: quote %q", c.text, g.Quote)
		}
	}
}

func TestExplainBrowserErrors(t *testing.T) {
	for text, want := range map[string]string{
		"This site can’t be reached. boutique.example refused to connect. ERR_CONNECTION_REFUSED": "ERR_CONNECTION_REFUSED",
		"net::ERR_CERT_DATE_INVALID":                     "ERR_CERT_DATE_INVALID",
		"Code d’erreur : SEC_ERROR_UNKNOWN_ISSUER":       "SEC_ERROR_UNKNOWN_ISSUER",
		"PR_END_OF_FILE_ERROR":                           "PR_END_OF_FILE_ERROR",
		"DNS_PROBE_FINISHED_NXDOMAIN":                    "DNS_PROBE_FINISHED_NXDOMAIN",
		"NS_ERROR_NET_TIMEOUT":                           "NS_ERROR_NET_TIMEOUT",
		"ERR_INVALID_RESPONSE":                           "ERR_INVALID_RESPONSE",
		"MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT":            "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
		"Hmm. We’re having trouble finding that site.":   "we're having trouble finding that site",
		"La connexion a échoué. Firefox ne peut établir": "la connexion a échoué",
		"Ce site est inaccessible":                       "ce site est inaccessible",
	} {
		g, e := Explain([]byte(text))
		if g != nil || e.Browser != want || e.Cause != decide.BrowserSide || e.Certainty == decide.Certain {
			t.Errorf("%q: got %+v, %+v", text, g, e)
		}
	}
}

func TestExplainResponses(t *testing.T) {
	page := nginxPage("502 Bad Gateway", "nginx/1.18.0 (Ubuntu)")
	for name, input := range map[string]string{
		"curl -i":          "HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.18.0 (Ubuntu)\r\nContent-Type: text/html\r\n\r\n" + page,
		"curl -i, HTTP/2":  "HTTP/2 502 \r\nserver: nginx/1.18.0 (Ubuntu)\r\n\r\n" + page,
		"after a redirect": "HTTP/1.1 301 Moved Permanently\r\nLocation: https://x/\r\n\r\nHTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n" + page,
		"after CONNECT":    "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n" + page,
		"line feeds only":  strings.ReplaceAll("HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n"+page, "\r", ""),
		"curl -v":          "*   Trying 203.0.113.9:443...\n> GET / HTTP/1.1\n> Host: x\n>\n< HTTP/1.1 502 Bad Gateway\n< Server: nginx\n<\n" + page,
		"headers alone":    "HTTP/1.1 502 Bad Gateway\nServer: nginx\n",
		"no empty line":    "HTTP/1.1 502 Bad Gateway\nServer: nginx\n" + page,
		"a saved page":     page,
		"with a mark":      "\xef\xbb\xbf" + page,
		"UTF-16":           utf16LE(page),
	} {
		g, e := Explain([]byte(input))
		if g == nil || g.Product != "nginx" || g.Status != 502 || g.WrittenBy != "gateway" || e.Cause != decide.BadGateway {
			t.Errorf("%s: got %+v %+v", name, g, e)
		}
		if want := map[bool]string{true: FormResponse, false: FormPage}[strings.Contains(name, "curl") || strings.HasPrefix(input, "HTTP")]; e.Form != want {
			t.Errorf("%s: form %s", name, e.Form)
		}
	}
	for name, input := range map[string]string{
		"a healthy answer":  "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n<html><body>Bonjour</body></html>",
		"a healthy page":    "<html><head><title>Boutique</title></head><body><h1>Bienvenue</h1><p>502 articles</p></body></html>",
		"an article's page": "<!doctype html><html lang=\"en-US\"><head><title>502 Bad Gateway - HTTP | MDN</title></head><body><h1>502 Bad Gateway</h1><p>The HTTP 502 Bad Gateway server error response status code indicates that a server was acting as a gateway.</p></body></html>",
	} {
		if g, e := Explain([]byte(input)); g != nil || e.Cause != decide.Works {
			t.Errorf("%s: got %+v", name, g)
		}
	}
	if g, _ := Explain([]byte("<html><head><title>Erreur 503</title></head><body><h1>Service indisponible</h1></body></html>")); g == nil || g.Status != 503 || g.Product != unknown {
		t.Errorf("a page of nobody known: %+v", g)
	}
}

// TestExplainSavedCorpus takes the headers away: what was recognised by its page must still be, and the healthy pages stay healthy.
func TestExplainSavedCorpus(t *testing.T) {
	dir := corpusDir(t)
	entries := readCorpus(t, dir)
	known, right := 0, 0
	for i := range entries {
		e := &entries[i]
		if !looksHTML([]byte(e.Body)) {
			continue
		}
		g, _ := Explain([]byte(e.Body))
		if !e.Expect {
			if g != nil {
				t.Errorf("%s: no error page, got %s", e.ID, g.Product)
			}
			continue
		}
		known++
		want := e.Product
		if p, ok := corpusProduct[e.ID]; ok {
			want = p
		}
		if g != nil && (g.Product == want || g.Product == unknown) {
			right++
		} else {
			t.Logf("%s: got %+v", e.ID, g)
		}
	}
	t.Logf("of %d saved pages %d get the right product, or none", known, right)
	if right*100 < known*90 {
		t.Errorf("too few")
	}
}

func utf16LE(s string) string {
	out := []byte{0xff, 0xfe}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

func FuzzExplain(f *testing.F) {
	for _, s := range []string{"502 Bad Gateway nginx", "HTTP/1.1 502 x\r\nServer: nginx\r\n\r\nbody", "<html><h1>503", "ERR_FAILED", "error 1020", "\xff\xfeH\x00", "< HTTP/2 504\n<\nx", "&#x;&#99999999999;&eacute"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, e := Explain(b)
		if e.Cause == "" || e.Certainty == "" || e.Form == "" {
			t.Fatalf("nothing is said: %+v", e)
		}
		if g != nil {
			sound(t, loaded(), g.Product, string(g.WrittenBy), g.Failure, g.AlsoPossible, g.Quote)
			if g.Status == 0 {
				t.Fatal("an error without a status")
			}
		}
	})
}

func FuzzRecognise(f *testing.F) {
	f.Add(502, "Server", "nginx", []byte(nginxPage("502 Bad Gateway", "nginx")), true)
	f.Add(200, "Location", "http://10.0.0.1/", []byte("<meta http-equiv=\"refresh\" content=\"0;url=http://10.0.0.1\">"), true)
	f.Add(503, "Proxy-Status", "a;error=\"dns_error", []byte("<style><style"), false)
	f.Add(302, "Location", "::", []byte(""), true)
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte, plain bool) {
		h := response(status, string(body), name, value, "Via", value, "X-Cache-Lookup", value)
		g := Recognise(h, Context{Host: "site.example", PlainHTTP: plain, Proxied: status%2 == 0})
		if status >= 400 && g == nil {
			t.Fatal("an error status must be explained")
		}
		if g != nil {
			sound(t, loaded(), g.Product, string(g.WrittenBy), g.Failure, g.AlsoPossible, g.Quote)
			decide.PageCause(g)
			Waiting(g)
		}
	})
}

func sound(t *testing.T, tab *table, product, by, failure string, also []string, quote string) {
	t.Helper()
	if product != unknown && tab.byID[product] == nil || !validAuthor(by) || by == "" {
		t.Fatalf("product %q by %q", product, by)
	}
	seen := map[string]bool{failure: true}
	for _, a := range also {
		if seen[a] {
			t.Fatalf("%q twice in %v %v", a, failure, also)
		}
		seen[a] = true
	}
	if failure == "" || !utf8.ValidString(quote) || utf8.RuneCountInString(quote) > maxQuote+1 || strings.ContainsAny(quote, "\x00\x1b\n") {
		t.Fatalf("failure %q, quote %q", failure, quote)
	}
}
