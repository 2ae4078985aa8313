package probe

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"passerelle/checks/facts"
	"passerelle/checks/probe/probetest"
)

func TestFollow(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/fr?a=1", 302) })
	mux.HandleFunc("/fr", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<title>here</title>") })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop2", 301) })
	mux.HandleFunc("/loop2", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop#x", 307) })
	mux.HandleFunc("/cookie", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("seen"); err == nil && c.Value == "yes" {
			fmt.Fprint(w, "welcome")
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
		http.Redirect(w, r, "/cookie", 302)
	})
	mux.HandleFunc("/count/{n}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.PathValue("n")+"0", 302)
	})
	mux.HandleFunc("/app", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{"myapp://open"}
		w.WriteHeader(302)
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(302) })
	mux.HandleFunc("/sloppy", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{" \\fr?q=100% é b"}
		w.WriteHeader(302)
	})
	mux.HandleFunc("/dead", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://gone.example/", 302) })
	s := httptest.NewUnstartedServer(mux)
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	at := s.Listener.Addr().(*net.TCPAddr).AddrPort()
	get := func(path string) (facts.Chain, []facts.Chain) {
		p := lone(t)
		write(t, p.Files.Hosts, "127.0.0.1 site.example\n")
		write(t, p.Files.NSSwitch, "hosts: files\n")
		var seen []facts.Chain
		c := p.Follow(t.Context(), Request{URL: "http://site.example:" + port(at) + path}, func(c facts.Chain) { seen = append(seen, c) })
		return c, seen
	}
	c, seen := get("/")
	if len(c.Exchanges) != 2 || c.Last().HTTP.Title != "here" || !strings.HasSuffix(c.Last().URL, "/fr?a=1") || !c.Done || c.First().HTTP.Body != nil {
		t.Errorf("redirect: %+v", c)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for two requests to one server", n)
	}
	if len(seen) < 6 || !seen[len(seen)-1].Done || len(seen[0].Exchanges) != 1 {
		t.Errorf("told %d times", len(seen))
	}
	if c, _ = get("/loop"); !c.Loop || len(c.Exchanges) != 2 {
		t.Errorf("loop: %+v", c)
	}
	if c, _ = get("/cookie"); c.Loop || string(c.Last().HTTP.Body) != "welcome" {
		t.Errorf("cookie: %+v", c)
	}
	if c, _ = get("/count/1"); !c.TooMany || len(c.Exchanges) != maxRedirects+1 {
		t.Errorf("too many: %d exchanges, %+v", len(c.Exchanges), c.TooMany)
	}
	if c, _ = get("/app"); c.BadTarget != "myapp://open" || len(c.Exchanges) != 1 {
		t.Errorf("app: %+v", c)
	}
	if c, _ = get("/none"); c.BadTarget != "" || len(c.Exchanges) != 1 || c.Last().Failure != "" {
		t.Errorf("none: %+v", c)
	}
	if c, _ = get("/sloppy"); len(c.Exchanges) != 2 || !strings.HasSuffix(c.Last().URL, "/fr?q=100%25%20%C3%A9%20b") {
		t.Errorf("sloppy: %+v", c.Last())
	}
	if c, _ = get("/dead"); c.Last().Failure != facts.NXDomain || c.Last().Stage != facts.StageDNS {
		t.Errorf("dead: %+v", c.Last())
	}
}

// A server that says it keeps the connection and closes it: the next request goes out again on a new one.
func TestFollowClosedBetween(t *testing.T) {
	t.Parallel()
	at := raw(t, func(c net.Conn) {
		if strings.HasPrefix(probetest.Request(bufio.NewReader(c)), "GET /a ") {
			c.Write([]byte("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"))
			return
		}
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	})
	c := lone(t).Follow(t.Context(), Request{URL: "http://site.example:" + port(at) + "/a", Addresses: here}, nil)
	if len(c.Exchanges) != 2 || c.Last().Failure != "" || string(c.Last().HTTP.Body) != "ok" {
		t.Errorf("got %+v", c.Last())
	}
}

func TestConnectivity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		check            int
		answer           string
		expected, portal facts.Bool
		signIn           string
	}{
		{"204", 0, "HTTP/1.1 204 No Content\r\n\r\n", facts.Yes, facts.No, ""},
		{"body", 1, "HTTP/1.1 200 OK\r\n\r\nsuccess\n", facts.Yes, facts.No, ""},
		{"Apple", 3, "HTTP/1.1 200 OK\r\n\r\n<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n", facts.Yes, facts.No, ""},
		{"Apple, bare", 3, "HTTP/1.1 200 OK\r\n\r\nSuccess", facts.Yes, facts.No, ""},
		{"foreign page", 1, "HTTP/1.1 200 OK\r\n\r\n<html>Wi-Fi <meta http-equiv=\"refresh\" content=\"0; url=/login?a=1&amp;b=2\"></html>", facts.No, facts.Yes, "/login?a=1&b=2"},
		{"WISPr", 2, "HTTP/1.1 200 OK\r\n\r\n<html><!-- <LoginURL>https://wifi.example/in</LoginURL> --></html>", facts.No, facts.Yes, "https://wifi.example/in"},
		{"foreign page for 204", 0, "HTTP/1.1 200 OK\r\n\r\n<html>sign in</html>", facts.No, facts.Yes, ""},
		{"redirect elsewhere", 0, "HTTP/1.1 302 Found\r\nLocation: http://192.168.1.1/login\r\n\r\n", facts.No, facts.Yes, "http://192.168.1.1/login"},
		{"redirect to itself", 1, "HTTP/1.1 301 Moved\r\nLocation: https://detectportal.firefox.com/success.txt\r\n\r\n", facts.No, facts.Unknown, ""},
		{"511", 0, "HTTP/1.1 511 Network Authentication Required\r\n\r\n<html>sign in</html>", facts.No, facts.Yes, ""},
		{"tiny", 1, "HTTP/1.1 200 OK\r\n\r\nok", facts.No, facts.Unknown, ""},
		{"empty", 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", facts.No, facts.Unknown, ""},
		{"204 for a page", 1, "HTTP/1.1 204 No Content\r\n\r\n", facts.No, facts.Unknown, ""},
		{"error", 0, "HTTP/1.1 503 Busy\r\n\r\n<html>sorry, nothing</html>", facts.No, facts.Unknown, ""},
		{"not found", 0, "HTTP/1.1 404 Not Found\r\n\r\n<html>sorry, nothing</html>", facts.No, facts.Unknown, ""},
		{"nothing", 0, "", facts.No, facts.Unknown, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := raw(t, say(tt.answer))
			// The check is asked through "its own" proxy so that its real name and address stay in the request.
			c := Checks[tt.check]
			r := lone(t).Connectivity(t.Context(), c, &url.URL{Scheme: "http", Host: at.String()})
			if r.Expected != tt.expected || r.Portal != tt.portal || !strings.HasSuffix(r.SignIn, tt.signIn) || (tt.signIn == "" && r.Portal == facts.Unknown && r.SignIn != "") || !r.Done {
				t.Errorf("got %+v, HTTP %+v", r, r.Exchange.HTTP)
			}
		})
	}
}
