//go:build cgo

package desktop

// With cgo: the real window, and the guard at its start. A plain Fyne program without OpenGL 2.1 runs for ever and shows nothing;
// this one finds out at once, and says so.

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"

	"passerelle/checks/fix"
	"passerelle/ui"
	"passerelle/ui/theme"
)

// Size of the window at first (fyne-anchors §8.2).
const (
	width  = 920
	height = 660
)

// tidyAfter the start, what only the start needed (fonts and drawings as they were read) is given back to the system.
const tidyAfter = 2 * time.Second

// Open opens the window and returns when it is closed. It must be called from the main goroutine. base is what fixes need from the
// program around them. The error is an *Error.
// A second start brings the first window forward instead.
func Open(base fix.Env, version string) error {
	dir, err := fix.StateDir(os.Getenv)
	if err != nil {
		return OpenWith(ui.Real(base), version) // nowhere to meet the first window
	}
	me, other := claim(dir, screenName())
	if other {
		return nil
	}
	defer me.close()
	return open(ui.Real(base), version, me)
}

// OpenWith opens the window on given dependencies, for tests and pictures with told checks. What the window itself brings (clipboard, preferences, links, the way to the UI
// goroutine) is filled in where d leaves it empty.
func OpenWith(d ui.Deps, version string) error { return open(d, version, nil) }

func open(d ui.Deps, version string, me *instance) (err error) {
	defer func() {
		if r := recover(); r != nil { // no display: Fyne panics in the caller
			err = &Error{NoDisplay, fmt.Errorf("opening the window: %v", r)}
		}
	}()
	if err := displayNamed(); err != nil {
		return &Error{NoDisplay, err}
	}
	app.SetMetadata(fyne.AppMetadata{ID: AppID, Name: Title, Version: version, Icon: theme.AppIcon()})
	a := app.NewWithID(AppID)
	a.SetIcon(theme.AppIcon())
	w := a.NewWindow(Title)
	raise := func() {
		w.Show()
		restore(w)
		w.RequestFocus()
	}
	if d.Attract == nil {
		d.Attract = raise
	}
	fill(&d, a)
	s := ui.New(a, w, d)
	w.Resize(fyne.NewSize(width, height))
	w.CenterOnScreen()
	w.SetMaster()
	leave := func() {
		s.Close()
		w.Close()
	}
	w.SetOnDropped(func(_ fyne.Position, files []fyne.URI) {
		var names []string
		for _, f := range files {
			names = append(names, f.Path())
		}
		s.Drop(names)
	})
	w.SetCloseIntercept(func() {
		if s.Busy() {
			s.Warn("ui.busy")
			return
		}
		if !s.Keep(leave) {
			leave()
		}
	})
	w.Show()
	if !windowExists(w) {
		if again := retrySoftware(); again != nil {
			return &Error{NoOpenGL, again}
		}
		return &Error{NoOpenGL, errors.New("creating the window: no OpenGL 2.1")}
	}
	a.Lifecycle().SetOnStarted(func() {
		s.Restyle() // before Run the theme would stop following the system's light and dark (fyne-anchors P9)
		a.Settings().AddListener(func(fyne.Settings) { fyne.Do(s.LookChanged) })
		go func() {
			time.Sleep(tidyAfter)
			debug.FreeOSMemory()
		}()
		tellOutline(s, w)
		if me != nil {
			go me.serve(func(done func()) { fyne.Do(func() { raise(); done() }) })
		}
	})
	a.Run()
	s.Close()
	return nil
}

func fill(d *ui.Deps, a fyne.App) {
	if d.Clip == nil {
		d.Clip = a.Clipboard()
	}
	if d.Prefs == nil {
		d.Prefs = a.Preferences()
	}
	if d.OpenURL == nil {
		d.OpenURL = a.OpenURL
	}
	if d.Dispatch == nil {
		d.Dispatch = fyne.Do
	}
	if d.Every == nil {
		d.Every = every
	}
}

// every calls f on the UI goroutine once per d, until stop.
func every(d time.Duration, f func()) (stop func()) {
	t := time.NewTicker(d)
	done := make(chan struct{})
	ended := false // touched on the UI goroutine only
	go func() {
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				fyne.Do(func() {
					if !ended {
						f()
					}
				})
			}
		}
	}()
	return func() {
		if !ended {
			ended = true
			close(done)
		}
	}
}

// windowExists tells whether the system really made the window: Fyne only logs it when it did not.
func windowExists(w fyne.Window) (ok bool) {
	n, is := w.(driver.NativeWindow)
	if !is {
		return true
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	n.RunNative(func(c any) {
		switch x := c.(type) {
		case driver.WindowsWindowContext:
			ok = x.HWND != 0
		case driver.X11WindowContext:
			ok = x.WindowHandle != 0
		default:
			ok = true
		}
	})
	return ok
}
