// After a fix that the last check offered, the terminal does what the window does: the same checks run again, what is seen before and
// after is told, and a change that did not help is put back (DESIGN, "How a fix works").

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/report"
	"passerelle/ui/flow"
)

// freshCheck is how old the last check may be to count as what the fix is for: what is mended now is most likely what it found.
const freshCheck = 10 * time.Minute

// lastCheck is the last check, where it was a moment ago; else nil.
func lastCheck() *checks.Result {
	last, err := kept().Last()
	if err != nil || last.Facts == nil || time.Since(last.StartedAt) > freshCheck {
		return nil
	}
	return last
}

// recheck is what the second check said.
type recheck struct {
	Address string       `json:"address"`
	Before  decide.Cause `json:"before"`
	After   decide.Cause `json:"after"`
	Change  flow.Change  `json:"change"` // fixed, better, same, worse, unsure

	verdict decide.Verdict
	host    string
}

// fixAnswer is the object of `fix NAME --json`: what was done, and what came of it.
type fixAnswer struct {
	fix.Outcome
	Recheck *recheck `json:"recheck,omitempty"`
}

// offered tells whether a verdict proposes this very change. What somebody does for a reason of their own is not judged by a site: another
// line of the hosts file, another browser.
func offered(v decide.Verdict, name, arg string) bool {
	return slices.ContainsFunc(v.Actions, func(a decide.Action) bool {
		return a.ID == decide.ActFix && a.Fix == name && (a.Arg == "" || strings.EqualFold(a.Arg, strings.TrimSuffix(arg, ".")))
	})
}

// judgeable tells whether the same check, made again by itself, can show what the fix did. What only a browser saw we cannot see again;
// and an address that was asked once at the person's own word (--exact) may be spent by asking it a second time.
func judgeable(before *checks.Result, out *fix.Outcome) bool {
	if before == nil || !out.Done || out.PutBack || out.Plan.Opens || before.Verdict.Cause == decide.BrowserSide || !offered(before.Verdict, out.Name, out.Arg) {
		return false
	}
	plain, err := checks.ParseTarget(before.Target.URL, false)
	return err == nil && plain.URL == before.Target.URL
}

// checkAgain looks whether a fix has helped the site that the last check was about, and puts it back where it did not. nil: there is
// nothing to compare with.
func (t *terminal) checkAgain(ctx context.Context, before *checks.Result, out *fix.Outcome, quiet bool) (*recheck, error) {
	if ctx.Err() != nil || !judgeable(before, out) {
		return nil, nil
	}
	progress := func(checks.Snapshot) {}
	if !quiet {
		fmt.Fprintln(t.err, t.say.T("cli.recheck", map[string]any{"Host": before.Target.Host}))
		if isTerminal(t.err) {
			line := report.Progress{W: t.err, Printer: t.say}
			progress = line.Show
			defer line.Clear()
		}
	}
	after := checks.Diagnose(ctx, checks.Options{Target: before.Target, Seen: before.Facts.Seen, Witness: before.Facts.Witness}, progress)
	if !after.Stopped {
		t.keep(after)
	}
	again := &recheck{Address: before.Target.URL, Before: before.Verdict.Cause, After: after.Verdict.Cause, verdict: after.Verdict,
		host: before.Target.Host, Change: flow.Compare(shown(before), shown(after))}
	if (again.Change == flow.Same || again.Change == flow.Worse) && out.ChangeID != nil && out.Plan.Undoable {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
		defer cancel()
		env := t.fixEnv(fix.Env{}, true, "undo") // it was said yes to, for this site
		if _, err := fix.Undo(within, *out.ChangeID, env); err != nil {
			return again, err
		}
		out.PutBack = true
	}
	return again, nil
}

func shown(r *checks.Result) flow.Shown {
	return flow.Shown{Verdict: &r.Verdict, Path: r.Path, Result: r}
}

// tellAgain says it in the window's words.
func (t *terminal) tellAgain(again *recheck, putBack bool) {
	key, vars := "ui.result."+string(again.Change), map[string]any{"Host": again.host}
	fmt.Fprintln(t.out, t.say.T(key+".title", vars), t.say.T(key+".text", vars))
	if putBack {
		fmt.Fprintln(t.out, t.say.T("ui.undo.by-itself", nil))
	}
	if again.Change == flow.Fixed {
		return
	}
	if title, _ := t.say.Verdict(again.verdict); title != "" {
		fmt.Fprintln(t.out, t.say.T("ui.result.now", map[string]any{"Title": title}))
	}
	for _, a := range again.verdict.Actions {
		if a.ID == decide.ActFix && !putBack {
			fmt.Fprintln(t.out, "  "+fix.Step{Command: trimmed("passerelle", "fix", a.Fix, a.Arg)}.String())
			break
		}
	}
}

// trimmed leaves the empty words out.
func trimmed(words ...string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}
