package contacts

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"passerelle/checks"
	"passerelle/checks/outside"
	"passerelle/checks/probe"
	"passerelle/checks/system"
	"passerelle/checks/words"
)

// Who owns an address: RDAP (RFC 9082, 9083), asked only on a click. rdap.org knows which registry is responsible and sends us there
// (CONTRACT.md, "What may leave this computer"). The address is all that is sent: no name, no path, no query of the site.

const (
	rdapBase = "https://rdap.org"
	// ownerLimit bounds the whole asking: two or three machines, each over TLS.
	ownerLimit = 8 * time.Second
	// maxOwner bounds an answer, bytes: a registry's are 5 to 40 KB.
	maxOwner = 512 << 10
	// maxMoves is how many redirects are followed: rdap.org → registry → national registry is two.
	maxMoves = 5
	// maxEntities bounds how many people and roles of an answer are read, and how deep they nest: a registry has a dozen, two deep.
	maxEntities, maxDepth = 60, 3
)

// Registry asks who owns addresses. The zero value works.
type Registry struct {
	Base   string                                                          // address of the service; empty: rdap.org. For tests.
	Roots  *x509.CertPool                                                  // authorities that are trusted; nil: the system's
	Lookup func(ctx context.Context, host string) []netip.Addr             // nil: the system's resolver
	Proxy  func(*url.URL) *url.URL                                         // nil: direct
	Dial   func(ctx context.Context, network, at string) (net.Conn, error) // nil: net.Dialer. For tests.
}

// Real is a Registry that resolves names and goes through proxies as every question of a check does.
func Real() *Registry {
	return &Registry{
		Lookup: func(ctx context.Context, host string) []netip.Addr {
			if l := probe.New().LookupSystem(ctx, host); l.Good() {
				return l.Addresses
			}
			return nil
		},
		Proxy: func(u *url.URL) *url.URL {
			p, _ := system.New().Proxy(context.Background(), u)
			return p
		},
	}
}

