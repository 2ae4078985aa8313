package fix

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

const site = "https://site.example/a?b=c"

func TestOpenOnLinux(t *testing.T) {
	for _, tt := range []struct {
		name, fix, arg string
		files          map[string]string
		tools          []string
		desktop        string // what xdg-settings says
		want           string // the command opened
		detail         string
		kind           error
	}{
		{name: "Firefox", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "firefox"}, desktop: "firefox.desktop", want: "/usr/bin/firefox --private-window " + site, detail: detailPrivate},
		{name: "Debian's Firefox", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "firefox-esr"}, desktop: "firefox-esr.desktop", want: "/usr/bin/firefox-esr --private-window " + site, detail: detailPrivate},
		{name: "Chrome", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "google-chrome-stable"}, desktop: "google-chrome.desktop", want: "/usr/bin/google-chrome-stable --incognito " + site, detail: detailPrivate},
		{name: "Edge", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "microsoft-edge"}, desktop: "microsoft-edge.desktop", want: "/usr/bin/microsoft-edge --inprivate " + site, detail: detailPrivate},
		{name: "Flatpak", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "flatpak", "firefox"}, desktop: "org.mozilla.firefox.desktop",
			files: map[string]string{"/var/lib/flatpak/app/org.mozilla.firefox/current": ""}, want: "/usr/bin/flatpak run org.mozilla.firefox --private-window " + site, detail: detailPrivate},
		{name: "Fedora's Firefox has the Flatpak's name", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "flatpak", "firefox"}, desktop: "org.mozilla.firefox.desktop",
			want: "/usr/bin/firefox --private-window " + site, detail: detailPrivate},
		{name: "Snap", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "firefox"}, desktop: "firefox_firefox.desktop", files: map[string]string{"/snap/bin/firefox": ""},
			want: "/snap/bin/firefox --private-window " + site, detail: detailPrivate},
		{name: "an unknown default", fix: "open-private-window", arg: site, tools: []string{"xdg-settings", "chromium"}, desktop: "dillo.desktop", want: "/usr/bin/chromium --incognito " + site, detail: detailPrivate2},
		{name: "only xdg-open", fix: "open-private-window", arg: site, tools: []string{"xdg-open"}, want: "/usr/bin/xdg-open " + site, detail: detailPlain},
		{name: "nothing", fix: "open-private-window", arg: site, kind: ErrImpossible},
		{name: "a second browser", fix: "open-other-browser", arg: site, tools: []string{"xdg-settings", "firefox", "chromium"}, desktop: "firefox.desktop", want: "/usr/bin/chromium " + site, detail: detailOther},
		{name: "no second browser", fix: "open-other-browser", arg: site, tools: []string{"xdg-settings", "firefox"}, desktop: "firefox.desktop", kind: ErrImpossible},
		{name: "the only browser, default unknown", fix: "open-other-browser", arg: site, tools: []string{"firefox"}, kind: ErrImpossible},
		{name: "portal", fix: "open-portal", tools: []string{"xdg-open"}, want: "/usr/bin/xdg-open " + PortalCheck, detail: detailAny},
		{name: "portal met", fix: "open-portal", arg: "http://192.168.1.1/login", tools: []string{"xdg-open"}, want: "/usr/bin/xdg-open http://192.168.1.1/login", detail: detailSignIn},
		{name: "portal that lies", fix: "open-portal", arg: "file:///etc/passwd", tools: []string{"xdg-open"}, kind: ErrArgument},
		{name: "GNOME network", fix: "open-settings", arg: "network", tools: []string{"gnome-control-center"}, want: "/usr/bin/gnome-control-center network", detail: "network"},
		{name: "GNOME clock", fix: "open-settings", arg: "clock", tools: []string{"gnome-control-center"}, want: "/usr/bin/gnome-control-center system", detail: "clock"},
		{name: "old GNOME clock", fix: "open-settings", arg: "clock", tools: []string{"gnome-control-center"}, files: map[string]string{"/usr/share/applications/gnome-datetime-panel.desktop": ""},
			want: "/usr/bin/gnome-control-center datetime", detail: "clock"},
		{name: "firewall-config", fix: "open-settings", arg: "firewall", tools: []string{"gnome-control-center", "firewall-config"}, want: "/usr/bin/firewall-config", detail: "firewall"},
		{name: "no firewall page", fix: "open-settings", arg: "firewall", tools: []string{"gnome-control-center"}, kind: ErrImpossible},
		{name: "KDE's page on GNOME", fix: "open-settings", arg: "proxy", tools: []string{"systemsettings"}, kind: ErrImpossible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, run := fake(t, "linux", tt.files, tt.tools...)
			get := c.Getenv
			c.Getenv = func(n string) string {
				if n == "XDG_CURRENT_DESKTOP" {
					return "ubuntu:GNOME"
				}
				return get(n)
			}
			run.answers["default-web-browser"] = Ran{Out: tt.desktop + "\n"}
			o, err := Run(context.Background(), tt.fix, tt.arg, Env{Computer: c}) // nobody to ask, no journal: it changes nothing
			if tt.kind != nil {
				if !errors.Is(err, tt.kind) || len(run.opened) != 0 {
					t.Errorf("%v, opened %q", err, run.opened)
				}
				return
			}
			if err != nil || len(run.opened) != 1 || strings.Join(run.opened[0], " ") != tt.want || o.Detail != tt.detail || !o.Done || ExitStatus(o, err) != 0 {
				t.Errorf("%v, opened %q, %+v", err, run.opened, o)
			}
		})
	}
}

