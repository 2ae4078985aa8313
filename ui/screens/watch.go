package screens

// Waiting until a site is back: the window may be left alone.

import (
	"fyne.io/fyne/v2"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Watch shows how the waiting stands.
func Watch(e Env, s flow.State) *View {
	if s.Wait.Over {
		again := e.main("wait-again", e.send(flow.StartWatch{}))
		return &View{Back: e.back(), Right: []*kit.Button{again}, First: again,
			Body:   []fyne.CanvasObject{kit.NewParagraph(e.T("watch.over.title"), kit.Heading), kit.NewParagraph(e.T("watch.over.text", "Host", Site(s.Target)), kit.Body)},
			Update: func(n flow.State) bool { return n.Page == flow.Watch && n.Wait.Over }}
	}
	left := kit.NewParagraph("", kit.SubHeading)
	last := kit.NewParagraph("", kit.Quiet)
	bar := kit.NewProgress()
	picture := kit.NewPathDiagram(nil, nil)
	now := e.main("try-now", e.send(flow.Act{}))
	back := e.back()
	back.SetText(e.T("button.wait-no-more"))
	head := kit.NewColumn(kit.Column, 12, kit.NewParagraph(e.T("watch.title", "Host", Site(s.Target)), kit.Heading))
	if v := s.Now.Verdict; v != nil {
		title, _ := e.Words.Verdict(*v)
		head.Add(kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(sideState(v.Side)), 24), kit.NewParagraph(title, kit.Strong)))
	}
	head.Add(kit.NewParagraph(e.T("watch.text"), kit.Body))
	head.Add(left)
	head.Add(bar)
	view := &View{Body: []fyne.CanvasObject{head, picture, last}, Back: back, Right: []*kit.Button{now}, First: now}
	tries := s.Wait.Tries
	view.Update = func(n flow.State) bool {
		if n.Page != flow.Watch || n.Wait.Over || n.Wait.Tries != tries {
			return false
		}
		if n.Running {
			left.SetText(e.T("watch.trying"))
			bar.Set(1)
			return true
		}
		key := "refresh.left"
		if n.Wait.Good > 0 {
			key = "watch.confirm"
		}
		left.SetText(e.T(key, "Time", clock(n.Wait.Left)))
		bar.Set(1 - float32(n.Wait.Left)/float32(max(n.Wait.Total, 1)))
		return true
	}
	picture.Set(e.stops(s.Now.Path, ""))
	last.SetText(e.T("watch.none-yet"))
	if s.Wait.Last != nil {
		last.SetText(e.T("watch.last", "N", s.Wait.Tries))
		last.Hidden = s.Wait.Good > 0 // "it doesn't open yet" would be a lie: it has just opened
	}
	view.Update(s)
	return view
}
