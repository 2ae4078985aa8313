package screens

// The fifth screen: before and after, and what now.

import (
	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
)

// Result compares what was seen before the step with what is seen now.
func Result(e Env, s flow.State) *View {
	change := flow.Compare(s.Before, s.Now)
	if s.Solved {
		change = flow.Fixed
	}
	state := map[flow.Change]decide.State{flow.Fixed: decide.StateOK, flow.Better: decide.StateWarning, flow.Same: decide.StateWarning,
		flow.Worse: decide.StateWarning}[change]
	if state == "" {
		state = decide.StateUnknown
	}
	key := string(change)
	if change == flow.Fixed && s.Before.Verdict != nil && s.Before.Verdict.Side == decide.SideWorks {
		key = "still-works" // nothing was broken: nothing was mended
	}
	if key == "fixed" && s.Step == flow.StepRefresh {
		key = "back" // nobody mended anything here: it came back
	}
	if s.Solved {
		key = "fixed"
	}
	if s.Target.Example && change == flow.Fixed {
		key = "example"
	}
	if s.Comparing() {
		key = compared(key, s)
	}
	text := e.T("result."+key+".text", "Host", Site(s.Target))
	if s.Solved {
		text = e.T("guide.solved") // not our check says so
	}
	head := kit.NewColumn(kit.Column, 10, kit.NewRow(kit.GapInside, kit.NewBadge(state, e.T("result."+key+".badge"))),
		kit.NewParagraph(e.T("result."+key+".title"), kit.Heading),
		kit.NewParagraph(text, kit.Body))
	if text := verified(e, s); text != "" {
		head.Add(kit.NewParagraph(text, kit.Quiet))
	}
	if back := putBack(e, s); back != nil {
		head.Add(back)
	}
	if change != flow.Fixed && s.Now.Verdict != nil {
		if title, _ := e.Words.Verdict(*s.Now.Verdict); title != "" {
			head.Add(kit.NewParagraph(e.T("result.now", "Title", title), kit.Body))
		}
	}

	view := &View{Back: e.back(), Body: []fyne.CanvasObject{head, pair(e, s)}}
	if s.Solved {
		view.Body = []fyne.CanvasObject{head} // the picture of our own check is not what it is about
	}
	_, more := s.Following()
	switch {
	case change == flow.Fixed:
		view.right(e.button("see-verdict", e.send(flow.Show{})), e.main("finish", e.send(flow.Leave{})))
	case more:
		view.right(e.button("see-verdict", e.send(flow.Show{})), e.main("next", e.send(flow.Guide{})))
	default:
		view.right(e.button("again", e.send(flow.Again{})), e.main("see-verdict", e.send(flow.Show{})))
	}
	var extra []fyne.CanvasObject
	if change != flow.Fixed && s.Step == flow.StepRefresh {
		extra = append(extra, e.button("tell-me", e.send(flow.StartWatch{})))
	}
	if id := undoable(s); id != "" {
		extra = append(extra, e.button("undo-this", e.send(flow.UndoChange{ID: id})))
	}
	if len(extra) > 0 {
		view.Body = append(view.Body, kit.NewRow(kit.GapInside, extra...))
	}
	view.First = view.Right[len(view.Right)-1]
	view.Update = func(n flow.State) bool {
		return n.Page == flow.Result && n.Run == s.Run && n.Undoing == s.Undoing && n.Undid == s.Undid && n.UndoError == s.UndoError
	}
	return view
}

// compared is which words a comparison with a saved check takes: nobody mended anything here, time has passed.
func compared(key string, s flow.State) string {
	switch {
	case key == "fixed":
		return "back"
	case key == "worse" && s.Before.Verdict != nil && s.Before.Verdict.Side == decide.SideWorks:
		return "broke"
	case key == "same" && s.Now.Verdict != nil && s.Before.Verdict != nil && s.Now.Verdict.Cause == s.Before.Verdict.Cause:
		return "unchanged"
	case key == "same", key == "worse", key == "better":
		return "changed"
	}
	return key
}

// pair is the picture before and the picture now.
func pair(e Env, s flow.State) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, 6)
	if len(s.Before.Path) > 0 {
		before := e.T("result.before")
		if s.Comparing() && s.Before.Result != nil {
			before = e.When(s.Before.Result.StartedAt)
		}
		box.Add(kit.NewParagraph(before, kit.Strong))
		box.Add(kit.NewPathDiagram(e.stops(s.Before.Path, ""), nil))
		box.Add(kit.NewGap(6))
	}
	box.Add(kit.NewParagraph(e.T("result.after"), kit.Strong))
	box.Add(kit.NewPathDiagram(e.stops(s.Now.Path, ""), nil))
	return box
}

// verified says how the change itself was proved.
func verified(e Env, s flow.State) string {
	if s.Outcome == nil || s.Step != flow.StepDNS && s.Step != flow.StepOther {
		return ""
	}
	if s.Outcome.Key == "" {
		return ""
	}
	return e.Words.T(s.Outcome.Key, s.Outcome.Vars)
}

// undoable is the step's change, while it is in place and nobody puts it back.
func undoable(s flow.State) string {
	if s.Outcome == nil || s.Undoing != "" || s.Undid == s.Outcome.Change {
		return ""
	}
	return s.Outcome.Change
}

// putBack says what has become of the step's change, where it is put back; nil: nothing to say.
func putBack(e Env, s flow.State) fyne.CanvasObject {
	if s.Outcome == nil || s.Outcome.Change == "" {
		return nil
	}
	switch {
	case s.Undoing != "":
		return kit.NewParagraph(e.T("undo.running"), kit.Quiet)
	case s.UndoError != nil:
		return trouble(e.Tell(s.UndoError))
	case s.Undid == s.Outcome.Change && s.PutBack:
		return kit.NewParagraph(e.T("undo.by-itself"), kit.Quiet)
	case s.Undid == s.Outcome.Change:
		return kit.NewParagraph(e.T("undo.done"), kit.Quiet)
	}
	return nil
}
