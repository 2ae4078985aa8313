package ui

// What Ctrl+C copies where the program around gives no better report: the page as text.

import (
	"strings"

	"passerelle/checks/decide"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

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
