// Running a fix from its plan to its proof, the same way for the terminal and the window.

package fix

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"passerelle/checks/facts"
)

// verifyLimit bounds the proof: resolveLimit for each family, or freshTries comparisons of answers.
const verifyLimit = 15 * time.Second

// Env is what a run needs from its caller. The zero value changes nothing: nobody is there to say yes.
type Env struct {
	Computer *Computer    // nil: this one
	Journal  *Journal     // nil: this person's
	Facts    *facts.Facts // of the check that came before; may be nil
	Host     string       // the host whose trouble it is; empty: taken from Facts
	Say      Say          // the words; nil: errors are said in English, as an engineer reads them

	// System and Fresh answer for a host, as Computer has them; they let a flush be proved where no cache can be read.
	System, Fresh Lookup

	// Offset measures how far the clock is ahead of the network's, as Computer has it; nil: it is not measured.
	Offset func(ctx context.Context) (time.Duration, error)

	// Terminal: a person sits at this terminal, where the system may ask for a password. Helper: the program that is started as
	// administrator, if it is not this very one: the terminal build beside the window's.
	Terminal bool
	Helper   string

	// Confirm shows the plan and asks; nil error: yes; ErrRefused: no. nil: nobody can be asked, nothing is changed.
	// Plans that only open something are not asked about.
	Confirm func(ctx context.Context, p Plan) error
	// Doing is told what begins: "plan", "apply", "verify". May be nil.
	Doing func(step string, p Plan)
}

// Outcome is the object of `passerelle fix NAME --json`.
type Outcome struct {
	Schema     int        `json:"schema"`
	Name       string     `json:"name"`
	Done       bool       `json:"done"`
	Verified   facts.Bool `json:"verified"`
	VerifiedBy string     `json:"verified_by"`
	ChangeID   *string    `json:"change_id"` // null: nothing was changed
	Steps      []Step     `json:"steps"`
	Error      *string    `json:"error"`

	Arg     string `json:"arg,omitempty"`
	Detail  string `json:"detail,omitempty"`   // which variant: resolved, windows…
	Nothing bool   `json:"nothing,omitempty"`  // there was nothing to do here; not an error, and not done either
	Text    string `json:"text,omitempty"`     // what came of it, in words
	PutBack bool   `json:"put_back,omitempty"` // it was put back by itself, because it failed or did not take

	// Plan is what was to be done.
	Plan Plan `json:"-"`
}

// ExitStatus is the program's exit status after a fix (CONTRACT.md): 0 it did what it says, also where there was nothing to do and
// where it was done and cannot be verified (verified null; only a proof that it did not take, false, counts against it); 1 refused,
// failed, or not in place; 2 the command line could not be used, or nobody was there to say yes.
func ExitStatus(o Outcome, err error) int {
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrArgument), errors.Is(err, ErrUnasked):
		return 2
	case err != nil, o.Verified == facts.No:
		return 1
	}
	return 0
}

// computer gives the machine of a run, with the run's own words and look-ups.
func (e *Env) computer() *Computer {
	c := Local()
	if e.Computer != nil {
		copied := *e.Computer
		c = &copied
	}
	if e.Terminal {
		c.Terminal = true
	}
	if e.Helper != "" {
		c.Helper = func() (string, error) { return filepath.EvalSymlinks(e.Helper) }
	}
	if e.Say != nil {
		c.Say = e.Say
	}
	if e.System != nil {
		c.System = e.System
	}
	if e.Fresh != nil {
		c.Fresh = e.Fresh
	}
	if e.Facts != nil && len(c.Independent) == 0 {
		c.Independent = e.Facts.Independent
	}
	if e.Offset != nil {
		c.Offset = e.Offset
	}
	if c.Host == "" {
		c.Host = e.host()
	}
	if first := chainFirst(e.Facts); first != nil && first.Lookup != nil && len(c.SiteAddresses) == 0 {
		c.SiteAddresses = first.Lookup.Addresses
	}
	return c
}

// host gives the host of a run, if it is one that may become part of a command.
func (e *Env) host() string {
	h := e.Host
	if h == "" && e.Facts != nil {
		h = e.Facts.Target.Host
	}
	h, err := ValidHost(h)
	if err != nil {
		return ""
	}
	return h
}

func (e *Env) doing(step string, p Plan) {
	if e.Doing != nil {
		e.Doing(step, p)
	}
}

// Run plans a fix, asks, writes it down, does it and proves it. The outcome is complete also when there is an error, which it
// tells in words; the error itself is for errors.Is and ExitStatus.
func Run(ctx context.Context, name, arg string, env Env) (Outcome, error) {
	o := Outcome{Schema: Schema, Name: name, Arg: arg, VerifiedBy: ByNone, Steps: []Step{}}
	err := run(ctx, &o, env)
	if err != nil {
		words := []string{"passerelle", "fix", name}
		if arg != "" {
			words = append(words, arg)
		}
		err = inTerminal(err, words...)
		said := Tell(err, env.Say)
		o.Error = &said
		return o, err
	}
	if env.Say != nil {
		o.Text = env.Say(o.Key(), o.Plan.Vars)
	}
	return o, nil
}

// Key is the key of the sentence that says what came of a fix that met no error.
func (o *Outcome) Key() string {
	base := "fix." + o.Name + "."
	switch {
	case o.Nothing:
		return base + "changes." + o.Detail
	case o.Plan.Opens && o.Detail != "":
		return base + "done." + o.Detail
	case o.Plan.Opens:
		return base + "done"
	case o.Verified == facts.Yes:
		return base + "done." + o.VerifiedBy
	case o.Verified == facts.No:
		return base + "done.not"
	}
	return base + "done.unknown"
}

