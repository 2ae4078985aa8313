package checks

import (
	"net/netip"
	"strings"
	"testing"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

func TestJudgedResponse(t *testing.T) {
	g := &facts.Gateway{Status: 502, Product: "nginx"}
	h := &facts.HTTP{Status: 502, Proto: "HTTP/1.1", Reason: "Bad Gateway", Headers: []facts.Header{{Name: "Server", Value: "nginx"}}, Body: []byte("<h1>502</h1>\r\n"), BodySize: 14, Gateway: g, Done: true}
	x := facts.Exchange{URL: "https://shop.example/", Connects: []facts.Connect{{Address: netip.MustParseAddrPort("203.0.113.10:443"), Done: true}}, HTTP: h, Done: true}
	f := &facts.Facts{Chain: &facts.Chain{Exchanges: []facts.Exchange{{URL: "http://shop.example/", HTTP: &facts.HTTP{Status: 301, Done: true}, Done: true}, x}, Done: true}}
	site := decide.Verdict{Side: decide.SideSite, Cause: decide.BadGateway}
	r := judgedResponse(f, g, site)
	if r == nil || r.Body != "<h1>502</h1>\r\n" || r.Address != "203.0.113.10:443" || r.Status != 502 || r.BodyCut || r.Raw != nil || r.URL != "https://shop.example/" {
		t.Fatalf("%+v", r)
	}
	if judgedResponse(f, nil, decide.Verdict{Side: decide.SideWorks}) != nil {
		t.Error("the page of a site that works is kept")
	}
	if judgedResponse(&facts.Facts{}, nil, site) != nil {
		t.Error("an answer out of nothing")
	}
	h.Body = []byte(strings.Repeat("é", maxSavedBody))
	h.BodySize = len(h.Body)
	if r := judgedResponse(f, g, site); len(r.Body) > maxSavedBody || !r.BodyCut || r.BodySize != 2*maxSavedBody || strings.Trim(r.Body, "é") != "" {
		t.Errorf("%d of %d bytes", len(r.Body), r.BodySize)
	}
}

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{"": "", "<p>ok</p>\n\t": "<p>ok</p>\n\t", "<p>d\xe9sol\xe9 \x80</p>": "<p>désolé €</p>", "\ufeff<p>x": "<p>x", "a page, turned \u202e round, that is long enough to be one all the same: " + strings.Repeat("x", 50): "a page, turned &#x202E; round, that is long enough to be one all the same: " + strings.Repeat("x", 50)} {
		if got, ok := readable([]byte(in), false); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{"a\x00b", "\x1f\x8b\x08\xe9\xe9", strings.Repeat("\x01\u202e", 50)} {
		if got, ok := readable([]byte(in), false); ok {
			t.Errorf("%q is taken for the text %q", in, got)
		}
	}
	if got, ok := readable([]byte("été"[:4]), true); !ok || got != "ét" {
		t.Errorf("%q %v", got, ok)
	}
}
