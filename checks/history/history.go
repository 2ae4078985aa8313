// Package history keeps past checks on this computer, so that "since when" and "how often" have an answer: one folder, bounded, which can
// be deleted as a whole. Nothing of it leaves the computer by itself.
package history

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

const (
	// keepChecks is how many checks are kept: months of ordinary use.
	keepChecks = 300
	// keepBytes bounds the folder: 300 checks of the ordinary 40 KB, and some large ones.
	keepBytes = 30 << 20
	// MaxFile bounds one saved check that is read, bytes: a hundred times an ordinary one.
	MaxFile = 4 << 20
	// SameRun is the longest pause between two failures of a site that are still one outage, where nobody looked in between.
	SameRun = 24 * time.Hour
)

// ErrTooLarge: the file is no saved check, whatever is in it.
var ErrTooLarge = errors.New("larger than any saved check")

// ErrNone: nothing is kept.
var ErrNone = errors.New("no check is kept")

// Store is a folder of checks. The zero value keeps nothing.
type Store struct{ Dir string }

// Entry is one kept check, in short.
type Entry struct {
	Name  string           `json:"-"` // of its file
	At    time.Time        `json:"started_at"`
	Host  string           `json:"host"`
	Side  decide.Side      `json:"side"`
	Cause decide.Cause     `json:"cause"`
	Sure  decide.Certainty `json:"certainty"`

	Display string `json:"display,omitempty"` // the host as people read it; empty where it is the same
	Detail  string `json:"detail,omitempty"`  // of the cause: the title may depend on it

	Verdict decide.Verdict `json:"-"` // as it was given, for its words
	Gateway *facts.Gateway `json:"-"` // who wrote the error page, with its request ids
}

