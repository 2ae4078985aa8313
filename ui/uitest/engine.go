package uitest

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/history"
	"passerelle/checks/incident"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/screens"
)

// Engine plays told checks, one after the other, and notes what is asked of it. The last one repeats.
type Engine struct {
	mu       sync.Mutex
	Plays    []Scenario
	Asked    []checks.Options
	Fixes    map[string]fix.Plan
	Applied  []fix.Plan
	Verified facts.Bool
	FixErr   error
	Made     []flow.Changed // what the journal holds
	Undone   []string       // what was put back, in order
	UndoErr  error
	Kept     []*checks.Result // past checks, the oldest first
	Sent     []history.Sent   // messages that were handed out, the newest first
	PastErr  error
	Shields  []facts.Firewall // what reading the protection programs gives; nil: they cannot be read
	Book     contacts.Book    // the person's own contacts
	Written  incident.Kept    // what the person wrote of an incident
	Folder   string           // where reports are saved
	// Attracted is how often the window was brought forward.
	Attracted int
	Opened    []string // addresses that were opened in the browser
	PlanErr   error

	// Step, when set, makes each report wait for one value: the test decides when facts arrive. Else they come at once.
	Step chan struct{}
	// Pause is how long each report takes otherwise.
	Pause time.Duration
	// Endless: the check ends only when it is stopped.
	Endless bool
}

// Diagnose plays the next told check.
func (e *Engine) Diagnose(ctx context.Context, o checks.Options, report func(checks.Snapshot)) (*checks.Result, error) {
	e.mu.Lock()
	e.Asked = append(e.Asked, o)
	n := min(len(e.Asked), len(e.Plays)) - 1
	s := e.Plays[n]
	e.mu.Unlock()
	stopped := func() (*checks.Result, error) {
		r := *s.Result
		r.Stopped = true
		return &r, nil
	}
	for _, sn := range s.Snapshots {
		if e.Step != nil {
			select {
			case <-e.Step:
			case <-ctx.Done():
				return stopped()
			}
		}
		if e.Pause > 0 {
			select {
			case <-time.After(e.Pause):
			case <-ctx.Done():
				return stopped()
			}
		}
		report(sn)
	}
	if e.Step != nil {
		select {
		case <-e.Step:
		case <-ctx.Done():
			return stopped()
		}
	}
	if e.Endless {
		<-ctx.Done()
		return stopped()
	}
	r := s.Result
	if r != nil {
		copied := *r
		copied.Target = o.Target
		copied.Target.Shortened = s.Result.Target.Shortened
		r = &copied
	}
	return r, s.Err
}

// Shield says how the protection programs are from now on.
func (e *Engine) Shield(list []facts.Firewall) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Shields = list
}

// Asks is how many checks were asked for.
func (e *Engine) Asks() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.Asked)
}

// Deps are the window's dependencies, with this engine behind them.
func (e *Engine) Deps() ui.Deps {
	return ui.Deps{
		Parse: func(in string) (checks.Target, error) {
			in = strings.TrimSpace(in)
			if in == "" || strings.Contains(in, "@") {
				return checks.Target{}, &checks.TargetError{Code: checks.TargetEmpty}
			}
			t := Target()
			t.Input = in
			if strings.HasPrefix(in, "http://127.") {
				t.URL, t.Host, t.Display, t.Port = in, "127.0.0.1", "", 40123
			}
			return t, nil
		},
		ParseExact: func(in string) (checks.Target, error) {
			t := Target()
			t.Input, t.URL = in, t.URL+"reset?token=x"
			return t, nil
		},
		Diagnose: e.Diagnose,
		HasFix:   func(n string) bool { _, ok := e.Fixes[n]; return ok },
		Plan: func(_ context.Context, name, arg string, _ *checks.Result) (fix.Plan, error) {
			p := e.Fixes[name]
			p.Fix, p.Arg = name, arg
			return p, e.PlanErr
		},
		Apply: func(_ context.Context, p fix.Plan, _ *checks.Result, _ *words.Printer) (flow.Outcome, error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.Applied = append(e.Applied, p)
			if e.FixErr != nil {
				return flow.Outcome{}, e.FixErr
			}
			key := map[facts.Bool]string{facts.Yes: "cache-read", facts.No: "not", facts.Unknown: "unknown"}[e.Verified]
			o := flow.Outcome{Verified: e.Verified, Key: "fix.flush-dns.done." + key}
			if p.Undoable {
				o.Change = "20261121T100405-00000001"
				e.Made = append(e.Made, flow.Changed{ID: o.Change, Summary: p.Fix, When: "10:04"})
			}
			return o, nil
		},
		Changes: func(*words.Printer) ([]flow.Changed, error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			return slices.Clone(e.Made), nil
		},
		Undo: func(_ context.Context, id string, _ *words.Printer) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.Undone = append(e.Undone, id)
			if e.UndoErr != nil {
				return e.UndoErr
			}
			e.Made = slices.DeleteFunc(e.Made, func(c flow.Changed) bool { return id == flow.AllChanges || c.ID == id })
			return nil
		},
		Past:    e.past(),
		Attract: func() { e.Attracted++ },
		Protection: func(context.Context) ([]facts.Firewall, bool) {
			e.mu.Lock()
			defer e.mu.Unlock()
			return slices.Clone(e.Shields), e.Shields != nil
		},
		Outages:  e.outages(),
		People:   e.people(),
		Folder:   func() (string, error) { return e.Folder, e.PastErr },
		OpenURL:  func(u *url.URL) error { e.Opened = append(e.Opened, u.String()); return nil },
		Message:  func(to decide.ActionID, _ *checks.Result, _ *words.Printer) string { return "to: " + string(to) },
		Outside:  true,
		PlanText: func(p fix.Plan, w *words.Printer) screens.PlanText { return ui.PlanText(p, w) },
		Practice: func(context.Context) (ui.Practice, error) { return site{}, nil },
		Report:   func(r *checks.Result, w *words.Printer) string { t, x := w.Verdict(r.Verdict); return t + "\n" + x },
	}
}

