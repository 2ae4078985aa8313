//go:build linux

package fix

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// cardBack is how long a card may be away after whoever switched it off was killed.
const cardBack = 12 * time.Second

// cardState is everything that the kernel has of the links, byte for byte.
func (l *lab) cardState() string {
	var all []byte
	for _, args := range []string{"-j addr show dev up0", "-j -4 route show table all", "-j -6 route show table all", "-j neigh show dev up0 nud permanent", "-j -4 rule"} {
		all = append(all, l.rootRan("ip", strings.Fields(args)...)...)
	}
	return string(all)
}

// configuredByHand gives up0 all that a card may have and loses when it is switched off.
func (l *lab) configuredByHand() string {
	l.t.Helper()
	for _, line := range []string{
		"addr add 10.66.0.9/24 dev up0", "addr add 10.77.0.1/16 brd 10.77.255.255 dev up0 label up0:x", "addr add 10.78.0.2 peer 10.78.0.1/32 dev up0",
		"-6 addr add 2001:db8:66::2/64 dev up0", "-6 addr add 2001:db8:66::9/64 dev up0 nodad", "-6 addr add 2001:db8:77::1/128 dev up0 preferred_lft 0",
		"neigh add 10.66.0.200 lladdr 02:00:00:00:00:01 dev up0 nud permanent",
		"route add default via 10.66.0.1 dev up0 proto static metric 100 mtu 1400", "route add default via 10.66.0.254 dev up0 metric 700", "route add 198.51.100.0/24 via 10.66.0.1 src 10.66.0.9",
		"route add 203.0.113.0/24 dev up0 scope link table 51", "route add 192.0.2.0/24 via 172.31.9.9 dev up0 onlink", "route add blackhole 192.88.99.0/24",
		"-6 route add default via 2001:db8:66::1 dev up0 metric 50 pref high", "-6 route add 2001:db8:99::/48 via fe80::1 dev up0", "-6 route add 2001:db8:98::/48 dev up0 src 2001:db8:66::2 table 51",
		"rule add from 10.66.0.9 table 51",
	} {
		if strings.Contains(line, "src 2001") {
			l.ipv6Ready()
		}
		l.do("ip", strings.Fields(line)...)
	}
	l.ipv6Ready()
	return l.cardState()
}

func (l *lab) ipv6Ready() {
	l.t.Helper()
	l.untilSlow("no IPv6 address is tentative", func() bool { return !bytes.Contains(l.rootRan("ip", "addr"), []byte("tentative")) })
}

// backWithin waits until the state is as it was, and names the lines that are not.
func (l *lab) backWithin(when, before string, limit time.Duration) time.Duration {
	l.t.Helper()
	begun, now := time.Now(), ""
	for time.Since(begun) < limit {
		if now = l.cardState(); now == before {
			return time.Since(begun)
		}
		time.Sleep(50 * time.Millisecond)
	}
	split := func(s string) []string { return strings.Split(strings.ReplaceAll(s, "},{", "}\n{"), "\n") }
	for _, x := range []struct {
		what string
		a, b []string
	}{{"gone", split(before), split(now)}, {"new", split(now), split(before)}} {
		for _, line := range x.a {
			if !strings.Contains(strings.Join(x.b, "\n"), line) {
				l.t.Errorf("%s: %s is %s", when, x.what, line)
			}
		}
	}
	l.t.Fatalf("%s: not as before after %v", when, limit)
	return 0
}

func cardIsUp(t *testing.T) bool {
	t.Helper()
	k, err := Local().cardNow("up0")
	if err != nil {
		t.Fatal(err)
	}
	return k.Up
}

