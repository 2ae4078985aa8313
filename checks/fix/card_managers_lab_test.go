//go:build linux

package fix

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// radioWorld is a NetworkManager whose Wi-Fi switch somebody who is no administrator may use.
func radioWorld(t *testing.T) *lab {
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	l.boxServes("10.66.0.50")
	l.startBus()
	l.startPolkit(lets("org.freedesktop.NetworkManager.", "YES"))
	l.startNM("default", map[string]string{"home": profile("home", nmUUID, nmDHCP, nmNoSix)})
	l.nmLinked()
	return l
}

// TestLabCardNetworkManager: a cable of the real NetworkManager, restarted by somebody who is no administrator.
func TestLabCardNetworkManager(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "nmcli") {
		return
	}
	l := radioWorld(t)
	time.Sleep(nmPause)
	before := steady(l.nmState("home"))
	a := l.asUser(userRequest{Fix: "restart-adapter"})
	if a.Kind != "" || a.Outcome.Verified != facts.Yes || a.Outcome.Detail != cardProfile || a.Outcome.Plan.NeedsAdmin || !hasAddress("10.66.0.50") {
		t.Errorf("%+v", a)
	}
	l.nmIs("restarted", before)
	// A link that is known to it and that it does not manage is the kernel's.
	l.nm("device", "set", "up0", "managed", "no")
	o, err := Prepare(context.Background(), "restart-adapter", "", l.env(getent))
	if err != nil || o.Detail != cardLink {
		t.Errorf("unmanaged: %v %+v", err, o)
	}
	l.nm("device", "set", "up0", "managed", "yes")
	l.nmLinked()
	l.polkitRule(lets("org.freedesktop.NetworkManager.", "NO"))
	l.untilSlow("polkit has the new rule", func() bool {
		return !strings.Contains(string(l.userRan("nmcli", "-t", "general", "permissions")), "network-control:yes")
	})
	if a := l.asUser(userRequest{Fix: "restart-adapter"}); a.Kind != "rights" || a.Outcome.Done || !hasAddress("10.66.0.50") {
		t.Errorf("polkit says no: %+v", a)
	}
}

// TestLabRadioGuard: NetworkManager's own Wi-Fi switch, with no card behind it in a namespace. Whoever switched it off is killed; the
// watchdog, which is as little an administrator, switches it on.
func TestLabRadioGuard(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "nmcli") {
		return
	}
	l := radioWorld(t)
	radio := func() string { return strings.TrimSpace(l.nm("-t", "-f", "WIFI", "radio")) }
	if radio() != "enabled" {
		t.Fatalf("Wi-Fi is %q", radio())
	}
	for i, after := range []time.Duration{-1, 0, 900 * time.Millisecond, 2 * time.Second} {
		b, _ := json.Marshal(userRequest{Fix: userRadio})
		cmd := exec.Command("/run/passerelle-test")
		cmd.Dir, cmd.Env = "/", []string{labChild + "=" + userRun, userChild + "=" + string(b), "HOME=/run/home", "PASSERELLE_STATE=/run/home/state"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: labUID, Gid: labUID}}
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		l.untilSlow("Wi-Fi is off", func() bool { return radio() == "disabled" })
		begun := time.Now()
		if after >= 0 {
			time.Sleep(after)
			_ = syscall.Kill(-cmd.Process.Pid, []syscall.Signal{syscall.SIGKILL, syscall.SIGHUP}[i%2])
		}
		err := cmd.Wait()
		if (err == nil) != (after < 0) {
			t.Fatalf("killed after %v: %v", after, err)
		}
		for radio() != "enabled" && time.Since(begun) < cardBack {
			time.Sleep(50 * time.Millisecond)
		}
		if radio() != "enabled" {
			t.Fatalf("killed after %v: Wi-Fi is still off", after)
		}
		t.Logf("killed after %v (never: -1): on again %v after it was off", after, time.Since(begun))
		l.until("the watchdog is gone", func() bool { return len(watchdogs()) == 0 })
	}
	// Both are killed: the way back is the same call.
	l.nm("radio", "wifi", "off")
	c := Local()
	if err := c.turnOn(context.Background(), cardRadio, "up0"); err != nil || radio() != "enabled" {
		t.Errorf("%v", err)
	}
}

// userRadio is what the run as that person is asked for beside fixes: the Wi-Fi switch off and on.
const userRadio = "radio of the lab"

