package screens

// The steps of the guided path that the person's own hands do, the telephone, and whom to ask at the end.

import (
	"net/url"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/checks/guide"
	"passerelle/checks/qr"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// screensOf is the present step in words; empty where the page is of no step.
func screensOf(e Env, s flow.State) words.Guided {
	if s.At.ID == "" {
		return words.Guided{}
	}
	return e.Words.Guide(s.At)
}

// told puts the step's title and its reason on the page.
func told(e Env, s flow.State, head *fyne.Container) words.Guided {
	w := screensOf(e, s)
	head.Add(kit.NewParagraph(w.Title, kit.Heading))
	head.Add(kit.NewParagraph(w.Why, kit.Body))
	return w
}

// byHand is how the person does it.
func byHand(e Env, how string) fyne.CanvasObject {
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, kit.NewColumn(kit.Column, kit.GapInside,
		kit.NewParagraph(e.T("guide.hand"), kit.Strong), kit.NewParagraph(how, kit.Body)))
}

// hand is a step for the person's own hands. Some have a page of the settings beside them.
func hand(e Env, s flow.State, view *View, head *fyne.Container) {
	w := told(e, s, head)
	if s.Failure != nil {
		head.Add(trouble(e.Tell(s.Failure)))
	}
	view.Body = append(view.Body, byHand(e, w.How))
	switch s.Phase {
	case flow.Loading, flow.Applying:
		view.Body = append(view.Body, kit.NewParagraph(e.T("repair."+string(s.Phase)), kit.Quiet))
	case flow.Ready:
		view.right(e.skip(s), e.main("open-"+s.Fix+"-"+s.Arg, e.send(flow.Act{})))
	case flow.Asking:
		ask, first := question(e, w.Ask)
		view.Body = append(view.Body, ask)
		view.right(e.skip(s))
		view.First = first
	default:
		if s.At.ID == guide.Spelling {
			view.right(e.skip(s), e.main("edit", e.send(flow.Edit{})))
			return
		}
		view.right(e.skip(s), e.main("hand-done", e.send(flow.Act{})))
	}
}

// device lets the person look from a phone, without this network. The address is there as a square to point the camera at.
func device(e Env, s flow.State, view *View, head *fyne.Container) {
	w := told(e, s, head)
	how := kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(w.How, kit.Body))
	if code, err := qr.Encode(address(s.Target.URL)); err == nil { // else it is too long, and is typed
		how.Add(kit.NewParagraph(e.T("guide.qr"), kit.Body))
		head.Add(kit.NewFill(kit.GapBlock, kit.NewQR(code), how))
	} else {
		head.Add(how)
	}
	ask, first := question(e, w.Ask)
	view.Body = append(view.Body, ask)
	view.right(e.skip(s))
	view.First = first
}

// address is what the phone opens: without a name and password, and without a fragment, which are nobody else's.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String()
}

// helpers are whom a last step asks, and the message that is ready for them.
var helpers = map[guide.ID]decide.ActionID{guide.AskSite: decide.ActContactSite, guide.AskProvider: decide.ActContactISP, guide.AskIT: decide.ActContactIT}

// whomToAsk is the end of the path.
func whomToAsk(e Env, s flow.State, view *View, head *fyne.Container) {
	w := told(e, s, head)
	view.Body = append(view.Body, byHand(e, w.How))
	main := e.main("copy", e.Copy)
	if to, ok := helpers[s.At.ID]; ok {
		main = e.main("message-copy", func() { e.Message(to) })
	}
	view.right(e.button("restart-guide", e.send(flow.Guide{Anew: true})), main)
}

// Reminder says that a protection is paused, as long as it is; nil: none is.
func Reminder(e Env, s flow.State) fyne.CanvasObject {
	if len(s.Guard.Off) == 0 {
		return nil
	}
	text := kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateWarning), 24),
		kit.NewParagraph(e.T("guard.paused", "Names", s.Guard.Names()), kit.Strong))
	return kit.NewCard(theme.ColorWarnTint, theme.ColorWarn, text)
}
