package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/checks/fix"
	"passerelle/checks/history"
)

// What the person adds to an incident: lines in its journal, and the four parts of the retrospective. Kept on this computer.

// Line is a line of the person's own in the journal.
type Line struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Retrospective is what the person writes when it is over. What the program knows is not in it: that is filled in when it is written out.
type Retrospective struct {
	Happened string `json:"happened,omitempty"`
	Impact   string `json:"impact,omitempty"`
	Helped   string `json:"helped,omitempty"`
	Change   string `json:"change,omitempty"` // what we do differently from now on
}

// Kept is what is kept of one incident.
type Kept struct {
	Retrospective Retrospective `json:"retrospective,omitzero"`
	Notes         []Line        `json:"notes,omitempty"`
}

const (
	// maxText bounds one text of the person's, in characters: a page.
	maxText = 4000
	// maxNotes and maxKept bound what is kept; the oldest incidents go first.
	maxNotes, maxKept = 100, 100
	// maxFile bounds the file, bytes.
	maxFile = 8 << 20
)

// Store is the file of them. The zero value keeps nothing. history.Store.Delete takes it out with the checks.
type Store struct{ File string }

// file is the form on disk.
type file struct {
	Schema    int             `json:"schema"`
	Incidents map[string]Kept `json:"incidents"`
}

const schema = 1

func (s Store) all() (map[string]Kept, error) {
	if s.File == "" {
		return nil, nil
	}
	info, err := os.Stat(s.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxFile) {
		err = errors.New("it is not the file that this program writes")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the lines of past incidents: %w", err)
	}
	raw, err := os.ReadFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("reading the lines of past incidents: %w", err)
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("reading the lines of past incidents: %w", err)
	}
	if f.Schema != schema {
		return nil, fmt.Errorf("reading the lines of past incidents: version %d of the file is not known", f.Schema)
	}
	return f.Incidents, nil
}

// Read gives what the person added to an incident, by Incident.ID.
func (s Store) Read(id string) (Kept, error) {
	all, err := s.all()
	return all[id], err
}

// Write keeps it. Texts are cut at 4000 characters, notes at 100 (the newest stay).
func (s Store) Write(id string, k Kept) error {
	if s.File == "" {
		return errors.New("keeping the lines of an incident: this computer has no place for them")
	}
	all, err := s.all()
	if err != nil {
		return err
	}
	if all == nil {
		all = map[string]Kept{}
	}
	r := &k.Retrospective
	for _, t := range []*string{&r.Happened, &r.Impact, &r.Helped, &r.Change} {
		*t = cut(*t)
	}
	k.Notes = slices.Clone(k.Notes)
	for n := range k.Notes {
		k.Notes[n].Text = cut(k.Notes[n].Text)
	}
	k.Notes = slices.DeleteFunc(k.Notes, func(l Line) bool { return l.Text == "" })
	slices.SortStableFunc(k.Notes, func(a, b Line) int { return a.At.Compare(b.At) })
	k.Notes = k.Notes[max(0, len(k.Notes)-maxNotes):]
	if all[id] = k; k.Retrospective == (Retrospective{}) && len(k.Notes) == 0 {
		delete(all, id)
	}
	for _, old := range slices.Sorted(maps.Keys(all)) { // an ID begins with its time
		if len(all) <= maxKept {
			break
		}
		delete(all, old)
	}
	raw, err := json.MarshalIndent(file{schema, all}, "", "  ")
	if err != nil {
		return fmt.Errorf("keeping the lines of an incident: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.File), 0o700); err != nil {
		return fmt.Errorf("keeping the lines of an incident: %w", err)
	}
	if err := fix.WriteWhole(s.File, append(raw, '\n')); err != nil {
		return fmt.Errorf("keeping the lines of an incident: %w", err)
	}
	return nil
}

func cut(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText])
	}
	return s
}

// Here reads everything that this computer knows: the kept checks, the journal of changes, the messages and the person's lines. What
// cannot be read comes with the error and does not hide the rest.
func Here() (Sources, Store, error) {
	var src Sources
	dir, err := fix.StateDir(os.Getenv)
	if err != nil {
		return src, Store{}, err
	}
	past, lines := history.Store{Dir: filepath.Join(dir, "history")}, Store{File: filepath.Join(dir, "history", history.LinesFile)}
	var errs [4]error
	src.Checks, errs[0] = past.List()
	src.Sent, errs[1] = past.Sent()
	if j, err := fix.Open(filepath.Join(dir, "journal")); err == nil {
		src.Fixes, errs[2] = j.List()
	} else {
		errs[2] = err
	}
	all, err := lines.all()
	errs[3] = err
	src.Notes = map[string][]Line{}
	for id, k := range all {
		src.Notes[id] = k.Notes
	}
	return src, lines, errors.Join(errs[:]...)
}
