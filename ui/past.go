package ui

// Past checks: each one that ends is kept, and what is kept is read, compared and deleted.

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui/flow"
)

// Past is where checks are kept. Every function is called off the UI goroutine.
type Past struct {
	Keep func(r *checks.Result, w *words.Printer) error // writes an ended check down
	Note func(m history.Sent) error                     // writes down that a message was handed out
	List func() ([]history.Entry, []history.Sent, error)
	Read func(name string) (*checks.Result, error) // by the name that List gave
	Wipe func() error                              // deletes everything
}

// keptHere is the folder of this computer, the same that the terminal keeps its checks in; nil where the system has no place for it.
func keptHere() *Past {
	dir, err := fix.StateDir(os.Getenv)
	if err != nil {
		return nil
	}
	return PastIn(history.Store{Dir: filepath.Join(dir, "history")})
}

// PastIn keeps checks in a folder.
func PastIn(store history.Store) *Past {
	var one sync.Mutex // a note is added to the notes that are there
	return &Past{
		Keep: func(r *checks.Result, w *words.Printer) error { return store.Save(r, report.JSON(r, w)) },
		Note: func(m history.Sent) error {
			one.Lock()
			defer one.Unlock()
			return store.Note(m)
		},
		List: func() ([]history.Entry, []history.Sent, error) {
			list, err := store.List()
			sent, also := store.Sent()
			return list, sent, errors.Join(err, also)
		},
		Read: store.Read,
		Wipe: store.Delete,
	}
}

// keep writes an ended check down. A folder that cannot be written to is no reason to complain: the check itself is what was asked for.
// While it is waited for a site, only what is new is kept: a day of tries would push everything else out of the folder.
func (s *Shell) keep(was flow.State, run int, r *checks.Result) {
	if s.deps.Past == nil || r == nil || run != was.Run {
		return
	}
	if was.Page == flow.Watch && was.Now.Verdict != nil && was.Now.Verdict.Cause == r.Verdict.Cause {
		return
	}
	w := s.words
	go func() { _ = safely(func() error { return s.deps.Past.Keep(r, w) }) }()
}

// note writes down that a message, or with "" the report, was handed out.
func (s *Shell) note(to, how string) {
	shown := s.state.InView()
	if s.deps.Past == nil || shown.Result == nil || shown.Result.Target.Example {
		return
	}
	m := history.Sent{At: time.Now(), Host: shown.Result.Target.Host, To: to, How: how}
	go func() { _ = safely(func() error { return s.deps.Past.Note(m) }) }()
}

// past reads and deletes what is kept.
func (s *Shell) past(e flow.Effect) {
	if e, ok := e.(flow.ReadDropped); ok {
		s.dropped(e.Name)
		return
	}
	if s.deps.Past == nil {
		return
	}
	answer := func(f func() flow.Event) {
		go func() {
			ev := f()
			s.deps.Dispatch(func() { s.Send(ev) })
		}()
	}
	switch e := e.(type) {
	case flow.Remember:
		answer(func() flow.Event { return s.remembered(nil) })
	case flow.Forget:
		answer(func() flow.Event {
			r := s.remembered(safely(s.deps.Past.Wipe))
			r.Erased = true
			return r
		})
	case flow.ReadSaved:
		answer(func() flow.Event {
			return again(e.Name, func() (*checks.Result, error) { return s.deps.Past.Read(e.Name) })
		})
	}
}

// remembered is what is kept now; err is what went wrong before.
func (s *Shell) remembered(err error) (r flow.Remembered) {
	also := safely(func() (err error) { r.List, r.Sent, err = s.deps.Past.List(); return err })
	r.Err = errors.Join(err, also)
	return r
}

// again reads a saved check and judges it by today's rules.
func again(name string, read func() (*checks.Result, error)) flow.Reread {
	a := flow.Reread{Name: name}
	a.Err = safely(func() (err error) {
		if a.Was, err = read(); err != nil {
			return err
		}
		a.Now, a.Judged, err = report.Again(a.Was)
		return err
	})
	return a
}
