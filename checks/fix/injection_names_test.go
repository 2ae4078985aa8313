package fix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Names that a computer, a server or a journal gives: of links, connections, services, VPNs, profiles, rules, browsers. Each holds
// this mark, so that it is found wherever it goes.
const mark = "zQz"

var hostileNames = []string{
	mark, mark + " two words", mark + "$(id)", mark + "`id`", mark + `"x"`, mark + "'x'", mark + ";calc", mark + "&calc", mark + "|sh", mark + "\nnew", mark + "%PATH%", mark + "\\x", "../" + mark, "/" + mark, "-" + mark,
	"--" + mark + "=1", mark + "*", "{" + mark + "}", mark + "\x00", mark + "\u202e", mark + strings.Repeat("a", 300), "é" + mark, "$" + mark, "@" + mark, mark + "' -or '1'='1", mark + `" & do shell script "id`,
}

// evilWorld is a computer on which everything has such a name.
type evilWorld struct {
	fakeRunner
	name string
}

// Run answers as the system's programs do.
func (w *evilWorld) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	w.ran = append(w.ran, argv)
	line := strings.Join(argv, " ")
	for _, r := range []struct{ asked, answer string }{
		{"-listnetworkserviceorder", "An asterisk (*) denotes that a network service is disabled.\n(1) " + w.name + "\n(Hardware Port: Wi-Fi, Device: en0)\n"},
		{"/sbin/route", "   route to: default\n  interface: en0\n"}, {"-getdnsservers", "There aren't any DNS Servers set.\n"}, {"-getproxyautodiscovery", "Auto Proxy Discovery: Off\n"},
		{"networksetup -get", "Enabled: Yes\nServer: " + w.name + "\nPort: 9\n"}, {"--nc list", "* (Connected)      " + aUUID + " PPP --> L2TP       \"" + w.name + "\"             [PPP:L2TP]\n"},
		{"UUID,TYPE,NAME,DEVICE", aUUID + ":vpn:" + w.name + ":" + w.name + "\n" + aUUID + ":wireguard:" + w.name + ":tun9\n"}, {"DEVICE,TYPE,STATE", w.name + ":wifi:connected\n"}, {"-f WIFI radio", "enabled\n"}, {"-getairportpower", "Wi-Fi Power (en0): On\n"}, {"GENERAL.DEFAULT", "yes\n"}, {"list-units", "openvpn@" + w.name + ".service loaded active running x\nwg-quick@" + w.name + ".service loaded active running x\n"},
		{"gsettings get", "'manual'\n"}, {"xdg-settings", w.name + ".desktop\n"}, {"xdg-mime", w.name + ".desktop\n"}, {"LSHandlers", "{\n LSHandlerRoleAll = \"" + w.name + "\";\n LSHandlerURLScheme = https;\n}\n"},
	} {
		if strings.Contains(line, r.asked) {
			return Ran{Out: r.answer}
		}
	}
	if strings.Contains(line, "powershell") {
		b, _ := json.Marshal(map[string]any{"names": []string{w.name}, "name": w.name})
		return Ran{Out: string(b)}
	}
	return Ran{Out: w.name + "\n"}
}

// evilDNS is a Windows whose adapter has such a name.
type evilDNS struct{ name string }

func (e evilDNS) Default() (Adapter, error) { return e.Adapter("") }
func (e evilDNS) Adapter(string) (Adapter, error) {
	return Adapter{GUID: "{" + aUUID + "}", Name: e.name, Index: 3, Servers: []netip.Addr{netip.MustParseAddr("192.168.1.1")}, Fixed4: e.name}, nil
}
func (evilDNS) Set(string, bool, string) error { return nil }

