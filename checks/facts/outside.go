package facts

import (
	"net/netip"
	"time"
)

// OutsideFailure is why nobody elsewhere could be asked. It says nothing of the site, ever. The empty string: somebody was asked.
type OutsideFailure string

// How asking elsewhere can fail.
const (
	OutsideOK          OutsideFailure = ""
	OutsidePrivate     OutsideFailure = "private"     // a name or address that nobody outside may hear of, or a port that nobody outside is sent to
	OutsideLimited     OutsideFailure = "limited"     // the hour's allowance of this address is spent (HTTP 429)
	OutsideBarred      OutsideFailure = "barred"      // the service does not serve this address (HTTP 403)
	OutsideRejected    OutsideFailure = "rejected"    // the service does not test this target (HTTP 400)
	OutsideNobody      OutsideFailure = "nobody"      // it has no machine to ask from (HTTP 422), or none gave a result
	OutsideUnreachable OutsideFailure = "unreachable" // the service itself could not be reached from here
	OutsideBroken      OutsideFailure = "broken"      // its answer was an error of its own, or made no sense
	OutsideLate        OutsideFailure = "late"        // nothing came within our own deadline
)

// Outside is what machines in other places saw of the site, asked by host and "/" alone.
type Outside struct {
	Service  string         `json:"service,omitempty"` // globalping, check-host; empty: nobody was asked
	URL      string         `json:"url,omitempty"`     // what they were asked for: scheme, host and "/"
	ID       string         `json:"id,omitempty"`      // the service's number of the measurement
	Link     string         `json:"link,omitempty"`    // its page about it, which anybody who has the address can read
	At       time.Time      `json:"at,omitzero"`
	Places   []Place        `json:"places,omitempty"`
	Failure  OutsideFailure `json:"failure,omitempty"`
	WaitS    int            `json:"wait_s,omitempty"`    // seconds until the service takes a question again, with OutsideLimited
	Untested []string       `json:"untested,omitempty"`  // services that were asked before, in vain: "globalping limited"
	Cut      bool           `json:"cut_short,omitempty"` // the time was up before every place had answered
	MS       float64        `json:"ms"`
	Done     bool           `json:"done"`
}

// Place is one machine elsewhere and what it saw. A place that saw nothing (Done false) is no evidence.
type Place struct {
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	City    string `json:"city,omitempty"`
	Network string `json:"network,omitempty"` // who runs the network it stands in
	ASN     int    `json:"asn,omitempty"`     // that network's number; 0: not known
	Home    bool   `json:"home,omitempty"`    // a household's line, else a data centre's
	Near    bool   `json:"near,omitempty"`    // in the person's own country

	URL       string     `json:"url,omitempty"` // what it asked in the end: another host than Outside.URL after a redirect
	Address   netip.Addr `json:"address,omitzero"`
	Status    int        `json:"status,omitempty"`
	Location  string     `json:"location,omitempty"` // host that it was sent to and that was not asked any more
	Title     string     `json:"title,omitempty"`
	Cert      Failure    `json:"cert,omitempty"`      // the defect of the certificate it saw
	Certified Bool       `json:"certified,omitempty"` // the certificate it saw is good; Unknown: over clear HTTP, or not told
	CertSHA   string     `json:"cert_sha256,omitempty"`
	Failure   Failure    `json:"failure,omitempty"` // how its own asking failed
	MS        float64    `json:"ms,omitempty"`
	Why       string     `json:"why,omitempty"` // of a place that saw nothing: internal, offline, running, unclear
	Done      bool       `json:"done"`
}
