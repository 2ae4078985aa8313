// Package facts holds what was seen, and nothing of what it means.
//
// Probes (checks/probe, checks/system, checks/outside) fill these values; checks/decide judges them. They do no I/O, have no
// clock, and survive a trip through JSON, so that any real case can be kept as a file and judged again for ever.
//
// Every fact has a third state. A nil pointer, an empty Failure together with Done == false, or the zero Bool all mean
// "not checked, or the check itself failed": never "no".
package facts

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"
)

// Bool is a fact with three states. The zero value is Unknown.
type Bool uint8

// The three states of a Bool.
const (
	Unknown Bool = iota
	No
	Yes
)

// Known turns an ordinary bool, which somebody really looked at, into a Bool.
func Known(b bool) Bool {
	if b {
		return Yes
	}
	return No
}

// MarshalJSON writes true, false or null (unknown).
func (b Bool) MarshalJSON() ([]byte, error) {
	switch b {
	case Yes:
		return []byte("true"), nil
	case No:
		return []byte("false"), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Bool) UnmarshalJSON(p []byte) error {
	var v *bool
	if err := json.Unmarshal(p, &v); err != nil {
		return fmt.Errorf("reading a three-state fact: %w", err)
	}
	*b = Unknown
	if v != nil {
		*b = Known(*v)
	}
	return nil
}

// Failure is the one flat vocabulary for how a step ended, whatever its layer. The empty string is success.
type Failure string

// How a step can fail. System error numbers are classified before message texts, which differ by system and language.
const (
	OK Failure = ""

	// Any layer.
	Timeout     Failure = "timeout"             // silence until our own deadline
	Refused     Failure = "connection-refused"  // ECONNREFUSED
	Reset       Failure = "connection-reset"    // ECONNRESET after TCP connected
	Closed      Failure = "closed"              // EOF where an answer was due
	HostUnreach Failure = "host-unreachable"    // EHOSTUNREACH
	NetUnreach  Failure = "network-unreachable" // ENETUNREACH, ENETDOWN, EADDRNOTAVAIL
	Denied      Failure = "permission-denied"   // EPERM, EACCES, WSAEACCES: this computer itself said no
	Canceled    Failure = "canceled"            // we stopped it: tells nothing
	Other       Failure = "other"

	// DNS.
	NXDomain   Failure = "nxdomain"
	NoData     Failure = "no-data" // the name exists and has no address
	ServFail   Failure = "servfail"
	DNSRefused Failure = "dns-refused" // rcode REFUSED (or NOTIMP): the server does not want to answer us
	Malformed  Failure = "malformed"   // not a DNS answer, or not to our question
	NoResolver Failure = "no-resolver" // this computer has none configured

	// TLS.
	NotTLS        Failure = "not-tls"   // bytes came that are no TLS record
	Alert         Failure = "tls-alert" // the other side sent an alert, or speaks no version or cipher of ours
	CertExpired   Failure = "certificate-expired"
	CertNotYet    Failure = "certificate-not-yet-valid"
	CertWrongName Failure = "certificate-wrong-name"
	CertUntrusted Failure = "certificate-untrusted" // unknown authority, self-signed, or any other defect of the chain

	// HTTP.
	NotHTTP  Failure = "not-http"
	TooLarge Failure = "too-large" // endless headers
	CutBody  Failure = "cut-body"  // closed before the announced end
)

// Stage is where on one exchange a failure happened.
type Stage string

// The stages of an exchange, in order.
const (
	StageProxyDNS Stage = "proxy-dns"
	StageProxyTCP Stage = "proxy-tcp"
	StageProxy    Stage = "proxy" // the CONNECT request itself
	StageDNS      Stage = "dns"
	StageTCP      Stage = "tcp"
	StageTLS      Stage = "tls"
	StageHTTP     Stage = "http" // request written, first byte awaited
	StageBody     Stage = "body"
)

// Target is what the person asked about, understood.
type Target struct {
	Input string `json:"input"` // as typed, masked where private
	URL   string `json:"url"`   // without user, password and fragment; the very page that is asked
	Host  string `json:"host"`  // ASCII, lower case, no final dot, no brackets
	Port  int    `json:"port"`

	Display    string `json:"display,omitempty"`     // the host as people read it (Unicode)
	Guessed    bool   `json:"guessed,omitempty"`     // no scheme was typed: https first, http where nothing answers
	Shortened  bool   `json:"shortened,omitempty"`   // path and query looked private or one-time: only "/" is asked
	PrivateDNS bool   `json:"private_dns,omitempty"` // a name that is never sent to a public resolver (no dot, .local, .lan, .internal, .home.arpa)
	Example    bool   `json:"example,omitempty"`     // the built-in practice site
}

// Lookup is one question to one resolver, both families.
type Lookup struct {
	Name      string       `json:"name"`
	Server    string       `json:"server,omitempty"`    // address of the resolver; empty for hosts and for a system call that does not say
	Transport string       `json:"transport,omitempty"` // hosts, literal, nscd, resolved, system, udp, tcp, doh
	Provider  string       `json:"provider,omitempty"`  // cloudflare, google, quad9, opendns; empty for the system's own
	Addresses []netip.Addr `json:"addresses,omitzero"`
	CNAME     string       `json:"cname,omitempty"` // last name of the alias chain, if any
	Failure   Failure      `json:"failure,omitempty"`
	TTL       uint32       `json:"ttl_s,omitempty"`  // seconds, smallest of the answer
	EDE       []uint16     `json:"ede,omitempty"`    // Extended DNS Errors, RFC 8914
	Silent    []string     `json:"silent,omitempty"` // servers that were asked and did not answer before another one did
	MS        float64      `json:"ms"`
	Done      bool         `json:"done"` // false: not finished, the rest tells nothing
}

// Good tells whether the lookup gave at least one address.
func (l *Lookup) Good() bool { return l != nil && l.Done && l.Failure == OK && len(l.Addresses) > 0 }

// Connect is one TCP connection attempt.
type Connect struct {
	Address   netip.AddrPort `json:"address"`
	Failure   Failure        `json:"failure,omitempty"`
	MS        float64        `json:"ms"`
	Local     netip.Addr     `json:"local,omitzero"`      // our side's address, when connected
	Interface string         `json:"interface,omitempty"` // set when bound to one on purpose
	Errno     int            `json:"errno,omitempty"`     // the system's error number, when there is one
	ErrorFrom netip.Addr     `json:"error_from,omitzero"` // sender of the ICMP error (Linux, IP_RECVERR); our own address: a local rule
	Done      bool           `json:"done"`
}

// Cert is one certificate as a server presented it.
type Cert struct {
	Subject    string    `json:"subject"` // common name, else organisation
	Issuer     string    `json:"issuer"`  // common name, else organisation
	IssuerOrg  string    `json:"issuer_org,omitempty"`
	Names      []string  `json:"names,omitempty"` // at most 20 of the names it is for
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	SelfSigned bool      `json:"self_signed,omitempty"`
	SHA256     string    `json:"sha256,omitempty"`     // of the whole certificate, hex
	IssuerURL  string    `json:"issuer_url,omitempty"` // where the issuer's certificate could be had (AIA): set, never fetched
}

// TLS is one handshake.
type TLS struct {
	ServerName string    `json:"server_name"`
	Version    string    `json:"version,omitempty"` // "TLS 1.3"
	Failure    Failure   `json:"failure,omitempty"`
	Alert      int       `json:"alert,omitempty"`       // alert description (RFC 8446 §6), when one came
	Chain      []Cert    `json:"chain,omitempty"`       // as sent, leaf first, at most 10
	Defects    []Failure `json:"defects,omitempty"`     // every certificate defect found, the one of Failure first
	FirstBytes string    `json:"first_bytes,omitempty"` // with NotTLS: what came instead, where it can be read (at most 200 characters)
	MS         float64   `json:"ms"`
	Done       bool      `json:"done"`
}

// Proven tells whether the handshake proved the name that was asked.
func (t *TLS) Proven() bool { return t != nil && t.Done && t.Failure == OK }

// Header is one header line as received, bounded and without control characters.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HTTP is one answer.
type HTTP struct {
	Status      int       `json:"status,omitempty"`
	Reason      string    `json:"reason,omitempty"` // the reason phrase of HTTP/1, "-" where the status line had none; empty: not looked at, or HTTP/2
	Proto       string    `json:"proto,omitempty"`
	Headers     []Header  `json:"headers,omitempty"`
	Body        []byte    `json:"-"` // at most 1 MiB, decoded; kept in memory only
	BodySize    int       `json:"body_size"`
	Title       string    `json:"title,omitempty"` // of the page, for people
	Location    string    `json:"location,omitempty"`
	Failure     Failure   `json:"failure,omitempty"`
	Date        time.Time `json:"date,omitzero"` // the server's clock, from its Date header
	FirstByteMS float64   `json:"first_byte_ms"`
	MS          float64   `json:"ms"`
	Gateway     *Gateway  `json:"gateway,omitempty"` // who wrote it, from checks/gateway; nil: not an error, or not looked at
	Ended       bool      `json:"ended,omitempty"`   // the page's own end (</html>) came, although the server left the connection open
	Suspect     bool      `json:"suspect,omitempty"` // over clear HTTP: a short page that speaks of blocking, or a redirect to a private address
	Done        bool      `json:"done"`
}

// Get returns the first header of that name (case does not matter), or "".
func (h *HTTP) Get(name string) string {
	if h == nil {
		return ""
	}
	for _, x := range h.Headers {
		if equalFold(x.Name, name) {
			return x.Value
		}
	}
	return ""
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// Author is who produced a page.
type Author string

// The authors of the contract.
const (
	ByOrigin  Author = "origin"  // the site's own program
	ByGateway Author = "gateway" // the site's reverse proxy or load balancer
	ByEdge    Author = "edge"    // its CDN or cloud front
	ByProxy   Author = "proxy"   // the visitor's side: company proxy, antivirus, local helper
	ByPortal  Author = "portal"  // the Wi-Fi's sign-in page
	ByFilter  Author = "filter"  // a block page
	ByUnknown Author = "unknown"
)

// Gateway says who wrote an error page and what failed behind it: the "gateway" object of the contract.
type Gateway struct {
	Status       int               `json:"status"`
	Product      string            `json:"product"`
	ProductName  string            `json:"product_name,omitempty"` // as people know it
	Variant      string            `json:"variant,omitempty"`      // row of assets/gateways.json that matched
	WrittenBy    Author            `json:"written_by"`
	Failure      string            `json:"failure"`
	AlsoPossible []string          `json:"also_possible,omitempty"`
	Via          []string          `json:"via,omitempty"`
	RetryAfterS  *int              `json:"retry_after_s"`
	RequestIDs   map[string]string `json:"request_ids,omitempty"`
	Quote        string            `json:"quote,omitempty"`

	Kind   string `json:"kind,omitempty"`   // error, challenge, block, portal, maintenance
	Cached bool   `json:"cached,omitempty"` // an old error replayed from a cache
	Soft   bool   `json:"soft,omitempty"`   // the status said success, the page said failure

	// RealStatus is the status that the page itself speaks of where it is not Status: a soft error, a status rewritten on the
	// way (x-do-orig-status), a code of the edge (1020). 0: the same.
	RealStatus int `json:"real_status,omitempty"`
	// FailedHop is the machine that failed, which need not be the one that spoke: origin, gateway, proxy, none (a decision, nothing
	// broke). Empty: not known.
	FailedHop string `json:"failed_hop,omitempty"`
}

// Exchange is one request for one address, from the name to the last byte.
type Exchange struct {
	URL       string    `json:"url"`
	Proxy     string    `json:"proxy,omitempty"` // host:port of the proxy it went through; empty: direct
	Lookup    *Lookup   `json:"lookup,omitempty"`
	Connects  []Connect `json:"connects,omitempty"`
	TLS       *TLS      `json:"tls,omitempty"`
	HTTP      *HTTP     `json:"http,omitempty"`
	ProxyHTTP *HTTP     `json:"proxy_http,omitempty"` // the proxy's own refusal of CONNECT
	Stage     Stage     `json:"stage,omitempty"`      // where it failed
	Failure   Failure   `json:"failure,omitempty"`
	MS        float64   `json:"ms"`
	Done      bool      `json:"done"`
}

// Winner returns the connection that carried the exchange, or nil.
func (e *Exchange) Winner() *Connect {
	if e == nil {
		return nil
	}
	for i := range e.Connects {
		if c := &e.Connects[i]; c.Done && c.Failure == OK {
			return c
		}
	}
	return nil
}

// Chain is a request with its redirects: exchanges in the order made.
type Chain struct {
	Exchanges []Exchange `json:"exchanges"`
	Loop      bool       `json:"loop,omitempty"`       // the same request with the same state twice
	TooMany   bool       `json:"too_many,omitempty"`   // more than 20 redirects
	BadTarget string     `json:"bad_target,omitempty"` // a redirect to something that is no web address
	NoQuery   bool       `json:"no_query,omitempty"`   // asked without the query of the address
	MS        float64    `json:"ms"`
	Done      bool       `json:"done"`
}

// Over tells whether the chain is there and has ended.
func (c *Chain) Over() bool { return c != nil && c.Done }

// Last returns the last exchange, or nil.
func (c *Chain) Last() *Exchange {
	if c == nil || len(c.Exchanges) == 0 {
		return nil
	}
	return &c.Exchanges[len(c.Exchanges)-1]
}

// First returns the first exchange, or nil.
func (c *Chain) First() *Exchange {
	if c == nil || len(c.Exchanges) == 0 {
		return nil
	}
	return &c.Exchanges[0]
}

// Probe is one request to a fixed place: a connectivity check or another site.
type Probe struct {
	Name     string   `json:"name"` // host
	URL      string   `json:"url"`
	Expected Bool     `json:"expected"`          // the answer is exactly what that place always answers
	Portal   Bool     `json:"portal"`            // the answer is a foreign page or a redirect: a positive sign
	SignIn   string   `json:"sign_in,omitempty"` // where the foreign answer leads, if it says
	Exchange Exchange `json:"exchange"`
	Done     bool     `json:"done"`
}

// Link is one network interface.
type Link struct {
	Name         string         `json:"name"`
	Index        int            `json:"index"`
	Kind         string         `json:"kind"` // ethernet, wifi, mobile, tunnel, loopback, virtual, unknown
	Up           bool           `json:"up"`
	Carrier      Bool           `json:"carrier"`
	Addresses    []netip.Prefix `json:"addresses,omitempty"`
	MTU          int            `json:"mtu,omitempty"`
	SelfAssigned bool           `json:"self_assigned,omitempty"` // only 169.254/16: nobody gave an address
}

// Route is one default route, or the route to the target.
type Route struct {
	Family  int          `json:"family"` // 4 or 6
	Gateway netip.Addr   `json:"gateway,omitzero"`
	Link    string       `json:"link"`
	Metric  int          `json:"metric,omitempty"`
	Tunnel  bool         `json:"tunnel,omitempty"`
	Kind    string       `json:"kind,omitempty"`  // "", prohibit, unreachable, blackhole
	Prefix  netip.Prefix `json:"prefix,omitzero"` // what it is for; the zero value stands for everything
}

// Resolver is one configured DNS server.
type Resolver struct {
	Address netip.Addr `json:"address"`
	Port    int        `json:"port,omitempty"`
	Link    string     `json:"link,omitempty"`
	Source  string     `json:"source"` // resolv.conf, resolved, networkmanager, registry, scutil
}

// ProxySetting is one place where a proxy is configured.
type ProxySetting struct {
	Source  string `json:"source"`        // environment, gnome, kde, windows, winhttp, macos, firefox, policy
	URL     string `json:"url,omitempty"` // scheme://host:port, never a password
	PAC     string `json:"pac,omitempty"`
	Applies Bool   `json:"applies"` // to this target (exceptions looked at)
}

// HostsEntry is one line of the hosts file that names the target's host.
type HostsEntry struct {
	Line    int        `json:"line"` // from 1
	Address netip.Addr `json:"address"`
	Names   []string   `json:"names"`
}

// Firewall is one protection program, read but never changed.
type Firewall struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // firewall, antivirus
	Enabled Bool   `json:"enabled"`
	Rule    string `json:"rule,omitempty"` // an outgoing rule that matches the target, as it stands there
}

// SecureDNS is the default browser's own encrypted DNS: names may be looked up elsewhere than the system's resolver.
type SecureDNS struct {
	Source string `json:"source"`        // firefox, chrome, edge…, policy
	Mode   string `json:"mode"`          // off, automatic (the system's is asked where it fails), only
	URL    string `json:"url,omitempty"` // the service, when one is set
}

// System is what this computer says of itself.
type System struct {
	OS            string         `json:"os"`
	Release       string         `json:"release,omitempty"`
	Links         []Link         `json:"links,omitempty"`
	LinksDone     bool           `json:"links_done"`
	Routes        []Route        `json:"routes,omitempty"`
	RoutesDone    bool           `json:"routes_done"`
	Resolvers     []Resolver     `json:"resolvers,omitempty"`
	ResolversDone bool           `json:"resolvers_done"`
	Proxies       []ProxySetting `json:"proxies,omitempty"`
	ProxiesDone   bool           `json:"proxies_done"`
	Hosts         []HostsEntry   `json:"hosts,omitempty"`
	HostsDone     bool           `json:"hosts_done"`
	Firewalls     []Firewall     `json:"firewalls,omitempty"`
	FirewallsDone bool           `json:"firewalls_done"`
	Browser       string         `json:"browser,omitempty"`        // default browser: firefox, chrome, edge, safari…
	Browsers      []string       `json:"browsers,omitempty"`       // those installed, as far as they were counted; empty: not counted
	SecureDNS     *SecureDNS     `json:"secure_dns,omitempty"`     // of that browser, where it has a setting of its own
	FreeDiskMB    uint64         `json:"free_disk_mb,omitempty"`   // of the person's own folder, MiB; 0: not known
	FreeMemoryMB  uint64         `json:"free_memory_mb,omitempty"` // available without swapping, MiB; 0: not known

	// BrowserVersion is that of the default browser, by its profile: the one that this person used last. Empty: not known.
	BrowserVersion string `json:"browser_version,omitempty"`
}

// Box is the first machine on the way out.
type Box struct {
	Address   netip.Addr `json:"address,omitzero"`
	Link      string     `json:"link,omitempty"`
	Tunnel    bool       `json:"tunnel,omitempty"` // the default route lies in a tunnel; Address is the physical link's box
	Neighbour Bool       `json:"neighbour"`        // ARP or ND resolved
	Ping      Bool       `json:"ping"`
	TCP       Bool       `json:"tcp"` // some port answered, if only by refusing
	MS        float64    `json:"ms,omitempty"`
	Sent      int        `json:"sent,omitempty"` // echoes sent in a row, once the first had come back
	Lost      int        `json:"lost,omitempty"` // of these, without answer
	Done      bool       `json:"done"`
}

// Answers tells whether the box gave any sign of life.
func (b *Box) Answers() Bool {
	if b == nil || !b.Done {
		return Unknown
	}
	if b.Ping == Yes || b.TCP == Yes {
		return Yes
	}
	if b.Neighbour == No {
		return No
	}
	if b.Neighbour == Yes {
		return Yes // it told its hardware address while we asked; many boxes ignore pings
	}
	if b.TCP == No { // silent to every kind of probe that this computer was allowed to send
		return No
	}
	return Unknown
}

// LocalFilter is what can be told, without any right, of a rule on this computer that keeps packets for one address from leaving.
type LocalFilter struct {
	Address  netip.Addr `json:"address"`
	Datagram Bool       `json:"datagram"`         // a datagram to it was let go; No: this computer refused (EPERM)
	Still    Bool       `json:"still"`            // Yes: the link's count of sent packets stood still while we sent there, and rose while we sent elsewhere
	Route    string     `json:"route,omitempty"`  // prohibit, unreachable or blackhole: the routing table itself refuses it
	Tunnel   bool       `json:"tunnel,omitempty"` // the way to it lies in a tunnel
	Done     bool       `json:"done"`
}

// Swallows tells whether the packets stay on this computer.
func (l *LocalFilter) Swallows() bool {
	return l.Done && (l.Datagram == No || l.Still == Yes || l.Route != "")
}

// Clock is how far this computer's clock is from the world's.
type Clock struct {
	OffsetS float64 `json:"offset_s"` // positive: this computer is ahead
	Sources int     `json:"sources"`  // unrelated places that agree
	Done    bool    `json:"done"`
}

// Reading is one group of facts that is gathered as a whole.
type Reading string

// The readings. A reading that is not in Facts.Readings has not been started.
const (
	ReadChain        Reading = "chain"
	ReadRepeat       Reading = "repeat"
	ReadDirect       Reading = "direct"
	ReadPlain        Reading = "plain-http"
	ReadIndependent  Reading = "independent-dns"
	ReadControl      Reading = "control-lookup"
	ReadAlternative  Reading = "alternative"
	ReadAddresses    Reading = "addresses"
	ReadConnectivity Reading = "connectivity"
	ReadOthers       Reading = "other-sites"
	ReadSystem       Reading = "system"
	ReadBox          Reading = "box"
	ReadLinks        Reading = "links" // links, routes, resolvers, hosts: the quick part of ReadSystem
	ReadFresh        Reading = "fresh-lookup"
	ReadOtherLink    Reading = "other-link"
	ReadSmallSegment Reading = "small-segment"
	ReadOutside      Reading = "outside"
	ReadLocalFilter  Reading = "local-filter"
	ReadLoss         Reading = "box-loss"
	ReadFamily       Reading = "family" // other sites over the one family that a silent target has
)

// Progress of a reading.
type Progress string

// A reading runs, has ended, or is known not to come (switched off, impossible here).
const (
	Running Progress = "running"
	Ended   Progress = "ended"
	Skipped Progress = "skipped"
)

// Facts is everything that was seen in one check.
type Facts struct {
	Target  Target            `json:"target"`
	At      time.Time         `json:"at"`
	Seen    string            `json:"seen,omitempty"`    // what the person's browser showed
	Witness map[string]string `json:"witness,omitempty"` // phone, other-computer, other-browser, private-window → opens, fails, same-error

	Chain        *Chain        `json:"chain,omitempty"`       // the first asking, as the browser would
	Repeat       *Chain        `json:"repeat,omitempty"`      // the same again, after a failure
	Direct       *Chain        `json:"direct,omitempty"`      // without the proxy, after a failure through it
	Plain        *Chain        `json:"plain,omitempty"`       // http, where nothing answered on 443
	Addresses    []Exchange    `json:"addresses,omitempty"`   // every address alone
	Alternative  []Exchange    `json:"alternative,omitempty"` // the site at the addresses that independent DNS gave
	Independent  []Lookup      `json:"independent,omitempty"` // the name, asked of public resolvers: encrypted, then in clear
	Control      []Lookup      `json:"control,omitempty"`     // names known to exist, asked of the system's resolver
	Fresh        []Lookup      `json:"fresh,omitempty"`       // the name, asked of the system's own servers past every cache of this computer
	Connectivity []Probe       `json:"connectivity,omitempty"`
	Others       []Probe       `json:"others,omitempty"`
	Families     []Probe       `json:"families,omitempty"`      // other sites over the one family that the target has
	OtherLink    []Exchange    `json:"other_link,omitempty"`    // the target over another link of this computer
	SmallSegment *Exchange     `json:"small_segment,omitempty"` // the same request with a small maximum segment
	System       System        `json:"system"`
	Box          *Box          `json:"box,omitempty"`
	Clock        *Clock        `json:"clock,omitempty"`
	LocalFilters []LocalFilter `json:"local_filters,omitempty"` // for each family of a silent target
	Outside      *Outside      `json:"outside,omitempty"`       // what machines elsewhere saw, after the person's yes

	Readings map[Reading]Progress `json:"readings,omitempty"`
}

// Over tells whether a reading has ended or will not come.
func (f *Facts) Over(r Reading) bool {
	p := f.Readings[r]
	return p == Ended || p == Skipped
}
