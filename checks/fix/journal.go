// The journal: every change made to this computer, on disk before it is made, so that it can be undone even after a crash.
//
// One JSON file a change, replaced as a whole (write beside, fsync, rename, fsync the folder). Who works on a change holds a lock
// that the system takes away when the process dies: a record that is not finished and not locked was interrupted.

package fix

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// State is how far a change has come.
type State string

// The states of a record, in order. Failed: nothing was changed, or it is not known to have been.
const (
	Planned  State = "planned"
	Applied  State = "applied"
	Verified State = "verified"
	Failed   State = "failed"
	Undoing  State = "undoing"
	Undone   State = "undone"
)

// keepRecords is how many records that need no undo are kept for the history: months of ordinary use, well under a megabyte.
const keepRecords = 200

// Record is one change in the journal.
type Record struct {
	Schema     int           `json:"schema"`
	ID         string        `json:"id"`
	At         time.Time     `json:"at"`
	State      State         `json:"state"`
	Undoable   bool          `json:"undoable"`
	Change     Change        `json:"change"`
	Detail     string        `json:"detail,omitempty"` // of the plan: which variant of the texts
	Verified   *Verification `json:"verified,omitempty"`
	Error      string        `json:"error,omitempty"`
	FinishedAt time.Time     `json:"finished_at,omitzero"`

	// Interrupted is found out when the journal is read: it was begun, has not ended, and nobody works on it any more.
	Interrupted bool `json:"-"`
}

// Pending tells whether the change is in place and can be put back.
func (r *Record) Pending() bool {
	return r.Undoable && r.State != Undone && (r.State != Failed || len(r.Change.Old) > 0)
}

// Journal is a folder of records.
type Journal struct {
	dir  string
	now  func() time.Time
	keep int // how many records of the history stay

	mu   sync.Mutex
	held map[string]func() // locks of changes in progress here
}

// stateVar names another folder for the journal than the usual one.
const stateVar = "PASSERELLE_STATE"

// StateDir is where this program keeps what must outlive it: PASSERELLE_STATE if set, else the system's place for it.
func StateDir(getenv func(string) string) (string, error) {
	if d := getenv(stateVar); d != "" {
		return d, nil
	}
	switch runtime.GOOS {
	case "windows":
		d, err := os.UserCacheDir() // %LocalAppData%: of this computer, not carried to others as the roaming folder is
		if err != nil {
			return "", fmt.Errorf("finding the folder for the journal: %w", err)
		}
		return filepath.Join(d, "Passerelle"), nil
	case "darwin":
		d, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("finding the folder for the journal: %w", err)
		}
		return filepath.Join(d, "Passerelle"), nil
	}
	if d := getenv("XDG_STATE_HOME"); filepath.IsAbs(d) { // the XDG specification: a relative one is to be ignored
		return filepath.Join(d, "passerelle"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder for the journal: %w", err)
	}
	return filepath.Join(home, ".local", "state", "passerelle"), nil
}

// OpenDefault opens the journal of this person on this computer.
func OpenDefault() (*Journal, error) {
	d, err := StateDir(os.Getenv)
	if err != nil {
		return nil, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": "~"}, "%w", err)
	}
	return Open(filepath.Join(d, "journal"))
}

// Open gives the journal in a folder. The folder is made when the first change is written.
func Open(dir string) (*Journal, error) {
	if !filepath.IsAbs(dir) {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": dir}, "opening the journal in %s: %w", dir, err)
		}
		dir = abs
	}
	return &Journal{dir: dir, now: time.Now, keep: keepRecords, held: map[string]func(){}}, nil
}

// Dir is where the journal is.
func (j *Journal) Dir() string { return j.dir }

// Begin writes down what is about to be changed, and gives the change its id. When it fails nothing may be changed.
func (j *Journal) Begin(ch Change, undoable bool, detail string) (Record, error) {
	if err := makeFolder(j.dir); err != nil {
		return Record{}, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": j.dir}, "making the folder: %w", err)
	}
	j.prune()
	at := j.now()
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	ch.ID = at.UTC().Format("20060102T150405") + "-" + hex.EncodeToString(random[:])
	r := Record{Schema: Schema, ID: ch.ID, At: at, State: Planned, Undoable: undoable, Change: ch, Detail: detail}
	release, err := lock(j.lockFile(r.ID))
	if err != nil {
		return Record{}, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": j.dir}, "locking the record: %w", err)
	}
	if err := j.write(r); err != nil {
		release()
		_ = os.Remove(j.lockFile(r.ID))
		return Record{}, err
	}
	j.hold(r.ID, release)
	return r, nil
}

// Save writes how far a change has come. In the states Verified, Failed and Undone, and with last, nobody works on it any more.
func (j *Journal) Save(r Record, last bool) error {
	if last {
		r.FinishedAt = j.now()
	}
	err := j.write(r)
	if last {
		j.release(r.ID)
	}
	return err
}

func (j *Journal) hold(id string, release func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.held[id] = release
}

// release lets go of a change that is being worked on here.
func (j *Journal) release(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if free, ok := j.held[id]; ok {
		_ = os.Remove(j.lockFile(id)) // while it is held, so that nobody's new lock is removed
		free()
		_ = os.Remove(j.lockFile(id)) // Windows removes no open file
		delete(j.held, id)
	}
}

