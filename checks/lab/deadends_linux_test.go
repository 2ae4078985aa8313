package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// No dead end: whatever happens around the window, there is a kind answer and a way on (issue 6).

// TestWindowNoDeadEnd tells each in one language, French and English in turn.
func TestWindowNoDeadEnd(t *testing.T) {
	guiProgram(t)
	for _, c := range []struct {
		name, lang string
		prepare    func(*World)
		tell       func(*tale)
		tier       Tier
	}{
		{"second-start", "en", func(w *World) { plainSite(w) }, secondStart, Fast},
		{"no-settings-folder", "fr", func(w *World) { hostsDead(w); w.Polkit(true); nowhereToWrite(w) }, noSettingsFolder, Fast},
		{"prompt-closed", "fr", func(w *World) { hostsDead(w); w.StandIn("pkexec", "#!/bin/sh\nexit 126\n") }, promptClosed, All},
		{"prompt-impossible", "en", func(w *World) { hostsDead(w); w.StandIn("pkexec", "#!/bin/sh\nexit 127\n") }, promptImpossible, All},
		{"closed-in-mid-check", "fr", func(w *World) { acceptsAndSilent(w) }, closedInMidCheck, Fast},
		{"closed-in-mid-repair", "en", slowRepair, closedInMidRepair, Fast},
		{"ended-in-mid-repair", "fr", slowRepair, endedInMidRepair, All},
		{"asleep-in-mid-check", "fr", func(w *World) { slowFirstByte(w) }, asleepInMidCheck, All},
		{"asleep-while-waiting", "en", func(w *World) { nginxUpstreamRefused(w) }, asleepWhileWaiting, All},
		{"network-lost-in-mid-check", "fr", func(w *World) { acceptsAndSilent(w) }, networkLost, Fast},
		{"network-lost-while-waiting", "en", func(w *World) { nginxUpstreamRefused(w) }, networkLostWhileWaiting, All},
	} {
		if c.tier == All && os.Getenv("PASSERELLE_ALL") != "1" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			defer count(t)
			hand := Mouse
			if c.lang == "en" {
				hand = Keys
			}
			c.tell(newTale(t, c.lang, hand, c.prepare))
		})
	}
}

// secondStart: the program is started twice; the second one ends at once, and the first one comes forward.
func secondStart(s *tale) {
	s.win.Away()
	begin := time.Now()
	o := s.w.Computer.run(s.w.Computer.As(s.w.Computer.Command(s.gui)), 10*time.Second)
	if took := time.Since(begin); o.Exit != 0 || took > 5*time.Second {
		s.t.Errorf("the second start ended with %d after %v: %s", o.Exit, took, o.Stderr)
	}
	if !s.win.Forward(2 * time.Second) {
		s.t.Error("the first window does not come forward")
	}
	s.win.Type("still.here.example")
	s.until("first-window", 2*time.Second, func(o Outline) bool { _, ok := o.Find("field", "still.here.example"); return ok })
	s.end()
}

// nowhereToWrite leaves the visitor without any folder to write to.
func nowhereToWrite(w *World) {
	w.Computer.Env = append(w.Computer.Env, "HOME=/proc/1", "XDG_CONFIG_HOME=/proc/1", "XDG_STATE_HOME=/proc/1", "XDG_CACHE_HOME=/proc/1", "XDG_DATA_HOME=/proc/1")
}

// noSettingsFolder: nothing can be kept. Everything works that needs nothing kept; what does (the record of a change) says so and changes
// nothing.
func noSettingsFolder(s *tale) {
	before := s.hosts()
	s.win.Press(s.hand, s.word("address.other"))
	s.press("changes")
	s.until("changes", 5*time.Second, At("changes"))
	s.win.Key("Escape")
	s.until("first-page", 5*time.Second, At("address"))
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	s.until("not-done", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "failed" })
	if o := s.win.Look(); !o.Says(s.say.T("fix.error.journal", map[string]any{"Folder": "/proc/1/passerelle/journal"})) {
		s.t.Errorf("why nothing was changed is not said:\n%s", o)
	}
	if s.hosts() != before {
		s.t.Error("something was changed without a record")
	}
	s.end()
}

// promptClosed: the person closes the system's prompt. A normal answer, and the way on is there.
func promptClosed(s *tale) {
	before := s.hosts()
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	o := s.until("refused", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "failed" })
	if !o.Says(s.say.T("fix.error.refused", nil)) {
		s.t.Errorf("it is not said that nothing was changed:\n%s", o)
	}
	if s.hosts() != before {
		s.t.Error("something was changed after a no")
	}
	s.pressMain()
	s.until("way-on", longCheck, func(o Outline) bool { return !o.Busy && (o.Page != "repair" || o.Phase != "failed") })
	s.end()
}

