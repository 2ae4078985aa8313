package lab

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// What sites answer, in all its oddity.
func init() {
	sure := func(cause string) Want { return Want{Cause: cause, NotSure: true} }
	Scenarios = append(Scenarios, []Scenario{
		// Every number of the contract's list, whoever sends it.
		{"bad-gateway/adv-nginx-sends-520", answers(want("bad-gateway"), 520, nginxPage("520 Web server returns an unknown error")), All},
		{"bad-gateway/adv-nginx-sends-530", answers(want("bad-gateway"), 530, nginxPage("530 Site is frozen")), All},
		{"bad-gateway/adv-cloudflare-1033", answers(want("bad-gateway"), 530, "error code: 1033", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG"), All},
		{"server-error/adv-cloudflare-worker-1101", answers(want("server-error"), 530, "error code: 1101", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG"), All},
		{"server-error/adv-527", answers(want("server-error"), 527, "error code: 527", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG"), All},
		{"server-error/adv-501", answers(want("server-error"), 501, "<h1>501 Not Implemented</h1>"), All},
		{"server-error/adv-505", answers(want("server-error"), 505, "<h1>505 HTTP Version Not Supported</h1>"), All},
		{"server-error/adv-507", answers(want("server-error"), 507, "<h1>507 Insufficient Storage</h1>"), All},
		{"server-error/adv-cloudlinux-508", answers(want("server-error"), 508, "<html><head><title>508 Resource Limit Is Reached</title></head><body><h1>Resource Limit Is Reached</h1>The website is temporarily unable to service your request as it exceeded resource limit. Please try again later.</body></html>"), All},
		{"server-error/adv-cpanel-509", answers(want("server-error"), 509, "<html><head><title>509 Bandwidth Limit Exceeded</title></head><body><h1>Bandwidth Limit Exceeded</h1>The server is temporarily unable to service your request due to the site owner reaching his/her bandwidth limit.</body></html>"), All},
		{"gateway-timeout/adv-598", answers(want("gateway-timeout"), 598, "network read timeout"), All},
		{"gateway-timeout/adv-599", answers(want("gateway-timeout"), 599, "network connect timeout"), All},
		{"gateway-timeout/adv-haproxy-408", answers(want("gateway-timeout"), 408, "<html><body><h1>408 Request Time-out</h1>\nYour browser didn't send a complete request in time.\n</body></html>\n", "Connection", "close"), All},
		{"server-error/adv-405", answers(sure("server-error"), 405, nginxPage("405 Not Allowed")), All},
		{"server-error/adv-414", answers(sure("server-error"), 414, nginxPage("414 Request-URI Too Large")), All},
		{"server-error/adv-431", answers(sure("server-error"), 431, "<h1>431 Request Header Fields Too Large</h1>"), All},
		// 418 and 421 have no place in the contract: no outage may be claimed with certainty.
		{"server-error/adv-418", answers(Want{Cause: "server-error", Or: "refused-visitor", NotSure: true, OrLess: true}, 418, "I'm a teapot"), All},
		{"server-error/adv-421", answers(Want{Cause: "server-error", NotSure: true, OrLess: true}, 421, "Misdirected Request"), All},
		{"invalid-answer/adv-status-999", answers(Want{Cause: "invalid-answer", Or: "refused-visitor", NotSure: true, OrLess: true}, 999, "Request denied"), All},
		{"proxy-broken/adv-407-from-the-site", answers(Want{Cause: "proxy-broken", Or: "server-error", NotSure: true, OrLess: true}, 407, "Proxy authentication", "Proxy-Authenticate", "Basic realm=x"), All},
		{"server-error/adv-511-from-the-site", answers(Want{Cause: "server-error", Or: "captive-portal", NotSure: true, OrLess: true}, 511, portalPage), All},

		// Who is refused, and who is only tested.
		{"refused-visitor/adv-cloudflare-1020", answers(sure("refused-visitor"), 403, "error code: 1020", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG"), All},
		{"refused-visitor/adv-challenge-503", answers(sure("refused-visitor"), 503, "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing boutique.example.</h1><form id=\"challenge-form\" action=\"/?__cf_chl_f_tk=x\"></form></body></html>", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG", "Retry-After", "1"), All},
		{"refused-visitor/adv-datadome", answers(sure("refused-visitor"), 403, "<html><head><title>boutique.example</title></head><body><p id=\"cmsg\">Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','cid':'x','host':'geo.captcha-delivery.com'}</script><script src=\"https://ct.captcha-delivery.com/c.js\"></script></body></html>", "X-DataDome", "protected"), All},
		{"refused-visitor/adv-anubis", answers(Want{Cause: "refused-visitor", Or: "works", NotSure: true}, 200, "<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title><link rel=\"stylesheet\" href=\"/.within.website/x/xess/xess.css\"></head><body><h1>Making sure you&#39;re not a bot!</h1><script id=\"anubis_challenge\" type=\"application/json\">{\"rules\":{\"difficulty\":4}}</script>Protected by Anubis</body></html>"), All},
		{"rate-limited/adv-cloudflare-1015", answers(sure("rate-limited"), 429, "error code: 1015", "Server", "cloudflare", "CF-RAY", "8f3c1d2e4a5b6c7d-CDG", "Retry-After", "60"), All},
		{"rate-limited/adv-json-without-a-date", answers(sure("rate-limited"), 429, `{"error":"too_many_requests"}`, "Content-Type", "application/json"), All},
		{"rate-limited/adv-one-page-only", rateLimitedPage, All},
		{"intermittent/adv-429-then-good", rateLimitedOnce, All},

		// Pages in odd clothes.
		{"bad-gateway/adv-empty-caddy", answers(want("bad-gateway"), 502, "", "Server", "Caddy"), All},
		{"bad-gateway/adv-gzip-page", gzip502, All},
		{"bad-gateway/adv-utf16-page", utf16Page502, All},
		{"bad-gateway/adv-custom-page", answers(want("bad-gateway"), 502, "<html><head><title>Oups</title></head><body><h1>Nous revenons vite</h1>"+strings.Repeat("<p>Notre équipe travaille.</p>", 300)+"</body></html>"), All},
		{"bad-gateway/adv-json-page", answers(want("bad-gateway"), 502, `{"status":502,"message":"upstream connect error"}`, "Content-Type", "application/json"), All},
		{"unavailable/adv-wordpress-update", answers(Want{Cause: "unavailable", Fix: "retry-later"}, 503, "<title>Maintenance</title>Briefly unavailable for scheduled maintenance. Check back in a minute.", "Retry-After", "600"), All},
		{"unavailable/adv-palo-alto-words-in-503", answers(want("unavailable"), 503, "<h1>Service Unavailable</h1>Our provider Palo Alto Hosting is blocked by a strike."), All},
		{"bad-gateway/adv-cut-in-the-page", cut502, All},

		// The same question, another answer.
		{"intermittent/adv-first-502-then-good", firstFails(Status(502, nginx502)), All},
		{"intermittent/adv-first-504-then-good", firstFails(Status(504, nginxPage("504 Gateway Time-out"))), All},
		{"intermittent/adv-ipv6-address-502", sixFails, All},
		{"intermittent/adv-first-connection-reset", firstConnectionReset, All},
		{"intermittent/adv-exact-query-fails-once", exactQueryFailsOnce, All},
		{"intermittent/adv-seen-404-gone-now", seen404Gone, All},
		{"unavailable/adv-only-with-the-query", onlyWithQuery(503), All},
		{"page-not-found/adv-only-with-the-query", onlyWithQuery(404), All},
		{"server-error/adv-only-with-the-query", onlyWithQuery(500), All},

		// Redirects.
		{"bad-redirect/adv-301-without-location", redirectWithoutLocation, All},
		{"bad-redirect/adv-to-data", redirectTo("data:text/html,hello"), All},
		{"name-not-found/adv-http-redirects-to-nxdomain", httpRedirectToUnknown, All},
		{"certificate-expired/adv-behind-a-redirect", redirectToExpired, All},
		{"connection-refused/adv-redirect-to-https-that-refuses", redirectToClosed443, All},
		{"connection-refused/adv-redirect-to-odd-port", redirectTo("https://" + SiteHost + ":8443/"), All},
		{"page-not-found/adv-behind-a-redirect", redirectTo404, All},
		{"redirect-loop/adv-between-two-hosts", loopOfTwoHosts, All},
		{"redirect-loop/adv-http-to-https-to-http-with-cookie", loopWithCookie, All},

		// Not HTTP, or hardly.
		{"invalid-answer/adv-http-0.9", noHeaders, All},
		{"connection-cut/adv-headers-cut", headersCut, All},
		{"connection-cut/adv-chunk-cut", chunkCut, All},
		{"no-answer/adv-headers-never-end", headersNeverEnd, All},
		{"no-answer/adv-12-seconds", slowAnswer(12*time.Second, Want{Cause: "no-answer", OrLess: true, NotSure: true}), All},
	}...)
}

func nginxPage(title string) string {
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}

func rateLimitedPage(w *World) Want {
	w.Nginx("location /liste { return 429; } location / { return 200 home; }", nil)
	w.Prove(siteURL+"liste", 429, 0)
	return Want{Cause: "rate-limited", Address: siteURL + "liste", NotSure: true}
}

func rateLimitedOnce(w *World) Want { // the first try was one too many
	var n atomic.Int64
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			with(429, "Too many requests", "Retry-After", "1").ServeHTTP(rw, r)
			return
		}
		shop.ServeHTTP(rw, r)
	}))
	return Want{Cause: "intermittent", Or: "rate-limited"}
}

func gzip502(w *World) Want {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, nginx502)
	z.Close()
	w.Site(with(502, b.String(), "Content-Encoding", "gzip", "Server", "nginx"))
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

func utf16Page502(w *World) Want { // two bytes a letter
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, c := range []byte(nginx502) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	w.Site(with(502, b.String(), "Content-Type", "text/html; charset=utf-16"))
	w.Prove(siteURL, 502, 0)
	return want("bad-gateway")
}

func cut502(w *World) Want { // the error page itself is cut short: the status has come all the same
	address := w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 552\r\n\r\n"+nginx502[:80])
	})
	w.Prove(address, 502, 18)
	return Want{Cause: "bad-gateway", Or: "connection-cut", Address: address}
}

func firstFails(bad http.Handler) func(*World) Want {
	return func(w *World) Want {
		var n atomic.Int64
		w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				bad.ServeHTTP(rw, r)
				return
			}
			shop.ServeHTTP(rw, r)
		}))
		return want("intermittent")
	}
}

