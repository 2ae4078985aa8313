package incident

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/checks/words"
)

// The journal written out: as text for a mail, as Markdown for a tracker, as CSV for a spreadsheet.

// Formats are the names of the forms that Write knows.
var Formats = []string{"text", "md", "csv"}

// Write writes an incident in one of Formats.
func Write(w io.Writer, format string, i *Incident, k Kept, p *words.Printer, opt Options) error {
	switch format {
	case "text":
		return Text(w, i, k, p, opt)
	case "md":
		return Markdown(w, i, k, p, opt)
	case "csv":
		return CSV(w, i, p, opt)
	}
	return fmt.Errorf("writing the journal of %s: %q is no form of it", i.Host, format)
}

// stamp is a moment in a table: to the second, with the offset from UTC.
func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") }

func flush(w io.Writer, i *Incident, b *strings.Builder) error {
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the journal of %s: %w", i.Host, err)
	}
	return nil
}

// Text writes the journal as plain text.
func Text(w io.Writer, i *Incident, k Kept, p *words.Printer, opt Options) error {
	var b strings.Builder
	out := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	heading := func(h string) { out("\n%s\n%s", h, strings.Repeat("-", utf8.RuneCountInString(h))) }
	out("%s\n", i.Title(p))
	for _, r := range i.Facts(p, opt) {
		out("%s", p.T("report.pair", map[string]any{"Label": r.Label, "Text": r.Value}))
	}
	heading(p.T("incident.journal", nil))
	for _, t := range i.Tell(p, opt) {
		out("%s  %s", stamp(t.At), p.T("report.pair", map[string]any{"Label": t.Word, "Text": t.Text}))
		if t.Code != "" {
			out("    %s", p.T("cli.code", map[string]any{"Code": t.Code}))
		}
		if t.Refs != "" {
			out("    %s", p.T("cli.request-ids", map[string]any{"IDs": t.Refs}))
		}
	}
	if opt.Retrospective {
		out("\n%s", p.T("incident.retrospective", nil))
		for _, part := range i.Form(k, p, opt) {
			heading(part.Heading)
			for _, s := range part.Known {
				out("- %s", s)
			}
			if part.Written != "" {
				out("%s", part.Written)
			} else {
				out("[%s]", part.Hint)
			}
		}
	}
	return flush(w, i, &b)
}

// Markdown writes the journal as Markdown (CommonMark, with the tables that trackers add).
func Markdown(w io.Writer, i *Incident, k Kept, p *words.Printer, opt Options) error {
	var b strings.Builder
	out := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	out("# %s\n", literal(i.Title(p)))
	for _, r := range i.Facts(p, opt) {
		out("- **%s**: %s", literal(r.Label), literal(r.Value))
	}
	out("\n## %s\n", literal(p.T("incident.journal", nil)))
	var head []string
	for _, c := range []string{"time", "kind", "what", "code", "reference"} {
		head = append(head, literal(p.T("incident.column."+c, nil)))
	}
	out("| %s |\n|%s", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, t := range i.Tell(p, opt) {
		out("| %s | %s | %s | %s | %s |", stamp(t.At), literal(t.Word), literal(t.Text), literal(t.Code), literal(t.Refs))
	}
	if opt.Retrospective {
		out("\n## %s", literal(p.T("incident.retrospective", nil)))
		for _, part := range i.Form(k, p, opt) {
			out("\n### %s\n", literal(part.Heading))
			for _, s := range part.Known {
				out("- %s", literal(s))
			}
			if len(part.Known) > 0 {
				out("")
			}
			if part.Written != "" {
				for _, l := range strings.Split(part.Written, "\n") {
					out("%s", literal(l))
				}
			} else {
				out("*%s*", literal(part.Hint))
			}
		}
	}
	return flush(w, i, &b)
}

// literal keeps a text from being read as Markdown or HTML.
func literal(s string) string {
	const special = "\\`*_{}[]<>|#~&"
	var b strings.Builder
	for n, r := range s {
		if r < utf8.RuneSelf && strings.ContainsRune(special, r) || n == 0 && strings.ContainsRune("+-=", r) || (r == '.' || r == ')') && n > 0 && onlyFigures(s[:n]) {
			b.WriteByte('\\')
		}
		if r == '\n' || r == '\r' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// onlyFigures: a line that begins so would become a numbered list.
func onlyFigures(s string) bool { return strings.Trim(s, "0123456789") == "" }

// CSV writes the events as a table (RFC 4180: commas, CRLF, UTF-8, a header line). No cell can be taken for a formula.
func CSV(w io.Writer, i *Incident, p *words.Printer, opt Options) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	var head []string
	for _, x := range []string{"site", "time", "utc", "kind", "state", "what", "code", "reference"} {
		head = append(head, p.T("incident.column."+x, nil))
	}
	rows := [][]string{head}
	for _, t := range i.Tell(p, opt) {
		state := ""
		if t.Kind == Check || t.Kind == Fix {
			state = p.State(t.State)
		}
		rows = append(rows, []string{i.shown(), stamp(t.At), t.At.UTC().Format(time.RFC3339), t.Word, state, t.Text, t.Code, t.Refs})
	}
	for _, r := range rows {
		for n := range r {
			r[n] = harmless(r[n])
		}
		if err := c.Write(r); err != nil {
			return fmt.Errorf("writing the journal of %s: %w", i.Host, err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing the journal of %s: %w", i.Host, err)
	}
	return nil
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula (OWASP, "CSV Injection"): a note may quote anything.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