func evil(t *testing.T, system, name string) (*Computer, *evilWorld) {
	t.Helper()
	files := map[string]string{"/proc/net/route": routeHead + strings.ReplaceAll(viaEth, "eth0", name), resolvConf: "nameserver 192.168.1.254\noptions " + name + "\n", "/etc/hosts": "203.0.113.9 shop.example " + name + "\n",
		"/home/p/.profile": "export http_proxy=" + name + "\n", "/home/p/.config/kioslaverc": "[Proxy Settings]\nProxyType=1\nhttpProxy=" + name + "\n", "/Applications/Firefox.app/x": "", "/snap/bin/firefox": ""}
	if !strings.ContainsAny(name, "\x00/") && len(name) < 200 && runtime.GOOS != "windows" {
		files["/sys/class/net/"+name+"/type"] = "65534\n"
		files["/home/p/.cache/mozilla/firefox/"+name+"/cache2/entries/1"] = "x"
		files["/etc/wireguard/"+name+".conf"] = "[Interface]\n"
	}
	c, _ := fake(t, system, files, "pkexec", "nmcli", "systemctl", "gsettings", "xdg-settings", "xdg-open", "firefox", "chromium", "wg-quick", "resolvectl", "timedatectl", "networkctl", "dhclient", "nft", "ufw", "firewall-cmd", "flatpak", "gnome-control-center", "dbus-send")
	w := &evilWorld{name: name}
	c.Run = w
	c.Running = func(context.Context, []string) (bool, error) { return false, nil }
	c.Elevate = func(_ context.Context, argv []string) (int, error) { w.ran = append(w.ran, argv); return 1, nil }
	c.OpenURI = func(uri string) error { w.opened = append(w.opened, []string{uri}); return nil }
	c.Cards = &fakeCards{all: []Card{cable(name)}}
	c.Guard = func(program, kind, link string) (func(bool), error) {
		w.ran = append(w.ran, []string{program, "helper", watchWord, kind, link})
		return func(bool) {}, nil
	}
	if system == "windows" {
		c.UID, c.Dirs = -1, []string{`C:\Windows\System32`}
		c.Registry = func(_, _, value string) (string, bool) { return name, true }
		c.WinDNS = evilDNS{name}
	} else if runtime.GOOS != "windows" {
		helperHere(t, c)
	}
	return c, w
}

// oneArgument holds every command that ran or was opened against the rule: the name (its first line, where lines are read; with what
// systemd puts around a unit's) is a whole argument or none of it, never the program, never an option.
func oneArgument(t *testing.T, what, name string, commands [][]string) {
	t.Helper()
	for _, argv := range commands {
		if len(argv) == 0 {
			t.Errorf("%s: an empty command", what)
			continue
		}
		for i, a := range argv {
			line, _, _ := strings.Cut(name, "\n")
			whole := a == line || validVPNUnit(a) == nil && strings.Contains(a, "@"+name+".service")
			if strings.Contains(a, mark) && (!whole || i == 0 || strings.HasPrefix(a, "-") || strings.ContainsAny(a, "\x00\n")) {
				t.Errorf("%s: argument %d of %q", what, i, argv)
			}
		}
	}
}

// briefly is how long each fix gets: what waits for the network or a daemon has nothing to wait for here.
const briefly = 50 * time.Millisecond

// everywhere does f on a computer of each system on which everything is called thing, or the like.
func everywhere(t *testing.T, thing func(name string) string, f func(ctx func() context.Context, system, name string, c *Computer, w *evilWorld, env Env)) {
	t.Helper()
	names := hostileNames
	if os.Getenv("PASSERELLE_ALL") != "1" {
		names = names[:len(names)/2]
	}
	for _, system := range []string{"linux", "darwin", "windows"} {
		if runtime.GOOS == "windows" && system != "windows" {
			continue
		}
		for _, name := range names {
			c, w := evil(t, system, thing(name))
			var cancel context.CancelFunc
			ctx := func() (ctx context.Context) {
				if cancel != nil {
					cancel()
				}
				w.ran, w.opened = nil, nil
				ctx, cancel = context.WithTimeout(context.Background(), briefly)
				return ctx
			}
			f(ctx, system, name, c, w, yes(t, c))
			if cancel != nil {
				cancel()
			}
		}
	}
}

