package contacts

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/publicsuffix"

	"passerelle/checks"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// What an error page itself names: a link to support, a mail address, a status page. Only what stands there is given, with where it
// leads in full; nothing is made up from the site's name.

// Kind is what was found.
type Kind string

// The kinds.
const (
	Support    Kind = "support" // a link to help, support or contact
	MailTo     Kind = "mail"
	Telephone  Kind = "phone"
	StatusPage Kind = "status"
)

// Found is one contact that a page names.
type Found struct {
	Kind  Kind   `json:"kind"`
	Text  string `json:"text,omitempty"`       // what the page calls it; may be empty
	Value string `json:"value"`                // what is opened and shown, in full: an http(s) address with its host in ASCII, a mail address, a telephone number
	Host  string `json:"host,omitempty"`       // where a link leads, in ASCII; of a mail address what stands after the @
	Other bool   `json:"other_site,omitempty"` // it leads to another site than the one that was asked
}

const (
	// maxFound bounds what one page may name: support links and a status page, not a site map.
	maxFound = 8
	// maxText bounds what a page calls a link, in characters.
	maxText = 80
)

// deskHosts are where companies keep their help desks and status pages under other names than their own. A link there counts although it
// leaves the site; a link to anybody else (the maker of the web server, a network of caches) does not.
var deskHosts = []string{"statuspage.io", "status.io", "instatus.com", "betteruptime.com", "betterstack.com", "statuscake.com", "hund.io", "openstatus.dev", "cstate.io", "sorryapp.com", "freshstatus.io",
	"zendesk.com", "freshdesk.com", "helpscoutdocs.com", "intercom.help", "atlassian.net", "zohodesk.com", "zohodesk.eu", "crisp.help", "gorgias.help", "uptimerobot.com"}

var statusHosts = deskHosts[:11]

// words that name a place to ask, as whole words of a link's text or of its address.
var (
	askWords    = map[string]bool{"support": true, "contact": true, "contacts": true, "contactus": true, "contactez": true, "help": true, "helpdesk": true, "helpcenter": true, "aide": true, "assistance": true, "faq": true, "ticket": true, "tickets": true, "sav": true}
	statusWords = map[string]bool{"status": true, "statut": true, "statuspage": true, "uptime": true, "incidents": true}
)

// InResult gives what the page of a check names: the very answer that was judged.
func InResult(r *checks.Result) []Found {
	if r == nil || r.Response == nil || r.Response.Body == "" {
		return nil
	}
	return OnPage(r.Response.Body, r.Response.URL)
}

// OnPage reads a page that answered for an address. What came from a proxy or a filter names whoever runs that: facts.Gateway.WrittenBy
// tells.
func OnPage(page, address string) []Found {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil
	}
	f := &finder{base: base, seen: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(1 << 20) // as much as is ever read of a page
	href, text, inside, hidden := "", &strings.Builder{}, false, ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return f.found
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "base": // a page may say that its links belong elsewhere
				if b, err := url.Parse(attr(t, "href")); err == nil {
					f.links = base.ResolveReference(b)
				}
			case "a", "area":
				if inside {
					f.link(href, text.String())
				}
				href, inside = attr(t, "href"), t.Data == "a"
				text.Reset()
				text.WriteString(attr(t, "aria-label") + " ")
				if !inside {
					f.link(href, attr(t, "alt"))
				}
			case "script", "style", "noscript", "template":
				hidden = t.Data
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if string(name) == hidden {
				hidden = ""
			}
			if string(name) == "a" && inside {
				f.link(href, text.String())
				inside = false
			}
		case html.TextToken:
			if hidden != "" {
				continue
			}
			if s := z.Token().Data; inside {
				text.WriteString(s + " ")
			} else {
				f.text(s)
			}
		}
	}
}

func attr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

type finder struct {
	base, links *url.URL
	found       []Found
	seen        map[string]bool
}

func (f *finder) add(x Found) {
	key := string(x.Kind) + " " + strings.ToLower(x.Value)
	if len(f.found) >= maxFound || f.seen[key] {
		return
	}
	f.seen[key] = true
	x.Text = strings.TrimSpace(words.Safe(strings.Join(strings.Fields(x.Text), " "), maxText))
	x.Other = x.Host != "" && !sameSite(x.Host, strings.ToLower(f.base.Hostname()))
	f.found = append(f.found, x)
}

