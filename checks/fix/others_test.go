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

	"passerelle/checks/blockrule"
	"passerelle/checks/facts"
)

const aUUID = "fbea23dd-6738-403f-b3a5-5d4a3444216a"

// vpnRunner is nmcli, systemctl, scutil, rasdial and PowerShell with one VPN that is open or not.
type vpnRunner struct {
	fakeRunner
	open bool
	deaf bool
	list string // what the list prints while it is open
}

func (v *vpnRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	v.ran = append(v.ran, argv)
	line := strings.Join(argv, " ")
	switch {
	case strings.Contains(line, "show --active"), strings.Contains(line, "list-units"), strings.Contains(line, "--nc list"), strings.Contains(line, "Get-VpnConnection"):
		tool := argv[0][strings.LastIndexAny(argv[0], `/\`)+1:]
		if v.open && strings.HasPrefix(v.list, tool+"|") {
			return Ran{Out: v.list[len(tool)+1:]}
		}
		if strings.Contains(line, "Get-Vpn") {
			return Ran{Out: `{"names":[]}`}
		}
	case v.deaf:
	default:
		v.open = slices.Contains(argv, "up") || slices.Contains(argv, "start") || strings.HasSuffix(argv[0], "rasdial.exe") && len(argv) == 2
	}
	return Ran{}
}

func TestVPNIsClosedAndOpened(t *testing.T) {
	for name, x := range map[string]struct{ system, list, down string }{
		"networkmanager": {"linux", "nmcli|" + aUUID + ":vpn:Bureau\\: Paris:eth0\n" + aUUID[:35] + "b:802-3-ethernet:Wired:eth0\n", "/usr/bin/nmcli connection down uuid " + aUUID},
		"unit":           {"linux", "systemctl|cron.service loaded active running x\nopenvpn-client@work.service loaded active running y\n", "/usr/bin/systemctl stop openvpn-client@work.service"},
		"scutil":         {"darwin", "scutil|" + sample(t, "macos-scutil-nc-list-connected-en"), "/usr/sbin/scutil --nc stop 65F5A798-4B98-4DA1-87D8-9D605FFF6188"},
		"rasdial":        {"windows", `powershell.exe|{"names":["Bureau à Paris"]}`, `C:\S\rasdial.exe Bureau à Paris /disconnect`},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := fake(t, x.system, nil, "nmcli", "systemctl")
			if x.system == "windows" {
				c.Dirs = []string{`C:\S`}
			}
			v := &vpnRunner{open: true, list: x.list}
			c.Run = v
			env := yes(t, c)
			o, err := Run(context.Background(), "disconnect-vpn", "", env)
			if err != nil || o.Verified != facts.Yes || v.open || o.Detail != name {
				t.Fatalf("%v %+v", err, o)
			}
			if !slices.ContainsFunc(v.ran, func(a []string) bool { return strings.Join(a, " ") == x.down }) {
				t.Errorf("%q", v.ran)
			}
			if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || !v.open {
				t.Errorf("%v", err)
			}
			v.deaf = true // it says that it closed, and did not
			if o, err = Run(context.Background(), "disconnect-vpn", "", env); err != nil || o.Verified != facts.No || !o.PutBack {
				t.Errorf("%v %+v", err, o)
			}
		})
	}
	c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + "tun7\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n" + viaEth, "/sys/class/net/tun7/type": "65534\n"})
	if o, err := Run(context.Background(), "disconnect-vpn", "", yes(t, c)); err != nil || !o.Nothing || o.Detail != "app" || o.Plan.Vars["VPN"] != "tun7" {
		t.Errorf("%v %+v", err, o)
	}
}

func TestHostileVPNs(t *testing.T) {
	for _, h := range append([]string{"/disconnect", "openvpn@.service", "ssh.service", "openvpn@a b.service", "openvpn@$(id).service", "wg-quick@../x.service"}, hostile...) {
		for _, kind := range []string{"networkmanager", "unit", "scutil", "rasdial", "wg-quick", "", "sh"} {
			v := vpnConnection{Kind: kind, ID: h, Name: h}
			if err := v.valid(); err != nil {
				continue
			}
			if kind == "rasdial" && !strings.HasPrefix(h, "-") && !strings.HasPrefix(h, "/") || kind == "wg-quick" && validLink(h) {
				continue // a name that a connection can have: one argument, and no option
			}
			t.Errorf("%s %q is taken", kind, h)
		}
		if checkWGQuick([]string{h, "down"}) == nil && strings.Trim(h, "abcdefghijklmnopqrstuvwxyz.-") != "" {
			t.Errorf("wg-quick takes %q", h)
		}
	}
	if all := nmVPNs("x:vpn:a:eth0\n" + aUUID + ":vpn:-x:eth0\n"); len(all) != 1 || all[0].ID != aUUID {
		t.Errorf("%+v", all)
	}
	if all, err := windowsVPNs(`{"names":["/disconnect","-x","ok"]}`); err != nil || len(all) != 1 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestAddressIsRenewed(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth}, "nmcli", "networkctl")
	n := &nm{now: "192.168.1.254", profile: "192.168.1.254"}
	c.Run, c.Bus = n, &fakeBus{owned: true}
	given := "192.168.1.7"
	c.Addresses = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(given)} }
	o, err := Run(context.Background(), "renew-address", "", yes(t, c))
	if err != nil || o.Verified != facts.Yes || !has(n.ran, "/usr/bin/nmcli", "connection", "up", "uuid", aUUID) {
		t.Errorf("%v %+v %q", err, o, n.ran)
	}
	given = "169.254.3.3" // nobody gave one
	if o, err = Run(context.Background(), "renew-address", "", yes(t, c)); err != nil || o.Verified != facts.No {
		t.Errorf("%v %+v", err, o)
	}
	c, _ = fake(t, "linux", map[string]string{"/sys/class/net/eth1/device/x": "", "/sys/class/net/eth1/carrier": "1\n"})
	if got := c.usualLink(); got != "eth1" {
		t.Errorf("%q", got)
	}
	if _, err := Run(context.Background(), "renew-address", "", yes(t, c)); !errors.Is(err, ErrImpossible) {
		t.Errorf("%v", err)
	}
	m, r := mac(t)
	if p, err := Prepare(context.Background(), "renew-address", "", yes(t, m)); err != nil || len(p.Steps) != 1 || strings.Join(p.Steps[0].Command, " ") != "/usr/sbin/scutil --renew en0" {
		t.Errorf("%v %+v %q", err, p, r.ran)
	}
}

// TestDHClientKeepsItsName: started anew it asks under the same name as before, and takes nothing else from a command line that anybody may
// have written.
func TestDHClientKeepsItsName(t *testing.T) {
	const df = "/var/lib/dhcp/dhclient6.eth0.leases"
	line := "dhclient -4 -v -i -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases -sf /tmp/evil -cf /tmp/evil -df " + df + " -df /etc/shadow -I eth0"
	c, _ := fake(t, "linux", map[string]string{"/run/dhclient.eth0.pid": "77\n", "/proc/77/comm": "dhclient\n", "/proc/77/cmdline": strings.ReplaceAll(line, " ", "\x00") + "\x00"}, "dhclient")
	d, ok := c.dhclient("eth0")
	if !ok {
		t.Fatal("it is not found")
	}
	all := c.dhclientCommands("eth0", d)
	if got, want := strings.Join(all[1], " "), "/usr/bin/dhclient -4 -nw -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases -i -df "+df+" -I eth0"; len(all) != 2 || got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestAnOldAddressProvesNothing: an address stays on the link until the box has answered, so that it only counts once the client has
// written down another answer.
func TestAnOldAddressProvesNothing(t *testing.T) {
	const lease = "/run/systemd/netif/leases/2"
	for _, answers := range []bool{false, true} {
		c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth, "/sys/class/net/eth0/ifindex": "2\n", lease: "ADDRESS=192.168.1.7\n"}, "networkctl")
		c.Bus = &fakeBus{owned: true}
		c.Addresses = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.7")} }
		if err := os.Chtimes(c.file(lease), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		c.Run = runnerFunc(func([]string) Ran {
			if answers {
				put(t, c.file(lease), "ADDRESS=192.168.1.7\n", 0o644)
			}
			return Ran{}
		})
		o, err := Run(context.Background(), "renew-address", "", yes(t, c))
		if err != nil || answers && o.Verified != facts.Yes || !answers && o.Verified != facts.Unknown {
			t.Errorf("the box answers %v: %v %+v", answers, err, o)
		}
	}
	m, _ := mac(t)
	m.Addresses = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.7")} }
	if o, err := Run(context.Background(), "renew-address", "", yes(t, m)); err != nil || o.Verified != facts.Unknown {
		t.Errorf("on a Mac: %v %+v", err, o)
	}
}

// clockRunner is timedatectl.
type clockRunner struct {
	fakeRunner
	ntp    string
	synced string // "": as ntp
}

func (r *clockRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	r.ran = append(r.ran, argv)
	switch line := strings.Join(argv[1:], " "); line {
	case "show --property=CanNTP --value":
		return Ran{Out: "yes\n"}
	case "show --property=NTP --value":
		return Ran{Out: r.ntp + "\n"}
	case "show --property=NTPSynchronized --value":
		if r.synced != "" {
			return Ran{Out: r.synced + "\n"}
		}
		return Ran{Out: r.ntp + "\n"}
	case "set-ntp true":
		r.ntp = "yes"
	case "set-ntp false":
		r.ntp = "no"
	}
	return Ran{}
}

func TestClockIsSet(t *testing.T) {
	for _, was := range []string{"no", "yes"} {
		c, _ := fake(t, "linux", nil, "timedatectl", "systemctl")
		r := &clockRunner{ntp: was}
		c.Run = r
		env := yes(t, c)
		off := 400 * time.Second
		env.Offset = func(context.Context) (time.Duration, error) {
			defer func() { off = 30 * time.Millisecond }()
			return off, nil
		}
		o, err := Run(context.Background(), "sync-clock", "", env)
		if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByFresh || r.ntp != "yes" {
			t.Fatalf("%v %+v", err, o)
		}
		if was == "yes" && !has(r.ran, "/usr/bin/systemctl", "try-restart", "systemd-timesyncd.service") {
			t.Errorf("%q", r.ran)
		}
		if rec, _ := env.Journal.Load(*o.ChangeID); rec.Change.Old[oldOffset] != "400.000" {
			t.Errorf("%+v", rec.Change.Old)
		}
		if list, _ := env.Journal.Changes(nil); len(list.Changes) != map[string]int{"no": 1, "yes": 0}[was] {
			t.Errorf("%+v", list)
		}
		if was == "no" {
			if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || r.ntp != "no" {
				t.Errorf("%v", err)
			}
		}
		off = 400 * time.Second
		env.Offset = func(context.Context) (time.Duration, error) { return off, nil }
		if o, err = Run(context.Background(), "sync-clock", "", env); err != nil || o.Verified != facts.No || r.ntp != was {
			t.Errorf("%v %+v", err, o)
		}
	}
	// The servers that tell the time are asked once before and twice after at most, however long the time service takes.
	c, _ := fake(t, "linux", nil, "timedatectl", "systemctl")
	slow := &clockRunner{ntp: "no", synced: "no"}
	c.Run, c.Settle = slow, 2500*time.Millisecond
	env, asked := yes(t, c), 0
	env.Offset = func(context.Context) (time.Duration, error) { asked++; return time.Hour, nil }
	if o, err := Run(context.Background(), "sync-clock", "", env); err != nil || o.Verified != facts.No || asked > 3 {
		t.Errorf("asked %d times: %v %+v", asked, err, o)
	}
	// What the system said before already proves nothing of this change.
	c, _ = fake(t, "linux", nil, "timedatectl", "systemctl")
	c.Run = &clockRunner{ntp: "yes", synced: "yes"}
	if o, err := Run(context.Background(), "sync-clock", "", yes(t, c)); err != nil || o.Verified != facts.Unknown {
		t.Errorf("%v %+v", err, o)
	}
	// Windows: w32tm ends with 0 when it reached no server, so that without a measurement nothing is claimed.
	c, run := fake(t, "windows", nil)
	c.Elevated, c.Dirs = true, []string{`C:\S`}
	run.answers["sc.exe"] = Ran{Exit: 1056}
	run.answers["w32tm.exe"] = Ran{Out: "The computer did not resync because no time data was available.\r\n"}
	o, err := Run(context.Background(), "sync-clock", "", yes(t, c))
	if err != nil || o.Verified != facts.Unknown || !has(run.ran, `C:\S\w32tm.exe`, "/resync", "/force") {
		t.Errorf("%v %+v %q", err, o, run.ran)
	}
}

// TestRuleThatCannotBeRead: where the chain cannot be listed nobody knows whether the rule is back, so that the undo stays on offer. A chain
// that is gone was loaded anew.
func TestRuleThatCannotBeRead(t *testing.T) {
	const rule = "inet filter output: ip daddr 203.0.113.9 drop # handle 5"
	for want, listing := range map[bool]Ran{true: {Exit: 1, Err: "Error: No such file or directory\nlist chain inet filter output\n"}, false: {Exit: -1, Fail: context.DeadlineExceeded}} {
		c, run := fake(t, "linux", nil, "nft")
		c.UID = 0
		run.answers["list chain"] = listing
		if err := runNFTRuleOn(context.Background(), c, []string{rule}, &helperAnswer{}); (err == nil) != want {
			t.Errorf("%+v: %v", listing, err)
		}
	}
}

func TestFirewallRuleOfWindows(t *testing.T) {
	const id, text = "{0AB4C9D3-0001-4B5E-8F77-000000000001}", "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Name=No shops|"
	c, _ := fake(t, "windows", nil)
	c.Elevated, c.Dirs = true, []string{`C:\S`}
	now := text
	c.Registry = func(_, key, value string) (string, bool) { return now, key == windowsRules && value == id }
	run := &ruleRunner{now: &now}
	c.Run = run
	env := yes(t, c)
	o, err := Run(context.Background(), "disable-firewall-rule", id+": "+text, env)
	if err != nil || o.Verified != facts.Yes || windowsRuleActive(now) || o.Plan.Vars["Rule"] != "No shops" {
		t.Fatalf("%v %+v", err, o)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || now != text {
		t.Errorf("%v %s", err, now)
	}
	run.ran = nil
	for _, h := range hostile {
		for _, rule := range []string{h, h + ": " + text, "{x}'; calc; ': " + text, id + ": v2.31|Action=Allow|Dir=Out|", id + ": v2.31|Action=Block|Dir=In|"} {
			if o, err := Run(context.Background(), "disable-firewall-rule", rule, env); err == nil {
				t.Errorf("%q: %+v", rule, o)
			}
		}
	}
	if len(run.ran) != 0 {
		t.Errorf("ran %q", run.ran)
	}
}

// ruleRunner is PowerShell with its firewall cmdlets.
type ruleRunner struct {
	fakeRunner
	now *string
}

func (r *ruleRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	r.ran = append(r.ran, argv)
	from, to := "Active=TRUE", "Active=FALSE"
	if strings.Contains(argv[len(argv)-1], "Enable-NetFirewallRule") {
		from, to = to, from
	}
	*r.now = strings.Replace(*r.now, from, to, 1)
	return Ran{}
}

// winHTTPList: what may well be a list of servers or of exceptions.
func winHTTPList(i int, h string) bool {
	return (MachineProxy{Servers: "a:1", Bypass: h}).valid() == nil && h != "" && (i == 1 || strings.Contains(h, ":"))
}

// TestHelperTakesNothingElse: every verb with every hostile word in every place is refused before anything is looked at or run.
func TestHelperTakesNothingElse(t *testing.T) {
	h64 := strings.Repeat("0", 64)
	good := map[string][]string{
		"hosts-comment": {"site.example", h64}, "hosts-restore": {"site.example", h64}, "mac-proxy": {"web", "Wi-Fi", "off"}, "resolv-conf-set": {"google", h64}, "resolv-conf-restore": {h64},
		"mac-dns": {"Wi-Fi", "8.8.8.8"}, "windows-dns": {aGUID, "8.8.8.8", "automatic"}, "nft-rule-off": {"inet filter output: tcp dport 443 drop # handle 3"},
		"nft-rule-on": {"inet filter output: tcp dport 443 drop # handle 3"}, "windows-rule": {"{A-1}", "off"}, "wg-quick": {"wg0", "down"}, "windows-renew": {"12"}, "dhclient-renew": {"eth0"}, "winhttp-proxy": {"http=127.0.0.1:9", "<local>"}, "clock-sync": {}, "flush-dns": {"resolved"},
		"card": {"eth0", "restart"}, "windows-adapter": {aGUID, "on"},
	}
	services := map[string]int{"mac-proxy": 1, "mac-dns": 0} // any name may be a service's: it is looked up in the system's own list
	for name, v := range verbs {
		args, ok := good[name]
		if !ok {
			t.Errorf("no test for %s", name)
			continue
		}
		if err := v.check(args); err != nil {
			t.Errorf("%s %q: %v", name, args, err)
		}
		if v.check(append(slices.Clone(args), "more")) == nil && name != "flush-dns" {
			t.Errorf("%s takes one more", name)
		}
		for i := range args {
			for _, h := range append([]string{"../x", "8.8.8.8,x", "fe80::1%eth0", "0.0.0.0", "224.0.0.1", "id", "/bin/sh", "on;id"}, hostile...) {
				bad := slices.Clone(args)
				bad[i] = h
				if name == "card" && i == 0 && validLink(h) { // it is looked up in the kernel's own list, and goes into no command
					continue
				}
				if at, any := services[name]; any && at == i && validService(h) == nil || (name == "wg-quick" || name == "dhclient-renew") && i == 0 && (h == "id" || h == "a..b" || h == "a-.example" || h == "0.0.0.0" || h == "224.0.0.1") ||
					name == "windows-rule" && i == 0 && blockrule.ValidID(h) == nil || name == "winhttp-proxy" && winHTTPList(i, h) || name == "hosts-comment" && i == 0 && h == "id" || name == "hosts-restore" && i == 0 && h == "id" {
					continue
				}
				if v.check(bad) == nil {
					t.Errorf("%s takes %q", name, bad)
				}
			}
		}
	}
	c, run := fake(t, "linux", nil)
	c.UID = 1000
	var out, complaints bytes.Buffer
	for name, args := range good {
		if status := helper(append([]string{name}, args...), c, &out, &complaints); status != 2 || out.Len() > 0 {
			t.Errorf("%s as a user: status %d", name, status)
		}
	}
	if len(run.ran) != 0 {
		t.Errorf("ran %q", run.ran)
	}
}
