package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
)

// runFix is `passerelle fix`: without a name it lists, with one it does.
func runFix(ctx context.Context, t *terminal, args []string) int {
	asJSON, yes := false, false
	rest, err := flags{bools: map[string]*bool{"json": &asJSON, "yes": &yes}, values: map[string]func(string) error{"lang": t.language}}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	if len(rest) == 0 {
		return t.listFixes(ctx, asJSON)
	}
	arg := ""
	switch len(rest) {
	case 1:
	case 2:
		arg = rest[1]
	default:
		return t.usage(usageError{"cli.unknown_option", rest[2]})
	}
	env := t.fixEnv(checks.FixEnv(), yes, "fix")
	before := lastCheck()
	if before != nil {
		env.Facts = before.Facts
	}
	out, err := fix.Run(ctx, rest[0], arg, env)
	var again *recheck
	if err == nil {
		if !asJSON {
			t.tellFix(out)
		}
		if again, err = t.checkAgain(ctx, before, &out, asJSON); err != nil {
			said := fix.Tell(err, t.say.T)
			out.Error = &said
		}
	}
	if asJSON {
		if perr := printJSON(t.out, fixAnswer{out, again}); perr != nil {
			return exitProblem
		}
	} else if err != nil {
		fmt.Fprintln(t.err, fix.Tell(err, t.say.T))
	} else if again != nil {
		t.tellAgain(again, out.PutBack)
	}
	if out.PutBack {
		return exitProblem // a fix that was undone (CONTRACT.md)
	}
	return fix.ExitStatus(out, err)
}

// tellFix says what was done.
func (t *terminal) tellFix(out fix.Outcome) {
	for _, s := range out.Steps {
		fmt.Fprintln(t.out, "  "+s.String())
	}
	fmt.Fprintln(t.out, out.Text)
}

func (t *terminal) listFixes(ctx context.Context, asJSON bool) int {
	list := fix.Listing(ctx, lastFacts(), t.say.T)
	if asJSON {
		if err := printJSON(t.out, list); err != nil {
			return exitProblem
		}
		return exitOK
	}
	for _, f := range list.Fixes {
		fmt.Fprintf(t.out, "%s\n  %s\n  %s\n", f.Name, f.Changes, f.Why)
	}
	return exitOK
}

// interactive: a person sits at this terminal, whom we or the system may ask something.
func (t *terminal) interactive() bool { return isTerminal(t.in) && isTerminal(t.err) }

// fixEnv adds to what a fix needs whom it may ask: this program's own question, and the system's for a password.
func (t *terminal) fixEnv(env fix.Env, yes bool, what string) fix.Env {
	env.Say, env.Confirm, env.Terminal = t.say.T, t.confirm(yes, what), t.interactive()
	return env
}

// confirm asks on the terminal before a change. Without --yes and without a terminal nothing is changed (exit status 2).
func (t *terminal) confirm(yes bool, what string) func(context.Context, fix.Plan) error {
	if yes {
		return func(context.Context, fix.Plan) error { return nil }
	}
	if !t.interactive() {
		return nil
	}
	return func(_ context.Context, p fix.Plan) error {
		for _, s := range p.Steps {
			fmt.Fprintln(t.err, "  "+s.String())
		}
		fmt.Fprint(t.err, t.say.T("cli.confirm_"+what, map[string]any{"Name": p.Fix}), " ")
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if err != nil {
			return fix.ErrRefused
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes", "o", "oui":
			return nil
		}
		return fix.ErrRefused
	}
}

// undoLimit bounds the undoing of one change.
const undoLimit = 30 * time.Second

// runUndo is `passerelle undo`: without an id it lists.
func runUndo(ctx context.Context, t *terminal, args []string) int {
	asJSON, yes, all := false, false, false
	rest, err := flags{bools: map[string]*bool{"json": &asJSON, "yes": &yes, "all": &all}, values: map[string]func(string) error{"lang": t.language}}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	if len(rest) > 1 || all && len(rest) > 0 {
		return t.usage(usageError{"cli.unknown_option", rest[len(rest)-1]})
	}
	if len(rest) == 0 && !all {
		list, err := fix.Changes(t.say.T)
		if err != nil {
			fmt.Fprintln(t.err, fix.Tell(err, t.say.T))
			return exitProblem
		}
		if asJSON {
			if err := printJSON(t.out, list); err != nil {
				return exitProblem
			}
			return exitOK
		}
		if len(list.Changes) == 0 {
			fmt.Fprintln(t.out, t.say.T("cli.nothing_to_undo", nil))
		}
		for _, c := range list.Changes {
			fmt.Fprintf(t.out, "%s  %s  %s\n", c.ID, c.At.Format(time.DateTime), c.Summary)
		}
		return exitOK
	}
	id := ""
	if len(rest) == 1 {
		id = rest[0]
	}
	ctx, cancel := context.WithTimeout(ctx, undoLimit)
	defer cancel()
	out, err := fix.Undo(ctx, id, t.fixEnv(fix.Env{}, yes, "undo"))
	if asJSON {
		if perr := printJSON(t.out, out); perr != nil {
			return exitProblem
		}
	} else if err != nil {
		fmt.Fprintln(t.err, fix.Tell(err, t.say.T))
	}
	return fix.ExitStatus(fix.Outcome{}, err)
}

// lastFacts are those of the last check, where it was a moment ago.
func lastFacts() *facts.Facts {
	if last := lastCheck(); last != nil {
		return last.Facts
	}
	return nil
}
