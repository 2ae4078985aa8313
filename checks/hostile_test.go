//go:build linux

package checks_test

// Hostile servers: each is one small function named after what it does, and the whole engine is let loose on it. Whatever it sends, the
// verdict comes in time, memory stays bounded, nothing is left running, and no control character or direction mark reaches a person.
//
// The tests run in a network namespace of their own, where every IPv4 address there is belongs to the loopback link: the public
// addresses of the contract (1.1.1.1, the connectivity checks, other sites) are ours to play, and nothing can leave the machine.

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"passerelle/checks"
	"passerelle/checks/probe"
	"passerelle/checks/report"
	"passerelle/checks/system"
	"passerelle/checks/words"
)

const (
	// usualLimit is what most hostile servers get to delay the verdict. It is three times what the budget asks for (1 s), since a
	// dozen of them run side by side on machines of any speed.
	usualLimit = 3 * time.Second
	// wholeLimit is the budget of everything (DESIGN.md), plus what a busy machine takes to notice.
	wholeLimit = 10*time.Second + 700*time.Millisecond
	// memoryLimit is what no server can make the program exceed (DESIGN.md), KiB.
	memoryLimit = 64 << 10
	// maxSnapshots is more than a check of 10 s and 21 hops tells anybody.
	maxSnapshots = 1000
	// outputLimit: nobody reads more than that, and a report is mailed.
	outputLimit = 2 << 20
	// lingering is what may still be on its way down after the verdict: a cancelled connection, a kernel's answer.
	lingering = 3 * time.Second
)

// hostile is one server with the verdicts that are sensible about it.
type hostile struct {
	name   string
	build  func(*stage)
	causes string        // one of these, blank between
	within time.Duration // until the verdict; 0: usualLimit
}

func TestHostileServers(t *testing.T) {
	if raceDetector && testing.Short() {
		t.Skip("a dozen programs under the race detector at once tell of this machine, not of the servers: run without -short")
	}
	if !inNamespace(t) {
		return
	}
	all := slices.Concat(hostilePages, hostileRedirects, hostileTLS, hostileNames, hostileHelpers)
	openWorld(t)
	seen := map[string]bool{}
	for i, h := range all {
		if seen[h.name] {
			t.Errorf("two servers are called %s", h.name)
		}
		seen[h.name] = true
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			h.try(t, i+1)
		})
	}
}

func (h hostile) try(t *testing.T, n int) {
	s := newStage(t, n)
	h.build(s)
	s.listenDNS()
	o := s.check()
	t.Logf("%s (%s) after %.0f ms, %d MiB", o.Cause, o.Rule, o.VerdictMS, o.PeakKiB>>10)
	if !slices.Contains(strings.Fields(h.causes), o.Cause) {
		t.Errorf("cause %q (%s), sensible would be: %s; failed at %q with %q", o.Cause, o.Rule, h.causes, o.Stage, o.Failure)
	}
	limit := cmp.Or(h.within, usualLimit)
	if raceDetector {
		limit = 2 * wholeLimit
	}
	if o.VerdictMS > float64(limit.Milliseconds()) {
		t.Errorf("the verdict took %.0f ms, %v is the most", o.VerdictMS, limit)
	}
	if o.PeakKiB > memoryLimit && !raceDetector {
		t.Errorf("%d MiB of memory, %d is the most", o.PeakKiB>>10, memoryLimit>>10)
	}
	for _, c := range o.Complaints {
		t.Error(c)
	}
}

// outcome is what the process that checked has to say of itself.
type outcome struct {
	Cause, Rule, Stage, Failure string
	VerdictMS                   float64
	PeakKiB                     int
	Complaints                  []string
}

// check lets the engine loose in a process of its own, so that its memory can be told from that of the hostile servers.
func (s *stage) check() (o outcome) {
	spec, _ := json.Marshal(map[string]any{"dir": s.dir, "env": s.env, "address": cmp.Or(s.address, "https://"+s.host+"/")})
	cmd := exec.Command(os.Args[0], "-test.run=^TestHostileCheck$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), specVar+"="+string(spec))
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("the check: %v\n%s", err, out)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		s.t.Fatalf("the check said %q: %v", line, err)
	}
	return o
}

const specVar = "PASSERELLE_HOSTILE_CHECK"

// TestHostileCheck is one check in a process of its own: stage.check starts it.
func TestHostileCheck(t *testing.T) {
	if os.Getenv(specVar) == "" {
		t.Skip("one part of TestHostileServers, which starts it")
	}
	var spec struct {
		Dir, Address string
		Env          map[string]string
	}
	if err := json.Unmarshal([]byte(os.Getenv(specVar)), &spec); err != nil {
		t.Fatal(err)
	}
	target, err := checks.ParseTarget(spec.Address, true)
	if err != nil {
		t.Fatal(err)
	}
	var res *checks.Result
	snapshots := 0
	pprof.Do(t.Context(), pprof.Labels(engineLabel, "1"), func(ctx context.Context) {
		opt := checks.Options{Target: target, Exact: true}
		res = checks.DiagnoseWith(ctx, opt, prober(t, spec.Dir), reader(spec.Dir, spec.Env), func(checks.Snapshot) { snapshots++ })
	})
	o := outcome{Cause: string(res.Verdict.Cause), Rule: res.Verdict.Rule, VerdictMS: res.VerdictMS}
	if x := res.Facts.Chain.Last(); x != nil {
		o.Stage, o.Failure = string(x.Stage), string(x.Failure)
	}
	say := func(format string, args ...any) { o.Complaints = append(o.Complaints, fmt.Sprintf(format, args...)) }
	if res.Verdict.Provisional {
		say("the verdict is provisional")
	}
	if snapshots > maxSnapshots {
		say("%d snapshots: a server must not be able to flood the window", snapshots)
	}
	clean(say, res)
	if left := leftover(); left != "" {
		say("still running:\n%s", left)
	}
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		fmt.Sscan(rest, &o.PeakKiB)
	}
	json.NewEncoder(os.Stdout).Encode(o)
}