func TestOpenWithoutDisplay(t *testing.T) {
	c, run := fake(t, "linux", nil, "xdg-open", "firefox", "gnome-control-center")
	c.Getenv = func(string) string { return "" }
	for _, tt := range [][2]string{{"open-private-window", site}, {"open-portal", ""}, {"open-settings", "network"}} {
		if o, err := Run(context.Background(), tt[0], tt[1], Env{Computer: c}); !errors.Is(err, ErrImpossible) || ExitStatus(o, err) != 1 {
			t.Errorf("%v: %v", tt, err)
		}
	}
	if len(run.opened) != 0 {
		t.Errorf("%q", run.opened)
	}
}

func TestOpenOnWindows(t *testing.T) {
	c, run := fake(t, "windows", nil)
	c.Root = ""
	exe := filepath.Join(t.TempDir(), "Mozilla Firefox") + `\firefox.exe`
	put(t, exe, "", 0o755)
	var shell []string
	c.OpenURI = func(uri string) error { shell = append(shell, uri); return nil }
	c.Registry = func(root, key, value string) (string, bool) {
		switch {
		case value == "ProgId":
			return "FirefoxURL-308046B0AF4A39CB", true
		case root == "HKLM" && strings.HasSuffix(key, `\firefox.exe`):
			return `"` + exe + `"`, true
		case root == "HKLM" && strings.HasSuffix(key, `\chrome.exe`):
			return `C:\Windows\System32\cmd.exe`, true // not what it should be
		}
		return "", false
	}
	if _, err := Run(context.Background(), "open-private-window", site, Env{Computer: c}); err != nil || !has(run.opened, exe, "--private-window", site) {
		t.Errorf("%v %q", err, run.opened)
	}
	if _, err := Run(context.Background(), "open-other-browser", site, Env{Computer: c}); !errors.Is(err, ErrImpossible) {
		t.Errorf("%v %q", err, run.opened)
	}
	for page, uri := range windowsPages {
		shell = nil
		if o, err := Run(context.Background(), "open-settings", page, Env{Computer: c}); err != nil || len(shell) != 1 || shell[0] != uri || !o.Done {
			t.Errorf("%s: %v %q", page, err, shell)
		}
	}
}