func switchRadio() int {
	c := Local()
	err := c.offAndOn(context.Background(), cardRadio, "up0", func(ctx context.Context) error {
		return restartAdapter{c}.off(ctx, &Change{}, c.radio("off"))
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// TestLabCardNetworkd: who configures the card does so again; what it gives then is not mixed with what was there.
func TestLabCardNetworkd(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "networkctl") {
		return
	}
	const daemon = "/lib/systemd/systemd-networkd"
	if _, err := os.Stat(daemon); err != nil {
		t.Skipf("skipped: %v", err)
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	server := l.boxServes("10.66.0.50")
	l.startBus()
	l.write("/etc/systemd/network/10-up.network", "[Match]\nName=up0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n", 0o644)
	l.start(daemon)
	l.untilSlow("networkd has an address", func() bool { link, _ := Local().defaultLink(); return hasAddress("10.66.0.50") && link == "up0" })
	l.untilSlow("networkd says so", func() bool { k, err := Local().cardNow("up0"); return err == nil && Local().configured(k) })
	current := server
	for _, next := range []string{"10.66.0.50", "10.66.0.77"} {
		if next != "10.66.0.50" {
			current = l.moved(server.Process, next)
		}
		o, err := Run(context.Background(), "restart-adapter", "", l.env(getent))
		if err != nil || o.Verified != facts.Yes || o.Detail != cardLink {
			t.Errorf("%v %+v", err, o)
		}
		l.untilSlow("the address is there", func() bool { return hasAddress(next) })
		if addrs := Local().addresses("up0"); len(addrs) != 1 {
			t.Errorf("addresses %v", addrs)
		}
		if routes := string(l.rootRan("ip", "route", "show", "default")); strings.Count(routes, "\n") != 1 || !strings.Contains(routes, "proto dhcp src "+next) {
			t.Errorf("routes %q", routes)
		}
	}
	// Nobody answers any more: what was there comes back.
	stop(current)
	before := string(l.rootRan("ip", "route"))
	o, err := Run(context.Background(), "restart-adapter", "", l.env(getent))
	if after := string(l.rootRan("ip", "route")); err != nil || o.Verified != facts.Yes || !hasAddress("10.66.0.77") || after != before {
		t.Errorf("nobody gives an address: %v %+v, routes %q, before %q", err, o, after, before)
	}
}

// TestLabCardAnnouncements: addresses and routes that the box announces are the kernel's, which asks for them again: nothing is there
// twice.
func TestLabCardAnnouncements(t *testing.T) {
	if !inLab(t, "dnsmasq") {
		return
	}
	l := newWorld(t, labBox)
	l.do("ip", "-n", "box", "addr", "add", labBox6+"/64", "dev", "in0", "nodad")
	l.do("ip", "route", "add", "default", "via", labBox)
	l.boxServes("10.66.0.50", "--enable-ra", "--ra-param=in0,4", "--dhcp-range=2001:db8:66::,ra-only")
	state := func() string {
		kept := ""
		for _, args := range []string{"-o addr show dev up0", "-4 route", "-6 route"} {
			kept += string(l.rootRan("ip", strings.Fields(args)...))
		}
		return seconds.ReplaceAllString(kept, "SECONDS")
	}
	l.untilSlow("the box gives IPv6", func() bool { return strings.Contains(state(), "proto ra") && strings.Contains(state(), "mngtmpaddr") })
	l.ipv6Ready()
	before := state()
	o, err := Run(context.Background(), "restart-adapter", "", l.env(getent))
	if err != nil || o.Verified != facts.Yes {
		t.Errorf("%v %+v", err, o)
	}
	after := ""
	for range 60 {
		if after = state(); after == before {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("afterwards:\n%s\nbefore:\n%s", after, before)
}

// seconds are what counts down by itself.
var seconds = regexp.MustCompile(`[0-9]+sec`)

// TestLabCardDHClient: dhclient does not notice; its address stays and its route is put back.
func TestLabCardDHClient(t *testing.T) {
	if !inLab(t, "dnsmasq", "dhclient") {
		return
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	l.boxServes("10.66.0.50")
	files := dhclientFiles("up0")[0]
	l.do("dhclient", "-4", "-nw", "-pf", files[0], "-lf", files[1], "up0")
	l.untilSlow("dhclient has an address", func() bool { link, _ := Local().defaultLink(); return hasAddress("10.66.0.50") && link == "up0" })
	before := string(l.rootRan("ip", "route"))
	o, err := Run(context.Background(), "restart-adapter", "", l.env(getent))
	if err != nil || o.Verified != facts.Yes || !hasAddress("10.66.0.50") {
		t.Errorf("%v %+v", err, o)
	}
	if after := string(l.rootRan("ip", "route")); after != before || before == "" {
		t.Errorf("routes %q, before %q", after, before)
	}
	l.do("dhclient", "-4", "-x", "-pf", files[0], "-lf", files[1], "up0")
}
