//go:build linux

package fix

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"passerelle/checks/facts"
)

func TestLabResolved(t *testing.T) {
	if !inLab(t, "dnsmasq", "dbus-daemon", "dpkg") {
		return
	}
	l := newLab(t, "127.0.0.53")
	l.boxSays("10.66.0.10")
	l.startResolved(labBox)
	system := func() facts.Lookup { return ask("127.0.0.53:53") }
	l.stale(system)
	o := l.mended(l.env(system), system, kindResolved, ByCache)
	if len(o.Steps) != 1 || !strings.HasSuffix(strings.Join(o.Steps[0].Command, " "), "/resolvectl flush-caches") {
		t.Errorf("steps %+v", o.Steps)
	}
	b, _ := json.Marshal(o)
	t.Logf("%s", b)

	// No host known: the size of the cache that fell is the proof.
	env := l.env(system)
	env.Host = ""
	if o, err := Run(context.Background(), "flush-dns", "", env); err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByCache {
		t.Errorf("without a host: %+v %v", o, err)
	}
	// No tool: the service itself is asked.
	c := Local()
	c.Dirs = []string{"/nowhere"}
	env = l.env(system)
	env.Computer = c
	l.stale2(system)
	if o := l.mended(env, system, kindResolved, ByCache); o.Steps[0].Call == "" {
		t.Errorf("steps %+v", o.Steps)
	}
}

// stale2 is stale once the system remembers .77.
func (l *lab) stale2(system func() facts.Lookup) {
	l.t.Helper()
	if _, err := Run(context.Background(), "flush-dns", "", l.env(system)); err != nil {
		l.t.Fatal(err)
	}
	l.boxSays("10.66.0.10")
	if _, err := Run(context.Background(), "flush-dns", "", l.env(system)); err != nil {
		l.t.Fatal(err)
	}
	l.stale(system)
}

func TestLabNscd(t *testing.T) {
	if !inLab(t, "dnsmasq", "nscd", "getent") {
		return
	}
	l := newLab(t, labBox)
	l.boxSays("10.66.0.10")
	l.start("nscd", "-F")
	l.until("nscd is up", func() bool { _, ok := Local().findNscd(); return ok })
	l.stale(getent)
	l.mended(l.env(getent), getent, kindNscd, ByCache)
}

