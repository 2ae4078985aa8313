package fix

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

const someHosts = "127.0.0.1\tlocalhost\n# a comment boutique.example\n203.0.113.7  boutique.example www.boutique.example # left\n::1 ip6-localhost\n" +
	"203.0.113.8\tBoutique.Example.\n203.0.113.9 other.boutique.example\n  203.0.113.10 a.example boutique.example"

func hostsFile(t *testing.T, c *Computer) string {
	t.Helper()
	b, err := os.ReadFile(c.file(c.hostsPath()))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHostsLinesAreCommentedOutAndBack(t *testing.T) {
	for name, content := range map[string]string{
		"lf": someHosts, "crlf": strings.ReplaceAll(someHosts, "\n", "\r\n"), "bom": "\xef\xbb\xbf203.0.113.7 boutique.example\r\n127.0.0.1 localhost\r\n",
		"end": someHosts + "\n", "invalid": "203.0.113.7 boutique.example\n\xff\xfe\x00rubbish\n", "bom-several": "\xef\xbb\xbf203.0.113.7 boutique.example x.example",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := fake(t, "linux", map[string]string{"/etc/hosts": content})
			c.UID = 0
			if err := os.Chmod(c.file("/etc/hosts"), 0o640); err != nil {
				t.Fatal(err)
			}
			env := yes(t, c)
			o, err := Run(context.Background(), "remove-hosts-entry", "Boutique.example", env)
			if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByState || o.ChangeID == nil {
				t.Fatalf("%v %+v", err, o)
			}
			got := hostsFile(t, c)
			for line := range strings.Lines(strings.TrimPrefix(got, "\xef\xbb\xbf")) {
				if is, _ := naming("boutique.example")(strings.TrimSpace(line)); is {
					t.Errorf("still there: %q", line)
				}
			}
			if strings.Contains(content, "www.") && (!strings.Contains(got, "203.0.113.7 www.boutique.example # passerelle ") || !strings.Contains(got, "203.0.113.10 a.example")) {
				t.Errorf("the other names are gone:\n%s", got)
			}
			for line := range strings.Lines(content) {
				if is, _ := naming("boutique.example")(strings.TrimPrefix(line, "\xef\xbb\xbf")); !is && !strings.Contains(got, line) {
					t.Errorf("another line is gone: %q", line)
				}
			}
			st, _ := os.Stat(c.file("/etc/hosts"))
			if st.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
				t.Errorf("mode %v", st.Mode())
			}
			if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
				t.Fatal(err)
			}
			if got := hostsFile(t, c); got != content {
				t.Errorf("after the undo:\n%q\nwant\n%q", got, content)
			}
			if left, _ := os.ReadDir(c.file("/etc")); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestHostsUndoKeepsWhatOthersWrote(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/etc/hosts": someHosts + "\n"})
	c.UID = 0
	env := yes(t, c)
	first, err := Run(context.Background(), "remove-hosts-entry", "boutique.example", env)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Run(context.Background(), "remove-hosts-entry", "other.boutique.example", env)
	if err != nil {
		t.Fatal(err)
	}
	put(t, c.file("/etc/hosts"), "192.0.2.1 added.example\n"+hostsFile(t, c), 0o644)
	if _, err := Undo(context.Background(), *first.ChangeID, env); err != nil {
		t.Fatal(err)
	}
	want := "192.0.2.1 added.example\n" + someHosts + "\n"
	if got := regexp.MustCompile("# passerelle [0-9a-f]{8}: ").ReplaceAllString(hostsFile(t, c), ""); got != want || strings.Count(hostsFile(t, c), "# passerelle") != 1 {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := Undo(context.Background(), *second.ChangeID, env); err != nil {
		t.Fatal(err)
	}
	if got := hostsFile(t, c); got != "192.0.2.1 added.example\n"+someHosts+"\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestHostsRefusals(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/etc/hosts": "127.0.0.1 localhost pc\n203.0.113.7 boutique.example\n", "/etc/hostname": "PC\n"}, "pkexec")
	c.UID = 0
	for _, h := range append([]string{"localhost", "pc", "a.localhost", "203.0.113.7", "ip6-loopback"}, hostile...) {
		if o, err := Run(context.Background(), "remove-hosts-entry", h, yes(t, c)); err == nil {
			t.Errorf("%q: %+v", h, o)
		}
	}
	o, err := Run(context.Background(), "remove-hosts-entry", "absent.example", yes(t, c))
	if err != nil || !o.Nothing || o.ChangeID != nil {
		t.Errorf("%v %+v", err, o)
	}
	// As an ordinary user: through the helper, with the name and the hash alone; a refusal changes nothing and leaves nothing to undo.
	c.UID = 1000
	program := helperHere(t, c)
	run := c.Run.(*fakeRunner)
	run.answers["pkexec"] = Ran{Exit: pkexecDismissed}
	env := yes(t, c)
	o, err = Run(context.Background(), "remove-hosts-entry", "boutique.example", env)
	if ExitStatus(o, err) != 1 || o.Error == nil || !has(run.ran, "/usr/bin/pkexec", "--disable-internal-agent", program, "helper", "hosts-comment", "boutique.example", hash([]byte(hostsFile(t, c)))) {
		t.Errorf("%v %q", err, run.ran)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("left to undo: %+v", list)
	}
	if len(run.ran) != 1 {
		t.Errorf("ran %q", run.ran)
	}
}

