package screens

// What the browser shows: the person pastes it, and is told what it means and whose it is.

import (
	"strings"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Paste asks for the text of the error.
func Paste(e Env, s flow.State) *View {
	area := kit.NewArea(e.T("paste.placeholder"))
	area.SetText(s.Paste.Text)
	send := func() { e.Send(flow.Saw{Text: strings.TrimSpace(area.Text)}) }
	area.OnSubmitted = func(string) { send() }
	area.OnCancel = func() { e.Send(flow.Back{}) }
	key := "explain"
	if s.Paste.Check {
		key = "again"
	}
	text := e.T("paste.text")
	if s.Paste.Check {
		text = e.T("paste.check", "Host", Site(s.Target))
	}
	box := kit.NewColumn(kit.Column, kit.GapInside, area)
	if clip := strings.TrimSpace(e.Clip()); clip != "" {
		b := e.button("paste", func() {
			area.SetText(strings.TrimSpace(e.Clip()))
		})
		box.Add(kit.NewRow(0, b))
	}
	box.Add(kit.NewParagraph(e.T("paste.promise"), kit.Caption))
	return &View{
		Body: []fyne.CanvasObject{kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T("paste.title"), kit.Heading),
			kit.NewParagraph(text, kit.Body)), box},
		Back: e.back(), Right: []*kit.Button{e.main(key, send)}, First: area,
		Update: func(n flow.State) bool { return n.Page == flow.Paste },
	}
}

// Explained tells what the pasted error means.
func Explained(e Env, s flow.State) *View {
	p := s.Paste
	view := &View{Back: e.back()}
	head := kit.NewColumn(kit.Column, 10)
	var body []fyne.CanvasObject
	if p.Recognised() {
		title, text := e.Words.Verdict(p.Verdict)
		head.Add(kit.NewRow(12, kit.NewBadge(sideState(p.Verdict.Side), e.T("side."+string(p.Verdict.Side))),
			kit.NewLine(e.T("certainty."+string(p.Verdict.Certainty)), kit.Quiet)))
		head.Add(kit.NewParagraph(title, kit.Heading))
		head.Add(kit.NewParagraph(text, kit.Body))
		if p.Gateway == nil {
			head.Add(kit.NewParagraph(e.T("explained.browser", "Code", p.Browser), kit.Body))
		} else if quote := p.Gateway.Quote; quote != "" {
			body = append(body, kit.NewCard(theme.ColorSurface, theme.ColorHairline,
				kit.NewParagraph(e.T("details.quote", "Quote", quote), kit.Body)))
		}
		body = append(body, kit.NewParagraph(e.T("explained.only-words"), kit.Quiet))
	} else {
		head.Add(kit.NewRow(12, kit.NewBadge(decide.StateUnknown, e.T("explained.none.badge"))))
		head.Add(kit.NewParagraph(e.T("explained.none.title"), kit.Heading))
		head.Add(kit.NewParagraph(e.T("explained.none.text"), kit.Body))
	}
	view.Body = append([]fyne.CanvasObject{head}, body...)
	if s.Refusal != nil {
		view.Body = append(view.Body, trouble(e.Tell(s.Refusal)))
	}
	if p.Found != "" {
		b := e.main("check", e.send(flow.CheckFound{Input: p.Input}))
		b.SetText(e.T("button.check-host", "Host", shortHost(p.Found)))
		view.Right = []*kit.Button{b}
		view.First = b
		view.Update = func(n flow.State) bool { return n.Page == flow.Explained && n.Refusal == s.Refusal }
		return view
	}
	field := kit.NewField(e.T("address.placeholder"))
	field.SetText(s.Input)
	if s.Refusal == nil {
		field.SetText("")
	}
	check := func() { e.Send(flow.CheckFound{Input: field.Text}) }
	field.OnSubmitted = func(string) { check() }
	field.OnCancel = func() { e.Send(flow.Back{}) }
	view.Body = append(view.Body, kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T("explained.which"), kit.Strong), field))
	view.Right = []*kit.Button{e.main("check", check)}
	view.First = field
	view.Update = func(n flow.State) bool { return n.Page == flow.Explained && n.Refusal == s.Refusal }
	return view
}

// shortHost keeps a button within its length.
func shortHost(host string) string {
	const most = 18 // characters that « Vérifier  » leaves of a button's 28
	r := []rune(host)
	if len(r) <= most {
		return host
	}
	return string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
}
