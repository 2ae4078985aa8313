//go:build linux

package checks_test

import (
	"fmt"
	"strings"
	"time"
)

// sendTo answers everything with one Location.
func sendTo(location string) func(*wire) bool {
	return func(w *wire) bool {
		return w.say("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + "\r\n\r\n")
	}
}

// Where a server can send whoever follows it.
var hostileRedirects = []hostile{
	{"to a file", func(s *stage) { s.https(sendTo("file:///etc/passwd")) }, "bad-redirect", 0},
	{"to a script", func(s *stage) { s.https(sendTo("javascript:alert(document.cookie)")) }, "bad-redirect", 0},
	{"to a data address", func(s *stage) { s.https(sendTo("data:text/html,<h1>Hello</h1>")) }, "bad-redirect", 0},
	{"to FTP", func(s *stage) { s.https(sendTo("ftp://ftp.example/")) }, "bad-redirect", 0},
	{"to a telephone number and other schemes", func(s *stage) { s.https(sendTo("intent://scan/#Intent;scheme=zxing;end")) }, "bad-redirect", 0},
	{"to a host that is none", func(s *stage) { s.https(sendTo("https://exa mple..\x00/")) }, "bad-redirect name-not-found", 0},
	{"to an open bracket", func(s *stage) { s.https(sendTo("http://[::1")) }, "bad-redirect", 0},
	{"to port 99999", func(s *stage) { s.https(sendTo("https://" + s.host + ":99999/")) }, "bad-redirect", 0},
	{"to port 0", func(s *stage) { s.https(sendTo("https://" + s.host + ":0/")) }, "bad-redirect", 0},
	{"to no host", func(s *stage) { s.https(sendTo("https:///")) }, "bad-redirect", 0},
	{"to nothing", func(s *stage) { s.https(sendTo("")) }, "works server-error bad-redirect undetermined", 0},
	{"to itself", func(s *stage) { s.https(sendTo("/")) }, "redirect-loop", 0},
	{"to itself with another fragment each time", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool { n := next(); return sendTo(fmt.Sprintf("/#%d", n))(w) })
	}, "redirect-loop", 0},
	{"round in a circle of three", func(s *stage) {
		s.https(func(w *wire) bool {
			return sendTo(map[string]string{"/": "/a", "/a": "/b", "/b": "/"}[w.path])(w)
		})
	}, "redirect-loop", 0},
	{"to a private address", func(s *stage) { s.https(sendTo("http://10.66.0.1/admin?reboot=1")) }, "connection-refused bad-redirect undetermined captive-portal page-replaced", wholeLimit},
	{"to this very computer", func(s *stage) { s.https(sendTo("http://127.0.0.1:631/")) }, "connection-refused bad-redirect undetermined", wholeLimit},
	{"to the metadata service", func(s *stage) { s.https(sendTo("http://169.254.169.254/latest/meta-data/")) }, "connection-refused bad-redirect undetermined captive-portal page-replaced", wholeLimit},
	{"to an address of one megabyte", func(s *stage) { s.https(sendTo("/" + strings.Repeat("a", 1<<20))) }, "invalid-answer", 0},
	{"to an address of 200 kilobytes", func(s *stage) {
		s.https(func(w *wire) bool {
			if w.path == "/" {
				return sendTo("/" + strings.Repeat("a", 200<<10))(w)
			}
			return w.say(page("200 OK", "", fine))
		})
	}, "works bad-redirect invalid-answer", 0},
	{"with a name and a password", func(s *stage) {
		s.https(func(w *wire) bool {
			if strings.Contains(strings.ToLower(w.head), "authorization") {
				s.t.Error("the password of a redirect was sent")
			}
			if w.path == "/" {
				return sendTo("https://admin:hunter2@" + s.host + "/in")(w)
			}
			return w.say(page("200 OK", "", fine))
		})
	}, "works", 0},
	{"with line breaks, to smuggle a header", func(s *stage) {
		s.https(func(w *wire) bool {
			if strings.Contains(w.head, "\nX-Smuggled:") {
				s.t.Error("a header was smuggled into the request")
			}
			if w.path == "/" {
				return sendTo("/a%0d%0aX-Smuggled: yes\r\tX-Smuggled: yes\x0b")(w)
			}
			return w.say(page("200 OK", "", fine))
		})
	}, "works", 0},
	{"with direction marks in host and path", func(s *stage) {
		s.https(sendTo("https://\u202emoc.elpmaxe/\u202egnp.exe\x1b[2J"))
	}, "bad-redirect name-not-found", wholeLimit},
	{"with a host of 70 000 letters", func(s *stage) { s.https(sendTo("https://" + strings.Repeat("a.", 35_000) + "example/")) }, "bad-redirect name-not-found invalid-answer", wholeLimit},
	{"with an emoji and a xn-- that is none", func(s *stage) { s.https(sendTo("https://xn--\u0661\u202e💩-99999999.example/")) }, "bad-redirect name-not-found", wholeLimit},
	{"21 hops, then a page", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			if n > 21 {
				return w.say(page("200 OK", "", fine))
			}
			return sendTo(fmt.Sprintf("/%d", n))(w)
		})
	}, "redirect-loop intermittent works", 0},
	{"for ever, a new address and a new cookie each time", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			return w.say(fmt.Sprintf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nSet-Cookie: n=%d\r\nLocation: /%d\r\n\r\n", n, n))
		})
	}, "redirect-loop", 0},
	{"for ever, the same address and a new cookie each time", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			return w.say(fmt.Sprintf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nSet-Cookie: n=%d\r\nLocation: /\r\n\r\n", n))
		})
	}, "redirect-loop", 0},
	{"for ever, closing each connection", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool { n := next(); sendTo(fmt.Sprintf("/%d", n))(w); return false })
	}, "redirect-loop", wholeLimit},
	{"for ever, half a second each", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			time.Sleep(500 * time.Millisecond)
			return sendTo(fmt.Sprintf("/%d", n))(w)
		})
	}, "redirect-loop no-answer undetermined", wholeLimit},
	{"for ever, a page without end each", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			return w.say(fmt.Sprintf("HTTP/1.1 302 Found\r\nLocation: /%d\r\n\r\n", n)) && w.forever("<p>Moved</p>")
		})
	}, "redirect-loop", wholeLimit},
	{"hundreds of cookies with every hop", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			var set strings.Builder
			for i := range 900 {
				fmt.Fprintf(&set, "Set-Cookie: c%d_%d=%s\r\n", n, i, strings.Repeat("v", 200))
			}
			return w.say(fmt.Sprintf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n%sLocation: /%d\r\n\r\n", set.String(), n))
		})
	}, "redirect-loop", wholeLimit},
	{"a header of 200 kilobytes and a long address with every hop", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			n := next()
			return w.say(fmt.Sprintf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n%sLocation: /%d?%s\r\n\r\n", strings.Repeat("X-Filler: "+strings.Repeat("y", 4000)+"\r\n", 50), n, strings.Repeat("z", 7000)))
		})
	}, "redirect-loop", wholeLimit},
	{"one cookie of ten megabytes", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nSet-Cookie: big=" + strings.Repeat("v", 10<<20) + "\r\n\r\n" + fine))
	}, "invalid-answer", 0},
	{"cookies with controls and direction marks", func(s *stage) {
		s.https(func(w *wire) bool {
			if strings.Contains(w.head, "\x1b") || strings.Contains(w.head, "\nX-Smuggled") {
				s.t.Error("a control character of a cookie was sent back")
			}
			if w.path == "/" {
				return w.say("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nSet-Cookie: a=\x1b[31m\u202e\x00\rX-Smuggled: y\r\nSet-Cookie: \u202eb=c; Domain=.example; Path=/\x07\r\nLocation: /in\r\n\r\n")
			}
			return w.say(page("200 OK", "", fine))
		})
	}, "works", 0},
	{"from https to http and back for ever", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool { n := next(); return sendTo(fmt.Sprintf("http://%s/%d", s.host, n))(w) })
		s.listen(80, func(c netConn) {
			requests(c, func(w *wire) bool { n := next(); return sendTo(fmt.Sprintf("https://%s/%d", s.host, n))(w) })
		})
	}, "redirect-loop", 0},
	{"a Refresh header and a meta refresh to a file", func(s *stage) {
		s.https(always(page("200 OK", "Refresh: 0;url=file:///etc/passwd\r\n", `<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`)))
	}, "works", 0},
}
