package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the window costs while it stands there, and after a day's work: processor, memory, goroutines.

const (
	// idleFor is how long the processor time is counted on each page.
	idleFor = 10 * time.Second
	// idleShare is the most of one processor that a page may take while nothing happens. A bare Fyne window takes 0.0115 on the machine
	// where this was written: its loop looks sixty times a second whether there is something to do. The page that waits counts seconds.
	idleShare, countingShare = 0.025, 0.04
	// checksInARow and starts are how often it is asked before memory and goroutines are counted.
	checksInARow, starts = 50, 100
	// heapGrowth is what fifty checks may leave behind, KiB: words and shapes that were drawn for the first time.
	heapGrowth = 6 << 10
	// goroutineGrowth is what a hundred checks that were stopped may leave behind: none of theirs, and a few of the runtime's.
	goroutineGrowth = 5
)

// cpu is the processor time that the program has used, in seconds.
func (s *tale) cpu() float64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.win.program.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // clock ticks, 100 a second on every Linux that Go runs on
}

// memory is what the program holds, resident, in KiB.
func (s *tale) memory() int {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.win.program.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(v, &n)
		}
	}
	return n
}

// idle holds what a page may cost while nothing happens.
func (s *tale) idle(page string, most float64) {
	s.t.Helper()
	time.Sleep(3 * time.Second) // what the start or the last step left to do
	before := s.cpu()
	time.Sleep(idleFor)
	share := (s.cpu() - before) / idleFor.Seconds()
	s.t.Logf("%s: %.2f %% of a processor", page, 100*share)
	if share > most {
		s.t.Errorf("%s takes %.1f %% of a processor while nothing happens", page, 100*share)
	}
}

// TestWindowIdle counts on every page what it costs while nothing happens.
func TestWindowIdle(t *testing.T) {
	guiProgram(t)
	if os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	s := newTale(t, "fr", Mouse, func(w *World) { nginxUpstreamRefused(w) })
	s.idle("the first page", idleShare)
	s.win.Press(s.hand, s.word("address.other"))
	for _, page := range []string{"changes", "settings", "browser-error"} {
		s.press(page)
		s.until(page, 5*time.Second, func(o Outline) bool { return o.Page != "address" })
		s.idle("the page "+page, idleShare)
		s.win.Key("Escape")
		s.until("first-page", 5*time.Second, At("address"))
		if _, ok := s.win.Look().Find("button", s.word("button."+page)); !ok {
			s.win.Press(s.hand, s.word("address.other"))
		}
	}
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	s.idle("the verdict", idleShare)
	s.press("tell-me")
	s.until("waiting", 5*time.Second, At("watch"))
	s.idle("the page that waits", countingShare)
	s.win.Key("Escape")
	s.until("verdict-again", 5*time.Second, Still("verdict"))
	s.press("guide")
	s.until("step", 5*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase != "loading" })
	s.idle("the first step", countingShare)
	s.end()
}

// TestWindowManyChecks: fifty checks in a row, and a hundred that are stopped at once, leave nothing behind.
func TestWindowManyChecks(t *testing.T) {
	guiProgram(t)
	if os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	s := newTale(t, "en", Keys, func(w *World) {
		nginxUpstreamRefused(w)
		w.Computer.Env = append(w.Computer.Env, "FYNE_CACHE=5s") // not a minute: what is no longer shown is forgotten soon, if at all
	})
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	settle := func() Outline {
		for range 3 { // Fyne looks at most every ten seconds, when it draws, for what is no longer shown
			time.Sleep(11 * time.Second)
			s.win.Key("Tab")
			s.win.Key("Tab")
		}
		time.Sleep(time.Second)
		return s.win.Look()
	}
	run := func(n int) {
		for range n {
			before := s.win.Look().Run
			s.win.Key("F5")
			for end := time.Now().Add(longCheck); ; time.Sleep(30 * time.Millisecond) {
				if o := s.win.Look(); Still("verdict")(o) && o.Run > before {
					break
				} else if time.Now().After(end) {
					t.Fatalf("no verdict:\n%s", o)
				}
			}
		}
	}
	run(5) // what is drawn and read for the first time
	before, held := settle(), s.memory()
	run(checksInARow)
	after := settle()
	t.Logf("%d checks: heap %d → %d KiB, goroutines %d → %d, resident %d → %d KiB", checksInARow, before.HeapKB, after.HeapKB, before.Goroutines, after.Goroutines, held, s.memory())
	if after.HeapKB > before.HeapKB+heapGrowth {
		t.Errorf("%d checks leave %d KiB behind", checksInARow, after.HeapKB-before.HeapKB)
	}
	if after.Goroutines > before.Goroutines+goroutineGrowth {
		t.Errorf("%d checks leave %d goroutines behind", checksInARow, after.Goroutines-before.Goroutines)
	}

	before = after
	for range starts {
		s.win.Key("F5")
		s.win.Key("Escape")
		for end := time.Now().Add(longCheck); ; time.Sleep(20 * time.Millisecond) {
			o := s.win.Look()
			if o.Page == "address" {
				break
			} else if time.Now().After(end) {
				t.Fatalf("Esc does not lead away:\n%s", o)
			}
		}
		s.win.Key("Return") // the address still stands in the field
		for end := time.Now().Add(longCheck); ; time.Sleep(20 * time.Millisecond) {
			if o := s.win.Look(); o.Page != "address" {
				break
			} else if time.Now().After(end) {
				t.Fatalf("Enter does not check:\n%s", o)
			}
		}
	}
	s.until("after-all", longCheck, Still("verdict"))
	after = settle()
	t.Logf("%d checks begun and left: heap %d → %d KiB, goroutines %d → %d, resident %d KiB", starts, before.HeapKB, after.HeapKB, before.Goroutines, after.Goroutines, s.memory())
	if after.Goroutines > before.Goroutines+goroutineGrowth {
		t.Errorf("%d checks begun and left leave %d goroutines behind", starts, after.Goroutines-before.Goroutines)
	}
	s.end()
}