func itself(name string) string { return name }
func harmlessly(string) string  { return "harmless" }

// argumentOf is an argument with which each fix goes as far as it can.
var argumentOf = map[string]string{
	"remove-hosts-entry": "shop.example", "use-public-dns": "google", "open-private-window": "https://shop.example/", "open-other-browser": "https://shop.example/", "open-portal": "http://portal.example/", "open-settings": "proxy",
	"clear-browser-cache": "firefox", "disable-firewall-rule": `inet filter output: ip daddr 203.0.113.9 drop # handle 4`,
}

// TestNamesOfThisComputer: every fix, done and undone, on a computer on which everything has a hostile name.
func TestNamesOfThisComputer(t *testing.T) {
	reached := map[string]bool{}
	everywhere(t, itself, func(ctx func() context.Context, system, name string, _ *Computer, w *evilWorld, env Env) {
		env.Host = "shop.example"
		for _, fix := range Names() {
			within := ctx()
			o, _ := Run(within, fix, argumentOf[fix], env)
			if o.ChangeID != nil {
				_, _ = Undo(within, *o.ChangeID, env)
			}
			oneArgument(t, fmt.Sprintf("%s on %s with %q", fix, system, name), name, append(w.ran, w.opened...))
			reached[fix] = reached[fix] || len(w.ran)+len(w.opened) > 0 || o.Done
		}
	})
	for _, fix := range Names() {
		if !reached[fix] && runtime.GOOS != "windows" {
			t.Errorf("%s never came to do anything: the test says nothing of it", fix)
		}
	}
}

// TestArgumentsOfEveryFix: the argument itself is hostile, as typed or as a server's page gave it.
func TestArgumentsOfEveryFix(t *testing.T) {
	everywhere(t, harmlessly, func(ctx func() context.Context, system, name string, _ *Computer, w *evilWorld, env Env) {
		env.Host = name
		for _, fix := range Names() {
			for _, arg := range []string{name, "https://shop.example/" + name, "https://" + name + "/", "shop.example " + name, "inet filter output: ip daddr 203.0.113.9 " + name + " drop # handle 4",
				"inet " + name + " output: drop # handle 4", "{" + name + "}: v2.31|Action=Block|Dir=Out|Name=" + name + "|"} {
				_, _ = Run(ctx(), fix, arg, env)
				for _, argv := range append(w.ran, w.opened...) {
					for i, a := range argv {
						switch {
						case !strings.Contains(a, mark):
						case strings.HasPrefix(a, "https://"): // an address that was validated, alone
							if i == 0 && len(argv) > 1 || strings.ContainsAny(a, " \"'`|<>^\\{}\n\x00\u202e") {
								t.Errorf("%s on %s: %q", fix, system, argv)
							}
						case i > 0 && a == parsedRule(a): // a rule, which the helper reads again by itself
						default:
							t.Errorf("%s on %s with %q: argument %d of %q", fix, system, arg, i, argv)
						}
					}
				}
			}
		}
	})
}

// parsedRule is a firewall rule as this program writes it, "" where it is none.
func parsedRule(s string) string {
	if n, err := parseNFTRule(s); err == nil {
		return n.String()
	}
	return ""
}

// TestJournalsThatAreHostile: a journal lies where any program of this person may write. What it says was there is read as data.
func TestJournalsThatAreHostile(t *testing.T) {
	keys := []string{oldOwner, oldConnection, oldWas, oldRule, oldID, oldFolders, oldBytes, oldAnswer, oldSize, oldCount, placePrefix + "web Wi-Fi", placePrefix + gnomeProxy{}.id(), placePrefix + kdeProxy{}.id(), placePrefix + winINET{}.id()}
	owners := []string{"networkmanager", "resolved", "resolv.conf", "macos", "windows"}
	everywhere(t, harmlessly, func(ctx func() context.Context, system, name string, c *Computer, w *evilWorld, _ Env) {
		for _, fix := range Names() {
			for _, owner := range append(owners, name) {
				old := map[string]string{}
				for _, k := range keys {
					old[k] = name
				}
				old[placePrefix+"web "+name], old[placePrefix+name] = "on", "on"
				old[oldOwner] = owner
				f, _ := GetOn(c, fix)
				_ = f.Undo(ctx(), Change{ID: name, Fix: fix, Arg: name, Host: name, Old: old})
				oneArgument(t, fmt.Sprintf("undoing %s on %s with %q", fix, system, name), name, append(w.ran, w.opened...))
			}
		}
	})
}

