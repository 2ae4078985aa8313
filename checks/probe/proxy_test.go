package probe

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"passerelle/checks/facts"
	"passerelle/checks/probe/probetest"
)

// tunnelProxy is an HTTP proxy that leads every CONNECT to one server; with auth it refuses whoever does not show it.
func tunnelProxy(t testing.TB, to netip.AddrPort, auth string) *url.URL {
	at := raw(t, func(c net.Conn) { tunnelTo(c, to, auth) })
	u := &url.URL{Scheme: "http", Host: at.String()}
	return u
}

func tunnelTo(c net.Conn, to netip.AddrPort, auth string) {
	request := probetest.Request(bufio.NewReader(c))
	if auth != "" && !strings.Contains(request, "Proxy-Authorization: "+auth+"\r\n") {
		fmt.Fprint(c, "HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid\r\nContent-Length: 29\r\n\r\n<title>Sign in, proxy</title>")
		return
	}
	if !strings.HasPrefix(request, "CONNECT ") {
		fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
		return
	}
	out, err := net.Dial("tcp", to.String())
	if err != nil {
		fmt.Fprint(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer out.Close()
	fmt.Fprint(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { io.Copy(out, c); out.Close() }()
	io.Copy(c, out)
}

func TestProxy(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Test CA")
	site := secure(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, -1, 30, "site.example")}}, say(okPage))
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	dead := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	p := lone(t)
	p.Roots = ca.pool()
	get := func(u string, proxy *url.URL) facts.Exchange {
		return p.Ask(t.Context(), Request{URL: u, Proxy: proxy, Addresses: []netip.Addr{netip.MustParseAddr("127.9.9.9")}}, nil)
	}
	e := get("https://site.example/", tunnelProxy(t, site, ""))
	if e.Failure != "" || !e.TLS.Proven() || e.HTTP.Status != 200 || e.Proxy == "" {
		t.Errorf("tunnel: %+v", e)
	}
	locked := tunnelProxy(t, site, "Basic bWU6c2VjcmV0")
	e = get("https://site.example/", locked)
	if e.Failure != facts.Other || e.Stage != facts.StageProxy || e.ProxyHTTP.Status != 407 || e.ProxyHTTP.Get("Server") != "squid" || e.ProxyHTTP.Title != "Sign in, proxy" || e.HTTP != nil {
		t.Errorf("407: %+v", e)
	}
	signed := *locked
	signed.User = url.UserPassword("me", "secret")
	e = get("https://site.example/", &signed)
	if e.Failure != "" || strings.Contains(fmt.Sprintf("%+v", e), "secret") {
		t.Errorf("signed in: %+v", e)
	}
	e = get("https://site.example/", &url.URL{Scheme: "http", Host: dead.String()})
	if e.Failure != facts.Refused || e.Stage != facts.StageProxyTCP {
		t.Errorf("dead: %+v", e)
	}
	write(t, p.Files.NSSwitch, "hosts: files\n")
	e = get("https://site.example/", &url.URL{Scheme: "http", Host: "proxy.example:3128"})
	if e.Failure != facts.NXDomain || e.Stage != facts.StageProxyDNS || e.Lookup.Name != "proxy.example" {
		t.Errorf("no such proxy: %+v", e)
	}
	at := raw(t, say("SSH-2.0-x\r\n"))
	e = get("https://site.example/", &url.URL{Scheme: "http", Host: at.String()})
	if e.Failure != facts.NotHTTP || e.Stage != facts.StageProxy {
		t.Errorf("no proxy: %+v", e)
	}
	at = raw(t, afterRequest(reset))
	e = get("https://site.example/", &url.URL{Scheme: "http", Host: at.String()})
	if e.Failure != facts.Reset || e.Stage != facts.StageProxy {
		t.Errorf("reset: %+v", e)
	}

	got := make(chan string, 1)
	at = raw(t, func(c net.Conn) {
		got <- probetest.Request(bufio.NewReader(c))
		fmt.Fprint(c, "HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 squid\r\nContent-Length: 0\r\n\r\n")
	})
	e = get("http://site.example/a?b", &url.URL{Scheme: "http", Host: at.String(), User: url.UserPassword("me", "secret")})
	if r := <-got; !strings.HasPrefix(r, "GET http://site.example/a?b HTTP/1.1\r\nHost: site.example\r\n") || !strings.Contains(r, "Basic bWU6c2VjcmV0") {
		t.Errorf("sent %q", r)
	}
	if e.Failure != "" || e.HTTP.Status != 502 {
		t.Errorf("plain: %+v", e)
	}
	behind := secure(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, -1, 30, "127.0.0.1")}}, func(c net.Conn) { tunnelTo(c, site, "") })
	if e = get("https://site.example/", &url.URL{Scheme: "https", Host: behind.String()}); e.Failure != "" {
		t.Errorf("TLS proxy: %+v", e)
	}
}

func TestSOCKS(t *testing.T) {
	t.Parallel()
	site := raw(t, say(okPage))
	serve := func(code byte) *url.URL {
		at := raw(t, func(c net.Conn) {
			var b [300]byte
			io.ReadFull(c, b[:2])
			io.ReadFull(c, b[:b[1]])
			c.Write([]byte{5, 0})
			io.ReadFull(c, b[:5])
			io.ReadFull(c, b[5:5+int(b[4])+2])
			c.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
			if string(b[5:5+b[4]]) != "site.example" || code != 0 {
				return
			}
			out, err := net.Dial("tcp", site.String())
			if err != nil {
				return
			}
			defer out.Close()
			go io.Copy(out, c)
			io.Copy(c, out)
		})
		return &url.URL{Scheme: "socks5", Host: at.String()}
	}
	for code, want := range map[byte]facts.Failure{0: "", 5: facts.Refused, 4: facts.HostUnreach, 2: facts.Denied, 1: facts.Other} {
		e := lone(t).Ask(t.Context(), Request{URL: "http://site.example/", Proxy: serve(code)}, nil)
		if e.Failure != want || (want != "" && e.Stage != facts.StageProxy) {
			t.Errorf("code %d: %+v", code, e)
		}
	}
}
