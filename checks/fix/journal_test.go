package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// toy is a fix that changes a file, so that the journal can be tried on something with a way back.
type toy struct {
	path  string
	apply error
	undo  error
	deaf  bool // Apply changes nothing and says nothing
	log   *[]string
}

func (toy) Name() string                        { return "toy" }
func (toy) Applies(*facts.Facts) (bool, string) { return true, "fix.toy.why" }
func (t toy) Plan(context.Context, string) (Plan, error) {
	old, _ := os.ReadFile(t.path)
	return Plan{Fix: "toy", Risk: "low", Undoable: true, Old: map[string]string{"content": string(old)}}, nil
}
func (t toy) Apply(context.Context, Plan) (Change, error) {
	if t.apply != nil {
		return Change{}, t.apply
	}
	if t.deaf {
		return Change{}, nil
	}
	return Change{Steps: []Step{{Call: "write " + t.path}}}, os.WriteFile(t.path, []byte("changed"), 0o600)
}
func (t toy) Verify(context.Context, Change) (Verification, error) {
	b, err := os.ReadFile(t.path)
	return Verification{Verified: facts.Known(string(b) == "changed"), By: ByState}, err
}
func (t toy) Undo(_ context.Context, ch Change) error {
	if t.log != nil {
		*t.log = append(*t.log, ch.ID)
	}
	if t.undo != nil {
		return t.undo
	}
	return os.WriteFile(t.path, []byte(ch.Old["content"]), 0o600)
}

// withToy registers it for one test.
func withToy(t *testing.T, x *toy) {
	t.Helper()
	register("toy", func(*Computer) Fix { return *x })
	t.Cleanup(func() { delete(makers, "toy") })
}

func TestJournalKeepsTheWayBack(t *testing.T) {
	x := &toy{path: filepath.Join(t.TempDir(), "setting")}
	put(t, x.path, "before", 0o600)
	withToy(t, x)
	c, _ := fake(t, "linux", nil)
	env := yes(t, c)
	said := ""
	env.Doing = func(step string, _ Plan) {
		if step == "apply" { // the way back is on the disk before anything is changed
			files, _ := filepath.Glob(env.Journal.Dir() + "/*.json")
			if len(files) == 1 {
				b, _ := os.ReadFile(files[0])
				said = string(b)
			}
		}
	}
	o, err := Run(context.Background(), "toy", "", env)
	if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByState || !strings.Contains(said, `"content": "before"`) || !strings.Contains(said, `"state": "planned"`) {
		t.Fatalf("%+v %v: %s", o, err, said)
	}
	list, err := env.Journal.Changes(nil)
	if err != nil || len(list.Changes) != 1 || list.Changes[0].ID != *o.ChangeID || list.Changes[0].Interrupted {
		t.Fatalf("%+v %v", list, err)
	}
	b, _ := json.Marshal(list)
	want := fmt.Sprintf(`{"schema":1,"changes":[{"id":%q,"fix":"toy","at":`, *o.ChangeID)
	if !strings.HasPrefix(string(b), want) || !strings.HasSuffix(string(b), `,"summary":"fix.toy.summary","undone":false,"interrupted":false}]}`) {
		t.Errorf("%s", b)
	}
	none := env
	none.Confirm = nil
	if _, err := Undo(context.Background(), *o.ChangeID, none); !errors.Is(err, ErrUnasked) || ExitStatus(Outcome{}, err) != 2 {
		t.Errorf("undone without a yes: %v", err)
	}
	list, err = Undo(context.Background(), *o.ChangeID, env)
	if err != nil || len(list.Changes) != 1 || !list.Changes[0].Undone {
		t.Errorf("%+v %v", list, err)
	}
	if b, _ := os.ReadFile(x.path); string(b) != "before" {
		t.Errorf("the setting is %q", b)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("still listed: %+v", list)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("twice: %v", err)
	}
	if left, _ := filepath.Glob(env.Journal.Dir() + "/*.lock"); len(left) != 0 {
		t.Errorf("locks left: %v", left)
	}
}

