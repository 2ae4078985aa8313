package ui

// The real world behind the window: the checks, the fixes, the example. Tests put something else in their place.

import (
	"context"
	"fmt"
	"unicode"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/practice"
	"passerelle/checks/words"
	"passerelle/checks/words/locale"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// Real is the window's dependencies with everything real in them. base is what fixes need from the program around them (look-ups
// for the proof, the journal); its Confirm is replaced: the person has pressed the button that says what is done.
func Real(base fix.Env) Deps {
	return Deps{
		Detect: locale.Detect,
		Parse:  func(input string) (checks.Target, error) { return checks.ParseTarget(input, false) },
		Diagnose: func(ctx context.Context, o checks.Options, report func(checks.Snapshot)) (*checks.Result, error) {
			return checks.Diagnose(ctx, o, report), nil
		},
		HasFix: func(name string) bool { _, ok := fix.Get(name); return ok },
		Plan: func(ctx context.Context, name, arg string, of *checks.Result) (fix.Plan, error) {
			f, ok := fix.Get(name)
			if !ok {
				return fix.Plan{}, fmt.Errorf("planning %s: there is no such fix", name)
			}
			if name == flow.FixPortal && arg == "" {
				arg = signIn(of)
			}
			p, err := f.Plan(ctx, arg)
			p.Fix, p.Arg = name, arg
			return p, err
		},
		Apply: func(ctx context.Context, p fix.Plan, of *checks.Result) (flow.Outcome, error) {
			env := base
			if of != nil {
				env.Facts = of.Facts
			}
			env.Confirm = func(context.Context, fix.Plan) error { return nil } // the button was the yes
			o, err := fix.Run(ctx, p.Fix, p.Arg, env)
			if err != nil {
				return flow.Outcome{}, err
			}
			return flow.Outcome{Verified: o.Verified, Key: o.Key(), Vars: o.Plan.Vars}, nil
		},
		PlanText: PlanText,
		Practice: func(ctx context.Context) (Practice, error) { return practice.Start(ctx) },
	}
}

// signIn is where a portal's answer led, "" where it did not say.
func signIn(r *checks.Result) string {
	if r == nil || r.Facts == nil {
		return ""
	}
	for _, p := range r.Facts.Connectivity {
		if p.Portal == facts.Yes && p.SignIn != "" {
			return p.SignIn
		}
	}
	return ""
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
	t := screens.PlanText{Title: part("title"), Changes: part("changes"), Keeps: part("keeps"), Undo: part("undo")}
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
