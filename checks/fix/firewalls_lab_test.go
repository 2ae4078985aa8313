//go:build linux

package fix

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"passerelle/checks/blockrule"
	"passerelle/checks/facts"
)

// ruleNaming finds the one rule whose text holds a word, in any chain, as checks/system writes it.
func (l *lab) ruleNaming(word string) string {
	l.t.Helper()
	table, chain := "", ""
	for line := range strings.Lines(l.out("nft", "-a", "-n", "list", "ruleset")) {
		line = strings.TrimSpace(line)
		f := strings.Fields(line)
		switch {
		case len(f) >= 3 && f[0] == "table":
			table = f[1] + " " + f[2]
		case len(f) >= 2 && f[0] == "chain":
			chain = f[1]
		case strings.Contains(line, word) && (strings.Contains(line, "drop") || strings.Contains(line, "reject")):
			return table + " " + chain + ": " + line
		}
	}
	l.t.Fatalf("no rule with %q in\n%s", word, l.out("nft", "-n", "list", "ruleset"))
	return ""
}

// switchedOffAndOn holds one rule to be switched off and on again, both as its own program and nft see them.
func (l *lab) switchedOffAndOn(name, rule string, owner func() string) {
	l.t.Helper()
	all := func() string { return l.out("nft", "-s", "-n", "list", "ruleset") }
	before, owned := all(), owner()
	env := l.env(getent)
	o, err := Run(context.Background(), "disable-firewall-rule", rule, env)
	if !blockrule.Switchable(rule) {
		if err == nil && o.Done || all() != before {
			l.t.Errorf("%s: %s is said to be no rule that can be switched off: %v %+v", name, rule, err, o)
		}
		l.t.Logf("%s: %s is left alone: %v", name, rule, err)
		return
	}
	if err != nil || o.Verified != facts.Yes {
		l.t.Errorf("%s: %s: %v %+v", name, rule, err, o)
		return
	}
	if now := all(); now == before || strings.Count(now, "\n") != strings.Count(before, "\n") {
		l.t.Errorf("%s: afterwards:\n%s", name, now)
	}
	l.undone(o, env)
	if now := all(); now != before {
		l.t.Errorf("%s: after the undo:\n%s\nwant\n%s", name, now, before)
	}
	if now := owner(); now != owned {
		l.t.Errorf("%s: its own program now says\n%s\nand said\n%s", name, now, owned)
	}
	l.t.Logf("%s: %s: off and on again", name, rule)
}

// TestLabUFW: real rules of a real ufw.
func TestLabUFW(t *testing.T) {
	if !inLab(t, "ufw", "nft") {
		return
	}
	if out, err := exec.Command("iptables", "-V").Output(); err != nil || !strings.Contains(string(out), "nf_tables") {
		t.Skipf("skipped: ufw's iptables is not the one of nftables: %s %v", out, err)
	}
	l := newWorld(t, labBox)
	settings := l.content("/etc/default/ufw") // neither this machine's modules nor its other switches are ufw's here
	for _, name := range []string{"IPT_SYSCTL", "IPT_MODULES"} {
		settings = regexp.MustCompile(`(?m)^`+name+`=.*$`).ReplaceAllString(settings, name+`=`)
	}
	l.write("/etc/default/ufw", settings, 0o644)
	l.do("ufw", "--force", "enable")
	t.Cleanup(func() { _ = exec.Command("ufw", "--force", "disable").Run() })
	l.do("ip", "route", "add", "default", "via", labBox)
	for _, rule := range []string{"deny out to 203.0.113.9", "deny out proto tcp to 203.0.113.9 port 443", "reject out to 203.0.113.9", "deny out on up0 to 203.0.113.9", "deny out 443/tcp", "deny out to 2001:db8::9"} {
		l.do("ufw", strings.Fields(rule)...)
		word := "203.0.113.9"
		switch {
		case strings.HasSuffix(rule, "443/tcp"):
			word = "tcp dport 443"
		case strings.Contains(rule, "2001:"):
			word = "2001:db8::9"
		}
		l.switchedOffAndOn("ufw "+rule, l.ruleNaming(word), func() string {
			return l.out("ufw", "status", "verbose") + l.out("iptables", "-S") + l.out("ip6tables", "-S") + l.content("/etc/ufw/user.rules")
		})
		l.do("ufw", append([]string{"delete"}, strings.Fields(rule)...)...)
	}
}

// TestLabFirewalld: rules of a real firewalld: of a policy, and of its direct interface.
func TestLabFirewalld(t *testing.T) {
	if !inLab(t, "firewalld", "firewall-cmd", "dbus-daemon", "nft") {
		return
	}
	l := newWorld(t, labBox)
	l.startBus()
	l.write("/etc/firewalld/firewalld.conf", "DefaultZone=public\nFirewallBackend=nftables\nCleanupModulesOnExit=no\nIndividualCalls=no\nFlushAllOnReload=yes\n", 0o644)
	l.start("firewalld", "--nofork", "--nopid")
	l.untilSlow("firewalld is up", func() bool { return exec.Command("firewall-cmd", "--state").Run() == nil })
	cmd := func(args ...string) string { return l.out("firewall-cmd", args...) }
	cmd("--permanent", "--new-policy", "out")
	cmd("--permanent", "--policy", "out", "--add-ingress-zone", "HOST")
	cmd("--permanent", "--policy", "out", "--add-egress-zone", "ANY")
	cmd("--reload")
	for _, rich := range []string{"rule family=ipv4 destination address=203.0.113.9 drop", "rule family=ipv4 destination address=203.0.113.9 reject", "rule family=ipv6 destination address=2001:db8::9 reject",
		"rule family=ipv4 destination address=203.0.113.0/24 port port=443 protocol=tcp reject type=tcp-reset"} {
		cmd("--policy", "out", "--add-rich-rule", rich)
		word := "203.0.113"
		if strings.Contains(rich, "ipv6") {
			word = "2001:db8::9"
		}
		l.switchedOffAndOn("firewalld "+rich, l.ruleNaming(word), func() string { return cmd("--policy", "out", "--list-all") })
		cmd("--policy", "out", "--remove-rich-rule", rich)
	}
	for _, direct := range []string{"-d 203.0.113.9 -j DROP", "-d 203.0.113.9 -j REJECT"} {
		cmd(append([]string{"--direct", "--add-rule", "ipv4", "filter", "OUTPUT", "0"}, strings.Fields(direct)...)...)
		l.switchedOffAndOn("direct "+direct, l.ruleNaming("203.0.113.9"), func() string { return cmd("--direct", "--get-all-rules") + l.out("iptables", "-S") })
		cmd(append([]string{"--direct", "--remove-rule", "ipv4", "filter", "OUTPUT", "0"}, strings.Fields(direct)...)...)
	}
	// Rules loaded anew in between: there is nothing of ours left to put back.
	rich := "rule family=ipv4 destination address=203.0.113.9 drop"
	cmd("--permanent", "--policy", "out", "--add-rich-rule", rich)
	cmd("--reload")
	before := l.out("nft", "-s", "-n", "list", "ruleset")
	env := l.env(getent)
	o := l.changed("disable-firewall-rule", l.ruleNaming("203.0.113.9"), env)
	cmd("--reload")
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil && !errors.Is(err, ErrNothingToUndo) {
		t.Error(err)
	}
	if now := l.out("nft", "-s", "-n", "list", "ruleset"); now != before {
		t.Errorf("after a reload and the undo:\n%s\nwant\n%s", now, before)
	}
}