func TestUndoEverythingNewestFirst(t *testing.T) {
	var log []string
	x := &toy{path: filepath.Join(t.TempDir(), "setting"), log: &log}
	withToy(t, x)
	c, _ := fake(t, "linux", nil)
	env := yes(t, c)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	env.Journal.now = func() time.Time { at = at.Add(time.Second); return at }
	var ids []string
	for range 3 {
		o, err := Run(context.Background(), "toy", "", env)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, *o.ChangeID)
	}
	if _, err := Undo(context.Background(), "", env); err != nil {
		t.Fatal(err)
	}
	if want := []string{ids[2], ids[1], ids[0]}; strings.Join(log, " ") != strings.Join(want, " ") {
		t.Errorf("undone %v, want %v", log, want)
	}
}

func TestFailuresStayOffered(t *testing.T) {
	x := &toy{path: filepath.Join(t.TempDir(), "setting"), apply: errors.New("half done"), undo: errors.New("the service is gone")}
	withToy(t, x)
	put(t, x.path, "before", 0o600)
	c, _ := fake(t, "linux", nil)
	env := yes(t, c)
	o, err := Run(context.Background(), "toy", "", env)
	if err == nil || o.Done || ExitStatus(o, err) != 1 {
		t.Errorf("%+v %v", o, err)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 1 {
		t.Fatalf("a change that may be half done is not offered: %+v", list)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err == nil {
		t.Error("undone")
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 1 {
		t.Fatalf("a failed undo is not offered again: %+v", list)
	}
	x.undo = nil
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

// TestWhatFailsIsPutBack: by itself, where the fix can.
func TestWhatFailsIsPutBack(t *testing.T) {
	x := &toy{path: filepath.Join(t.TempDir(), "setting"), apply: errors.New("half done")}
	withToy(t, x)
	put(t, x.path, "before", 0o600)
	c, _ := fake(t, "linux", nil)
	env := yes(t, c)
	o, err := Run(context.Background(), "toy", "", env)
	if err == nil || !o.PutBack || o.Done {
		t.Errorf("%+v %v", o, err)
	}
	x.apply, x.deaf = nil, true // it says that it did it, and did not
	if o, err = Run(context.Background(), "toy", "", env); err != nil || !o.PutBack || o.Verified != facts.No || ExitStatus(o, err) != 1 {
		t.Errorf("%+v %v", o, err)
	}
	x.apply = untouched(problem(ErrRefused, "k", nil, "the prompt was closed"))
	if o, err = Run(context.Background(), "toy", "", env); !errors.Is(err, ErrRefused) || o.PutBack {
		t.Errorf("%+v %v", o, err)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("left to undo: %+v", list)
	}
}

// TestJournalMustBeWritable: without its record nothing is changed.
func TestJournalMustBeWritable(t *testing.T) {
	x := &toy{path: filepath.Join(t.TempDir(), "setting")}
	withToy(t, x)
	put(t, x.path, "before", 0o600)
	c, _ := fake(t, "linux", nil)
	env := yes(t, c)
	put(t, filepath.Join(t.TempDir(), "file"), "", 0o600)
	env.Journal.dir = filepath.Join(filepath.Dir(x.path), "setting", "journal") // below a file: no folder can be made there
	o, err := Run(context.Background(), "toy", "", env)
	if !errors.Is(err, ErrJournal) || o.Done || o.ChangeID != nil || ExitStatus(o, err) != 1 {
		t.Errorf("%+v %v", o, err)
	}
	if b, _ := os.ReadFile(x.path); string(b) != "before" {
		t.Errorf("changed without a record: %q", b)
	}
	if list, err := (&Journal{dir: filepath.Join(t.TempDir(), "none")}).Changes(nil); err != nil || len(list.Changes) != 0 {
		t.Errorf("no journal yet: %+v %v", list, err)
	}
}

// TestKilledInBetween kills a process between the record and the end of its change.
func TestKilledInBetween(t *testing.T) {
	x := &toy{path: filepath.Join(t.TempDir(), "setting")}
	withToy(t, x)
	dir := t.TempDir()
	if os.Getenv("PASSERELLE_FIX_KILLED") != "" {
		j, _ := Open(os.Getenv("PASSERELLE_FIX_KILLED"))
		if _, err := j.Begin(Change{Fix: "toy", Old: map[string]string{"content": "before"}}, true, ""); err != nil {
			t.Fatal(err)
		}
		fmt.Println("begun")
		time.Sleep(time.Minute)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInBetween$", "-test.v")
	cmd.Env = append(os.Environ(), "PASSERELLE_FIX_KILLED="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for seen := ""; !strings.Contains(seen, "begun"); {
		b := make([]byte, 256)
		n, err := out.Read(b)
		if err != nil {
			t.Fatal(err, seen)
		}
		seen += string(b[:n])
	}
	j, _ := Open(dir)
	list, err := j.Changes(nil)
	if err != nil || len(list.Changes) != 1 || list.Changes[0].Interrupted {
		t.Fatalf("while it works: %+v %v", list, err)
	}
	if _, err := j.Undo(context.Background(), list.Changes[0].ID, x); err == nil {
		t.Error("undone under its hands")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	list, err = j.Changes(nil)
	if err != nil || len(list.Changes) != 1 || !list.Changes[0].Interrupted {
		t.Fatalf("after the kill: %+v %v", list, err)
	}
	if _, err := j.Undo(context.Background(), list.Changes[0].ID, x); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(x.path); string(b) != "before" {
		t.Errorf("put back: %q", b)
	}
}

func TestJournalRefusesStrangeIDs(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "secret.json"), `{"id":"secret"}`, 0o600)
	j, _ := Open(filepath.Join(dir, "journal"))
	for _, id := range []string{"../secret", "secret", "", "20260101T000000-0123456", "20260101T000000-01234567/..", "--all", "$(id)"} {
		if _, err := j.Load(id); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
	// A damaged record does not hide the others.
	if _, err := j.Begin(Change{Fix: "toy"}, true, ""); err != nil {
		t.Fatal(err)
	}
	put(t, j.file("20260101T000000-01234567"), `{"id":`, 0o600)
	if list, err := j.Changes(nil); err == nil || len(list.Changes) != 1 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestJournalForgetsOldHistory(t *testing.T) {
	j, _ := Open(t.TempDir())
	j.keep = 10
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	j.now = func() time.Time { at = at.Add(time.Minute); return at }
	for i := range j.keep + 5 {
		r, err := j.Begin(Change{Fix: "toy"}, i == 0, "")
		if err != nil {
			t.Fatal(err)
		}
		r.State = Verified
		if err := j.Save(r, true); err != nil {
			t.Fatal(err)
		}
	}
	all, err := j.List()
	if err != nil || len(all) > j.keep+1 || len(all) < j.keep || !all[len(all)-1].Undoable {
		t.Errorf("%d records, %v; what can be undone must stay", len(all), err)
	}
}

func TestStateDir(t *testing.T) {
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	if d, err := StateDir(env(map[string]string{"PASSERELLE_STATE": "/x"})); err != nil || d != "/x" {
		t.Error(d, err)
	}
	if runtime.GOOS == "linux" {
		if d, err := StateDir(env(map[string]string{"XDG_STATE_HOME": "/s"})); err != nil || d != "/s/passerelle" {
			t.Error(d, err)
		}
		if d, err := StateDir(env(map[string]string{"XDG_STATE_HOME": "relative"})); err != nil || !strings.HasSuffix(d, "/.local/state/passerelle") {
			t.Error(d, err)
		}
	}
}
