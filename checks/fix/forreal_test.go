//go:build windows || darwin

package fix

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// The fixes on this very computer, where the lab cannot go: Windows and macOS. Each is done, proved and undone, and the system's own
// programs tell that everything is as before. Only where that was asked for, with the rights: a runner of the workflow, or Wine.

// onThisComputer is a run for real, or a skip.
func onThisComputer(t *testing.T) Env {
	t.Helper()
	if os.Getenv("PASSERELLE_CHANGES") != "1" {
		t.Skip("skipped: PASSERELLE_CHANGES=1 lets this test change settings of this computer and put them back")
	}
	dir, err := os.MkdirTemp("", "passerelle-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // not TempDir: Wine cannot remove a tree, and that is no fault of a fix
	j, err := Open(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	c := Local()
	if !c.admin() {
		c.Elevate = nil // nobody is there to answer a prompt: what needs one fails at once
	}
	return Env{Computer: c, Journal: j, Confirm: func(context.Context, Plan) error { return nil }}
}

// backLimit is how long a setting may take to show that it is as before: Windows asks for the box's servers again.
const backLimit = 20 * time.Second

// thereAndBack does a fix and undoes it. state is what the system's own programs say of the setting; it must change, and be the same
// to the byte afterwards.
func thereAndBack(t *testing.T, env Env, name, arg string, state func() string) {
	t.Helper()
	before := state()
	t.Logf("before: %s", before)
	o, err := Run(context.Background(), name, arg, env)
	for _, s := range o.Steps {
		t.Logf("step: %s exit %d %s", s, s.Exit, s.Output)
	}
	if err != nil || !o.Done || o.Verified != facts.Yes || o.ChangeID == nil {
		t.Errorf("%s: %v %+v", name, err, o)
	}
	if during := state(); during == before {
		t.Errorf("%s changed nothing: %s", name, during)
	} else {
		t.Logf("during: %s", during)
	}
	if o.ChangeID == nil {
		return
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
		t.Errorf("undoing %s: %v", name, err)
	}
	after := state()
	for end := time.Now().Add(backLimit); after != before && time.Now().Before(end); after = state() {
		time.Sleep(500 * time.Millisecond)
	}
	if after != before {
		t.Errorf("after the undo: %s", after)
	}
}

// asked runs one of the system's own programs, and gives what it printed.
func asked(t *testing.T, argv ...string) string {
	t.Helper()
	r := (system{}).Run(context.Background(), argv, 30*time.Second)
	if !r.OK() {
		t.Fatalf("%q: exit status %d: %s", argv, r.Exit, printed(r))
	}
	return strings.TrimSpace(r.Out)
}

// TestHostsForReal puts a line of a documentation address into the real hosts file, has it removed and put back.
func TestHostsForReal(t *testing.T) {
	env := onThisComputer(t)
	file := env.Computer.file(env.Computer.hostsPath())
	real, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("the hosts file: %v", err)
	}
	defer func() {
		if err := os.WriteFile(file, real, 0o644); err != nil {
			t.Error(err)
		}
	}()
	end := "\n"
	if bytes.Contains(real, []byte("\r\n")) {
		end = "\r\n"
	}
	content := string(real) + end + "203.0.113.99\tpasserelle-test.example other.example # a test of Passerelle" + end
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	thereAndBack(t, env, "remove-hosts-entry", "passerelle-test.example", func() string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	})
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".hosts*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestFlushForReal empties the real cache of names.
func TestFlushForReal(t *testing.T) {
	env := onThisComputer(t)
	o, err := Run(context.Background(), "flush-dns", "", env)
	for _, s := range o.Steps {
		t.Logf("step: %s exit %d %s", s, s.Exit, s.Output)
	}
	if err != nil || o.Nothing || !o.Done || o.Verified == facts.No {
		t.Errorf("%v %+v", err, o)
	}
	t.Logf("verified %v by %s", o.Verified, o.VerifiedBy)
}
