package ui

// The real world behind the window: the checks, the fixes, the example. Tests put something else in their place.

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/practice"
	"passerelle/checks/system"
	"passerelle/checks/words"
	"passerelle/checks/words/locale"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// Real is the window's dependencies with everything real in them. base is what fixes need from the program around them (look-ups
// for the proof, the journal); its Confirm is replaced: the person has pressed the button that says what is done.
func Real(base fix.Env) Deps {
	return Deps{
		Detect:     locale.Detect,
		Parse:      func(input string) (checks.Target, error) { return checks.ParseTarget(input, false) },
		ParseExact: func(input string) (checks.Target, error) { return checks.ParseTarget(input, true) },
		Diagnose: func(ctx context.Context, o checks.Options, report func(checks.Snapshot)) (*checks.Result, error) {
			return checks.Diagnose(ctx, o, report), nil
		},
		HasFix: func(name string) bool { _, ok := fix.Get(name); return ok },
		Plan: func(ctx context.Context, name, arg string, of *checks.Result) (fix.Plan, error) {
			return fix.Prepare(ctx, name, arg, with(base, of, nil))
		},
		Apply: func(ctx context.Context, p fix.Plan, of *checks.Result, w *words.Printer) (flow.Outcome, error) {
			o, err := fix.Run(ctx, p.Fix, p.Arg, with(base, of, w))
			if err != nil {
				return flow.Outcome{}, err
			}
			out := flow.Outcome{Verified: o.Verified, Key: o.Key(), Vars: o.Plan.Vars}
			if o.ChangeID != nil && o.Plan.Undoable && !o.PutBack {
				out.Change = *o.ChangeID
			}
			return out, nil
		},
		Changes: changes,
		Past:    keptHere(),
		Outages: outagesHere(),
		People:  peopleHere(),
		Folder:  ReportFolder,
		Undo: func(ctx context.Context, id string, w *words.Printer) error {
			if id == flow.AllChanges {
				id = "" // every one, newest first
			}
			_, err := fix.Undo(ctx, id, with(base, nil, w))
			return err
		},
		Protection: system.Protection,
		Report:     Report,
		Message:    Message,
		PlanText:   PlanText,
		Practice:   func(ctx context.Context) (Practice, error) { return practice.Start(ctx) },
	}
}

// with is the environment of one fix: the facts of the check before it, the person's language, and a yes, because the button that was
// pressed says what is done.
func with(base fix.Env, of *checks.Result, w *words.Printer) fix.Env {
	if of != nil {
		base.Facts = of.Facts
	}
	if w != nil {
		base.Say = w.T
	}
	base.Confirm = func(context.Context, fix.Plan) error { return nil }
	return base
}

// dayFormat is how a day is written: with the month's name in English, where 3/4 may be two days.
var dayFormat = map[string]string{words.French: "02/01/2006", words.English: "2 Jan 2006"}

// When is a moment as people write it, to the minute.
func When(at time.Time, w *words.Printer) string {
	at = at.Local()
	return w.T("ui.when", map[string]any{"Day": at.Format(dayFormat[w.Lang()]), "Time": at.Format("15:04")})
}

// changes reads the journal. What cannot be read of it does not hide the rest.
func changes(w *words.Printer) ([]flow.Changed, error) {
	list, err := fix.Changes(w.T)
	var out []flow.Changed
	for _, c := range list.Changes {
		out = append(out, flow.Changed{ID: c.ID, Summary: c.Summary, When: When(c.At, w), Interrupted: c.Interrupted})
	}
	return out, err
}

// PlanText says a plan in words: the keys are "fix." + name + part, with the variant's own where it has some.
func PlanText(p fix.Plan, w *words.Printer) screens.PlanText {
	part := func(name string) string {
		key := "fix." + p.Fix + "." + name
		if p.Detail != "" && w.Has(key+"."+p.Detail) {
			key += "." + p.Detail
		}
		if !w.Has(key) {
			return ""
		}
		return capital(w.T(key, p.Vars))
	}
	t := screens.PlanText{Title: strings.TrimSuffix(part("title"), "."), Changes: part("changes"), Keeps: part("keeps"), Undo: part("undo")}
	if t.Title == "" {
		t.Title = w.Action(decide.Action{ID: decide.ActFix, Fix: p.Fix, Arg: p.Arg}, p.Vars)
	}
	return t
}

// capital makes a sentence of a phrase: some texts also stand within others.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(last) {
		s += "."
	}
	return s
}
