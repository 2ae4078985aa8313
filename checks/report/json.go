package report

import (
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// verdict is decide.Verdict with its words, in the order of the contract.
type verdict struct {
	Side        decide.Side      `json:"side"`
	Cause       decide.Cause     `json:"cause"`
	Certainty   decide.Certainty `json:"certainty"`
	Title       string           `json:"title"`
	Explanation string           `json:"explanation"`
	Actions     []decide.Action  `json:"actions"`
	Rule        string           `json:"rule,omitempty"`
	Detail      string           `json:"detail,omitempty"`
	Vars        map[string]any   `json:"vars,omitempty"`
}

// spoken puts a verdict into words.
func spoken(v decide.Verdict, p *words.Printer) verdict {
	title, text := p.Verdict(v)
	out := verdict{Side: v.Side, Cause: v.Cause, Certainty: v.Certainty, Title: title, Explanation: text, Rule: v.Rule, Detail: v.Detail, Vars: v.Vars,
		Actions: make([]decide.Action, 0, len(v.Actions))}
	for _, a := range v.Actions {
		a.Title = p.Action(a, v.Vars)
		out.Actions = append(out.Actions, a)
	}
	return out
}

// document is the object of `check --json`: checks.Result with its words.
type document struct {
	checks.Result
	Verdict verdict `json:"verdict"` // in place of Result's

	Report *extra `json:"report,omitempty"`
}

// extra is what a report says beside the check itself; `passerelle open` does not need it.
type extra struct {
	FirstFailure time.Time `json:"first_failure,omitzero"`
	LastSuccess  time.Time `json:"last_success,omitzero"`
	Failures     int       `json:"failures_in_a_row,omitempty"`
	Checks       int       `json:"checks_kept,omitempty"`
	Tried        []string  `json:"tried,omitempty"`
	Note         string    `json:"note,omitempty"`
	Removed      []Kind    `json:"removed,omitempty"`
	Screenshot   *attached `json:"screenshot,omitempty"`
}

// JSON is what `passerelle check --json` prints.
func JSON(r *checks.Result, p *words.Printer) any { return newDocument(r, p) }

// ReportJSON is what `passerelle report --format json` prints: the same, with what the report says beside the check.
func ReportJSON(r *checks.Result, p *words.Printer, about About) any {
	d := newDocument(r, p)
	d.Report = &extra{Tried: about.Tried, Note: about.Note, Removed: about.Removed, Screenshot: about.Picture.note()}
	if a := about.Since; a != nil {
		d.Report.FirstFailure, d.Report.LastSuccess, d.Report.Failures, d.Report.Checks = a.FirstFailure, a.LastSuccess, a.Failures, a.Checks
	}
	return d
}

func newDocument(r *checks.Result, p *words.Printer) document {
	d := document{Result: *r, Verdict: spoken(r.Verdict, p)}
	d.Findings = make([]decide.Finding, 0, len(r.Findings))
	for _, f := range r.Findings {
		f.Text = p.Finding(f)
		d.Findings = append(d.Findings, f)
	}
	return d
}

// explained is the object of `explain --json`.
type explained struct {
	Schema  int            `json:"schema"`
	Gateway *facts.Gateway `json:"gateway"`
	Verdict verdict        `json:"verdict"`
}

// ExplainJSON is what `passerelle explain --json` prints.
func ExplainJSON(g *facts.Gateway, v decide.Verdict, p *words.Printer) any {
	return explained{Schema: checks.Schema, Gateway: g, Verdict: spoken(v, p)}
}
