//go:build unix

package history

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
)

func check(host string, at time.Time, cause decide.Cause) *checks.Result {
	return &checks.Result{Schema: 1, StartedAt: at, Target: checks.Target{Host: host}, Verdict: decide.Verdict{Cause: cause, Side: decide.SideOf(cause), Certainty: decide.Certain}}
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600))

func TestKeepsAndForgets(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "history")}
	if _, err := s.Last(); !errors.Is(err, ErrNone) {
		t.Errorf("an empty store: %v", err)
	}
	for i := range keepChecks + 5 {
		r := check("shop.example", noon.Add(time.Duration(i)*time.Minute), decide.BadGateway)
		if err := s.Save(r, r); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.List()
	if err != nil || len(list) != keepChecks || !list[0].At.After(list[1].At) {
		t.Fatalf("%d, %v", len(list), err)
	}
	if last, err := s.Last(); err != nil || !last.StartedAt.Equal(noon.Add((keepChecks+4)*time.Minute)) {
		t.Errorf("%v %v", last, err)
	}
	if info, _ := os.Stat(s.Dir); info.Mode().Perm() != 0o700 {
		t.Errorf("folder %v", info.Mode())
	}
	if info, _ := os.Stat(filepath.Join(s.Dir, list[0].Name)); info.Mode().Perm() != 0o600 {
		t.Errorf("file %v", info.Mode())
	}
	other := filepath.Join(s.Dir, "somebody-elses.json")
	if err := os.WriteFile(other, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("deleted what is not ours")
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("%d left", len(list))
	}
}

func TestWhatIsNotKept(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "history")}
	stopped, example := check("a.example", noon, decide.Works), check("127.0.0.1", noon, decide.BadGateway)
	stopped.Stopped, example.Target.Example = true, true
	for _, r := range []*checks.Result{nil, stopped, example} {
		if err := s.Save(r, r); err != nil {
			t.Error(err)
		}
	}
	if err := (Store{}).Save(check("a.example", noon, decide.Works), nil); err != nil {
		t.Error(err)
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("%v", list)
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Store{Dir: filepath.Join(blocked, "history")}).Save(check("a.example", noon, decide.Works), 1); err == nil {
		t.Error("a folder that cannot be made went unnoticed")
	}
}

func TestSince(t *testing.T) {
	at := func(min int) time.Time { return noon.Add(time.Duration(min) * time.Minute) }
	e := func(min int, host string, c decide.Cause) Entry {
		return Entry{At: at(min), Host: host, Side: decide.SideOf(c), Cause: c}
	}
	list := []Entry{e(60, "shop.example", decide.BadGateway), e(50, "other.example", decide.Works), e(40, "Shop.example", decide.Unavailable), e(30, "shop.example", decide.Works), e(10, "shop.example", decide.BadGateway)}
	run := Since(list, check("shop.example", at(70), decide.BadGateway))
	if !run.FirstFailure.Equal(at(40)) || !run.LastSuccess.Equal(at(30)) || run.Failures != 3 || run.Checks != 5 {
		t.Errorf("%+v", run)
	}
	if run := Since(list, check("shop.example", at(70), decide.Works)); !run.FirstFailure.IsZero() || run.Failures != 0 || !run.LastSuccess.Equal(at(70)) {
		t.Errorf("%+v", run)
	}
	if run := Since(list, check("shop.example", at(60*60), decide.BadGateway)); run.Failures != 1 {
		t.Errorf("a failure of last week belongs to this outage: %+v", run)
	}
}

// TestHostileFiles: what is opened may come from anybody.
func TestHostileFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here")
	}
	for name, p := range map[string]string{"empty": write("a", ""), "not JSON": write("b", "<html>"), "another program's": write("c", `{"schema":1,"name":"x"}`), "of the future": write("d", `{"schema":99,"target":{"host":"a.example"},"verdict":{"cause":"works"}}`),
		"unknown cause": write("e", `{"schema":1,"target":{"host":"a.example"},"verdict":{"cause":"../../etc"}}`), "deep": write("f", strings.Repeat("[", 100000)), "huge": write("g", strings.Repeat(" ", MaxFile+1)),
		"wrong types": write("h", `{"schema":1,"target":{"host":"a.example"},"facts":{"chain":[]}}`), "a folder": dir, "a pipe": pipe, "absent": filepath.Join(dir, "none"), "a device": "/dev/zero"} {
		if _, err := ReadFile(p); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
