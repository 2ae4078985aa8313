package screens

// The report and the messages: what is sent, exactly as it will leave, and the ways it leaves.

import (
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// sheetRows is how many lines of the text are seen at once: the rest of the page stays in view at 640 × 460.
const sheetRows = 9

// Papers shows it.
func Papers(e Env, s flow.State) *View {
	p := s.Paper
	back := e.back()
	view := &View{Back: back, First: back}
	shown := s.InView()
	view.Body = []fyne.CanvasObject{kit.NewColumn(kit.Column, 10, kit.NewParagraph(e.T("papers.title"), kit.Heading),
		kit.NewParagraph(e.T("papers.text"), kit.Quiet))}
	add := func(o ...fyne.CanvasObject) {
		for _, x := range o {
			if x != nil {
				view.Body = append(view.Body, x)
			}
		}
	}
	if flow.NoInternet(shown.Verdict) {
		add(trouble(e.T("papers.no-internet")))
	}
	if p.Code {
		view.Show = e.Code(p.Short, p.Short != p.Text)
		add(view.Show)
	}
	add(whom(e, p))

	note := kit.NewField(e.T("papers.note.placeholder"))
	note.SetText(p.Draft.Note)
	note.OnChanged = func(text string) { e.Send(flow.WriteNote{Text: text}) }
	note.OnCancel = func() { e.Send(flow.Back{}) }

	subject := kit.NewParagraph(p.Subject, kit.Strong)
	sheet := kit.NewSheet(p.Text, sheetRows)
	sheet.OnCancel = func() { e.Send(flow.Back{}) }
	if p.Subject == "" {
		subject.SetText(e.T("papers.writing"))
	}
	add(kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("papers.exactly"), kit.Caption), subject, sheet))
	add(hidden(e, p), ask(e, s), kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("papers.note"), kit.Strong), note), tongue(e, p))
	outcome := kit.NewColumn(kit.Column, kit.GapInside)
	say := func(p flow.Paper) {
		outcome.Objects = nil
		if o := handed(e, p); o != nil {
			outcome.Objects = []fyne.CanvasObject{o}
		}
		outcome.Hidden = len(outcome.Objects) == 0
	}
	say(p)
	add(files(e, p), outcome)

	hand := func(how string) func() { return e.send(flow.Hand{How: how, Mail: ""}) }
	code := e.button("code", e.send(flow.ShowCode{}))
	code.Selected = p.Code
	mail, copied := e.button("mail", hand(history.ByMail)), e.main("copy-this", hand(history.ByCopy))
	if !e.Links {
		view.right(code, copied)
	} else {
		view.right(code, mail, copied)
	}
	view.First = copied
	view.Update = func(n flow.State) bool {
		was, now := p, n.Paper
		if n.Page != flow.Papers || !sameFolk(n.Folk, s.Folk) || now.Code != was.Code || now.Draft.To != was.Draft.To || now.Draft.Lang != was.Draft.Lang || now.Picture.Name != was.Picture.Name ||
			!slices.Equal(now.Draft.Seen, was.Draft.Seen) || now.Ready && !slices.Equal(now.Private, was.Private) {
			return false
		}
		if now.Ready {
			subject.SetText(now.Subject)
			sheet.Say(now.Text)
		}
		say(now)
		e.Relayout()
		return true
	}
	return view
}

// toPapers leads to the report.
func (e Env) toPapers() *kit.Button {
	b := kit.NewQuiet(e.T("button.report"), e.send(flow.Open{Page: flow.Papers}))
	b.Icon = fynetheme.NewColoredResource(fynetheme.DocumentIcon(), fynetheme.ColorNamePrimary)
	b.OnCancel = func() { e.Send(flow.Back{}) }
	return b
}

// sameFolk tells whether two states say the same of whom to ask.
func sameFolk(a, b flow.Folk) bool {
	return a.Asking == b.Asking && a.Owner == b.Owner && a.NoOne == b.NoOne && slices.Equal(a.List, b.List)
}

// whom is the choice of who gets it.
func whom(e Env, p flow.Paper) fyne.CanvasObject {
	var row []fyne.CanvasObject
	for _, k := range append([]report.MessageKind{""}, report.MessageKinds...) {
		key := "to-report"
		if k != "" {
			key = "to-" + string(k)
		}
		b := e.button(key, e.send(flow.WriteTo{Kind: k}))
		b.Selected = p.Draft.To == k
		row = append(row, b)
	}
	return kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("papers.whom"), kit.Strong), kit.NewRow(4, row...))
}

