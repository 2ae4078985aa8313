//go:build linux

package fix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The kill test: a process that changes something, or takes it back, is killed with SIGKILL at a random moment. Afterwards everything
// is as before, or the journal offers the way back and it works.

// killChild tells the test binary to be that process: "KIND SCENARIO DIR".
const killChild = "PASSERELLE_FIX_KILL"

// killed is one changing fix on a computer in a folder, or in the lab.
type killed struct {
	fix, arg string
	files    map[string]string      // that the computer has
	on       func(*Computer)        // what else it has
	state    func() (string, error) // what is changed, where that is no file below its root
	reset    func() error           // before each round
}

var bigHosts = strings.Repeat("0.0.0.0 ads.example tracker.example\n", 20000) + someHosts

var doomedFixes = map[string]killed{
	"hosts":     {fix: "remove-hosts-entry", arg: "boutique.example", files: map[string]string{"/etc/hosts": bigHosts}},
	"resolv":    {fix: "use-public-dns", arg: "google", files: map[string]string{"/proc/net/route": routeHead + viaEth, resolvConf: "search lan\nnameserver 192.168.1.254\n"}},
	"automatic": {fix: "use-automatic-dns", files: map[string]string{"/proc/net/route": routeHead + viaEth, resolvConf: "search lan\nnameserver 9.9.9.9\n"}},
	"proxy": {fix: "turn-off-proxy", files: map[string]string{"/home/p/.profile": aProfile, "/home/p/.config/kioslaverc": aKioslaverc,
		"/home/p/.config/environment.d/a.conf": "http_proxy=http://127.0.0.1:1\n", "/home/p/.bashrc": "https_proxy=http://127.0.0.1:1\n"}},
	"cache": {fix: "clear-browser-cache", arg: "chromium", on: func(c *Computer) {
		c.Running = func(context.Context, []string) (bool, error) { return false, nil }
	}},

	// In the lab, on this very computer.
	"lab-in-place": {fix: "remove-hosts-entry", arg: "boutique.example", on: thisOne,
		reset: func() error { return os.WriteFile("/etc/hosts", []byte(bigHosts), 0o644) },
		state: func() (string, error) { b, err := os.ReadFile("/etc/hosts"); return string(b), err }},
	"lab-nft": {fix: "disable-firewall-rule", on: thisOne,
		arg: `inet filter output: ip daddr 10.66.0.1 tcp dport { 80, 443 } counter reject with tcp reset comment "shop; closed" # handle 4`,
		reset: func() error {
			return errors.Join(exec.Command("nft", "flush", "ruleset").Run(), exec.Command("nft", "-f", "/run/rules.nft").Run())
		},
		state: printedBy("nft", "-s", "-n", "list", "ruleset")},
	"lab-gnome":    {fix: "turn-off-proxy", on: thisOne, state: printedBy("gsettings", "list-recursively", "org.gnome.system.proxy")},
	"lab-card":     {fix: "restart-adapter", on: thisOne}, // by card_lab_test.go
	"lab-resolved": {fix: "use-public-dns", arg: "google", on: thisOne, state: printedBy("resolvectl", "dns", "up0")},
}

// thisOne is the computer of the lab, as it is.
func thisOne(c *Computer) { *c = *Local() }

func printedBy(argv ...string) func() (string, error) {
	return func() (string, error) {
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		return string(out), err
	}
}

func (k killed) computer(root string) *Computer {
	c := &Computer{OS: "linux", Root: root, Dirs: []string{"/usr/bin", "/usr/sbin"}, Run: system{}, Settle: 20 * time.Millisecond,
		Getenv: func(name string) string {
			return map[string]string{"HOME": "/home/p", "PASSERELLE_STATE": root + "-state"}[name]
		}}
	if k.on != nil {
		k.on(c)
	}
	return c
}

func (k killed) env(root string) (Env, error) {
	j, err := Open(root + "-journal")
	return Env{Computer: k.computer(root), Journal: j, Confirm: func(context.Context, Plan) error { return nil }}, err
}

// doDoomed is the process that is killed. It says when it begins, and how long it took if it was spared.
func doDoomed(what string) int {
	f := strings.SplitN(what, " ", 3)
	k := doomedFixes[f[1]]
	env, err := k.env(f[2])
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("begin")
	begun := time.Now()
	if f[0] == "apply" {
		_, err = Run(context.Background(), k.fix, k.arg, env)
	} else {
		_, err = Undo(context.Background(), "", env)
	}
	fmt.Println(time.Since(begun).Microseconds())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// doom starts it and kills it after a while; a negative one spares it. It gives how long it took.
func doom(t *testing.T, kind, name, root string, after time.Duration) time.Duration {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killChild+"="+kind+" "+name+" "+root)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "begin" {
		t.Fatalf("it did not begin: %s", lines.Text())
	}
	if after >= 0 {
		time.Sleep(after)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return 0
	}
	if !lines.Scan() {
		t.Fatal("it said nothing")
	}
	var us int64
	_, _ = fmt.Sscan(lines.Text(), &us)
	for lines.Scan() {
		t.Fatalf("%s %s: %s", kind, name, lines.Text())
	}
	_ = cmd.Wait()
	return time.Duration(us) * time.Microsecond
}

