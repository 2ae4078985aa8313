package screens

// The third screen: who can act, what happened, where on the way, and what can be done. The details are folded.

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Verdict shows what was found.
func Verdict(e Env, s flow.State) *View {
	v := *s.Now.Verdict
	title, text := e.judged(s)

	offer := flow.OfferFor(v, e.Can)
	side := whoActs(v, offer)
	badge := e.T("side." + string(side))
	if offer.Main.Kind == flow.EditInput {
		side, badge = decide.SideYou, e.T("side.spelling") // a letter too many is quickly mended; only then is it the site's turn
	}
	if aboutConnection(s) {
		offer = flow.Offer{Main: flow.Choice{Kind: flow.Finish}}
		side, badge = decide.SideWorks, e.T("connection.badge")
	}
	if s.SameAgain() && offer.Main.Kind == flow.CheckAgain {
		// The advice was followed and did not help: the same button once more would lead nowhere.
		if i := slices.IndexFunc(offer.Second, func(c flow.Choice) bool { return c.Kind == flow.GuideMe }); i >= 0 {
			offer.Second = slices.Delete(offer.Second, i, i+1)
			offer.Main = flow.Choice{Kind: flow.GuideMe}
		}
	}
	badges := []fyne.CanvasObject{kit.NewBadge(sideState(side), badge)}
	if s.Provisional() {
		badges = append(badges, kit.NewTag(e.T("verdict.provisional")))
	}
	badges = append(badges, kit.NewLine(e.T("certainty."+string(v.Certainty)), kit.Quiet))
	head := kit.NewColumn(kit.Column, headGap, kit.NewRow(12, badges...), kit.NewParagraph(title, kit.Heading),
		kit.NewParagraph(text, kit.Body))

	if s.SameAgain() && s.Now.Result != nil {
		head.Add(kit.NewParagraph(e.T("verdict.same-again", "Time", s.Now.Result.StartedAt.Local().Format("15:04:05")), kit.Strong))
	}

	view := &View{Back: e.back()}
	// While the verdict may still change there is nothing to press but Stop: no button changes its meaning under a finger.
	if s.Provisional() {
		stop := e.button("stop", e.send(flow.Stop{}))
		view.Back, view.Right = nil, []*kit.Button{stop} // Stop shows what was found; Esc goes back
		view.First = stop
		bar := kit.NewProgress()
		bar.Set(s.Progress())
		head.Add(kit.NewParagraph(doingText(e, s), kit.Caption))
		head.Add(bar)
	} else if asksBrowser(s) {
		again := e.button("again", e.send(flow.Again{}))
		view.Right = []*kit.Button{again}
	} else {
		if offer.Main.Kind != flow.CheckAgain {
			view.Right = append(view.Right, e.button("again", e.send(flow.Again{})))
		}
		main := choose(e, offer.Main, true)
		if offer.Main.Kind == flow.CheckAgain && len(offer.Advice) > 0 && v.Side != decide.SideWorks {
			main.SetText(e.T("button.hand-done")) // what the advice says comes first
		}
		view.Right = append(view.Right, main)
		view.First = main
	}

	picture, below := seen(e, s)
	view.Body = []fyne.CanvasObject{head, kit.NewColumn(kit.Column, pictureGap, picture, below)}
	if asksBrowser(s) {
		ask, first := browserQuestion(e, s)
		view.Body = []fyne.CanvasObject{head, ask, kit.NewColumn(kit.Column, pictureGap, picture, below)}
		if places := elsewhere(e, s); places != nil {
			view.Body = append(view.Body, places)
		}
		view.First = first
	} else if !s.Provisional() {
		if places := elsewhere(e, s); places != nil {
			view.Body = append(view.Body, places)
		}
		if more := next(e, offer, v.Vars); more != nil {
			view.Body = append(view.Body, more)
		}
	}
	if s.Shortened() {
		view.Body = append(view.Body, shortened(e, s))
	}
	if s.Now.Result != nil {
		copied := kit.NewQuiet(e.T("button.copy"), e.Copy)
		copied.Icon = fynetheme.NewColoredResource(fynetheme.ContentCopyIcon(), fynetheme.ColorNamePrimary)
		copied.OnCancel = func() { e.Send(flow.Back{}) }
		aside := kit.NewRow(kit.GapInside, copied, e.toPapers())
		if askable(e, s) && !s.Provisional() && !offers(offer, flow.AskOutside) {
			look := kit.NewQuiet(e.T("button.outside"), e.lookOutside())
			look.Icon = theme.Icon("place", fynetheme.ColorNamePrimary)
			look.OnCancel = copied.OnCancel
			aside.Add(look)
		}
		view.Body = append(view.Body, kit.NewColumn(kit.Column, 0, e.fold("details", e.T("details.title"), details(e, s)), aside))
	}
	shown, running := s.Now, s.Snap
	view.Update = func(n flow.State) bool {
		return n.Page == flow.Verdict && n.Now.Same(shown) && n.Provisional() == s.Provisional() &&
			(!n.Provisional() || n.Snap.Step == running.Step && n.Snap.Doing == running.Doing && n.Stopped == s.Stopped)
	}
	return view
}

