package fix

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// fakeCards are the links of a computer. What is switched off forgets its default route.
type fakeCards struct {
	all      []Card
	switched []bool
	stuck    bool
	back     int
	holds    error
}

func (f *fakeCards) List() ([]Card, error) { return slices.Clone(f.all), nil }
func (f *fakeCards) Switch(index int, on bool) error {
	f.switched = append(f.switched, on)
	for i := range f.all {
		if f.all[i].Index == index && !(on && f.stuck) {
			f.all[i].Up = on
		}
	}
	return nil
}
func (f *fakeCards) Holds(int) ([]heldItem, error) { return []heldItem{{20, []byte("a")}}, f.holds }
func (f *fakeCards) PutBack([]heldItem) error      { f.back++; return nil }

func cable(name string) Card {
	return Card{Index: 2, Name: name, Ethernet: true, Up: true, State: operUp}
}

// fakeGuard keeps what the watchdog was told.
type fakeGuard struct {
	posted, dismissed []string
	refuse            error
}

func (g *fakeGuard) start(_, kind, link string) (func(bool), error) {
	if g.refuse != nil {
		return nil, g.refuse
	}
	g.posted = append(g.posted, kind+" "+link)
	return func(done bool) {
		g.dismissed = append(g.dismissed, map[bool]string{true: "done", false: "turn it on"}[done])
	}, nil
}

// oneCard is a Linux computer with a card that has the default route.
func oneCard(t *testing.T, tools ...string) (*Computer, *fakeRunner, *fakeCards, *fakeGuard) {
	t.Helper()
	c, run := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth}, tools...)
	cards, guard := &fakeCards{all: []Card{{Index: 1, Name: "lo", Up: true}, cable("eth0")}}, &fakeGuard{}
	c.Cards, c.Guard = cards, guard.start
	helperHere(t, c)
	c.Addresses = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.7")} }
	return c, run, cards, guard
}

func TestCardThatIsChosen(t *testing.T) {
	down := cable("wlan0")
	down.Up, down.Index = false, 3
	for what, x := range map[string]struct {
		route string
		all   []Card
		want  string
	}{
		"the default route's":       {viaEth, []Card{cable("eth0"), down}, "eth0"},
		"a container's":             {viaEth, []Card{{Name: "eth0", Kind: "veth", Ethernet: true}}, "eth0"},
		"a bridge's":                {viaEth, []Card{{Name: "eth0", Kind: "bridge", Ethernet: true}, {Name: "eth1", Ethernet: true, Member: true}}, ""},
		"a VLAN's":                  {viaEth, []Card{{Name: "eth0", Kind: "vlan", Ethernet: true}, down}, ""},
		"under a VPN the only one":  {strings.ReplaceAll(viaEth, "eth0", "wg0"), []Card{{Name: "wg0", Kind: "wireguard"}, cable("eth0"), {Name: "veth1", Kind: "veth", Ethernet: true}}, "eth0"},
		"under a VPN one of two":    {strings.ReplaceAll(viaEth, "eth0", "wg0"), []Card{{Name: "wg0", Kind: "wireguard"}, cable("eth0"), down}, ""},
		"the only one, without any": {"", []Card{{Name: "lo"}, down, {Name: "docker0", Kind: "bridge", Ethernet: true}}, "wlan0"},
		"none":                      {"", []Card{{Name: "lo"}, {Name: "wwan0"}}, ""},
		"an option's name":          {strings.ReplaceAll(viaEth, "eth0", "-x"), []Card{cable("-x")}, ""},
	} {
		c, _, cards, _ := oneCard(t)
		put(t, c.file("/proc/net/route"), routeHead+x.route, 0o644)
		cards.all = x.all
		if k, err := c.card(); k.Name != x.want || (err == nil) != (x.want != "") {
			t.Errorf("%s: %+v %v", what, k, err)
		}
	}
}

