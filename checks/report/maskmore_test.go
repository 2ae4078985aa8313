package report

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"passerelle/checks"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// What error pages, programs and people write in other ways than the planted secrets: each was seen to get out.

func TestOtherWritings(t *testing.T) {
	for _, s := range []struct{ text, private string }{
		{`{"token":"abc123"}`, "abc123"}, {`{"session_id": "q1w2e3", "error": true}`, "q1w2e3"}, {`{\"token\":\"abc123\"}`, "abc123"}, {`'access_token': 'zzz9'`, "zzz9"},
		{`{"token":"a\"bc123"}`, "bc123"}, {`{"otp":493021}`, "493021"}, {`data=%22token%22%3A%22abc123%22`, "abc123"}, {`&quot;csrfToken&quot;:&quot;abc123&quot;`, "abc123"},
		{`{"firstName":"Hélène","error":"x"}`, "Hélène"}, {`{"user_name":"hlangevin"}`, "hlangevin"},
		{`C:\\Users\\mdupont\\AppData\\x`, "mdupont"}, {`%2Fhome%2Fmdupont%2Fx`, "mdupont"}, {`open \\SRV-RH\partage`, "SRV-RH"},
		{`é.dupont@société.example`, "dupont"}, {`to=marie%2540x.example`, "marie"},
		{`2a01:e0a:5d3:1234::77: refused`, "5d3"}, {`decadebad:2a01:e0a:5d3:1234::77`, "5d3"}, {`client: 2a01:e0a:5d3:1234::77, x`, "5d3"},
		{`proxy marie:s3same@proxy.example:3128`, "marie"}, {`PROXY="marie:s3same@proxy.example:3128"`, "s3same"}, {`mailto:marie@x.example`, "x.example"},
		{`81-23-45-67.abo.wanadoo.example said no`, "81-23-45-67"}, {`AKIAIOSFODNN7EXAMPLE`, "AKIAIOS"}, {`appelez le 0612345678`, "0612345678"},
		{`SSID "Livebox Famille"`, "Famille"}, {"réseau Wi-Fi\u00a0: «\u00a0Livebox 12\u00a0»", "Livebox"}, {`Wi-Fi "Chez Irène"`, "Irène"},
	} {
		m := newMasker(planted(t), somebody)
		got := m.text(s.text, true)
		if strings.Contains(got, s.private) {
			t.Errorf("%s is in %q", s.private, got)
		}
		if again := newMasker(planted(t), somebody).text(got, true); again != got {
			t.Errorf("masked twice: %q, once: %q", again, got)
		}
	}
}

// TestPageHoldsNoVisitor: what an error page's markup carries for this visitor alone.
func TestPageHoldsNoVisitor(t *testing.T) {
	for _, s := range []struct{ page, private string }{
		{`<div data-page="{&quot;user&quot;:{&quot;name&quot;:&quot;Irène&quot;}}">`, "Irène"}, {`<div data-props='{"name":"Irène"}'>`, "Irène"},
		{`<textarea name=m>cher support, Irène</textarea>`, "Irène"},
		{`<p>&#105;&#114;&#101;&#110;&#101;&#64;&#120;.example`, "&#105;&#114;"}, {`<p>irene@x&#46;example`, "irene"}, {`<p>&#x38;1.23.45.67`, "1.23.45.67"},
	} {
		if got := newMasker(planted(t), somebody).page(s.page); strings.Contains(got, s.private) {
			t.Errorf("%s is in %q", s.private, got)
		}
	}
	if got := newMasker(nil, somebody).page(`<p data-id="12">a &lt;b&gt; &#60;script&#62; &#38;</p>`); got != `<p data-id="12">a &lt;b&gt; &#60;script&#62; &#38;</p>` {
		t.Errorf("markup was made: %q", got)
	}
}

