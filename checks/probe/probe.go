// Package probe asks the network and says what came back: names, connections, handshakes, pages, echoes.
//
// It returns values of checks/facts and never judges them: a refusal is a refusal, whoever sent it. Every question has its own
// budget (below, from the table of DESIGN.md) and ends when its context ends. A deadline of the context counts as silence
// (facts.Timeout), a cancellation as "we stopped it" (facts.Canceled).
package probe

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"passerelle/checks/facts"
)

// UserAgent says who we are, to every server that is asked for a page. The form is the one that well-behaved programs use
// ("compatible; NAME/VERSION; +ADDRESS"), so that the owner of a site can find out what asked.
const UserAgent = "Mozilla/5.0 (compatible; Passerelle/0.1; +https://passerelle.app)"

// What a browser sends along with a page request. Brotli and Zstandard are left out: only what can be decoded is asked for.
const (
	accept         = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	acceptLanguage = "en-US,en;q=0.9,fr;q=0.8"
	acceptEncoding = "gzip, deflate"
)

// Budgets of one exchange: the table of DESIGN.md ("Budgets, on the wire's own terms").
const (
	dnsRetry     = time.Second             // tries at 0, 1 and 2 s: the second and third go to the next server
	dnsTries     = 3                       //
	dnsGiveUp    = 3 * time.Second         // then the name is given up
	dnsOtherWait = 50 * time.Millisecond   // RFC 8305 §3, "resolution delay": IPv4 came, IPv6 lags
	dnsFourWait  = 1200 * time.Millisecond // IPv6 came, IPv4 lags: one repeat of the question is worth waiting for, as getaddrinfo does

	tcpGiveUp  = 4 * time.Second        // for the whole set of addresses; the kernel itself repeats at 1 and 3 s
	tcpStagger = 200 * time.Millisecond // RFC 8305 §5 says 250 ms, browsers and curl use 200
	tcpFamily  = 4                      // addresses tried in one family (CONTRACT.md: "at most four a family")

	tlsGiveUp = 4 * time.Second

	hedgeAfter   = 2 * time.Second        // silence after the request: a second connection is tried beside the first
	firstByte    = 8 * time.Second        // silence after the request: given up
	bodyIdle     = 4 * time.Second        // silence in the middle of a page
	bodyTotal    = 8 * time.Second        // a page that drips is not waited for longer: status and headers are known
	redirectBody = 250 * time.Millisecond // the page of a redirect is only read so that its connection can be used again

	maxBody        = 1 << 20   // bytes of a page, decoded or not (CONTRACT.md, DESIGN.md: "at most 1 MiB")
	maxProxyBody   = 64 << 10  // bytes of a proxy's refusal
	maxHeaderBytes = 256 << 10 // as Chrome bounds them
	maxHeaderLines = 1000
	maxInterim     = 32 // 1xx answers before the real one
	maxRedirects   = 20 // as browsers count (Fetch standard, 4.4 "HTTP-redirect fetch")
	maxConnections = 12 // at a time (DESIGN.md)
	maxHelpers     = 8  // of these, for everything but the site itself, so that it never waits for a witness
	maxAddresses   = 64 // kept of one family's answer
	maxFactHeaders = 120
	// bytes of header that are kept for people and for who recognises the page; of a redirect that was followed only the beginning
	maxFactHeaderBytes = 64 << 10
	maxRedirectHeaders = 4 << 10
	maxHeaderValue     = 4096
	maxTitle           = 200             // characters
	helperFirstByte    = 4 * time.Second // a connectivity check or another site that takes longer is no witness
)

// Contact is one machine that was asked something: a line of "who was contacted".
type Contact struct {
	Host string // as named; empty where only an address is known
	Addr string // address and port; empty where a service of this system was asked that does not say whom it asks
	What string // dns, doh, connect, http, ping
	Why  string // target, repeat, connectivity, other-site, independent-dns, box…: what the request said
}