func TestCardOffAndOnByTheKernel(t *testing.T) {
	c, _, cards, guard := oneCard(t)
	c.UID = 0
	if st, err := os.Stat(c.Root); err != nil || ownerOf(st) != 0 {
		t.Skip("skipped: what root keeps can only be tried as root")
	}
	env := yes(t, c)
	o, err := Run(context.Background(), "restart-adapter", "", env)
	if err != nil || o.Verified != facts.Yes || !slices.Equal(cards.switched, []bool{false, true}) || cards.back != 1 {
		t.Errorf("%v %+v %v", err, o, cards)
	}
	if !slices.Equal(guard.posted, []string{"link eth0"}) || !slices.Equal(guard.dismissed, []string{"done"}) || c.exists(heldFile("eth0")) {
		t.Errorf("%+v", guard)
	}
	if list, err := env.Journal.Changes(nil); err != nil || len(list.Changes) > 0 {
		t.Errorf("%v %+v", err, list)
	}

	// No watchdog: nothing is switched off, and nothing is left.
	guard.refuse, cards.switched = errors.New("no more processes"), nil
	if o, err = Run(context.Background(), "restart-adapter", "", env); err == nil || o.Done || len(cards.switched) > 0 || c.exists(heldFile("eth0")) {
		t.Errorf("%v %+v %v", err, o, cards)
	}
	// It does not come on: that is said, and stays offered.
	guard.refuse, cards.stuck = nil, true
	if o, err = Run(context.Background(), "restart-adapter", "", env); err != nil || o.Verified != facts.No {
		t.Errorf("%v %+v", err, o)
	}

	// Somebody who configures the card gave it its address again: the old ones stay away.
	cards.stuck, cards.back, cards.all[1].Up = false, 0, true
	put(t, c.file("/run/systemd/netif/links/2"), "ADMIN_STATE=configured\nOPER_STATE=routable\n", 0o644)
	if o, err = Run(context.Background(), "restart-adapter", "", env); err != nil || o.Verified != facts.Yes || cards.back != 0 {
		t.Errorf("%v %+v %v", err, o, cards)
	}
	// Or nobody did, and they come back.
	c.Addresses = func(string) []netip.Addr { return nil }
	if _, err = Run(context.Background(), "restart-adapter", "", env); err != nil || cards.back != 1 {
		t.Errorf("%v %v", err, cards)
	}
	// What cannot be put back is not asked about.
	cards.holds = errors.New("a route over several links")
	if _, err = Prepare(context.Background(), "restart-adapter", "", env); !errors.Is(err, ErrImpossible) {
		t.Errorf("%v", err)
	}
}

// nmWorld answers as nmcli does for one link.
func nmWorld(run *fakeRunner, kind, state string) {
	run.answers = map[string]Ran{
		"DEVICE,TYPE,STATE": {Out: "lo:loopback:unmanaged\neth0:" + kind + ":" + state + "\n"}, "-f WIFI radio": {Out: "enabled\n"}, "GENERAL.CON-UUID": {Out: aUUID + "\n"},
	}
}

func TestCardsOfNetworkManager(t *testing.T) {
	c, run, cards, guard := oneCard(t, "nmcli")
	c.Bus = &fakeBus{owned: true}
	nmWorld(run, "wifi", "connected")
	env := yes(t, c)
	o, err := Run(context.Background(), "restart-adapter", "", env)
	if err != nil || o.Verified != facts.Yes || o.Detail != cardRadio || o.Plan.NeedsAdmin || len(cards.switched) > 0 {
		t.Fatalf("%v %+v", err, o)
	}
	off := slices.IndexFunc(run.ran, func(a []string) bool { return slices.Equal(a, c.radio("off")) })
	on := slices.IndexFunc(run.ran, func(a []string) bool { return slices.Equal(a, c.radio("on")) })
	if off < 0 || on < off || !slices.Equal(guard.posted, []string{"radio eth0"}) || !slices.Equal(guard.dismissed, []string{"done"}) {
		t.Errorf("%q %+v", run.ran, guard)
	}

	// polkit says no: told as such; the watchdog turns on what may be off.
	run.answers["radio wifi off"] = Ran{Exit: 1, Err: "Error: failed to set Wi-Fi radio: Not authorized to perform this operation\n"}
	if o, err = Run(context.Background(), "restart-adapter", "", env); !errors.Is(err, ErrRights) || o.Done {
		t.Errorf("%v %+v", err, o)
	}
	delete(run.answers, "radio wifi off")
	// A profile that does not connect by itself is asked to.
	nmWorld(run, "wifi", "disconnected")
	run.ran = nil
	if _, err = Run(context.Background(), "restart-adapter", "", env); err != nil || !has(run.ran, c.nmUp(aUUID)...) {
		t.Errorf("%v %q", err, run.ran)
	}
	// A cable: one call.
	nmWorld(run, "ethernet", "connected")
	run.ran, guard.posted = nil, nil
	if o, err = Run(context.Background(), "restart-adapter", "", env); err != nil || o.Detail != cardProfile || !has(run.ran, c.nmUp(aUUID)...) || has(run.ran, c.radio("off")...) || guard.posted != nil {
		t.Errorf("%v %+v %q", err, o, run.ran)
	}
	// Wi-Fi that the person switched off stays off.
	nmWorld(run, "wifi", "unavailable")
	run.answers["-f WIFI radio"] = Ran{Out: "disabled\n"}
	if _, err = Run(context.Background(), "restart-adapter", "", env); !errors.Is(err, ErrImpossible) {
		t.Errorf("%v", err)
	}
}

func TestCardInterruptedIsOffered(t *testing.T) {
	c, run, _, _ := oneCard(t, "nmcli")
	c.Bus = &fakeBus{owned: true}
	nmWorld(run, "wifi", "connected")
	env := yes(t, c)
	f, p, err := prepare(context.Background(), "restart-adapter", "", env)
	if err != nil {
		t.Fatal(err)
	}
	r, err := env.Journal.Begin(Change{Fix: f.Name(), Steps: p.Steps, Old: p.Old}, p.Undoable, p.Detail)
	if err != nil {
		t.Fatal(err)
	}
	env.Journal.release(r.ID) // as a process that dies lets go of it
	if list, err := env.Journal.Changes(nil); err != nil || len(list.Changes) != 1 || !list.Changes[0].Interrupted {
		t.Fatalf("%v %+v", err, list)
	}
	run.ran = nil
	if _, err := Undo(context.Background(), "", env); err != nil || !has(run.ran, c.radio("on")...) {
		t.Errorf("%v %q", err, run.ran)
	}
}

