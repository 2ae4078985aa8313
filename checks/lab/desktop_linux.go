package lab

// What a desktop has around the program: the system's prompt for rights, the person's own settings, a browser.

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// StandIn puts a small program of our own in the place of one in /usr/bin, on the computer only.
func (w *World) StandIn(name, script string) {
	w.T.Helper()
	w.need(w.Computer.layer("/usr/bin"), "putting a stand-in for %s", name)
	to := w.Computer.Path("/usr/bin/" + name)
	os.Remove(to) // a link would lead to another program's place
	w.need(os.WriteFile(to, []byte(script), 0o755), "putting a stand-in for %s", name)
}

// openedLog is where the stand-ins of the browsers write what they were asked to open.
const openedLog = "/run/tmp/opened.log"

// Browsers puts stand-ins in the place of what opens addresses: no browser starts, what it was given is noted.
func (w *World) Browsers() {
	w.T.Helper()
	for _, name := range []string{"firefox", "firefox-esr", "chromium", "xdg-open"} {
		w.StandIn(name, "#!/bin/sh\necho \"${0##*/} $*\" >>"+openedLog+"\n")
	}
}

// Opened is what the browsers were asked to open, one line each.
func (w *World) Opened() string {
	text, _ := os.ReadFile(w.Computer.Path(openedLog)) // none yet: nothing was opened
	return string(text)
}

// systemBus runs a D-Bus for the computer's system services, once.
func (w *World) systemBus() {
	w.T.Helper()
	w.Need("dbus-daemon")
	w.needRealRoot("a system bus")
	if _, err := os.Stat(w.Computer.Path("/run/dbus/system_bus_socket")); err == nil {
		return
	}
	w.Spawn(w.Computer, "", "dbus-daemon", "--system", "--nofork", "--nopidfile")
	w.awaitFile(w.Computer, "/run/dbus/system_bus_socket")
}

// Polkit runs a real polkitd with a real pkexec on the computer. yes: the person gives the password whenever it is asked for (a rule
// says so in their place); no: they may not.
func (w *World) Polkit(yes bool) {
	w.T.Helper()
	w.Need("../lib/polkit-1/polkitd")
	w.systemBus()
	if _, err := os.Stat("/usr/bin/pkexec"); err != nil {
		deb := packageFile("pkexec")
		if deb == "" {
			w.T.Skipf("pkexec is not installed, and its package is in none of %v", Debs())
		}
		dir := filepath.Join(w.Dir, "pkexec")
		out, err := exec.Command("dpkg", "-x", deb, dir).CombinedOutput()
		w.need(err, "unpacking %s: %s", deb, out)
		text, err := os.ReadFile(filepath.Join(dir, "usr/bin/pkexec"))
		w.need(err, "reading pkexec")
		w.StandIn("pkexec", string(text))
		w.need(os.Chmod(w.Computer.Path("/usr/bin/pkexec"), 0o755|os.ModeSetuid), "giving pkexec its right")
	}
	answer := "NO"
	if yes {
		answer = "YES"
	}
	w.File("/etc/polkit-1/rules.d/10-lab.rules", `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.policykit.exec") { return polkit.Result.`+answer+`; }
});`)
	w.Spawn(w.Computer, "", "/usr/lib/polkit-1/polkitd", "--no-debug")
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		o := w.Exec("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.PolicyKit1")
		if o.Exit == 0 {
			return
		}
		if time.Now().After(end) {
			w.T.Fatalf("the lab failed: polkitd does not come: %s", o.Stderr)
		}
	}
}

// Session runs a session bus for the visitor, so that the desktop's own settings (gsettings, dconf) can be kept.
func (w *World) Session() {
	w.T.Helper()
	w.Need("dbus-daemon")
	w.Need("gsettings")
	w.needRealRoot("a session bus")
	w.runtimeDir()
	w.Computer.Env = append(w.Computer.Env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/visitor/bus", "XDG_CURRENT_DESKTOP=GNOME")
	w.spawn(w.Computer, "", w.Computer.As(w.Computer.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=/run/user/visitor/bus")))
	w.awaitFile(w.Computer, "/run/user/visitor/bus")
}

// runtimeDir makes the visitor's folder for sockets.
func (w *World) runtimeDir() {
	w.T.Helper()
	w.Computer.Env = append(w.Computer.Env, "XDG_RUNTIME_DIR=/run/user/visitor")
	w.need(os.MkdirAll(w.Computer.Path("/run/user/visitor"), 0o700), "making the runtime folder")
	os.Chown(w.Computer.Path("/run/user/visitor"), visitor, visitor)
}

// Visitor runs a command on the computer as the ordinary user.
func (w *World) Visitor(name string, args ...string) Output {
	return w.Computer.run(w.Computer.As(w.Computer.Command(name, args...)), 30*time.Second)
}