// Prober asks the network. The zero value works; New is better, since it prepares what the first handshake needs. Its fields
// must not change once it is used. It is safe for concurrent use.
type Prober struct {
	Roots     *x509.CertPool   // authorities that are trusted; nil: the system's own store
	UserAgent string           // empty: the constant UserAgent
	Language  string           // Accept-Language; empty: a browser's ordinary one
	Now       func() time.Time // the clock that certificates are judged by; nil: time.Now
	OnContact func(Contact)    // called before each machine is asked, from any goroutine; may be nil

	// Resolvers gives the DNS servers that this computer is set to use, where they cannot be read from a file (Windows, macOS):
	// asked once after a failure, to learn the server's own code. May be nil.
	Resolvers func() []netip.AddrPort

	Files Files // where this system keeps its name settings; zero fields: the usual places

	once    sync.Once
	slots   chan struct{}
	helpers chan struct{}
}

// Files are the places that LookupSystem and LookupFresh read. Tests put their own there.
type Files struct {
	ResolvConf   string   // /etc/resolv.conf
	NSSwitch     string   // /etc/nsswitch.conf
	Hosts        string   // /etc/hosts
	NSCD         string   // /run/nscd/socket, else /var/run/nscd/socket
	Resolved     string   // /run/systemd/resolve/io.systemd.Resolve
	ResolvedConf string   // /run/systemd/resolve/resolv.conf: the servers behind 127.0.0.53
	Avahi        string   // /run/avahi-daemon/socket
	UpstreamConf []string // files that hold the servers behind a dnsmasq or unbound on loopback
	NoBus        bool     // do not ask NetworkManager over D-Bus
	DNSPort      uint16   // port of the servers in ResolvConf; 0: 53
}

// New returns a prober with the system's authorities, and starts reading these in the background.
func New() *Prober {
	p := &Prober{UserAgent: UserAgent}
	p.prepare()
	go func() { _, _ = x509.SystemCertPool() }() // Go keeps it: the first Verify finds it in memory
	return p
}

func (p *Prober) prepare() {
	p.once.Do(func() {
		p.slots = make(chan struct{}, maxConnections)
		p.helpers = make(chan struct{}, maxHelpers)
	})
}

// acquire takes one of the connections that may be open at a time. The returned function gives it back; it may be called
// more than once.
func (p *Prober) acquire(ctx context.Context, helper bool) (func(), error) {
	p.prepare()
	if helper {
		select {
		case p.helpers <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		if helper {
			<-p.helpers
		}
		return nil, ctx.Err()
	}
	return sync.OnceFunc(func() {
		<-p.slots
		if helper {
			<-p.helpers
		}
	}), nil
}

func (p *Prober) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

func (p *Prober) userAgent() string {
	if p.UserAgent != "" {
		return p.UserAgent
	}
	return UserAgent
}

func (p *Prober) contact(ctx context.Context, host, addr, what, why string) {
	if p.OnContact == nil {
		return
	}
	if w, ok := ctx.Value(whyKey{}).(string); ok {
		why = w
	}
	p.OnContact(Contact{Host: host, Addr: addr, What: what, Why: why})
}

type whyKey struct{}

// WithWhy gives every contact made under the context this reason, for the calls that take no Request.
func WithWhy(ctx context.Context, why string) context.Context {
	return context.WithValue(ctx, whyKey{}, why)
}

// Request is one page to ask for.
type Request struct {
	URL      string                  // http or https; user, password and fragment are never sent
	Proxy    *url.URL                // http, https, socks5 or socks4; nil: direct
	ProxyFor func(*url.URL) *url.URL // the proxy for each address of a chain, instead of Proxy; may be nil

	Addresses   []netip.Addr  // given: the name is not looked up
	ReuseLookup *facts.Lookup // a good lookup of this very name, used instead of a new one
	Interface   string        // name of the link to use, instead of what the routes say
	MaxSegment  int           // largest TCP segment announced, bytes; 0: the system's (CanLimitSegment)

	NoQuery bool           // ask without the query of the address
	Exact   bool           // the very page may be asked twice: a second connection may carry the query too
	Jar     http.CookieJar // nil: no cookies in Ask, new ones in Follow

	Why       string        // for Contact: target, repeat…
	FirstByte time.Duration // silence after the request until it is given up; 0: 8 s

	helper    bool // a witness, not the site: takes a connection only where the site cannot lack one
	noCache   bool // caches on the way are asked to step aside
	noBody    bool // only the headers are wanted
	keepAlive bool // the connection may be used again by the next request of a chain
}

func ms(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
