package screens

// The journal of an incident: what was seen, in order, and a short retrospective that the person fills in.

import (
	"path/filepath"

	"fyne.io/fyne/v2"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Incident shows it.
func Incident(e Env, s flow.State) *View {
	o := s.Outage
	back := e.back()
	view := &View{Back: back, First: back}
	if o.Incident == nil {
		text := e.T("changes.reading")
		if o.Read {
			text = e.T("incident.none")
		}
		view.Body = []fyne.CanvasObject{kit.NewParagraph(e.T("incident.title"), kit.Heading), kit.NewParagraph(text, kit.Body)}
		return view
	}
	add := func(x fyne.CanvasObject) { view.Body = append(view.Body, x) }
	add(kit.NewColumn(kit.Column, 10, kit.NewParagraph(o.Incident.Title(e.Words), kit.Heading), kit.NewParagraph(e.T("incident.text"), kit.Quiet)))
	known := kit.NewColumn(kit.Column, 4)
	for _, r := range o.Incident.Facts(e.Words, e.Mask) {
		known.Add(kit.NewParagraph(e.Words.T("report.pair", map[string]any{"Label": r.Label, "Text": r.Value}), kit.Small))
	}
	add(kit.NewCard(theme.ColorSurface, theme.ColorHairline, known))
	order := kit.NewColumn(kit.Column, 6, kit.NewParagraph(e.Words.T("incident.journal", nil), kit.SubHeading))
	for _, t := range o.Incident.Tell(e.Words, e.Mask) {
		order.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(t.State), 18),
			kit.NewColumn(kit.Column, 0, kit.NewParagraph(t.Text, kit.Small), kit.NewParagraph(e.When(t.At)+" · "+t.Word, kit.Caption))))
	}
	add(order)
	add(kit.NewParagraph(e.Words.T("incident.retrospective", nil), kit.SubHeading))
	for _, p := range o.Incident.Form(o.Kept, e.Words, e.Mask) {
		box := kit.NewColumn(kit.Column, 4, kit.NewParagraph(p.Heading, kit.Strong))
		for _, k := range p.Known {
			box.Add(kit.NewParagraph(k, kit.Small))
		}
		area := kit.NewArea(p.Hint)
		area.SetText(p.Written)
		area.OnChanged = func(text string) { e.Send(flow.TypePart{ID: p.ID, Text: text}) }
		area.OnCancel = func() { e.Send(flow.Back{}) }
		box.Add(area)
		add(box)
	}
	outcome := kit.NewColumn(kit.Column, kit.GapInside)
	say := func(o flow.Outage) {
		outcome.Objects = nil
		switch {
		case o.Error != nil:
			outcome.Add(trouble(e.T("papers.failed")))
		case o.Where != "":
			outcome.Add(done(e.T("papers.saved", "Name", filepath.Base(o.Where))))
			outcome.Add(kit.NewParagraph(filepath.Dir(o.Where), kit.Caption))
			if e.Links {
				b := e.button("open-folder", func() { e.OpenFolder(o.Where) })
				outcome.Add(kit.NewRow(0, b))
			}
		}
		outcome.Hidden = len(outcome.Objects) == 0
	}
	say(o)
	add(outcome)
	if e.Files {
		save := e.main("journal-text", e.send(flow.SaveIncident{Format: flow.JournalText}))
		view.right(e.button("journal-csv", e.send(flow.SaveIncident{Format: flow.JournalCSV})), e.button("journal-md", e.send(flow.SaveIncident{Format: flow.JournalMarkdown})), save)
		view.First = save
	}
	view.Update = func(n flow.State) bool {
		if n.Page != flow.Incident || n.Outage.Incident != o.Incident {
			return false
		}
		say(n.Outage)
		e.Relayout()
		return true
	}
	return view
}
