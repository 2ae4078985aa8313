//go:build !windows

package fix

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRootLeavesTheJournalToItsOwner: what root writes in a person's journal (sudo passerelle undo) that person can still read.
func TestRootLeavesTheJournalToItsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can write for somebody else")
	}
	const person = 1000
	home := filepath.Join(t.TempDir(), "home")
	dir := filepath.Join(home, "state", "journal")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, person, person); err != nil {
		t.Skip("this root has no other users: ", err)
	}
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := j.Begin(Change{Fix: "remove-hosts-entry"}, true, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{filepath.Dir(dir), dir, j.file(r.ID), j.lockFile(r.ID)} {
		if st, err := os.Stat(made); err != nil || ownerOf(st) != person {
			t.Errorf("%s is not that person's: %v", made, err)
		}
	}
	if err := j.Save(r, true); err != nil {
		t.Error(err)
	}
	// What stands there under a lock's name already is not given away: it may be a second name of another file.
	other := filepath.Join(t.TempDir(), "of the system's")
	put(t, other, "", 0o600)
	if err := os.Link(other, filepath.Join(dir, "x.lock")); err != nil {
		t.Skip(err)
	}
	if free, err := lock(filepath.Join(dir, "x.lock")); err == nil {
		free()
	}
	if st, err := os.Stat(other); err != nil || ownerOf(st) != 0 {
		t.Errorf("a file of root's was given away: %v", err)
	}
}
