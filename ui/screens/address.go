package screens

// The first screen: one field, one button, and everything else folded away.

import (
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Address asks for the site.
func Address(e Env, s flow.State) *View {
	field := kit.NewField(e.T("address.placeholder"))
	field.SetText(s.Input)
	field.CursorColumn = len([]rune(s.Input)) // what is typed is added at the end
	submit := func() { e.Send(flow.Submit{Input: field.Text}) }
	field.OnSubmitted = func(string) { submit() }
	check := e.main("check", submit)
	field.OnCancel = func() { e.Send(flow.Back{}) }

	title := kit.NewColumn(kit.Column, kit.GapInside,
		kit.NewParagraph(e.T("address.title"), kit.Heading),
		kit.NewParagraph(e.T("address.lead"), kit.Quiet))

	refusal := kit.NewParagraph("", kit.Strong)
	refused := kit.NewFill(kit.GapInside, kit.NewPicture(theme.Icon("warning", theme.ColorWarn), 24), refusal)
	refused.Hide()
	say := func(s flow.State) {
		refused.Hide()
		if s.Refusal != nil {
			refusal.SetText(e.Tell(s.Refusal))
			refused.Show()
		}
	}
	say(s)

	entry := kit.NewColumn(kit.Column, kit.GapInside, kit.NewEnd(kit.GapInside, field, check), refused)
	if host, ok := e.Parse(firstLine(e.Clip())); ok && s.Input == "" {
		text := firstLine(e.Clip())
		label := kit.Shorten(host, 260, theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{})
		paste := kit.NewQuiet(e.T("address.paste", "Host", label), nil)
		paste.Icon = fynetheme.NewColoredResource(fynetheme.ContentPasteIcon(), fynetheme.ColorNamePrimary)
		paste.OnTapped = func() {
			field.SetText(text)
			submit()
		}
		entry.Add(kit.NewRow(kit.GapInside, paste))
	}
	entry.Add(kit.NewParagraph(e.T("address.promise"), kit.Caption))

	body := []fyne.CanvasObject{title, entry, e.fold("other", e.T("address.other"), others(e, s))}
	if c, ok := s.Interrupted(); ok && !s.Dismissed {
		body = append([]fyne.CanvasObject{interrupted(e, s, c)}, body...)
	}
	return &View{
		Center: true,
		Body:   body,
		First:  field,
		Update: func(n flow.State) bool {
			if n.Page != flow.Address || n.Starting != s.Starting || n.Input != field.Text || !sameChanges(n, s) {
				return false
			}
			say(n)
			e.Relayout()
			return true
		},
	}
}

// maxPasted bounds what is looked for an address in the clipboard: longer than any (see checks.ParseTarget).
const maxPasted = 2048

// firstLine is what may be an address in the clipboard: a short text of one line, with a dot in it.
func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxPasted || strings.ContainsAny(s, "\n\r\t ") || !strings.Contains(s, ".") {
		return ""
	}
	return s
}