// tongue is the choice of the language of what is sent.
func tongue(e Env, p flow.Paper) fyne.CanvasObject {
	var row []fyne.CanvasObject
	for _, l := range []string{"fr", "en"} {
		b := e.button("language-"+l, e.send(flow.WriteIn{Lang: l}))
		b.Selected = p.Draft.Lang == l || p.Draft.Lang == "" && e.Look.Lang == l
		row = append(row, b)
	}
	return kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("papers.language"), kit.Strong), kit.NewRow(4, row...))
}

// hidden says what was taken out, and lets the person show it.
func hidden(e Env, p flow.Paper) fyne.CanvasObject {
	if !p.Ready && len(p.Private) == 0 {
		return nil
	}
	if len(p.Private) == 0 {
		return kit.NewParagraph(e.T("papers.nothing-private"), kit.Caption)
	}
	box := kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T("papers.hidden.text"), kit.Body))
	var row []fyne.CanvasObject
	for _, k := range p.Private {
		b := e.button("show-"+string(k), e.send(flow.Unmask{Kind: k}))
		b.Selected = slices.Contains(p.Draft.Seen, k)
		row = append(row, b)
	}
	if len(p.Private) > 1 {
		b := e.button("show-all", e.send(flow.Unmask{}))
		b.Selected = p.Draft.ShowsAll(p.Private)
		row = append(row, b)
	}
	box.Add(kit.NewRow(4, row...))
	hiding := len(p.Private) - len(p.Draft.Seen)
	return e.fold("hidden", e.T("papers.hidden", "Count", max(hiding, 0)), kit.NewCard(theme.ColorSurface, theme.ColorHairline, box))
}

// files are the ways to save it.
func files(e Env, p flow.Paper) fyne.CanvasObject {
	if !e.Files {
		return nil
	}
	save := func(key, format string) fyne.CanvasObject {
		b := e.button(key, e.send(flow.Hand{How: history.BySave, Format: format}))
		return b
	}
	if p.Draft.To != "" {
		return kit.NewRow(4, save("save-message", flow.AsText), save("save-mail", flow.AsMail))
	}
	box := kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("papers.save"), kit.Strong),
		kit.NewRow(4, save("save-html", flow.AsHTML), save("save-png", flow.AsPNG), save("save-text", flow.AsText), save("save-json", flow.AsJSON)))
	if p.Picture.Name == "" {
		box.Add(kit.NewParagraph(e.T("papers.picture.none"), kit.Caption))
		return box
	}
	off := e.button("detach", e.send(flow.Attach{}))
	box.Add(kit.NewParagraph(e.T("papers.picture", "Name", shortName(p.Picture.Name)), kit.Small))
	box.Add(kit.NewRow(0, off))
	return box
}

// shortName keeps a file's name within a line.
func shortName(name string) string {
	return kit.Shorten(name, 400, theme.SizeOf(fynetheme.SizeNameCaptionText), fyne.TextStyle{})
}

// handed says what has become of the file; nil: nothing to say. What was copied or mailed is said in a notice, wherever the page is.
func handed(e Env, p flow.Paper) fyne.CanvasObject {
	switch {
	case p.Error != nil:
		return trouble(e.T("papers.failed"))
	case p.Where != "":
		box := kit.NewColumn(kit.Column, 4, done(e.T("papers.saved", "Name", filepath.Base(p.Where))),
			kit.NewParagraph(filepath.Dir(p.Where), kit.Caption))
		if e.Links {
			b := e.button("open-folder", func() { e.OpenFolder(p.Where) })
			box.Add(kit.NewRow(0, b))
		}
		return box
	}
	return nil
}

// Code is the text as a QR code, with what it is for. short: lines that tell less were already left out.
func (e Env) Code(text string, short bool) fyne.CanvasObject {
	code, cut, err := e.QR(text)
	if err != nil || code == nil {
		return trouble(e.T("papers.code.failed"))
	}
	key := "papers.code"
	switch {
	case cut:
		key += ".cut"
	case short:
		key += ".short"
	}
	return kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T(key), kit.Body), kit.NewRow(0, code))
}
