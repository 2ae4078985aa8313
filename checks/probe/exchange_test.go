package probe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/checks/facts"
	"passerelle/checks/probe/probetest"
)

var here = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

func ask(t testing.TB, p *Prober, url string) facts.Exchange {
	t.Helper()
	return p.Ask(t.Context(), Request{URL: url, Addresses: here, Why: "target"}, nil)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("<title>Caf&eacute;\u202e &amp; th\x00é</title>"))
	z.Close()
	var deflated bytes.Buffer
	d := zlib.NewWriter(&deflated)
	d.Write([]byte("deflated"))
	d.Close()
	var bomb bytes.Buffer
	z = gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	for _, tt := range []struct {
		name    string
		say     string
		status  int
		failure facts.Failure
		stage   facts.Stage
		check   func(*testing.T, *facts.HTTP)
	}{
		{"good", "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:04:05 GMT\r\nContent-Length: 5\r\nX-B: 1\r\nx-a:  2 \r\nSet-Cookie: id=secret; Path=/\r\n\r\nhello", 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if string(h.Body) != "hello" || h.Headers[3].Name != "x-a" || h.Headers[3].Value != "2" || h.Date.Unix() != 1795255445 {
				t.Errorf("got %+v", h)
			}
			if v := h.Get("set-cookie"); v != "id=*; Path=/" {
				t.Errorf("cookie kept as %q", v)
			}
		}},
		{"no reason, bare line feeds, no length", "HTTP/1.0 502\nServer: x\n\nbad", 502, "", "", func(t *testing.T, h *facts.HTTP) {
			if string(h.Body) != "bad" || h.Get("Server") != "x" {
				t.Errorf("got %+v", h)
			}
		}},
		{"stray lines", "HTTP/1.1 503 Busy\r\nthis is no header\r\nBad Name: x\r\nContent-Length: 2\r\n\r\nok", 503, "", "", nil},
		{"control characters", "HTTP/1.1 200 OK\r\nServer: a\x1b[31mb\x00\xe2\x80\xaec\r\nContent-Length: 0\r\n\r\n", 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if h.Get("Server") != "a[31mbc" {
				t.Errorf("got %q", h.Get("Server"))
			}
		}},
		{"odd framing", "HTTP/1.1 200 OK\r\nContent-Length: none\r\nTransfer-Encoding: identity\r\n\r\nhello", 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if string(h.Body) != "hello" || h.Get("Content-Length") != "none" {
				t.Errorf("got %+v", h)
			}
		}},
		{"interim", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, "", "", nil},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if string(h.Body) != "hello" {
				t.Errorf("got %q", h.Body)
			}
		}},
		{"gzip, title", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed.String(), 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if h.Title != "Café & thé" {
				t.Errorf("title %q", h.Title)
			}
		}},
		{"deflate", "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + deflated.String(), 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if string(h.Body) != "deflated" {
				t.Errorf("body %q", h.Body)
			}
		}},
		{"gzip bomb", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb.String(), 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if h.BodySize != maxBody {
				t.Errorf("kept %d bytes", h.BodySize)
			}
		}},
		{"not gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 200, facts.Malformed, facts.StageBody, nil},
		{"large page", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 3<<20), 200, "", "", func(t *testing.T, h *facts.HTTP) {
			if h.BodySize != maxBody {
				t.Errorf("kept %d bytes", h.BodySize)
			}
		}},
		{"cut by length", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 200, facts.CutBody, facts.StageBody, nil},
		{"cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 200, facts.CutBody, facts.StageBody, nil},
		{"204 with length", "HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n", 204, "", "", nil},
		{"nothing", "", 0, facts.Closed, facts.StageHTTP, nil},
		{"garbage", "SSH-2.0-OpenSSH_9.2\r\n", 0, facts.NotHTTP, facts.StageHTTP, nil},
		{"HTTP/0.9", "<html>hello</html>", 0, facts.NotHTTP, facts.StageHTTP, nil},
		{"short garbage", "\x00\x01", 0, facts.NotHTTP, facts.StageHTTP, nil},
		{"HTTP/2 preface", "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", 0, facts.NotHTTP, facts.StageHTTP, nil},
		{"half a header", "HTTP/1.1 200 OK\r\nServer: ng", 0, facts.Closed, facts.StageHTTP, nil},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 0, facts.NotHTTP, facts.StageHTTP, nil},
		{"many lines", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 2000), 0, facts.TooLarge, facts.StageHTTP, nil},
		{"long line", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 300<<10), 0, facts.TooLarge, facts.StageHTTP, nil},
		{"endless interim", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50), 0, facts.TooLarge, facts.StageHTTP, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := raw(t, say(tt.say))
			e := ask(t, lone(t), "http://site.example:"+port(at)+"/")
			if e.HTTP == nil || e.HTTP.Status != tt.status || e.Failure != tt.failure || e.Stage != tt.stage || !e.Done || !e.HTTP.Done {
				t.Fatalf("got %+v, HTTP %+v", e, e.HTTP)
			}
			if tt.check != nil {
				tt.check(t, e.HTTP)
			}
		})
	}
}

