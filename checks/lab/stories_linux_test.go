package lab

import (
	"bytes"
	"image"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Stories of the real window, told by keys and mouse, in French and in English. Their pictures are kept, to be leafed through.

// story is one of them: what is broken, and what the person does.
type story struct {
	name, lang string
	prepare    func(w *World)
	tell       func(t *testing.T, w *World, win *Window, gui string)
}

var stories = []story{
	{"comes-back", "fr_FR.UTF-8", func(w *World) { nginxUpstreamRefused(w) }, comesBack},
	{"message-in-browser", "en_US.UTF-8", func(w *World) { plainSite(w) }, messageInBrowser},
	{"explain-then-check", "fr_FR.UTF-8", func(w *World) { nginxUpstreamRefused(w) }, explainThenCheck},
	{"second-start", "en_US.UTF-8", func(w *World) { plainSite(w) }, secondStart},
	{"no-settings-folder", "fr_FR.UTF-8", func(w *World) { nginxUpstreamRefused(w) }, noSettingsFolder},
}

// TestWindowStories tells them one after the other. PASSERELLE_GUI is the built desktop program, without the tag migrated_fynedo.
func TestWindowStories(t *testing.T) {
	gui := os.Getenv("PASSERELLE_GUI")
	if gui == "" {
		t.Skip("PASSERELLE_GUI names no built desktop program (make build makes one)")
	}
	gui, err := filepath.Abs(gui)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			defer count(t)
			w := New(t)
			s.prepare(w)
			w.Computer.Env = append(w.Computer.Env, "LANG="+s.lang, "LC_ALL="+s.lang)
			if s.name == "no-settings-folder" {
				w.Computer.Env = append(w.Computer.Env, "HOME=/proc/1", "XDG_CONFIG_HOME=/proc/1", "XDG_STATE_HOME=/proc/1") // nobody can write there
			}
			win := w.Window(gui)
			t.Logf("pictures: %s", win.Dir)
			if _, ok := win.Await("address", 15*time.Second, hasMainButton); !ok {
				t.Fatal("the first screen does not come")
			}
			s.tell(t, w, win, gui)
			if !win.Running() {
				t.Error("the program has ended")
			}
			logs, _ := filepath.Glob(filepath.Join(w.Dir, "*-"+filepath.Base(gui)+".log"))
			for _, l := range logs {
				if text, err := os.ReadFile(l); err == nil && bytes.Contains(text, []byte("Error in Fyne call thread")) {
					t.Errorf("a widget was touched off its thread:\n%s", text)
				}
			}
		})
	}
}

// check types the site's address, presses Enter and waits for a sign of those colours.
func (x *Window) check(t *testing.T, name string, sign []uint32) image.Image {
	t.Helper()
	x.Type(SiteHost)
	x.Key("Return")
	page, ok := x.Await(name, 15*time.Second, func(p image.Image) bool { return pixels(p, sign) > 60 })
	if !ok {
		t.Fatalf("no verdict with its sign, see %s", x.Dir)
	}
	x.Settle(3 * time.Second)
	return page
}

// press clicks the main button.
func (x *Window) press(t *testing.T) {
	t.Helper()
	px, py, ok := Filled(x.Picture(x.Shot("before-click")), mainButton...)
	if !ok {
		t.Fatalf("no main button, see %s", x.Dir)
	}
	x.Click(px, py)
	time.Sleep(time.Second)
}

// sayBack tells whether the result is shown: "Finish" is the main button, below two pictures of which the upper one is broken.
func sayBack(p image.Image) bool { return pixels(p, signOK) > 1500 && hasMainButton(p) }

// comesBack: 502; "tell me when it's back"; the site is mended meanwhile; two good answers; it is said. Mouse only.
func comesBack(t *testing.T, w *World, win *Window, _ string) {
	win.check(t, "verdict", signBad)
	win.press(t)
	win.Shot("waiting")
	w.ServeTCP(w.Internet, "127.0.0.1:9001", func(c net.Conn) {
		request(c)
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
		c.Close()
	})
	w.Prove(siteURL, 200, 0)
	win.press(t) // try now, for the first good answer; the second try comes by itself
	if _, ok := win.Await("back", 30*time.Second, sayBack); !ok {
		t.Error("nobody says that the site is back")
	}
}

// messageInBrowser: the site works for us; the browser shows a message of its own; the cause is there. Keyboard only.
func messageInBrowser(t *testing.T, _ *World, win *Window, _ string) {
	win.check(t, "works", signOK)
	win.Key("Tab") // from "Yes" to "No, I see a message"
	win.Key("Return")
	if _, ok := win.Await("paste", 5*time.Second, hasMainButton); !ok {
		t.Fatal("nothing to paste into")
	}
	win.Type("ERR_CONNECTION_RESET")
	win.Shot("pasted")
	win.Key("Return")
	if _, ok := win.Await("browser-side", 15*time.Second, func(p image.Image) bool { return pixels(p, signWarning) > 60 && hasMainButton(p) }); !ok {
		t.Error("what the browser showed does not count")
	}
}

// explainThenCheck: the field takes the words of an error, and then the site's address. Keyboard only.
func explainThenCheck(t *testing.T, _ *World, win *Window, _ string) {
	win.Type("502 Bad Gateway nginx")
	win.Key("Return")
	if _, ok := win.Await("explained", 5*time.Second, func(p image.Image) bool { return pixels(p, signBad) > 60 && hasMainButton(p) }); !ok {
		t.Fatal("the error is not explained")
	}
	win.Type(SiteHost)
	win.Key("Return")
	time.Sleep(time.Second)
	if _, ok := win.Await("verdict", 15*time.Second, func(p image.Image) bool { return pixels(p, signBad) > 60 && pixels(p, signOK) > 60 }); !ok {
		t.Error("no check of the site that was asked for")
	}
}

// secondStart: the program is started twice; the second one ends at once, and the first one stays.
func secondStart(t *testing.T, w *World, win *Window, gui string) {
	begin := time.Now()
	o := w.Computer.run(w.Computer.As(w.Computer.Command(gui)), 10*time.Second)
	if took := time.Since(begin); o.Exit != 0 || took > 5*time.Second {
		t.Errorf("the second start ended with %d after %v: %s", o.Exit, took, o.Stderr)
	}
	win.Type("still.here.example")
	win.Settle(3 * time.Second)
	win.Shot("first-window")
}

// noSettingsFolder: nothing can be kept; everything else works.
func noSettingsFolder(t *testing.T, _ *World, win *Window, _ string) {
	win.check(t, "verdict", signBad)
	win.press(t)
	win.Shot("waiting")
}