// Reach is how somebody can be reached.
type Reach struct {
	Name  string `json:"name,omitempty"`
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Owner is what a registry says of an address. Contacted is filled whatever happens.
type Owner struct {
	Address   netip.Addr       `json:"address"`
	Name      string           `json:"name,omitempty"`    // of the organisation, else of the network
	Network   string           `json:"network,omitempty"` // the registry's short name of the range
	Range     string           `json:"range,omitempty"`   // first and last address
	Country   string           `json:"country,omitempty"`
	Abuse     []Reach          `json:"abuse,omitempty"`     // for misuse, not for outages
	Technical []Reach          `json:"technical,omitempty"` // for the network's own trouble
	Registry  string           `json:"registry,omitempty"`  // who answered in the end
	Shared    bool             `json:"shared,omitempty"`    // a network of caches or a cloud: the site only rents there (outside-watch-report §3.5)
	Contacted []checks.Contact `json:"contacts"`
}

// Why nobody told who owns an address.
var (
	ErrPrivate = errors.New("an address of a private network has no public owner")
	ErrUnknown = errors.New("no registry knows the address")
	ErrAnswer  = errors.New("the registry's answer makes no sense")
)

// Owner asks who owns an address. The error wraps ErrPrivate (nothing was sent), ErrUnknown, ErrAnswer, or says why nobody could be asked.
func (g *Registry) Owner(ctx context.Context, a netip.Addr) (Owner, error) {
	a = a.Unmap().WithZone("")
	o := Owner{Address: a}
	if !outside.PublicAddr(a) {
		return o, fmt.Errorf("asking who owns %s: %w", a, ErrPrivate)
	}
	ctx, cancel := context.WithTimeout(ctx, ownerLimit)
	defer cancel()
	var mu sync.Mutex
	tell := func(host, at, what string) {
		mu.Lock()
		defer mu.Unlock()
		o.Contacted = append(o.Contacted, checks.Contact{Host: host, Addr: at, What: what, Why: "owner"})
	}
	base := g.Base
	if base == "" {
		base = rdapBase
	}
	first, err := url.Parse(base)
	if err != nil {
		return o, fmt.Errorf("asking who owns %s: %w", a, err)
	}
	client := g.client(first, tell)
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/ip/"+a.String(), nil)
	if err != nil {
		return o, fmt.Errorf("asking who owns %s: %w", a, err)
	}
	r.Header.Set("User-Agent", probe.UserAgent)
	r.Header.Set("Accept", "application/rdap+json, application/json")
	resp, err := client.Do(r)
	if err != nil {
		mu.Lock()
		defer mu.Unlock()
		return o, fmt.Errorf("asking who owns %s: %w", a, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxOwner+1))
	mu.Lock()
	defer mu.Unlock()
	o.Registry = resp.Request.URL.Hostname()
	switch {
	case err != nil:
		return o, fmt.Errorf("reading who owns %s: %w", a, err)
	case resp.StatusCode == http.StatusNotFound:
		return o, fmt.Errorf("asking who owns %s: %w", a, ErrUnknown)
	case resp.StatusCode != http.StatusOK:
		return o, fmt.Errorf("asking who owns %s: %s answered %d", a, o.Registry, resp.StatusCode)
	case len(raw) > maxOwner:
		return o, fmt.Errorf("reading who owns %s: longer than %d bytes: %w", a, maxOwner, ErrAnswer)
	}
	if err := o.read(raw); err != nil {
		return o, fmt.Errorf("reading who owns %s: %w", a, err)
	}
	return o, nil
}

// client follows redirects to other registries only: protected, by name, and never into this network.
func (g *Registry) client(first *url.URL, tell func(host, at, what string)) *http.Client {
	testing := g.Base != "" // a stand-in on loopback
	var proxies sync.Map    // host:port of the proxies that this network's settings name
	dialer := &net.Dialer{Timeout: ownerLimit / 2}
	dial := g.Dial
	if dial == nil {
		dial = dialer.DialContext
	}
	t := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: g.Roots}, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true, TLSHandshakeTimeout: ownerLimit / 2,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, fmt.Errorf("reading the address %s: %w", address, err)
			}
			var to []netip.Addr
			if a, err := netip.ParseAddr(host); err == nil {
				to = []netip.Addr{a}
			} else if tell(host, "", "dns"); g.Lookup != nil {
				to = g.Lookup(ctx, host)
			} else if to, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host); err != nil {
				return nil, fmt.Errorf("resolving %s: %w", host, err)
			}
			var last error = fmt.Errorf("resolving %s: no address", host)
			const most = 4
			for _, a := range to[:min(len(to), most)] {
				if _, proxy := proxies.Load(address); !testing && !proxy && !outside.PublicAddr(a) { // the proxy of this network may stand in it; a registry does not
					last = fmt.Errorf("connecting to %s: its address lies in this network", host)
					continue
				}
				at := net.JoinHostPort(a.Unmap().String(), port)
				tell(host, at, "connect")
				conn, err := dial(ctx, network, at)
				if err == nil {
					tell(host, at, "http")
					return conn, nil
				}
				last = err
			}
			return nil, fmt.Errorf("connecting to %s: %w", host, last)
		},
	}
	if g.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			p := g.Proxy(r.URL)
			if p != nil {
				proxies.Store(withPort(p), true)
			}
			return p, nil
		}
	}
	return &http.Client{Transport: t, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch u := r.URL; {
		case len(via) > maxMoves:
			return fmt.Errorf("more than %d redirects", maxMoves)
		case u.User != nil, !testing && (u.Scheme != "https" || !outside.Askable(u.Scheme, u.Hostname(), 0)), testing && u.Scheme != first.Scheme:
			return fmt.Errorf("sent to %s: %w", u.Redacted(), ErrAnswer)
		}
		r.Header.Del("Referer") // it would only name rdap.org; nobody asked for it
		return nil
	}}
}

// withPort is where a proxy is reached, as net/http dials it.
func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(port, "80"))
}

// entity is a person or a role of an answer (RFC 9083 §5.1).
type entity struct {
	Roles    []string `json:"roles"`
	Card     []any    `json:"vcardArray"` // jCard (RFC 7095): "vcard", then properties [name, parameters, type, value]
	Entities []entity `json:"entities"`
}

// read fills the owner from an answer (RFC 9083 §5.4). What is not understood is left out.
func (o *Owner) read(raw []byte) error {
	var x struct {
		Class    string   `json:"objectClassName"`
		Name     string   `json:"name"`
		Country  string   `json:"country"`
		From     string   `json:"startAddress"`
		To       string   `json:"endAddress"`
		Entities []entity `json:"entities"`
	}
	if err := json.Unmarshal(raw, &x); err != nil || x.Class != "ip network" {
		return ErrAnswer
	}
	from, err := netip.ParseAddr(strings.TrimSpace(strings.Split(x.From, "/")[0]))
	to, err2 := netip.ParseAddr(strings.TrimSpace(strings.Split(x.To, "/")[0]))
	if err != nil || err2 != nil || o.Address.Less(from) || to.Less(o.Address) {
		return fmt.Errorf("it speaks of another address: %w", ErrAnswer)
	}
	o.Range, o.Network = from.String()+" – "+to.String(), short(x.Name)
	if len(x.Country) == 2 {
		o.Country = strings.ToUpper(short(x.Country))
	}
	left := maxEntities
	o.people(x.Entities, 0, &left)
	if o.Name == "" {
		o.Name = o.Network
	}
	low := strings.ToLower(o.Name + " " + o.Network)
	for _, s := range sharedNetworks {
		o.Shared = o.Shared || strings.Contains(low, s)
	}
	return nil
}

