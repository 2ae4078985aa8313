// This file has what lies beside the way from an address to its result: what the browser showed, the connection alone, settings, the
// changes that were made here, and the way they are put back.

package flow

import (
	"slices"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/guide"
)

// The pages beside the main way.
const (
	Settings  Page = "settings"
	Changes   Page = "changes"
	Paste     Page = "paste"     // the person pastes what the browser shows
	Explained Page = "explained" // what that means
	Watch     Page = "watch"     // we wait until the site is back
)

// KnownSite is what is asked when only the connection is to be looked at: one of the sites that every check may ask for comparison
// (CONTRACT.md), and one that hardly anybody blocks.
const KnownSite = "https://www.wikipedia.org/"

// AllChanges is the id of every change together.
const AllChanges = "all"

// maxSeen bounds what is kept of a pasted text, bytes: an error says what it is at its start (see checks.LooksLikeError).
const maxSeen = 64 << 10

// Changed is one change that can be put back.
type Changed struct {
	ID          string
	Summary     string // in the person's language
	When        string
	Interrupted bool
}

// Pasted is what the browser showed, and what it means.
type Pasted struct {
	Text string
	// For tells what becomes of the text: false, it is explained; true, the site is checked again with it.
	Check bool

	Gateway *checks.Gateway // who wrote it; nil: no error of a server was recognised
	Browser string          // the browser's own code or sentence
	Verdict decide.Verdict
	Found   string // the site that is named in it; "" none
	Input   string // what to check then
}

// Recognised tells whether the text is an error that we know.
func (p Pasted) Recognised() bool { return p.Gateway != nil || p.Browser != "" }

// What the person does on these pages.
type (
	// Open goes to Settings, Changes or Paste.
	Open struct {
		Page  Page
		Check bool // Paste: the site is checked again with what was seen
	}
	// Saw gives what the browser shows.
	Saw struct{ Text string }
	// CheckFound asks for a check of the site that the error is about.
	CheckFound struct{ Input string }
	// Connection asks for a check of the connection alone.
	Connection struct{}
	// NotHere tells that a site that works for us does not open in the person's browser.
	NotHere struct{}
	// UndoChange puts a change back, or AllChanges.
	UndoChange struct{ ID string }
	// LookOutside asks for another check, with a look from elsewhere: the click is the consent.
	// CheckHost: the second service too, after its own yes.
	LookOutside struct{ CheckHost bool }
	// Dismiss puts the offer to undo an interrupted change away.
	Dismiss struct{}
)

// What comes from outside.
type (
	// Meaning is the answer to Explain.
	Meaning struct{ Pasted Pasted }
	// Listed is the answer to ListChanges.
	Listed struct{ List []Changed }
	// Undone is the answer to Undo.
	Undone struct {
		ID   string
		List []Changed
		Err  error
	}
)

func (Open) event()        {}
func (Saw) event()         {}
func (CheckFound) event()  {}
func (Connection) event()  {}
func (NotHere) event()     {}
func (UndoChange) event()  {}
func (LookOutside) event() {}
func (Dismiss) event()     {}
func (Meaning) event()     {}
func (Listed) event()      {}
func (Undone) event()      {}

// The effects of these pages.
type (
	// Explain reads what was pasted: Meaning.
	Explain struct{ Text string }
	// ListChanges reads the journal: Listed.
	ListChanges struct{}
	// Undo puts a change back, or AllChanges: Undone.
	Undo struct{ ID string }
)

func (Explain) effect()     {}
func (ListChanges) effect() {}
func (Undo) effect()        {}

