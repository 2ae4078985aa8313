//go:build linux

package fix

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"passerelle/checks/facts"
)

// changed runs a fix on this computer and holds it to be done and proved.
func (l *lab) changed(name, arg string, env Env) Outcome {
	l.t.Helper()
	o, err := Run(context.Background(), name, arg, env)
	if err != nil || !o.Done || o.Verified != facts.Yes || o.ChangeID == nil {
		l.t.Fatalf("%s: %v %+v", name, err, o)
	}
	for _, s := range o.Steps {
		l.t.Logf("step: %s exit %d %s", s, s.Exit, s.Output)
	}
	return o
}

func (l *lab) undone(o Outcome, env Env) {
	l.t.Helper()
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) out(name string, args ...string) string {
	l.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
	return string(out)
}

func (l *lab) content(path string) string {
	l.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}

// TestLabHosts: the real /etc/hosts, which here is a mount point as in a container, and a name that getent then finds elsewhere.
func TestLabHosts(t *testing.T) {
	if !inLab(t, "dnsmasq", "getent") {
		return
	}
	l := newLab(t, labBox)
	const content = "127.0.0.1\tlocalhost\n10.66.0.99 site.test other.test\n"
	l.file("/etc/hosts", content)
	l.boxSays("10.66.0.10")
	if got := one(getent()); got != "10.66.0.99" {
		t.Fatalf("the hosts file does not decide: %s", got)
	}
	env := l.env(getent)
	o := l.changed("remove-hosts-entry", "site.test", env)
	if got := one(getent()); got != "10.66.0.10" {
		t.Errorf("after the fix the computer finds site.test at %q", got)
	}
	if out := l.out("getent", "ahostsv4", "other.test"); !strings.HasPrefix(out, "10.66.0.99") {
		t.Errorf("the line's other name: %s", out)
	}
	l.undone(o, env)
	if got := l.content("/etc/hosts"); got != content {
		t.Errorf("after the undo %q", got)
	}
	if left, _ := filepath.Glob("/etc/.hosts.*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// The same for somebody who is no administrator: the helper, started by a pkexec that says yes, then by one that says no.
	pkexec := func(script string) {
		put(t, "/run/bin/pkexec", "#!/bin/sh\n"+script+"\n", 0o755)
		env.Computer = Local()
		env.Computer.UID, env.Computer.Dirs = 1000, append([]string{"/run/bin"}, env.Computer.Dirs...)
	}
	pkexec(`shift; exec "$@"`)
	o = l.changed("remove-hosts-entry", "site.test", env)
	if len(o.Steps) != 2 || !o.Plan.NeedsAdmin || one(getent()) != "10.66.0.10" {
		t.Errorf("%+v", o)
	}
	l.undone(o, env)
	if got := l.content("/etc/hosts"); got != content {
		t.Errorf("after the helper's undo %q", got)
	}
	pkexec("exit 126")
	if o, err := Run(context.Background(), "remove-hosts-entry", "site.test", env); !errors.Is(err, ErrRefused) || l.content("/etc/hosts") != content {
		t.Errorf("%v %+v", err, o)
	}
}

// TestLabHostsOnDisk: a hosts file that is no mount point, with another owner and mode, beneath a folder mounted for this test.
func TestLabHostsOnDisk(t *testing.T) {
	if !inLab(t) {
		return
	}
	newLab(t, labBox)
	c := Local()
	c.Root = t.TempDir()
	put(t, c.file("/etc/hosts"), someHosts, 0o664)
	if err := os.Chown(c.file("/etc/hosts"), 12345, 54321); err != nil {
		t.Skipf("skipped: %v", err)
	}
	if err := os.Chmod(c.file("/etc/hosts"), 0o664); err != nil {
		t.Fatal(err)
	}
	env := yes(t, c)
	o, err := Run(context.Background(), "remove-hosts-entry", "boutique.example", env)
	if err != nil || o.Verified != facts.Yes {
		t.Fatalf("%v %+v", err, o)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(c.file("/etc/hosts"))
	if err != nil {
		t.Fatal(err)
	}
	owner := st.Sys().(*syscall.Stat_t)
	if owner.Uid != 12345 || owner.Gid != 54321 || st.Mode().Perm() != 0o664 || hostsFile(t, c) != someHosts {
		t.Errorf("owner %d:%d mode %v", owner.Uid, owner.Gid, st.Mode())
	}
}

const labRules = `table inet filter {
	chain output {
		type filter hook output priority filter; policy accept;
		tcp dport 25 counter accept
		ip daddr 10.66.0.1 tcp dport { 80, 443 } counter reject with tcp reset comment "shop; closed"
		ip daddr 10.66.0.1 tcp dport 81 log prefix "x; y " drop
		tcp dport 82 accept
	}
}
`

// TestLabFirewallRule: a rule of the kernel's own, switched off and on again at its place.
func TestLabFirewallRule(t *testing.T) {
	if !inLab(t, "nft") {
		return
	}
	l := newLab(t, labBox)
	if err := os.WriteFile("/run/rules.nft", []byte(labRules), 0o600); err != nil {
		t.Fatal(err)
	}
	l.do("nft", "-f", "/run/rules.nft")
	rules := func() string { return l.out("nft", "-s", "-n", "list", "ruleset") }
	before := rules()
	env := l.env(getent)
	for _, want := range []string{"reject with tcp reset", "log prefix"} {
		rule := ""
		for line := range strings.Lines(l.out("nft", "-a", "-n", "list", "chain", "inet", "filter", "output")) {
			if strings.Contains(line, want) {
				rule = "inet filter output: " + strings.TrimSpace(line)
			}
		}
		o := l.changed("disable-firewall-rule", rule, env)
		if now := rules(); strings.Contains(now, want) || !strings.Contains(now, "tcp dport 82 accept") || strings.Count(now, "\n") != strings.Count(before, "\n") {
			t.Errorf("afterwards:\n%s", now)
		}
		l.undone(o, env)
		if now := rules(); now != before {
			t.Errorf("after the undo:\n%s\nwant\n%s", now, before)
		}
		// The rules loaded anew in between: there is nothing of ours to put back.
		handle := func() string {
			for line := range strings.Lines(l.out("nft", "-a", "-n", "list", "chain", "inet", "filter", "output")) {
				if strings.Contains(line, want) {
					return "inet filter output: " + strings.TrimSpace(line)
				}
			}
			return ""
		}
		o = l.changed("disable-firewall-rule", handle(), env)
		l.do("nft", "flush", "ruleset")
		l.do("nft", "-f", "/run/rules.nft")
		l.undone(o, env)
		if now := rules(); now != before {
			t.Errorf("after a reload and the undo:\n%s", now)
		}
	}
	for _, hostile := range []string{"inet filter output: tcp dport 82 accept # handle 6", "inet filter output: policy drop", "panic mode", "inet filter output: drop # handle 4; flush ruleset",
		"inet filter output: drop\nflush ruleset # handle 4", "inet filter -f: drop # handle 4", "-f x y: drop # handle 4", "inet filter output: tcp dport 9 drop # handle 5"} {
		if o, err := Run(context.Background(), "disable-firewall-rule", hostile, env); err == nil {
			t.Errorf("%q: %+v", hostile, o)
		}
		var answer helperAnswer
		if v, args, err := request([]string{"nft-rule-on", hostile}); err == nil {
			_ = v.run(context.Background(), Local(), args, &answer)
		}
	}
	// Nobody can have another rule put in by asking the helper for an undo.
	v, args, err := request([]string{"nft-rule-on", "inet filter output: tcp dport 443 drop # handle 3"})
	if err == nil {
		err = v.run(context.Background(), Local(), args, &helperAnswer{})
	}
	if now := rules(); err != nil || now != before {
		t.Errorf("%v\n%s", err, now)
	}
	killRounds(t, "lab-nft", rounds(1, 10))
}

// TestLabRuleOfIPTables: a rule that iptables wrote, as ufw's are, comes back as iptables itself knows it, or is left alone.
func TestLabRuleOfIPTables(t *testing.T) {
	if !inLab(t, "nft", "iptables-nft") {
		return
	}
	l := newLab(t, labBox)
	env := l.env(getent)
	for _, x := range []struct {
		rule  string
		plain bool
	}{
		{"-d 10.66.0.1 -p tcp --dport 443 -j DROP", true}, {"-d 10.66.0.1 -p tcp --dport 443 -j REJECT", false}, {"-d 10.66.0.1 -j DROP", true}, {"-p tcp --dport 80:90 -j DROP", true},
		{"-d 10.66.0.1 -p tcp --dport 443 -j REJECT --reject-with tcp-reset", false}, {"-o up0 -d 10.66.0.0/24 -p udp --dport 53 -j DROP", true},
		{"-d 10.66.0.1 -p tcp -m multiport --dports 80,443 -j DROP", false}, {"-m owner --uid-owner 0 -j DROP", false}, {"-d 10.66.0.1 -m comment --comment shop -j DROP", false},
	} {
		l.do("iptables-nft", "-F", "OUTPUT")
		l.do("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "25", "-j", "ACCEPT")
		l.do("iptables-nft", append([]string{"-A", "OUTPUT"}, strings.Fields(x.rule)...)...)
		l.do("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "26", "-j", "ACCEPT")
		before := l.out("iptables-nft", "-S")
		rule := ""
		for line := range strings.Lines(l.out("nft", "-a", "-n", "list", "chain", "ip", "filter", "OUTPUT")) {
			if strings.Contains(line, "drop") || strings.Contains(line, "reject") {
				rule = "ip filter OUTPUT: " + strings.TrimSpace(line)
			}
		}
		o, err := Run(context.Background(), "disable-firewall-rule", rule, env)
		if !x.plain {
			if err == nil || l.out("iptables-nft", "-S") != before {
				t.Errorf("%s: %+v", rule, o)
			}
			continue
		}
		if err != nil || o.Verified != facts.Yes {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if now := l.out("iptables-nft", "-S"); strings.Contains(now, x.rule) || strings.Count(now, "\n") != strings.Count(before, "\n") {
			t.Errorf("afterwards:\n%s", now)
		}
		l.undone(o, env)
		if now := l.out("iptables-nft", "-S"); now != before {
			t.Errorf("%s: after the undo:\n%s\nwant\n%s", rule, now, before)
		}
	}
}

// TestLabLinkOfResolved: a link that nobody manages, at a real systemd-resolved.
func TestLabLinkOfResolved(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "dpkg") {
		return
	}
	l := newLab(t, "127.0.0.53")
	l.boxSays("10.66.0.10")
	l.do("ip", "route", "add", "default", "via", labBox)
	l.startResolved(labBox)
	env := l.env(getent)
	link := func() string { return l.out("resolvectl", "dns", "up0") + l.out("resolvectl", "domain", "up0") }
	for _, was := range [][]string{nil, {"10.66.0.1", "10.66.0.3"}} {
		if was != nil {
			l.do("resolvectl", append([]string{"dns", "up0"}, was...)...)
			l.do("resolvectl", "domain", "up0", "lan", "~corp.test")
		}
		before := link()
		o := l.changed("use-public-dns", "quad9", env)
		if now := link(); !strings.Contains(now, "9.9.9.9 149.112.112.112\n") || !strings.Contains(now, "~.") || o.Detail != "resolved" {
			t.Errorf("afterwards: %s", now)
		}
		l.undone(o, env)
		if now := link(); now != before {
			t.Errorf("after the undo %q, want %q", now, before)
		}
		o, err := Run(context.Background(), "use-automatic-dns", "", env)
		if err != nil || !o.Nothing {
			t.Errorf("%v %+v", err, o)
		}
	}
	killRounds(t, "lab-resolved", rounds(1, 8))
}

// TestLabGnome: a real dconf, written by gsettings over a session bus of its own, and one without a bus.
func TestLabGnome(t *testing.T) {
	if !inLab(t, "dbus-daemon", "gsettings") {
		return
	}
	l := newLab(t, labBox)
	home := t.TempDir()
	for name, value := range map[string]string{"HOME": home, "XDG_CONFIG_HOME": "", "XDG_RUNTIME_DIR": "/run/user", "XDG_CURRENT_DESKTOP": "GNOME", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/session", "DISPLAY": "",
		"http_proxy": "", "https_proxy": "", "HTTP_PROXY": "", "HTTPS_PROXY": "", "all_proxy": "", "ALL_PROXY": ""} {
		t.Setenv(name, value)
	}
	_ = os.Unsetenv("XDG_CONFIG_HOME")
	if err := os.MkdirAll("/run/user", 0o700); err != nil {
		t.Fatal(err)
	}
	l.start("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=/run/session")
	l.until("the session bus is up", func() bool { _, err := os.Stat("/run/session"); return err == nil })
	const schema = "org.gnome.system.proxy"
	l.do("gsettings", "set", schema, "mode", "manual")
	l.do("gsettings", "set", schema+".http", "host", "127.0.0.1")
	l.do("gsettings", "set", schema+".http", "port", "9")
	all := func() string { return l.out("gsettings", "list-recursively", schema) }
	before := all()
	if !strings.Contains(before, "mode 'manual'") {
		t.Skipf("skipped: dconf does not write here: %s", before)
	}
	env := l.env(getent)
	o := l.changed("turn-off-proxy", "", env)
	if now := all(); now != strings.Replace(before, "mode 'manual'", "mode 'none'", 1) {
		t.Errorf("afterwards:\n%s", now)
	}
	l.undone(o, env)
	if now := all(); now != before {
		t.Errorf("after the undo:\n%s", now)
	}
	killRounds(t, "lab-gnome", rounds(1, 5))
}

// TestLabKilledInPlace: a hosts file that is a mount point cannot be renamed over; cut short, it is put back from the copies.
func TestLabKilledInPlace(t *testing.T) {
	if !inLab(t) {
		return
	}
	l := newLab(t, labBox)
	l.file("/etc/hosts", bigHosts)
	killRounds(t, "lab-in-place", rounds(1, 15))
}
