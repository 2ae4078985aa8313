package screens

// The third screen: who can act, what happened, where on the way, and what can be done. The details are folded.

import (
	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Verdict shows what was found.
func Verdict(e Env, s flow.State) *View {
	v := *s.Now.Verdict
	title, text := e.Words.Verdict(v)

	offer := flow.OfferFor(v, e.Can)
	side := whoActs(v, offer)
	badges := []fyne.CanvasObject{kit.NewBadge(sideState(side), e.T("side."+string(side)))}
	if s.Provisional() {
		badges = append(badges, kit.NewTag(e.T("verdict.provisional")))
	}
	badges = append(badges, kit.NewLine(e.T("certainty."+string(v.Certainty)), kit.Quiet))
	head := kit.NewColumn(kit.Column, 10, kit.NewRow(12, badges...), kit.NewParagraph(title, kit.Heading),
		kit.NewParagraph(text, kit.Body))

	view := &View{Back: e.back()}
	// While the verdict may still change there is nothing to press but Stop: no button changes its meaning under a finger.
	if s.Provisional() {
		stop := e.button("stop", e.send(flow.Stop{}))
		view.Right = []*kit.Button{stop}
		view.First = stop
		bar := kit.NewProgress()
		bar.Set(s.Progress())
		head.Add(kit.NewParagraph(doingText(e, s), kit.Caption))
		head.Add(bar)
	} else {
		if offer.Main.Kind != flow.CheckAgain {
			view.Right = append(view.Right, e.button("again", e.send(flow.Again{})))
		}
		main := choose(e, offer.Main, true)
		view.Right = append(view.Right, main)
		view.First = main
	}

	picture, below := seen(e, s)
	view.Body = []fyne.CanvasObject{head, kit.NewColumn(kit.Column, 12, picture, below)}
	if !s.Provisional() {
		if more := next(e, offer, v.Vars); more != nil {
			view.Body = append(view.Body, more)
		}
	}
	if s.Now.Result != nil {
		view.Body = append(view.Body, e.fold("details", e.T("details.title"), details(e, s)))
	}
	shown, running := s.Now, s.Snap
	view.Update = func(n flow.State) bool {
		return n.Page == flow.Verdict && n.Now.Same(shown) && n.Provisional() == s.Provisional() &&
			(!n.Provisional() || n.Snap.Step == running.Step && n.Snap.Doing == running.Doing && n.Stopped == s.Stopped)
	}
	return view
}

// whoActs is who can act: where the network is at fault but a button here mends or gets round it (a sign-in page, another DNS), it is
// the person.
func whoActs(v decide.Verdict, o flow.Offer) decide.Side {
	if v.Side == decide.SideNetwork && o.Main.Kind == flow.ChooseStep && o.Main.Step != flow.StepRefresh {
		return decide.SideYou
	}
	return v.Side
}

// sideState is the shape and the colour that go with a side.
func sideState(s decide.Side) decide.State {
	switch s {
	case decide.SideWorks:
		return decide.StateOK
	case decide.SideUnknown, "":
		return decide.StateUnknown
	case decide.SideYou:
		return decide.StateWarning // it can be mended here: no alarm
	}
	return decide.StateProblem
}

// seen is the picture with the line of what was seen at a stop: the broken one at first, then the one that is clicked.
func seen(e Env, s flow.State) (picture *kit.PathDiagram, below fyne.CanvasObject) {
	line := kit.NewParagraph("", kit.Body)
	more := kit.NewParagraph("", kit.Small)
	box := kit.NewColumn(kit.Column, 4, line, more)
	path := s.Path()
	tell := func(id decide.HopID) {
		first, rest := e.seenAt(s, path, id)
		line.SetText(first)
		more.SetText(rest)
		more.Hidden = rest == ""
	}
	picture = kit.NewPathDiagram(e.stops(path, s.Active()), nil)
	picture.OnCancel = func() { e.Send(flow.Back{}) }
	picture.OnSelect = func(id decide.HopID) {
		tell(id)
		e.Relayout()
	}
	id := flow.Culprit(path)
	if id == "" && len(path) > 0 {
		id = path[len(path)-1].Hop
	}
	picture.Select(id)
	tell(id)
	return picture, kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

// seenAt is what was seen at a stop: a sentence about the stop, then the findings made there.
func (e Env) seenAt(s flow.State, path []decide.Hop, id decide.HopID) (line, rest string) {
	state := decide.StateUnknown
	for _, h := range path {
		if h.Hop == id {
			state = h.State
		}
	}
	line = e.T("stop."+string(state), "Stop", e.Words.Hop(id))
	if s.Now.Result == nil {
		return line, ""
	}
	for _, f := range s.Now.Result.Findings {
		if f.Hop != id {
			continue
		}
		if t := e.finding(f); t != "" {
			if rest != "" {
				rest += "\n"
			}
			rest += t
		}
	}
	return line, rest
}

func (e Env) finding(f decide.Finding) string {
	if f.Text != "" {
		return f.Text
	}
	return e.Words.Finding(f)
}

// next is what else can be done: buttons, and advice that no program can follow.
func next(e Env, o flow.Offer, vars map[string]any) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, kit.GapInside)
	if len(o.Advice) > 0 {
		box.Add(kit.NewParagraph(e.T("verdict.you-can"), kit.Strong))
		for _, a := range o.Advice {
			box.Add(bullet(e.Words.ActionHow(a, vars)))
		}
	}
	if len(o.Second) > 0 {
		var row []fyne.CanvasObject
		for _, c := range o.Second {
			row = append(row, choose(e, c, false))
		}
		box.Add(kit.NewRow(kit.GapInside, row...))
	}
	if len(box.Objects) == 0 {
		return nil
	}
	return box
}

func bullet(text string) fyne.CanvasObject {
	return kit.NewFill(kit.GapInside, kit.NewDot(), kit.NewParagraph(text, kit.Body))
}

// choose is the button of a choice.
func choose(e Env, c flow.Choice, main bool) *kit.Button {
	key, tap := "again", e.send(flow.Again{})
	switch c.Kind {
	case flow.ChooseStep:
		key = "step-" + string(c.Step)
		arg := c.Action.Arg
		if c.Step == flow.StepOpen {
			key = "open-" + c.Action.Fix
			if c.Action.Fix == flow.FixSettings {
				key += "-" + arg
			}
		}
		tap = e.send(flow.Choose{Step: c.Step, Fix: c.Action.Fix, Arg: arg, After: c.Action.AfterS})
	case flow.GuideMe:
		key, tap = "guide", e.send(flow.Guide{})
	case flow.EditInput:
		key, tap = "edit", e.send(flow.Back{})
	case flow.CopyReport:
		key, tap = "copy", e.Copy
	case flow.SavedCopy:
		key, tap = "saved-copy", e.Saved
	}
	b := e.button(key, tap)
	if c.Kind == flow.ChooseStep && c.Step == flow.StepOther {
		b.SetText(e.Words.Action(c.Action, nil)) // each fix has its own verb
	}
	if main {
		b.MakeMain()
	}
	return b
}
