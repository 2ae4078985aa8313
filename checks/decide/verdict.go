package decide

import "time"

// Side is who can act.
type Side string

// The sides of the contract.
const (
	SideWorks   Side = "works"
	SideYou     Side = "you"     // this computer and its settings
	SideNetwork Side = "network" // box, Wi-Fi, provider, DNS service, a filter on the way
	SideSite    Side = "site"
	SideUnknown Side = "unknown"
)

// Cause is what is wrong. The values are the contract's.
type Cause string

// Every cause of the contract.
const (
	Works Cause = "works"

	NoConnection   Cause = "no-connection"
	HostsOverride  Cause = "hosts-override"
	ProxyBroken    Cause = "proxy-broken"
	FirewallLocal  Cause = "firewall-local"
	ClockWrong     Cause = "clock-wrong"
	VPNBroken      Cause = "vpn-broken"
	TLSIntercepted Cause = "tls-intercepted"
	DNSCacheStale  Cause = "dns-cache-stale"
	BrowserSide    Cause = "browser-side"

	RouterUnreachable Cause = "router-unreachable"
	CaptivePortal     Cause = "captive-portal"
	NoInternet        Cause = "no-internet"
	DNSServerDown     Cause = "dns-server-down"
	DNSBlocksSite     Cause = "dns-blocks-site"
	IPv6Broken        Cause = "ipv6-broken"
	MTUBlackhole      Cause = "mtu-blackhole"
	PortBlocked       Cause = "port-blocked"
	SiteBlocked       Cause = "site-blocked"
	PageReplaced      Cause = "page-replaced"

	NameNotFound         Cause = "name-not-found"
	DNSBrokenAtSite      Cause = "dns-broken-at-site"
	SiteUnreachable      Cause = "site-unreachable"
	ConnectionRefused    Cause = "connection-refused"
	ConnectionCut        Cause = "connection-cut"
	NoAnswer             Cause = "no-answer"
	CertificateExpired   Cause = "certificate-expired"
	CertificateWrongName Cause = "certificate-wrong-name"
	CertificateUntrusted Cause = "certificate-untrusted"
	TLSBroken            Cause = "tls-broken"
	BadGateway           Cause = "bad-gateway"
	GatewayTimeout       Cause = "gateway-timeout"
	Unavailable          Cause = "unavailable"
	ServerError          Cause = "server-error"
	RefusedVisitor       Cause = "refused-visitor"
	RateLimited          Cause = "rate-limited"
	PageNotFound         Cause = "page-not-found"
	RedirectLoop         Cause = "redirect-loop"
	BadRedirect          Cause = "bad-redirect"
	InvalidAnswer        Cause = "invalid-answer"
	Intermittent         Cause = "intermittent"

	Undetermined Cause = "undetermined"
)

// sides says whose each cause is. It is the contract's table, once.
var sides = map[Cause]Side{
	Works: SideWorks,

	NoConnection: SideYou, HostsOverride: SideYou, ProxyBroken: SideYou, FirewallLocal: SideYou, ClockWrong: SideYou,
	VPNBroken: SideYou, TLSIntercepted: SideYou, DNSCacheStale: SideYou, BrowserSide: SideYou,

	RouterUnreachable: SideNetwork, CaptivePortal: SideNetwork, NoInternet: SideNetwork, DNSServerDown: SideNetwork,
	DNSBlocksSite: SideNetwork, IPv6Broken: SideNetwork, MTUBlackhole: SideNetwork, PortBlocked: SideNetwork,
	SiteBlocked: SideNetwork, PageReplaced: SideNetwork,

	NameNotFound: SideSite, DNSBrokenAtSite: SideSite, SiteUnreachable: SideSite, ConnectionRefused: SideSite,
	ConnectionCut: SideSite, NoAnswer: SideSite, CertificateExpired: SideSite, CertificateWrongName: SideSite,
	CertificateUntrusted: SideSite, TLSBroken: SideSite, BadGateway: SideSite, GatewayTimeout: SideSite,
	Unavailable: SideSite, ServerError: SideSite, RefusedVisitor: SideSite, RateLimited: SideSite, PageNotFound: SideSite,
	RedirectLoop: SideSite, BadRedirect: SideSite, InvalidAnswer: SideSite, Intermittent: SideSite,

	Undetermined: SideUnknown,
}

