package lab

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Colours of the light theme by which the window is read from outside, as eyes would (ui/theme).
const (
	mainButton  = 0x0b57d0
	signOK      = 0x0f6b3a
	signWarning = 0x8a4b00
)

// TestWindowStory is one run of the real window: an old address in this computer's cache; the address is typed, Enter pressed,
// the verdict read, the fix clicked, and the site opens. PASSERELLE_GUI is the built desktop program. Its pictures are kept.
func TestWindowStory(t *testing.T) {
	gui := os.Getenv("PASSERELLE_GUI")
	if gui == "" {
		t.Skip("PASSERELLE_GUI names no built desktop program (make build makes one)")
	}
	defer count(t)
	gui, err := filepath.Abs(gui)
	if err != nil {
		t.Fatal(err)
	}
	w := New(t)
	w.Resolved()
	stale(w)
	win := w.Window(gui)
	t.Logf("pictures: %s", win.Dir)
	win.Settle(10 * time.Second)
	if title := win.Title(); title != "Passerelle" {
		t.Errorf("the window is called %q", title)
	}
	win.Shot("address")
	win.Type(SiteHost)
	win.Shot("typed")
	win.Key("Return")
	time.Sleep(700 * time.Millisecond)
	win.Shot("checking")
	win.Settle(15 * time.Second)
	verdict := win.Picture(win.Shot("verdict"))
	if Count(verdict, signWarning) < 20 {
		t.Error("the verdict shows no sign of something to be mended here")
	}
	// The main button is clicked until the cache is empty: it may show first what it is about to do.
	mended := false
	for i := 0; i < 4 && !mended; i++ {
		x, y, ok := Filled(verdict, mainButton)
		if !ok {
			t.Fatalf("no main button to click, see the last picture in %s", win.Dir)
		}
		win.Click(x, y)
		time.Sleep(600 * time.Millisecond)
		win.Shot("clicked")
		win.Settle(15 * time.Second)
		verdict = win.Picture(win.Shot("after-click"))
		status, exit := w.Curl(siteURL)
		mended = status == 200 && exit == 0
	}
	if !mended {
		t.Fatal("the cache still holds the old address")
	}
	win.Settle(15 * time.Second) // the check that follows by itself
	result := win.Picture(win.Shot("result"))
	if Count(result, signOK) < 100 || Count(result, signWarning) > Count(result, signOK) {
		t.Error("the result does not show that it works")
	}
	if !win.Running() {
		t.Error("the program has ended")
	}
}
