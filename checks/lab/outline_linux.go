package lab

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"
)

// outlineSocket is where the window tells what stands in it, on the computer (ui/desktop/outline.go).
const outlineSocket = "/run/tmp/outline.sock"

// Outline is what stands in the window, as the program itself tells it to its tests.
type Outline struct {
	Page, Phase, Side, Cause string
	Run                      int // number of the check
	Busy                     bool
	Undoing                  string
	Left                     int
	Clip                     string
	Things                   []Thing
	Goroutines               int
	HeapKB                   int
	WaitMS                   int // how long the window's own goroutine let the question wait
}

// Thing is one thing that can be read or used, with its place in the window, in pixels.
type Thing struct {
	Kind           string // text, button, field, thing
	Text           string
	X, Y, W, H     int
	Shown          bool // its middle is in view
	Main, Selected bool
	Focused        bool
}

// At is on that page.
func At(page string) func(Outline) bool { return func(o Outline) bool { return o.Page == page } }

// Still is on that page, with nothing running.
func Still(page string) func(Outline) bool {
	return func(o Outline) bool { return o.Page == page && !o.Busy && o.Undoing == "" }
}

// Find is the thing of a kind with these words; kind "" is any that can be used. A button is found by its beginning as well.
func (o Outline) Find(kind, text string) (Thing, bool) {
	for _, whole := range []bool{true, false} {
		for _, th := range o.Things {
			if (th.Kind == kind || kind == "" && th.Kind != "text") && (th.Text == text || !whole && text != "" && strings.Contains(th.Text, text)) {
				return th, true
			}
		}
	}
	return Thing{}, false
}

// Focus is what has the keyboard.
func (o Outline) Focus() (Thing, bool) {
	for _, th := range o.Things {
		if th.Focused {
			return th, true
		}
	}
	return Thing{}, false
}

// Says tells whether a text stands in the window.
func (o Outline) Says(text string) bool {
	for _, th := range o.Things {
		if strings.Contains(th.Text, text) {
			return true
		}
	}
	return false
}

// String is everything that can be read, for a complaint.
func (o Outline) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "page %s %s, %s %s, busy %v", o.Page, o.Phase, o.Side, o.Cause, o.Busy)
	for _, th := range o.Things {
		mark := ""
		if th.Main {
			mark = "*"
		}
		if th.Focused {
			mark += "<"
		}
		fmt.Fprintf(&b, "\n  %s%s: %s", th.Kind, mark, th.Text)
	}
	return b.String()
}

// Look asks the window what stands in it.
func (x *Window) Look() Outline {
	x.w.T.Helper()
	o, err := x.look(5 * time.Second)
	if err != nil {
		x.w.T.Fatalf("the window does not say what stands in it: %v", err)
	}
	return o
}

func (x *Window) look(limit time.Duration) (o Outline, err error) {
	c, err := net.DialTimeout("unix", x.w.Computer.Path(outlineSocket), limit)
	if err != nil {
		return o, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return o, err
	}
	err = json.NewDecoder(c).Decode(&o)
	if err == nil && o.WaitMS > x.Slowest {
		x.Slowest = o.WaitMS
	}
	return o, err
}

// painted is how long the screen may lag behind what the window knows: software drawing, on a machine that does more than this.
const painted = 200 * time.Millisecond

// Until waits until the window is as wanted, for at most limit, keeps a picture under the name, and gives what stands there.
func (x *Window) Until(name string, limit time.Duration, wanted func(Outline) bool) Outline {
	x.w.T.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(60 * time.Millisecond) {
		o := x.Look()
		if wanted(o) {
			time.Sleep(painted)
			x.Shot(name)
			return o
		}
		if time.Now().After(end) {
			x.w.T.Fatalf("%s does not come within %v, see %s:\n%s", name, limit, x.Shot(name+"-missing"), o)
		}
	}
}

// Hand is how a person uses the window: with the mouse, or with the keyboard.
type Hand int

// Mouse and Keys. Text is typed with both.
const (
	Mouse Hand = iota
	Keys
)

// maxTabs is how many presses of Tab lead everywhere on any page.
const maxTabs = 60

// Press presses the button (or the stop, or the fold) with these words.
func (x *Window) Press(h Hand, text string) {
	x.w.T.Helper()
	if h == Keys {
		x.tabTo(text)
		x.Key("Return")
		return
	}
	th := x.bring(text)
	x.ClickIn(th.X+th.W/2, th.Y+th.H/2)
}

// bring finds a thing and turns the wheel until it is in view, as a person would.
func (x *Window) bring(text string) Thing {
	x.w.T.Helper()
	last := -1
	for range 80 {
		o := x.Look()
		th, ok := o.Find("", text)
		if !ok {
			x.w.T.Fatalf("there is no button %q, see %s:\n%s", text, x.Shot("no-button"), o)
		}
		moving := th.Y != last
		last = th.Y
		switch {
		case moving: // the page is scrolled, or was laid out just now
			time.Sleep(60 * time.Millisecond)
		case th.Shown:
			return th
		default:
			wheel := "5"
			if th.Y < 100 {
				wheel = "4"
			}
			x.do("mousemove", "--window", x.id(), "30", "330", "click", wheel) // beside the page: over a long text the wheel turns that text first
			time.Sleep(60 * time.Millisecond)
		}
	}
	x.w.T.Fatalf("%q cannot be brought into view, see %s", text, x.Shot("out-of-view"))
	return Thing{}
}

// tabTo presses Tab until the thing with these words has the focus.
func (x *Window) tabTo(text string) {
	x.w.T.Helper()
	want, ok := x.Look().Find("", text)
	if !ok {
		x.w.T.Fatalf("there is no button %q, see %s:\n%s", text, x.Shot("no-button"), x.Look())
	}
	for range maxTabs {
		if now, ok := x.Look().Focus(); ok && now.Text == want.Text && now.Kind == want.Kind {
			return
		}
		x.Key("Tab")
		time.Sleep(20 * time.Millisecond)
	}
	x.w.T.Fatalf("Tab does not lead to %q, see %s:\n%s", text, x.Shot("no-focus"), x.Look())
}

// ClickIn clicks a place of the window, in its pixels.
func (x *Window) ClickIn(px, py int) {
	x.w.T.Helper()
	x.do("mousemove", "--window", x.id(), fmt.Sprint(px), fmt.Sprint(py), "click", "1")
}

// Away gives the keyboard to somebody else, as when the person works in another window.
func (x *Window) Away() {
	x.w.T.Helper()
	root, _, _ := strings.Cut(x.do("search", "--maxdepth", "0", "--name", ".*"), "\n")
	x.do("windowfocus", root)
	if x.hasFocus() {
		x.w.T.Fatal("the lab failed: the window keeps the keyboard")
	}
}

// Forward waits until the window has the keyboard again, for at most limit.
func (x *Window) Forward(limit time.Duration) bool {
	x.w.T.Helper()
	for end := time.Now().Add(limit); !x.hasFocus(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func (x *Window) hasFocus() bool { return x.w.Exec("xdotool", "getwindowfocus").Stdout == x.id()+"\n" }
