// Package checks is the domain's face: an address goes in, a verdict with its proof comes out.
//
// What each part does: checks/probe asks the network, checks/system reads this computer, checks/gateway recognises pages; all of
// them give facts (checks/facts). checks/decide turns facts into a verdict and knows no network. checks/words turns a verdict into
// French and English. Diagnose, here, runs the first, feeds the second, and stops when the verdict cannot change.
package checks

import (
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// Schema is the version of the JSON that `passerelle check --json` prints (CONTRACT.md).
const Schema = 1

// Names that callers need, without importing three packages.
type (
	Target   = facts.Target
	Facts    = facts.Facts
	Gateway  = facts.Gateway
	Response = facts.Response
	Verdict  = decide.Verdict
	Cause    = decide.Cause
	Side     = decide.Side
	Finding  = decide.Finding
	Hop      = decide.Hop
	Action   = decide.Action
)

// Options is what the person asked for.
type Options struct {
	Target    Target            // from ParseTarget
	Exact     bool              // ask the very page, even where it looks one-time
	Outside   bool              // the person said yes to the view from outside
	CheckHost bool              // and, where Globalping cannot be asked, to check-host.net, which publishes a page about it
	Seen      string            // what the browser showed
	Witness   map[string]string // what was seen elsewhere: phone, other-computer, other-browser, private-window → opens, fails, same-error
	Timeout   time.Duration     // bounds everything; 0: 10 s
	Details   bool              // wait up to a second more for what this computer says of itself
}

// Contact is one machine that was asked something during a check: "who was contacted".
type Contact struct {
	Host string `json:"host"`           // as named; empty where only an address is known
	Addr string `json:"addr,omitempty"` // address and port
	What string `json:"what"`           // dns, doh, connect, http, ping, arp
	Why  string `json:"why"`            // target, repeat, connectivity, other-site, independent-dns, box…: a key of checks/words
}

// Snapshot is what is known at one moment of a running check. It is a copy: the receiver may keep it.
type Snapshot struct {
	Elapsed time.Duration
	Doing   string // what is being asked: dns, tcp, tls, http, repeat, others, box, outside…: a key of checks/words
	Whom    string // of whom: a host or an address, may be empty
	Step    int    // from 1
	Steps   int    // how many there are as far as is known
	Path    []Hop  // the picture as far as is known
	// Findings are what was seen so far; empty in the last snapshot, whose Result has them all.
	Findings []Finding
	Verdict  *Verdict // nil until there is a first reading; Provisional while it may change
	Result   *Result  // set in the last snapshot only
}

// Result is one finished check: the object of `passerelle check --json`, with its facts.
type Result struct {
	Schema    int       `json:"schema"`
	Version   string    `json:"version"`
	Target    Target    `json:"target"`
	StartedAt time.Time `json:"started_at"`
	VerdictMS float64   `json:"verdict_ms"`
	ElapsedMS float64   `json:"elapsed_ms"`
	Verdict   Verdict   `json:"verdict"`
	Gateway   *Gateway  `json:"gateway"`
	Response  *Response `json:"response,omitempty"` // the very answer that was judged; nil where the site works or nothing was answered
	Path      []Hop     `json:"path"`
	Findings  []Finding `json:"findings"`
	Contacts  []Contact `json:"contacts,omitempty"`
	Facts     *Facts    `json:"facts,omitempty"`
	Stopped   bool      `json:"stopped,omitempty"` // the person stopped it
}
