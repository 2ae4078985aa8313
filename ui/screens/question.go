package screens

// The questions: what the person sees where only the person can look. No answer is the main one; all stand beside each other.

import (
	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// question asks what is seen where the step sent the person.
func question(e Env, text string) (fyne.CanvasObject, fyne.Focusable) {
	first := e.button("opens", e.send(flow.Answer{Saw: flow.SawOpens}))
	row := kit.NewRow(kit.GapInside, first, e.button("same-error", e.send(flow.Answer{Saw: flow.SawSame})),
		e.button("something-else", e.send(flow.Answer{Saw: flow.SawOther})))
	return asked(text, row), first
}

func asked(text string, row fyne.CanvasObject) fyne.CanvasObject {
	return kit.NewCard(theme.ColorInfoTint, theme.ColorInfo, kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(text, kit.SubHeading), row))
}

// asksBrowser tells whether the person is asked how the site does in the browser: it works for us, and that is not the whole truth.
func asksBrowser(s flow.State) bool {
	return s.Now.Verdict.Side == decide.SideWorks && !s.Provisional() && !s.Connection && !s.Target.Example
}

// browserQuestion asks whether a site that works for us opens in the browser, beside the button that opens it there.
func browserQuestion(e Env, s flow.State) (fyne.CanvasObject, fyne.Focusable) {
	box := kit.NewColumn(kit.Column, kit.GapInside)
	first := e.button("yes", e.send(flow.Leave{}))
	answers := kit.NewRow(kit.GapInside, first, e.button("message", e.send(flow.Open{Page: flow.Paste, Check: true})),
		e.button("no", e.send(flow.NotHere{})))
	focus := first
	if e.OpenSite != nil {
		open := e.main("open-site", e.OpenSite)
		box.Add(kit.NewParagraph(e.T("works.open", "Host", Site(s.Target)), kit.Body))
		box.Add(kit.NewRow(0, open))
		focus = open
	}
	box.Add(kit.NewParagraph(e.T("works.ask"), kit.SubHeading))
	box.Add(answers)
	return kit.NewCard(theme.ColorInfoTint, theme.ColorInfo, box), focus
}
