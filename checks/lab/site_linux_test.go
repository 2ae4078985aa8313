package lab

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Faults of the site: its address answers, wrongly or not at all.

const siteURL = "https://" + SiteHost + "/"

func plainSite(w *World) Want {
	w.Nginx(`location / { default_type text/html; return 200 "<html><title>Boutique</title><body>Open</body></html>"; }`, nil)
	w.Prove(siteURL, 200, 0, "-4")
	w.Prove(siteURL, 200, 0, "-6")
	return want("works")
}

// upstream puts a bad program behind the site's front door and gives its address.
func upstream(w *World, f func(net.Conn)) string {
	w.ServeTCP(w.Internet, "127.0.0.1:9001", f)
	return "127.0.0.1:9001"
}

// request reads a request's head off a connection.
func request(c net.Conn) {
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	buf := make([]byte, 65536)
	c.Read(buf)
}

func hang(c net.Conn) { request(c); io.Copy(io.Discard, c) }

func nginxUpstreamRefused(w *World) Want {
	w.Nginx("location / { proxy_pass http://127.0.0.1:9001; }", nil) // nobody listens there
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

func apacheUpstreamCloses(w *World) Want {
	w.Apache("ProxyPass / http://" + upstream(w, request) + "/")
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

func haproxyUpstreamCloses(w *World) Want {
	w.HAProxy("  server a " + upstream(w, request))
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

func cloudflareOriginDown(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Server", "cloudflare")
		rw.Header().Set("CF-RAY", "8f3c1d2e4a5b6c7d-CDG")
		rw.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		rw.WriteHeader(521)
		io.WriteString(rw, "error code: 521")
	}))
	w.Prove(siteURL, 521, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "edge"}
}

func nginxUpstreamSilent(w *World) Want {
	w.Nginx("location / { proxy_pass http://"+upstream(w, hang)+"; proxy_read_timeout 1s; }", nil)
	w.Prove(siteURL, 504, 0)
	return Want{Cause: "gateway-timeout", GatewayBy: "gateway"}
}

func haproxyUpstreamSilent(w *World) Want {
	w.HAProxy("  server a " + upstream(w, hang))
	w.Prove(siteURL, 504, 0)
	return Want{Cause: "gateway-timeout", GatewayBy: "gateway"}
}

func slowGatewayTimeout(w *World) Want { // the page comes after more than the first patience
	w.Nginx("location / { proxy_pass http://"+upstream(w, hang)+"; proxy_read_timeout 4s; }", nil)
	w.Prove(siteURL, 504, 0, "-m", "9")
	return Want{Cause: "gateway-timeout", GatewayBy: "gateway", OrLess: true}
}

func haproxyNoServer(w *World) Want {
	w.HAProxy("  http-request deny deny_status 503 if FALSE\n  server a 127.0.0.1:9001 check inter 100ms fall 1 init-addr last disabled")
	w.Prove(siteURL, 503, 0)
	return Want{Cause: "unavailable", GatewayBy: "gateway"}
}

func varnishBackendDead(w *World) Want {
	w.Varnish("127.0.0.1:9001")
	w.Prove(siteURL, 503, 0)
	return want("unavailable")
}

func maintenancePage(w *World) Want {
	w.Nginx(`error_page 503 /m.html; location = /m.html { internal; default_type text/html; add_header Retry-After 600 always; return 503 "<h1>Maintenance</h1>We are back soon."; }
location / { return 503; }`, nil)
	w.Prove(siteURL, 503, 0)
	return Want{Cause: "unavailable", Fix: "retry-later"}
}

func programCrashes(w *World) Want {
	up := upstream(w, func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nContent-Length: 34\r\nConnection: close\r\n\r\n<h1>Uncaught TypeError in app</h1>")
	})
	w.Nginx("location / { proxy_pass http://"+up+"; }", nil)
	w.Prove(siteURL, 500, 0)
	return want("server-error")
}

func apache500(w *World) Want {
	w.Apache("Redirect 500 /")
	w.Prove(siteURL, 500, 0)
	return want("server-error")
}