// airportRunner is a Mac with a Wi-Fi card.
type airportRunner struct {
	*macRunner
	power string
}

func (a *airportRunner) Run(ctx context.Context, argv []string, limit time.Duration) Ran {
	if len(argv) > 1 && strings.HasSuffix(argv[1], "airportpower") {
		if a.ran = append(a.ran, argv); argv[1] == "-getairportpower" {
			return Ran{Out: a.power}
		}
		a.power = "Wi-Fi Power (en0): " + map[string]string{"on": "On", "off": "Off"}[argv[3]] + "\n"
		return Ran{}
	}
	return a.macRunner.Run(ctx, argv, limit)
}

func TestCardOfAMac(t *testing.T) {
	c, m := mac(t)
	run, guard := &airportRunner{macRunner: m}, &fakeGuard{}
	c.Run = run
	c.Guard = guard.start
	helperHere(t, c)
	c.Addresses = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.7")} }
	run.power = "en0 is not a Wi-Fi interface.\n** Error: Error obtaining wireless information.\n"
	if _, err := Prepare(context.Background(), "restart-adapter", "", yes(t, c)); !errors.Is(err, ErrImpossible) {
		t.Errorf("a cable: %v", err)
	}
	run.power = "Wi-Fi Power (en0): On\n"
	o, err := Run(context.Background(), "restart-adapter", "", yes(t, c))
	if err != nil || o.Verified != facts.Yes || !has(run.ran, airport("en0", "off")...) || !has(run.ran, airport("en0", "on")...) || !slices.Equal(guard.posted, []string{"airport en0"}) {
		t.Errorf("%v %+v %q %+v", err, o, run.ran, guard)
	}
}

func TestCardOfWindows(t *testing.T) {
	c, run := fake(t, "windows", nil)
	c.UID, c.Elevated, c.Dirs, c.WinDNS = -1, true, []string{`C:\Windows\System32`}, evilDNS{"Wi-Fi 'chez moi' $(x)"}
	o, err := Run(context.Background(), "restart-adapter", "", yes(t, c))
	if err != nil || o.Verified != facts.Yes || len(run.ran) != 1 || !strings.Contains(run.ran[0][6], "-eq '{"+aUUID+"}' -and $_.HardwareInterface}") || !strings.HasSuffix(run.ran[0][6], "$a|Restart-NetAdapter -Confirm:$false") {
		t.Errorf("%v %+v %q", err, o, run.ran)
	}
	answer := helperAnswer{}
	if err := runWindowsAdapter(context.Background(), c, []string{"{" + aUUID + "}", "on"}, &answer); err != nil || !strings.Contains(run.ran[1][6], "$a|Enable-NetAdapter ") {
		t.Errorf("%v %q", err, run.ran)
	}
}

func TestWatchdog(t *testing.T) {
	for name, x := range map[string]struct {
		args   []string
		orders string
		status int
		on     bool
	}{
		"dismissed": {[]string{"link", "eth0"}, "done\n", 0, false}, "alone": {[]string{"link", "eth0"}, "", 0, true}, "cut short": {[]string{"link", "eth0"}, "don", 0, true},
		"Wi-Fi": {[]string{"radio", "eth0"}, "", 0, true}, "no kind": {[]string{"x", "eth0"}, "", 2, false}, "an option": {[]string{"link", "-x"}, "", 2, false}, "nothing": {nil, "", 2, false},
		"more": {[]string{"link", "eth0", "eth1"}, "", 2, false}, "no card": {[]string{"link", "eth1"}, "", 1, false}, "loopback": {[]string{"link", "lo"}, "", 1, false},
	} {
		c, run, cards, _ := oneCard(t, "nmcli")
		var out bytes.Buffer
		status := watch(x.args, c, strings.NewReader(x.orders), &out)
		on := slices.Equal(cards.switched, []bool{true}) || has(run.ran, c.radio("on")...)
		if status != x.status || on != x.on || (out.String() == "ready\n") != (status != 2) {
			t.Errorf("%s: status %d, on %v, %q", name, status, on, out.String())
		}
	}
}

func TestCardApplies(t *testing.T) {
	up := facts.Link{Name: "eth0", Kind: "ethernet", Up: true, Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24")}}
	for _, x := range []struct {
		f    *facts.Facts
		want bool
	}{
		{nil, true}, {&facts.Facts{}, true}, {&facts.Facts{System: facts.System{LinksDone: true}}, true},
		{&facts.Facts{System: facts.System{LinksDone: true, Links: []facts.Link{up}}, Box: &facts.Box{Done: true, Ping: facts.Yes}}, false},
		{&facts.Facts{System: facts.System{LinksDone: true, Links: []facts.Link{up}}, Box: &facts.Box{Done: true, Neighbour: facts.No}}, true},
	} {
		if got, why := (restartAdapter{}).Applies(x.f); got != x.want || why == "" {
			t.Errorf("%+v: %v %s", x.f, got, why)
		}
	}
}