// watchdogs are the processes that are one.
func watchdogs() (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range all {
		if b, _ := os.ReadFile(p); bytes.Contains(b, []byte("\x00"+watchWord+"\x00")) {
			pid, _ := strconv.Atoi(strings.Split(p, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// cardHelper starts the helper as pkexec would.
func cardHelper(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"helper", "card"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a terminal's: its group is what Ctrl+C and a closed window end
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

// TestLabCardRestarted: a real link with everything on it is off for three seconds, and everything is there again, byte for byte.
func TestLabCardRestarted(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	before := l.configuredByHand()
	wasOff := make(chan bool, 1)
	end := make(chan struct{})
	go func() {
		off := false
		for {
			select {
			case <-end:
				wasOff <- off
				return
			case <-time.After(30 * time.Millisecond):
				off = off || bytes.Contains(l.rootRan("ip", "link", "show", "up0"), []byte("state DOWN"))
			}
		}
	}()
	env := l.env(getent)
	begun := time.Now()
	o, err := Run(context.Background(), "restart-adapter", "", env)
	close(end)
	if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByState || o.Detail != cardLink {
		t.Fatalf("%v %+v", err, o)
	}
	t.Logf("took %v; %s", time.Since(begun), commands(o.Steps))
	if !<-wasOff {
		t.Error("it was never off")
	}
	l.backWithin("restarted", before, time.Second)
	if list, err := env.Journal.changesHere(); err != nil || len(list.Changes) > 0 || o.Plan.Undoable {
		t.Errorf("a restart that is over is offered to be undone: %v %+v", err, list)
	}
	if _, err := os.Stat(heldFile("up0")); err == nil || len(watchdogs()) > 0 {
		t.Errorf("left: a file or the watchdogs %v", watchdogs())
	}

	// A second restart at the same time is kept away, and one after one that was cut short puts that right first.
	first, _ := cardHelper(t, "up0", "restart")
	l.untilSlow("it is off", func() bool { return !cardIsUp(t) })
	if second, out := cardHelper(t, "up0", "restart"); second.Wait() == nil || !strings.Contains(out.String(), "fix.error.busy") {
		t.Errorf("a second one: %s", out)
	}
	for _, pid := range append(watchdogs(), first.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = first.Wait()
	if again, out := cardHelper(t, "up0", "restart"); again.Wait() != nil {
		t.Errorf("after one that was cut short: %s", out)
	}
	l.backWithin("restarted after one that was cut short", before, time.Second)
	if _, err := os.Stat(heldFolder); err == nil {
		t.Error("the folder is left")
	}

	// What cannot be put back is not switched off.
	for _, line := range []string{"nexthop add id 9 via 10.66.0.1 dev up0|route add 198.18.0.0/24 nhid 9", "route add 198.18.1.0/24 nexthop via 10.66.0.1 dev up0 nexthop via 10.66.0.3 dev up0"} {
		var last []string
		for one := range strings.SplitSeq(line, "|") {
			last = strings.Fields(one)
			l.do("ip", last...)
		}
		if _, err := Prepare(context.Background(), "restart-adapter", "", env); kindOf(err) != "impossible" {
			t.Errorf("%s: %v", line, err)
		}
		last[1] = "del"
		l.do("ip", last...)
	}
	// Links that are no card of this computer, and carry the default route.
	for kind, make := range map[string]string{"bridge": "link add zz0 type bridge", "dummy": "link add zz0 type dummy", "vlan": "link add link up0 name zz0 type vlan id 7"} {
		if out := l.rootRan("ip", strings.Fields(make)...); len(out) > 0 {
			t.Logf("this kernel has no %s: %s", kind, out)
			continue
		}
		l.do("ip", "link", "set", "zz0", "up")
		l.do("ip", "route", "add", "default", "dev", "zz0", "metric", "1")
		if _, err := Prepare(context.Background(), "restart-adapter", "", env); kindOf(err) != "impossible" {
			t.Errorf("%s: %v", kind, err)
		}
		for _, link := range []string{"zz0", "lo", "up1", "-x", ""} {
			if cmd, out := cardHelper(t, link, "restart"); cmd.Wait() == nil {
				t.Errorf("the helper restarts %q: %s", link, out)
			}
		}
		l.do("ip", "link", "del", "zz0")
	}
	l.backWithin("after what was refused", before, time.Second)
}

// changesHere is what the usual journal offers where a run had none of its own.
func (j *Journal) changesHere() (ChangeList, error) {
	if j != nil {
		return j.Changes(nil)
	}
	return Changes(nil)
}

// TestLabCardKilled: the helper, or the window that does it by itself as administrator, dies between off and on, at any moment and by any
// signal; the card is on again within 12 s, with everything.
func TestLabCardKilled(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	before := l.configuredByHand()
	cut := 0
	moments := []time.Duration{400 * time.Millisecond, 1500 * time.Millisecond, 2900 * time.Millisecond}
	for range rounds(2, 9) {
		moments = append(moments, time.Duration(rand.Int64N(int64(4*time.Second))))
	}
	for i, after := range moments {
		sig := []syscall.Signal{syscall.SIGKILL, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGKILL}[i%4]
		cmd, _ := cardHelper(t, "up0", "restart")
		time.Sleep(after)
		off := !cardIsUp(t)
		_ = syscall.Kill(-cmd.Process.Pid, sig) // the whole group, as a terminal that is closed does
		_ = cmd.Wait()
		if off {
			cut++
		}
		took := l.backWithin(fmt.Sprintf("%v after %v", sig, after), before, cardBack)
		t.Logf("helper: %v after %v, off: %v; as before %v later", sig, after, off, took)
	}
	for i := range rounds(2, 6) {
		t.Setenv("PASSERELLE_STATE", t.TempDir())
		root := filepath.Join(t.TempDir(), "x")
		after := time.Duration(i)*600*time.Millisecond + 500*time.Millisecond
		doom(t, "apply", "lab-card", root, after)
		off := !cardIsUp(t)
		env, err := doomedFixes["lab-card"].env(root)
		if err != nil {
			t.Fatal(err)
		}
		took := l.backWithin(fmt.Sprintf("the window after %v", after), before, cardBack)
		list, err := env.Journal.Changes(nil)
		if err != nil || len(list.Changes) > 1 {
			t.Fatalf("%v %+v", err, list)
		}
		t.Logf("window: killed after %v, off: %v; as before %v later; offered: %+v", after, off, took, list.Changes)
		if len(list.Changes) == 1 {
			if _, err := Undo(context.Background(), "", env); err != nil {
				t.Error(err)
			}
			l.backWithin("undone though it was back", before, time.Second)
		}
	}
	if cut < len(moments)/3 {
		t.Errorf("only %d of %d met it off: the test says little", cut, len(moments))
	}

	// Both are killed: nobody turns it on. The journal offers it, and it works, as often as it is tried.
	for _, what := range []string{"at once", "the way back is killed, too"} {
		t.Setenv("PASSERELLE_STATE", t.TempDir())
		root := filepath.Join(t.TempDir(), "x")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killChild+"=apply lab-card "+root)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		l.untilSlow("it is off", func() bool { return !cardIsUp(t) })
		for _, pid := range watchdogs() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		time.Sleep(time.Second)
		if cardIsUp(t) {
			t.Fatal("who turned it on?")
		}
		env, err := doomedFixes["lab-card"].env(root)
		if err != nil {
			t.Fatal(err)
		}
		list, err := env.Journal.Changes(nil)
		if err != nil || len(list.Changes) != 1 || !list.Changes[0].Interrupted {
			t.Fatalf("%v %+v", err, list)
		}
		if what != "at once" {
			helper, _ := cardHelper(t, "up0", "on")
			time.Sleep(30 * time.Millisecond)
			_ = helper.Process.Kill()
			_ = helper.Wait()
		}
		if _, err := Undo(context.Background(), "", env); err != nil {
			t.Fatal(err)
		}
		l.backWithin("both killed, "+what, before, 2*time.Second)
		if list, err := env.Journal.Changes(nil); err != nil || len(list.Changes) > 0 {
			t.Errorf("%v %+v", err, list)
		}
	}
}

// TestLabCardHangs: the helper neither dies nor goes on; after its limit the watchdog turns the card on.
func TestLabCardHangs(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	before := l.configuredByHand()
	cmd, _ := cardHelper(t, "up0", "restart")
	l.untilSlow("it is off", func() bool { return !cardIsUp(t) })
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	took := l.backWithin("the helper is stopped", before, cardBack)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	t.Logf("as before %v later", took)
}

// TestLabCardNames: the kernel lets a card be called almost anything. It goes to the helper and to its watchdog as one word, and nothing
// else is done; what a command line could take for an option is not touched.
func TestLabCardNames(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	was := "up0"
	for _, x := range []struct {
		name  string
		taken bool
	}{{`a"b'c`, true}, {"$(id>zz8);", true}, {"`id`&|<>", true}, {"é\\n*?", true}, {"--help", false}, {"-x", false}} {
		l.do("ip", "link", "set", "dev", was, "down")
		l.do("ip", "link", "set", "dev", was, "name", x.name)
		was = x.name
		l.do("ip", "link", "set", "dev", was, "up")
		l.do("ip", "route", "replace", "default", "via", labBox)
		before := string(l.rootRan("ip", "-j", "route"))
		o, err := Run(context.Background(), "restart-adapter", "", l.env(getent))
		if x.taken && (err != nil || o.Verified != facts.Yes) || !x.taken && (kindOf(err) != "impossible" || o.Done) {
			t.Errorf("%q: %v %+v", x.name, err, o)
		}
		if after := string(l.rootRan("ip", "-j", "route")); after != before || !strings.Contains(before, "default") {
			t.Errorf("%q: routes %s, before %s", x.name, after, before)
		}
		if helper, out := cardHelper(t, x.name, "restart"); (helper.Wait() == nil) != x.taken {
			t.Errorf("the helper with %q: %s", x.name, out)
		}
		if watchdog := exec.Command(os.Args[0], "helper", watchWord, watchLink, x.name); (watchdog.Run() == nil) != x.taken {
			t.Errorf("the watchdog with %q", x.name)
		}
	}
	for _, dir := range []string{".", "/", os.TempDir()} {
		if _, err := os.Stat(filepath.Join(dir, "zz8")); err == nil {
			t.Error("a name was run as a command")
		}
	}
}