func TestHeadersOfPrograms(t *testing.T) {
	r := planted(t)
	private := []facts.Header{{Name: "X-CSRF-Token", Value: "abc123"}, {Name: "X-User", Value: "hlangevin"}, {Name: "X-Auth-Key", Value: "k77"}, {Name: "X-Session", Value: "s99"}, {Name: "Set-Cookie2", Value: "c55"},
		{Name: "X-Request-ID", Value: "req1-81.23.45.67"}, {Name: "X-Served-By", Value: "front 10.9.8.7"}}
	r.Response.Headers = append(r.Response.Headers, private...)
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(masked)
	for _, s := range []string{"abc123", "hlangevin", "k77", "s99", "c55", "81.23.45.67"} {
		if strings.Contains(string(raw), s) {
			t.Errorf("%s is there", s)
		}
	}
	for _, s := range []string{"req1-", "front 10.9.8.7"} { // support looks them up
		if !strings.Contains(string(raw), s) {
			t.Errorf("%s is gone", s)
		}
	}
}

// TestLoopbackStays: every computer has it, and another address in its place only confuses.
func TestLoopbackStays(t *testing.T) {
	r := planted(t)
	f := r.Facts
	f.System.Links = append(f.System.Links, facts.Link{Name: "lo", Up: true, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}})
	f.System.Resolvers = append(f.System.Resolvers, facts.Resolver{Address: netip.MustParseAddr("127.0.0.53")})
	f.Chain.Exchanges[0].Lookup.Server = "127.0.0.53"
	f.Chain.Exchanges[0].Connects[0].Local = netip.MustParseAddr("127.0.0.1")
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(masked)
	for _, s := range []string{`"127.0.0.1/8"`, `"::1/128"`, `"127.0.0.53"`} {
		if !strings.Contains(string(raw), s) {
			t.Errorf("%s is gone", s)
		}
	}
	if strings.Contains(string(raw), "198.18.255") {
		t.Error("loopback became another address")
	}
}

// TestLineIsPrivate: the box's public IPv6 address names the line as this computer's does.
func TestLineIsPrivate(t *testing.T) {
	r := planted(t)
	box := netip.MustParseAddr("2a01:e0a:5d3:1200::1")
	r.Facts.System.Resolvers = append(r.Facts.System.Resolvers, facts.Resolver{Address: box})
	r.Facts.Chain.Exchanges[0].Lookup.Server = box.String()
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range everything(t, masked, About{}) {
		if strings.Contains(text, "2a01:e0a:5d3") {
			t.Errorf("%s: the line's range", where)
		}
	}
}

// TestShownIsWhatLeaves: masking the same twice gives the same, and a note speaks of the same machines as the result.
func TestShownIsWhatLeaves(t *testing.T) {
	r := planted(t)
	for i := range 40 { // addresses that only a text holds
		r.Findings[i%len(r.Findings)].Text += " 10.1.2." + string(rune('1'+i%9))
	}
	first := ""
	for range 30 {
		masked, _, err := Mask(r, somebody)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(masked)
		if first == "" {
			first = string(raw)
		} else if string(raw) != first {
			t.Fatalf("not the same twice:\n%s\n%s", first, raw)
		}
		if note := MaskText("box "+secrets["box"], r, somebody); note != "box "+masked.Facts.Box.Address.String() {
			t.Fatalf("the note says %q, the result %s", note, masked.Facts.Box.Address)
		}
	}
}

// TestSiteStaysInTexts: a message is masked as the result is, and the site's address is what its support looks for.
func TestSiteStaysInTexts(t *testing.T) {
	r := planted(t)
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	_, body := Message(ToHost, masked, words.New("en"), About{})
	if got := MaskText(body+" "+secrets["visitor's public"], r, somebody); !strings.Contains(got, "(203.0.113.10)") || strings.Contains(got, secrets["visitor's public"]) {
		t.Error(got)
	}
	if m, kinds, _ := Mask(&checks.Result{}, somebody); m == nil || slices.Contains(kinds, KindAddress) {
		t.Error(kinds)
	}
}
