package fix

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

// fakeWinHTTP is the machine's setting.
type fakeWinHTTP struct{ now MachineProxy }

func (f *fakeWinHTTP) Read() (MachineProxy, error) { return f.now, nil }

func (f *fakeWinHTTP) Write(m MachineProxy) error {
	f.now = m
	return nil
}

// fakeWinINET is a person's Internet settings.
type fakeWinINET struct{ now InternetSettings }

func (f *fakeWinINET) Read() (InternetSettings, error) { return f.now, nil }

func (f *fakeWinINET) Write(s InternetSettings) error {
	f.now = s
	return nil
}

// TestWinHTTP: the machine's proxy is only touched where nothing that a browser follows names one, and comes back word for word.
func TestWinHTTP(t *testing.T) {
	was := MachineProxy{"http=proxy.corp.test:8080;https=[2001:db8::9]:8443", "<local>;*.corp.test"}
	for _, elevated := range []bool{true, false} {
		c, _ := fake(t, "windows", nil)
		machine, person := &fakeWinHTTP{was}, &fakeWinINET{InternetSettings{Flags: proxyTypeDirect | proxyTypeProxy, Server: "127.0.0.1:9"}}
		c.WinHTTP, c.WinProxy, c.Elevated = machine, person, elevated
		var asked [][]string
		c.Helper = func() (string, error) { return `C:\p\passerelle.exe`, nil }
		c.Elevate = func(ctx context.Context, argv []string) (int, error) {
			asked = append(asked, argv)
			root := *c
			root.Elevated = true
			var out, complaints strings.Builder
			return helper(argv[2:], &root, &out, &complaints), nil
		}
		env := yes(t, c)
		o, err := Run(context.Background(), "turn-off-proxy", "", env)
		if err != nil || o.Verified != facts.Yes || person.now.Flags&proxyTypeProxy != 0 || machine.now != was || o.Plan.NeedsAdmin || len(asked) > 0 {
			t.Fatalf("%v %+v, machine %+v, asked %q", err, o, machine.now, asked)
		}
		o, err = Run(context.Background(), "turn-off-proxy", "", env) // a second time: now only the machine's is left
		if err != nil || o.Verified != facts.Yes || machine.now != (MachineProxy{}) || o.Plan.NeedsAdmin == elevated || len(asked) == 0 != elevated {
			t.Fatalf("%v %+v, machine %+v, asked %q", err, o, machine.now, asked)
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || machine.now != was {
			t.Errorf("%v %+v", err, machine.now)
		}
		if !elevated && !slices.Equal(asked[len(asked)-1], []string{`C:\p\passerelle.exe`, "helper", "winhttp-proxy", was.Servers, was.Bypass}) {
			t.Errorf("%q", asked)
		}
	}
	for _, bad := range append([]string{"", "direct;x", "-x:1", "noport", "a:1\nb", "a:1|b", `a:1"`}, hostile...) {
		if m, err := winHTTPArguments([]string{bad}); err == nil && bad != "[::1]" {
			t.Errorf("%q: %+v", bad, m)
		}
		if m, err := winHTTPArguments([]string{"direct", bad}); err == nil {
			t.Errorf("direct %q: %+v", bad, m)
		}
	}
}

// TestProxyThatSomebodyChoseSince: the undo puts back what was switched off, and leaves alone what somebody chose meanwhile.
func TestProxyThatSomebodyChoseSince(t *testing.T) {
	was := InternetSettings{Flags: proxyTypeDirect | proxyTypeProxy, Server: "127.0.0.1:9"}
	chosen := InternetSettings{Flags: proxyTypeDirect | proxyTypeProxy, Server: "proxy.corp.test:8080"}
	for since, want := range map[*InternetSettings]InternetSettings{nil: was, &chosen: chosen} {
		c, _ := fake(t, "windows", nil)
		person := &fakeWinINET{was}
		c.WinProxy = person
		env := yes(t, c)
		o, err := Run(context.Background(), "turn-off-proxy", "", env)
		if err != nil || o.Verified != facts.Yes {
			t.Fatalf("%v %+v", err, o)
		}
		if since != nil {
			person.now = *since
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || person.now != want {
			t.Errorf("%v %+v, want %+v", err, person.now, want)
		}
	}
	c, run := fake(t, "linux", map[string]string{"/home/p/.config/kioslaverc": aKioslaverc}, "gsettings")
	old := map[string]string{placePrefix + gnomeProxy{}.id(): "manual", wantPrefix + gnomeProxy{}.id(): "none", placePrefix + kdeProxy{}.id(): "2", wantPrefix + kdeProxy{}.id(): "0"}
	run.answers["get org.gnome.system.proxy mode"] = Ran{Out: "'auto'\n"}
	before := files(t, c)
	if err := (turnOffProxy{c}).Undo(context.Background(), Change{Old: old}); err != nil || slices.ContainsFunc(run.ran, func(a []string) bool { return slices.Contains(a, "set") }) || !maps.Equal(before, files(t, c)) {
		t.Errorf("%v %q", err, run.ran)
	}
}
