//go:build linux

package fix

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

// The lab of this package: the test binary starts itself again in a network and a mount namespace of its own, so that nothing it
// asks or changes is the machine's. 10.66.0.1 is the box's DNS server there.
const (
	labChild = "PASSERELLE_FIX_LAB"
	labBox   = "10.66.0.1"
	// labLimit bounds one test in the lab: the longest has a dozen changes, of 2.5 s each where they do not take at once.
	labLimit = 170 * time.Second
)

// TestMain makes the test binary what passerelle is to pkexec: the helper.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "helper" {
		os.Exit(Helper(os.Args[2:]))
	}
	switch os.Getenv(labChild) {
	case "plain-user":
		printDetected()
		os.Exit(0)
	case userRun:
		os.Exit(doAsUser())
	}
	if doomed := os.Getenv(killChild); doomed != "" {
		os.Exit(doDoomed(doomed))
	}
	os.Exit(m.Run())
}

// inLab tells whether this is the run inside; outside it starts that one and takes over its result.
func inLab(t *testing.T, tools ...string) bool {
	t.Helper()
	if os.Getenv(labChild) == t.Name() {
		return true
	}
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	if os.Geteuid() != 0 {
		t.Skip("skipped: namespaces need root here")
	}
	for _, tool := range append(tools, "unshare", "ip", "mount") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: %s is not installed", tool)
		}
	}
	t.Parallel() // labs share nothing, and mostly wait
	cmd := exec.Command("unshare", "-n", "-m", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v",
		"-test.timeout="+labLimit.String())
	cmd.Env = append(os.Environ(), labChild+"="+t.Name())
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("in the lab: %v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("skipped in the lab:\n%s", out)
	}
	t.Logf("%s", out)
	return false
}

// lab is one computer with its box.
type lab struct {
	t   *testing.T
	box *exec.Cmd
}

// newLab builds it: folders in memory, a link with an address, resolv.conf naming one server.
func newLab(t *testing.T, nameserver string) *lab {
	l := &lab{t: t}
	l.do("mount", "-t", "tmpfs", "tmpfs", "/run")
	for _, d := range []string{"/run/etc", "/run/dbus", "/run/lock", "/run/systemd", "/run/nscd", "/run/state"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	l.do("mount", "-t", "tmpfs", "tmpfs", "/var/cache")
	l.file("/etc/resolv.conf", "nameserver "+nameserver+"\n")
	l.file("/etc/nsswitch.conf", "hosts: files dns\n")
	l.do("ip", "link", "set", "lo", "up")
	l.do("ip", "link", "add", "up0", "type", "veth", "peer", "name", "in0")
	l.do("ip", "addr", "add", "10.66.0.2/24", "dev", "up0")
	l.do("ip", "netns", "add", "box")
	l.do("ip", "link", "set", "in0", "netns", "box")
	l.do("ip", "-n", "box", "addr", "add", labBox+"/24", "dev", "in0")
	l.do("ip", "-n", "box", "link", "set", "in0", "up")
	l.do("ip", "link", "set", "up0", "up")
	t.Setenv("PASSERELLE_STATE", "/run/state")
	return l
}

func (l *lab) do(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
}

// file puts content in the place of a file of the machine, in this mount namespace alone.
func (l *lab) file(path, content string) {
	l.t.Helper()
	own := "/run/etc/" + strings.ReplaceAll(strings.Trim(path, "/"), "/", "_")
	if err := os.WriteFile(own, []byte(content), 0o644); err != nil {
		l.t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		l.t.Skipf("skipped: %s does not exist on this machine", path)
	}
	l.do("mount", "--bind", own, path)
}

// start runs a server until the test ends.
func (l *lab) start(name string, args ...string) *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		stop(cmd)
		if l.t.Failed() {
			l.t.Logf("%s said:\n%s", name, out.String())
		}
	})
	return cmd
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// boxSays makes the box's DNS server answer site.test with an address.
func (l *lab) boxSays(addr string) {
	l.t.Helper()
	if l.box != nil {
		stop(l.box)
	}
	l.box = l.start("ip", "netns", "exec", "box", "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address="+labBox,
		"--local-ttl=300", "--pid-file=", "--log-facility=-", "--address=/site.test/"+addr)
	l.until("the box answers "+addr, func() bool { return one(ask(labBox+":53")) == addr })
}