func (f *finder) link(href, text string) {
	href = strings.TrimSpace(href)
	scheme, rest, _ := strings.Cut(href, ":")
	switch strings.ToLower(scheme) {
	case "mailto":
		to, _, _ := strings.Cut(rest, "?")
		if plain, err := url.PathUnescape(to); err == nil {
			f.mail(plain, text)
		}
		return
	case "tel":
		if number, err := url.PathUnescape(rest); err == nil && len(number) <= maxPhone && phone(number) {
			f.add(Found{Kind: Telephone, Text: text, Value: number})
		}
		return
	}
	base := f.base
	if f.links != nil {
		base = f.links
	}
	if href == "" || strings.HasPrefix(href, "#") {
		return
	}
	link, ok := webLink(href, base)
	if !ok {
		return
	}
	u, err := url.Parse(link)
	if err != nil {
		return
	}
	host := u.Hostname()
	same, desk := sameSite(host, strings.ToLower(f.base.Hostname())), below(host, deskHosts)
	if !same && !desk {
		return
	}
	switch kind := kindOf(u, text); {
	case below(host, statusHosts):
		f.add(Found{Kind: StatusPage, Text: text, Value: link, Host: host})
	case kind != "":
		f.add(Found{Kind: kind, Text: text, Value: link, Host: host})
	case desk:
		f.add(Found{Kind: Support, Text: text, Value: link, Host: host})
	}
}

// kindOf tells what a link's address and text name; "" where they name nothing to ask.
func kindOf(u *url.URL, text string) Kind {
	label, _, _ := strings.Cut(u.Hostname(), ".")
	if statusWords[label] {
		return StatusPage
	}
	first := strings.Split(strings.Trim(u.Path, "/"), "/")[0]
	if statusWords[strings.ToLower(first)] {
		return StatusPage
	}
	for _, w := range append(split(text), split(label+" "+u.Path)...) {
		if askWords[w] {
			return Support
		}
	}
	for _, w := range split(text) { // "page status", "État du service" alone would be a guess
		if statusWords[w] {
			return StatusPage
		}
	}
	return ""
}

// split gives the words of a text in small letters.
func split(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

func (f *finder) mail(s, text string) {
	s = strings.TrimRight(strings.TrimSpace(s), ".")
	if !plainMail(s) {
		return
	}
	// What is shown is what is written to: no letter that only looks like another, no mark that turns the writing direction.
	local, domain, _ := strings.Cut(s, "@")
	t, err := checks.ParseTarget("https://"+domain+"/", true)
	if len(s) > maxMail || err != nil || strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return
	}
	domain = t.Host
	s = local + "@" + domain
	// Apache's packages come with this one; nobody reads it.
	if strings.EqualFold(s, "you@example.com") || strings.HasSuffix(domain, ".localdomain") || domain == "localhost.localdomain" {
		return
	}
	if strings.Contains(text, "@") {
		text = "" // the address itself
	}
	f.add(Found{Kind: MailTo, Text: text, Value: s, Host: domain})
}

// text looks for mail addresses that are not even links: "contact the server administrator at …" of Apache.
func (f *finder) text(s string) {
	for rest := s; ; {
		i := strings.IndexByte(rest, '@')
		if i < 0 || len(f.found) >= maxFound {
			return
		}
		part := func(r rune) bool {
			return !(r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._%+-", r)))
		}
		from := strings.LastIndexFunc(rest[:i], part) + 1
		to := i + 1
		if n := strings.IndexFunc(rest[to:], part); n >= 0 {
			to += n
		} else {
			to = len(rest)
		}
		f.mail(rest[from:to], "")
		rest = rest[max(to, i+1):]
	}
}

// below tells whether a host is one of these or below one.
func below(host string, list []string) bool {
	for _, h := range list {
		if host == h || strings.HasSuffix(host, "."+h) {
			return true
		}
	}
	return false
}

// sameSite tells whether two hosts are of one owner, as far as names tell: the same registered name.
func sameSite(a, b string) bool {
	if a == b {
		return true
	}
	for _, s := range []string{a, b} {
		if _, err := netip.ParseAddr(s); err == nil {
			return false
		}
	}
	x, err := publicsuffix.EffectiveTLDPlusOne(a)
	y, err2 := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && err2 == nil && x == y
}

// OfPage tells whom what a page names is about: the site, or whoever runs the proxy or the filter that wrote it.
func OfPage(g *facts.Gateway) Role {
	if g != nil {
		switch g.WrittenBy {
		case facts.ByProxy, facts.ByFilter:
			return IT
		case facts.ByPortal:
			return Provider
		}
	}
	return Site
}
