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

	return &View{
		Center: true,
		Body:   []fyne.CanvasObject{title, entry, e.fold("other", e.T("address.other"), others(e, s))},
		First:  field,
		Update: func(n flow.State) bool {
			if n.Page != flow.Address || n.Starting != s.Starting || n.Input != field.Text {
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

// others is what « Autres possibilités » unfolds.
func others(e Env, s flow.State) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, 16)
	if e.Example {
		label := "example"
		if s.Starting {
			label = "starting"
		}
		try := e.button(label, e.send(flow.Example{}))
		box.Add(kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T("address.example"), kit.Body), kit.NewRow(kit.GapInside, try)))
	}
	box.Add(choice(e, "size", []string{"normal", "large", "largest"}, sizeIndex(e.Look.Text), func(i int) {
		l := e.Look
		l.Text = sizes[i]
		e.SetLook(l)
	}))
	box.Add(choice(e, "theme", []string{"system", "light", "dark"}, modeIndex(e.Look.Mode), func(i int) {
		l := e.Look
		l.Mode = modes[i]
		e.SetLook(l)
	}))
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

var (
	sizes = []theme.TextSize{theme.TextNormal, theme.TextLarge, theme.TextLargest}
	modes = []theme.Mode{theme.ModeSystem, theme.ModeLight, theme.ModeDark}
)

func sizeIndex(t theme.TextSize) int {
	for i, s := range sizes {
		if s == t {
			return i
		}
	}
	return 0
}

func modeIndex(m theme.Mode) int {
	for i, x := range modes {
		if x == m {
			return i
		}
	}
	return 0
}

// choice is a row of buttons of which one is in force.
func choice(e Env, key string, names []string, now int, set func(int)) fyne.CanvasObject {
	var row []fyne.CanvasObject
	for i, n := range names {
		b := e.button(key+"-"+n, func() { set(i) })
		b.Selected = i == now
		row = append(row, b)
	}
	return kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("address."+key), kit.Caption), kit.NewRow(kit.GapInside, row...))
}