func sixFails(w *World) Want { // by IPv6, which is preferred, a 502; by IPv4 the page
	w.families(Status(502, nginx502), shop)
	w.Prove(siteURL, 502, 0, "-6")
	w.Prove(siteURL, 200, 0, "-4")
	return want("intermittent")
}

func firstConnectionReset(w *World) Want {
	var n atomic.Int64
	return Want{Cause: "intermittent", Or: "works", Address: w.plain(func(c net.Conn) {
		request(c)
		if n.Add(1) == 1 {
			c.(*net.TCPConn).SetLinger(0)
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><title>Boutique</title>"+strings.Repeat("An ordinary shop. ", 300))
	})}
}

func exactQueryFailsOnce(w *World) Want { // with --exact the repeat carries the query: it is the same question
	got := firstFails(Status(502, nginx502))(w)
	got.Address, got.Args = siteURL+"liste?page=2", []string{"--exact"}
	return got
}

func seen404Gone(w *World) Want {
	w.Site(shop)
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "intermittent", Args: []string{"--seen", "404 Not Found nginx"}, NotSure: true}
}

func onlyWithQuery(code int) func(*World) Want { // the repeat without the query is good, and is another question
	cause := map[int]string{503: "unavailable", 404: "page-not-found", 500: "server-error"}[code]
	return func(w *World) Want {
		w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "" {
				Status(code, fmt.Sprintf("<h1>%d</h1>", code)).ServeHTTP(rw, r)
				return
			}
			shop.ServeHTTP(rw, r)
		}))
		w.Prove(siteURL+"liste?page=2", code, 0)
		return Want{Cause: cause, Address: siteURL + "liste?page=2"}
	}
}

