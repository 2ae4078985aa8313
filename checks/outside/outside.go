// Package outside asks machines in other places whether they can open a site: the view from outside.
//
// The service is Globalping (its documented interface, anonymously), and check-host.net where Globalping cannot be asked and the
// person agreed to the public page that it publishes. Only the host and "/" are sent: never a path, a query, a private name or a
// private address. What keeps a service from answering is a failure of this asking, and no evidence about the site.
//
// It gives values of checks/facts and judges nothing.
package outside

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"passerelle/checks/facts"
)

const (
	// Budget bounds one asking (DESIGN.md, "outside": 8 s).
	Budget = 8 * time.Second
	// enough is how many places with evidence make a verdict: one witness never decides.
	enough = 2
	// tries is how often one request is made: an error of the service's own is asked again once.
	tries = 2
	// maxAnswer bounds one answer of a service, bytes: four places with 10,000 characters of page and headers each stay below.
	maxAnswer = 1 << 20
	// maxText bounds a text that came from a service, in characters.
	maxText = 120
)

// The services, by the names used in facts.Outside.Service.
const (
	Globalping = "globalping"
	CheckHost  = "check-host"
)

// Where the services are (CONTRACT.md, "What may leave this computer").
const (
	globalpingBase = "https://api.globalping.io"
	checkHostBase  = "https://check-host.net"
)

// Question is what is asked elsewhere.
type Question struct {
	Scheme    string // https or http
	Host      string // ASCII, without port
	Port      int    // 0: the scheme's own
	Country   string // the person's, ISO 3166-1 alpha-2; empty: not known
	CheckHost bool   // the person agreed that check-host.net publishes a page about it
}

// Client asks. The zero value works; its fields must not change once it is used. It is safe for concurrent use.
type Client struct {
	Globalping string // base address of the service; empty: the real one. For tests.
	CheckHost  string // the same of check-host.net

	UserAgent string         // who we are; both services expect the truth
	Roots     *x509.CertPool // authorities that are trusted; nil: the system's
	Memory    *Memory        // what was learnt of the services before; may be nil

	Lookup    func(ctx context.Context, host string) []netip.Addr // nil: the system's resolver
	Proxy     func(*url.URL) *url.URL                             // nil: direct
	OnContact func(host, addr, what string)                       // called before each machine is asked, from any goroutine; may be nil
	Now       func() time.Time                                    // nil: time.Now

	once sync.Once
	http *http.Client
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// Ask asks machines in other places for the site's first page, within Budget or the context's own deadline. What it returns is
// always Done; Outside.Failure says why nobody could be asked.
func (c *Client) Ask(ctx context.Context, q Question) facts.Outside {
	begin := c.now()
	o := facts.Outside{URL: q.url(), At: begin}
	if !Askable(q.Scheme, q.Host, q.Port) {
		o.URL, o.Failure, o.Done = "", facts.OutsidePrivate, true
		return o
	}
	if kept, ok := c.Memory.answer(o.URL, begin); ok {
		return kept
	}
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	defer c.client().CloseIdleConnections()
	try := func(service string, ask func(context.Context, Question) (facts.Outside, error)) bool {
		got, err := facts.Outside{}, c.Memory.refusal(service, begin)
		if err == nil {
			got, err = ask(ctx, q)
			c.Memory.note(service, err, c.now())
		}
		f, wait := failureOf(err)
		if f == facts.OutsideOK && evidence(got.Places) == 0 {
			f = facts.OutsideNobody
		}
		if service == Globalping || evidence(got.Places) > evidence(o.Places) {
			got.URL, got.At = first(got.URL, o.URL), begin
			got.Failure, got.WaitS, got.Untested = f, wait, o.Untested
			o = got
		}
		if f != facts.OutsideOK {
			o.Untested = append(o.Untested, service+" "+string(f))
		}
		return evidence(o.Places) >= enough
	}
	if !try(Globalping, c.globalping) && q.CheckHost && ctx.Err() == nil && o.Failure != facts.OutsideRejected {
		try(CheckHost, c.checkHost)
	}
	o.MS, o.Done = float64(c.now().Sub(begin).Microseconds())/1000, true
	if o.Failure == facts.OutsideOK {
		c.Memory.keep(o, c.now())
	}
	return o
}

// evidence counts the places that saw something.
func evidence(ps []facts.Place) int {
	n := 0
	for i := range ps {
		if ps[i].Done {
			n++
		}
	}
	return n
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// url is the only address that may leave: scheme, host and "/".
func (q Question) url() string {
	host := q.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return q.Scheme + "://" + host + "/"
}

// port is the scheme's own.
func (q Question) port() int {
	if q.Scheme == "http" {
		return 80
	}
	return 443
}

// privateSuffixes end names that mean something only inside one network: RFC 6762 (.local), RFC 8375 (home.arpa), RFC 6761, RFC 7686
// (.onion), ICANN's reserved .internal, and those that boxes and companies use without asking anybody.
var privateSuffixes = []string{"local", "lan", "internal", "home.arpa", "localhost", "localdomain", "home", "corp", "intranet", "intra", "private", "onion", "test", "invalid", "fritz.box", "in-addr.arpa", "ip6.arpa"}

// privateRanges are not covered by netip's own questions: RFC 6598 (providers), RFC 1112 (reserved), "this network".
var privateRanges = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("fec0::/10")}

// Askable tells whether a site may be named to anybody else at all: a public name or address, on the scheme's own port.
func Askable(scheme, host string, port int) bool {
	switch {
	case scheme == "https" && (port == 0 || port == 443):
	case scheme == "http" && (port == 0 || port == 80):
	default:
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return PublicAddr(a)
	}
	const maxName = 253 // RFC 1035 §2.3.4
	if !strings.Contains(host, ".") || len(host) > maxName || strings.ContainsAny(host, "/\\?#@: %\t\r\n\"'<>") {
		return false
	}
	for _, s := range privateSuffixes {
		if strings.HasSuffix(host, "."+s) || host == s {
			return false
		}
	}
	return net.ParseIP(host) == nil
}

// PublicAddr tells whether an address can be reached from anywhere. Documentation ranges count as public (CONTRACT.md).
func PublicAddr(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range privateRanges {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
