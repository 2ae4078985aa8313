// Package screens has the screens, one file each. A screen is a function of the state: it is given the state and what it may
// use, and returns what is shown. No screen knows another; what the person does is sent as an event.
package screens

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/incident"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Look is what the person chose of the window's look.
type Look struct {
	Lang string // "fr", "en": the one in use
	Wish string // the one that was chosen; "": the system's

	Outside string // who may be asked elsewhere: "" asked each time, OutsideAlways, OutsideNever
	Mode    theme.Mode
	Text    theme.TextSize
}

// The answers to "may others be asked from elsewhere?"; the empty one is to be asked each time.
const (
	OutsideAlways = "always"
	OutsideNever  = "never"
)

// Env is what a screen may use.
type Env struct {
	Words *words.Printer
	Look  Look

	Send     func(flow.Event) // what the person did
	Relayout func()           // the height of something changed
	SetLook  func(Look)
	Can      func(string) bool           // a fix by its name, or an action by its id
	Clip     func() string               // what the clipboard holds
	Parse    func(string) (string, bool) // the host in a text, if it is an address
	Copy     func()                      // copies the report of what is shown
	Message  func(decide.ActionID)       // copies the message that an action promises
	Saved    func()                      // opens the saved copy of the page
	OpenSite func()                      // opens the site in the usual browser; nil: cannot
	PlanText func(fix.Plan) PlanText     // the sentences of a plan
	Example  bool                        // there is a practice site to try
	Outside  bool                        // checks can be looked at from elsewhere
	Journal  bool                        // changes that were made here can be listed and put back
	History  bool                        // past checks are kept here
	When     func(time.Time) string      // a moment as people write it

	Links      bool                                          // addresses can be opened: mail program, browser, folder
	People     bool                                          // the person's own contacts are kept
	Incidents  bool                                          // the journal of an incident can be told
	Mask       incident.Options                              // how a journal is shown: as it is saved
	Owners     bool                                          // it can be asked who owns an address
	OpenLink   func(address string)                          // opens an address in the browser
	Files      bool                                          // there is a folder to save reports in
	OpenFolder func(file string)                             // shows the folder of a saved file
	QR         func(string) (fyne.CanvasObject, bool, error) // a text as a code that a telephone reads; true: only its beginning fits
	Folds      map[string]bool                               // which folds are open: kept while a page is built anew
}

// PlanText tells a plan to a person.
type PlanText struct {
	Title, Changes, Keeps, Undo string
}

// T is a sentence of the window's own.
func (e Env) T(key string, vars ...any) string {
	return e.Words.T("ui."+key, pairs(vars))
}

// pairs makes a map of name, value, name, value…
func pairs(v []any) map[string]any {
	m := make(map[string]any, len(v)/2)
	for i := 0; i+1 < len(v); i += 2 {
		m[v[i].(string)] = v[i+1]
	}
	return m
}

// Tell says an error to a person: the words of those that have some, else one ordinary sentence (the error itself belongs to the
// log).
func (e Env) Tell(err error) string {
	var t *checks.TargetError
	if errors.As(err, &t) {
		return e.Words.T("target."+t.Code, t.Vars)
	}
	var p *fix.Problem
	if errors.As(err, &p) && p.Key != "" {
		return e.Words.T(p.Key, p.Vars)
	}
	return e.T("failed")
}

// View is one screen, built for one state.
type View struct {
	Body   []fyne.CanvasObject // from top to bottom
	Center bool                // stands in the upper third where there is room

	Back  *kit.Button   // left in the footer; nil: none
	Right []*kit.Button // right in the footer, the main one last

	First fyne.Focusable    // has the focus when the page appears
	Show  fyne.CanvasObject // is scrolled into view, from its top; nil: nothing

	// Update shows a newer state without building anew; false: it must be built anew. nil: always anew.
	Update func(flow.State) bool
}

// Build makes the screen of a state.
func Build(e Env, s flow.State) *View {
	switch s.Page {
	case flow.Checking:
		return Check(e, s)
	case flow.Verdict:
		return Verdict(e, s)
	case flow.Repair:
		return Repair(e, s)
	case flow.Result:
		return Result(e, s)
	case flow.Settings:
		return Settings(e, s)
	case flow.Changes:
		return Changes(e, s)
	case flow.Paste:
		return Paste(e, s)
	case flow.Explained:
		return Explained(e, s)
	case flow.Watch:
		return Watch(e, s)
	case flow.Elsewhere:
		return AskElsewhere(e, s)
	case flow.History:
		return History(e, s)
	case flow.Saved:
		return Saved(e, s)
	case flow.Incident:
		return Incident(e, s)
	case flow.People:
		return People(e, s)
	case flow.Papers:
		return Papers(e, s)
	}
	return Address(e, s)
}

// back is the way back.
func (e Env) back() *kit.Button {
	b := kit.NewButton(e.T("button.back"), func() { e.Send(flow.Back{}) })
	b.OnCancel = b.OnTapped
	return b
}

// button makes an outlined button; Esc on it goes back.
func (e Env) button(key string, tap func()) *kit.Button {
	b := kit.NewButton(e.T("button."+key), tap)
	b.OnCancel = func() { e.Send(flow.Back{}) }
	return b
}

// main makes the page's main button.
func (e Env) main(key string, tap func()) *kit.Button {
	b := kit.NewMain(e.T("button."+key), tap)
	b.OnCancel = func() { e.Send(flow.Back{}) }
	return b
}

func (e Env) send(ev flow.Event) func() { return func() { e.Send(ev) } }

// fold is a fold that stays open while its page is built anew.
func (e Env) fold(key, title string, body fyne.CanvasObject) *kit.Fold {
	f := kit.NewFold(title, body, e.Relayout)
	f.Toggle = func(open bool) { e.Folds[key] = open }
	if e.Folds[key] {
		f.SetOpen(true)
	}
	return f
}

// Site is the name of the site as people read it.
func Site(t checks.Target) string {
	if t.Display != "" {
		return t.Display
	}
	return t.Host
}

// stops is the picture of a path, in words.
func (e Env) stops(path []decide.Hop, active decide.HopID) []kit.Stop {
	var out []kit.Stop
	for _, h := range path {
		s := kit.Stop{ID: h.Hop, Name: e.Words.HopShort(h.Hop), State: h.State, Word: e.Words.State(h.State)}
		switch {
		case h.Hop == active && h.State == decide.StateUnknown:
			s.State, s.Word = theme.Running, e.Words.State(theme.Running)
		case active != "" && h.State == decide.StateUnknown:
			s.Word = e.T("state.waiting")
		}
		out = append(out, s)
	}
	return out
}
