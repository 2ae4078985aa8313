package fix

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

func TestFlushResolved(t *testing.T) {
	for _, tt := range []struct {
		name     string
		bus      fakeBus
		tools    []string
		fails    bool // the command
		host     string
		steps    string
		verified facts.Bool
		by       string
		exit     int
	}{
		{name: "from the network", bus: fakeBus{flags: []uint64{8388609}}, tools: []string{"resolvectl"}, host: "site.example",
			steps: "/usr/bin/resolvectl flush-caches", verified: facts.Yes, by: ByCache},
		{name: "asked meanwhile by a browser", bus: fakeBus{flags: []uint64{1048577, 8388609}}, tools: []string{"resolvectl"}, host: "site.example",
			steps: "/usr/bin/resolvectl flush-caches", verified: facts.Yes, by: ByCache},
		{name: "still from the cache", bus: fakeBus{flags: []uint64{1048577}}, tools: []string{"resolvectl"}, host: "site.example",
			steps: "/usr/bin/resolvectl flush-caches", verified: facts.No, by: ByCache, exit: 1},
		{name: "from the hosts file", bus: fakeBus{flags: []uint64{786945}, sizes: []uint64{3, 1}}, tools: []string{"resolvectl"}, host: "site.example",
			steps: "/usr/bin/resolvectl flush-caches", by: ByNone},
		{name: "no host, the size fell", bus: fakeBus{sizes: []uint64{12, 0}}, tools: []string{"resolvectl"},
			steps: "/usr/bin/resolvectl flush-caches", verified: facts.Yes, by: ByCache},
		{name: "no host, empty before", bus: fakeBus{sizes: []uint64{0, 0}}, tools: []string{"resolvectl"},
			steps: "/usr/bin/resolvectl flush-caches", by: ByNone},
		{name: "an old system", bus: fakeBus{flags: []uint64{8388609}}, tools: []string{"systemd-resolve"}, host: "site.example",
			steps: "/usr/bin/systemd-resolve --flush-caches", verified: facts.Yes, by: ByCache},
		{name: "no tool", bus: fakeBus{flags: []uint64{8388609}}, host: "site.example",
			steps: "D-Bus org.freedesktop.resolve1.Manager.FlushCaches", verified: facts.Yes, by: ByCache},
		{name: "the tool fails, the service does it", bus: fakeBus{flags: []uint64{8388609}}, tools: []string{"resolvectl"}, fails: true, host: "site.example",
			steps: "/usr/bin/resolvectl flush-caches; D-Bus org.freedesktop.resolve1.Manager.FlushCaches", verified: facts.Yes, by: ByCache},
		{name: "both fail", bus: fakeBus{refuse: errors.New("AccessDenied")}, tools: []string{"resolvectl"}, fails: true,
			steps: "/usr/bin/resolvectl flush-caches; D-Bus org.freedesktop.resolve1.Manager.FlushCaches", by: ByNone, exit: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, run := fake(t, "linux", resolvedFiles, tt.tools...)
			tt.bus.owned = true
			c.Bus = &tt.bus
			if tt.fails {
				run.answers["flush-caches"] = Ran{Exit: 1, Err: "Failed to flush caches"}
			}
			env := yes(t, c)
			env.Host = tt.host
			o, err := Run(context.Background(), "flush-dns", "", env)
			if commands(o.Steps) != tt.steps || o.Verified != tt.verified || o.VerifiedBy != tt.by || ExitStatus(o, err) != tt.exit {
				t.Errorf("steps %q verified %v by %s exit %d: %v", commands(o.Steps), o.Verified, o.VerifiedBy, ExitStatus(o, err), err)
			}
			if o.Done != (err == nil) || o.Detail != "resolved" {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestFlushComparesAnswers(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		before, after, fresh []string
		verified             facts.Bool
	}{
		{"mended", []string{"203.0.113.10"}, []string{"203.0.113.77"}, []string{"203.0.113.77"}, facts.Yes},
		{"one address in common", []string{"203.0.113.10"}, []string{"203.0.113.77", "203.0.113.1"}, []string{"203.0.113.2", "203.0.113.77"}, facts.Yes},
		{"still the old one", []string{"203.0.113.10"}, []string{"203.0.113.10"}, []string{"203.0.113.77"}, facts.No},
		{"another one: it turns", []string{"203.0.113.10"}, []string{"203.0.113.11"}, []string{"203.0.113.77"}, facts.Unknown},
		{"denied before, known now", nil, []string{"203.0.113.77"}, []string{"203.0.113.77"}, facts.Yes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := fake(t, "linux", map[string]string{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback,
				"/proc/70/comm": "dnsmasq\n", "/proc/70/net/udp": udpHead + onLoopback})
			hung := false
			c.Hangup = func(pid int, program string) error {
				hung = pid == 70 && program == "dnsmasq"
				return nil
			}
			d := c.dnsCaches(context.Background()).Caches[0]
			if _, err := c.flush(context.Background(), []dnsCache{d}); err != nil || !hung {
				t.Fatalf("hung up: %v %v", hung, err)
			}
			f := flushDNS{c}
			c.System, c.Fresh = gives(tt.after...), gives(tt.fresh...)
			v, err := f.Verify(context.Background(), Change{Host: "site.example", Proof: map[string]facts.Bool{kindDnsmasq: facts.Unknown},
				Old: map[string]string{oldAnswer: strings.Join(tt.before, " ")}})
			by := ByFresh
			if tt.verified == facts.Unknown {
				by = ByNone
			}
			if err != nil || v.Verified != tt.verified || v.By != by {
				t.Errorf("%+v %v", v, err)
			}
		})
	}
}

func TestFlushWindows(t *testing.T) {
	flush := errors.New("not called")
	c, run := fake(t, "windows", nil)
	c.Dirs = []string{`C:\Windows\System32`}
	c.FlushAPI = func(context.Context) error { return flush }
	c.CacheOff = func() bool { return false }
	c.Cached = func(host string) facts.Bool { return facts.Known(host != "site.example") }
	env := yes(t, c)
	env.Host = "site.example"

	flush = nil
	o, err := Run(context.Background(), "flush-dns", "", env)
	if err != nil || commands(o.Steps) != `dnsapi.dll DnsFlushResolverCache(); C:\Windows\System32\ipconfig.exe /flushdns` || o.Verified != facts.Yes || o.VerifiedBy != ByCache {
		t.Errorf("%+v %v", o, err)
	}
	// The command's status is no proof either way (os-fixes.md §1.1): one way that works is enough.
	run.answers["/flushdns"] = Ran{Exit: 1, Out: "Could not flush the DNS Resolver Cache"}
	if o, err = Run(context.Background(), "flush-dns", "", env); err != nil || !o.Done {
		t.Errorf("%+v %v", o, err)
	}
	flush = errors.New("no answer within 5 s")
	if o, err = Run(context.Background(), "flush-dns", "", env); !errors.Is(err, ErrFailed) || o.Done || ExitStatus(o, err) != 1 {
		t.Errorf("%+v %v", o, err)
	}
	c.CacheOff = func() bool { return true }
	if o, err = Run(context.Background(), "flush-dns", "", env); err != nil || !o.Nothing || o.Detail != detailOff || o.Done || ExitStatus(o, err) != 0 {
		t.Errorf("%+v %v", o, err)
	}
}

func TestFlushMac(t *testing.T) {
	c, run := fake(t, "darwin", nil)
	env := yes(t, c)
	env.Say = func(key string, _ map[string]any) string { return `say "` + key + `"; do shell script "id"` }
	o, err := Run(context.Background(), "flush-dns", "", env)
	if err != nil || len(o.Steps) != 3 || len(run.ran) != 1 || run.ran[0][0] != "/usr/bin/osascript" || !o.Plan.NeedsAdmin {
		t.Fatalf("%+v %v", o, err)
	}
	// The sentence is an argument, whatever stands in it; the script is a constant.
	argv := run.ran[0]
	if argv[len(argv)-1] != env.Say("fix.flush-dns.prompt", nil) || argv[4] != macFlush || strings.Contains(strings.Join(argv[:len(argv)-1], " "), "fix.flush-dns") {
		t.Errorf("%q", argv)
	}
	run.answers["osascript"] = Ran{Exit: 1, Err: "0:116: execution error: Se canceló la acción. (-128)\n"}
	if o, err = Run(context.Background(), "flush-dns", "", env); !errors.Is(err, ErrRefused) || o.Done || ExitStatus(o, err) != 1 {
		t.Errorf("%+v %v", o, err)
	}
	c.UID = 0
	run.ran = nil
	if o, err = Run(context.Background(), "flush-dns", "", env); err != nil || !has(run.ran, "/usr/bin/dscacheutil", "-flushcache") || !has(run.ran, "/usr/bin/killall", "-HUP", "mDNSResponder") || o.Plan.NeedsAdmin {
		t.Errorf("%+v %v", o, err)
	}
}

func TestHelperThroughPrompt(t *testing.T) {
	files := map[string]string{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback,
		"/proc/60/comm": "dnsmasq\n", "/proc/60/net/udp": udpHead + onLoopback, "/proc/70/comm": "unbound\n", "/proc/70/net/udp": udpHead + onLoopback}
	c, run := fake(t, "linux", files, "pkexec", "unbound-control")
	program := helperHere(t, c)
	env := yes(t, c)
	env.Host = "site.example"

	run.answers["pkexec"] = Ran{Out: `{"schema":1,"steps":[{"command":["/usr/sbin/unbound-control","flush_zone","."],"exit":0}],"proof":{"unbound":true}}`}
	o, err := Run(context.Background(), "flush-dns", "", env)
	if err != nil || !o.Plan.NeedsAdmin || o.Verified != facts.Yes || o.VerifiedBy != ByCache || len(o.Steps) != 2 {
		t.Errorf("%+v %v", o, err)
	}
	if !has(run.ran, "/usr/bin/pkexec", "--disable-internal-agent", program, "helper", "flush-dns", "dnsmasq,unbound", "site.example") {
		t.Errorf("%q", run.ran)
	}
	for _, tt := range []struct {
		ran  Ran
		kind error
	}{
		{Ran{Exit: 126}, ErrRefused},
		{Ran{Exit: 127, Err: "Error executing command as another user: No authentication agent found."}, ErrRights},
		{Ran{Exit: 0, Out: "nonsense"}, ErrFailed},
		{Ran{Exit: 1, Out: `{"schema":1,"error":"unbound-control: exit status 1","key":"fix.flush-dns.error.control","vars":{"Program":"unbound"}}`}, ErrFailed},
		{Ran{Exit: -1, Fail: context.DeadlineExceeded}, ErrFailed},
	} {
		run.answers["pkexec"] = tt.ran
		if o, err := Run(context.Background(), "flush-dns", "", env); !errors.Is(err, tt.kind) || o.Done || o.Error == nil || ExitStatus(o, err) != 1 {
			t.Errorf("%+v: %+v %v", tt.ran, o, err)
		}
	}
	c.Dirs = nil // no pkexec
	if _, err := Run(context.Background(), "flush-dns", "", env); !errors.Is(err, ErrRights) {
		t.Errorf("without pkexec: %v", err)
	}
}

func TestNothingUnasked(t *testing.T) {
	c, run := fake(t, "linux", resolvedFiles, "resolvectl")
	c.Bus = &fakeBus{owned: true}
	env := yes(t, c)
	env.Confirm = nil
	o, err := Run(context.Background(), "flush-dns", "", env)
	if !errors.Is(err, ErrUnasked) || ExitStatus(o, err) != 2 || o.ChangeID != nil {
		t.Errorf("%+v %v", o, err)
	}
	env.Confirm = func(context.Context, Plan) error { return ErrRefused }
	o, err = Run(context.Background(), "flush-dns", "", env)
	if !errors.Is(err, ErrRefused) || ExitStatus(o, err) != 1 || len(run.ran) != 0 {
		t.Errorf("%+v %v %q", o, err, run.ran)
	}
	for _, tt := range [][2]string{{"no-such", ""}, {"flush-dns", "now"}, {"open-settings", "firewall --off"}, {"open-private-window", "ftp://x"}} {
		if o, err := Run(context.Background(), tt[0], tt[1], env); ExitStatus(o, err) != 2 || o.Error == nil {
			t.Errorf("%v: %+v %v", tt, o, err)
		}
	}
	if len(run.ran)+len(run.opened) != 0 {
		t.Errorf("ran %q %q", run.ran, run.opened)
	}
}

func TestOutcomeJSON(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/etc/resolv.conf": "nameserver 192.168.1.1\n"})
	o, err := Run(context.Background(), "flush-dns", "", yes(t, c))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(o)
	const want = `{"schema":1,"name":"flush-dns","done":false,"verified":null,"verified_by":"none","change_id":null,"steps":[],"error":null,"detail":"none","nothing":true}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	c, _ = fake(t, "linux", resolvedFiles)
	c.Bus = &fakeBus{owned: true, flags: []uint64{8388609}}
	env := yes(t, c)
	env.Host = "site.example"
	o, _ = Run(context.Background(), "flush-dns", "", env)
	*o.ChangeID = "X"
	b, _ = json.Marshal(o)
	const call = `{"schema":1,"name":"flush-dns","done":true,"verified":true,"verified_by":"cache-read","change_id":"X","steps":[{"command":[],"call":"D-Bus org.freedesktop.resolve1.Manager.FlushCaches","exit":0}],"error":null,"detail":"resolved"}`
	if string(b) != call {
		t.Errorf("%s", b)
	}
}

func TestCacheTexts(t *testing.T) {
	// nscd -g, as glibc 2.36 prints it, shortened.
	nscd := func(n string) string {
		return "nscd configuration:\n\npasswd cache:\n\n            yes  cache is enabled\n              9  current number of cached values\n\nhosts cache:\n\n            yes  cache is enabled\n              " + n + "  current number of cached values\n"
	}
	if emptyNscd(nscd("0")) != facts.Yes || emptyNscd(nscd("2")) != facts.No || emptyNscd("") != facts.Unknown || emptyNscd(nscd("x")) != facts.Unknown {
		t.Error("nscd")
	}
	dump := func(rows string) string {
		return "START_RRSET_CACHE\n" + rows + "END_RRSET_CACHE\nSTART_MSG_CACHE\nmsg site.test. IN A 33152 1 298 3 1 0 0\nEND_MSG_CACHE\nEOF\n"
	}
	row := ";rrset 298 1 0 1 3\nsite.test.\t298\tIN\tA\t10.0.0.10\n"
	for _, tt := range []struct {
		text, host string
		want       facts.Bool
	}{
		{dump(row), "site.test", facts.No}, {dump(""), "site.test", facts.Yes}, {dump(""), "", facts.Yes},
		{dump(row), "", facts.Unknown}, {dump(row), "other.test", facts.Yes}, {"error: could not", "site.test", facts.Unknown},
	} {
		if got := emptyUnbound(tt.text, tt.host); got != tt.want {
			t.Errorf("%q %q: %v", tt.text, tt.host, got)
		}
	}
}

func TestStaleAnswer(t *testing.T) {
	lookup := func(addrs ...string) facts.Lookup {
		l := facts.Lookup{Done: true, Transport: "resolved", Failure: facts.NXDomain}
		for _, a := range addrs {
			l.Failure = facts.OK
			l.Addresses = append(l.Addresses, netip.MustParseAddr(a))
		}
		return l
	}
	with := func(system facts.Lookup, change ...func(*facts.Facts, *facts.Exchange)) *facts.Facts {
		f := &facts.Facts{Target: facts.Target{Host: "site.example"}, Chain: &facts.Chain{Exchanges: []facts.Exchange{{Lookup: &system}}}}
		for _, do := range change {
			do(f, &f.Chain.Exchanges[0])
		}
		return f
	}
	fresh := func(l ...facts.Lookup) func(*facts.Facts, *facts.Exchange) {
		return func(f *facts.Facts, _ *facts.Exchange) { f.Fresh = l }
	}
	elsewhere := func(addr string) func(*facts.Facts, *facts.Exchange) {
		return func(f *facts.Facts, _ *facts.Exchange) {
			f.Alternative = []facts.Exchange{{TLS: &facts.TLS{Done: true}, Connects: []facts.Connect{{Done: true, Address: netip.AddrPortFrom(netip.MustParseAddr(addr), 443)}}}}
		}
	}
	hosts := lookup("203.0.113.10")
	hosts.Transport = "hosts"
	for _, tt := range []struct {
		name    string
		facts   *facts.Facts
		applies bool
		why     string
	}{
		{"nothing known", nil, true, whyMay},
		{"no chain", &facts.Facts{}, true, whyMay},
		{"agree", with(lookup("203.0.113.10"), fresh(lookup("203.0.113.10"))), false, whyAgree},
		{"differ", with(lookup("203.0.113.10"), fresh(lookup("203.0.113.77"))), true, whyDiffers},
		{"one of two servers agrees", with(lookup("203.0.113.10"), fresh(lookup("203.0.113.77"), lookup("203.0.113.10"))), false, whyAgree},
		{"denied in memory", with(lookup(), fresh(lookup("203.0.113.77"))), true, whyDiffers},
		{"both deny", with(lookup(), fresh(lookup())), false, whyAgree},
		{"fresh one silent", with(lookup("203.0.113.10"), fresh(facts.Lookup{Done: true, Failure: facts.Timeout})), true, whyMay},
		{"proven elsewhere", with(lookup("203.0.113.10"), elsewhere("203.0.113.77")), true, whyElse},
		{"proven here too", with(lookup("203.0.113.77"), elsewhere("203.0.113.77")), false, whyAgree},
		{"the site proved it", with(lookup("203.0.113.10"), fresh(lookup("203.0.113.77")), func(_ *facts.Facts, e *facts.Exchange) { e.TLS = &facts.TLS{Done: true} }), false, whyWorks},
		{"hosts file", with(hosts, fresh(lookup("203.0.113.77"))), false, whyHosts},
		{"through a proxy", with(lookup("203.0.113.10"), fresh(lookup("203.0.113.77")), func(_ *facts.Facts, e *facts.Exchange) { e.Proxy = "proxy:3128" }), true, whyMay},
	} {
		if applies, why := staleAnswer(tt.facts); applies != tt.applies || why != tt.why {
			t.Errorf("%s: %v %s, want %v %s", tt.name, applies, why, tt.applies, tt.why)
		}
	}
	c, _ := fake(t, "linux", map[string]string{"/etc/resolv.conf": "nameserver 192.168.1.1\n"})
	if applies, why := (flushDNS{c}).Applies(nil); applies || why != whyNone {
		t.Errorf("without a cache: %v %s", applies, why)
	}
}

func TestNamesRegistered(t *testing.T) {
	contract := []string{"flush-dns", "use-public-dns", "use-automatic-dns", "remove-hosts-entry", "turn-off-proxy", "sync-clock", "renew-address",
		"disconnect-vpn", "clear-browser-cache", "disable-firewall-rule", "open-private-window", "open-other-browser", "open-portal", "open-settings", "restart-adapter"}
	for _, name := range Names() {
		if !slices.Contains(contract, name) {
			t.Errorf("%s is not in the contract", name)
		}
	}
	for _, name := range []string{"flush-dns", "open-private-window", "open-other-browser", "open-portal", "open-settings"} {
		if !slices.Contains(Names(), name) {
			t.Errorf("%s is missing", name)
		}
	}
	for _, f := range All() {
		if g, ok := Get(f.Name()); !ok || g.Name() != f.Name() {
			t.Errorf("%s", f.Name())
		}
	}
}
