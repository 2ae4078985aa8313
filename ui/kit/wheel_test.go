package kit

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestWheelLeavesATextAtItsEnd(t *testing.T) {
	test.NewTempApp(t)
	f := NewFrame()
	w := test.NewTempWindow(t, nil)
	w.SetPadded(false)
	w.SetContent(f.Root)
	w.Resize(fyne.NewSize(700, 460))
	text := NewSheet(strings.Repeat("line\n", 30), 5)
	var body []fyne.CanvasObject
	body = append(body, text)
	for range 40 {
		body = append(body, NewParagraph("below", Body))
	}
	f.Show(NewParagraph("head", Body), nil, body, false, true)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(text).Add(fyne.NewPos(100, 40))
	test.Scroll(w.Canvas(), at, 0, -50)
	if f.Scroll.Offset.Y != 0 {
		t.Fatalf("the page moved by %v while the text could", f.Scroll.Offset.Y)
	}
	for range 30 {
		test.Scroll(w.Canvas(), at, 0, -50)
	}
	if f.Scroll.Offset.Y == 0 {
		t.Error("the wheel does not leave the text at its end")
	}
}
