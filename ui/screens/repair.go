package screens

// The fourth screen: one thing to try. What will change, what stays, how it is undone; then it is done, and the same checks run
// again by themselves.

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Repair shows the step.
func Repair(e Env, s flow.State) *View {
	view := &View{Back: e.back()}
	if s.Phase == flow.Applying {
		view.Back = nil // what has begun is not left half done
	}
	head := kit.NewColumn(kit.Column, 12)
	if i := guide.Index(s.Steps, s.At.ID); i >= 0 {
		head.Add(stepper(e, s, i))
	}
	view.Body = []fyne.CanvasObject{head}
	switch s.Step {
	case flow.StepRefresh:
		refresh(e, s, view, head)
	case flow.StepCache:
		cache(e, s, view, head)
	case flow.StepFirewall:
		firewall(e, s, view, head)
	case flow.StepOpen:
		opened(e, s, view, head)
	case flow.StepDevice:
		device(e, s, view, head)
	case flow.StepHand:
		hand(e, s, view, head)
	case flow.StepAsk:
		whomToAsk(e, s, view, head)
	default:
		change(e, s, view, head)
	}
	if len(view.Right) > 0 && view.First == nil {
		view.First = view.Right[len(view.Right)-1]
	}
	if view.Update == nil {
		view.Update = func(n flow.State) bool {
			return n.Page == flow.Repair && n.Step == s.Step && n.At.ID == s.At.ID && n.Phase == s.Phase && n.Now.Same(s.Now)
		}
	}
	return view
}

// stepper is « Étape 2 sur 4 » with the short names, ticked as they are tested: plainly no buttons.
func stepper(e Env, s flow.State, at int) fyne.CanvasObject {
	var marks []kit.Mark
	for i, g := range s.Steps {
		marks = append(marks, kit.Mark{Name: e.Words.Guide(g).Short, Now: i == at, Done: slices.Contains(s.Tried, g.ID) && i != at})
	}
	first, last := around(at, len(marks))
	return kit.NewColumn(kit.Column, 6,
		kit.NewParagraph(e.T("repair.step", "Step", at+1, "Steps", len(s.Steps), "More", at+1 < len(s.Steps)), kit.Caption), kit.NewTrack(marks[first:last]))
}

// mostMarks is how many steps are named at once: what one line of a small window holds. The caption says how many there are.
const mostMarks = 5

// around is the part of a long path that is named: the present step with its neighbours.
func around(at, all int) (first, last int) {
	if all <= mostMarks {
		return 0, all
	}
	first = min(max(0, at-2), all-mostMarks)
	return first, first + mostMarks
}

// skip goes on without trying; nil where the path ends here.
func (e Env) skip(s flow.State) *kit.Button {
	if _, more := s.Following(); !more || guide.Index(s.Steps, s.At.ID) < 0 || s.At.Asks() {
		return nil
	}
	return e.button("skip", e.send(flow.Skip{}))
}

// right puts the buttons of the footer: the way on, then the main one.
func (v *View) right(buttons ...*kit.Button) {
	for _, b := range buttons {
		if b != nil {
			v.Right = append(v.Right, b)
		}
	}
}

// refresh asks again by itself after a while.
func refresh(e Env, s flow.State, view *View, head *fyne.Container) {
	told(e, s, head)
	if s.Phase != flow.Counting {
		view.right(e.skip(s), e.main("try-now", e.send(flow.Act{})))
		return
	}
	left := kit.NewParagraph("", kit.SubHeading)
	bar := kit.NewProgress()
	total := max(s.Left, 1)
	show := func(n flow.State) bool {
		if n.Page != flow.Repair || n.Step != flow.StepRefresh || n.Phase != flow.Counting || n.Left > total {
			return false
		}
		left.SetText(e.T("refresh.left", "Time", clock(n.Left)))
		bar.Set(1 - float32(n.Left)/float32(total))
		return true
	}
	show(s)
	view.Update = show
	head.Add(kit.NewColumn(kit.Column, 12, left, bar))
	view.right(e.skip(s), e.button("stop", e.send(flow.Stop{})), e.main("try-now", e.send(flow.Act{})))
}

// clock writes seconds as people read a countdown.
func clock(s int) string { return fmt.Sprintf("%d:%02d", s/60, s%60) }