// namePattern is a file of ours; nothing else in the folder is ever touched.
var namePattern = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[0-9a-f]{8}\.json$`)

// Save keeps a check. saved is what is written: the object of `check --json` (checks/report.JSON). A check that was stopped, or of the
// practice site, is not kept.
func (s Store) Save(r *checks.Result, saved any) error {
	if s.Dir == "" || r == nil || r.Stopped || r.Target.Example {
		return nil
	}
	raw, err := json.Marshal(saved)
	if err != nil {
		return fmt.Errorf("writing the check of %s down: %w", r.Target.Host, err)
	}
	if len(raw) > MaxFile {
		return fmt.Errorf("keeping the check of %s: %w", r.Target.Host, ErrTooLarge)
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of past checks: %w", err)
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	name := filepath.Join(s.Dir, r.StartedAt.UTC().Format("20060102T150405.000Z")+"-"+hex.EncodeToString(random[:])+".json")
	f, err := os.CreateTemp(s.Dir, ".new-*")
	if err != nil {
		return fmt.Errorf("keeping the check of %s: %w", r.Target.Host, err)
	}
	_, werr := f.Write(raw)
	cerr := f.Close()
	if err := cmp.Or(werr, cerr); err != nil {
		_ = os.Remove(f.Name()) // the first error matters
		return fmt.Errorf("keeping the check of %s: %w", r.Target.Host, err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keeping the check of %s: %w", r.Target.Host, err)
	}
	return s.prune()
}

// files lists ours, the oldest first.
func (s Store) files() ([]fs.DirEntry, error) {
	if s.Dir == "" {
		return nil, nil
	}
	all, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the folder of past checks: %w", err)
	}
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return !namePattern.MatchString(e.Name()) || !e.Type().IsRegular() }), nil
}

// prune takes out the oldest beyond the bounds.
func (s Store) prune() error {
	files, err := s.files()
	if err != nil {
		return err
	}
	for _, name := range s.leftovers(time.Now()) {
		_ = os.Remove(filepath.Join(s.Dir, name)) // the next time tries again
	}
	total := int64(0)
	for i := len(files) - 1; i >= 0; i-- {
		if info, err := files[i].Info(); err == nil {
			total += info.Size()
		}
		if len(files)-i > keepChecks || total > keepBytes {
			if err := os.Remove(filepath.Join(s.Dir, files[i].Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("taking out an old check: %w", err)
			}
		}
	}
	return nil
}

// List gives the kept checks in short, the newest first. What cannot be read is left out.
func (s Store) List() ([]Entry, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	var list []Entry
	for _, f := range slices.Backward(files) {
		r, err := ReadFile(filepath.Join(s.Dir, f.Name()))
		if err != nil {
			continue
		}
		list = append(list, Entry{Name: f.Name(), At: r.StartedAt, Host: r.Target.Host, Side: r.Verdict.Side, Cause: r.Verdict.Cause, Sure: r.Verdict.Certainty,
			Display: r.Target.Display, Detail: r.Verdict.Detail, Verdict: r.Verdict, Gateway: r.Gateway})
	}
	return list, nil
}

// Read gives one kept check, by the name that List gives.
func (s Store) Read(name string) (*checks.Result, error) {
	if s.Dir == "" || !namePattern.MatchString(name) {
		return nil, fmt.Errorf("reading the past check %q: %w", name, ErrNone)
	}
	return ReadFile(filepath.Join(s.Dir, name))
}

// Last is the newest check that can be read; ErrNone where there is none.
func (s Store) Last() (*checks.Result, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	for _, f := range slices.Backward(files) {
		if r, err := ReadFile(filepath.Join(s.Dir, f.Name())); err == nil {
			return r, nil
		}
	}
	return nil, ErrNone
}

// halfWritten is a file of ours that a crash or a power cut left half written: of this package, and of what checks/incident keeps beside.
var halfWritten = regexp.MustCompile(`^\.(?:new-|` + regexp.QuoteMeta(LinesFile) + `\.)[0-9]+$`)

// leftovers lists them, where they are older than any writing takes.
func (s Store) leftovers(now time.Time) (names []string) {
	const longestWriting = time.Minute
	all, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil
	}
	for _, e := range all {
		if info, err := e.Info(); err == nil && halfWritten.MatchString(e.Name()) && info.Mode().IsRegular() && now.Sub(info.ModTime()) > longestWriting {
			names = append(names, e.Name())
		}
	}
	return names
}

// Delete takes out everything that is kept, and the folder if nothing else is in it.
func (s Store) Delete() error {
	files, err := s.files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(filepath.Join(s.Dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("deleting the past checks: %w", err)
		}
	}
	if s.Dir != "" {
		for _, name := range append(s.leftovers(time.Now()), sentFile, LinesFile) {
			if err := os.Remove(filepath.Join(s.Dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("deleting %s of the past checks: %w", name, err)
			}
		}
		_ = os.Remove(s.Dir) // stays where something else lies in it
	}
	return nil
}

// Run is what the kept checks tell of one site.
type Run struct {
	FirstFailure time.Time // of the failures without a success between them, up to the newest; zero: it works, or nothing is known
	LastSuccess  time.Time
	Failures     int // in a row
	Checks       int // of this site
}

// Since looks back from a check: since when the site fails, and how often.
func Since(list []Entry, r *checks.Result) Run {
	var run Run
	failing, last := true, r.StartedAt
	see := func(at time.Time, side decide.Side) {
		run.Checks++
		switch {
		case side == decide.SideWorks:
			failing = false
			if run.LastSuccess.IsZero() {
				run.LastSuccess = at
			}
		case failing && last.Sub(at) <= SameRun:
			run.Failures++
			run.FirstFailure, last = at, at
		default:
			failing = false
		}
	}
	see(r.StartedAt, r.Verdict.Side)
	for _, e := range list {
		if strings.EqualFold(e.Host, r.Target.Host) && e.At.Before(r.StartedAt) {
			see(e.At, e.Side)
		}
	}
	return run
}

// ReadFile reads a saved check, which may come from anywhere: bounded, a regular file, and JSON of our own form.
func ReadFile(name string) (*checks.Result, error) {
	info, err := os.Stat(name) // before it is opened: opening a pipe or a device may wait for ever
	if err != nil {
		return nil, fmt.Errorf("reading the report %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading the report %s: not an ordinary file", name)
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("reading the report %s: %w", name, ErrTooLarge)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading the report %s: %w", name, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the report %s: %w", name, err)
	}
	if len(raw) > MaxFile {
		return nil, fmt.Errorf("reading the report %s: %w", name, ErrTooLarge)
	}
	var r checks.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("reading the report %s: %w", name, err)
	}
	if r.Schema < 1 || r.Schema > checks.Schema || r.Target.Host == "" || r.Verdict.Cause != "" && decide.SideOf(r.Verdict.Cause) == "" {
		return nil, fmt.Errorf("reading the report %s: not a check of this program", name)
	}
	return &r, nil
}