// clean looks at all that a person or a script gets to see.
func clean(say func(string, ...any), res *checks.Result) {
	for _, lang := range []string{"en", "fr"} {
		p := words.New(lang)
		doc, err := json.Marshal(report.JSON(res, p))
		if err != nil {
			say("writing the JSON: %v", err)
			continue
		}
		if len(doc) > outputLimit {
			say("%d bytes of JSON", len(doc))
		}
		var tree any
		if err := json.Unmarshal(doc, &tree); err != nil {
			say("reading the JSON again: %v", err)
		}
		walk("", tree, func(where, text string) {
			allowed := ""
			if where == ".response.body" {
				allowed = "\n\r\t" // a page, as it came
			}
			if bad := unfit(text, allowed); bad != "" {
				say("%s JSON, %s: %s in %.80q", lang, where, bad, text)
			}
		})
		var page bytes.Buffer
		if err := report.Text(&page, res, p, report.Options{Details: true}); err != nil {
			say("writing the text: %v", err)
		}
		if bad := unfit(page.String(), "\n"); bad != "" {
			say("%s text has %s", lang, bad)
		}
		if page.Len() > outputLimit/16 {
			say("%d bytes of text", page.Len())
		}
		for line := range strings.Lines(page.String()) {
			if len(line) > 1000 {
				say("a line of %d bytes: %.100q…", len(line), line)
			}
		}
	}
}

// unfit names the first character that must not be shown: control, direction, invisible, unassigned for public use, or no character.
func unfit(text, allowed string) string {
	for _, r := range text {
		if (unicode.Is(unicode.C, r) || r == unicode.ReplacementChar) && !strings.ContainsRune(allowed, r) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

func walk(where string, tree any, look func(where, text string)) {
	switch x := tree.(type) {
	case string:
		look(where, x)
	case []any:
		for i, y := range x {
			walk(fmt.Sprintf("%s[%d]", where, i), y, look)
		}
	case map[string]any:
		for k, y := range x {
			look(where+" key", k)
			walk(where+"."+k, y, look)
		}
	}
}

const engineLabel = "engine"

// leftover waits until nothing that the check started runs any more, and gives what still does. Goroutines inherit labels.
func leftover() string {
	for end := time.Now().Add(lingering); ; time.Sleep(50 * time.Millisecond) {
		var all bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&all, 1)
		var left []string
		for block := range strings.SplitSeq(all.String(), "\n\n") {
			if strings.Contains(block, `"`+engineLabel+`"`) {
				left = append(left, block)
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			return strings.Join(left, "\n\n")
		}
	}
}

// prober asks the case's own DNS and trusts the test's authority.
func prober(t *testing.T, dir string) *probe.Prober {
	at := func(name string) string { return filepath.Join(dir, name) }
	pem, err := os.ReadFile(at("root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &probe.Prober{UserAgent: probe.UserAgent, Roots: roots, Files: probe.Files{
		ResolvConf: at("etc/resolv.conf"), NSSwitch: at("etc/nsswitch.conf"), Hosts: at("etc/hosts"), NSCD: at("nscd"), Resolved: at("resolved"),
		ResolvedConf: at("resolved.conf"), Avahi: at("avahi"), UpstreamConf: []string{at("upstream.conf")}, NoBus: true,
	}}
}

// reader reads a computer without anything of its own but the links of the namespace.
func reader(dir string, env map[string]string) *system.Reader {
	return &system.Reader{Root: dir, Getenv: func(k string) string { return env[k] }, Now: time.Now, UID: 1000,
		Run: func(context.Context, string, ...string) ([]byte, error) {
			return nil, errors.New("running a program: none here")
		}}
}

// inNamespace runs the calling test again inside a fresh network namespace, and tells whether we are inside now.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const inside = "PASSERELLE_HOSTILE"
	if os.Getenv(inside) == "1" {
		for line := range strings.Lines(`link set lo up
link add eth0 type veth peer name eth1
addr add 192.168.1.20/24 dev eth0
link set eth0 up
link set eth1 up
route add default via 192.168.1.1 dev lo onlink
route add local 0.0.0.0/0 dev lo`) {
			if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
				t.Fatalf("ip %s: %v %s", line, err, out)
			}
		}
		return true
	}
	t.Parallel()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the program ip (iproute2)")
	}
	unshare := []string{"-n"}
	if os.Getuid() != 0 {
		unshare = []string{"-Urn"}
	}
	if out, err := exec.Command("unshare", append(slices.Clone(unshare), "ip", "link", "set", "lo", "up")...).CombinedOutput(); err != nil {
		t.Skipf("needs network namespaces (root, or user namespaces): %v %s", err, out)
	}
	pattern := "^" + t.Name() + "$"
	if run := flag.Lookup("test.run").Value.String(); strings.HasPrefix(run, t.Name()+"/") {
		pattern = run
	}
	cmd := exec.Command("unshare", append(unshare, os.Args[0], "-test.run="+pattern, "-test.v", "-test.parallel=24", "-test.timeout=120s")...)
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("inside the namespace: %v\n%s", err, failures(out))
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
	return false
}

// failures is what is worth reading of a failed run.
func failures(out []byte) string {
	if testing.Verbose() {
		return string(out)
	}
	var kept []string
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "=== ") && !strings.Contains(line, "--- PASS") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
