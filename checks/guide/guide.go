// Package guide turns a verdict into the guided path: what to try, one thing after the other, the cheapest and most likely first, told for
// this very system and browser. It is pure: no clock, no I/O, no words. checks/words has the sentences, by the step's id and variant.
//
// To change what is tried for a cause, change its line in paths.go; to change a step, its line in steps.go.
package guide

import (
	"slices"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// ID names a step: a key of checks/words, "guide." + ID.
type ID string

// The steps.
const (
	Reload         ID = "reload"          // ask again after a while, by ourselves
	PrivateWindow  ID = "private-window"  // look without what the browser has stored
	EmptyCache     ID = "empty-cache"     // remove the pages that the browser has stored
	Cookies        ID = "cookies"         // remove what this site has stored in the browser
	Extensions     ID = "extensions"      // switch off what was added to the browser, ad blockers first
	OtherBrowser   ID = "other-browser"   //
	UpdateBrowser  ID = "update-browser"  //
	OtherDevice    ID = "other-device"    // a telephone on mobile data
	OtherSites     ID = "other-sites"     // does anything else open?
	Spelling       ID = "spelling"        // look at the address again
	FlushDNS       ID = "flush-dns"       //
	PublicDNS      ID = "public-dns"      //
	AutomaticDNS   ID = "automatic-dns"   //
	Hosts          ID = "hosts"           // take the wrong address out of the hosts file
	Proxy          ID = "proxy"           // switch off the proxy
	Clock          ID = "clock"           // set the clock from the network
	Connect        ID = "connect"         // plug the cable in, or switch Wi-Fi on
	Adapter        ID = "adapter"         // Wi-Fi or network card off and on
	RenewAddress   ID = "renew-address"   //
	FirewallRule   ID = "firewall-rule"   // switch off the one rule that was read
	Firewall       ID = "firewall"        // the person pauses it; we watch
	Antivirus      ID = "antivirus"       // the same
	VPNOff         ID = "vpn-off"         //
	VPNServer      ID = "vpn-server"      // the same VPN by another server
	Portal         ID = "portal"          // sign in at the Wi-Fi
	RestartBox     ID = "restart-box"     //
	RestartMachine ID = "restart-machine" // this computer
	SystemUpdates  ID = "system-updates"  //

	// The last step names whom to ask.
	AskSite     ID = "ask-site"     // those who run the site
	AskProvider ID = "ask-provider" // the Internet provider
	AskIT       ID = "ask-it"       // those who look after the computers and the network, at work or at school
	AskPlace    ID = "ask-place"    // those who offer the Wi-Fi: the hotel, the train, the library
	AskPerson   ID = "ask-person"   // somebody who knows computers
)

// Test is how it is found out whether a step helped. A step is ticked by nothing else.
type Test string

// The tests.
const (
	// ByCheck: the same check runs again.
	ByCheck Test = "check"
	// ByWitness: the person looks at the place Step.Witness and says what is there; the answer is a fact of the next check.
	ByWitness Test = "witness"
	// ByBrowser: the person looks in the usual browser, where we cannot look. If the site opens there, that is the end.
	ByBrowser Test = "browser"
	// ByAnswer: the answer tells where to go on.
	ByAnswer Test = "answer"
	// ByNobody: the last step; there is nothing to test.
	ByNobody Test = "nobody"
)

// Answers to the question « What do you see there? »: the values of facts.Facts.Witness.
const (
	Opens = "opens"
	Same  = "same-error"
	Fails = "fails" // it does not open, in another way
)

// Step is one thing to try, for one person's system. The zero value is none.
type Step struct {
	ID      ID
	Fix     string // the fix that does it, with Arg (CONTRACT.md); "": it is done by hand
	Arg     string
	Test    Test
	Witness string         // with ByWitness: where the person looks
	Variant string         // of the instructions by hand: "guide." + ID + ".how." + Variant; "": there is one text for everybody
	Vars    map[string]any // values of its words: Browser, Page, Names, Host
	AfterS  int            // with Reload: seconds to wait before
}

// Asks tells whether it is the last step, which names whom to ask.
func (s Step) Asks() bool { return s.Test == ByNobody }

// Told is what the person answered to steps with the test ByAnswer.
type Told map[ID]string

// Steps is the path for a verdict, best first; the last step names whom to ask. f may be nil where nothing was read. can tells which fixes
// can be done here (nil: none): a step that needs one that cannot is not listed, or is told by hand where hands can do it. told may
// be nil.
func Steps(v decide.Verdict, f *facts.Facts, can func(fix string) bool, told Told) []Step {
	h := newHere(v, f, can)
	ids, known := paths[v.Cause]
	if !known {
		ids = paths[decide.Undetermined]
	}
	ids = offeredFirst(ids, v)
	if told[OtherSites] == Same || told[OtherSites] == Fails {
		ids = linesFirst(ids)
	}
	var out []Step
	for _, id := range ids {
		if s, ok := h.step(id); ok {
			out = append(out, s)
		}
	}
	last, _ := h.step(h.whom())
	return append(out, last)
}

// offeredFirst is the path with the fix first that the verdict itself offers first: its page and its guided steps begin alike.
func offeredFirst(ids []ID, v decide.Verdict) []ID {
	if len(v.Actions) == 0 || v.Actions[0].ID != decide.ActFix {
		return ids
	}
	first := ForFix(v.Actions[0].Fix, v.Actions[0].Arg)
	at := slices.Index(ids, first)
	if at <= 0 {
		return ids
	}
	return append([]ID{first}, slices.Delete(slices.Clone(ids), at, at+1)...)
}

// linesFirst is the path where nothing else opens either: what mends the connection comes before what is about this site.
func linesFirst(ids []ID) []ID {
	line := []ID{Connect, Portal, VPNOff, Proxy, RestartBox, Adapter, RenewAddress, FlushDNS, PublicDNS, RestartMachine}
	out := slices.Clone(ids)
	slices.SortStableFunc(out, func(a, b ID) int {
		return min(1, slices.Index(line, b)+1) - min(1, slices.Index(line, a)+1)
	})
	return out
}

// One is a single step for this system, whether or not it stands in the verdict's path; ok is false where it cannot be done here.
func One(id ID, v decide.Verdict, f *facts.Facts, can func(fix string) bool) (s Step, ok bool) {
	return newHere(v, f, can).step(id)
}

// Next is the first step of the path that is not in any of these lists. The last step is never over: whom to ask stays true.
func Next(path []Step, over ...[]ID) (Step, bool) {
	for i, s := range path {
		if i == len(path)-1 || !slices.ContainsFunc(over, func(l []ID) bool { return slices.Contains(l, s.ID) }) {
			return s, true
		}
	}
	return Step{}, false
}

// Index is the place of a step in the path, -1 where it does not stand there.
func Index(path []Step, id ID) int {
	return slices.IndexFunc(path, func(s Step) bool { return s.ID == id })
}
