package screens

// The second screen: what is asked of whom, while it is asked. It advances by itself.

import (
	"fyne.io/fyne/v2"

	"passerelle/ui/flow"
	"passerelle/ui/kit"
)

// Check shows a running check.
func Check(e Env, s flow.State) *View {
	key := "check.title"
	if s.Recheck {
		key = "check.again"
	}
	title := kit.NewParagraph(e.T(key, "Host", Site(s.Target)), kit.Heading)
	doing := kit.NewParagraph("", kit.Quiet)
	bar := kit.NewProgress()
	picture := kit.NewPathDiagram(nil, nil)
	slow := kit.NewParagraph(e.T("check.slow"), kit.Quiet)
	slow.Hide()
	stop := e.button("stop", e.send(flow.Stop{}))

	show := func(n flow.State) bool {
		if n.Page != flow.Checking || n.Run != s.Run {
			return false
		}
		text := doingText(e, n)
		before := len(doing.Lines())
		doing.SetText(text)
		bar.Set(n.Progress())
		was := len(picture.Stops())
		picture.Set(e.stops(n.Path(), n.Active()))
		if n.Slow() != slow.Visible() || was != len(n.Path()) || before != len(doing.Lines()) {
			slow.Hidden = !n.Slow()
			e.Relayout()
		}
		return true
	}
	show(s)
	return &View{
		Body: []fyne.CanvasObject{
			kit.NewColumn(kit.Column, 12, title, doing, bar),
			picture,
			slow,
		},
		Back:   e.back(),
		Right:  []*kit.Button{stop},
		First:  stop,
		Update: show,
	}
}

// doingText says what is asked, and of whom.
func doingText(e Env, s flow.State) string {
	if s.Stopped {
		return e.T("check.stopping")
	}
	d := s.Snap.Doing
	if d == "" {
		return e.T("check.starting")
	}
	if s.Snap.Steps > 0 {
		return e.Words.Step(d, s.Snap.Whom, s.Snap.Step, s.Snap.Steps)
	}
	return e.Words.Doing(d, s.Snap.Whom)
}
