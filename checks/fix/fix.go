// Package fix changes things on this computer, one file a fix, so that each can be planned, proved and undone.
package fix

import (
	"context"
	"strings"

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
	Command []string `json:"command"`          // argument list, absolute path first; empty for a call that is no command
	Call    string   `json:"call,omitempty"`   // an API or D-Bus call, in words an engineer reads
	Exit    int      `json:"exit"`             // exit status; -1: it did not start, or was stopped at its deadline
	Output  string   `json:"output,omitempty"` // what it printed, at most MaxOutput bytes
}

// String is the step as an engineer would type or name it. It is for reading: nothing ever runs it.
func (s Step) String() string {
	if len(s.Command) == 0 {
		return s.Call
	}
	words := make([]string, len(s.Command))
	for i, w := range s.Command {
		if words[i] = w; w == "" || strings.ContainsAny(w, " \t\n\"'$`&|;<>()*?#~") {
			words[i] = `"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(w) + `"`
		}
	}
	return strings.Join(words, " ")
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

	Host     string            // the host whose trouble it is for, set by Run; may be empty
	Old      map[string]string // what is there now; Run writes it to the journal before anything is changed
	Undoable bool              // false: there is nothing to put back afterwards
	Opens    bool              // it only opens something, and changes nothing: no question first, no record of a change
	Passing  bool              // Undoable only while it is not finished: once it is proved, everything is as it was before
}

// Change is one thing done, as the journal keeps it.
type Change struct {
	ID    string            `json:"id"`
	Fix   string            `json:"fix"`
	Arg   string            `json:"arg,omitempty"`
	Steps []Step            `json:"steps,omitempty"`
	Old   map[string]string `json:"old,omitempty"`  // what was there before
	Host  string            `json:"host,omitempty"` // the host whose trouble it was for; may be empty

	// Proof is what only the moment of the change could read (as administrator, right after it), by part: "nscd" → Yes.
	Proof map[string]facts.Bool `json:"proof,omitempty"`
}

// Verification is how a change was proved. Verified Unknown: it could not be.
type Verification struct {
	Verified facts.Bool `json:"verified"`
	By       string     `json:"verified_by"` // cache-read, state-read, fresh-answer, none
}

// Schema is the version of the JSON of `fix --json` and `undo --json` (CONTRACT.md), and of the journal's records.
const Schema = 1