// goodRequests has each verb of the helper with arguments that it takes, and its system.
var goodRequests = map[string]struct {
	system string
	args   []string
}{
	"flush-dns": {"linux", []string{"nscd", "shop.example"}}, "hosts-comment": {"linux", []string{"shop.example", zeros}}, "hosts-restore": {"linux", []string{"shop.example", zeros}},
	"mac-proxy": {"darwin", []string{"web", "Wi-Fi", "off"}}, "resolv-conf-set": {"linux", []string{"google", zeros}}, "resolv-conf-restore": {"linux", []string{zeros}}, "mac-dns": {"darwin", []string{"Wi-Fi", "1.1.1.1"}},
	"windows-dns": {"windows", []string{"{" + aUUID + "}", "1.1.1.1", "automatic"}}, "nft-rule-off": {"linux", []string{"inet filter output: ip daddr 203.0.113.9 drop # handle 4"}},
	"nft-rule-on": {"linux", []string{"inet filter output: ip daddr 203.0.113.9 drop # handle 4"}}, "windows-rule": {"windows", []string{"Some-Rule", "off"}}, "wg-quick": {"linux", []string{"wg0", "down"}},
	"windows-renew": {"windows", []string{"3"}}, "clock-sync": {"linux", nil}, "dhclient-renew": {"linux", []string{"eth0"}}, "winhttp-proxy": {"windows", []string{"127.0.0.1:9", "<local>"}},
	"card": {"linux", []string{"eth0", "restart"}}, "windows-adapter": {"windows", []string{"{" + aUUID + "}", "restart"}},
}

var zeros = strings.Repeat("0", hexHash)

// TestEveryVerbOfTheHelper: as root, each argument of each verb in turn is hostile; and no such word is a verb.
func TestEveryVerbOfTheHelper(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: the verbs of Linux and macOS want their paths")
	}
	for verb := range verbs {
		good, ok := goodRequests[verb]
		if !ok {
			t.Errorf("%s is not tried", verb)
			continue
		}
		if _, _, err := request(append([]string{verb}, good.args...)); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
		c, w := evil(t, good.system, "harmless")
		c.UID, c.Elevated = 0, true
		for _, name := range append(slices.Clone(hostile), hostileNames...) {
			marked := name
			if !strings.Contains(name, mark) {
				marked = mark + name
			}
			requests := [][]string{append([]string{verb}, append(slices.Clone(good.args), marked)...), append([]string{marked}, good.args...), {verb + marked}}
			for i := range good.args {
				for _, spoilt := range []string{marked, good.args[i] + marked, marked + good.args[i]} {
					r := append([]string{verb}, good.args...)
					r[i+1] = spoilt
					requests = append(requests, r)
				}
			}
			for _, r := range requests {
				w.ran = nil
				var out, complaints bytes.Buffer
				status := helper(r, c, &out, &complaints)
				if r[0] != verb && (status != 2 || len(w.ran) > 0) {
					t.Errorf("%q is taken for a verb: status %d, ran %q", r, status, w.ran)
				}
				oneArgument(t, fmt.Sprintf("%q", r), r[slices.IndexFunc(r, func(a string) bool { return strings.Contains(a, mark) })], w.ran)
				for _, argv := range w.ran {
					if base := filepath.Base(strings.ReplaceAll(argv[0], `\`, "/")); !slices.Contains(vocabulary, strings.TrimSuffix(base, ".exe")) {
						t.Errorf("%q: ran %q", r, argv)
					}
				}
			}
		}
	}
}
