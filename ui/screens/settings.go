package screens

// The settings: each a row of choices of which one is in force. A choice is seen at once and kept at once.

import (
	"slices"

	"fyne.io/fyne/v2"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

var (
	outsides = []string{"", OutsideAlways, OutsideNever}
	wishes   = []string{"", "fr", "en"}
	sizes    = []theme.TextSize{theme.TextNormal, theme.TextLarge, theme.TextLargest}
	modes    = []theme.Mode{theme.ModeSystem, theme.ModeLight, theme.ModeDark, theme.ModeContrast}
)

// Settings shows what can be chosen.
func Settings(e Env, s flow.State) *View {
	body := []fyne.CanvasObject{
		kit.NewParagraph(e.T("settings.title"), kit.Heading),
		choice(e, "language", []string{"system", "fr", "en"}, slices.Index(wishes, e.Look.Wish), func(i int) {
			l := e.Look
			l.Wish = wishes[i]
			e.SetLook(l)
		}),
		choice(e, "size", []string{"normal", "large", "largest"}, slices.Index(sizes, e.Look.Text), func(i int) {
			l := e.Look
			l.Text = sizes[i]
			e.SetLook(l)
		}),
		choice(e, "theme", []string{"system", "light", "dark", "contrast"}, slices.Index(modes, e.Look.Mode), func(i int) {
			l := e.Look
			l.Mode = modes[i]
			e.SetLook(l)
		}),
	}
	if e.Outside {
		body = append(body, kit.NewColumn(kit.Column, 4, choice(e, "outside", []string{"ask", "always", "never"}, slices.Index(outsides, e.Look.Outside), func(i int) {
			l := e.Look
			l.Outside = outsides[i]
			e.SetLook(l)
		}), kit.NewParagraph(e.T("settings.outside.text"), kit.Caption)))
	}
	if e.People {
		body = append(body, kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("settings.contacts"), kit.Strong),
			kit.NewRow(0, e.button("contacts", e.send(flow.Open{Page: flow.People})))))
	}
	body = append(body, kit.NewParagraph(e.T("settings.kept"), kit.Caption))
	back := e.back()
	return &View{Body: body, Back: back, First: back, Update: func(n flow.State) bool { return n.Page == flow.Settings }}
}

// choice is a row of buttons of which one is in force.
func choice(e Env, key string, names []string, now int, set func(int)) fyne.CanvasObject {
	var row []fyne.CanvasObject
	for i, n := range names {
		b := e.button(key+"-"+n, func() { set(i) })
		b.Selected = i == max(now, 0)
		row = append(row, b)
	}
	return kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("settings."+key), kit.Strong), kit.NewRow(kit.GapInside, row...))
}
