// GNOME's settings as the real dconf writes them, and the system bus with a real dbus-daemon.

package system

import (
	"bufio"
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"passerelle/checks/facts"
)

func TestDconfDatabase(t *testing.T) {
	b := sample(t, "dconf-user-manual.bin") // written by dconf-service 0.40
	r := computer(t, map[string]string{"home/u/.config/dconf/user": string(b)}, map[string]string{"HOME": "/home/u"})
	for address, want := range map[string]string{
		"https://shop.example/": "http://127.0.0.1:9", "http://shop.example/": "http://proxy.example:3128", "https://nas.lan/": "", "https://10.1.1.1/": "",
	} {
		if proxy, all := r.Proxy(context.Background(), page(address)); text(proxy) != want || len(all) != 1 || all[0].Source != "gnome" {
			t.Errorf("%s: %v %+v, want %q", address, proxy, all, want)
		}
	}
	for n := range len(b) { // cut anywhere: no panic
		dconfKeys(b[:n], "/")
	}
}

// TestGsettingsAsGNOMEWritesThem sets the real settings of a made-up person and reads them from the file.
func TestGsettingsAsGNOMEWritesThem(t *testing.T) {
	gsettings, err := exec.LookPath("gsettings")
	if err != nil {
		t.Skip("needs gsettings")
	}
	session, err := exec.LookPath("dbus-run-session")
	if err != nil {
		t.Skip("needs dbus-run-session")
	}
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME=", "GSETTINGS_BACKEND=")
	set := func(pairs ...string) {
		t.Helper()
		for i := 0; i < len(pairs); i += 3 {
			cmd := exec.Command(session, "--", gsettings, "set", pairs[i], pairs[i+1], pairs[i+2])
			cmd.Env = env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("gsettings does not work here: %v %s", err, out)
			}
		}
	}
	const proxy = "org.gnome.system.proxy"
	set(proxy+".https", "host", "127.0.0.1", proxy+".https", "port", "9", proxy, "ignore-hosts", "@as []", proxy, "mode", "manual")
	if _, err := os.Stat(filepath.Join(home, ".config/dconf/user")); err != nil {
		t.Skip("gsettings keeps its settings elsewhere than in dconf here")
	}
	read := func() (string, []facts.ProxySetting) {
		r := computer(t, nil, map[string]string{"HOME": home})
		r.Root = ""
		p, all := r.Proxy(context.Background(), page("https://localhost.example/"))
		return text(p), all
	}
	if got, all := read(); got != "http://127.0.0.1:9" {
		t.Errorf("manual: %q %+v", got, all)
	}
	set(proxy, "autoconfig-url", "http://pac.example/p.pac", proxy, "mode", "auto")
	if got, all := read(); got != "" || len(all) != 1 || all[0].PAC != "http://pac.example/p.pac" || all[0].Applies != facts.Unknown {
		t.Errorf("auto: %q %+v", got, all)
	}
	set(proxy, "mode", "none")
	if got, all := read(); got != "" || len(all) != 0 {
		t.Errorf("none: %q %+v", got, all)
	}
}

// An administrator's database has a say too: then gsettings is asked, which knows how they come together.
func TestAnAdministratorsDconf(t *testing.T) {
	r := computer(t, map[string]string{"etc/dconf/db/site": "…proxy/…", "usr/bin/gsettings": ""}, map[string]string{"HOME": "/home/u"})
	var asked string
	r.Run = func(_ context.Context, path string, args ...string) ([]byte, error) {
		asked = strings.TrimPrefix(path, r.Root) + " " + strings.Join(args, " ")
		return []byte("org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host 'p.example'\norg.gnome.system.proxy.https port 81\n"), nil
	}
	if proxy, _ := r.Proxy(context.Background(), page("https://shop.example/")); text(proxy) != "http://p.example:81" || asked != "/usr/bin/gsettings list-recursively org.gnome.system.proxy" {
		t.Errorf("%v by %q", proxy, asked)
	}
}

// startBus starts a bus of our own and gives its address.
func startBus(t *testing.T) string {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("needs dbus-daemon")
	}
	socket := filepath.Join(t.TempDir(), "bus")
	cmd := exec.Command(daemon, "--session", "--nofork", "--nopidfile", "--address=unix:path="+socket, "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("dbus-daemon: %v", err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Skipf("dbus-daemon: %v", err)
	}
	return "unix:path=" + socket
}

type firewallD struct{ panicking bool }

func (f firewallD) QueryPanicMode() (bool, *dbus.Error) { return f.panicking, nil }