func redirectWithoutLocation(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusMovedPermanently) }))
	w.Prove(siteURL, 301, 0)
	return want("bad-redirect")
}

func redirectTo(where string) func(*World) Want {
	cause := "bad-redirect"
	if strings.HasPrefix(where, "http") {
		cause = "connection-refused"
	}
	return func(w *World) Want {
		w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Location", where)
			rw.WriteHeader(http.StatusFound)
		}))
		return want(cause)
	}
}

func httpRedirectToUnknown(w *World) Want { // typed with http://, and sent to a name that nobody knows
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", http.RedirectHandler("http://ancienne-boutique.example/", http.StatusFound))
	w.Prove("http://"+SiteHost+"/", 302, 6)
	return Want{Cause: "name-not-found", Address: "http://" + SiteHost + "/"}
}

func redirectToExpired(w *World) Want {
	w.Site(http.RedirectHandler("https://compte.example/", http.StatusFound))
	w.Names.Set("compte.example", "203.0.113.12")
	w.ServeTLS(w.Internet, "203.0.113.12:443", shop, Trusted().Issue(Expired(), "compte.example"))
	w.Prove(siteURL, 302, 60)
	return want("certificate-expired")
}

func redirectToClosed443(w *World) Want { // port 80 sends to https, where nobody listens
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", ToHTTPS())
	w.Prove("http://"+SiteHost+"/", 301, 7)
	return Want{Cause: "connection-refused", Address: "http://" + SiteHost + "/"}
}

