package ui

// What Ctrl+C copies: the whole report, or the page as text where there is no result yet.

import (
	"strings"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// reportWidth is how long the report's lines are: what mail programs show without breaking it anew (RFC 5322 §2.1.1).
const reportWidth = 78

// masked is a result without what is private; what cannot be masked is not handed out.
func masked(r *checks.Result) (*checks.Result, report.Identity, bool) {
	who := report.ThisComputer()
	m, _, err := report.Mask(r, who)
	return m, who, err == nil
}

// messageKinds is whom an action writes to.
var messageKinds = map[decide.ActionID]report.MessageKind{decide.ActContactSite: report.ToSite, decide.ActContactISP: report.ToProvider,
	decide.ActContactIT: report.ToIT}

// Message is the message that an action promises, masked: to the site, the provider, or those who look after this computer. "" where
// there is none.
func Message(to decide.ActionID, r *checks.Result, w *words.Printer) string {
	kind := messageKinds[to]
	m, who, ok := masked(r)
	if kind == "" || !ok {
		return ""
	}
	subject, body := report.Message(kind, m, w, report.About{})
	return report.MaskText(subject+"\n\n"+body, r, who) + "\n"
}

// Report is the complete report of a check, as text to be pasted anywhere: masked, without colour, the picture in Unicode, with all
// its details.
func Report(r *checks.Result, w *words.Printer) string {
	var b strings.Builder
	m, _, ok := masked(r)
	if !ok {
		return ""
	}
	if err := report.Text(&b, m, w, report.Options{Width: reportWidth, Details: true, Charset: report.Unicode}); err != nil {
		return "" // cannot happen: a builder takes everything
	}
	return b.String()
}

func plainReport(s flow.State, w *words.Printer) string {
	var b strings.Builder
	line := func(text string) {
		if text != "" {
			b.WriteString(text + "\n")
		}
	}
	title, text := w.Verdict(*s.Now.Verdict)
	line(screens.Site(s.Target))
	line(title)
	line(text)
	line(w.T("ui.certainty."+string(s.Now.Verdict.Certainty), nil))
	b.WriteString("\n")
	for _, h := range s.Now.Path {
		line(w.Hop(h.Hop) + " – " + w.State(h.State))
	}
	if r := s.Now.Result; r != nil {
		b.WriteString("\n")
		for _, f := range r.Findings {
			line(finding(f, w))
		}
		b.WriteString("\n")
		line(w.T("ui.details.at", map[string]any{"At": r.StartedAt.Format("2006-01-02 15:04:05 -07:00")}))
		line(w.T("ui.details.code", map[string]any{"Code": screens.Code(r)}))
	}
	return b.String()
}

func finding(f decide.Finding, w *words.Printer) string {
	if f.Text != "" {
		return f.Text
	}
	return w.Finding(f)
}