// sharedNetworks name those whose customers' sites stand behind their addresses: the owner of the address is not the site's own host.
var sharedNetworks = []string{"cloudflare", "akamai", "fastly", "cloudfront", "amazon", "google", "microsoft", "azure", "bunny", "incapsula", "imperva", "sucuri", "cdn"}

func (o *Owner) people(all []entity, depth int, left *int) {
	if depth > maxDepth {
		return
	}
	for _, e := range all {
		if *left--; *left < 0 {
			return
		}
		card, kind := cardOf(e.Card)
		for _, role := range e.Roles {
			switch role {
			case "registrant":
				if o.Name == "" && kind != "individual" {
					o.Name = card.Name
				}
			case "abuse":
				o.Abuse = reach(o.Abuse, card)
			case "technical", "noc":
				o.Technical = reach(o.Technical, card)
			}
		}
		o.people(e.Entities, depth+1, left)
	}
}

// maxReach is how many are kept of a kind.
const maxReach = 3

func reach(list []Reach, r Reach) []Reach {
	if r.Mail == "" && r.Phone == "" || len(list) >= maxReach {
		return list
	}
	for _, x := range list {
		if x.Mail == r.Mail && x.Phone == r.Phone {
			return list
		}
	}
	return append(list, r)
}

// cardOf reads a jCard: name, mail, telephone, and what kind of being it is.
func cardOf(card []any) (r Reach, kind string) {
	if len(card) < 2 {
		return r, ""
	}
	properties, _ := card[1].([]any)
	organisation := ""
	const most = 100
	for _, p := range properties[:min(len(properties), most)] {
		f, _ := p.([]any)
		const name, value = 0, 3
		if len(f) <= value {
			continue
		}
		text, _ := f[value].(string)
		if text == "" {
			if list, ok := f[value].([]any); ok && len(list) > 0 { // an organisation with its units
				text, _ = list[0].(string)
			}
		}
		switch f[name] {
		case "fn":
			r.Name = short(text)
		case "org":
			organisation = short(text)
		case "kind":
			kind = text
		case "email":
			if r.Mail == "" && plainMail(text) {
				r.Mail = text
			}
		case "tel":
			number := strings.TrimSpace(strings.TrimPrefix(text, "tel:"))
			number, _, _ = strings.Cut(number, ";")
			if r.Phone == "" && len(number) <= maxPhone && phone(number) {
				r.Phone = number
			}
		}
	}
	if r.Name == "" {
		r.Name = organisation
	}
	return r, kind
}

func short(s string) string {
	return strings.TrimSpace(words.Safe(strings.Join(strings.Fields(s), " "), maxName))
}

// Lines tells an owner in words, for a terminal and for details: who, how to reach them, who was asked.
func (o Owner) Lines(p *words.Printer) []string {
	var lines []string
	add := func(key, text string) {
		if text != "" {
			lines = append(lines, p.T("report.pair", map[string]any{"Label": p.T("contacts.owner."+key, nil), "Text": text}))
		}
	}
	add("name", o.Name)
	add("range", strings.TrimSpace(o.Range+" "+o.Country))
	for _, r := range o.Technical {
		add("technical", r.String())
	}
	for _, r := range o.Abuse {
		add("abuse", r.String())
	}
	add("registry", o.Registry)
	if o.Shared {
		lines = append(lines, p.T("contacts.owner.shared", map[string]any{"Name": o.Name}))
	}
	return lines
}

// String is what is known, on one line.
func (r Reach) String() string {
	var parts []string
	for _, s := range []string{r.Name, r.Mail, r.Phone} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// TellOwner puts into words why nobody told who owns an address.
func TellOwner(err error, p *words.Printer) string {
	key := "unreachable"
	switch {
	case errors.Is(err, ErrPrivate):
		key = "private"
	case errors.Is(err, ErrUnknown):
		key = "unknown"
	case errors.Is(err, ErrAnswer):
		key = "unclear"
	}
	return p.T("contacts.owner."+key, nil)
}
