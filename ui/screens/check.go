package screens

// The second screen: what is asked of whom, while it is asked. It advances by itself.

import (
	"slices"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
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
	slow := kit.NewParagraph(e.T("check.slow"), kit.Quiet) // why it takes long, and of whom we wait for an answer
	slow.Hide()
	stop := e.button("stop", e.send(flow.Stop{}))
	news := kit.NewColumn(kit.Column, 6)
	var told []piece

	show := func(n flow.State) bool {
		if n.Page != flow.Checking || n.Run != s.Run {
			return false
		}
		text := doingText(e, n)
		before := len(doing.Lines())
		doing.SetText(text)
		if n.Slow() {
			slow.SetText(e.T("check.slow", "Whom", n.Snap.Whom))
		}
		bar.Set(n.Progress())
		was := len(picture.Stops())
		picture.Set(e.stops(n.Path(), n.Active()))
		if n.Slow() != slow.Visible() || was != len(n.Path()) || before != len(doing.Lines()) {
			slow.Hidden = !n.Slow()
			e.Relayout()
		}
		if pieces := soFar(e, n); !slices.Equal(pieces, told) {
			told = pieces
			news.Objects = newsOf(e, pieces)
			e.Relayout()
			news.Refresh()
		}
		return true
	}
	show(s)
	return &View{
		Body: []fyne.CanvasObject{
			kit.NewColumn(kit.Column, 12, title, doing, bar),
			picture,
			news,
			slow,
		},
		Right:  []*kit.Button{stop}, // it shows what was found so far; Esc goes back
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
	// No number of a step: many things are asked side by side, and the picture has an order of its own.
	return e.T("check.now", "Doing", e.Words.Doing(d, s.Snap.Whom))
}

// maxNews is how many findings are shown while it works: as many as can be read meanwhile.
const maxNews = 4

// piece is one finding as it is shown.
type piece struct {
	state decide.State
	text  string
}

// soFar are the findings to show while the check runs: the newest of what is well, then what is wrong.
func soFar(e Env, s flow.State) []piece {
	var wrong, well []piece
	for _, f := range s.Snap.Findings {
		p := piece{f.State, e.finding(f)}
		switch {
		case p.text == "" || slices.Contains(well, p) || slices.Contains(wrong, p):
		case f.State == decide.StateOK:
			well = append(well, p)
		case f.State != decide.StateUnknown:
			wrong = append(wrong, p)
		}
	}
	if len(wrong) > maxNews {
		wrong = wrong[:maxNews]
	}
	if room := maxNews - len(wrong); len(well) > room {
		well = well[len(well)-room:]
	}
	return append(well, wrong...)
}

// newsOf shows them, each with its sign.
func newsOf(e Env, all []piece) (out []fyne.CanvasObject) {
	if len(all) == 0 {
		return nil
	}
	out = append(out, kit.NewParagraph(e.T("check.seen"), kit.Strong))
	for _, p := range all {
		out = append(out, kit.NewFill(kit.GapInside, kit.NewPicture(theme.StateIcon(p.state), 18), kit.NewParagraph(p.text, kit.Body)))
	}
	return out
}
