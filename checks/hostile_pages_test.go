//go:build linux

package checks_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// What a server can do to whoever reads its header and its page.
var hostilePages = []hostile{
	// The header.
	{"endless header lines", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\n") && w.forever("X-Filler: abcdefghijklmnopqrstuvwxyz\r\n")
		})
	}, "invalid-answer", 0},
	{"one endless header line", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nX-Filler: ") && w.forever("abcdefghijklmnopqrstuvwxyz")
		})
	}, "invalid-answer", 0},
	{"an endless status line", func(s *stage) {
		s.https(func(w *wire) bool { return w.say("HTTP/1.1 200 ") && w.forever("Very Okay ") })
	}, "invalid-answer", 0},
	{"100000 short header lines", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\n" + strings.Repeat("A:b\r\n", 100_000) + "\r\n" + fine))
	}, "invalid-answer", 0},
	{"999 header lines of 200 bytes", func(s *stage) {
		s.https(always(page("200 OK", strings.Repeat("X-Filler: "+strings.Repeat("y", 190)+"\r\n", 900), fine)))
	}, "works", 0},
	{"folded header lines without end", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nX-A: b\r\n") && w.forever("\tfolded folded folded\r\n")
		})
	}, "invalid-answer", 0},
	{"header dripping byte by byte", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.drip(100*time.Millisecond, func(i int) string { return string(("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", i+1))[i]) })
		})
	}, "no-answer", wholeLimit},
	{"a flood of 1xx answers", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.forever("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
		})
	}, "invalid-answer", 0},
	{"a slow flood of 100 Continue", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.drip(300*time.Millisecond, func(int) string { return "HTTP/1.1 100 Continue\r\n\r\n" })
		})
	}, "invalid-answer no-answer", wholeLimit},
	{"101 Switching Protocols, unasked", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n") && w.forever("\x81\x05hello")
		})
	}, "invalid-answer server-error undetermined", 0},
	{"status that is no number", func(s *stage) { s.https(always("HTTP/1.1 2x0 OK\r\n\r\n" + fine)) }, "invalid-answer", 0},
	{"status 000", func(s *stage) { s.https(always(page("000 Nothing", "", fine))) }, "invalid-answer", 0},
	{"status -20", func(s *stage) { s.https(always(page("-20 Nothing", "", fine))) }, "invalid-answer", 0},
	{"status 999", func(s *stage) { s.https(always(page("999 Request denied", "", fine))) }, "invalid-answer server-error refused-visitor undetermined", 0},
	{"status 99999999999999999999", func(s *stage) { s.https(always(page("99999999999999999999 Much", "", fine))) }, "invalid-answer", 0},
	{"HTTP/9.9", func(s *stage) { s.https(always("HTTP/9.9 200 OK\r\n\r\n" + fine)) }, "invalid-answer", 0},
	{"HTTP/0.9: a page and nothing before it", func(s *stage) { s.https(always("<html><title>Old</title>Old page</html>")) }, "invalid-answer", 0},
	{"HTTP/2 frames, unasked", func(s *stage) {
		s.https(func(w *wire) bool { return w.forever("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64") })
	}, "invalid-answer", 0},
	{"line feeds only", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: " + fmt.Sprint(len(fine)) + "\n\n" + fine))
	}, "works", 0},
	{"carriage returns only, for ever", func(s *stage) {
		s.https(func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r") && w.forever("X: y\r") })
	}, "invalid-answer", 0},
	{"binary noise for ever", func(s *stage) {
		s.https(func(w *wire) bool { return w.forever("\x00\xff\xfe\x01\x80\x9f\x1b[31m") })
	}, "invalid-answer", 0},
	{"noise behind a true status line", func(s *stage) {
		s.https(func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n") && w.forever("\x00\xff\n\x9b:\n\x1b]0;\x07\n") })
	}, "invalid-answer", 0},
	{"header names with controls and NUL", func(s *stage) {
		s.https(always(page("200 OK", "X\x00Y: z\r\nX\x1b[31mY: z\r\n\u202eevil: z\r\n: nameless\r\nno colon\r\nX-Fine: a\x00b\x07c\r\n", fine)))
	}, "works", 0},
	{"direction marks and escapes in every field of a 502", func(s *stage) {
		const trick = "\u202ekcatta\u2066 \x1b[2J\x07\x00\u200b\ufeff\u2029 end"
		s.https(always(page("502 Bad "+trick, "Server: nginx"+trick+"\r\nX-Cache: "+trick+"\r\nCF-Ray: "+trick+"\r\nVia: 1.1 "+trick+"\r\nX-Request-Id: "+trick+"\r\n",
			"<title>502 Bad Gateway"+trick+"</title><h1>502 Bad Gateway"+trick+"</h1><center>nginx"+trick+"</center>"+trick)))
	}, "bad-gateway", 0},
	{"escapes as entities in the title", func(s *stage) {
		s.https(always(page("503 Service Unavailable", "", "<title>&#x1b;[31m&#x202e;&#0;&#x9b;503 &#8238;Service&NewLine;Unavailable</title>&#x202e;")))
	}, "unavailable", 0},
	{"bytes that are no UTF-8 everywhere", func(s *stage) {
		s.https(always(page("500 \xff\xfe", "Server: \xc3\x28\xa0\xa1\xed\xa0\x80\r\nX-Powered-By: \xf8\x88\x80\x80\x80\r\n", "<title>500 \xed\xa0\x80\xff</title>\xc0\xaf")))
	}, "server-error", 0},
	{"a megabyte of title", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "", "<title>"+strings.Repeat("502 ", 250_000))))
	}, "bad-gateway", 0},
	{"a megabyte of open tags", func(s *stage) {
		s.https(always(page("503 Service Unavailable", "", strings.Repeat("<", 1<<20))))
	}, "unavailable", 0},
	{"a megabyte of nested comments and entities", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "", strings.Repeat("<!--<title>&&&#x;", 1<<16))))
	}, "bad-gateway", 0},
	{"every product's name on one page", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "Server: nginx, Apache, cloudflare, Varnish\r\n", strings.Repeat("nginx cloudflare HAProxy Varnish squid Apache CloudFront Traefik Envoy IIS Google portal login ", 8000))))
	}, "bad-gateway proxy-broken captive-portal page-replaced", 0},

	// Where the page ends.
	{"negative length", func(s *stage) { s.https(always("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + fine)) }, "works", 0},
	{"a length of 2 to the power of 63", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n" + fine))
	}, "works connection-cut", 0},
	{"a length beyond every number", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n" + fine))
	}, "works connection-cut invalid-answer", 0},
	{"two lengths that contradict each other", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 60\r\n\r\n" + fine))
	}, "works invalid-answer", 0},
	{"a thousand lengths", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\n" + strings.Repeat("Content-Length: 5\r\n", 990) + "\r\nhello"))
	}, "works invalid-answer", 0},
	{"chunked and a length", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	}, "works", 0},
	{"a page without end", func(s *stage) {
		s.https(func(w *wire) bool { return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.forever("<p>And on it goes.</p>\n") })
	}, "works", 0},
	{"an error page without end", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 502 Bad Gateway\r\n\r\n") && w.forever("<p>And on it goes.</p>\n")
		})
	}, "bad-gateway", 0},
	{"chunks without end, one byte each", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") && w.forever("1\r\na\r\n")
		})
	}, "works invalid-answer connection-cut", 0},
	{"an endless chunk extension", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;") && w.forever("name=value;")
		})
	}, "invalid-answer connection-cut works", 0},
	{"a chunk of 2 to the power of 64", func(s *stage) {
		s.https(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + fine))
	}, "invalid-answer connection-cut works", 0},
	{"trailers without end", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n") && w.forever("X-Trailer: more and more\r\n")
		})
	}, "invalid-answer connection-cut works", 0},
	{"a page dripping byte by byte", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\n\r\n") && w.drip(100*time.Millisecond, func(int) string { return "a" })
		})
	}, "works", wholeLimit},
	{"an error page dripping byte by byte", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 503 Service Unavailable\r\n\r\n") && w.drip(100*time.Millisecond, func(int) string { return "a" })
		})
	}, "unavailable", wholeLimit},
	{"a page that stops in the middle", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<title>Half</title>") && w.silence()
		})
	}, "no-answer connection-cut works", wholeLimit},
	{"an error page that stops in the middle", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5000\r\n\r\n<title>502</title>") && w.silence()
		})
	}, "bad-gateway no-answer", wholeLimit},

	// How it is packed.
	{"a gzip bomb", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: gzip\r\n", bomb())))
	}, "works", 0},
	{"a gzip bomb as a 502", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "Content-Encoding: gzip\r\n", bomb())))
	}, "bad-gateway", 0},
	{"a gzip bomb in gzip in gzip", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: gzip, gzip, gzip\r\n", zipped(zipped(bomb())))))
	}, "works", 0},
	{"a deflate bomb", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: deflate\r\n", deflated(strings.Repeat("\x00", 32<<20)))))
	}, "works", 0},
	{"a thousand gzip members of nothing", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: gzip\r\n", strings.Repeat(zipped(""), 40_000))))
	}, "works", 0},
	{"gzip cut short", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: gzip\r\n", zipped(strings.Repeat(fine, 100))[:60])))
	}, "works", 0},
	{"gzip that is none", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: gzip\r\n", fine)))
	}, "invalid-answer", 0},
	{"a gzip header without end", func(s *stage) {
		s.https(func(w *wire) bool {
			return w.say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff") && w.forever("filename")
		})
	}, "works invalid-answer", 0},
	{"an encoding nobody asked for", func(s *stage) {
		s.https(always(page("200 OK", "Content-Encoding: "+strings.Repeat("br, ", 10_000)+"\r\n", "\x8b\x02\x80\x00\x03")))
	}, "works", 0},

	// Absurd values.
	{"Retry-After beyond every number", func(s *stage) {
		s.https(always(page("503 Service Unavailable", "Retry-After: 99999999999999999999999999\r\n", fine)))
	}, "unavailable", 0},
	{"Retry-After negative", func(s *stage) { s.https(always(page("503 Service Unavailable", "Retry-After: -86400\r\n", fine))) }, "unavailable", 0},
	{"Retry-After in the year 9999", func(s *stage) {
		s.https(always(page("429 Too Many Requests", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", fine)))
	}, "rate-limited", 0},
	{"Retry-After with escapes", func(s *stage) {
		s.https(always(page("503 Service Unavailable", "Retry-After: \x1b[31m30\u202e\r\n", fine)))
	}, "unavailable", 0},
	{"Date in the year 9999", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n", fine)))
	}, "bad-gateway", 0},
	{"Date in the year 0001", func(s *stage) {
		s.https(always(page("502 Bad Gateway", "Date: Mon, 01 Jan 0001 00:00:00 GMT\r\n", fine)))
	}, "bad-gateway", 0},
	{"a different status every time", func(s *stage) {
		next := counter()
		s.https(func(w *wire) bool {
			w.say(page(fmt.Sprint(499+next(), " Error"), "", fine))
			return false
		})
	}, "server-error bad-gateway unavailable intermittent", 0},
}

// bomb is 64 MiB of nothing in 64 KiB.
var bomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	nothing := make([]byte, 1<<20)
	for range 64 {
		z.Write(nothing)
	}
	z.Close()
	return b.String()
})

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func deflated(s string) string {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestSpeed)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}
