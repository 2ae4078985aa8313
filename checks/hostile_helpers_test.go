//go:build linux

package checks_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"passerelle/checks/probe"
)

// behind puts a proxy between the computer and a site that works.
func behind(scheme string, f func(w *wire) bool) func(*stage) {
	return func(s *stage) {
		s.https(always(page("200 OK", "", fine)))
		at := "10.88." + strings.TrimPrefix(s.ip, "203.0.") + ":3128"
		s.env["https_proxy"] = scheme + "://" + at
		s.env["no_proxy"] = strings.Join(otherNames, ",") // the other sites are reached without it
		s.listenAt(at, func(c net.Conn) {
			if scheme == "http" {
				requests(c, f)
			} else {
				f(&wire{Conn: c})
			}
		})
	}
}

// toldBy makes the connectivity checks play f, before a site in clear HTTP.
func toldBy(f func(w *wire) bool) func(*stage) {
	return func(s *stage) {
		s.http(always(page("502 Bad Gateway", "Server: nginx\r\n", "<title>502 Bad Gateway</title><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>")))
		at := "198.51.101." + s.ip[strings.LastIndex(s.ip, ".")+1:]
		s.listenAt(at+":80", func(c net.Conn) { requests(c, f) })
		for _, c := range probe.Checks {
			s.also[c.Name] = at
		}
	}
}

// advisedBy makes the encrypted resolvers play f when asked for the host, whose site refuses every connection.
func advisedBy(f func(w http.ResponseWriter)) func(*stage) {
	return func(s *stage) {
		world.mu.Lock()
		world.odd[s.host] = f
		world.mu.Unlock()
	}
}

// comparedWith makes the other sites play f, before a site that refuses every connection.
func comparedWith(f func(net.Conn)) func(*stage) {
	return func(s *stage) {
		at := "198.51.102." + s.ip[strings.LastIndex(s.ip, ".")+1:]
		s.listenAt(at+":443", f)
		for _, o := range otherNames {
			s.also[o] = at
		}
	}
}

const notOpen = "connection-refused port-blocked undetermined"