// cache looks without what the browser has stored.
func cache(e Env, s flow.State, view *View, head *fyne.Container) {
	words := told(e, s, head)
	if s.Failure != nil {
		head.Add(trouble(e.Tell(s.Failure)))
	}
	view.Body = append(view.Body, byHand(e, words.How))
	if s.Phase == flow.Asking {
		ask, first := question(e, words.Ask)
		view.Body = append([]fyne.CanvasObject{head, ask}, view.Body[1:]...)
		view.right(e.skip(s))
		view.First = first
		return
	}
	if s.Phase == flow.Loading || s.Phase == flow.Applying {
		head.Add(kit.NewParagraph(e.T("repair."+string(s.Phase)), kit.Quiet))
		return
	}
	view.right(e.skip(s), e.main("step-cache", e.send(flow.Act{})))
}

// firewall says which protection there is and how it stands, and opens its page. It is never switched off from here.
func firewall(e Env, s flow.State, view *View, head *fyne.Container) {
	words := told(e, s, head)
	list, done := s.Now.Firewalls()
	read := kit.NewColumn(kit.Column, 6, kit.NewParagraph(e.T("firewall.here"), kit.Strong))
	for _, f := range list {
		state, key := decide.StateUnknown, "unknown"
		switch f.Enabled {
		case facts.Yes:
			state, key = decide.StateOK, "on"
		case facts.No:
			state, key = decide.StateWarning, "off"
		}
		read.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(state), 20),
			kit.NewParagraph(e.T("firewall."+key, "Name", f.Name), kit.Body)))
		if f.Rule != "" {
			read.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateProblem), 20),
				kit.NewParagraph(e.T("firewall.rule", "Rule", f.Rule), kit.Body)))
		}
	}
	if len(list) == 0 {
		key := "firewall.not-read"
		if done {
			key = "firewall.none"
		}
		read.Add(kit.NewParagraph(e.T(key), kit.Body))
	}
	view.Body = append(view.Body, kit.NewCard(theme.ColorSurface, theme.ColorHairline, read))
	if s.Failure != nil {
		view.Body = append(view.Body, trouble(e.Tell(s.Failure)))
	}
	if s.Phase == flow.Opened && words.How != "" {
		view.Body = append(view.Body, byHand(e, words.How))
	}
	view.Body = append(view.Body, kit.NewParagraph(e.T("guard.promise"), kit.Quiet))
	switch s.Phase {
	case flow.Loading, flow.Applying:
		view.Body = append(view.Body, kit.NewParagraph(e.T("repair."+string(s.Phase)), kit.Quiet))
	case flow.Opened:
		view.right(e.skip(s), e.main("again", e.send(flow.Act{})))
	default:
		key := "step-firewall"
		if s.At.ID == guide.Antivirus {
			key = "open-open-settings-antivirus"
		}
		view.right(e.skip(s), e.main(key, e.send(flow.Act{})))
	}
}

// opened is for things that only open something: the Wi-Fi's page, another browser.
func opened(e Env, s flow.State, view *View, head *fyne.Container) {
	key := "open." + s.Fix
	words := screensOf(e, s)
	switch {
	case words.Title != "":
		head.Add(kit.NewParagraph(words.Title, kit.Heading))
	default:
		head.Add(kit.NewParagraph(e.T(key+".title"), kit.Heading))
	}
	switch s.Phase {
	case flow.Loading, flow.Applying:
		head.Add(kit.NewParagraph(e.T("repair."+string(s.Phase)), kit.Quiet))
	case flow.Failed, flow.Nothing:
		why := e.Tell(s.Failure)
		if s.Phase == flow.Nothing && s.Plan != nil {
			if t := e.PlanText(*s.Plan).Changes; t != "" {
				why = t // an honest answer: there is no second browser
			}
		}
		head.Add(trouble(why))
		view.right(e.skip(s), e.main("again", e.send(flow.Again{})))
	case flow.Asking:
		if s.Fix == "" {
			head.Add(kit.NewParagraph(words.How, kit.Body))
		}
		ask, first := question(e, words.Ask)
		view.Body = append(view.Body, ask)
		view.right(e.skip(s))
		view.First = first
	case flow.Ready:
		head.Add(kit.NewParagraph(words.Why, kit.Body))
		view.right(e.skip(s), e.main("open-"+s.Fix, e.send(flow.Act{})))
	default:
		if s.Fix == "" {
			head.Add(kit.NewParagraph(words.How, kit.Body))
		} else {
			head.Add(kit.NewParagraph(e.T(key+".text"), kit.Body))
		}
		if s.Fix == flow.FixPortal { // a browser may have kept its old page in front
			reopen := kit.NewQuiet(e.T("button.reopen"), e.send(flow.Choose{ID: s.At.ID}))
			reopen.OnCancel = e.send(flow.Back{})
			head.Add(kit.NewRow(0, reopen))
		}
		view.right(e.skip(s), e.main("again", e.send(flow.Act{})))
	}
}