func TestOpenOnMac(t *testing.T) {
	c, run := fake(t, "darwin", map[string]string{"/Applications/Google Chrome.app/x": ""})
	c.Release = func() string { return "14.5" }
	run.answers["LSHandlers"] = Ran{Out: "(\n        {\n        LSHandlerPreferredVersions =         {\n            LSHandlerRoleAll = \"-\";\n        };\n        LSHandlerRoleAll = \"com.google.chrome\";\n        LSHandlerURLScheme = https;\n    },\n        {\n        LSHandlerRoleAll = \"com.apple.mail\";\n        LSHandlerURLScheme = mailto;\n    }\n)\n"}
	if _, err := Run(context.Background(), "open-private-window", site, Env{Computer: c}); err != nil || !has(run.opened, "/usr/bin/open", "-na", "Google Chrome", "--args", "--incognito", site) {
		t.Errorf("%v %q", err, run.opened)
	}
	if _, err := Run(context.Background(), "open-other-browser", site, Env{Computer: c}); err != nil || !has(run.opened, "/usr/bin/open", "-a", "Safari", site) {
		t.Errorf("%v %q", err, run.opened)
	}
	run.answers["LSHandlers"] = Ran{Exit: 1}
	if o, err := Run(context.Background(), "open-private-window", site, Env{Computer: c}); err != nil || o.Detail != detailSafari || !has(run.opened, "/usr/bin/open", site) {
		t.Errorf("%v %q %+v", err, run.opened, o)
	}
	if _, err := Run(context.Background(), "open-settings", "firewall", Env{Computer: c}); err != nil || !has(run.opened, "/usr/bin/open", macPages["firewall"]) {
		t.Errorf("%v %q", err, run.opened)
	}
	c.Release = func() string { return "12.7.6" }
	if _, err := Run(context.Background(), "open-settings", "proxy", Env{Computer: c}); err != nil || !has(run.opened, "/usr/bin/open", macOldPages["proxy"]) {
		t.Errorf("%v %q", err, run.opened)
	}
	if _, err := Run(context.Background(), "open-settings", "antivirus", Env{Computer: c}); !errors.Is(err, ErrImpossible) {
		t.Error(err)
	}
}

func TestPortalFromFacts(t *testing.T) {
	c, run := fake(t, "linux", nil, "xdg-open")
	all := &facts.Facts{Connectivity: []facts.Probe{{Portal: facts.Yes}, {Portal: facts.Yes, SignIn: "http://192.0.2.1/login"}}}
	if _, err := Run(context.Background(), "open-portal", "", Env{Computer: c, Facts: all}); err != nil || !has(run.opened, "/usr/bin/xdg-open", "http://192.0.2.1/login") {
		t.Errorf("%v %q", err, run.opened)
	}
	if yes, why := (openPortal{}).Applies(all); !yes || why != "fix.open-portal.why.portal" {
		t.Error(yes, why)
	}
	if yes, _ := (openPortal{}).Applies(&facts.Facts{Connectivity: all.Connectivity[:1]}); yes {
		t.Error("one witness is enough?")
	}
}