// promptImpossible: the system cannot ask for the password. The command that does it is told, and it exists.
func promptImpossible(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	o := s.until("no-prompt", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "failed" })
	if want := "sudo passerelle fix remove-hosts-entry " + SiteHost; !o.Says(want) {
		s.t.Errorf("%q is not told:\n%s", want, o)
	}
	s.pressMain()
	s.until("way-on", longCheck, func(o Outline) bool { return !o.Busy && (o.Page != "repair" || o.Phase != "failed") })
	s.end()
}

// gone waits until the program has ended, for at most limit.
func (s *tale) gone(limit time.Duration) bool {
	for end := time.Now().Add(limit); s.win.Running(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// closedInMidCheck: it ends at once, and leaves nobody behind.
func closedInMidCheck(s *tale) {
	s.check(SiteHost)
	s.until("checking", 5*time.Second, func(o Outline) bool { return o.Busy })
	time.Sleep(time.Second)
	s.win.Close()
	if !s.gone(2 * time.Second) {
		s.t.Error("it does not end")
	}
	s.noneLeft()
}

// noneLeft fails where a process of the program still runs on the computer.
func (s *tale) noneLeft() {
	s.t.Helper()
	time.Sleep(200 * time.Millisecond)
	if o := s.w.Exec("pgrep", "-a", "-f", filepath.Base(s.gui)); o.Exit == 0 {
		s.t.Errorf("left behind: %s", o.Stdout)
	}
}

// repairTakes is how long the system's prompt stands open in slowRepair: long enough to close the window meanwhile.
const repairTakes = "4"

// slowRepair: a change whose prompt is answered slowly.
func slowRepair(w *World) {
	hostsDead(w)
	w.Polkit(true)
	real := w.Computer.Path("/usr/bin/pkexec")
	text, err := os.ReadFile(real)
	w.need(err, "reading pkexec")
	w.StandIn("pkexec-real", string(text))
	w.need(os.Chmod(w.Computer.Path("/usr/bin/pkexec-real"), 0o755|os.ModeSetuid), "giving pkexec its right")
	w.StandIn("pkexec", "#!/bin/sh\nsleep "+repairTakes+"\n/usr/bin/pkexec-real \"$@\"\n")
}

// closedInMidRepair: the change is not left half done; the person is told; when it has ended the window can be closed, and the next start
// knows of the change.
func closedInMidRepair(s *tale) {
	before := s.hosts()
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	s.until("applying", 5*time.Second, func(o Outline) bool { return o.Phase == "applying" })
	s.win.Close()
	s.until("told", 3*time.Second, func(o Outline) bool { return o.Says(s.word("busy")) })
	s.win.Key("Escape") // not a way out either
	if o := s.win.Look(); o.Page != "repair" {
		s.t.Errorf("Esc leads away from a change under way:\n%s", o)
	}
	s.result("fixed", "fixed")
	s.end()
	s.win.Close()
	if !s.gone(3 * time.Second) {
		s.t.Fatal("it does not end")
	}
	s.again()
	s.win.Press(s.hand, s.word("address.other"))
	s.press("changes")
	s.until("changes", 5*time.Second, func(o Outline) bool { _, ok := o.Find("button", s.word("button.undo")); return ok })
	s.press("undo")
	s.until("undone", 20*time.Second, func(o Outline) bool { return o.Undoing == "" && o.Says(s.word("undo.done")) })
	if s.hosts() != before {
		s.t.Errorf("the hosts file is not as before:\n%s", s.hosts())
	}
	s.end()
}

// again starts the program once more on the same screen.
func (s *tale) again() {
	s.t.Helper()
	s.win.Start(s.gui)
	s.told()
	s.until("started-again", 10*time.Second, At("address"))
}

// endedInMidRepair: the session ends (SIGTERM) while the change is under way. The next start offers to undo it.
func endedInMidRepair(s *tale) {
	before := s.hosts()
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	s.until("applying", 5*time.Second, func(o Outline) bool { return o.Phase == "applying" })
	unix.Kill(s.win.program.Process.Pid, unix.SIGTERM)
	if !s.gone(3 * time.Second) {
		s.t.Fatal("it does not end")
	}
	time.Sleep(5 * time.Second) // the prompt is answered all the same: the helper may have made the change
	s.again()
	s.until("offered", 5*time.Second, func(o Outline) bool { return o.Says(s.word("interrupted.title")) })
	s.press("undo-this")
	s.until("undone", 20*time.Second, func(o Outline) bool { return o.Undoing == "" && !o.Says(s.word("interrupted.title")) })
	if s.hosts() != before {
		s.t.Errorf("the hosts file is not as before:\n%s", s.hosts())
	}
	s.end()
}

// asleep is how long the computer sleeps in these stories.
const asleep = 30 * time.Second

// sleep stops the program for a while, as a closed lid does; the clock on the wall goes on.
func (s *tale) sleep() {
	s.t.Helper()
	if err := unix.Kill(s.win.program.Process.Pid, unix.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(asleep)
	if err := unix.Kill(s.win.program.Process.Pid, unix.SIGCONT); err != nil {
		s.t.Fatal(err)
	}
}

// asleepInMidCheck: nobody is blamed for the silence of a computer that slept: the check is made again.
func asleepInMidCheck(s *tale) {
	s.check(SiteHost)
	s.until("checking", 5*time.Second, func(o Outline) bool { return o.Busy })
	time.Sleep(time.Second)
	s.sleep()
	s.verdict("awake", "works")
	s.end()
}

// asleepWhileWaiting: the try that was due meanwhile is made at once.
func asleepWhileWaiting(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	s.press("tell-me")
	s.until("waiting", 5*time.Second, At("watch"))
	s.mendUpstream()
	s.sleep()
	s.until("awake", 10*time.Second, func(o Outline) bool { return o.Busy || o.Side == "works" })
	s.result("back", "back")
	s.end()
}

// networkLost: the cable is pulled while the check waits for the site's answer. The connection is named, not the site, and once it is
// back everything goes on.
func networkLost(s *tale) {
	s.check(SiteHost)
	s.until("checking", 5*time.Second, func(o Outline) bool { return o.Busy })
	time.Sleep(1500 * time.Millisecond)
	s.w.IP(s.w.Box, "link set lan down")
	o := s.until("verdict", longCheck, Still("verdict"))
	if o.Side == "site" {
		s.t.Errorf("the site is blamed for a cable that was pulled: %s", o.Cause)
	}
	s.win.Key("F5")
	s.verdict("again", "no-connection")
	s.end()
}

// networkLostWhileWaiting: waiting goes on without a network, and ends well when all is back.
func networkLostWhileWaiting(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	s.press("tell-me")
	s.until("waiting", 5*time.Second, At("watch"))
	s.w.IP(s.w.Computer, "link set eth0 down")
	s.press("try-now")
	s.until("tried-in-vain", longCheck, func(o Outline) bool { return Still("watch")(o) && o.Cause == "no-connection" })
	s.w.IP(s.w.Computer, "link set eth0 up", "addr replace 2001:db8:1::20/64 dev eth0 nodad", "route replace default via 192.168.1.1 dev eth0 proto dhcp")
	s.mendUpstream()
	s.press("try-now")
	s.result("back", "back")
	s.end()
}

// TestWindowCannotOpen: without a screen, and without OpenGL, one kind line says so and names the way on; nothing is left behind.
func TestWindowCannotOpen(t *testing.T) {
	gui := guiProgram(t)
	for _, c := range []struct{ name, lang, screen, key string }{
		{"no-display", "fr", "", "ui.start.no-display"},
		{"display-gone", "en", ":777", "ui.start.no-display"},
		{"no-opengl", "fr", "-GLX", "ui.start.no-opengl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer count(t)
			w := New(t)
			w.Computer.Env = append(w.Computer.Env, "LANG="+locales[c.lang], "LC_ALL="+locales[c.lang])
			switch c.screen {
			case "":
			case "-GLX":
				w.Screen("-extension", "GLX")
			default:
				w.Computer.Env = append(w.Computer.Env, "DISPLAY="+c.screen)
			}
			s := &tale{t: t, w: w, gui: gui, win: &Window{w: w}}
			o := w.Computer.run(w.Computer.As(w.Computer.Command(gui)), 15*time.Second)
			want := printer(c.lang).T(c.key, nil)
			if o.Exit != 3 || !strings.Contains(o.Stderr, want) {
				t.Errorf("exit %d after %v, meant 3 and %q: %s", o.Exit, o.Took, want, o.Stderr)
			}
			if strings.Contains(o.Stderr, "goroutine ") {
				t.Errorf("it speaks of its own inside:\n%s", o.Stderr)
			}
			s.noneLeft()
		})
	}
}
