package screens

// A saved check, looked at again: what was seen then, judged by today's rules. Nothing is asked of the network and nothing is changed.

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Saved shows it.
func Saved(e Env, s flow.State) *View {
	p := s.Past
	then := s // as if that check had just ended
	then.Now, then.Running, then.Connection = p.Now, false, false
	v := *p.Now.Verdict
	title, text := e.Words.Verdict(v)
	side, badge := e.badge(v.Side, v.Cause)
	head := kit.NewColumn(kit.Column, 10,
		kit.NewParagraph(e.T("saved.when", "Host", Site(p.Was.Result.Target), "When", e.When(p.Was.Result.StartedAt)), kit.Quiet),
		kit.NewRow(12, kit.NewBadge(sideState(side), badge), kit.NewTag(e.T("saved.tag")),
			kit.NewLine(e.T("certainty."+string(v.Certainty)), kit.Quiet)),
		kit.NewParagraph(title, kit.Heading), kit.NewParagraph(text, kit.Body))

	back, compare := e.back(), e.main("compare", e.send(flow.CompareNow{}))
	view := &View{Back: back, First: compare, Body: []fyne.CanvasObject{head}}
	view.right(compare)
	if p.Error != nil {
		view.Body = append(view.Body, trouble(e.Tell(p.Error)))
	}
	view.Body = append(view.Body, rules(e, p))
	if len(p.Now.Path) > 0 {
		picture, below := seen(e, then)
		view.Body = append(view.Body, kit.NewColumn(kit.Column, 12, picture, below))
	}
	copied := kit.NewQuiet(e.T("button.copy"), e.Copy)
	copied.Icon = fynetheme.NewColoredResource(fynetheme.ContentCopyIcon(), fynetheme.ColorNamePrimary)
	copied.OnCancel = func() { e.Send(flow.Back{}) }
	view.Body = append(view.Body, kit.NewColumn(kit.Column, 0, e.fold("details", e.T("details.title"), details(e, then)), kit.NewRow(0, copied, e.toPapers())))
	return view
}

// rules says what today's rules make of the saved facts.
func rules(e Env, p flow.Past) fyne.CanvasObject {
	switch {
	case !p.Judged:
		return kit.NewParagraph(e.T("saved.no-facts"), kit.Caption)
	case !p.Differs():
		return kit.NewParagraph(e.T("saved.same"), kit.Caption)
	}
	told := func(key string, v decide.Verdict) fyne.CanvasObject {
		title, _ := e.Words.Verdict(v)
		return kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.T("saved."+key), kit.Strong), kit.NewParagraph(title, kit.Body),
			kit.NewParagraph(e.T("certainty."+string(v.Certainty)), kit.Caption))
	}
	return kit.NewCard(theme.ColorInfoTint, theme.ColorInfo, kit.NewColumn(kit.Column, kit.GapInside,
		kit.NewParagraph(e.T("saved.differs"), kit.Body), told("then", *p.Was.Verdict), told("now", *p.Now.Verdict)))
}