// TestLabHelper goes the way of an ordinary user: pkexec (one that asks nothing) starts the helper, which does it and proves it.
func TestLabHelper(t *testing.T) {
	if !inLab(t, "dnsmasq", "nscd", "getent") {
		return
	}
	l := newLab(t, labBox)
	l.boxSays("10.66.0.10")
	l.start("nscd", "-F")
	l.until("nscd is up", func() bool { _, ok := Local().findNscd(); return ok })
	l.stale(getent)
	pkexec := func(script string) Env {
		if err := os.MkdirAll("/run/bin", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("/run/bin/pkexec", []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		env := l.env(getent)
		env.Computer = Local()
		env.Computer.UID = 1000
		env.Computer.Dirs = append([]string{"/run/bin"}, env.Computer.Dirs...)
		return env
	}
	o, err := Run(context.Background(), "flush-dns", "", pkexec("exit 126"))
	if ExitStatus(o, err) != 1 || o.Done || o.Error == nil || one(getent()) != "10.66.0.10" {
		t.Errorf("prompt closed: %+v %v", o, err)
	}
	o, err = Run(context.Background(), "flush-dns", "", pkexec(`echo "Error executing command as another user: No authentication agent found." >&2; exit 127`))
	if ExitStatus(o, err) != 1 || o.Done || one(getent()) != "10.66.0.10" {
		t.Errorf("no agent: %+v %v", o, err)
	}
	o = l.mended(pkexec(`shift; exec "$@"`), getent, kindNscd, ByCache)
	if len(o.Steps) != 2 || !strings.HasSuffix(o.Steps[0].Command[0], "/pkexec") || o.Steps[0].Command[3] != "helper" {
		t.Errorf("steps %+v", o.Steps)
	}
}

func TestLabDnsmasq(t *testing.T) {
	if !inLab(t, "dnsmasq") {
		return
	}
	l := newLab(t, "127.0.0.1")
	l.boxSays("10.66.0.10")
	// Another dnsmasq in this namespace, for guests: the right one must be found.
	l.start("dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=10.66.0.2",
		"--pid-file=", "--log-facility=-")
	local := l.start("dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1",
		"--server="+labBox, "--pid-file=", "--log-facility=-")
	system := func() facts.Lookup { return ask("127.0.0.1:53") }
	l.stale(system)
	o := l.mended(l.env(system), system, kindDnsmasq, ByCache)
	if want := fmt.Sprintf("process %d", local.Process.Pid); len(o.Steps) != 1 || !strings.HasSuffix(o.Steps[0].Call, want) {
		t.Errorf("steps %+v, want %s", o.Steps, want)
	}
	// Neither a host nor a fresh answer, and a cache that holds something: its counter is the proof.
	env := Env{Confirm: l.env(system).Confirm}
	if o, err := Run(context.Background(), "flush-dns", "", env); err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByCache {
		t.Errorf("without a host: %+v %v", o, err)
	}
	// A cache that was empty already: nothing to prove it by.
	if o, err := Run(context.Background(), "flush-dns", "", env); err != nil || o.Verified != facts.Unknown || o.VerifiedBy != ByNone || ExitStatus(o, err) != 0 {
		t.Errorf("an empty cache: %+v %v", o, err)
	}
	// No counter: the answers are compared.
	env = l.env(system)
	env.Computer = Local()
	env.Computer.Inserted = nil
	l.stale2(system)
	l.mended(env, system, kindDnsmasq, ByFresh)
}

const unboundConf = `server:
  interface: 127.0.0.1
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: "test." nodefault
forward-zone:
  name: "."
  forward-addr: ` + labBox + `
remote-control:
  control-enable: %s
  control-interface: /run/unbound.ctl
  control-use-cert: no
`

func TestLabUnbound(t *testing.T) {
	if !inLab(t, "dnsmasq", "unbound", "unbound-control") {
		return
	}
	l := newLab(t, "127.0.0.1")
	conf := func(path, control string) {
		if err := os.WriteFile(path, fmt.Appendf(nil, unboundConf, control), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	conf("/run/unbound.conf", "yes")
	l.boxSays("10.66.0.10")
	server := l.start("unbound", "-d", "-c", "/run/unbound.conf")
	system := func() facts.Lookup { return ask("127.0.0.1:53") }
	l.stale(system)
	o := l.mended(l.env(system), system, kindUnbound, ByCache)
	if len(o.Steps) != 1 || !strings.Contains(strings.Join(o.Steps[0].Command, " "), "-c /run/unbound.conf flush_zone .") {
		t.Errorf("steps %+v", o.Steps)
	}
	// Without control it says so.
	stop(server)
	conf("/run/closed.conf", "no")
	l.start("unbound", "-d", "-c", "/run/closed.conf")
	l.until("unbound answers", func() bool { return len(system().Addresses) > 0 })
	if o, err := Run(context.Background(), "flush-dns", "", l.env(system)); err == nil || o.Done || ExitStatus(o, err) != 1 {
		t.Errorf("without control: %+v %v", o, err)
	}
}

// TestLabSeveral: resolved asks a dnsmasq of this computer; both remember the old address, and one order of flushing mends it.
func TestLabSeveral(t *testing.T) {
	if !inLab(t, "dnsmasq", "dbus-daemon", "dpkg") {
		return
	}
	l := newLab(t, "127.0.0.53")
	l.boxSays("10.66.0.10")
	l.start("dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1",
		"--server="+labBox, "--pid-file=", "--log-facility=-")
	l.startResolved("127.0.0.1")
	system := func() facts.Lookup { return ask("127.0.0.53:53") }
	l.stale(system)
	o := l.mended(l.env(system), system, detailSeveral, ByCache)
	if len(o.Steps) != 2 || !strings.Contains(o.Steps[0].Call, "dnsmasq") {
		t.Errorf("steps %+v", o.Steps)
	}
}

// TestLabNone: resolv.conf names the box itself.
func TestLabNone(t *testing.T) {
	if !inLab(t, "dnsmasq") {
		return
	}
	l := newLab(t, labBox)
	l.boxSays("10.66.0.10")
	o, err := Run(context.Background(), "flush-dns", "", Env{})
	if err != nil || o.Done || !o.Nothing || o.Detail != detailNone || len(o.Steps) != 0 || ExitStatus(o, err) != 0 {
		t.Errorf("no cache: %+v %v", o, err)
	}
	if _, err := os.Stat("/run/state/journal"); err == nil {
		t.Error("a journal was begun for nothing")
	}
}

// TestLabPlainUser: an ordinary user, to whom most of /proc is closed, finds the same caches as root, and none of another namespace.
func TestLabPlainUser(t *testing.T) {
	if !inLab(t, "dnsmasq", "unbound", "nscd") {
		return
	}
	l := newLab(t, "127.0.0.1")
	if err := os.WriteFile("/run/unbound.conf", fmt.Appendf(nil, unboundConf, "yes"), 0o644); err != nil {
		t.Fatal(err)
	}
	l.do("ip", "netns", "add", "guest") // a container with a dnsmasq of its own on its loopback
	l.do("ip", "-n", "guest", "link", "set", "lo", "up")
	l.start("ip", "netns", "exec", "guest", "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces",
		"--listen-address=127.0.0.1", "--pid-file=", "--log-facility=-", "--address=/site.test/10.66.0.9")
	l.boxSays("10.66.0.10")
	server := l.start("unbound", "-d", "-c", "/run/unbound.conf")
	l.start("nscd", "-F")
	// The dnsmasq of virtual machines, in this very namespace but on another address.
	l.start("dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=10.66.0.2",
		"--except-interface=lo", "--pid-file=", "--log-facility=-")
	l.until("both answer", func() bool { _, ok := Local().findNscd(); return ok && ask("127.0.0.1:53").Done })

	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/run/detect", self, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/run/detect")
	cmd.Dir = "/"
	cmd.Env = []string{labChild + "=plain-user"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	want := fmt.Sprintf("uid 65534: unbound:%d nscd:0 unknown \"\"\n", server.Process.Pid)
	if err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}
