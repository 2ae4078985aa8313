// Package flow is what the window does, without any widget: a state, the events that change it, and what is to be done outside
// for it (effects). It is pure: no clock, no I/O, no goroutine, so that every story can be told in a table.
package flow

import (
	"reflect"
	"slices"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
)

// Page is one of the five screens.
type Page string

// The five screens, in the order they are met.
const (
	Address  Page = "address"
	Checking Page = "checking"
	Verdict  Page = "verdict"
	Repair   Page = "repair"
	Result   Page = "result"
)

// Phase is where a step of the repair page stands.
type Phase string

// The phases. Not every step knows them all.
const (
	Loading  Phase = "loading"  // the plan is being read
	Ready    Phase = "ready"    // it is told what would be done; nothing is done yet
	Counting Phase = "counting" // refresh only: the countdown runs
	Applying Phase = "applying" // it is being done
	Asking   Phase = "asking"   // a window was opened: the person is asked what is seen there
	Opened   Phase = "opened"   // a settings page was opened: the person looks
	Nothing  Phase = "nothing"  // there is nothing to do here
	Failed   Phase = "failed"   // it could not be done
)

// Shown is what is known of the site: a verdict and its picture, and the whole result once every check has ended.
type Shown struct {
	Verdict *decide.Verdict
	Path    []decide.Hop
	Result  *checks.Result
}

// Outcome is how a fix went.
type Outcome struct {
	Verified facts.Bool     // proved, proved not to be in place, or not to be proved here
	Key      string         // of the sentence that says what came of it
	Vars     map[string]any // its values
	Change   string         // id of the change that can be put back; "": nothing can, or it was put back already
}

// State is everything that the window shows. The zero value is not one: use Start.
type State struct {
	Page Page

	Input    string // what stands in the field
	Refusal  error  // why it could not be used; nil: nothing to say
	Starting bool   // the example is being started
	Target   checks.Target

	Run     int // number of the check: reports of older ones are ignored
	Running bool
	Recheck bool // this check follows a step: its end is the result page
	Stopped bool // the person pressed Stop
	Waited  int  // seconds since this check began
	Snap    checks.Snapshot

	Last   decide.Cause // what was found before the person asked once more; "": this check is no second asking
	Now    Shown
	Before Shown // what was known before the step whose result is shown

	Steps   []guide.Step // the guided path that fits the verdict; the last one names whom to ask
	Tried   []guide.ID   // those that a check or an answer has tested
	Skipped []guide.ID   // those that the person passed by
	Told    guide.Told   // what the person answered on the way
	At      guide.Step   // the present one; zero where the page is of no path
	Step    Step         // the kind of its page
	Fix     string       // name of its fix
	Arg     string
	Phase   Phase
	Auto    bool // what was planned is done without another click: the click that came here said so
	Plan    *fix.Plan
	Outcome *Outcome
	Failure error // why the step could not be done
	Left    int   // seconds left of the countdown
	Witness map[string]string

	Solved bool // the person saw it open in the usual browser: the end
	Guard  Guard

	Answered   bool   // this check follows an answer of the person, not a change: it is judged anew
	Seen       string // what the browser showed, as the person pasted it
	Outside    bool   // the person wants this site looked at from elsewhere
	CheckHost  bool   // and by the second service, which publishes a page
	Connection bool   // only the connection is looked at; the target is KnownSite

	AskCheckHost bool // of the page Elsewhere: it is the second service's question

	From  Page   // the page that Settings, Changes and Paste lead back to
	Paste Pasted // of the pages Paste and Explained

	Changes   []Changed // what was changed here and not undone, newest first, as far as it was read
	Read      bool      // the changes were read
	Undoing   string    // the change that is being put back, AllChanges for all of them; "" none
	UndoError error     // why the last one could not be put back; nil: it was
	Undid     string    // the last one that was put back
	PutBack   bool      // the step's change did not help and is put back by itself
	Dismissed bool      // the person does not want to hear of the interrupted change now

	Wait Waiting // of the page Watch
	Past Past    // of the pages History and Saved

	Paper  Paper  // of the page Papers
	Outage Outage // of the page Incident
	Folk   Folk   // of the page People, and of Papers
}

// Start is the first state.
func Start() State { return State{Page: Address} }

// SlowAfter is after how many seconds it is said why a check takes long (issue 6: "After 5 s it says why it takes long").
const SlowAfter = 5

// Slow tells whether the check has been running for long.
func (s State) Slow() bool { return s.Running && s.Waited >= SlowAfter }

// Provisional tells whether the verdict that is shown may still change.
func (s State) Provisional() bool {
	return s.Running && s.Now.Verdict != nil && s.Now.Verdict.Provisional
}

// Ticks tells whether the state needs an event every second.
func (s State) Ticks() bool {
	return s.Running || s.Page == Repair && s.Phase == Counting || s.Page == Watch && !s.Wait.Over || s.Guard.On
}

// SameAgain tells whether the person asked once more and the same was found: it is said, so that the button is not taken for dead.
func (s State) SameAgain() bool {
	return !s.Running && s.Last != "" && s.Now.Verdict != nil && s.Now.Verdict.Cause == s.Last
}

// Progress is how far the running check is, from 0 to 1. It is never quite 1 before the end.
func (s State) Progress() float32 {
	if !s.Running {
		return 1
	}
	if s.Snap.Steps <= 0 {
		return 0.03
	}
	p := (float32(s.Snap.Step) - 0.5) / float32(s.Snap.Steps)
	return min(max(p, 0.03), 0.97)
}

// Path is the picture to draw: that of the running check, else the last one known.
func (s State) Path() []decide.Hop {
	if s.Page == Checking || s.Running && len(s.Snap.Path) > 0 {
		return s.Snap.Path
	}
	return s.Now.Path
}

// Active is the stop that is being asked now, as far as the check says what it does; "" none.
func (s State) Active() decide.HopID {
	if !s.Running {
		return ""
	}
	switch s.Snap.Doing {
	case "dns", "independent-dns", "fresh-lookup", "control-lookup", "doh":
		return decide.HopDNS
	case "tcp", "tls", "connect":
		return decide.HopGateway
	case "http", "repeat", "addresses", "alternative":
		return decide.HopOrigin
	case "box":
		return decide.HopRouter
	case "others", "other-sites", "connectivity", "outside":
		return decide.HopProvider
	case "system", "":
		return decide.HopComputer
	case "proxy", "direct":
		return decide.HopProxy
	}
	return ""
}

// Culprit is the stop where it broke: the first problem of the picture, else the first warning; "" where all is well or unknown.
func Culprit(path []decide.Hop) decide.HopID {
	for _, want := range []decide.State{decide.StateProblem, decide.StateWarning} {
		for _, h := range path {
			if h.State == want {
				return h.Hop
			}
		}
	}
	return ""
}

// Firewalls are the protection programs that were read, and whether the reading was done.
func (s Shown) Firewalls() (list []facts.Firewall, done bool) {
	if s.Result == nil || s.Result.Facts == nil {
		return nil, false
	}
	return s.Result.Facts.System.Firewalls, s.Result.Facts.System.FirewallsDone
}

// Browser is the default browser, "" where it was not read.
func (s Shown) Browser() string {
	if s.Result == nil || s.Result.Facts == nil {
		return ""
	}
	return s.Result.Facts.System.Browser
}

// Same tells whether two say the same, so that nothing has to be drawn anew.
func (s Shown) Same(o Shown) bool {
	return s.Result == o.Result && slices.Equal(s.Path, o.Path) && reflect.DeepEqual(s.Verdict, o.Verdict)
}
