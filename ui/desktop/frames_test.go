//go:build cgo && gallery && linux

package desktop

// How long the window is deaf: while facts pour in, while pages are built anew, nothing may keep the UI goroutine for longer than a
// person notices. Run by build/bench-window.sh; the window is the real one, the checks are told.

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"golang.org/x/sys/unix"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

// beat is how often the UI goroutine is asked whether it listens: well below the gap that is looked for.
const beat = 2 * time.Millisecond

// gaps are how long the UI goroutine did not listen, and how much of a processor its thread used meanwhile: on a busy machine the wall
// clock counts what other programs do.
type gaps struct{ wall, cpu []time.Duration }

// heart asks the UI goroutine again and again, and keeps the answers of each phase.
type heart struct {
	mu    sync.Mutex
	phase string
	order []string
	got   map[string]*gaps
	stop  chan struct{}
}

func (h *heart) now(phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase = phase
	if h.got[phase] == nil {
		h.got[phase] = &gaps{}
		h.order = append(h.order, phase)
	}
}

func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

func (h *heart) run() {
	last := time.Duration(-1)
	for {
		select {
		case <-h.stop:
			return
		default:
		}
		asked, done := time.Now(), make(chan struct{})
		fyne.Do(func() {
			wall, used := time.Since(asked), threadTime()
			h.mu.Lock()
			if g := h.got[h.phase]; g != nil && last >= 0 {
				g.wall, g.cpu = append(g.wall, wall), append(g.cpu, used-last)
			}
			h.mu.Unlock()
			last = used
			close(done)
		})
		<-done
		time.Sleep(beat)
	}
}

// flood is a check that reports as fast as a real one never does: every few milliseconds, with findings that come and a picture that
// changes.
func flood() uitest.Scenario {
	sc := uitest.BadGateway()
	path := sc.Result.Path
	states := []decide.State{decide.StateUnknown, decide.StateOK, decide.StateWarning}
	doing := []string{"dns", "tcp", "tls", "http", "repeat", "others", "box", "connectivity"}
	var out []checks.Snapshot
	for i := range 400 {
		p := slices.Clone(path)
		for j := range p {
			p[j].State = states[(i/3+j)%len(states)]
		}
		s := checks.Snapshot{Elapsed: time.Duration(i) * 5 * time.Millisecond, Doing: doing[i%len(doing)], Whom: uitest.Host, Step: 1 + i*5/400, Steps: 6, Path: p}
		for k := range min(i/8, 40) {
			s.Findings = append(s.Findings, decide.Finding{ID: "dns.system", Hop: decide.HopDNS, State: decide.StateOK, MS: float64(k + 1),
				Facts: map[string]any{"Name": fmt.Sprintf("s%d.%s", k, uitest.Host), "addresses": []string{"203.0.113.10"}}})
		}
		if i > 250 {
			v := sc.Result.Verdict
			v.Provisional, v.Certainty = true, []decide.Certainty{decide.Likely, decide.Possible}[i/10%2]
			s.Verdict = &v
		}
		out = append(out, s)
	}
	sc.Snapshots = out
	for k := range 40 {
		sc.Result.Findings = append(sc.Result.Findings, decide.Finding{ID: "dns.system", Hop: decide.HopDNS, State: decide.StateOK, MS: float64(k + 1),
			Facts: map[string]any{"Name": fmt.Sprintf("s%d.%s", k, uitest.Host), "addresses": []string{"203.0.113.10"}}})
	}
	return sc
}

// frames measures, and prints the longest gap of each phase.
func (s *studio) frames() {
	h := &heart{got: map[string]*gaps{}, stop: make(chan struct{})}
	for _, text := range []theme.TextSize{theme.TextNormal, theme.TextLargest} {
		s.open("fr", theme.ModeLight, text, []uitest.Scenario{flood()})
		time.Sleep(time.Second)
		if text == theme.TextNormal {
			go h.run()
		}
		for range 3 {
			h.now("facts pour in")
			s.engine.Pause = 5 * time.Millisecond
			s.send(flow.Submit{Input: uitest.Host})
			s.wait(func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
			h.now("verdict and its details")
			s.do(func() { uitest.OpenFolds(s.shell) })
			time.Sleep(300 * time.Millisecond)
			s.do(func() { s.scroll(10000) })
			time.Sleep(200 * time.Millisecond)
			s.do(func() { s.scroll(0) })
			h.now("resizing")
			for w := float32(920); w > 640; w -= 35 {
				s.do(func() { s.window.Resize(fyne.NewSize(w, 660)) })
				time.Sleep(20 * time.Millisecond)
			}
			s.do(func() { s.window.Resize(fyne.NewSize(width, height)) })
			h.now("pages")
			for range 3 {
				s.send(flow.StartWatch{})
				time.Sleep(100 * time.Millisecond)
				s.send(flow.Back{})
				time.Sleep(100 * time.Millisecond)
			}
			s.send(flow.Leave{})
			time.Sleep(200 * time.Millisecond)
		}
	}
	close(h.stop)
	load, _ := os.ReadFile("/proc/loadavg") // for the reader only
	fmt.Printf("%-24s %12s %12s %12s\n", "UI goroutine deaf for", "longest ms", "of it CPU ms", "99 % below ms")
	h.mu.Lock()
	defer h.mu.Unlock()
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for _, phase := range h.order {
		g := h.got[phase]
		slices.Sort(g.wall)
		slices.Sort(g.cpu)
		if len(g.wall) == 0 {
			continue
		}
		fmt.Printf("%-24s %12.1f %12.1f %12.1f\n", phase, ms(g.wall[len(g.wall)-1]), ms(g.cpu[len(g.cpu)-1]), ms(g.wall[len(g.wall)*99/100]))
	}
	fmt.Printf("load of this machine: %s\n", strings.Join(strings.Fields(string(load))[:3], " "))
}
