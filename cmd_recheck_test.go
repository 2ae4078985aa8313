package main

import (
	"io"
	"os"
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/words"
)

// TestWhatIsCheckedAgain: only the very change that the last check proposed is judged by its site, and nothing is asked twice that may be
// spent by being asked.
func TestWhatIsCheckedAgain(t *testing.T) {
	const page = "https://shop.example/"
	hosts := decide.Action{ID: decide.ActFix, Fix: "remove-hosts-entry", Arg: "shop.example"}
	dns := decide.Action{ID: decide.ActFix, Fix: "use-public-dns"}
	for name, c := range map[string]struct {
		url     string
		cause   decide.Cause
		offered decide.Action
		out     fix.Outcome
		want    bool
	}{
		"what was offered":            {page, decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "Shop.Example.", Done: true}, true},
		"another host's line":         {page, decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "bank.example", Done: true}, false},
		"another resolver is as good": {page, decide.DNSServerDown, dns, fix.Outcome{Name: "use-public-dns", Arg: "quad9", Done: true}, true},
		"another fix":                 {page, decide.HostsOverride, hosts, fix.Outcome{Name: "flush-dns", Done: true}, false},
		"not done":                    {page, decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "shop.example"}, false},
		"put back already":            {page, decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "shop.example", Done: true, PutBack: true}, false},
		"a page with a query":         {page + "?q=1", decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "shop.example", Done: true}, true},
		"a link that works once":      {page + "reset?token=0123456789abcdef0123", decide.HostsOverride, hosts, fix.Outcome{Name: "remove-hosts-entry", Arg: "shop.example", Done: true}, false},
		"only a browser saw it":       {page, decide.BrowserSide, decide.Action{ID: decide.ActFix, Fix: "clear-browser-cache"}, fix.Outcome{Name: "clear-browser-cache", Arg: "firefox", Done: true}, false},
	} {
		before := &checks.Result{Target: facts.Target{URL: c.url, Host: "shop.example"}, Verdict: decide.Verdict{Cause: c.cause, Actions: []decide.Action{c.offered}}, Facts: &facts.Facts{}}
		if got := judgeable(before, &c.out); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if judgeable(nil, &fix.Outcome{Done: true}) {
		t.Error("there is nothing to compare with")
	}
}

// TestWhoCanBeAsked: at a terminal the person is asked, and so may the system's prompt be; /dev/null is nobody (exit status 2).
func TestWhoCanBeAsked(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	nobody := &terminal{in: null, out: io.Discard, err: null, lang: "en", say: words.New("en")}
	if env := nobody.fixEnv(fix.Env{}, false, "fix"); env.Confirm != nil || env.Terminal {
		t.Error("/dev/null is taken for somebody")
	}
	if nobody.fixEnv(fix.Env{}, true, "fix").Confirm == nil {
		t.Error("--yes is no yes")
	}
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("skipped: no terminal can be had here: ", err)
	}
	defer pty.Close()
	somebody := &terminal{in: pty, out: io.Discard, err: pty, lang: "en", say: words.New("en")}
	if env := somebody.fixEnv(fix.Env{}, false, "fix"); env.Confirm == nil || !env.Terminal {
		t.Error("a terminal is taken for nobody")
	}
}
