package outside

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/checks/facts"
	"passerelle/checks/outside/standin"
)

const agent = "Mozilla/5.0 (compatible; Passerelle/0.1; +https://passerelle.app)"

// ask asks a stand-in on loopback.
func ask(t *testing.T, s *standin.Server, q Question, change ...func(*Client)) facts.Outside {
	t.Helper()
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	c := &Client{Globalping: at.URL, CheckHost: "http://127.0.0.1:1", UserAgent: agent}
	for _, f := range change {
		f(c)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
	defer cancel()
	o := c.Ask(ctx, q)
	for _, complaint := range s.Complaints() {
		t.Errorf("the service complains: %s", complaint)
	}
	if !o.Done {
		t.Error("not done")
	}
	return o
}

var shop = Question{Scheme: "https", Host: "shop.example", Country: "FR"}

func says(o facts.Outside) string {
	var s []string
	for _, p := range o.Places {
		switch {
		case !p.Done:
			s = append(s, "?"+p.Why)
		case p.Failure != "":
			s = append(s, string(p.Failure))
		case p.Cert != "":
			s = append(s, string(p.Cert))
		default:
			s = append(s, fmt.Sprint(p.Status))
		}
	}
	return strings.Join(s, " ")
}

func TestFourPlaces(t *testing.T) {
	t.Parallel()
	s := &standin.Server{Late: 700 * time.Millisecond}
	var mu sync.Mutex
	var contacts []string
	o := ask(t, s, shop, func(c *Client) {
		c.OnContact = func(host, addr, what string) {
			mu.Lock()
			contacts = append(contacts, what)
			mu.Unlock()
		}
	})
	if o.Failure != "" || says(o) != "200 200 200 200" || o.Service != Globalping || o.URL != "https://shop.example/" || o.Cut || !strings.HasSuffix(o.Link, o.ID) {
		t.Errorf("%+v", o)
	}
	p := o.Places[0]
	if !p.Home || !p.Near || p.Country != "FR" || p.ASN == 0 || p.Address != netip.MustParseAddr("203.0.113.10") || p.Title != "Boutique" || p.Certified != facts.Yes || len(p.CertSHA) != 64 {
		t.Errorf("%+v", p)
	}
	if a := s.Asked(); len(a) != 1 || a[0].Target != "shop.example" || a[0].Path != "/" || a[0].Port != 443 || a[0].Agent != agent || len(a[0].Where) != 4 {
		t.Errorf("%+v", a)
	}
	near := 0
	for _, w := range s.Asked()[0].Where {
		if w["country"] == "FR" {
			near++
		}
	}
	if near != 2 {
		t.Errorf("%d places in the person's country", near)
	}
	if !slices.Equal(contacts, []string{"connect", "http"}) {
		t.Errorf("contacts %v", contacts)
	}
}

// TestNotModified: an answer that has not changed is not sent again.
func TestNotModified(t *testing.T) {
	t.Parallel()
	s := &standin.Server{Late: 2200 * time.Millisecond}
	o := ask(t, s, shop)
	if _, reads, same := s.Counts(); says(o) != "200 200 200 200" || reads < 4 || same < 3 {
		t.Errorf("%s after %d reads, %d unmodified", says(o), reads, same)
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	four := func(rs ...map[string]any) func(standin.Asked) []standin.Place {
		return func(standin.Asked) []standin.Place {
			ps := standin.Places(nil)
			for i := range ps {
				ps[i].Result = rs[i%len(rs)]
			}
			return ps
		}
	}
	odd := standin.Opens(200, "not an address")
	odd["statusCode"] = 9999
	listed := standin.Opens(200, "203.0.113.10")
	listed["headers"] = map[string]any{"location": []string{"/a"}, "x": 7}
	for _, c := range []struct {
		name string
		see  func(standin.Asked) []standin.Place
		want string
	}{
		{"refused", four(standin.Fails("target", "connect ECONNREFUSED 203.0.113.10:443")), "connection-refused connection-refused connection-refused connection-refused"},
		{"silent", four(standin.Fails("target", "Request timeout.")), "timeout timeout timeout timeout"},
		{"cut", four(standin.Fails("target", "read ECONNRESET"), standin.Fails("", "other side closed")), "connection-reset closed connection-reset closed"},
		{"no name", four(standin.Fails("resolver", "ENOTFOUND shop.example")), "nxdomain nxdomain nxdomain nxdomain"},
		{"its own trouble is nothing", four(standin.Fails("internal", "connect ECONNREFUSED"), standin.State("offline"), standin.State("in-progress"), standin.Fails("resolver", "connect ETIMEDOUT 10.0.0.1")), "?internal ?offline ?running ?internal"},
		{"what nobody explains is nothing", four(standin.Fails("", "Something odd"), standin.Fails("target", "Something odd")), "?unclear other ?unclear other"},
		{"bad certificate", four(standin.Distrusts("CERT_HAS_EXPIRED", "203.0.113.10"), standin.Distrusts("ERR_TLS_CERT_ALTNAME_INVALID", "203.0.113.10"), standin.Distrusts("DEPTH_ZERO_SELF_SIGNED_CERT", "203.0.113.10"), standin.Opens(502, "203.0.113.10")),
			"certificate-expired certificate-wrong-name certificate-untrusted 502"},
		{"half a result, and lies", four(map[string]any{"status": "finished"}, odd, map[string]any{"status": "dancing"}, listed), "?unclear ?unclear ?unclear 200"},
		{"private address", four(standin.Fails("", "Private IP ranges are not allowed.")), "no-data no-data no-data no-data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := says(ask(t, &standin.Server{See: c.see}, shop)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestRedirects: another host is asked again at the same places, by name alone; a path of the same site is not.
func TestRedirects(t *testing.T) {
	t.Parallel()
	s := &standin.Server{See: func(a standin.Asked) []standin.Place {
		switch {
		case a.Protocol == "HTTP":
			return standin.Places(standin.Redirects(301, "https://shop.example/?utm=x", "203.0.113.10"))
		case a.Target == "shop.example":
			return standin.Places(standin.Redirects(302, "https://www.shop.example/fr/home?session=abc#x", "203.0.113.10"))
		}
		return standin.Places(standin.Opens(200, "203.0.113.11"))
	}}
	o := ask(t, s, Question{Scheme: "http", Host: "shop.example", Country: "FR"})
	if says(o) != "200 200 200 200" || o.Places[3].URL != "https://www.shop.example/" {
		t.Errorf("%s %+v", says(o), o.Places)
	}
	a := s.Asked()
	if len(a) != 3 || a[1].Reuse == "" || a[2].Reuse == "" || a[0].Port != 80 || a[2].Target != "www.shop.example" {
		t.Errorf("%+v", a)
	}
	for _, to := range []string{"/fr/", "https://shop.example/fr/", "https://intranet/x", "http://192.168.1.1/", "https://shop.example:8443/", "file:///etc/passwd", "://", "https://nas.local/"} {
		s := &standin.Server{See: func(standin.Asked) []standin.Place {
			return standin.Places(standin.Redirects(302, to, "203.0.113.10"))
		}}
		if o := ask(t, s, shop); says(o) != "302 302 302 302" || len(s.Asked()) != 1 {
			t.Errorf("%s: %s, asked %+v", to, says(o), s.Asked())
		}
	}
}

func errorBody(kind string) string { return `{"error":{"type":"` + kind + `","message":"x"}}` }

func TestErrors(t *testing.T) {
	t.Parallel()
	always := func(status int, body string, header map[string]string) func(int) (int, string, map[string]string) {
		return func(int) (int, string, map[string]string) { return status, body, header }
	}
	once := func(status int, body string, header map[string]string) func(int) (int, string, map[string]string) {
		return func(n int) (int, string, map[string]string) {
			if n == 1 {
				return status, body, header
			}
			return 0, "", nil
		}
	}
	for _, c := range []struct {
		name    string
		s       *standin.Server
		failure facts.OutsideFailure
		wait    int
		creates int
	}{
		{"private for them", &standin.Server{Create: always(400, errorBody("validation_error"), nil)}, facts.OutsideRejected, 0, 1},
		{"barred", &standin.Server{Create: always(403, errorBody("access_forbidden"), nil)}, facts.OutsideBarred, 0, 1},
		{"limited", &standin.Server{Remaining: -1, Reset: 1800}, facts.OutsideLimited, 1800, 1},
		{"limited without a time", &standin.Server{Create: always(429, "slow down", nil)}, facts.OutsideLimited, 0, 1},
		{"limited for a moment", &standin.Server{Create: once(429, errorBody("rate_limit_exceeded"), map[string]string{"X-RateLimit-Reset": "1"})}, "", 0, 2},
		{"nobody in that country", &standin.Server{Create: once(422, errorBody("no_probes_found"), nil)}, "", 0, 2},
		{"nobody at all", &standin.Server{See: func(standin.Asked) []standin.Place { return nil }}, facts.OutsideNobody, 0, 2},
		{"their fault once", &standin.Server{Create: once(500, errorBody("api_error"), nil)}, "", 0, 2},
		{"their fault", &standin.Server{Create: always(500, errorBody("api_error"), nil)}, facts.OutsideBroken, 0, 2},
		{"a portal in its place", &standin.Server{Create: always(302, "<html>", map[string]string{"Location": "http://portal.example/"})}, facts.OutsideBroken, 0, 1},
		{"a block page in its place", &standin.Server{Create: always(403, "<html>blocked", nil)}, facts.OutsideBroken, 0, 1},
		{"nonsense", &standin.Server{Create: always(202, "{]", nil)}, facts.OutsideBroken, 0, 1},
		{"a number that is a path", &standin.Server{Create: always(202, `{"id":"../limits"}`, nil)}, facts.OutsideBroken, 0, 1},
		{"endless", &standin.Server{Create: always(202, strings.Repeat("x", 2<<20), nil)}, facts.OutsideBroken, 0, 2},
		{"forgets once", &standin.Server{Read: once(404, errorBody("not_found"), nil)}, "", 0, 2},
		{"forgets", &standin.Server{Read: always(404, errorBody("not_found"), nil)}, facts.OutsideBroken, 0, 2},
		{"of another site", &standin.Server{Read: always(200, `{"id":"{id}","type":"http","status":"finished","target":"other.example","results":[]}`, nil)}, facts.OutsideBroken, 0, 1},
		{"no results", &standin.Server{Read: always(200, `{"id":"{id}","type":"http","status":"finished","target":"shop.example","results":[]}`, nil)}, facts.OutsideNobody, 0, 1},
		{"polled too fast, they say", &standin.Server{Read: once(429, errorBody("too_many_requests"), map[string]string{"Retry-After": "1"})}, "", 0, 1},
		{"reading fails once", &standin.Server{Read: once(503, "<html>", nil)}, "", 0, 1},
		{"reading fails", &standin.Server{Read: always(503, "<html>", nil)}, facts.OutsideBroken, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := ask(t, c.s, shop)
			creates, _, _ := c.s.Counts()
			if o.Failure != c.failure || o.WaitS != c.wait || creates != c.creates {
				t.Errorf("failure %q, wait %d, %d created: %+v", o.Failure, o.WaitS, creates, o)
			}
			if (o.Failure == "") != (evidence(o.Places) > 0) {
				t.Errorf("failure %q with %s", o.Failure, says(o))
			}
		})
	}
}

// TestLate: what is there when the time is up counts; nothing is "late".
func TestLate(t *testing.T) {
	t.Parallel()
	o := ask(t, &standin.Server{Stuck: true}, shop)
	if says(o) != "200 200 ?running ?running" || !o.Cut || o.Failure != "" {
		t.Errorf("%+v", o)
	}
	o = ask(t, &standin.Server{Hang: true}, shop)
	if o.Failure != facts.OutsideLate && o.Failure != facts.OutsideUnreachable || len(o.Places) > 0 {
		t.Errorf("%+v", o)
	}
	if o := ask(t, &standin.Server{}, shop, func(c *Client) { c.Globalping = "http://127.0.0.1:1" }); o.Failure != facts.OutsideUnreachable {
		t.Errorf("%+v", o)
	}
}

func TestOnlyHostAndSlashOfPublicNames(t *testing.T) {
	for host, want := range map[string]bool{"shop.example": true, "xn--maana-pta.example": true, "203.0.113.9": true, "2001:db8::1": true, "8.8.8.8": true,
		"localhost": false, "nas": false, "nas.local": false, "a.lan": false, "x.internal": false, "x.home.arpa": false, "printer.home": false, "fritz.box": false, "x.corp": false, "abc.onion": false,
		"127.0.0.1": false, "10.1.2.3": false, "192.168.1.1": false, "172.16.0.1": false, "169.254.1.1": false, "100.64.0.1": false, "0.0.0.0": false, "::1": false, "fe80::1": false, "fd00::1": false,
		"::ffff:192.168.1.1": false, "224.0.0.1": false, "255.255.255.255": false, "": false, "shop.example/path": false, "user@shop.example": false, "shop.example?x": false, "a b.example": false, "x.local.": false} {
		if got := Askable("https", host, 443); got != want {
			t.Errorf("%s: %v", host, got)
		}
		if !want {
			s := &standin.Server{}
			if o := ask(t, s, Question{Scheme: "https", Host: host}); o.Failure != facts.OutsidePrivate || len(s.Asked()) > 0 {
				t.Errorf("%s: %+v", host, o)
			}
		}
	}
	for _, c := range []struct {
		scheme string
		port   int
	}{{"https", 8443}, {"http", 443}, {"ftp", 0}, {"", 0}} {
		if Askable(c.scheme, "shop.example", c.port) {
			t.Errorf("%s port %d", c.scheme, c.port)
		}
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	m := &Memory{}
	s := &standin.Server{}
	with := func(c *Client) { c.Memory = m }
	ask(t, s, shop, with)
	if o := ask(t, s, shop, with); len(s.Asked()) != 1 || says(o) != "200 200 200 200" {
		t.Errorf("asked %d times within a minute", len(s.Asked()))
	}
	m = &Memory{}
	full := &standin.Server{Remaining: -1, Reset: 900}
	ask(t, full, shop, with)
	if o := ask(t, full, shop, with); len(full.Asked()) != 1 || o.Failure != facts.OutsideLimited || o.WaitS < 890 || o.WaitS > 900 {
		t.Errorf("%d, %+v", len(full.Asked()), o)
	}
	m = &Memory{}
	dead := func(c *Client) { c.Globalping, c.Memory = "http://127.0.0.1:1", m }
	ask(t, s, shop, dead)
	ask(t, s, shop, dead)
	if m.refusal(Globalping, time.Now()) == nil {
		t.Error("a service that is down is asked for ever")
	}
}

// TestCheckHost: only after its own yes, and where Globalping gives nothing.
func TestCheckHost(t *testing.T) {
	t.Parallel()
	var asked []string
	reads := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		if r.Header.Get("Accept") != "application/json" || r.UserAgent() != agent {
			t.Errorf("asked with %v", r.Header)
		}
		if r.URL.Path == "/check-http" {
			fmt.Fprint(w, `{"ok":1,"request_id":"29","permanent_link":"https://check-host.net/check-report/29","nodes":{"us1.node.check-host.net":["us","USA","Los Angeles","5.253.30.82","AS18978"],"fr1":["fr","France","Paris","5.2.3.4","AS2"],"de1":["de","Germany","Berlin"]}}`)
			return
		}
		if reads++; reads == 1 {
			fmt.Fprint(w, `{"us1.node.check-host.net":null,"fr1":null}`)
			return
		}
		fmt.Fprint(w, `{"us1.node.check-host.net":[[1,0.13,"Moved Permanently","301","203.0.113.10"]],"fr1":[[0,3.1,"Connection timed out"]],"de1":[[null]]}`)
	}))
	t.Cleanup(server.Close)
	with := func(c *Client) { c.CheckHost = server.URL }
	full := func() *standin.Server { return &standin.Server{Remaining: -1, Reset: 900} }
	if o := ask(t, full(), shop, with); o.Failure != facts.OutsideLimited || len(asked) > 0 {
		t.Errorf("without a yes: %+v %v", o, asked)
	}
	q := shop
	q.CheckHost = true
	o := ask(t, full(), q, with)
	if o.Service != CheckHost || o.Failure != "" || says(o) != "?internal timeout 301" || !slices.Equal(o.Untested, []string{"globalping limited"}) {
		t.Errorf("%s %+v", says(o), o)
	}
	if h := mustQuery(asked[0]).Get("host"); h != "https://shop.example/" {
		t.Errorf("sent %q", h)
	}
	asked = nil
	if ask(t, &standin.Server{}, q, with); len(asked) > 0 {
		t.Errorf("asked although Globalping answered: %v", asked)
	}
	if o := ask(t, full(), q); o.Failure != facts.OutsideLimited || len(o.Untested) != 2 {
		t.Errorf("both down: %+v", o)
	}
}

func mustQuery(s string) url.Values {
	u, err := url.Parse(s)
	if err != nil {
		return nil
	}
	return u.Query()
}

func TestCountry(t *testing.T) {
	none := func(string) ([]byte, error) { return nil, os.ErrNotExist }
	tab := func(string) ([]byte, error) { return []byte("# x\nIS\t+6409-02151\tAtlantic/Reykjavik\n"), nil }
	lang := func(v string) func(string) string {
		return func(n string) string {
			if n == "LANG" {
				return v
			}
			return ""
		}
	}
	for _, c := range []struct {
		lang, zone string
		read       func(string) ([]byte, error)
		want       string
	}{{"fr_FR.UTF-8", "", none, "FR"}, {"en_US.UTF-8", "Europe/Paris", none, "FR"}, {"C", "Atlantic/Reykjavik", tab, "IS"}, {"C", "", none, ""}, {"C", "Etc/UTC", tab, ""}, {"fr", "", none, ""}, {"de_AT@euro", "", none, "AT"}} {
		if got := countryFrom(lang(c.lang), c.zone, c.read); got != c.want {
			t.Errorf("%s %s: %q", c.lang, c.zone, got)
		}
	}
	Country()
}

// TestLive asks the real service once, for whoever has the Internet: `make check-outside`.
func TestLive(t *testing.T) {
	if os.Getenv("PASSERELLE_LIVE") != "1" {
		t.Skip("runs only by `make check-outside`: it asks the real api.globalping.io")
	}
	c := &Client{UserAgent: agent}
	o := c.Ask(context.Background(), Question{Scheme: "https", Host: "www.wikipedia.org", Country: Country()})
	t.Logf("%+v", o)
	if o.Failure != "" || evidence(o.Places) < enough {
		t.Errorf("failure %q: %s", o.Failure, says(o))
	}
}
