package fix

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzRequest: whoever starts the helper may be any program of this user. What it accepts holds no word that a command could take for
// an option, a second line or a way out of a folder, and is accepted again as it stands.
func FuzzRequest(f *testing.F) {
	for name, v := range verbs {
		f.Add(name + "\n" + strings.Join(strings.Fields(v.usage), "\n"))
	}
	for _, s := range []string{"flush-dns\ndnsmasq,nscd\nsite.example", "mac-dns\nWi-Fi\n9.9.9.9,2620:fe::fe", "windows-dns\n{6A1F2D52-9B1C-4A35-8B0A-2F6CF0A1D001}\n9.9.9.9\nautomatic",
		"nft-rule-off\ninet filter output: ip daddr 10.66.0.1 drop # handle 4", "windows-rule\n{A1}\noff", "wg-quick\nwg0\ndown", "windows-renew\n12", "mac-proxy\nweb\nWi-Fi\noff",
		"hosts-comment\nsite.example\n" + strings.Repeat("a", hexHash), "resolv-conf-set\nquad9\n" + strings.Repeat("0", hexHash), "clock-sync"} {
		f.Add(s)
	}
	for _, h := range hostile {
		f.Add("wg-quick\n" + h + "\nup")
		f.Add("mac-dns\n" + h + "\nEmpty")
	}
	f.Fuzz(func(t *testing.T, s string) {
		args := strings.Split(s, "\n")
		_, rest, err := request(args)
		if err != nil {
			return
		}
		for _, a := range rest {
			if a == "" || a[0] == '-' || strings.ContainsAny(a, "\x00\n\r") || strings.Contains(a, "../") && args[0] != "nft-rule-off" && args[0] != "nft-rule-on" && args[0] != "mac-dns" && args[0] != "mac-proxy" {
				t.Errorf("%q: %q was accepted", args, a)
			}
		}
		if _, again, err := request(append([]string{args[0]}, rest...)); err != nil || !slices.Equal(again, rest) {
			t.Errorf("%q was accepted once: %v", args, err)
		}
	})
}

// options are every word with a dash that this program itself gives to a command.
var options = []string{"-t", "--active", "-g", "-f", "-a", "-n", "-c", "-i", "-e", "-s", "-HUP", "-flushcache", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "-Command", "--disable-internal-agent", "--nc", "--renew",
	"--property=NTP", "--value", "--type=service", "--state=active", "--plain", "--no-legend", "--no-pager", "--type=signal", "--session", "-sS", "-setdnsservers", "-getdnsservers", "-listnetworkserviceorder",
	"-setwebproxystate", "-setsecurewebproxystate", "-setsocksfirewallproxystate", "-setautoproxystate", "-setproxyautodiscovery", "-getwebproxy", "-getsecurewebproxy", "-getsocksfirewallproxy", "-getautoproxyurl",
	"-getproxyautodiscovery", "-getinfo", "--file", "--group", "--key", "-r", "-1"}

// byCommand are the fixes that are taken back by commands alone.
var byCommand = []string{"use-public-dns", "use-automatic-dns", "disconnect-vpn", "disable-firewall-rule", "renew-address", "sync-clock"}

// FuzzRecord: a record of the journal may have been written by anybody who can write in this person's folders. Taking it back runs
// nothing but this program's own commands, and hands no option to them.
func FuzzRecord(f *testing.F) {
	const id = "20260102T030405-0a1b2c3d"
	add := func(fix, old string) {
		f.Add([]byte(`{"schema":1,"id":"` + id + `","state":"applied","undoable":true,"change":{"id":"` + id + `","fix":"` + fix + `","old":{` + old + `}}}`))
	}
	add("use-public-dns", `"owner":"networkmanager","connection":"eth0","was":"10.0.0.1","wanted":"9.9.9.9"`)
	add("use-public-dns", `"owner":"resolved","connection":"eth0","was":"10.0.0.1 | lan ~corp.test","wanted":"9.9.9.9"`)
	add("use-automatic-dns", `"owner":"macos","connection":"Wi-Fi","was":"10.0.0.1","wanted":""`)
	add("disconnect-vpn", `"kind":"unit","id":"openvpn@-x.service","name":"x"`)
	add("disconnect-vpn", `"kind":"networkmanager","id":"`+aUUID+`","name":"x"`)
	add("disconnect-vpn", `"kind":"wg-quick","id":"-x","name":"x"`)
	add("disable-firewall-rule", `"rule":"inet filter output: ip daddr 10.66.0.1 drop # handle 4"`)
	add("sync-clock", `"ntp":"no"`)
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := filepath.Join(t.TempDir(), "journal")
		j, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		put(t, j.file(id), string(b), 0o600)
		r, err := j.Load(id)
		if err != nil {
			return
		}
		c, run := fake(t, "linux", map[string]string{"/etc/hosts": someHosts, "/etc/resolv.conf": "nameserver 10.0.0.1\n", "/proc/net/route": routeHead + viaEth}, "nmcli", "resolvectl", "nft", "systemctl", "wg-quick", "timedatectl",
			"gsettings", "networkctl")
		c.UID, c.Settle = 0, 1
		if slices.Contains(byCommand, r.Change.Fix) {
			_, _ = j.Undo(context.Background(), id, makers[r.Change.Fix](c)) // whether it succeeds is not asked here
		}
		for _, argv := range run.ran {
			if err := vet(argv); err != nil {
				t.Errorf("%q ran %q: %v", b, argv, err)
			}
			for _, a := range argv[1:] {
				if strings.HasPrefix(a, "-") && !slices.Contains(options, a) && !strings.HasPrefix(a, "--property=") {
					t.Errorf("%q gave %q the option %q", b, argv, a)
				}
			}
		}
		hosts, err := os.ReadFile(c.file("/etc/hosts"))
		if err != nil || string(hosts) != someHosts {
			t.Errorf("%q: the hosts file is now %q (%v)", b, hosts, err)
		}
	})
}

