package fix

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

const aProfile = "# ~/.profile\nexport PATH=$PATH:/opt/bin\nexport http_proxy=\"http://u:p@127.0.0.1:3128/\" https_proxy=http://127.0.0.1:3128 # why\nexport HTTPS_PROXY=$http_proxy\n" +
	"if true; then\n\texport all_proxy='socks5://127.0.0.1:1080'\nfi\nno_proxy=localhost\nexport ftp_proxy=a PATH=b\n"

const aKioslaverc = "[$Version]\nupdate_info=x\n\n[Proxy Settings]\nNoProxyFor=\nProxyType=1\nhttpProxy=http://127.0.0.1 3128\n\n[Other]\nProxyType=7\n"

// files gives the content of every file below a computer's root.
func files(t *testing.T, c *Computer) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(c.Root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, err := os.ReadFile(path)
			all[filepath.ToSlash(strings.TrimPrefix(path, c.Root))] = string(b)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestProxyIsTurnedOffInThePersonsFiles(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{
		"/home/p/.profile": aProfile, "/home/p/.config/kioslaverc": aKioslaverc, "/home/p/.config/environment.d/50-proxy.conf": "HTTP_PROXY=http://127.0.0.1:3128\n",
		"/home/p/.bashrc": "alias ll='ls -l'\n",
	})
	before := files(t, c)
	env := yes(t, c)
	o, err := Run(context.Background(), "turn-off-proxy", "", env)
	if err != nil || o.Verified != facts.Yes || o.VerifiedBy != ByState {
		t.Fatalf("%v %+v", err, o)
	}
	after := files(t, c)
	mark := commented([]byte(aProfile))
	profile := after["/home/p/.profile"]
	for _, want := range []string{mark + "export http_proxy=", "\t:" + insteadEnd([]byte(aProfile)) + "\n" + mark + "\texport all_proxy=", mark + "export HTTPS_PROXY=$http", "\nno_proxy=localhost\n", "\nexport ftp_proxy=a PATH=b\n", "\nexport PATH="} {
		if !strings.Contains(profile, want) {
			t.Errorf("no %q in\n%s", want, profile)
		}
	}
	if !strings.Contains(after["/home/p/.config/kioslaverc"], "ProxyType=0\nhttpProxy=http://127.0.0.1 3128\n") || !strings.Contains(after["/home/p/.config/kioslaverc"], "ProxyType=7") {
		t.Errorf("kioslaverc:\n%s", after["/home/p/.config/kioslaverc"])
	}
	if !strings.HasPrefix(after["/home/p/.config/environment.d/50-proxy.conf"], "# passerelle ") {
		t.Error("environment.d")
	}
	for _, s := range o.Steps {
		if strings.Contains(s.String()+s.Output, "u:p") {
			t.Errorf("a password in a step: %s", s)
		}
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil {
		t.Fatal(err)
	}
	if after = files(t, c); !maps.Equal(before, after) {
		t.Errorf("after the undo:\n%q\nwant\n%q", after, before)
	}
}

func TestProxyElsewhereIsTold(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/etc/environment": "http_proxy=http://proxy.corp:3128\n", "/home/p/.bashrc": "[ -x /a ] && export https_proxy=$(cat /x)\n"})
	home := c.Getenv
	c.Getenv = func(n string) string {
		if n == "http_proxy" {
			return "http://proxy.corp:3128"
		}
		return home(n)
	}
	before := files(t, c)
	o, err := Run(context.Background(), "turn-off-proxy", "", yes(t, c))
	if err != nil || !o.Nothing || o.Detail != "elsewhere" || o.Plan.Vars["Where"] != "/etc/environment, /home/p/.bashrc" {
		t.Errorf("%v %+v %v", err, o, o.Plan.Vars)
	}
	if !maps.Equal(before, files(t, c)) {
		t.Error("something was changed")
	}
}

func TestShellLinesThatAreNotJustAProxy(t *testing.T) {
	is := setsProxy(true)
	for _, line := range []string{"export http_proxy=$(cat x)", "http_proxy=a; rm x", "http_proxy=a cmd", "echo http_proxy=a", "# http_proxy=a", "http_proxy=a \\", "export http_proxy=`x`", "PATH=x http_proxy=y", "unset http_proxy", `http_proxy="a`, "http_proxy=a && b", "http_proxy=a | b"} {
		if yes, _ := is(line); yes {
			t.Errorf("%q is taken for an assignment alone", line)
		}
		is = setsProxy(true)
	}
	is = setsProxy(true)
	is(`echo \`)
	if yes, _ := is("http_proxy=a"); yes {
		t.Error("a line that goes on the one before is taken")
	}
	if yes, before := setsProxy(false)("http_proxy DEFAULT=http://a:1"); !yes || before != "" {
		t.Error("pam_environment")
	}
}

// gnomeRunner is gsettings with a value that can refuse to change.
type gnomeRunner struct {
	fakeRunner
	mode   string
	refuse bool
}

func (g *gnomeRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	g.ran = append(g.ran, argv)
	switch {
	case slices.Contains(argv, "get"):
		return Ran{Out: "'" + g.mode + "'\n"}
	case slices.Contains(argv, "set") && !g.refuse:
		g.mode = argv[len(argv)-1]
	}
	return Ran{} // gsettings ends with 0 also where it could not write
}

func TestGnomeThatDoesNotWriteIsPutBack(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/home/p/.profile": "http_proxy=http://127.0.0.1:1\n"}, "gsettings")
	g := &gnomeRunner{mode: "manual", refuse: true}
	c.Run = g
	before := files(t, c)
	env := yes(t, c)
	o, err := Run(context.Background(), "turn-off-proxy", "", env)
	if err == nil || o.Done || !maps.Equal(before, files(t, c)) {
		t.Errorf("%v %+v", err, o)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("left to undo: %+v", list)
	}
	g.refuse = false
	if o, err = Run(context.Background(), "turn-off-proxy", "", env); err != nil || o.Verified != facts.Yes || g.mode != "none" {
		t.Errorf("%v %+v", err, o)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || g.mode != "manual" || !maps.Equal(before, files(t, c)) {
		t.Errorf("%v %s", err, g.mode)
	}
}

func TestKDEThatIsLocked(t *testing.T) {
	for _, text := range []string{"[Proxy Settings][$i]\nProxyType=1\n", "[Proxy Settings]\nProxyType[$i]=1\n"} {
		if at, v, locked := kdeValue([]byte(text)); !locked || v != "1" || text[at] != '1' {
			t.Errorf("%q: %d %q %v", text, at, v, locked)
		}
	}
	if at, _, _ := kdeValue([]byte("[Proxy Settings]\nhttpProxy=ProxyType=1\n")); at != -1 {
		t.Error("a value is taken for the key")
	}
}

// fakeInternet is WinINET.
type fakeInternet struct {
	InternetSettings
	err error
}

func (f *fakeInternet) Read() (InternetSettings, error) { return f.InternetSettings, nil }
func (f *fakeInternet) Write(s InternetSettings) error {
	if f.err == nil {
		f.InternetSettings = s
	}
	return f.err
}

func TestProxyOfWindows(t *testing.T) {
	was := InternetSettings{Flags: 11, Server: "http=127.0.0.1:9;https=127.0.0.1:9", Bypass: "<local>", PAC: ""}
	x := &fakeInternet{InternetSettings: was}
	c, _ := fake(t, "windows", nil)
	c.WinProxy = x
	env := yes(t, c)
	o, err := Run(context.Background(), "turn-off-proxy", "", env)
	if err != nil || o.Verified != facts.Yes || x.Flags != 9 || x.Server != was.Server || x.Bypass != was.Bypass {
		t.Fatalf("%v %+v %+v", err, o, x)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || x.InternetSettings != was {
		t.Errorf("%v %+v", err, x)
	}
	x.err = errors.New("policy")
	if o, err := Run(context.Background(), "turn-off-proxy", "", env); err == nil || x.InternetSettings != was {
		t.Errorf("%+v", o)
	}
	x.Flags = 1
	if o, _ := Run(context.Background(), "turn-off-proxy", "", env); !o.Nothing {
		t.Errorf("%+v", o)
	}
}

// sample reads one of the recorded outputs, without its first line.
func sample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n")
	return rest
}

// macRunner is networksetup, with the recorded lists and a state of its own.
type macRunner struct {
	fakeRunner
	t      *testing.T
	states map[string]string // -setwebproxystate → on
	dns    string
	admin  bool // refuses, as for a standard account
}

func (m *macRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	m.ran = append(m.ran, argv)
	switch {
	case strings.HasSuffix(argv[0], "osascript"):
		return Ran{Exit: 1, Err: sample(m.t, "macos-osascript-cancelled-es")}
	case strings.HasSuffix(argv[0], "route"):
		return Ran{Out: sample(m.t, "macos-route-n-get-default-on-a-french-mac")}
	case strings.HasSuffix(argv[0], "scutil"):
		return Ran{Out: sample(m.t, "macos-scutil-dns-en-macos26")}
	case argv[1] == "-listnetworkserviceorder":
		return Ran{Out: sample(m.t, "macos-networksetup-listnetworkserviceorder-en")}
	case argv[2] != "Wi-Fi":
		return Ran{Out: sample(m.t, "macos-networksetup-unknown-service-en"), Exit: 4}
	case argv[1] == "-getdnsservers":
		if m.dns == "" {
			return Ran{Out: sample(m.t, "macos-networksetup-getdnsservers-none-en")}
		}
		return Ran{Out: strings.ReplaceAll(m.dns, " ", "\n") + "\n"}
	case m.admin && strings.HasPrefix(argv[1], "-set"):
		return Ran{Out: sample(m.t, "macos-networksetup-needs-admin-en"), Exit: 14}
	case argv[1] == "-setdnsservers":
		m.dns = strings.Join(argv[3:], " ")
		if m.dns == "Empty" {
			m.dns = ""
		}
		return Ran{}
	}
	for _, k := range macProxyKinds {
		switch argv[1] {
		case k.Set:
			m.states[k.Set] = argv[3]
			return Ran{}
		case k.Get:
			if m.states[k.Set] == "on" {
				return Ran{Out: sample(m.t, "macos-networksetup-getwebproxy-on-en")}
			}
			return Ran{Out: sample(m.t, "macos-networksetup-getwebproxy-off-en")}
		}
	}
	m.t.Errorf("unexpected %q", argv)
	return Ran{Exit: 1}
}

func mac(t *testing.T) (*Computer, *macRunner) {
	c, _ := fake(t, "darwin", nil)
	m := &macRunner{t: t, states: map[string]string{"-setwebproxystate": "on", "-setautoproxystate": "on"}}
	c.Run = m
	return c, m
}

func TestProxyOfMacOS(t *testing.T) {
	c, m := mac(t)
	env := yes(t, c)
	was := maps.Clone(m.states)
	o, err := Run(context.Background(), "turn-off-proxy", "", env)
	if err != nil || o.Verified != facts.Yes || m.states["-setwebproxystate"] != "off" || m.states["-setautoproxystate"] != "off" || m.states["-setsocksfirewallproxystate"] != "" {
		t.Fatalf("%v %+v %v", err, o, m.states)
	}
	if !has(m.ran, networksetup, "-setwebproxystate", "Wi-Fi", "off") {
		t.Errorf("%q", m.ran)
	}
	if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || !maps.Equal(m.states, was) {
		t.Errorf("%v %v", err, m.states)
	}
	// A standard account: through the prompt, which is closed.
	m.admin = true
	helperHere(t, c)
	o, err = Run(context.Background(), "turn-off-proxy", "", env)
	if !errors.Is(err, ErrRefused) || !maps.Equal(m.states, was) {
		t.Errorf("%v %+v", err, o)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("left to undo: %+v", list)
	}
}

func TestMacServiceNamesThatAreHostile(t *testing.T) {
	for _, name := range hostile {
		c, m := mac(t)
		for _, ch := range []Change{{Fix: "turn-off-proxy", Old: map[string]string{placePrefix + "web " + name: "on"}}, {Fix: "use-public-dns", Old: map[string]string{oldOwner: "macos", oldConnection: name, oldWas: "1.1.1.1"}}} {
			f, _ := GetOn(c, ch.Fix)
			if err := f.Undo(context.Background(), ch); err == nil {
				t.Errorf("%q is taken for a service", name)
			}
		}
		for _, argv := range m.ran {
			if strings.HasPrefix(argv[1], "-set") {
				t.Errorf("%q: ran %q", name, argv)
			}
		}
	}
}