func (j *Journal) file(id string) string     { return filepath.Join(j.dir, id+".json") }
func (j *Journal) lockFile(id string) string { return filepath.Join(j.dir, id+".lock") }

func (j *Journal) write(r Record) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = WriteWhole(j.file(r.ID), append(b, '\n'))
	}
	if err != nil {
		return problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": j.dir}, "writing the record of %s: %w", r.Change.Fix, err)
	}
	return nil
}

// WriteWhole replaces a file so that a crash at any moment leaves the old one or the new one, on the disk and not in a cache.
func WriteWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there any more once it was renamed
	_, err = f.Write(content)
	if err == nil {
		err = ownedLike(f, filepath.Dir(path))
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

var idShape = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}-[0-9a-f]{8}$`)

// Load reads one record. ErrUnknown: there is none of that id.
func (j *Journal) Load(id string) (Record, error) {
	if !idShape.MatchString(id) {
		return Record{}, problem(ErrUnknown, "fix.error.no-change", map[string]any{"ID": abridged(id)}, "%q is no id of a change", abridged(id))
	}
	b, err := os.ReadFile(j.file(id))
	if errors.Is(err, os.ErrNotExist) {
		return Record{}, problem(ErrUnknown, "fix.error.no-change", map[string]any{"ID": id}, "no change %s", id)
	}
	if err != nil {
		return Record{}, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": j.dir}, "reading the record %s: %w", id, err)
	}
	var r Record
	if err := json.Unmarshal(b, &r); err != nil {
		return Record{}, fmt.Errorf("reading the record %s: %w", id, err)
	}
	if r.ID != id || r.Change.ID != id {
		return Record{}, fmt.Errorf("reading the record %s: it says %q", id, abridged(r.ID))
	}
	if unfinished := r.State == Planned || r.State == Undoing || (r.State == Applied && r.FinishedAt.IsZero()); unfinished {
		r.Interrupted = !j.busy(id)
	}
	return r, nil
}

// busy tells whether somebody, here or in another process, works on a change.
func (j *Journal) busy(id string) bool {
	j.mu.Lock()
	_, ours := j.held[id]
	j.mu.Unlock()
	if ours {
		return true
	}
	if _, err := os.Stat(j.lockFile(id)); err != nil {
		return false
	}
	release, err := lock(j.lockFile(id))
	if err != nil {
		return true
	}
	release()
	return false
}

// List gives every record, newest first. One that cannot be read does not hide the others: they come with the errors.
func (j *Journal) List() ([]Record, error) {
	entries, err := os.ReadDir(j.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // nothing was ever changed
	}
	if err != nil {
		return nil, problem(ErrJournal, "fix.error.journal", map[string]any{"Folder": j.dir}, "reading the journal: %w", err)
	}
	var all []Record
	var errs []error
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !idShape.MatchString(id) {
			continue
		}
		r, err := j.Load(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Record) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all, errors.Join(errs...)
}

// prune forgets the oldest records that nobody can need any more.
func (j *Journal) prune() {
	all, _ := j.List()
	kept := 0
	for _, r := range all {
		if r.Pending() || r.Interrupted || j.busy(r.ID) {
			continue
		}
		if kept++; kept >= j.keep {
			_ = os.Remove(j.file(r.ID))
			_ = os.Remove(j.lockFile(r.ID))
		}
	}
}

const (
	// lockPatience: a program that was killed while it started a command lets go of its locks only once that command has begun.
	lockPatience = 500 * time.Millisecond
	lockPause    = 20 * time.Millisecond
)

// Undo puts a change back with its fix. It may be tried again after a failure or a crash.
func (j *Journal) Undo(ctx context.Context, id string, f Fix) (Record, error) {
	r, err := j.Load(id)
	if err != nil {
		return r, err
	}
	switch {
	case r.State == Undone:
		return r, problem(ErrNothingToUndo, "fix.error.already-undone", nil, "%s was undone before", id)
	case !r.Pending():
		return r, problem(ErrNothingToUndo, "fix.error.nothing-to-undo", nil, "%s took nothing away", r.Change.Fix)
	case f == nil || f.Name() != r.Change.Fix:
		return r, problem(ErrUnknown, "fix.error.unknown", map[string]any{"Fix": r.Change.Fix}, "no fix %q to undo %s with", r.Change.Fix, id)
	}
	free, err := lock(j.lockFile(id))
	for end := time.Now().Add(lockPatience); err != nil && time.Now().Before(end); {
		time.Sleep(lockPause)
		free, err = lock(j.lockFile(id))
	}
	if err != nil {
		return r, problem(ErrFailed, "fix.error.busy", nil, "another window of this program works on %s", id)
	}
	j.hold(id, free)
	r.State, r.Interrupted = Undoing, false
	if err := j.Save(r, false); err != nil {
		j.release(id)
		return r, err
	}
	if err := f.Undo(ctx, r.Change); err != nil {
		r.Error = err.Error()
		// Still "undoing": how much of it was put back is not known, so it stays offered.
		return r, errors.Join(err, j.Save(r, true))
	}
	r.State, r.Error = Undone, ""
	return r, j.Save(r, true)
}