// aside handles the events of this file and of watch.go; ok tells whether it was one.
func (m Machine) aside(s State, e Event) (next State, effects []Effect, ok bool) {
	switch e := e.(type) {
	case Open:
		next, effects = m.open(s, e)
	case Saw:
		next, effects = m.saw(s, e)
	case Meaning:
		next = s
		if s.Page == Address || s.Page == Paste {
			next.Page, next.Paste = Explained, e.Pasted
		}
	case CheckFound:
		next = s
		if s.Page == Explained {
			next.Seen, next.Refusal, next.Input = s.Paste.Text, nil, e.Input
			effects = []Effect{Parse{e.Input}}
		}
	case Connection:
		next = s
		if s.Page == Address && !s.Starting {
			next.Input, next.Refusal, next.Seen, next.Connection = "", nil, "", true
			effects = []Effect{Parse{KnownSite}}
		}
	case NotHere:
		next, effects = m.notHere(s)
	case UndoChange:
		next = s
		if s.Undoing == "" && e.ID != "" && !s.Running {
			next.Undoing, next.UndoError, next.Undid = e.ID, nil, ""
			effects = []Effect{Undo{e.ID}}
		}
	case Listed:
		next = s
		next.Changes, next.Read = e.List, true
	case Undone:
		next = s
		next.Undoing, next.UndoError, next.Changes, next.Read = "", e.Err, e.List, true
		if e.Err == nil {
			next.Undid = e.ID
		}
	case LookOutside:
		next, effects = m.lookOutside(s, e)
	case AskFirst:
		next = s.askFirst(e)
	case Dismiss:
		next = s
		next.Dismissed = true
	case StartWatch:
		next, effects = s.watch()
	case Act:
		if s.Page != Watch {
			return s, nil, false
		}
		next = s
		if !s.Running && !s.Wait.Over {
			next, effects = s.try()
		}
	default:
		return s, nil, false
	}
	return next, effects, true
}

// open goes to a page beside the way. What runs goes on only where it can be come back to.
func (m Machine) open(s State, e Open) (State, []Effect) {
	if s.Starting || s.Running || s.Undoing != "" || s.Page == Repair && s.Phase == Applying {
		return s, nil
	}
	switch e.Page {
	case Settings, Changes, Paste:
	default:
		return s, nil
	}
	switch s.Page {
	case Settings, Changes, Paste, Watch:
		return s, nil
	}
	s.From, s.Page = s.Page, e.Page
	s.UndoError, s.Undid = nil, ""
	if e.Page == Paste {
		s.Paste = Pasted{Check: e.Check && s.From != Address}
	}
	if e.Page == Changes {
		return s, []Effect{ListChanges{}}
	}
	return s, nil
}

// saw takes what the browser shows.
func (m Machine) saw(s State, e Saw) (State, []Effect) {
	if s.Page != Paste || e.Text == "" {
		return s, nil
	}
	if len(e.Text) > maxSeen {
		e.Text = e.Text[:maxSeen]
	}
	s.Paste.Text = e.Text
	if !s.Paste.Check {
		return s, []Effect{Explain{e.Text}}
	}
	s.Seen = e.Text
	return m.check(s, false)
}

// notHere goes to the next thing that tells the browser's trouble from the site's.
func (m Machine) notHere(s State) (State, []Effect) {
	if s.Page != Verdict || s.Now.Verdict == nil || s.Running {
		return s, nil
	}
	switch {
	case s.Witness[WitnessPrivate] == "":
		return m.begin(s, Choose{Step: StepCache})
	case s.Witness[WitnessBrowser] == "" && m.has(FixOtherBrowser):
		return m.begin(s, Choose{Step: StepOpen, Fix: FixOtherBrowser})
	case s.Witness[WitnessPhone] == "":
		return m.begin(s, Choose{Step: StepDevice})
	}
	return m.Next(s, Guide{})
}

// Interrupted is the change that was begun and never ended, newest first.
func (s State) Interrupted() (Changed, bool) {
	for _, c := range s.Changes {
		if c.Interrupted {
			return c, true
		}
	}
	return Changed{}, false
}

// keepOrPutBack: a change is kept when the stop it was for works again, and put back by itself when it did not help (DESIGN.md). Where
// the second check tells nothing, the person decides.
func (s State) keepOrPutBack() (State, []Effect) {
	if s.Outcome == nil || s.Outcome.Change == "" || s.Answered {
		return s, nil
	}
	switch Compare(s.Before, s.Now) {
	case Same, Worse:
		s.PutBack, s.Undoing = true, s.Outcome.Change
		return s, []Effect{Undo{s.Outcome.Change}}
	case Better:
		if s.Before.Verdict.Cause == s.Now.Verdict.Cause {
			// The same step again, for another thing: a second rule of the firewall.
			s.Tried = slices.DeleteFunc(s.Tried, func(id guide.ID) bool { return id == s.At.ID })
		}
	}
	return s, nil
}
