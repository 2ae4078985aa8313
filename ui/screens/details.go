package screens

// The details: for those who want to know, and for those who are asked for help. Nothing here is needed to go on.

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// details is the folded part of the verdict.
func details(e Env, s flow.State) fyne.CanvasObject {
	r := s.Now.Result
	box := kit.NewColumn(kit.Column, 16)
	add := func(key string, lines []string) {
		if len(lines) == 0 {
			return
		}
		part := kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("details."+key), kit.Strong))
		for _, l := range lines {
			part.Add(kit.NewParagraph(l, kit.Small))
		}
		box.Add(part)
	}

	if len(r.Findings) > 0 {
		part := kit.NewColumn(kit.Column, 6, kit.NewParagraph(e.T("details.findings"), kit.Strong))
		for _, f := range r.Findings {
			if t := e.finding(f); t != "" {
				part.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(f.State), 18), kit.NewParagraph(t, kit.Small)))
			}
		}
		box.Add(part)
	}
	add("gateway", gatewayLines(e, r))
	add("contacts", contactLines(e, r))
	add("timing", []string{
		e.T("details.times", "Verdict", e.Words.Milliseconds(r.VerdictMS), "All", e.Words.Milliseconds(r.ElapsedMS)),
		e.T("details.at", "At", r.StartedAt.Format("2006-01-02 15:04:05 -07:00")),
	})
	box.Add(kit.NewParagraph(e.T("details.code", "Code", Code(r)), kit.Caption))
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

// Code is the small print: whose it is, what it is, and which row of the table decided.
func Code(r *checks.Result) string {
	parts := []string{string(r.Verdict.Side), string(r.Verdict.Cause)}
	if r.Gateway != nil && r.Gateway.Status != 0 {
		parts = append(parts, fmt.Sprint(r.Gateway.Status))
	}
	if r.Verdict.Rule != "" {
		parts = append(parts, r.Verdict.Rule)
	}
	return strings.Join(parts, " / ")
}

// gatewayLines tells who wrote the page, as far as it is known.
func gatewayLines(e Env, r *checks.Result) (out []string) {
	g := r.Gateway
	if g == nil {
		return nil
	}
	name := g.ProductName
	if name == "" {
		name = g.Product
	}
	out = append(out, e.T("details.product", "Name", name, "Status", g.Status))
	if g.Quote != "" {
		out = append(out, e.T("details.quote", "Quote", g.Quote))
	}
	if len(g.Via) > 0 {
		out = append(out, e.T("details.via", "Names", strings.Join(g.Via, ", ")))
	}
	var ids []string
	for k := range g.RequestIDs {
		ids = append(ids, k)
	}
	slices.Sort(ids)
	for _, k := range ids {
		out = append(out, k+": "+g.RequestIDs[k])
	}
	return out
}

// contactLines says which machines were asked, and why.
func contactLines(e Env, r *checks.Result) (out []string) {
	for _, c := range r.Contacts {
		name := c.Host
		switch {
		case name == "":
			name = c.Addr
		case c.Addr != "" && c.Addr != c.Host:
			name += " (" + c.Addr + ")"
		}
		line := e.T("details.contact", "Name", name, "Why", e.Words.Contact(c.What, c.Why))
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}