// AllFixes are plans as a Linux computer would give them.
func AllFixes() map[string]fix.Plan {
	return map[string]fix.Plan{
		flow.FixFlushDNS: {Detail: "resolved", Risk: "none", NeedsAdmin: true, Vars: map[string]any{"Caches": "systemd-resolved"},
			Steps: []fix.Step{{Command: []string{"/usr/bin/resolvectl", "flush-caches"}}}},
		flow.FixPrivateWindow: {Opens: true},
		flow.FixOtherBrowser:  {Opens: true},
		flow.FixPortal:        {Opens: true},
		flow.FixSettings:      {Opens: true},
		"turn-off-proxy":      {Risk: "low", Undoable: true},
		"remove-hosts-entry":  {Risk: "low", Undoable: true, NeedsAdmin: true, Vars: map[string]any{"Path": "/etc/hosts", "Arg": Host}},
		"use-public-dns":      {Arg: "quad9", Risk: "low", Undoable: true, Vars: map[string]any{"Provider": "Quad9"}},
		"sync-clock":          {Risk: "low", NeedsAdmin: true, Undoable: true},
	}
}

// site is the practice site's stand-in.
type site struct{}

func (site) URL() string  { return "http://127.0.0.1:40123/" }
func (site) Close() error { return nil }

// ErrNo is a failure without words.
var ErrNo = errors.New("told to fail")

// Queue is the UI goroutine of a test: what is dispatched waits until the test runs it.
type Queue struct {
	ch    chan func()
	mu    sync.Mutex
	ticks map[int]func()
	next  int
}

// NewQueue makes an empty queue.
func NewQueue() *Queue { return &Queue{ch: make(chan func(), 4096), ticks: map[int]func(){}} }

// Dispatch is Deps.Dispatch.
func (q *Queue) Dispatch(f func()) { q.ch <- f }

// Every is Deps.Every: the test turns the clock with Tick.
func (q *Queue) Every(_ time.Duration, f func()) func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := q.next
	q.next++
	q.ticks[id] = f
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.ticks, id)
	}
}

// Tick lets one period of every running clock pass.
func (q *Queue) Tick() {
	q.mu.Lock()
	var all []func()
	for _, f := range q.ticks {
		all = append(all, f)
	}
	q.mu.Unlock()
	for _, f := range all {
		f()
	}
}

// Clocks is how many clocks run.
func (q *Queue) Clocks() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.ticks)
}

// pumpFor is how long a test waits for something that should happen at once: drawing a report as a picture took 4 s on a loaded machine.
const pumpFor = 30 * time.Second

// Pump runs what was dispatched until done says so.
func (q *Queue) Pump(t testing.TB, what string, done func() bool) {
	t.Helper()
	limit := time.After(pumpFor)
	for !done() {
		select {
		case f := <-q.ch:
			f()
		case <-limit:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// Settle runs what is waiting now.
func (q *Queue) Settle() {
	for {
		select {
		case f := <-q.ch:
			f()
		default:
			return
		}
	}
}

// OpenFolds opens every fold of the page that is shown.
func OpenFolds(s *ui.Shell) {
	for _, f := range Find[*kit.Fold](s.Root()) {
		if !f.Open {
			f.Head().(fyne.Tappable).Tapped(nil)
		}
	}
}

// Find gives every object of a type that can be seen (if need be by scrolling), in the order of the tree.
func Find[T any](root fyne.CanvasObject) (found []T) {
	walk(root, fyne.NewPos(0, 0), nil, nil, func(b *box) {
		if x, ok := b.o.(T); ok {
			found = append(found, x)
		}
	})
	return found
}
