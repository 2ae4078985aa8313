package incident

import (
	"slices"

	"passerelle/checks"
	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/checks/words"
)

// About is what is known here beside a check, for a report on it: since when the site fails and how often, and what was changed, put back
// and handed out during this outage. The caller adds what only the person knows, and has it masked with the result.
func About(r *checks.Result, src Sources, p *words.Printer, opt Options) report.About {
	newest := slices.SortedStableFunc(slices.Values(src.Checks), func(a, b history.Entry) int { return b.At.Compare(a.At) })
	run := history.Since(newest, r)
	a := report.About{Since: &report.Since{FirstFailure: run.FirstFailure, LastSuccess: run.LastSuccess, Failures: run.Failures, Checks: run.Checks}}
	i := Of(r.Target.Host, src)
	if i == nil || r.StartedAt.Before(i.Start) || i.Over() && r.StartedAt.After(i.End) {
		return a
	}
	for _, t := range i.Tell(p, opt) {
		if t.Kind != Check && !t.At.After(r.StartedAt.Add(afterEnd)) {
			a.Tried = append(a.Tried, stamp(t.At)+", "+p.T("report.pair", map[string]any{"Label": t.Word, "Text": t.Text}))
		}
	}
	return a
}
