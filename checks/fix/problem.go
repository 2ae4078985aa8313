// What can stop a fix, with the words that tell a person about it.

package fix

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of trouble. Test with errors.Is.
var (
	// ErrRefused: the person, or the system's own prompt, said no. A normal answer; nothing was changed.
	ErrRefused = errors.New("refused")
	// ErrUnasked: nobody was there to say yes, and nothing was changed.
	ErrUnasked = errors.New("nobody was asked")
	// ErrUnknown: there is no fix, or no change, of that name.
	ErrUnknown = errors.New("unknown name")
	// ErrArgument: the argument is not what this fix takes.
	ErrArgument = errors.New("unusable argument")
	// ErrRights: administrator rights are needed and cannot be had from here (no prompt, or the system's policy).
	ErrRights = errors.New("administrator rights cannot be had")
	// ErrImpossible: this computer has nothing that could do it; the words say where the person finds it.
	ErrImpossible = errors.New("not possible on this computer")
	// ErrJournal: the record of changes cannot be written, so nothing is changed.
	ErrJournal = errors.New("the record of changes cannot be written")
	// ErrFailed: it was tried and did not work.
	ErrFailed = errors.New("it did not work")
	// ErrNothingToUndo: this kind of change has no way back because it took nothing away.
	ErrNothingToUndo = errors.New("nothing to undo")
)

// errUntouched: it failed before anything was changed, so that there is nothing to put back and no password to ask for again.
var errUntouched = errors.New("nothing was changed")

// untouched says so of an error that means that the system did not let us.
func untouched(err error) error {
	if errors.Is(err, ErrRefused) || errors.Is(err, ErrRights) {
		return errors.Join(err, errUntouched)
	}
	return err
}

// Problem is an error with the key of the sentence that tells it to a person.
type Problem struct {
	Kind  error          // one of the kinds above
	Key   string         // of checks/words
	Vars  map[string]any // its values
	Cause error          // what an engineer reads
}

// Error says it to an engineer.
func (p *Problem) Error() string {
	if p.Cause == nil {
		return p.Kind.Error()
	}
	return fmt.Sprintf("%v: %v", p.Kind, p.Cause)
}

// Unwrap gives the kind and the cause.
func (p *Problem) Unwrap() []error {
	if p.Cause == nil {
		return []error{p.Kind}
	}
	return []error{p.Kind, p.Cause}
}

func problem(kind error, key string, vars map[string]any, format string, args ...any) *Problem {
	return &Problem{Kind: kind, Key: key, Vars: vars, Cause: fmt.Errorf(format, args...)}
}

// Say gives the sentence of a key of checks/words.
type Say func(key string, vars map[string]any) string

// inTerminal makes the words of an error for want of a prompt name the command that a person can really type: the fix's own, not the
// helper's verb, which is no command of the terminal.
func inTerminal(err error, words ...string) error {
	var p *Problem
	if errors.As(err, &p) && p.Key == "fix.error.no-prompt" {
		for i, w := range words {
			words[i] = shellWord(w)
		}
		p.Vars = map[string]any{"Command": "sudo " + strings.Join(words, " ")}
	}
	return err
}

// shellWord is a word as a shell takes it for one.
func shellWord(w string) string {
	if w != "" && !strings.ContainsFunc(w, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/=@%+,", r))
	}) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// Tell says an error of this package to a person; any other error is said as it stands.
func Tell(err error, say Say) string {
	var p *Problem
	if say != nil && errors.As(err, &p) && p.Key != "" {
		return say(p.Key, p.Vars)
	}
	return err.Error()
}

// wrap gives an error words, if it has none yet.
func wrap(err error, key, doing string) error {
	var p *Problem
	if errors.As(err, &p) {
		return err
	}
	return problem(ErrFailed, key, nil, "%s: %w", doing, err)
}