// SideOf says whose a cause is.
func SideOf(c Cause) Side { return sides[c] }

// Causes lists every cause, in no order.
func Causes() []Cause {
	all := make([]Cause, 0, len(sides))
	for c := range sides {
		all = append(all, c)
	}
	return all
}

// Certainty is how sure a verdict is. Never Certain about a fault that only one observation supports.
type Certainty string

// The three certainties, strongest first.
const (
	Certain  Certainty = "certain"
	Likely   Certainty = "likely"
	Possible Certainty = "possible"
)

// State is how one stop of the way, or one finding, looks.
type State string

// The states of the contract. StateUnknown: not checked, or the check itself failed; never shown as "no".
const (
	StateOK      State = "ok"
	StateProblem State = "problem"
	StateWarning State = "warning"
	StateUnknown State = "unknown"
)

// HopID is one stop of the picture.
type HopID string

// The stops, in order. Proxy and VPN are there only where there is one.
const (
	HopComputer HopID = "computer"
	HopProxy    HopID = "proxy"
	HopVPN      HopID = "vpn"
	HopRouter   HopID = "router"
	HopProvider HopID = "provider"
	HopDNS      HopID = "dns"
	HopGateway  HopID = "gateway"
	HopOrigin   HopID = "origin"
)

// Hop is one stop with its state.
type Hop struct {
	Hop   HopID `json:"hop"`
	State State `json:"state"`
}

// ActionID is something that the person can do next.
type ActionID string

// The action ids of the contract.
const (
	ActRetryLater    ActionID = "retry-later"
	ActFix           ActionID = "fix"
	ActOpenPortal    ActionID = "open-portal"
	ActPrivateWindow ActionID = "open-private-window"
	ActOtherBrowser  ActionID = "open-other-browser"
	ActOtherDevice   ActionID = "other-device"
	ActRestartBox    ActionID = "restart-box"
	ActContactSite   ActionID = "contact-site"
	ActContactISP    ActionID = "contact-provider"
	ActContactIT     ActionID = "contact-it"
	ActSavedCopy     ActionID = "read-saved-copy"
	ActAskOutside    ActionID = "ask-outside"
	ActCheckSpelling ActionID = "check-spelling"
	ActUpdateBrowser ActionID = "update-browser"
	ActExtensions    ActionID = "check-extensions"
)

// Action is one next step, best first in a verdict.
type Action struct {
	ID     ActionID `json:"id"`
	Fix    string   `json:"fix,omitempty"`     // name of the fix, with ActFix
	Arg    string   `json:"arg,omitempty"`     // its argument
	AfterS int      `json:"after_s,omitempty"` // seconds to wait, with ActRetryLater
	Title  string   `json:"title,omitempty"`   // filled by checks/words
}

// Finding is one observation in the details, in the language of codes and facts; checks/words makes its sentence.
type Finding struct {
	ID    string         `json:"id"` // dns.system, tcp.target, portal.checks…
	Hop   HopID          `json:"hop"`
	State State          `json:"state"`
	MS    float64        `json:"ms,omitempty"`
	Facts map[string]any `json:"facts,omitempty"`
	Text  string         `json:"text,omitempty"`
}

// Verdict is the judgement, without words.
type Verdict struct {
	Side      Side      `json:"side"`
	Cause     Cause     `json:"cause"`
	Certainty Certainty `json:"certainty"`
	Actions   []Action  `json:"actions"`

	// Rule is the name of the row of the table that decided.
	Rule string `json:"rule,omitempty"`
	// Detail distinguishes texts within a cause ("" is the ordinary one): a key suffix of checks/words.
	Detail string `json:"detail,omitempty"`
	// Vars are the values that the words need: host, status, server, days…
	Vars map[string]any `json:"vars,omitempty"`
	// Note is the one side finding that is worth a sentence ("" is none): a key of checks/words, "note." + Note.
	Note string `json:"note,omitempty"`
	// Provisional: facts that could still change it are on their way.
	Provisional bool `json:"provisional,omitempty"`
	// At is when the verdict was known.
	At time.Time `json:"at,omitzero"`
}