func redirectTo404(w *World) Want {
	w.Nginx("location = / { return 302 /accueil; } location / { return 404; }", nil)
	w.Prove(siteURL, 404, 0)
	return want("page-not-found")
}

func loopOfTwoHosts(w *World) Want {
	w.Names.Set("www."+SiteHost, SiteIP, SiteIP6)
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		to := "https://www." + SiteHost + "/"
		if strings.HasPrefix(r.Host, "www.") {
			to = siteURL
		}
		http.Redirect(rw, r, to, http.StatusMovedPermanently)
	}))
	w.Prove(siteURL, 301, 47)
	return want("redirect-loop")
}

func loopWithCookie(w *World) Want { // another cookie each time: never the same state, and no end
	var n atomic.Int64
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.SetCookie(rw, &http.Cookie{Name: "n", Value: fmt.Sprint(n.Add(1)), Path: "/"})
		http.Redirect(rw, r, "/", http.StatusFound)
	}))
	return want("redirect-loop")
}

func noHeaders(w *World) Want { // a page without a head, as in 1991
	return Want{Cause: "invalid-answer", Address: w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "<html><body>Hello from a very old server</body></html>\n")
	})}
}

func headersCut(w *World) Want {
	return Want{Cause: "connection-cut", Or: "invalid-answer", Address: w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/ht")
	})}
}

func chunkCut(w *World) Want {
	return Want{Cause: "connection-cut", Address: w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<html><title>Boutique</title>half of it")
	})}
}

func headersNeverEnd(w *World) Want { // one header line a second, and never an empty one
	return Want{Cause: "no-answer", Or: "invalid-answer", OrLess: true, Address: w.plain(func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		for i := range 40 {
			if _, err := fmt.Fprintf(c, "X-%d: wait\r\n", i); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	})}
}

func slowAnswer(d time.Duration, truth Want) func(*World) Want {
	return func(w *World) Want {
		w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(d):
				shop.ServeHTTP(rw, r)
			case <-r.Context().Done():
			}
		}))
		return truth
	}
}
