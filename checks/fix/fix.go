// Package fix changes things on this computer, one file a fix, so that each can be planned, proved and undone.
package fix

import (
	"context"

	"passerelle/checks/facts"
)

// Fix is one thing that can be mended with a click.
type Fix interface {
	// Name is the contract's name, kebab-case.
	Name() string
	// Applies says whether it would help here, and why, as a key of checks/words.
	Applies(*facts.Facts) (bool, string)
	// Plan says what would be done. arg is the fix's argument, already validated by the caller as far as its kind is known.
	Plan(ctx context.Context, arg string) (Plan, error)
	// Apply does it. The old state is in the journal, on disk, before the first command runs.
	Apply(ctx context.Context, p Plan) (Change, error)
	// Verify reads the state again: exit status 0 alone proves nothing.
	Verify(ctx context.Context, c Change) (Verification, error)
	// Undo puts back what was there.
	Undo(ctx context.Context, c Change) error
}

// Step is one command or edit, as it is or was done.
type Step struct {
	Command []string `json:"command"`        // argument list, absolute path first; empty for a call that is no command
	Call    string   `json:"call,omitempty"` // an API or D-Bus call, in words an engineer reads
	Exit    int      `json:"exit"`
	Output  string   `json:"output,omitempty"` // bounded
}

// Plan is what a fix would do. The texts are keys of checks/words ("fix.flush-dns.changes"…), with Vars.
type Plan struct {
	Fix        string
	Arg        string
	Steps      []Step
	NeedsAdmin bool
	Nothing    bool   // there is nothing to do here (this computer keeps no DNS cache): an honest answer
	Detail     string // which variant of the texts: resolved, nscd, dnsmasq, unbound, windows, macos, none
	Risk       string // none, low, medium
	Vars       map[string]any
}

// Change is one thing done, as the journal keeps it.
type Change struct {
	ID    string
	Fix   string
	Arg   string
	Steps []Step
	Old   map[string]string // what was there before
	Host  string            // the host whose trouble it was for; may be empty
}

// Verification is how a change was proved. Verified Unknown: it could not be.
type Verification struct {
	Verified facts.Bool
	By       string // cache-read, state-read, fresh-answer, none
}