// change is for fixes that change something: with their plan first.
func change(e Env, s flow.State, view *View, head *fyne.Container) {
	text := PlanText{}
	if s.Plan != nil {
		text = e.PlanText(*s.Plan)
	} else {
		text = e.PlanText(fix.Plan{Fix: s.Fix, Arg: s.Arg})
	}
	words := screensOf(e, s)
	head.Add(kit.NewParagraph(text.Title, kit.Heading))
	if words.Why != "" {
		head.Add(kit.NewParagraph(words.Why, kit.Body))
	}
	switch s.Phase {
	case flow.Asking: // it is done; only the person sees whether it helped
		ask, first := question(e, words.Ask)
		view.Body = append(view.Body, ask)
		view.right(e.skip(s))
		view.First = first
		return
	case flow.Loading, flow.Applying:
		head.Add(kit.NewParagraph(e.T("repair."+string(s.Phase)), kit.Quiet))
		return
	case flow.Failed:
		head.Add(trouble(e.Tell(s.Failure)))
		if words.How != "" {
			view.Body = append(view.Body, byHand(e, words.How))
		}
		view.right(e.skip(s), e.main("again", e.send(flow.Again{})))
		return
	case flow.Nothing:
		why := text.Changes
		if s.Plan == nil {
			why = e.T("repair.missing")
		}
		head.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateOK), 24), kit.NewParagraph(why, kit.Body)))
		if b := e.skip(s); b != nil {
			b.MakeMain()
			view.right(e.button("again", e.send(flow.Again{})), b)
		} else {
			view.right(e.main("again", e.send(flow.Again{})))
		}
		return
	}
	if s.Plan != nil && s.Plan.Undoable { // where the way back is, not only that there is one
		text.Undo = strings.TrimSpace(text.Undo + " " + e.T("repair.undo-where", "Button", e.T("button.undo-this"), "Page", e.T("button.changes")))
	}
	plan := kit.NewColumn(kit.Column, 12)
	for _, part := range [][2]string{{"repair.changes", text.Changes}, {"repair.keeps", text.Keeps}, {"repair.undo", text.Undo}} {
		if part[1] != "" {
			plan.Add(kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.T(part[0]), kit.Strong), kit.NewParagraph(part[1], kit.Body)))
		}
	}
	view.Body = append(view.Body, kit.NewCard(theme.ColorSurface, theme.ColorHairline, plan))
	if s.Plan != nil {
		key := "repair.not-yet"
		switch {
		case s.Plan.Risk == "none":
			key = "repair.safe"
		case s.Plan.Undoable:
			key = "repair.back-again"
		}
		view.Body = append(view.Body, kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateOK), 24), kit.NewParagraph(e.T(key), kit.Body)))
	}
	if s.Plan != nil && s.Plan.NeedsAdmin {
		view.Body = append(view.Body, kit.NewFill(kit.GapInside, kit.NewPicture(theme.Icon("info", theme.ColorInfo), 24),
			kit.NewParagraph(e.T("repair.admin"), kit.Body)))
	}
	if cmds := Commands(s.Plan); cmds != "" {
		view.Body = append(view.Body, e.fold("commands", e.T("details.title"), kit.NewCard(theme.ColorSurface, theme.ColorHairline,
			kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("repair.commands"), kit.Strong),
				kit.NewParagraph(cmds, kit.Style{Size: kit.Small.Size, Mono: true})))))
	}
	do := e.main("step-"+string(s.Step), e.send(flow.Act{}))
	if s.Step == flow.StepOther {
		do.SetText(e.Words.Action(decide.Action{ID: decide.ActFix, Fix: s.Fix, Arg: s.Arg}, nil))
	}
	view.right(e.skip(s), do)
}

// Commands are the commands of a plan, one a line, as an engineer reads them.
func Commands(p *fix.Plan) string {
	if p == nil {
		return ""
	}
	var out []string
	for _, s := range p.Steps {
		if len(s.Command) > 0 {
			out = append(out, strings.Join(s.Command, " "))
		} else if s.Call != "" {
			out = append(out, s.Call)
		}
	}
	return strings.Join(out, "\n")
}

// trouble is a sentence about something that did not work, with its sign.
func trouble(text string) fyne.CanvasObject {
	return kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(decide.StateWarning), 24), kit.NewParagraph(text, kit.Body))
}
