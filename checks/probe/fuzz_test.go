package probe

// Fuzz targets for what comes from servers and is not in service_test.go: addresses, packed pages, cookies, proxies, certificates' texts.

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/checks/facts"
)

// shown fails where a text holds what must never reach a screen.
func shown(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%s is no UTF-8: %q", what, s)
	}
	for _, r := range s {
		if unicode.Is(unicode.C, r) {
			t.Fatalf("%s holds %U: %q", what, r, s)
		}
	}
}

func FuzzLocation(f *testing.F) {
	for _, s := range []string{"/a?b#c", "//x/%", "http://[::1", `\\host\share`, "https://user:secret@site.example:0443/", "javascript:alert(1)", "https://\u202emoc.elpmaxe/",
		"/%0d%0aX: y", "https://ex ample/", "HTTPS://SITE.EXAMPLE.", "?", "https://site.example:99999999/", "https:///x", "https://xn--\x80/"} {
		f.Add(s)
	}
	base, _ := cleanURL("https://site.example/a/b?c", false)
	f.Fuzz(func(t *testing.T, location string) {
		to := absolute(base, location)
		shown(t, "Location", to)
		u, err := cleanURL(to, false)
		if err != nil {
			return
		}
		if u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			t.Fatalf("%q became %q", location, u)
		}
		request := string((&Prober{}).pageRequest(u, Request{}, nil, true, ""))
		if strings.Count(request, "\r\n") != strings.Count(request, "\n") || strings.Count(request, "\r\n\r\n") != 1 || strings.ContainsAny(strings.SplitN(request, "\r\n", 2)[0], "\t\x00\x7f") {
			t.Fatalf("%q became the request %q", location, request)
		}
		if first, _, _ := strings.Cut(request, "\r\n"); strings.Count(first, " ") != 2 {
			t.Fatalf("%q became the request line %q", location, first)
		}
		if again, err := cleanURL(u.String(), false); err != nil || again.String() != u.String() {
			t.Fatalf("%q is another address when read again: %v, %v", u, again, err)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x4b\x4c\x04\x00"), "gzip")
	f.Add([]byte("\x78\x9c\x4b\x4c\x04\x00\x01\x25\x00\xc3"), "deflate")
	f.Add([]byte("\x4b\x4c\x04\x00"), " DEFLATE ")
	f.Fuzz(func(t *testing.T, raw []byte, encoding string) {
		const limit = 1 << 12
		page, _ := unpack(raw, encoding, limit)
		if len(page) > max(limit, len(raw)) {
			t.Fatalf("%d bytes", len(page))
		}
		title(page)
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("\u202eabc\x1b[31m\x00 \n\u200b\ufeff\xff\xfe", 10)
	f.Add(strings.Repeat("\u202e", 300)+"x", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = max(1, most&0xfff)
		p := printable(s, most)
		shown(t, "a text", p)
		if n := utf8.RuneCountInString(p); n > most {
			t.Fatalf("%d characters instead of %d", n, most)
		}
	})
}

func FuzzCookies(f *testing.F) {
	f.Add("a=b; Path=/; Domain=.example", "\u202eb=\x1b[31m")
	f.Add("=x", ";;;")
	u := &url.URL{Scheme: "https", Host: "site.example", Path: "/"}
	f.Fuzz(func(t *testing.T, one, two string) {
		j := newJar()
		h := http.Header{"Set-Cookie": {one, two}}
		j.SetCookies(u, (&http.Response{Header: h}).Cookies())
		if line := cookieHeader(j.Cookies(u)); strings.ContainsAny(line, "\r\n\x00") || len(line) > 2*maxCookieBytes+10 {
			t.Fatalf("would be sent: %q", line)
		}
		for _, c := range []string{one, two} {
			pair, rest, _ := strings.Cut(c, ";")
			name, value, _ := strings.Cut(pair, "=")
			if len(value) > 8 && strings.Contains(maskCookie(c), value) && !strings.Contains(name+"=*;"+rest, value) {
				t.Fatalf("a cookie's content is kept: %q", maskCookie(c))
			}
		}
	})
}

// script is a connection on which the other side says one thing.
type script struct {
	net.Conn
	*bytes.Reader
}

func (s script) Read(b []byte) (int, error)  { return s.Reader.Read(b) }
func (s script) Write(b []byte) (int, error) { return len(b), nil }

func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x05\x00\x05\x00\x00\x01\x01\x02\x03\x04\x00\x50"), true)
	f.Add([]byte("\x05\x02\x01\x00\x05\x05\x00\x03\xff"), true)
	f.Add([]byte("\x00\x5a\x00\x50\x01\x02\x03\x04"), false)
	f.Fuzz(func(t *testing.T, b []byte, five bool) {
		scheme := "socks5"
		if !five {
			scheme = "socks4"
		}
		socks(script{Reader: bytes.NewReader(b)}, scheme, "site.example", 443, url.UserPassword("a", "b"))
	})
}

func FuzzConnect(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x03"))
	f.Add([]byte("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"\u202e\"\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readConnectHead(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		x := h.fact(time.Now())
		for _, l := range x.Headers {
			shown(t, "a header", l.Name+l.Value)
		}
		if h.status < 200 || h.status == http.StatusSwitchingProtocols {
			t.Fatalf("status %d", h.status)
		}
	})
}

func FuzzConnectivity(f *testing.F) {
	f.Add(200, "", []byte("<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"))
	f.Add(302, "http://portal.example/login", []byte(""))
	f.Add(200, "", []byte(`<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`))
	f.Add(511, "", []byte(`<LoginURL><![CDATA[http://portal.example/\x1b]]></LoginURL>`))
	f.Fuzz(func(t *testing.T, status int, location string, body []byte) {
		base, _ := cleanURL("http://captive.apple.com/", false)
		h := &facts.HTTP{Status: status, Body: body, Done: true}
		if location != "" {
			h.Location = absolute(base, location)
		}
		for _, c := range Checks {
			r := c.judge(facts.Exchange{HTTP: h, Done: true})
			if r.Expected == facts.Yes && r.Portal == facts.Yes {
				t.Fatal("both the known answer and a portal")
			}
			shown(t, "where to sign in", r.SignIn)
		}
	})
}

func FuzzVarlink(f *testing.F) {
	f.Add([]byte("{\"parameters\":{\"addresses\":[]}}\x00rest"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := readVarlink(bufio.NewReader(bytes.NewReader(b))); err == nil {
			parseResolved(m, "site.example")
		}
	})
}
