package screens

// An address that looks private or one-time is not spent: that only the first page was asked is said, and the very page is asked after a
// click that says what it may cost (CONTRACT.md, "What a person pastes").

import (
	"fyne.io/fyne/v2"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// shortened is the card that says so.
func shortened(e Env, s flow.State) fyne.CanvasObject {
	ask := kit.NewQuiet(e.T("button.exact"), e.send(flow.AskExact{}))
	ask.OnCancel = e.send(flow.Back{})
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, kit.NewColumn(kit.Column, 4,
		kit.NewParagraph(e.Words.T("target.shortened", map[string]any{"URL": s.Now.Result.Target.URL}), kit.Small),
		kit.NewParagraph(e.T("exact.costs"), kit.Small), kit.NewRow(0, ask)))
}
