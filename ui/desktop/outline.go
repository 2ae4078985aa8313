//go:build cgo && outline

package desktop

// The outline: what stands in the window now, told to whoever asks on a socket. With it the window tests find a button by its words and
// not by its colour. Only the build that those tests drive has it (the tag outline); the shipped program has no such door.

import (
	"encoding/json"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"passerelle/ui"
	"passerelle/ui/kit"
)

// outlineVar names the socket. Without it nobody is told anything.
const outlineVar = "PASSERELLE_OUTLINE"

// outline is what stands in the window.
type outline struct {
	Page, Phase, Side, Cause string
	Run                      int    // number of the check
	Busy                     bool   // it runs
	Undoing                  string // the change that is being put back
	Left                     int    // seconds left of the countdown that is shown
	Clip                     string // what the clipboard holds
	Things                   []thing
	Goroutines               int
	HeapKB                   uint64 // in use, after a collection
	WaitMS                   int64  // how long the window's own goroutine let this question wait
}

// thing is one thing that can be read or used, with its place in the window, in pixels.
type thing struct {
	Kind           string // text, button, field, or the name of another thing that can be clicked
	Text           string
	X, Y, W, H     int
	Shown          bool // its middle is in view
	Main, Selected bool
	Focused        bool
}

// tellOutline answers on the socket that the environment names, for as long as the window lives.
func tellOutline(s *ui.Shell, w fyne.Window) {
	path := os.Getenv(outlineVar)
	if path == "" {
		return
	}
	_ = os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		fyne.LogError("opening the outline's socket", err)
		return
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			o := outline{Goroutines: runtime.NumGoroutine(), HeapKB: m.HeapAlloc >> 10}
			asked := time.Now()
			fyne.DoAndWait(func() { o.WaitMS = time.Since(asked).Milliseconds(); o.read(s, w) })
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_ = json.NewEncoder(c).Encode(o) // who asked may be gone
			_ = c.Close()
		}
	}()
}

// read is called on the window's own goroutine.
func (o *outline) read(s *ui.Shell, w fyne.Window) {
	st := s.State()
	o.Run = st.Run
	o.Page, o.Phase, o.Busy, o.Undoing, o.Left = string(st.Page), string(st.Phase), st.Running, st.Undoing, max(st.Left, st.Wait.Left)
	if v := st.Now.Verdict; v != nil {
		o.Side, o.Cause = string(v.Side), string(v.Cause)
	}
	o.Clip = fyne.CurrentApp().Clipboard().Content()
	v := viewer{o: o, scale: w.Canvas().Scale(), focused: w.Canvas().Focused()}
	v.walk(s.Root(), fyne.NewPos(0, 0), fyne.NewPos(0, 0), fyne.NewPos(w.Canvas().Size().Components()), nil)
	for i := range o.Things { // what is drawn later and takes clicks lies above
		for _, over := range o.Things[i+1:] {
			if x, y := o.Things[i].X+o.Things[i].W/2, o.Things[i].Y+o.Things[i].H/2; over.Kind != "text" && over.Shown &&
				x >= over.X && x < over.X+over.W && y >= over.Y && y < over.Y+over.H {
				o.Things[i].Shown = false
			}
		}
	}
}

type viewer struct {
	o       *outline
	scale   float32
	focused fyne.Focusable
}

// walk visits every visible object. from and to bound what is in view there. words collects the texts of a thing that can be clicked.
func (v *viewer) walk(x fyne.CanvasObject, at, from, to fyne.Position, words *[]string) {
	if x == nil || !x.Visible() {
		return
	}
	at = at.Add(x.Position())
	here := thing{X: int(at.X * v.scale), Y: int(at.Y * v.scale), W: int(x.Size().Width * v.scale), H: int(x.Size().Height * v.scale)}
	mid := at.Add(fyne.NewPos(x.Size().Width/2, x.Size().Height/2))
	here.Shown = mid.X >= from.X && mid.X <= to.X && mid.Y >= from.Y && mid.Y <= to.Y
	if f, ok := x.(fyne.Focusable); ok {
		here.Focused = v.focused == f
	}
	put := func(kind, text string) {
		if words != nil {
			*words = append(*words, text)
			return
		}
		if text != "" || kind != "text" {
			here.Kind, here.Text = kind, text
			v.o.Things = append(v.o.Things, here)
		}
	}
	var children []fyne.CanvasObject
	switch t := x.(type) {
	case *kit.Button:
		here.Main, here.Selected = t.Importance == widget.HighImportance, t.Selected
		put("button", t.Text)
		return
	case *kit.Paragraph:
		put("text", t.Text())
		return
	case *kit.Field:
		put("field", t.Text)
		return
	case *kit.Area:
		put("field", t.Text)
		return
	case *canvas.Text:
		put("text", t.Text)
		return
	case *fyne.Container:
		children = t.Objects
	case *container.Scroll:
		children = []fyne.CanvasObject{t.Content}
		end := at.Add(t.Size())
		from = fyne.NewPos(max(from.X, at.X), max(from.Y, at.Y))
		to = fyne.NewPos(min(to.X, end.X), min(to.Y, end.Y))
	case fyne.Widget:
		children = test.WidgetRenderer(t).Objects()
		if _, ok := x.(fyne.Tappable); ok && words == nil {
			var inside []string
			for _, c := range children {
				v.walk(c, at, from, to, &inside)
			}
			kind := "thing"
			if d, ok := x.(fyne.Disableable); ok && d.Disabled() {
				kind = "text" // a stop of a picture that tells nothing more
			}
			put(kind, strings.Join(inside, " "))
			return
		}
	}
	for _, c := range children {
		v.walk(c, at, from, to, words)
	}
}