// Prepare gives the plan of a fix as Run would make it, to be shown before the person says yes. Nothing is changed.
func Prepare(ctx context.Context, name, arg string, env Env) (Plan, error) {
	_, p, err := prepare(ctx, name, arg, env)
	return p, err
}

func prepare(ctx context.Context, name, arg string, env Env) (Fix, Plan, error) {
	f, ok := GetOn(env.computer(), name)
	if !ok {
		return nil, Plan{Fix: name}, problem(ErrUnknown, "fix.error.unknown", map[string]any{"Fix": abridged(name)}, "no fix %q", abridged(name))
	}
	if name == "open-portal" && arg == "" {
		arg = signInPage(env.Facts)
	}
	p, err := f.Plan(ctx, arg)
	p.Fix, p.Arg, p.Host = name, arg, env.host()
	if p.Vars == nil {
		p.Vars = map[string]any{}
	}
	if p.Host != "" && p.Vars["Host"] == nil {
		p.Vars["Host"] = p.Host
	}
	return f, p, err
}

func run(ctx context.Context, o *Outcome, env Env) error {
	env.doing("plan", Plan{Fix: o.Name})
	f, p, err := prepare(ctx, o.Name, o.Arg, env)
	o.Plan, o.Detail, o.Arg = p, p.Detail, p.Arg
	if err != nil {
		return err
	}
	if p.Nothing {
		o.Nothing = true
		return nil
	}
	if p.Opens {
		env.doing("apply", p)
		ch, err := f.Apply(ctx, p)
		o.Steps = notNil(ch.Steps)
		o.Done = err == nil
		return err
	}
	if err := env.confirmed(ctx, p); err != nil {
		return err
	}
	return change(ctx, o, env, f, p)
}

// confirmed asks the person; nil is a yes.
func (e *Env) confirmed(ctx context.Context, p Plan) error {
	if e.Confirm == nil {
		return problem(ErrUnasked, "fix.error.unasked", nil, "nobody said yes to %s", p.Fix)
	}
	err := e.Confirm(ctx, p)
	if errors.Is(err, ErrRefused) {
		return problem(ErrRefused, "fix.error.declined", nil, "%s was declined", p.Fix)
	}
	return err
}

// change does what was agreed to, with its record.
func change(ctx context.Context, o *Outcome, env Env, f Fix, p Plan) error {
	j, err := env.journal()
	if err != nil {
		return err
	}
	r, err := j.Begin(Change{Fix: o.Name, Arg: o.Arg, Steps: p.Steps, Old: p.Old, Host: p.Host}, p.Undoable, p.Detail)
	if err != nil {
		return err
	}
	o.ChangeID = &r.ID
	env.doing("apply", p)
	ch, err := f.Apply(ctx, p)
	ch.ID, ch.Fix, ch.Arg, ch.Host = r.ID, o.Name, o.Arg, p.Host
	if len(ch.Old) == 0 {
		ch.Old = p.Old
	}
	r.Change, o.Steps = ch, notNil(ch.Steps)
	if err != nil {
		r.State, r.Error = Failed, err.Error()
		r.Undoable = r.Undoable && !errors.Is(err, errUntouched)
		return errors.Join(err, o.putBack(ctx, j, &r, f))
	}
	o.Done = true
	r.State = Applied
	if err := j.Save(r, false); err != nil {
		j.release(r.ID)
		return err
	}
	env.doing("verify", p)
	within, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	v, err := f.Verify(within, ch)
	if err != nil {
		v = Verification{By: ByNone} // it could not be read: that is no failure of the change
		r.Error = err.Error()
	}
	o.Verified, o.VerifiedBy = v.Verified, v.By
	r.Verified = &v
	if v.Verified == facts.Yes {
		r.State = Verified
		if p.Passing {
			r.Undoable, o.Plan.Undoable = false, false
		}
	}
	if v.Verified == facts.No {
		return o.putBack(ctx, j, &r, f)
	}
	return j.Save(r, true)
}

// putBackLimit bounds the way back after a failure: the person's Ctrl+C, which ends ctx, must not leave half a change.
const putBackLimit = 30 * time.Second

// putBack undoes what failed or did not take. Where even that fails the record stays in the journal, and is offered to be undone.
func (o *Outcome) putBack(ctx context.Context, j *Journal, r *Record, f Fix) error {
	if !r.Undoable {
		return j.Save(*r, true)
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackLimit)
	defer cancel()
	if err := f.Undo(within, r.Change); err != nil {
		r.Error += "; putting it back: " + err.Error()
		return j.Save(*r, true)
	}
	o.PutBack = true
	r.State = Undone
	return j.Save(*r, true)
}

// notNil writes lists as lists: a step that is a call has an empty command, not none.
func notNil(steps []Step) []Step {
	all := make([]Step, len(steps))
	for i, s := range steps {
		if s.Command == nil {
			s.Command = []string{}
		}
		all[i] = s
	}
	return all
}

// signInPage is where a portal's foreign answer led, if a check met one.
func signInPage(f *facts.Facts) string {
	if f == nil {
		return ""
	}
	for _, p := range f.Connectivity {
		if p.Portal == facts.Yes && p.SignIn != "" {
			return p.SignIn
		}
	}
	return ""
}
