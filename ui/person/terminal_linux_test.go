package person

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"passerelle/checks/lab"
)

// TestTerminal does at the terminal what the window's person does: it takes the fix that the check offers. The same check runs again
// by itself, and what did not help is put back.
func TestTerminal(t *testing.T) {
	brief(t)
	for _, s := range []struct {
		name                string
		faults              faults
		fix, change, before string
		putBack             bool
		root, fast          bool
	}{
		{name: "hosts", faults: faults{site, hostsLine}, fix: "remove-hosts-entry", before: "hosts-override", change: "fixed", root: true, fast: true},
		{name: "hosts-and-502", faults: faults{site502, hostsLine}, fix: "remove-hosts-entry", before: "hosts-override", change: "better", root: true},
		{name: "proxy-profile", faults: faults{site, profileProxy}, fix: "turn-off-proxy", before: "proxy-broken", change: "fixed"},
		{name: "proxy-also-of-the-system", faults: faults{site, gnomeProxy(false), systemProxy}, fix: "turn-off-proxy", before: "proxy-broken", change: "same", putBack: true},
		{name: "dns-dead-everywhere", faults: faults{site, deadServer, everyDNSDead}, fix: "use-public-dns", before: "dns-server-down", change: "same", putBack: true, root: true},
		{name: "cache", faults: faults{nscdStale}, fix: "flush-dns", before: "dns-cache-stale", change: "fixed", root: true},
		// Nobody asked for it: it stays, whatever the site does.
		{name: "of-ones-own", faults: faults{site502}, fix: "use-public-dns", before: "bad-gateway", root: true},
	} {
		if !s.fast && !all() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := lab.New(t)
			for _, f := range s.faults {
				f(w)
			}
			was := state(w, s.root)
			first := w.Passerelle(s.root, "check", "--json", lab.SiteHost)
			if first.Verdict.Cause != s.before {
				t.Fatalf("the check says %q, want %q", first.Verdict.Cause, s.before)
			}
			args := []string{"fix", "--yes", "--json", s.fix}
			for _, a := range first.Verdict.Actions {
				if a.Fix == s.fix && a.Arg != "" {
					args = append(args, a.Arg)
				}
			}
			o := w.Passerelle(s.root, args...)
			var said struct {
				Done    bool
				PutBack bool   `json:"put_back"`
				ID      string `json:"change_id"`
				Error   *string
				Recheck *struct{ Address, Before, After, Change string }
			}
			if err := json.Unmarshal(o.Raw, &said); err != nil || said.Error != nil {
				t.Fatalf("%v: %s%s", err, o.Stdout, o.Stderr)
			}
			change := ""
			if said.Recheck != nil {
				change = said.Recheck.Change
			}
			exit := 0
			if s.putBack {
				exit = 1
			}
			if !said.Done || change != s.change || said.PutBack != s.putBack || o.Exit != exit {
				t.Errorf("exit %d, want %d; change %q, want %q; put back %v: %s%s", o.Exit, exit, change, s.change, said.PutBack, o.Stdout, o.Stderr)
			}
			if !s.putBack && said.ID != "" && s.fix != "flush-dns" {
				if u := w.Passerelle(s.root, "undo", "--yes", "--json", said.ID); u.Exit != 0 {
					t.Errorf("undo: %d %s%s", u.Exit, u.Stdout, u.Stderr)
				}
			}
			for _, d := range differences(was, state(w, s.root)) {
				t.Error(d)
			}
		})
	}
}

// TestTerminalSays reads what a person reads.
func TestTerminalSays(t *testing.T) {
	if brief(t); !all() {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	t.Parallel()
	w := lab.New(t)
	site(w)
	hostsLine(w)
	gnomeProxy(true)(w)
	run := func(args ...string) lab.Output {
		return w.Computer.Run(w.Computer.Command(lab.Program(t), append(args, "--lang", "fr")...), time.Minute)
	}
	run("check", lab.SiteHost)
	o := run("fix", "--yes", "turn-off-proxy")
	t.Logf("%d\n%s%s", o.Exit, o.Stdout, o.Stderr)
	for _, want := range []string{"Un problème est réparé, un autre reste.", "passerelle fix remove-hosts-entry " + lab.SiteHost} {
		if !strings.Contains(o.Stdout, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	o = run("fix", "--yes", "remove-hosts-entry", lab.SiteHost)
	t.Logf("%d\n%s%s", o.Exit, o.Stdout, o.Stderr)
	if !strings.Contains(o.Stdout, "C’est réparé.") || o.Exit != 0 {
		t.Error("it does not say that it is mended")
	}
}
