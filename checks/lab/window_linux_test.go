package lab

import (
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Colours by which the window is read from outside, as eyes would: those of the light theme and of the dark one (ui/theme).
var (
	mainButton  = []uint32{0x0b57d0, 0x8ab4f8}
	signOK      = []uint32{0x0f6b3a, 0x6fd39a}
	signWarning = []uint32{0x8a4b00, 0xf5b85c}
	signBad     = []uint32{0xb3161b, 0xff8a85}
)

func pixels(p image.Image, colours []uint32) (n int) {
	for _, c := range colours {
		n += Count(p, c)
	}
	return n
}

func hasMainButton(p image.Image) bool {
	_, _, ok := Filled(p, mainButton...)
	return ok
}

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
	if _, ok := win.Await("address", 15*time.Second, hasMainButton); !ok {
		t.Fatal("the first screen does not come")
	}
	if title := win.Title(); title != "Passerelle" {
		t.Errorf("the window is called %q", title)
	}
	win.Type(SiteHost)
	win.Settle(5 * time.Second)
	win.Shot("typed")
	win.Key("Return")
	time.Sleep(time.Second)
	win.Shot("checking")
	page, ok := win.Await("verdict", 15*time.Second, hasMainButton)
	if !ok {
		t.Fatal("no verdict with something to do")
	}
	if pixels(page, signWarning)+pixels(page, signBad) < 20 {
		t.Error("the verdict shows no sign of a fault")
	}
	// The main button is clicked until the cache is empty: it may show first what it is about to do.
	mended := false
	for i := 0; i < 4 && !mended; i++ {
		x, y, ok := Filled(page, mainButton...)
		if !ok {
			t.Fatalf("no main button to click, see the last picture in %s", win.Dir)
		}
		win.Click(x, y)
		time.Sleep(time.Second)
		page, _ = win.Await("after-click", 15*time.Second, hasMainButton)
		status, exit := w.Curl(siteURL)
		mended = status == 200 && exit == 0
	}
	if !mended {
		t.Fatal("the cache still holds the old address")
	}
	// The check that follows by itself.
	result, ok := win.Await("result", 15*time.Second, func(p image.Image) bool {
		return pixels(p, signOK) > 100 && pixels(p, signBad)+pixels(p, signWarning) < pixels(p, signOK)
	})
	if !ok {
		t.Errorf("the result does not show that it works: %d pixels of right, %d of wrong", pixels(result, signOK), pixels(result, signBad)+pixels(result, signWarning))
	}
	if !win.Running() {
		t.Error("the program has ended")
	}
}
