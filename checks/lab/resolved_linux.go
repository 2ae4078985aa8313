package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Debs is where unpacked-only packages are looked for, in this order; the first is where they are downloaded to.
func Debs() []string {
	home, _ := os.UserHomeDir()
	dirs := []string{filepath.Join(home, ".cache", "passerelle-lab"), "/tmp/s/debs"}
	if d := os.Getenv("PASSERELLE_LAB_DEBS"); d != "" {
		dirs = append([]string{d}, dirs...)
	}
	return dirs
}

// FetchDebs downloads the packages that are only unpacked into the cache, where they are nowhere yet: systemd-resolved, because
// installing it would replace the system's /etc/resolv.conf, and pkexec, because nobody's machine shall get a program with root's rights
// for a test. To be called before the lab enters its own network.
func FetchDebs() {
	if resolvedBinary() == "" && packageFile("systemd-resolved") == "" {
		fetchDeb("systemd-resolved")
	}
	if _, err := os.Stat("/usr/bin/pkexec"); err != nil && os.Getenv("PASSERELLE_GUI") != "" && packageFile("pkexec") == "" {
		fetchDeb("pkexec")
	}
}

// packageFile is a package that was downloaded; "" none.
func packageFile(name string) string {
	for _, dir := range Debs() {
		if found, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb")); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}

func fetchDeb(name string) {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return
	}
	dir := Debs()[0]
	if os.MkdirAll(dir, 0o755) != nil {
		return
	}
	cmd := exec.Command(apt, "download", name)
	cmd.Dir = dir
	if cmd.Start() == nil {
		stop := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		cmd.Wait()
		stop.Stop()
	}
}

// resolvedBinary is the system's own systemd-resolved, where it has one.
func resolvedBinary() string {
	for _, p := range []string{"/usr/lib/systemd/systemd-resolved", "/lib/systemd/systemd-resolved"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// unpackedResolved is the folder in which the package lies unpacked; empty: the system has its own.
var unpackedResolved = sync.OnceValues(func() (string, error) {
	if resolvedBinary() != "" {
		return "", nil
	}
	if deb := packageFile("systemd-resolved"); deb != "" {
		to, err := os.MkdirTemp("/tmp", "lab-resolved-")
		if err != nil {
			return "", err
		}
		os.Chmod(to, 0o755)
		atEnd(func() { os.RemoveAll(to) })
		if out, err := exec.Command("dpkg", "-x", deb, to).CombinedOutput(); err != nil {
			return "", fmt.Errorf("unpacking %s: %w: %s", deb, err, out)
		}
		return to, nil
	}
	return "", fmt.Errorf("no systemd-resolved here, and its package is in none of %v", Debs())
})

// Resolved runs a real systemd-resolved on the computer, which then asks it for every name.
func (w *World) Resolved() {
	w.T.Helper()
	w.Need("dbus-daemon")
	w.needRealRoot("systemd-resolved")
	dir, err := unpackedResolved()
	if err != nil {
		w.T.Skip(err)
	}
	daemon := resolvedBinary()
	if dir != "" {
		daemon = filepath.Join(dir, "lib/systemd/systemd-resolved")
		policy, err := os.ReadFile(filepath.Join(dir, "usr/share/dbus-1/system.d/org.freedesktop.resolve1.conf"))
		w.need(err, "reading the bus policy")
		w.File("/etc/dbus-1/system.d/org.freedesktop.resolve1.conf", string(policy))
		// Its command belongs where a system has it; the program must find it by its ordinary absolute path.
		w.need(w.Computer.lend(filepath.Join(dir, "usr/bin/resolvectl"), "/usr/bin/resolvectl"), "lending resolvectl")
	}
	w.File("/etc/systemd/resolved.conf", "[Resolve]\nDNS="+BoxIP+"\nFallbackDNS=\nDomains=~.\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\nCache=yes\n")
	w.systemBus()
	w.Spawn(w.Computer, "127.0.0.53:53", daemon)
	w.File("/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n")
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		o := w.Exec("/usr/bin/resolvectl", "statistics")
		if o.Exit == 0 {
			return
		}
		if time.Now().After(end) {
			w.need(fmt.Errorf("%s%s", o.Stdout, o.Stderr), "waiting for systemd-resolved")
		}
	}
}

// awaitFile waits until a daemon has made its socket.
func (w *World) awaitFile(m *Machine, name string) {
	w.T.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(m.Path(name)); err == nil {
			return
		} else if time.Now().After(end) {
			w.need(err, "waiting for %s", name)
		}
	}
}
