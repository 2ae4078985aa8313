package screens

// The changes that were made on this computer and are still in place, each with its way back.

import (
	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Changes lists them, newest first.
func Changes(e Env, s flow.State) *View {
	back := e.back()
	view := &View{Back: back, First: back}
	view.Body = []fyne.CanvasObject{kit.NewColumn(kit.Column, 12, kit.NewParagraph(e.T("changes.title"), kit.Heading),
		kit.NewParagraph(e.T("changes.text"), kit.Quiet))}
	view.Body = append(view.Body, undoState(e, s)...)
	switch {
	case !s.Read:
		view.Body = append(view.Body, kit.NewParagraph(e.T("changes.reading"), kit.Quiet))
	case len(s.Changes) == 0:
		view.Body = append(view.Body, kit.NewParagraph(e.T("changes.none"), kit.Body))
	}
	view.Body = append(view.Body, changeCards(e, s)...)
	if len(s.Changes) > 1 && s.Undoing == "" {
		view.right(e.button("undo-all", e.send(flow.UndoChange{ID: flow.AllChanges})))
	}
	view.Update = func(n flow.State) bool { return n.Page == flow.Changes && sameChanges(n, s) }
	return view
}

// changesMade is the list of the changes with what has become of the last one that was put back.
func changesMade(e Env, s flow.State) []fyne.CanvasObject {
	return append(undoState(e, s), changeCards(e, s)...)
}

// undoState says what has become of the change that was put back; empty where none was.
func undoState(e Env, s flow.State) []fyne.CanvasObject {
	switch {
	case s.Undoing != "":
		return []fyne.CanvasObject{kit.NewParagraph(e.T("undo.running"), kit.Body)}
	case s.UndoError != nil:
		return []fyne.CanvasObject{trouble(e.Tell(s.UndoError))}
	case s.Undid != "":
		return []fyne.CanvasObject{done(e.T("undo.done"))}
	}
	return nil
}

// changeCards are the changes, each with its way back.
func changeCards(e Env, s flow.State) (cards []fyne.CanvasObject) {
	for _, c := range s.Changes {
		about := kit.NewColumn(kit.Column, 2, kit.NewParagraph(c.Summary, kit.Body), kit.NewParagraph(c.When, kit.Caption))
		if c.Interrupted {
			about.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateWarning), 18),
				kit.NewParagraph(e.T("changes.interrupted"), kit.Small)))
		}
		row := kit.NewColumn(kit.Column, kit.GapInside, about)
		if s.Undoing == "" {
			row.Add(kit.NewRow(0, e.button("undo", e.send(flow.UndoChange{ID: c.ID}))))
		}
		cards = append(cards, kit.NewCard(theme.ColorSurface, theme.ColorHairline, row))
	}
	return cards
}

// done is a sentence about something that worked, with its sign.
func done(text string) fyne.CanvasObject {
	return kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateOK), 24), kit.NewParagraph(text, kit.Body))
}
