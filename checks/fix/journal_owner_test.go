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
	dir := filepath.Join(t.TempDir(), "journal")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, person, person); err != nil {
		t.Skip("this root has no other users: ", err)
	}
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := j.Begin(Change{Fix: "remove-hosts-entry"}, true, "")
	if err == nil {
		err = j.Save(r, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(j.file(r.ID))
	if err != nil || ownerOf(st) != person {
		t.Errorf("%v: the record is %d's", err, ownerOf(st))
	}
}
