// Package ui is the window's shell: it shows the screen of the flow's state, sends what the person does to the flow, and does what
// the flow asks for outside. Everything outside comes through Deps, so that the whole of it runs in tests without a window, a
// network or a clock.
package ui

import (
	"context"
	"net/url"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// Practice is the built-in site to try things on.
type Practice interface {
	URL() string
	Close() error
}

// Preferences keep what the person chose between runs: fyne.Preferences, or nothing.
type Preferences interface {
	String(key string) string
	SetString(key, value string)
}

// Deps is what the window uses of the world. A nil function is a thing that cannot be done here: nothing is shown for it.
type Deps struct {
	Detect func() string // the system's language; nil: English

	Parse      func(input string) (checks.Target, error)                                             // required
	ParseExact func(input string) (checks.Target, error)                                             // nothing left out; nil: the very page of a private address is never asked
	Diagnose   func(context.Context, checks.Options, func(checks.Snapshot)) (*checks.Result, error)  // required
	HasFix     func(name string) bool                                                                // nil: no fixes
	Plan       func(ctx context.Context, name, arg string, of *checks.Result) (fix.Plan, error)      // with HasFix
	Apply      func(context.Context, fix.Plan, *checks.Result, *words.Printer) (flow.Outcome, error) // plans anew, does, proves; with HasFix
	PlanText   func(p fix.Plan, w *words.Printer) screens.PlanText                                   // with HasFix
	Changes    func(w *words.Printer) ([]flow.Changed, error)                                        // what was changed here and can be put back; nil: not known
	Undo       func(ctx context.Context, id string, w *words.Printer) error                          // puts one back, or flow.AllChanges; with Changes
	// Protection reads this computer's protection programs; false: they could not be read. nil: a paused one is not watched.
	Protection func(context.Context) ([]facts.Firewall, bool)

	Attract  func()                                                       // brings the window forward; nil: cannot
	Practice func(ctx context.Context) (Practice, error)                  // nil: no example
	Past     *Past                                                        // what is kept of past checks; nil: nothing is
	Outages  *Outages                                                     // incidents can be told; nil: they cannot
	People   *People                                                      // the person's own contacts; nil: none are kept
	Folder   func() (string, error)                                       // where reports are saved; nil: they cannot be
	Report   func(r *checks.Result, w *words.Printer) string              // nil: title and text only
	Message  func(decide.ActionID, *checks.Result, *words.Printer) string // ready to send to whom the action names; nil: the report
	Outside  bool                                                         // checks can be looked at from elsewhere
	OpenURL  func(*url.URL) error                                         // nil: no links
	Dispatch func(func())                                                 // runs a function on the UI goroutine; required
	Every    func(d time.Duration, f func()) (stop func())                // calls f on the UI goroutine; required
	Clip     fyne.Clipboard                                               // nil: none
	Prefs    Preferences                                                  // nil: nothing is kept
}

// Names of the preferences. What was never chosen is empty, and follows the system.
const (
	prefLanguage = "language"
	prefTheme    = "theme"
	prefText     = "text"
	prefOutside  = "outside"
)

// Languages there are words for, in the order of the switch.
var Languages = []string{"fr", "en"}
