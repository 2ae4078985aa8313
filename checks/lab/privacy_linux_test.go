package lab

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestWhatTheSiteIsSent holds what the site itself sees against the contract: an address that can be spent by opening it is
// not opened, names and passwords are never sent, repeats carry no query.
func TestWhatTheSiteIsSent(t *testing.T) {
	for _, c := range []struct {
		name, address string
		args          []string
		status        int
		first         string // path and query of the first request
		later         string // of every repeat; empty: there must be none but the first
	}{
		{"private-link", "https://visitor:secret@" + SiteHost + "/reset?token=5f1c9a7e#top", nil, 200, "/", ""},
		{"private-link-exact", "https://" + SiteHost + "/reset?token=5f1c9a7e", []string{"--exact"}, 200, "/reset?token=5f1c9a7e", ""},
		{"ordinary-query", "https://visitor:secret@" + SiteHost + "/liste?page=2#top", nil, 200, "/liste?page=2", ""},
		{"repeat-without-query", "https://" + SiteHost + "/liste?page=2", nil, 502, "/liste?page=2", "/liste"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			var mu sync.Mutex
			var asked []*http.Request
			w.Site(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r)
				mu.Unlock()
				if c.status != 200 {
					Status(c.status, nginx502).ServeHTTP(rw, r)
					return
				}
				Page("Boutique").ServeHTTP(rw, r)
			}))
			if os.Getenv("LAB_PROVE") == "1" {
				return
			}
			got := w.Check(append(c.args, c.address)...)
			mu.Lock()
			defer mu.Unlock()
			if len(asked) == 0 {
				t.Fatalf("the site was not asked: %s%s", got.Stdout, got.Stderr)
			}
			for i, r := range asked {
				uri := r.URL.RequestURI()
				if i == 0 && uri != c.first {
					t.Errorf("first asked for %s, meant %s", uri, c.first)
				}
				if i > 0 && uri != c.later {
					t.Errorf("then asked for %s, meant %q", uri, c.later)
				}
				if r.Method != http.MethodGet || r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
					t.Errorf("sent %s with %v", r.Method, r.Header)
				}
				if !strings.Contains(strings.ToLower(r.UserAgent()), "passerelle") {
					t.Errorf("does not say who it is: %q", r.UserAgent())
				}
			}
			if strings.Contains(got.Stdout, "secret") || c.first == "/" && strings.Contains(got.Stdout, "5f1c9a7e") {
				t.Error("what is private stands in the output")
			}
		})
	}
}

// TestRefusedAddresses holds exit status 2 and one plain sentence for what cannot be checked. Nothing is sent.
func TestRefusedAddresses(t *testing.T) {
	if os.Getenv("LAB_PROVE") == "1" {
		t.Skip("judges the program only")
	}
	t.Parallel()
	w := New(t)
	for _, address := range []string{"", "ftp://boutique.example/", "javascript:alert(1)", "file:///etc/passwd", "https://", "boutique..example", "http://boutique.example:99999/", "://"} {
		o := w.Check(address)
		if o.Exit != 2 || strings.TrimSpace(o.Stderr) == "" || strings.TrimSpace(o.Stdout) != "" {
			t.Errorf("%q: exit %d, out %q, err %q", address, o.Exit, o.Stdout, o.Stderr)
		}
	}
	if asked := w.Resolvers[""].Queries(); len(asked) > 0 {
		t.Errorf("asked the DNS: %v", asked)
	}
}