// words are the two files of sentences.
func words(t *testing.T, lang string) map[string]any {
	t.Helper()
	b, err := os.ReadFile("../../assets/" + lang + ".json")
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	m := map[string]any{} // a sentence, or its plural forms
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// keyLiteral finds the keys that the sources name as a whole.
var keyLiteral = regexp.MustCompile(`"((?:fix|risk)\.[a-z0-9.-]*[a-z0-9])"`)

// TestEveryKeyHasItsWords goes through the keys in the sources and those that are put together from parts.
func TestEveryKeyHasItsWords(t *testing.T) {
	keys := map[string]bool{}
	sources, _ := filepath.Glob("*.go")
	for _, s := range sources {
		if strings.HasSuffix(s, "_test.go") {
			continue
		}
		b, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range keyLiteral.FindAllStringSubmatch(string(b), -1) {
			keys[m[1]] = true
		}
	}
	keys[whyMay+".no-site"] = true
	for _, f := range AllOn(Local()) {
		w := Words(Plan{Fix: f.Name(), Risk: "none"})
		for _, k := range []string{w.Title, w.Changes, w.Keeps, w.Undo, w.Risk} {
			keys[k] = true
		}
	}
	for _, name := range Names() {
		f, _ := Get(name)
		if p, ok := f.(described); ok {
			if d, _ := p.describe(context.Background()); d.Opens {
				continue
			}
		}
		if name == "flush-dns" {
			continue
		}
		if name == "sync-clock" {
			keys["fix.sync-clock.done."+ByFresh] = true
		}
		for _, k := range []string{"summary", "done." + ByState, "done.not", "done.unknown"} {
			keys["fix."+name+"."+k] = true
		}
	}
	for _, why := range []string{"unknown", "vpn", "already", "works", "may-help"} {
		keys["fix.use-public-dns.why."+why] = true
	}
	for _, why := range []string{"unknown", "vpn", "already", "fixed"} {
		keys["fix.use-automatic-dns.why."+why] = true
	}
	for _, k := range nothingDetails {
		keys["fix."+k[0]+".changes."+k[1]] = true
	}
	outcome := func(name, detail string, o Outcome, opens bool) {
		o.Name, o.Detail, o.Plan.Opens = name, detail, opens
		keys[o.Key()] = true
	}
	for _, d := range []string{detailNone, detailOff, detailUnknown} {
		outcome("flush-dns", d, Outcome{Nothing: true}, false)
	}
	for _, d := range append([]string{detailNone, detailOff, detailUnknown, detailSeveral, detailWindows, detailMacOS}, flushOrder...) {
		keys[Words(Plan{Fix: "flush-dns", Detail: d}).Detail] = true
	}
	for _, v := range []Verification{{facts.Yes, ByCache}, {facts.Yes, ByFresh}, {facts.No, ByCache}, {facts.Unknown, ByNone}} {
		outcome("flush-dns", "resolved", Outcome{Verified: v.Verified, VerifiedBy: v.By}, false)
	}
	for _, d := range []string{detailPrivate, detailPrivate2, detailPlain, detailSafari} {
		outcome("open-private-window", d, Outcome{}, true)
	}
	outcome("open-other-browser", detailOther, Outcome{}, true)
	outcome("open-portal", detailSignIn, Outcome{}, true)
	outcome("open-portal", detailAny, Outcome{}, true)
	for _, p := range Pages {
		outcome("open-settings", p, Outcome{}, true)
		keys["fix.open-settings.cannot."+p] = true
	}
	for _, lang := range []string{"en", "fr"} {
		w := words(t, lang)
		for k := range keys {
			if w[k] == nil || w[k] == "" {
				t.Errorf("%s: no words for %s", lang, k)
			}
		}
	}
	t.Logf("%d keys", len(keys))
}

// nothingDetails are the plans that find nothing to do.
var nothingDetails = [][2]string{
	{"remove-hosts-entry", "none"}, {"turn-off-proxy", "none"}, {"turn-off-proxy", "elsewhere"}, {"use-public-dns", "already"}, {"use-automatic-dns", "already"},
	{"clear-browser-cache", "none"}, {"disconnect-vpn", "none"}, {"disconnect-vpn", "app"},
}

func TestListing(t *testing.T) {
	c, _ := fake(t, "linux", resolvedFiles, "resolvectl")
	c.Bus = &fakeBus{owned: true}
	list := listing(context.Background(), c, nil, nil)
	flush := func(l List) Listed {
		return l.Fixes[slices.IndexFunc(l.Fixes, func(f Listed) bool { return f.Name == "flush-dns" })]
	}
	b, _ := json.Marshal(flush(list))
	const want = `{"name":"flush-dns","applies":true,"why":"fix.flush-dns.why.may-help.no-site","needs_admin":false,"changes":"fix.flush-dns.changes","keeps":"fix.flush-dns.keeps","undo":"fix.flush-dns.undo","risk":"none","title":"fix.flush-dns.title","detail":"resolved"}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	if len(list.Fixes) != len(Names()) || list.Schema != 1 {
		t.Errorf("%+v", list)
	}
	c, _ = fake(t, "linux", nil)
	if f := flush(listing(context.Background(), c, nil, nil)); f.Applies || f.Why != whyNone || f.Changes != "fix.flush-dns.changes.none" {
		t.Errorf("%+v", f)
	}
}