// What the machines can do that are only asked beside the site: proxies, connectivity checks, resolvers, other sites.
var hostileHelpers = []hostile{
	// The proxy.
	{"a proxy with an endless header", behind("http", func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n") && w.forever("X: yyyyyyyyyyyyyyyyyy\r\n") }), "proxy-broken", wholeLimit},
	{"a proxy that says 200, then noise", behind("http", func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.forever("\x00\xff\x1b[31mnoise") }), "proxy-broken", wholeLimit},
	{"a proxy that says 200, then a page", behind("http", always(page("200 Connection established", "", fine))), "proxy-broken", wholeLimit},
	{"a proxy that says 200, then nothing", behind("http", func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.silence() }), "proxy-broken", wholeLimit},
	{"a proxy that says nothing", behind("http", func(w *wire) bool { return w.silence() }), "proxy-broken", wholeLimit},
	{"a proxy of noise", behind("http", func(w *wire) bool { return w.forever("\x00\xff\xfe\x1b[2J") }), "proxy-broken", wholeLimit},
	{"a proxy that continues for ever", behind("http", func(w *wire) bool { return w.forever("HTTP/1.1 100 Continue\r\n\r\n") }), "proxy-broken", wholeLimit},
	{"a proxy's refusal without end", behind("http", func(w *wire) bool {
		return w.say("HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\n\r\n") && w.forever("<p>Access denied by policy.</p>")
	}), "proxy-broken", wholeLimit},
	{"a proxy's refusal that drips", behind("http", func(w *wire) bool {
		return w.say("HTTP/1.1 503 Service Unavailable\r\n\r\n") && w.drip(200*time.Millisecond, func(int) string { return "a" })
	}), "proxy-broken", wholeLimit},
	{"a proxy that wants a password, with escapes", behind("http", always("HTTP/1.1 407 \u202eAuth\x1b[31m\r\nProxy-Authenticate: Basic realm=\"\u202e\x1b[2J\x00\"\r\nContent-Length: 0\r\n\r\n")), "proxy-broken", wholeLimit},
	{"a proxy that sends the tunnel elsewhere", behind("http", always("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")), "proxy-broken", wholeLimit},
	{"a SOCKS proxy of noise", behind("socks5", func(w *wire) bool { return w.forever("\x05\xff\x00\x1b") }), "proxy-broken", wholeLimit},
	{"a SOCKS proxy that drips", behind("socks5", func(w *wire) bool { return w.drip(300*time.Millisecond, func(int) string { return "\x05" }) }), "proxy-broken", wholeLimit},
	{"a SOCKS proxy that is a web server", behind("socks5", always(page("400 Bad Request", "", fine))), "proxy-broken", wholeLimit},

	// The connectivity checks.
	{"connectivity checks without end", toldBy(func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.forever("success\n") }), "bad-gateway captive-portal undetermined", wholeLimit},
	{"connectivity checks with an endless header", toldBy(func(w *wire) bool { return w.say("HTTP/1.1 204 No Content\r\n") && w.forever("X: y\r\n") }), "bad-gateway undetermined", wholeLimit},
	{"connectivity checks that drip", toldBy(func(w *wire) bool {
		return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.drip(100*time.Millisecond, func(int) string { return "s" })
	}), "bad-gateway captive-portal undetermined", wholeLimit},
	{"connectivity checks that send to a file", toldBy(sendTo("file:///etc/passwd")), "bad-gateway undetermined captive-portal", wholeLimit},
	{"connectivity checks that send to a script with escapes", toldBy(sendTo("http://portal.example/\x1b[31m\u202e\"onclick=\"alert(1)")), "captive-portal bad-gateway", wholeLimit},
	{"connectivity checks with a megabyte of refresh", toldBy(always(page("200 OK", "", strings.Repeat("<meta http-equiv=refresh content=0;url", 30_000)))), "captive-portal bad-gateway undetermined", wholeLimit},
	{"connectivity checks of noise", toldBy(func(w *wire) bool { return w.forever("\xff\xfe\x00\x1b") }), "bad-gateway undetermined", wholeLimit},

	// The independent resolvers.
	{"resolvers that answer with a web page", advisedBy(func(w http.ResponseWriter) { io.WriteString(w, fine) }), notOpen, wholeLimit},
	{"resolvers that answer without end", advisedBy(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/dns-message")
		for b := make([]byte, 64<<10); ; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}), notOpen, wholeLimit},
	{"resolvers with megabytes of header", advisedBy(func(w http.ResponseWriter) {
		for i := range 9 {
			w.Header().Set("X-Filler-"+string(rune('A'+i)), strings.Repeat("y", 1<<20))
		}
		io.WriteString(w, fine)
	}), notOpen, wholeLimit},
	{"resolvers that send elsewhere", advisedBy(func(w http.ResponseWriter) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	}), notOpen, wholeLimit},
	{"resolvers that say nothing", advisedBy(func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		time.Sleep(6 * time.Second)
	}), notOpen, wholeLimit},
	{"resolvers that hang up", advisedBy(func(http.ResponseWriter) { panic(http.ErrAbortHandler) }), notOpen, wholeLimit},
	{"resolvers that answer with noise", advisedBy(func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("\xc0\x0c\xff", 9000)) }), notOpen, wholeLimit},

	// The other sites.
	{"other sites of noise", comparedWith(func(c net.Conn) { (&wire{Conn: c}).forever("\x16\x03\x03\xff\xff\x00") }), notOpen + " no-internet", wholeLimit},
	{"other sites that say nothing", comparedWith(func(c net.Conn) { silent(c) }), notOpen + " no-internet", wholeLimit},
	{"other sites with endless headers", comparedWith(func(c net.Conn) { (&wire{Conn: c}).forever("HTTP/1.1 200 OK\r\n") }), notOpen + " no-internet", wholeLimit},
}