// FuzzEdited: what is commented out in a hosts file or a resolv.conf comes back byte for byte, also where somebody has added a line
// since.
func FuzzEdited(f *testing.F) {
	for _, s := range []string{someHosts, "nameserver 10.0.0.1\noptions edns0\nnameserver 10.0.0.2", "\xef\xbb\xbf10.0.0.1 site.example\r\n10.0.0.2 a site.example # x\r\n", "10.0.0.1 site.example\r", "10.0.0.1\tSITE.example.\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for name, off := range map[string]func(string) (bool, string){"hosts": naming("site.example"), "resolv.conf": func(line string) (bool, string) { return isNameserver(line), "nameserver 9.9.9.9" }} {
			changed, lines := commentOut(content, off)
			if len(lines) == 0 {
				if !bytes.Equal(changed, content) {
					t.Errorf("%s: %q without a line became %q", name, content, changed)
				}
				continue
			}
			if _, again := commentOut(changed, naming("site.example")); name == "hosts" && len(again) > 0 {
				t.Errorf("%q still names the host", changed)
			}
			if bytes.Contains(content, []byte("# passerelle ")) {
				continue // a line that looks like one of ours: whoever changes the file checks the hash, and does not begin
			}
			if back, n := restored(changed, hash(content)); !bytes.Equal(back, content) || n == 0 {
				t.Errorf("%s: %q became %q and then %q", name, content, changed, back)
			}
			if bytes.HasSuffix(content, []byte("\n")) {
				const added = "10.0.0.9 other.example\n"
				if back, _ := restored(append(bytes.Clone(changed), added...), hash(content)); string(back) != string(content)+added {
					t.Errorf("%s: with a line more, %q became %q", name, content, back)
				}
			}
		}
	})
}

// FuzzListings: what nmcli, systemctl, scutil, networksetup and resolv.conf print. Whatever is read off them may become an argument.
func FuzzListings(f *testing.F) {
	for _, s := range []string{aUUID + ":vpn:Bureau\\: Paris:eth0\n", "up0:connected (externally)\n", "openvpn-client@work.service loaded active running y\n", "nameserver fe80::1%eth0\n", "  InterfaceName : utun3\n",
		`* (Connected) ` + aUUID + ` VPN "x" [VPN:com.x]`, `{"names":["Bureau"]}`, "(1) Wi-Fi\n(Hardware Port: Wi-Fi, Device: en0)\n", "Link 3 (eth0): 9.9.9.9\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		nameservers(s)
		parsedAddrs(s)
		nmManages(s, "up0")
		nmForeign(s, "up0")
		all := slices.Concat(nmVPNs(s), unitVPNs(s), macVPNs(s))
		if list, err := windowsVPNs(s); err == nil {
			all = append(all, list...)
		}
		for _, v := range all {
			if err := v.valid(); err != nil || strings.HasPrefix(v.ID, "-") || strings.ContainsAny(v.ID, "\n\x00") {
				t.Errorf("%q gave %+v: %v", s, v, err)
			}
			if v.Link != "" && v.Kind != "rasdial" && !validLink(v.Link) {
				t.Errorf("%q gave the link %q", s, v.Link)
			}
		}
		if l := scutilLink(s); l != "" && !validLink(l) {
			t.Errorf("%q gave the link %q", s, l)
		}
	})
}
