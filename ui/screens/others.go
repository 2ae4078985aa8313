package screens

// What « Autres possibilités » unfolds, and the offer to undo a change that was interrupted.

import (
	"slices"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// others are the other ways to begin, each with one line on what it is for.
func others(e Env, s flow.State) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, 6)
	add := func(key string, tap func()) {
		b := kit.NewQuiet(e.T("button."+key), tap)
		b.OnCancel = func() { e.Send(flow.Back{}) }
		box.Add(kit.NewColumn(kit.Column, 0, kit.NewRow(0, b), kit.NewParagraph(e.T("other."+key), kit.Caption)))
	}
	add("browser-error", e.send(flow.Open{Page: flow.Paste}))
	add("connection", e.send(flow.Connection{}))
	if e.Example {
		if s.Starting {
			box.Add(kit.NewParagraph(e.T("button.starting"), kit.Quiet))
		} else {
			add("example", e.send(flow.Example{}))
		}
	}
	if e.History {
		add("history", e.send(flow.Open{Page: flow.History}))
	}
	if e.Journal {
		add("changes", e.send(flow.Open{Page: flow.Changes}))
	}
	add("settings", e.send(flow.Open{Page: flow.Settings}))
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

// interrupted offers to put back a change that was begun and never ended.
func interrupted(e Env, s flow.State, c flow.Changed) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, kit.GapInside,
		kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateWarning), 24), kit.NewParagraph(e.T("interrupted.title"), kit.Strong)),
		kit.NewParagraph(e.T("interrupted.text", "Summary", c.Summary, "When", c.When), kit.Body))
	switch {
	case s.Undoing != "":
		box.Add(kit.NewParagraph(e.T("undo.running"), kit.Quiet))
		return kit.NewCard(theme.ColorWarnTint, theme.ColorWarn, box)
	case s.UndoError != nil:
		box.Add(kit.NewParagraph(e.Tell(s.UndoError), kit.Body))
	}
	box.Add(kit.NewRow(kit.GapInside, e.button("undo-this", e.send(flow.UndoChange{ID: c.ID})), e.button("later", e.send(flow.Dismiss{}))))
	return kit.NewCard(theme.ColorWarnTint, theme.ColorWarn, box)
}

// sameChanges tells whether two states say the same of the changes made here.
func sameChanges(a, b flow.State) bool {
	return a.Undoing == b.Undoing && a.UndoError == b.UndoError && a.Undid == b.Undid && a.Dismissed == b.Dismissed && a.Read == b.Read &&
		slices.Equal(a.Changes, b.Changes)
}
