// This file draws the steps of a path: small signs and words on no ground, so that nobody takes them for buttons.

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/ui/theme"
)

// Mark is one step of a track.
type Mark struct {
	Name string
	Done bool // tested: ticked
	Now  bool
}

// trackGap lies between two steps: wide enough that their words do not run together.
const trackGap = 16

// NewTrack lists the steps in reading order, wrapping.
func NewTrack(marks []Mark) *fyne.Container {
	var row []fyne.CanvasObject
	for _, m := range marks {
		row = append(row, newMark(m))
	}
	return NewRow(trackGap, row...)
}

func newMark(m Mark) fyne.CanvasObject {
	text := Caption
	var sign fyne.CanvasObject = NewDot()
	switch {
	case m.Now:
		text = Style{Size: fynetheme.SizeNameCaptionText, Bold: true}
	case m.Done:
		sign = NewPicture(theme.Icon("ok", theme.ColorOK), theme.SizeOf(fynetheme.SizeNameCaptionText))
	}
	if m.Now {
		sign = container.New(dot{}, canvas.NewCircle(theme.Of(fynetheme.ColorNamePrimary)))
	}
	return NewFill(4, sign, NewLine(m.Name, text))
}