func TestHostsPathOfWindows(t *testing.T) {
	c := &Computer{OS: "windows", Dirs: []string{`D:\Windows\System32`}}
	if got := c.hostsPath(); got != `D:\Windows\System32\drivers\etc\hosts` {
		t.Error(got)
	}
	c.Registry = func(_, _, value string) (string, bool) { return `E:\net\etc\`, value == "DataBasePath" }
	if got := c.hostsPath(); got != `E:\net\etc\hosts` {
		t.Error(got)
	}
}

func TestTornWrites(t *testing.T) {
	old, changed := []byte("aaa\nbbb\nccc\n"), []byte("aaa\n# bbb\n# ccc\n")
	for _, pair := range [][2][]byte{{old, changed}, {changed, old}} {
		from, to := pair[0], pair[1]
		for k := 0; k <= len(to); k++ {
			now := append([]byte{}, to[:k]...)
			if k < len(from) {
				now = append(now, from[k:]...)
			}
			if !torn(now, from, to) {
				t.Errorf("%q is not seen as torn", now)
			}
		}
	}
	if torn([]byte("something else\n"), old, changed) || torn([]byte("aaa\nxxx\nccc\n"), old, changed) {
		t.Error("another program's content is taken for ours")
	}
}

// TestWithoutPrompt: where nobody can ask for a password, what is told can be typed: a fix and its argument, no verb of the helper.
func TestWithoutPrompt(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/etc/hosts": "203.0.113.9 shop.example\n"})
	var told string
	env := yes(t, c)
	env.Say = func(key string, vars map[string]any) string {
		if key == "fix.error.no-prompt" {
			told, _ = vars["Command"].(string)
		}
		return key
	}
	if o, err := Run(context.Background(), "remove-hosts-entry", "shop.example", env); err == nil || o.Done {
		t.Fatalf("%v %+v", err, o)
	}
	if want := "sudo passerelle fix remove-hosts-entry shop.example"; told != want {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestRootTrustsNoCopiesOfThePerson: what stands in the person's own folder, named by the environment, is not written over a file of the
// system's by an administrator's program, whatever it says of a write that was cut short.
func TestRootTrustsNoCopiesOfThePerson(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		c, _ := fake(t, system, map[string]string{"/etc/hosts": someHosts})
		if c.UID = 0; system == "windows" {
			c.UID, c.Elevated = -1, true
		}
		state := t.TempDir()
		c.Getenv = func(name string) string { return map[string]string{stateVar: state}[name] }
		real, err := filepath.EvalSymlinks(c.file("/etc/hosts"))
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Join(state, "in-place", hash([]byte(real)))
		put(t, base+".before", "203.0.113.66 bank.example\n", 0o600)
		put(t, base+".after", someHosts+"x", 0o600) // as if the write had been cut short at the very end
		if err := c.tidy("/etc/hosts"); err != nil || c.read("/etc/hosts") != someHosts {
			t.Errorf("%s: %v\n%s", system, err, c.read("/etc/hosts"))
		}
		before, _, err := c.copies(real)
		if err != nil || strings.HasPrefix(before, state) {
			t.Errorf("%s: an administrator's copies are kept in %s, %v", system, before, err)
		}
	}
}
