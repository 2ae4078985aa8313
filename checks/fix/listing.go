// What `fix --json` and `undo --json` print: which fixes there are and apply here, which changes can be put back.

package fix

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"passerelle/checks/facts"
)

// Listed is one fix in the list.
type Listed struct {
	Name       string `json:"name"`
	Applies    bool   `json:"applies"`
	Why        string `json:"why"`
	NeedsAdmin bool   `json:"needs_admin"`
	Changes    string `json:"changes"`
	Keeps      string `json:"keeps"`
	Undo       string `json:"undo"`
	Risk       string `json:"risk"` // none, low, medium

	Title  string `json:"title,omitempty"`
	Detail string `json:"detail,omitempty"`
	Takes  string `json:"takes,omitempty"` // the argument it takes: ADDRESS, firewall|antivirus|…
}

// List is the object of `passerelle fix --json`.
type List struct {
	Schema int      `json:"schema"`
	Fixes  []Listed `json:"fixes"`
}

// described is a fix that can say what it is about without its argument.
type described interface {
	// describe gives a plan without steps, and the argument the fix takes.
	describe(ctx context.Context) (Plan, string)
}

// Listing lists every fix. all may be nil: then it is said what is true of this computer whatever the site.
func Listing(ctx context.Context, all *facts.Facts, say Say) List {
	return listing(ctx, Local(), all, say)
}

func listing(ctx context.Context, c *Computer, all *facts.Facts, say Say) List {
	if say == nil {
		say = func(key string, _ map[string]any) string { return key }
	}
	list := List{Schema: Schema}
	for _, f := range AllOn(c) {
		p, takes, err := Plan{}, "", error(nil)
		if d, ok := f.(described); ok {
			p, takes = d.describe(ctx)
		} else {
			p, err = f.Plan(ctx, "")
		}
		if p.Vars == nil {
			p.Vars = map[string]any{}
		}
		if all != nil {
			p.Vars["Host"] = all.Target.Host
		}
		applies, why := f.Applies(all)
		if err != nil {
			applies = false
		}
		if p.Risk == "" {
			p.Risk = "none"
		}
		w := Words(p)
		list.Fixes = append(list.Fixes, Listed{
			Name: f.Name(), Applies: applies && !p.Nothing, Why: say(whyKey(why, all), p.Vars), NeedsAdmin: p.NeedsAdmin,
			Title: say(w.Title, p.Vars), Changes: say(w.Changes, p.Vars), Keeps: say(w.Keeps, p.Vars), Undo: say(w.Undo, p.Vars),
			Risk: p.Risk, Detail: p.Detail, Takes: takes,
		})
	}
	return list
}

// whyKey: reasons speak of a site only where there is one.
func whyKey(why string, all *facts.Facts) string {
	if why == whyMay && (all == nil || all.Target.Host == "") {
		return why + ".no-site"
	}
	return why
}

// Texts are the keys of the sentences that describe a plan, for checks/words with the plan's Vars.
type Texts struct {
	Title   string // a few words: the button
	Changes string
	Keeps   string
	Undo    string
	Admin   string // that the system will ask for a password, or that it will not
	Risk    string
	Detail  string // for the details: which program it is about; "" where there is nothing to say
}

// Words gives the keys for a plan.
func Words(p Plan) Texts {
	base := "fix." + p.Fix + "."
	t := Texts{Title: base + "title", Changes: base + "changes", Keeps: base + "keeps", Undo: base + "undo", Risk: "risk." + p.Risk, Admin: "fix.admin.no"}
	if p.Nothing {
		t.Changes = base + "changes." + p.Detail
	}
	if p.Fix == "flush-dns" && p.Detail != "" {
		t.Detail = base + "detail." + p.Detail
	}
	if p.NeedsAdmin {
		t.Admin = "fix.admin.yes"
	}
	return t
}

// ChangeListed is one change that can be put back.
type ChangeListed struct {
	ID          string    `json:"id"`
	Fix         string    `json:"fix"`
	At          time.Time `json:"at"`
	Summary     string    `json:"summary"`
	Undone      bool      `json:"undone"`
	Interrupted bool      `json:"interrupted"`
}

// ChangeList is the object of `passerelle undo --json`.
type ChangeList struct {
	Schema  int            `json:"schema"`
	Changes []ChangeListed `json:"changes"`
}

// Changes lists what was changed and not yet undone, newest first. Changes with no way back (an emptied cache fills itself again)
// are in the journal's history, not here.
func Changes(say Say) (ChangeList, error) {
	j, err := OpenDefault()
	if err != nil {
		return ChangeList{Schema: Schema, Changes: []ChangeListed{}}, err
	}
	return j.Changes(say)
}

// Changes lists what the journal says was changed and not yet undone, newest first.
func (j *Journal) Changes(say Say) (ChangeList, error) {
	list := ChangeList{Schema: Schema, Changes: []ChangeListed{}}
	all, err := j.List()
	for _, r := range all {
		if r.Pending() {
			list.Changes = append(list.Changes, listed(r, say))
		}
	}
	return list, err
}

func listed(r Record, say Say) ChangeListed {
	key := "fix." + r.Change.Fix + ".summary"
	summary := key
	if say != nil {
		summary = say(key, map[string]any{"Host": r.Change.Host, "Arg": r.Change.Arg})
	}
	return ChangeListed{ID: r.ID, Fix: r.Change.Fix, At: r.At, Summary: summary, Undone: r.State == Undone, Interrupted: r.Interrupted}
}

// Undo puts changes back: the one of that id, or with "" every one, newest first, so that each finds what it left. What it gives
// lists the changes that were tried, each with what has become of it.
func Undo(ctx context.Context, id string, env Env) (ChangeList, error) {
	list := ChangeList{Schema: Schema, Changes: []ChangeListed{}}
	j, err := env.journal()
	if err != nil {
		return list, err
	}
	var records []Record
	if id != "" {
		r, err := j.Load(id)
		if err != nil {
			return list, err
		}
		records = []Record{r}
	} else {
		all, err := j.List()
		if err != nil {
			return list, err
		}
		records = slices.DeleteFunc(all, func(r Record) bool { return !r.Pending() })
	}
	var errs []error
	for _, r := range records {
		if err := env.confirmed(ctx, Plan{Fix: r.Change.Fix, Arg: r.Change.Arg, Host: r.Change.Host, Old: r.Change.Old, Vars: map[string]any{}}); err != nil {
			return list, errors.Join(append(errs, err)...)
		}
		f, _ := GetOn(env.computer(), r.Change.Fix)
		r, err := j.Undo(ctx, r.ID, f)
		err = inTerminal(err, stateVar+"="+filepath.Dir(j.dir), "passerelle", "undo", r.ID) // root's own journal does not know of this change
		list.Changes = append(list.Changes, listed(r, env.Say))
		errs = append(errs, err)
	}
	return list, errors.Join(errs...)
}

func (e *Env) journal() (*Journal, error) {
	if e.Journal != nil {
		return e.Journal, nil
	}
	return OpenDefault()
}
