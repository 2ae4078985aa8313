// Fixed places whose answer is known: connectivity checks (is there Internet, is there a portal) and other sites.
package probe

import (
	"bytes"
	"context"
	"html"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"passerelle/checks/facts"
)

// Check is one connectivity check: an address and what it answers on an open Internet.
type Check struct {
	Name   string // host
	URL    string
	Status int
	Body   string // white space at the end does not count
}

// Checks are the four of CONTRACT.md, "What may leave this computer". They are the browsers' and systems' own.
var Checks = []Check{
	{"connectivitycheck.gstatic.com", "http://connectivitycheck.gstatic.com/generate_204", 204, ""},
	{"detectportal.firefox.com", "http://detectportal.firefox.com/success.txt", 200, "success"},
	{"www.msftconnecttest.com", "http://www.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"},
	{"captive.apple.com", "http://captive.apple.com/hotspot-detect.html", 200, "Success"},
}

// tinyBody is what a broken proxy sends instead of a page (Android's NetworkMonitor: 200 with at most four bytes is a failure, no
// portal).
const tinyBody = 4

// Connectivity asks one check over plain HTTP: no redirects, no caches, no cookies. Expected is Yes where the answer is exactly
// the known one, No where another or none came. Portal is Yes only on a positive sign: a redirect to somebody else, status 511,
// or a foreign page in place of the known one; an error, a 4xx or 5xx, an empty or tiny page are no sign.
func (p *Prober) Connectivity(ctx context.Context, c Check, proxy *url.URL) facts.Probe {
	e := p.Ask(ctx, Request{
		URL: c.URL, Proxy: proxy, Why: "connectivity", FirstByte: helperFirstByte, helper: true, noCache: true,
	}, nil)
	return c.judge(e)
}

func (c Check) judge(e facts.Exchange) facts.Probe {
	r := facts.Probe{Name: c.Name, URL: c.URL, Exchange: e, Done: true}
	if e.Failure == facts.Canceled {
		r.Done = false
		return r
	}
	r.Expected = facts.No
	h := e.HTTP
	if h == nil || h.Status == 0 {
		return r
	}
	body := bytes.TrimSpace(h.Body)
	if e.Failure == facts.OK && h.Status == c.Status && expectedBody(body, c.Body) {
		r.Expected, r.Portal = facts.Yes, facts.No
		return r
	}
	switch {
	case h.Status == 511: // RFC 6585 §6
		r.Portal = facts.Yes
	case isRedirect(h.Status) && h.Location != "":
		if to, err := url.Parse(h.Location); err == nil && elsewhere(to, c.Name) {
			r.Portal = facts.Yes
		}
	case h.Status == 200 && len(body) > tinyBody:
		r.Portal = facts.Yes
	}
	if r.Portal == facts.Yes {
		r.SignIn = signIn(h, c.URL)
	}
	return r
}

// expectedBody compares with what the place always says. Apple's page has it inside a few tags.
func expectedBody(body []byte, want string) bool {
	if string(body) == want {
		return true
	}
	if want == "" || len(body) > 200 || !bytes.HasPrefix(bytes.ToLower(body), []byte("<html>")) {
		return false
	}
	return strings.EqualFold(title(body), want) && strings.TrimSpace(tags.ReplaceAllString(string(body), " ")) != "" &&
		strings.Join(strings.Fields(tags.ReplaceAllString(string(body), " ")), " ") == want+" "+want
}

var tags = regexp.MustCompile(`<[^>]*>`)

// elsewhere tells whether an address belongs to somebody else than this host. The same host over https, or with www., is a
// redirect that the host itself could send.
func elsewhere(to *url.URL, host string) bool {
	h := strings.ToLower(to.Hostname())
	return h != "" && (to.Scheme == "http" || to.Scheme == "https") && h != host && h != "www."+host && "www."+h != host
}

// Where a portal says that one signs in: WISPr's reply (LoginURL), or a page that leads on by itself.
var (
	wisprLogin  = regexp.MustCompile(`(?is)<LoginURL>\s*(?:<!\[CDATA\[)?\s*(https?://[^<\]\s]+)`)
	metaRefresh = regexp.MustCompile(`(?is)<meta[^>]+http-equiv\s*=\s*["']?refresh[^>]*?url\s*=\s*["']?([^"'>\s]+)`)
	scriptLeads = regexp.MustCompile(`(?is)location(?:\.href)?\s*(?:=|\.replace\()\s*["'](https?://[^"']+)["']`)
)

func signIn(h *facts.HTTP, from string) string {
	if h.Location != "" {
		return h.Location
	}
	base, err := url.Parse(from)
	if err != nil {
		return ""
	}
	page := h.Body[:min(len(h.Body), 64<<10)]
	for _, re := range []*regexp.Regexp{wisprLogin, metaRefresh, scriptLeads} {
		m := re.FindSubmatch(page)
		if m == nil {
			continue
		}
		to := absolute(base, html.UnescapeString(string(m[1])))
		if u, err := cleanURL(to, false); err == nil {
			return u.String()
		}
	}
	return ""
}

// OtherSite asks an unrelated site over HTTPS, for comparison. Expected is Yes where TLS proves its name and it answers with
// whatever status. Redirects are not followed and no page is read.
func (p *Prober) OtherSite(ctx context.Context, host string, proxy *url.URL) facts.Probe {
	u := url.URL{Scheme: "https", Host: host, Path: "/"}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		u.Host = net.JoinHostPort(host, "443")
	}
	e := p.Ask(ctx, Request{
		URL: u.String(), Proxy: proxy, Why: "other-site", FirstByte: helperFirstByte, helper: true, noBody: true,
	}, nil)
	r := facts.Probe{Name: host, URL: u.String(), Exchange: e, Done: e.Failure != facts.Canceled}
	if r.Done {
		r.Expected = facts.Known(e.TLS.Proven() && e.HTTP != nil && e.HTTP.Status != 0)
	}
	return r
}