func (l *lab) until(what string, yes func() bool) {
	l.t.Helper()
	for range 100 {
		if yes() {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	l.t.Fatalf("waited in vain: %s", what)
}

// untilSlow is for services that take seconds: DHCP, polkit's watch on its folder.
func (l *lab) untilSlow(what string, yes func() bool) {
	l.t.Helper()
	for range 150 {
		if yes() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	l.t.Fatalf("waited in vain: %s", what)
}

// ask asks a server for site.test.
func ask(server string) facts.Lookup {
	m := new(dns.Msg)
	m.SetQuestion("site.test.", dns.TypeA)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	answer, err := dns.ExchangeContext(ctx, m, server)
	l := facts.Lookup{Name: "site.test", Done: err == nil}
	if err != nil {
		return l
	}
	for _, rr := range answer.Answer {
		if a, ok := rr.(*dns.A); ok {
			addr, _ := netip.AddrFromSlice(a.A)
			l.Addresses = append(l.Addresses, addr.Unmap())
		}
	}
	if len(l.Addresses) == 0 {
		l.Failure = facts.NoData
	}
	return l
}

// getent asks as any program of this computer does: through nsswitch.conf and nscd.
func getent() facts.Lookup {
	out, _ := exec.Command("getent", "ahostsv4", "site.test").Output()
	l := facts.Lookup{Name: "site.test", Done: true, Failure: facts.NoData}
	if w := strings.Fields(string(out)); len(w) > 0 {
		if a, err := netip.ParseAddr(w[0]); err == nil {
			l.Addresses, l.Failure = []netip.Addr{a}, facts.OK
		}
	}
	return l
}

func one(l facts.Lookup) string {
	if len(l.Addresses) == 0 {
		return ""
	}
	return l.Addresses[0].String()
}

// env is a run on this computer, with somebody who says yes.
func (l *lab) env(system func() facts.Lookup) Env {
	return Env{
		Host:    "site.test",
		System:  func(context.Context, string) ([]netip.Addr, error) { return system().Addresses, nil },
		Fresh:   func(context.Context, string) ([]netip.Addr, error) { return ask(labBox + ":53").Addresses, nil },
		Confirm: func(context.Context, Plan) error { return nil },
	}
}

// stale makes the system remember an address that its server no longer gives.
func (l *lab) stale(system func() facts.Lookup) {
	l.t.Helper()
	l.boxSays("10.66.0.10")
	l.until("the system answers", func() bool { return one(system()) == "10.66.0.10" })
	l.boxSays("10.66.0.77")
	if got := one(system()); got != "10.66.0.10" {
		l.t.Fatalf("the system answers %q: it remembers nothing", got)
	}
}

// mended runs flush-dns and holds its outcome against what it should be.
func (l *lab) mended(env Env, system func() facts.Lookup, detail, by string) Outcome {
	l.t.Helper()
	o, err := Run(context.Background(), "flush-dns", "", env)
	if err != nil {
		l.t.Fatalf("flush-dns: %v (%+v)", err, o)
	}
	if !o.Done || o.Verified != facts.Yes || o.VerifiedBy != by || o.Detail != detail || o.ChangeID == nil {
		l.t.Errorf("outcome %+v", o)
	}
	if got := one(system()); got != "10.66.0.77" {
		l.t.Errorf("after the flush the system answers %q", got)
	}
	for _, s := range o.Steps {
		l.t.Logf("step: %v %s exit %d %s", s.Command, s.Call, s.Exit, s.Output)
	}
	return o
}

// resolvedFolder unpacks systemd-resolved's package, which would change a machine's own DNS if it were installed.
func (l *lab) resolvedFolder() string {
	l.t.Helper()
	if _, err := os.Stat("/lib/systemd/systemd-resolved"); err == nil {
		return "/"
	}
	dirs := []string{os.Getenv("PASSERELLE_LAB_DEBS"), filepath.Join(os.Getenv("HOME"), ".cache", "passerelle-lab"), "/tmp/s/debs"}
	for _, d := range dirs {
		debs, _ := filepath.Glob(filepath.Join(d, "systemd-resolved_*.deb"))
		if d == "" || len(debs) == 0 {
			continue
		}
		to := "/run/resolved-package"
		l.do("dpkg", "-x", debs[0], to)
		l.do("mount", "-t", "overlay", "overlay", "-o", "lowerdir="+to+"/usr:/usr", "/usr")
		return to
	}
	l.t.Skipf("skipped: no systemd-resolved_*.deb in PASSERELLE_LAB_DEBS or ~/.cache/passerelle-lab")
	return ""
}

// startResolved starts the bus and systemd-resolved.
func (l *lab) startResolved(server string) {
	l.t.Helper()
	folder := l.resolvedFolder()
	for _, f := range []string{"/etc/passwd", "/etc/group"} {
		b, err := os.ReadFile(f)
		if err != nil {
			l.t.Fatal(err)
		}
		line := "systemd-resolve:x:991:991::/:/usr/sbin/nologin\n"
		if f == "/etc/group" {
			line = "systemd-resolve:x:991:\n"
		}
		if !bytes.Contains(b, []byte("systemd-resolve:")) {
			b = append(b, line...)
		}
		l.file(f, string(b))
	}
	if err := os.MkdirAll("/run/systemd/resolved.conf.d", 0o755); err != nil {
		l.t.Fatal(err)
	}
	conf := "[Resolve]\nDNS=" + server + "\nFallbackDNS=\nDomains=~.\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\nCacheFromLocalhost=yes\n"
	if err := os.WriteFile("/run/systemd/resolved.conf.d/lab.conf", []byte(conf), 0o644); err != nil {
		l.t.Fatal(err)
	}
	l.start("dbus-daemon", "--system", "--nofork", "--nopidfile")
	l.until("the bus is up", func() bool { _, err := os.Stat("/run/dbus/system_bus_socket"); return err == nil })
	l.start(filepath.Join(folder, "lib/systemd/systemd-resolved"))
	l.until("systemd-resolved is up", func() bool {
		has, err := systemBus{}.HasOwner(context.Background(), resolveName)
		return err == nil && has && ask("127.0.0.53:53").Done
	})
}

// printDetected is what the run as an ordinary user does.
func printDetected() {
	c := Local()
	found := c.dnsCaches(context.Background())
	var all []string
	for _, d := range found.Caches {
		all = append(all, fmt.Sprintf("%s:%d", d.Kind, d.PID))
	}
	fmt.Printf("uid %d: %s unknown %q\n", c.UID, strings.Join(all, " "), found.Unknown)
}
