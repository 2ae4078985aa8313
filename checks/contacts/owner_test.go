package contacts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// ripe is an answer in the form of the RIPE registry's (RFC 9083), with what is often odd in it.
const ripe = `{"rdapConformance":["rdap_level_0"],"objectClassName":"ip network","handle":"203.0.113.0 - 203.0.113.255","startAddress":"203.0.113.0/32","endAddress":"203.0.113.255/32","ipVersion":"v4",
"name":"EXEMPLE-HEBERGEMENT","country":"FR","entities":[
{"objectClassName":"entity","roles":["registrant"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Exemple Hébergement SAS"],["kind",{},"text","org"]]]},
{"objectClassName":"entity","roles":["technical","administrative"],"vcardArray":["vcard",[["fn",{},"text","Centre réseau"],["tel",{"type":"voice"},"uri","tel:+33-1-23-45-67-89"],["email",{},"text","noc@hebergeur.example"]]],
 "entities":[{"roles":["abuse"],"vcardArray":["vcard",[["fn",{},"text","Abuse"],["email",{"type":"abuse"},"text","abuse@hebergeur.example"],["email",{},"text","second@hebergeur.example"]]]}]},
{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","javascript:alert(1)"],["tel",{},"text","call\u0007me"]]]}]}`

func TestOwner(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	final := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		mu.Unlock()
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" || !strings.Contains(r.Header.Get("User-Agent"), "Passerelle") {
			t.Errorf("sent %v", r.Header)
		}
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprint(w, ripe)
	}))
	defer final.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		mu.Unlock()
		http.Redirect(w, r, final.URL+"/rdap"+r.URL.Path, http.StatusFound)
	}))
	defer first.Close()
	o, err := (&Registry{Base: first.URL}).Owner(context.Background(), netip.MustParseAddr("203.0.113.10"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Name != "Exemple Hébergement SAS" || o.Network != "EXEMPLE-HEBERGEMENT" || o.Country != "FR" || o.Range != "203.0.113.0 – 203.0.113.255" || o.Registry != "127.0.0.1" || o.Shared {
		t.Errorf("%+v", o)
	}
	if len(o.Technical) != 1 || o.Technical[0] != (Reach{"Centre réseau", "noc@hebergeur.example", "+33-1-23-45-67-89"}) {
		t.Errorf("technical %+v", o.Technical)
	}
	if len(o.Abuse) != 1 || o.Abuse[0] != (Reach{Name: "Abuse", Mail: "abuse@hebergeur.example"}) {
		t.Errorf("abuse %+v", o.Abuse)
	}
	if want := "[GET /ip/203.0.113.10 GET /rdap/ip/203.0.113.10]"; fmt.Sprint(asked) != want {
		t.Errorf("asked %v, want %s", asked, want)
	}
	if len(o.Contacted) != 4 || o.Contacted[0].Why != "owner" || o.Contacted[0].Addr != strings.TrimPrefix(first.URL, "http://") || o.Contacted[3].Addr != strings.TrimPrefix(final.URL, "http://") || o.Contacted[3].What != "http" {
		t.Errorf("contacted %+v", o.Contacted)
	}
}

// TestOwnerIsNotAskedOfPrivateAddresses: nothing is sent at all.
func TestOwnerIsNotAskedOfPrivateAddresses(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	defer s.Close()
	for _, a := range []string{"192.168.1.1", "10.0.0.1", "127.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "100.64.1.1", "0.0.0.0", "224.0.0.1", "::ffff:192.168.1.1"} {
		if o, err := (&Registry{Base: s.URL}).Owner(context.Background(), netip.MustParseAddr(a)); !errors.Is(err, ErrPrivate) || len(o.Contacted) > 0 {
			t.Errorf("%s: %v %v", a, o.Contacted, err)
		}
	}
	if _, err := (&Registry{Base: s.URL}).Owner(context.Background(), netip.Addr{}); !errors.Is(err, ErrPrivate) {
		t.Error(err)
	}
}

func TestOwnerOddAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    error
	}{
		{"not found", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, ErrUnknown},
		{"limited", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429) }, nil},
		{"a portal", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>Connexion") }, ErrAnswer},
		{"another object", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"objectClassName":"domain"}`) }, ErrAnswer},
		{"another address", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"objectClassName":"ip network","startAddress":"198.51.100.0","endAddress":"198.51.100.255"}`)
		}, ErrAnswer},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"objectClassName":"`+strings.Repeat("x", maxOwner)+`"}`)
		}, ErrAnswer},
		{"a loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", 302) }, nil},
		{"to another scheme", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "ftp://127.0.0.1/x", 302) }, ErrAnswer},
		{"with a name", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://u:p@"+r.Host+"/x", 302) }, ErrAnswer},
	} {
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			c.handler(w, r)
		}))
		o, err := (&Registry{Base: s.URL}).Owner(context.Background(), netip.MustParseAddr("203.0.113.10"))
		s.Close()
		if err == nil || c.want != nil && !errors.Is(err, c.want) || asked > maxMoves+1 {
			t.Errorf("%s: %+v %v (asked %d times)", c.name, o, err, asked)
		}
		if len(o.Contacted) == 0 {
			t.Errorf("%s: does not say who was contacted", c.name)
		}
	}
}

// TestRealRegistriesOnly: without a stand-in, redirects lead to protected public names alone.
func TestRealRegistriesOnly(t *testing.T) {
	g := &Registry{}
	check := g.client(nil, func(string, string, string) {}).CheckRedirect
	for to, ok := range map[string]bool{"https://rdap.db.ripe.net/ip/203.0.113.10": true, "http://rdap.db.ripe.net/ip/1": false, "https://192.168.1.1/x": false, "https://localhost/x": false, "https://box.lan/": false, "https://rdap.example:8443/x": true} {
		r, err := http.NewRequest(http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(r, []*http.Request{r}); (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func FuzzOwner(f *testing.F) {
	f.Add([]byte(ripe))
	f.Add([]byte(`{"objectClassName":"ip network","startAddress":"203.0.113.0","endAddress":"203.0.113.255","entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email"],[],["tel",{},"uri",["a"]]]]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o := Owner{Address: netip.MustParseAddr("203.0.113.10")}
		if o.read(raw) != nil {
			return
		}
		for _, r := range append(o.Abuse, o.Technical...) {
			if r.Mail != "" && !plainMail(r.Mail) || r.Phone != "" && !phone(r.Phone) || len([]rune(r.Name)) > maxName+1 {
				t.Fatalf("%+q", r)
			}
		}
		if len(o.Abuse) > maxReach || len(o.Technical) > maxReach || strings.ContainsFunc(o.Name+o.Network+o.Country, func(r rune) bool { return r < ' ' || r == 0x202e }) {
			t.Fatalf("%+v", o)
		}
	})
}
