package lab

import (
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDisturbed: a check in whose middle the cable is pulled, or the computer sleeps, blames nobody for the silence that follows.
func TestDisturbed(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*World) Want
		disturb func(w *World, pid int)
		truth   string
	}{
		{"cable-pulled", acceptsAndSilent, func(w *World, _ int) { w.IP(w.Box, "link set lan down") }, "no-connection"},
		{"asleep", slowFirstByte, func(_ *World, pid int) {
			unix.Kill(pid, unix.SIGSTOP)
			time.Sleep(14 * time.Second) // beyond everything's 10 s: all that was asked has run out of time
			unix.Kill(pid, unix.SIGCONT)
		}, "works"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			c.prepare(w)
			cmd := w.Computer.As(w.Computer.Command(Program(t), "check", "--json", SiteHost))
			time.AfterFunc(1500*time.Millisecond, func() {
				if cmd.Process != nil {
					c.disturb(w, cmd.Process.Pid)
				}
			})
			o := w.Computer.run(cmd, 40*time.Second)
			var got Checked
			if err := json.Unmarshal([]byte(o.Stdout), &got); err != nil {
				t.Fatalf("%v: %s%s", err, o.Stdout, o.Stderr)
			}
			if got.Verdict.Cause != c.truth {
				t.Errorf("the verdict is %s (%s), the truth is %s", got.Verdict.Cause, got.Verdict.Side, c.truth)
			}
			if len(got.Contacts) == 0 {
				t.Error("nobody was contacted, it says")
			}
		})
	}
}
