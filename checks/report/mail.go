package report

import (
	"fmt"
	"net/url"
	"strings"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/words"
)

// Mail gives the whole report as a subject with the fact in it, and a body of plain text.
func Mail(r *checks.Result, p *words.Printer, about About) (subject, body string) {
	return Subject(r, p, about), Plain(r, p, about)
}

// Subject is one line with the fact: what, since when. Never "urgent".
func Subject(r *checks.Result, p *words.Printer, about About) string {
	vars, key := messageVars("", r, p, about), "message.subject"
	if r.Verdict.Side == decide.SideWorks {
		key, vars["Short"] = "message.subject-works", p.Minute(r.StartedAt, false)
	}
	return words.Safe(p.T(key, vars), maxSubject)
}

// maxSubject bounds a subject, in characters: RFC 5322 §2.1.1 wants lines below 78, and a host's name may be long.
const maxSubject = 120

// Plain is the report as text for a mail: no colours, no columns.
func Plain(r *checks.Result, p *words.Printer, about About) string {
	s := newSheet(r, p, about)
	var b strings.Builder
	out := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	out("%s\n%s\n", s.Title, s.Lead)
	out("%s", s.Who)
	out("%s", s.Verdict)
	out("%s", s.Text)
	out("%s", s.Certainty)
	heading := func(h string) { out("\n%s\n%s", h, strings.Repeat("-", len([]rune(h)))) }
	if len(s.Way) > 0 {
		heading(s.WayHeading)
		for _, h := range s.Way {
			out("%s", p.T("cli.hop", map[string]any{"Hop": h.Name, "State": h.State}))
		}
	}
	for _, sec := range s.Sections {
		heading(sec.Heading)
		for _, r := range sec.Rows {
			out("%s", p.T("report.pair", map[string]any{"Label": r.Label, "Text": r.Value}))
		}
		for i, r := range sec.Table {
			if i > 0 { // the columns explain themselves
				var cells []string
				for _, c := range r[1:] {
					if c != "" {
						cells = append(cells, c)
					}
				}
				out("- %s", p.T("report.pair", map[string]any{"Label": r[0], "Text": strings.Join(cells, " · ")}))
			}
		}
		for _, l := range sec.Lines {
			if l.Mark != "" {
				out("[%s] %s", l.Mark, l.Text)
			} else {
				out("- %s", l.Text)
			}
		}
		if sec.Code != "" {
			out("%s", sec.Code)
		}
	}
	out("\n%s", s.Footer)
	return b.String()
}

// MaxMailto is the longest mailto address that mail programs take everywhere, in characters: about 2,046 with Outlook and Chrome on
// Windows, 1,600 were seen with some web mailers; 1,800 is what the research settled on.
const MaxMailto = 1800

// Mailto gives the address that opens the mail program with a message (RFC 6068). A body that is too long is cut at a line, and says that
// the rest is to be pasted; cut tells so. to may be empty; what is no plain mail address is left out.
func Mailto(to, subject, body string, p *words.Printer) (address string, cut bool) {
	if !plainAddress(to) {
		to = ""
	}
	escape := func(s string) string {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") // RFC 6068 §5: line breaks are %0D%0A
		return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	make := func(body string) string {
		return "mailto:" + url.PathEscape(to) + "?subject=" + escape(words.Safe(subject, maxSubject)) + "&body=" + escape(body)
	}
	if address = make(body); len(address) <= MaxMailto {
		return address, false
	}
	end := "\n\n" + p.T("message.paste", nil)
	lines := strings.Split(body, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if address = make(strings.TrimRight(strings.Join(lines[:n], "\n"), "\n ") + end); len(address) <= MaxMailto {
			return address, true
		}
	}
	return make(strings.TrimSpace(end)), true
}