func badRequestToAll(w *World) Want { // 400 to a plain GET: at most likely
	w.Nginx("location / { return 400; }", nil)
	w.Prove(siteURL, 400, 0)
	return Want{Cause: "server-error", NotSure: true}
}

func nothingListens(w *World) Want {
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.Prove(siteURL, 0, 7)
	return want("connection-refused")
}

func portClosed(w *World) Want {
	w.Site(Page("Boutique"))
	w.Prove("http://"+SiteHost+":8080/", 0, 7)
	return Want{Cause: "connection-refused", Address: "http://" + SiteHost + ":8080/"}
}

func silentAddress(w *World) Want {
	w.Names.Set(SiteHost, DeadIP)
	w.Prove(siteURL, 0, 28)
	return want("site-unreachable")
}

func serverFirewalled(w *World) Want { // both its addresses swallow, ping answers
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.NFT(w.Internet, "table inet lab { chain i { type filter hook input priority 0\n ip daddr "+SiteIP+" meta l4proto tcp drop\n ip6 daddr "+SiteIP6+" meta l4proto tcp drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("site-unreachable")
}

func acceptsAndSilent(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	w.Prove(siteURL, 0, 28)
	return want("no-answer")
}

func silentBeforeTLS(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":443", hang)
	w.Prove(siteURL, 0, 28)
	return want("no-answer")
}

func redirectCircle(w *World) Want {
	w.Nginx("location / { return 302 http://"+SiteHost+"/; }", nil) // port 80 sends back to https
	w.Prove(siteURL, 302, 47)
	return want("redirect-loop")
}

func redirectSelf(w *World) Want {
	w.Nginx("location / { return 302 https://"+SiteHost+"/login; } location /login { return 302 https://"+SiteHost+"/; }", nil)
	w.Prove(siteURL, 302, 47)
	return want("redirect-loop")
}

func redirectGrowing(w *World) Want { // never the same address twice, and no end
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, r.URL.Path+"a", http.StatusFound)
	}))
	w.Prove(siteURL, 302, 47)
	return want("redirect-loop")
}

func pageMissing(w *World) Want {
	w.Nginx(`location = / { return 200 "home"; } location / { return 404; }`, nil)
	w.Prove(siteURL+"vieille-page", 404, 0)
	return Want{Cause: "page-not-found", Address: siteURL + "vieille-page"}
}

func pageGone(w *World) Want {
	w.Apache("Redirect gone /")
	w.Prove(siteURL, 410, 0)
	return want("page-not-found")
}

func forbidden(w *World) Want {
	w.Nginx("location / { return 403; }", nil)
	w.Prove(siteURL, 403, 0)
	return Want{Cause: "refused-visitor", NotSure: true}
}

func robotCheck(w *World) Want {
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Server", "cloudflare")
		rw.Header().Set("CF-RAY", "8f3c1d2e4a5b6c7d-CDG")
		rw.Header().Set("Cf-Mitigated", "challenge")
		rw.Header().Set("Content-Type", "text/html; charset=UTF-8")
		rw.WriteHeader(403)
		io.WriteString(rw, "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>")
	}))
	w.Prove(siteURL, 403, 0)
	return Want{Cause: "refused-visitor", NotSure: true}
}

func legalBlock(w *World) Want {
	w.Nginx("location / { return 451; }", nil)
	w.Prove(siteURL, 451, 0)
	return Want{Cause: "refused-visitor", NotSure: true}
}

func tooManyRequests(w *World) Want {
	w.Nginx("location / { add_header Retry-After 30 always; return 429; }", nil)
	w.Prove(siteURL, 429, 0)
	return Want{Cause: "rate-limited", NotSure: true}
}

func resetAfterRequest(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) { request(c); c.(*net.TCPConn).SetLinger(0) })
	w.Prove("http://"+SiteHost+"/", 0, 56)
	return Want{Cause: "connection-cut", Address: "http://" + SiteHost + "/"}
}

func resetAtHello(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":443", func(c net.Conn) { request(c); c.(*net.TCPConn).SetLinger(0) })
	w.Prove(siteURL, 0, 35)
	return want("connection-cut")
}