// rounds is how often each fix is killed, in apply and in undo each.
func rounds(fast, all int) int {
	if os.Getenv("PASSERELLE_ALL") == "1" {
		return all
	}
	return fast
}

// killRounds kills one fix again and again.
func killRounds(t *testing.T, name string, n int) {
	k := doomedFixes[name]
	base := t.TempDir()
	offered, asBefore, complete := 0, 0, 0
	var took map[string]time.Duration
	for round := range n + 1 {
		root := filepath.Join(base, fmt.Sprint(round))
		for path, content := range k.files {
			put(t, root+path, content, 0o644)
		}
		if k.reset != nil {
			if err := k.reset(); err != nil {
				t.Fatal(err)
			}
		}
		c := k.computer(root)
		now := func() map[string]string {
			all := map[string]string{}
			if k.state != nil {
				s, err := k.state()
				if err != nil {
					t.Fatal(err)
				}
				all["state"] = s
			}
			if len(k.files) > 0 {
				maps.Copy(all, files(t, c))
			}
			return all
		}
		before := now()
		if round == 0 { // spared, to learn how long it takes
			took = map[string]time.Duration{"apply": doom(t, "apply", name, root, -1)}
			if maps.Equal(before, now()) {
				t.Fatal("it changes nothing")
			}
			took["undo"] = doom(t, "undo", name, root, -1)
			if after := now(); !maps.Equal(before, after) {
				t.Fatalf("undone it is %q, not %q", after, before)
			}
			continue
		}
		for _, kind := range []string{"apply", "undo"} {
			env, err := k.env(root)
			if err != nil {
				t.Fatal(err)
			}
			if kind == "undo" {
				if _, err := Run(context.Background(), k.fix, k.arg, env); err != nil {
					t.Fatal(err)
				}
			}
			doom(t, kind, name, root, time.Duration(rand.Int64N(int64(took[kind])*5/4+1)))
			list, err := env.Journal.Changes(nil)
			if err != nil {
				t.Fatalf("%s: the journal: %v", kind, err)
			}
			middle := now()
			if len(list.Changes) == 0 {
				if !maps.Equal(before, middle) {
					t.Fatalf("killed in %s: it is changed, and nothing is offered: %.2000q", kind, middle)
				}
				asBefore++
				continue
			}
			offered++
			if !list.Changes[0].Interrupted {
				complete++
			}
			if _, err := Undo(context.Background(), "", env); err != nil {
				t.Fatalf("killed in %s: the undo: %v", kind, err)
			}
			if after := now(); !maps.Equal(before, after) {
				for path := range after {
					if after[path] != before[path] {
						t.Errorf("%s: %d bytes, %d before", path, len(after[path]), len(before[path]))
					}
				}
				t.Fatalf("killed in %s: the undo did not put it back", kind)
			}
		}
	}
	t.Logf("%s (apply %v, undo %v): %d kills: %d as before, %d offered and undone, %d of these had finished", name, took["apply"], took["undo"], 2*n, asBefore, offered, complete)
}

// TestCacheKilled: pages have no way back and need none. Whatever the moment, nothing else is lost, and the next run takes the rest.
func TestCacheKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	base := t.TempDir()
	var took time.Duration
	left := 0
	for round := range rounds(2, 25) + 1 {
		root := filepath.Join(base, fmt.Sprint(round))
		for path, content := range aHome {
			put(t, root+path, content, 0o644)
		}
		for i := range 200 {
			put(t, fmt.Sprintf("%s/home/p/.cache/chromium/Default/Cache/Cache_Data/%d", root, i), "x", 0o644)
		}
		k := doomedFixes["cache"]
		if round == 0 {
			took = doom(t, "apply", "cache", root, -1)
			continue
		}
		doom(t, "apply", "cache", root, time.Duration(rand.Int64N(int64(took)*5/4+1)))
		c := k.computer(root)
		if !maps.Equal(withoutPages(files(t, c)), withoutPages(aHome)) {
			t.Fatalf("something else is lost: %q", files(t, c))
		}
		env, err := k.env(root)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Run(context.Background(), k.fix, k.arg, env)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Nothing {
			left++
		}
		for path := range files(t, c) {
			if strings.Contains(path, "chromium") && (strings.Contains(path, "/Cache/") || strings.Contains(path, awayEnding)) {
				t.Fatalf("left: %s", path)
			}
		}
	}
	t.Logf("killed within %v; pages left for the next run in %d rounds", took, left)
}

func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for name := range doomedFixes {
		if strings.HasPrefix(name, "lab-") || name == "cache" {
			continue
		}
		t.Run(name, func(t *testing.T) { killRounds(t, name, rounds(2, 25)) })
	}
}