func port(a netip.AddrPort) string { return fmt.Sprint(a.Port()) }

func TestRequest(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	at := raw(t, func(c net.Conn) {
		got <- probetest.Request(bufio.NewReader(c))
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	})
	e := ask(t, lone(t), "http://user:secret@Mañana.example:"+port(at)+"/a b?c=d e#part")
	want := "GET /a%20b?c=d%20e HTTP/1.1\r\nHost: xn--maana-pta.example:" + port(at) + "\r\nConnection: close\r\n"
	if r := <-got; !strings.HasPrefix(r, want) || strings.Contains(r, "secret") || !strings.Contains(r, UserAgent) {
		t.Errorf("sent %q", r)
	}
	if strings.Contains(e.URL, "secret") || strings.Contains(e.URL, "part") {
		t.Errorf("kept %q", e.URL)
	}
	e = lone(t).Ask(t.Context(), Request{URL: "http://site.example:" + port(at) + "/a?token=1", Addresses: here, NoQuery: true}, nil)
	if r := <-got; !strings.HasPrefix(r, "GET /a HTTP/1.1\r\n") {
		t.Errorf("sent %q", r)
	}
	if e.Failure != "" {
		t.Errorf("got %+v", e)
	}
}

func TestConnectionFailures(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	e := ask(t, lone(t), "http://site.example:"+port(closed)+"/")
	if e.Failure != facts.Refused || e.Stage != facts.StageTCP || len(e.Connects) != 1 || e.Connects[0].Errno == 0 {
		t.Errorf("closed port: %+v", e)
	}
	at := raw(t, afterRequest(reset))
	if e = ask(t, lone(t), "http://site.example:"+port(at)+"/"); e.Failure != facts.Reset || e.Stage != facts.StageHTTP {
		t.Errorf("reset: %+v", e)
	}
	at = raw(t, afterRequest(func(c net.Conn) {
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"))
		time.Sleep(50 * time.Millisecond)
		reset(c)
	}))
	if e = ask(t, lone(t), "http://site.example:"+port(at)+"/"); e.Failure != facts.CutBody || e.Stage != facts.StageBody {
		t.Errorf("reset in the page: %+v", e)
	}
	for _, bad := range []string{"ftp://a.example/", "http://", "http://a.example:99999/", "://"} {
		if e = ask(t, lone(t), bad); e.Failure != facts.Other || !e.Done {
			t.Errorf("%s: %+v", bad, e)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	at := raw(t, afterRequest(func(c net.Conn) {
		if n.Add(1) == 1 {
			time.Sleep(5 * time.Second)
		}
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	}))
	t.Run("a second connection", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		e := ask(t, lone(t), "http://site.example:"+port(at)+"/")
		if d := time.Since(begin); e.Failure != "" || d < hedgeAfter || d > hedgeAfter+2*time.Second || e.HTTP.FirstByteMS < 2000 {
			t.Errorf("after %v: %+v %+v", d, e, e.HTTP)
		}
	})
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		var n atomic.Int32
		at := raw(t, func(c net.Conn) { n.Add(1); hold(c) })
		begin := time.Now()
		e := lone(t).Ask(t.Context(), Request{URL: "http://site.example:" + port(at) + "/?once", Addresses: here, FirstByte: 2500 * time.Millisecond}, nil)
		if d := time.Since(begin); e.Failure != facts.Timeout || e.Stage != facts.StageHTTP || d > 5*time.Second {
			t.Errorf("after %v: %+v", d, e)
		}
		if n.Load() != 1 {
			t.Errorf("an address with a query was asked %d times", n.Load())
		}
	})
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		at := raw(t, hold)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		begin := time.Now()
		e := lone(t).Ask(ctx, Request{URL: "http://site.example:" + port(at) + "/", Addresses: here}, nil)
		if e.Failure != facts.Canceled || time.Since(begin) > 3*time.Second {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("deadline of the context", func(t *testing.T) {
		t.Parallel()
		at := raw(t, hold)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e := lone(t).Ask(ctx, Request{URL: "http://site.example:" + port(at) + "/", Addresses: here}, nil)
		if e.Failure != facts.Timeout || e.Stage != facts.StageHTTP {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("in the page", func(t *testing.T) {
		t.Parallel()
		at := raw(t, afterRequest(func(c net.Conn) {
			c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"))
			hold(c)
		}))
		e := ask(t, lone(t), "http://site.example:"+port(at)+"/")
		if e.Failure != facts.Timeout || e.Stage != facts.StageBody || e.HTTP.Status != 200 || string(e.HTTP.Body) != "hello" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("a page that drips", func(t *testing.T) {
		t.Parallel()
		at := raw(t, afterRequest(func(c net.Conn) {
			c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"))
			for range 100 {
				c.Write([]byte("x"))
				time.Sleep(200 * time.Millisecond)
			}
		}))
		begin := time.Now()
		e := ask(t, lone(t), "http://site.example:"+port(at)+"/")
		if d := time.Since(begin); e.Failure != "" || d > bodyTotal+3*time.Second || e.HTTP.BodySize == 0 {
			t.Errorf("after %v: %+v", d, e)
		}
	})
}

func TestObserve(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Test CA")
	at := secure(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, -1, 30, "site.example")}}, say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	p := lone(t)
	p.Roots = ca.pool()
	write(t, p.Files.Hosts, "127.0.0.1 site.example\n")
	var seen []string
	e := p.Ask(t.Context(), Request{URL: "https://site.example:" + port(at) + "/"}, func(e facts.Exchange) {
		seen = append(seen, fmt.Sprint(e.Lookup.Good(), e.Winner() != nil, e.TLS.Proven(), e.HTTP != nil, e.Done))
	})
	want := "true false false false false|true true false false false|true true true false false|true true true true false|true true true true true"
	if got := strings.Join(seen, "|"); got != want {
		t.Errorf("stages\n%s, want\n%s", got, want)
	}
	if e.Lookup.Transport != "hosts" {
		t.Errorf("lookup %+v", e.Lookup)
	}
}

func TestRace(t *testing.T) {
	t.Parallel()
	at := raw(t, say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	p := lone(t)
	// Nothing listens on the other addresses of loopback with this port: each refuses, the next one follows at once.
	e := p.Ask(t.Context(), Request{URL: "http://site.example:" + port(at) + "/", Addresses: []netip.Addr{
		netip.MustParseAddr("127.0.0.9"), netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1"),
	}}, nil)
	if e.Failure != "" || e.Winner() == nil || e.Winner().Address.Addr() != here[0] {
		t.Errorf("got %+v", e)
	}
	for _, c := range e.Connects {
		if !c.Done || (c.Address.Addr() != here[0] && c.Failure != facts.Refused && c.Failure != facts.NetUnreach) {
			t.Errorf("attempt %+v", c)
		}
	}
	many := make([]netip.Addr, 20)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{127, 0, 1, byte(i)})
	}
	e = p.Ask(t.Context(), Request{URL: "http://site.example:" + port(at) + "/", Addresses: many}, nil)
	if e.Failure != facts.Refused || len(e.Connects) != tcpFamily {
		t.Errorf("got %+v", e)
	}
}

// Whatever happens to a request, nothing of it runs on.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	p := lone(t)
	silent := raw(t, func(c net.Conn) { c.Read(make([]byte, 1)); <-t.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), hedgeAfter+200*time.Millisecond)
	p.Follow(ctx, Request{URL: "http://site.example:" + port(silent) + "/", Addresses: here}, nil)
	p.Follow(ctx, Request{URL: "https://site.example:" + port(silent) + "/", Addresses: here}, nil)
	cancel()
	for range 150 { // what was told to end needs a moment; the server's own goroutines stay until the test ends
		if runtime.NumGoroutine() <= before+5 && len(p.slots) == 0 && len(p.helpers) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after; %d connections are counted as open", before, runtime.NumGoroutine(), len(p.slots))
}