func TestTheSystemBus(t *testing.T) {
	address := startBus(t)
	r := computer(t, map[string]string{"etc/resolv.conf": "nameserver 127.0.0.1\n"}, map[string]string{"DBUS_SYSTEM_BUS_ADDRESS": address})
	if list, ok := r.resolvers(context.Background()); !ok || resolverList(list) != "127.0.0.1@" {
		t.Errorf("without NetworkManager: %+v", list)
	}
	if f := r.firewalld(context.Background()); f != nil {
		t.Errorf("without firewalld: %+v", f)
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const nm = "org.freedesktop.NetworkManager"
	configuration := []map[string]dbus.Variant{ // as NetworkManager 1.42 gives it (os-samples/linux-nm-dnsmanager-dbus.txt)
		{"nameservers": dbus.MakeVariant([]string{"192.0.2.1", "2001:db8::53"}), "interface": dbus.MakeVariant("veth0"), "priority": dbus.MakeVariant(int32(100)), "vpn": dbus.MakeVariant(false)},
	}
	_, err = prop.Export(conn, "/org/freedesktop/NetworkManager/DnsManager", prop.Map{nm + ".DnsManager": {"Configuration": {Value: configuration}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.ExportWithMap(firewallD{true}, map[string]string{"QueryPanicMode": "queryPanicMode"}, "/org/fedoraproject/FirewallD1", "org.fedoraproject.FirewallD1"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{nm, "org.fedoraproject.FirewallD1"} {
		if _, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
	}
	list, ok := r.resolvers(context.Background())
	if want := "127.0.0.1@ 192.0.2.1@veth0 2001:db8::53@veth0"; !ok || resolverList(list) != want {
		t.Errorf("with NetworkManager: %s, want %s", resolverList(list), want)
	}
	if f := r.firewalld(context.Background()); f == nil || f.Enabled != facts.Yes || f.Rule == "" {
		t.Errorf("firewalld in panic: %+v", f)
	}
}

// A bus that accepts and says nothing holds nobody up.
func TestASilentBus(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	l, err := listenUnix(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := computer(t, nil, map[string]string{"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + socket})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := r.systemBus(ctx); err == nil || time.Since(start) > time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestStubOfResolved(t *testing.T) {
	r := computer(t, map[string]string{
		"etc/resolv.conf":                 "nameserver 127.0.0.53\noptions edns0 trust-ad\n",
		"run/systemd/resolve/resolv.conf": "nameserver 192.0.2.1\nnameserver 9.9.9.9\n",
	}, nil)
	s := r.Quick()
	if resolverList(s.Resolvers) != "127.0.0.53@ 192.0.2.1@ 9.9.9.9@" || s.Resolvers[1].Source != "resolved" || s.HostsDone {
		t.Errorf("%+v", s.Resolvers)
	}
	if s := computer(t, nil, nil).Quick(facts.Target{Host: "shop.example"}); !s.ResolversDone || len(s.Resolvers) != 0 || !s.HostsDone {
		t.Errorf("no files: %+v", s)
	}
	r = computer(t, map[string]string{"etc/hosts": "203.0.113.9 shop.example\n", "etc/os-release": "NAME=x\nPRETTY_NAME=\"Fedora Linux 42\"\n", "etc/ufw/ufw.conf": "ENABLED=yes\n"}, nil)
	r.UID = 1000
	full := r.Read(context.Background(), facts.Target{Host: "shop.example", URL: "https://shop.example/", Port: 443})
	if len(full.Hosts) != 1 || full.Hosts[0].Address != netip.MustParseAddr("203.0.113.9") || full.Release != "Fedora Linux 42" || !full.FirewallsDone || !full.ProxiesDone {
		t.Errorf("%+v", full)
	}
	if len(full.Firewalls) != 1 || full.Firewalls[0].Name != "ufw" || full.Firewalls[0].Enabled != facts.Yes {
		t.Errorf("%+v", full.Firewalls)
	}
}

func TestPipesAreNotRead(t *testing.T) {
	if _, err := readBounded("/dev/zero", 1<<20); err == nil {
		t.Error("/dev/zero was read")
	}
	p := filepath.Join(t.TempDir(), "big")
	os.WriteFile(p, make([]byte, 100), 0o600)
	if _, err := readBounded(p, 99); err == nil {
		t.Error("more than the limit was read")
	}
	if _, err := runProgram(context.Background(), "true"); err == nil {
		t.Error("a program was run by its bare name")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := runProgram(ctx, "/bin/sleep", "5"); err == nil || time.Since(start) > time.Second {
		t.Errorf("a slow program: %v after %v", err, time.Since(start))
	}
}