// whoActs is who can act: where the network is at fault but a button here mends or gets round it (a sign-in page, another DNS), it is
// the person. A look from a telephone mends nothing.
func whoActs(v decide.Verdict, o flow.Offer) decide.Side {
	if v.Side == decide.SideNetwork && o.Main.Kind == flow.ChooseStep && o.Main.Step != flow.StepRefresh && o.Main.Step != flow.StepDevice {
		return decide.SideYou
	}
	return v.Side
}

// badge is who can act, by what is kept of a verdict: the same words as when it was given.
func (e Env) badge(side decide.Side, cause decide.Cause) (decide.Side, string) {
	switch cause {
	case decide.NameNotFound, decide.PageNotFound:
		return decide.SideYou, e.T("side.spelling")
	}
	return side, e.T("side." + string(side))
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

// judged is the verdict in words; where only the connection was looked at, it speaks of the connection.
func (e Env) judged(s flow.State) (title, text string) {
	v := *s.Now.Verdict
	title, text = e.Words.Verdict(v)
	if aboutConnection(s) {
		title = e.T("connection." + string(v.Side) + ".title")
		text = e.T("connection."+string(v.Side)+".text", "Host", Site(s.Target))
	}
	return title, text
}

// aboutConnection tells whether only the connection was looked at, and nothing is wrong with it.
func aboutConnection(s flow.State) bool {
	v := s.Now.Verdict
	return s.Connection && (v.Side == decide.SideWorks || v.Side == decide.SideSite)
}

// seen is the picture with the line of what was seen at a stop: the broken one at first, with what is wrong there and nothing else;
// then the one that is clicked, with all that was seen there.
func seen(e Env, s flow.State) (picture *kit.PathDiagram, below fyne.CanvasObject) {
	line := kit.NewParagraph("", kit.Body)
	more := kit.NewParagraph("", kit.Small)
	box := kit.NewColumn(kit.Column, 2, line, more)
	path := s.Path()
	tell := func(id decide.HopID, all bool) {
		first, rest := e.seenAt(s, path, id, all)
		line.SetText(first)
		more.SetText(rest)
		more.Hidden = rest == ""
	}
	stops := e.stops(path, s.Active())
	if at, key := notBroken(s); at != "" {
		for i := range stops {
			if stops[i].ID == at && stops[i].State == decide.StateProblem {
				stops[i].State, stops[i].Word = decide.StateWarning, e.T("state."+key)
			}
		}
	}
	picture = kit.NewPathDiagram(stops, nil)
	picture.OnCancel = func() { e.Send(flow.Back{}) }
	picture.OnSelect = func(id decide.HopID) {
		tell(id, true)
		e.Relayout()
	}
	id := flow.Culprit(path)
	if id == "" && len(path) > 0 {
		id = path[len(path)-1].Hop
	}
	picture.Select(id)
	tell(id, false)
	return picture, kit.NewSlimCard(theme.ColorSurface, theme.ColorHairline, box)
}

// notBroken is the stop that is not well and not broken either, and what is said of it: readers took the red box of a network that waits
// for a sign-in for a broken one, and that of a site without this one page for a dead site. "": there is none.
func notBroken(s flow.State) (at decide.HopID, key string) {
	if s.Now.Verdict == nil {
		return "", ""
	}
	switch s.Now.Verdict.Cause {
	case decide.CaptivePortal:
		return decide.HopRouter, "sign-in"
	case decide.PageNotFound:
		return decide.HopOrigin, "no-page"
	}
	return "", ""
}

// seenAt is what was seen at a stop: a sentence about the stop, then the findings made there, what is wrong first. all: also what is
// well and what is not known; else only the first thing that is wrong, so that what can be done stays in sight.
func (e Env) seenAt(s flow.State, path []decide.Hop, id decide.HopID, all bool) (line, rest string) {
	state := decide.StateUnknown
	for _, h := range path {
		if h.Hop == id {
			state = h.State
		}
	}
	line = e.T("stop."+string(state), "Stop", e.Words.Hop(id))
	if at, key := notBroken(s); state == decide.StateProblem && id == at {
		line = e.T("stop."+key, "Stop", e.Words.Hop(id))
	}
	if s.Now.Result == nil {
		return line, ""
	}
	states := []decide.State{decide.StateProblem, decide.StateWarning}
	if all {
		states = append(states, decide.StateOK, decide.StateUnknown)
	}
	var told []string
	for _, want := range states {
		for _, f := range s.Now.Result.Findings {
			if f.Hop != id || f.State != want {
				continue
			}
			if t := e.finding(f); t != "" && !slices.Contains(told, t) {
				told = append(told, t)
			}
		}
	}
	if !all && len(told) > 1 {
		told = told[:1]
	}
	return line, strings.Join(told, "\n")
}

func (e Env) finding(f decide.Finding) string {
	if f.Text != "" {
		return f.Text
	}
	return e.Words.Finding(f)
}

const (
	headGap    = 6 // between badge, headline and sentences: they are read as one
	pictureGap = 6 // between the picture and what it says of one stop
)

// next is what else can be done: buttons, and advice that no program can follow.
func next(e Env, o flow.Offer, vars map[string]any) fyne.CanvasObject {
	box := kit.NewColumn(kit.Column, 4)
	if waits := o.Main.Kind == flow.TellMe; waits || len(o.Advice) > 0 {
		box.Add(kit.NewParagraph(e.T("verdict.you-can"), kit.Strong))
		if waits {
			box.Add(bullet(e.T("verdict.tell-me")))
		}
		for _, a := range o.Advice {
			how := e.Words.ActionHow(a, vars)
			if a.ID == decide.ActFix { // the text says what follows: what it follows from stands on the button
				how = e.Words.Action(a, vars) + e.T("verdict.then", "Text", lowerFirst(how))
			}
			box.Add(bullet(how))
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

// lowerFirst is the text with a small letter at its beginning, to stand after a colon.
func lowerFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(r)) + text[n:]
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
		if c.Step == flow.StepOpen || c.Step == flow.StepFirewall && arg != flow.ArgFirewall {
			key = "open-" + c.Action.Fix
			if c.Action.Fix == flow.FixSettings {
				key += "-" + arg
			}
		}
		tap = e.send(flow.Choose{Step: c.Step, Fix: c.Action.Fix, Arg: arg, After: c.Action.AfterS})
	case flow.Finish:
		key, tap = "finish", e.send(flow.Leave{})
	case flow.GuideMe:
		key, tap = "guide", e.send(flow.Guide{})
	case flow.EditInput:
		key, tap = "edit", e.send(flow.Back{})
	case flow.CopyReport:
		key, tap = "copy", e.Copy
	case flow.Message:
		key, tap = "message-copy", func() { e.Message(c.Action.ID) }
	case flow.AskOutside:
		key, tap = "outside", e.lookOutside()
	case flow.TellMe:
		key, tap = "tell-me", e.send(flow.StartWatch{})
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
