package screens

// What is kept on this computer: past checks by site, the messages that were handed out, the changes that are still in place.

import (
	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/checks/history"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// History lists it, the newest first.
func History(e Env, s flow.State) *View {
	back := e.back()
	view := &View{Back: back, First: back}
	view.Body = []fyne.CanvasObject{kit.NewColumn(kit.Column, 12, kit.NewParagraph(e.T("history.title"), kit.Heading),
		kit.NewParagraph(e.T("history.text"), kit.Quiet))}
	add := func(o fyne.CanvasObject) { view.Body = append(view.Body, o) }
	p := s.Past
	sites := p.BySite()
	switch {
	case p.Erasing:
		keep := e.button("keep", e.send(flow.Erase{No: true}))
		add(erase(e, len(p.List), keep))
		view.First = keep
	case p.Error != nil:
		add(trouble(e.Tell(p.Error)))
	case p.Erased:
		add(done(e.T("history.erased")))
	}
	switch {
	case !p.Read:
		add(kit.NewParagraph(e.T("changes.reading"), kit.Quiet))
	case len(sites) == 0 && !p.Erased:
		add(kit.NewParagraph(e.T("history.none"), kit.Body))
	}
	if len(s.Changes) > 0 || s.Undoing != "" || s.UndoError != nil || s.Undid != "" {
		add(kit.NewParagraph(e.T("history.changes"), kit.SubHeading))
		view.Body = append(view.Body, changesMade(e, s)...)
	}
	shown := max(p.Sites, flow.SitesShown)
	for _, k := range sites[:min(len(sites), shown)] {
		add(keptSite(e, k, p.Open[k.Host]))
	}
	if len(sites) > shown {
		add(kit.NewRow(0, e.button("more-sites", e.send(flow.Unroll{}))))
	}
	if len(sites) > 0 && !p.Erasing {
		view.right(e.button("erase", e.send(flow.Erase{})))
	}
	return view
}

// erase asks whether everything is to be deleted.
func erase(e Env, checks int, keep fyne.CanvasObject) fyne.CanvasObject {
	return kit.NewCard(theme.ColorWarnTint, theme.ColorWarn, kit.NewColumn(kit.Column, kit.GapInside,
		kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateWarning), 24), kit.NewParagraph(e.T("history.erase", "Count", checks), kit.Strong)),
		kit.NewParagraph(e.T("history.erase.text"), kit.Body),
		kit.NewRow(kit.GapInside, keep, e.button("erase-sure", e.send(flow.Erase{Sure: true})))))
}

// keptSite is what is kept of one site.
func keptSite(e Env, k flow.Kept, all bool) fyne.CanvasObject {
	failed := 0
	for _, c := range k.Checks {
		if c.Side != decide.SideWorks {
			failed++
		}
	}
	about := e.T("history.count", "Count", len(k.Checks))
	if failed > 0 {
		about += e.T("history.failed", "Count", failed)
	}
	box := kit.NewColumn(kit.Column, 2, kit.NewParagraph(k.Display, kit.Strong), kit.NewParagraph(about, kit.Caption))
	list, sent := k.Checks, k.Sent
	if !all {
		list, sent = list[:min(len(list), flow.ChecksShown)], sent[:min(len(sent), flow.ChecksShown)]
	}
	for _, c := range list {
		box.Add(e.pastCheck(c))
	}
	for _, m := range sent {
		box.Add(kit.NewFill(kit.GapInside, kit.NewDot(), kit.NewParagraph(e.handedOut(m), kit.Small)))
	}
	if n := len(k.Checks) + len(k.Sent) - len(list) - len(sent); n > 0 {
		b := kit.NewQuiet(e.T("history.more", "Count", n), e.send(flow.Unroll{Host: k.Host}))
		b.OnCancel = func() { e.Send(flow.Back{}) }
		box.Add(kit.NewRow(0, b))
	}
	if e.Incidents && failed > 0 {
		b := kit.NewQuiet(e.T("button.journal"), e.send(flow.OpenIncident{Host: k.Host}))
		b.OnCancel = func() { e.Send(flow.Back{}) }
		box.Add(kit.NewRow(0, b))
	}
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

// pastCheck is one kept check: what it found, when, and who could act.
func (e Env) pastCheck(c history.Entry) fyne.CanvasObject {
	title, _ := e.Words.Verdict(decide.Verdict{Side: c.Side, Cause: c.Cause, Detail: c.Detail, Vars: map[string]any{"Host": c.Host}})
	side, badge := e.badge(c.Side, c.Cause)
	item := kit.NewItem(theme.StateIcon(sideState(side)), title, e.T("history.row", "When", e.When(c.At), "Side", badge),
		e.send(flow.OpenSaved{Name: c.Name}))
	item.OnCancel = func() { e.Send(flow.Back{}) }
	return item
}

// handedOut says what was sent, to whom, and when.
func (e Env) handedOut(m history.Sent) string {
	what := "report"
	if m.To != "" {
		what = m.To
	}
	return e.T("sent.line", "What", e.T("sent.what."+what), "How", e.T("sent.how."+m.How), "When", e.When(m.At))
}
