package contacts

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"passerelle/checks/words"
)

// TestHostilePage: a page may name whom it likes; what is shown is where it leads, and fits a line.
func TestHostilePage(t *testing.T) {
	page := `<a href="mailto:aide%E2%80%AE@boutique.example">a</a> <a href="mailto:aide@b%D0%BEutique.example">b</a>
<a href="mailto:x@y.example%0d%0abcc:z@y.example">c</a> <a href="mailto:` + strings.Repeat("a", 300) + `@boutique.example">d</a>
<a href="tel:112` + strings.Repeat("x", 5000) + `">e</a> <a href="javascript:alert(1)//support">support</a> <a href="data:text/html,support">support</a>
<a href="https://boutique.example@evil.example/support">support</a> <a href="https://boutique.example:pw@boutique.example/support">support</a>
<a href="//evil.example/support">support</a> <a href="` + "https://boutique.example/\u202esupport" + `">s` + "\u202e\x1b[31m" + `upport</a>`
	for _, f := range OnPage(page, "https://boutique.example/") {
		if len(f.Value) > maxStatus || f.Kind == Telephone && len(f.Value) > maxPhone || strings.ContainsFunc(f.Value, func(r rune) bool { return r <= ' ' || r > '~' }) ||
			f.Text != words.Safe(f.Text, maxText) || strings.Contains(f.Value, "evil.example") || strings.Contains(f.Value, "pw@") {
			t.Errorf("%+v", f)
		}
	}
	if got := OnPage(`<a href="mailto:aide@société.example">x</a>`, "https://boutique.example/"); len(got) != 1 || got[0].Value != "aide@xn--socit-esab.example" {
		t.Errorf("%+v", got)
	}
}

// TestRegistryNeverLeadsIntoThisNetwork: neither where a proxy may be set and none is for this address.
func TestRegistryNeverLeadsIntoThisNetwork(t *testing.T) {
	dialed := ""
	g := &Registry{Lookup: func(context.Context, string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.1")} },
		Proxy: func(*url.URL) *url.URL { return nil },
		Dial: func(_ context.Context, _, at string) (net.Conn, error) {
			dialed = at
			return nil, errors.New("no")
		}}
	if _, err := g.Owner(context.Background(), netip.MustParseAddr("203.0.113.10")); err == nil || dialed != "" {
		t.Errorf("%v: %s was asked", err, dialed)
	}
	g.Proxy = func(*url.URL) *url.URL { return &url.URL{Scheme: "http", Host: "proxy.corp"} }
	if _, err := g.Owner(context.Background(), netip.MustParseAddr("203.0.113.10")); err == nil || dialed != "192.168.1.1:80" {
		t.Errorf("%v: the network's own proxy was not asked, but %q", err, dialed)
	}
}