func closesWithoutAnswer(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", request)
	w.Prove("http://"+SiteHost+"/", 0, 52)
	return Want{Cause: "connection-cut", Address: "http://" + SiteHost + "/"}
}

func halfAPage(w *World) Want { // announced 9000, sent 20, closed
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html>half a page...")
	})
	w.Prove("http://"+SiteHost+"/", 200, 18)
	return Want{Cause: "connection-cut", Address: "http://" + SiteHost + "/"}
}

func sshOnTheWebPort(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
		request(c)
		io.WriteString(c, "Invalid SSH identification string.\r\n")
	})
	return Want{Cause: "invalid-answer", Address: "http://" + SiteHost + "/"}
}

func garbageAnswer(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		request(c)
		for i := range 2000 {
			c.Write([]byte{byte(i*37 + 129)})
		}
	})
	return Want{Cause: "invalid-answer", Address: "http://" + SiteHost + "/"}
}

func redirectToFile(w *World) Want {
	w.Nginx("location / { return 302 file:///etc/passwd; }", nil)
	return want("bad-redirect")
}

func redirectWithoutPlace(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", func(c net.Conn) {
		request(c)
		io.WriteString(c, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://\r\n\r\n")
	})
	return Want{Cause: "bad-redirect", Address: "http://" + SiteHost + "/"}
}

func redirectToUnknownName(w *World) Want {
	w.Nginx("location / { return 301 https://www.boutique-neuve.example/; }", nil)
	w.Prove(siteURL, 301, 6)
	return want("name-not-found")
}

func redirectToDeadHost(w *World) Want {
	w.Names.Set("www."+SiteHost, DeadIP)
	w.Nginx("location / { return 301 https://www."+SiteHost+"/; }", nil)
	w.Prove(siteURL, 301, 28)
	return want("site-unreachable")
}

func redirectTo502(w *World) Want {
	w.Nginx("location / { return 301 https://"+SiteHost+"/accueil; } location /accueil { proxy_pass http://127.0.0.1:9001; }", nil)
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

func oneOfTwoAnswers502(w *World) Want {
	w.Names.Set(SiteHost, SiteIP, "203.0.113.11")
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.SiteAt(SiteHost, Status(502, "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>"), "203.0.113.11")
	w.Prove(siteURL, 502, 0, "--resolve", SiteHost+":443:203.0.113.11")
	w.Prove(siteURL, 200, 0, "--resolve", SiteHost+":443:"+SiteIP)
	// The order of addresses is the resolver's: the first asked may be the good one, and then it works.
	return Want{Cause: "intermittent", Or: "works"}
}

func everySecondAnswer(w *World) Want {
	var n atomic.Int64
	w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 1 {
			Status(503, "<h1>Service Unavailable</h1>").ServeHTTP(rw, r)
			return
		}
		Page("Boutique").ServeHTTP(rw, r)
	}))
	return want("intermittent")
}

func seen502Gone(w *World) Want { // the browser showed a 502 and we do not get one
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "intermittent", Args: []string{"--seen", "502 Bad Gateway nginx"}, NotSure: true}
}

func unknownName(w *World) Want {
	w.Prove(siteURL, 0, 6)
	return want("name-not-found")
}

func servfailEverywhere(w *World) Want {
	w.Names.Put(SiteHost, Name{Code: 2})
	w.Prove(siteURL, 0, 6)
	return want("dns-broken-at-site")
}

func nameWithoutAddress(w *World) Want {
	w.Names.Put(SiteHost, Name{})
	w.Prove(siteURL, 0, 6)
	return want("dns-broken-at-site")
}

func nameWithLoopback(w *World) Want {
	w.Names.Set(SiteHost, "127.0.0.1")
	w.Prove(siteURL, 0, 7)
	return want("dns-broken-at-site")
}

func nameWithDeadPrivateAddress(w *World) Want {
	w.Names.Set(SiteHost, "10.20.30.40")
	w.Prove(siteURL, 0, 28)
	return want("dns-broken-at-site")
}
