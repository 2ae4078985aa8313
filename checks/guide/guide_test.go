package guide_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/assets"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/guide"
	"passerelle/checks/words"
)

// contract are the fixes that CONTRACT.md names.
var contract = strings.Fields("flush-dns use-public-dns use-automatic-dns remove-hosts-entry turn-off-proxy sync-clock renew-address disconnect-vpn clear-browser-cache disable-firewall-rule open-private-window open-other-browser open-portal open-settings restart-adapter")

var systems = []string{"windows", "darwin", "linux", "freebsd"}

// computers are what a system may say of itself: nothing, everything absent, everything there.
func computers(goos string) map[string]*facts.Facts {
	base := facts.Facts{Target: facts.Target{Host: "boutique.example", URL: "https://boutique.example/"}}
	unread, bare, full := base, base, base
	unread.System = facts.System{OS: goos}
	bare.System = facts.System{OS: goos, RoutesDone: true, ProxiesDone: true, FirewallsDone: true, Browser: "firefox", Browsers: []string{"firefox"}}
	full.System = facts.System{OS: goos, RoutesDone: true, Routes: []facts.Route{{Family: 4, Tunnel: true}}, ProxiesDone: true,
		Proxies: []facts.ProxySetting{{Source: "gnome", Applies: facts.Yes}}, FirewallsDone: true, Browser: "edge", Browsers: []string{"edge", "firefox"},
		Firewalls: []facts.Firewall{{Name: "Mur", Kind: "firewall", Enabled: facts.Yes}, {Name: "Garde", Kind: "antivirus", Enabled: facts.Yes}}}
	return map[string]*facts.Facts{"unread": &unread, "bare": &bare, "full": &full, "nothing": nil}
}

// abilities are what can be done: all, nothing, what needs no rights.
var abilities = map[string]func(string) bool{
	"all":  func(string) bool { return true },
	"none": nil,
	"some": func(n string) bool { return n == "flush-dns" || n == "open-private-window" },
}

func verdict(c decide.Cause) decide.Verdict {
	return decide.Verdict{Cause: c, Side: decide.SideOf(c), Vars: map[string]any{"Host": "boutique.example"}}
}

// TestEveryPath: every cause on every system in each language has at least one step beside the last; none is impossible there, all have
// words that read, and the last names whom to ask.
func TestEveryPath(t *testing.T) {
	n := 0
	for _, cause := range append(decide.Causes(), "never-heard-of") {
		for _, goos := range systems {
			for what, f := range computers(goos) {
				for able, can := range abilities {
					path := guide.Steps(verdict(cause), f, can, nil)
					where := fmt.Sprintf("%s on %s, %s, %s", cause, goos, what, able)
					if len(path) < 2 {
						t.Fatalf("%s: only %v", where, path)
					}
					for i, s := range path {
						if last := i == len(path)-1; s.Asks() != last {
							t.Errorf("%s: step %d of %d is %s", where, i+1, len(path), s.ID)
						}
						if guide.Index(path, s.ID) != i {
							t.Errorf("%s: %s stands there twice", where, s.ID)
						}
						if s.Fix != "" && (can == nil || !can(s.Fix) || !slices.Contains(contract, s.Fix)) {
							t.Errorf("%s: %s needs %q, which cannot be done", where, s.ID, s.Fix)
						}
						if s.Test == "" || (s.Test == guide.ByWitness) != (s.Witness != "") {
							t.Errorf("%s: %s is tested by %q at %q", where, s.ID, s.Test, s.Witness)
						}
						for _, lang := range []string{words.French, words.English} {
							n++
							reads(t, where+" in "+lang, words.New(lang).Guide(s), s)
						}
					}
				}
			}
		}
	}
	t.Logf("%d steps read", n)
}

// reads looks at a step's words.
func reads(t *testing.T, where string, g words.Guided, s guide.Step) {
	t.Helper()
	texts := map[string]string{"short": g.Short, "title": g.Title, "why": g.Why}
	if s.Fix == "" {
		texts["how"] = g.How
	}
	switch s.Test {
	case guide.ByWitness, guide.ByAnswer, guide.ByBrowser:
		texts["question"] = g.Ask
	}
	for name, text := range texts {
		if strings.TrimSpace(text) == "" || strings.Contains(text, "{{") || strings.Contains(text, "<no value>") || strings.Contains(text, "–") || strings.Contains(text, "  ") {
			t.Errorf("%s: the %s of %s reads %q", where, name, s.ID, text)
		}
	}
}

func TestMain(m *testing.M) {
	words.OnMissing = func(lang, key string) { panic("no words for " + key + " in " + lang) }
	m.Run()
}

// TestEveryBrowser: the steps in the browser are told for each one, with the addresses of its own pages.
func TestEveryBrowser(t *testing.T) {
	for _, b := range []struct{ id, family, scheme string }{
		{"firefox", "firefox", "about:"}, {"librewolf", "firefox", "about:"}, {"chrome", "chrome", "chrome://"}, {"chromium", "chrome", "chrome://"},
		{"brave", "chrome", "brave://"}, {"vivaldi", "chrome", "vivaldi://"}, {"opera", "chrome", "opera://"}, {"edge", "edge", "edge://"},
		{"safari", "safari", "Safari"}, {"epiphany", "any", ""}, {"org.example.Netscape", "any", ""}, {"", "any", ""},
	} {
		if got := guide.Family(b.id); got != b.family {
			t.Errorf("%q is of the family %s, want %s", b.id, got, b.family)
		}
		for _, goos := range systems {
			f := &facts.Facts{System: facts.System{OS: goos, Browser: b.id}}
			for _, id := range []guide.ID{guide.PrivateWindow, guide.Extensions, guide.Cookies, guide.EmptyCache, guide.UpdateBrowser} {
				s, ok := guide.One(id, verdict(decide.BrowserSide), f, nil)
				if !ok {
					t.Fatalf("%s with %q: not listed", id, b.id)
				}
				for _, lang := range []string{words.French, words.English} {
					g := words.New(lang).Guide(s)
					reads(t, b.id+" on "+goos, g, s)
					if id == guide.Extensions && !strings.Contains(g.How, b.scheme) {
						t.Errorf("%s with %s: %q", id, b.id, g.How)
					}
					for _, x := range []string{"chrome://", "edge://", "brave://", "about:"} {
						if strings.Contains(g.How, x) && x != b.scheme && b.family != "any" {
							t.Errorf("%s with %s names a page of another browser: %q", id, b.id, g.How)
						}
					}
				}
			}
		}
	}
}

func ids(path []guide.Step) (out []guide.ID) {
	for _, s := range path {
		out = append(out, s.ID)
	}
	return out
}

func TestUndeterminedHasTheFullList(t *testing.T) {
	path := ids(guide.Steps(verdict(decide.Undetermined), computers("windows")["full"], abilities["all"], nil))
	want := []guide.ID{guide.Reload, guide.PrivateWindow, guide.EmptyCache, guide.OtherBrowser, guide.OtherDevice, guide.OtherSites, guide.FlushDNS,
		guide.Firewall, guide.Antivirus, guide.VPNOff, guide.AskPerson}
	for _, id := range want {
		if !slices.Contains(path, id) {
			t.Errorf("no %s in %v", id, path)
		}
	}
}

func TestWhatIsNotThereIsNotListed(t *testing.T) {
	v := verdict(decide.Undetermined)
	path := ids(guide.Steps(v, computers("windows")["bare"], abilities["all"], nil))
	for _, id := range []guide.ID{guide.VPNOff, guide.Proxy, guide.Firewall, guide.Antivirus, guide.OtherBrowser} {
		if slices.Contains(path, id) {
			t.Errorf("%s is listed although there is none", id)
		}
	}
	off := *computers("windows")["full"]
	off.System.Firewalls = []facts.Firewall{{Name: "Mur", Kind: "firewall", Enabled: facts.No}}
	if slices.Contains(ids(guide.Steps(v, &off, nil, nil)), guide.Firewall) {
		t.Error("a firewall that is off already is to be paused")
	}
	for host, outside := range map[string]bool{"boutique.example": true, "192.168.1.1": false, "127.0.0.1": false, "localhost": false, "203.0.113.9": true} {
		f := &facts.Facts{Target: facts.Target{Host: host, URL: "https://" + host + "/"}}
		if got := slices.Contains(ids(guide.Steps(v, f, abilities["all"], nil)), guide.OtherDevice); got != outside {
			t.Errorf("%s: a phone on mobile data listed: %v", host, got)
		}
	}
	f := &facts.Facts{Target: facts.Target{Host: "127.0.0.1", Example: true}}
	for _, id := range ids(guide.Steps(verdict(decide.BadGateway), f, abilities["all"], nil)) {
		if slices.Contains([]guide.ID{guide.FlushDNS, guide.RestartBox, guide.VPNOff, guide.AskSite, guide.PublicDNS}, id) {
			t.Errorf("the built-in example offers %s", id)
		}
	}
	// A rule is switched off only where the verdict itself offers it, with that rule.
	v = verdict(decide.FirewallLocal)
	if p := ids(guide.Steps(v, computers("linux")["full"], abilities["all"], nil)); slices.Contains(p, guide.FirewallRule) {
		t.Error("a rule that was not read is to be switched off")
	}
	v.Actions = []decide.Action{{ID: decide.ActFix, Fix: "disable-firewall-rule", Arg: "r"}}
	if p := guide.Steps(v, computers("linux")["full"], abilities["all"], nil); p[0].ID != guide.FirewallRule || p[0].Arg != "r" {
		t.Errorf("the rule that was read is not offered: %+v", p[0])
	}
}

func TestOtherSitesTellWhereToGoOn(t *testing.T) {
	v, f := verdict(decide.Undetermined), computers("windows")["full"]
	order := func(told guide.Told) (box, browser int) {
		p := guide.Steps(v, f, abilities["all"], told)
		return guide.Index(p, guide.RestartBox), guide.Index(p, guide.OtherBrowser)
	}
	if box, browser := order(guide.Told{guide.OtherSites: guide.Opens}); box < browser {
		t.Error("other sites open, and the box comes before the browser")
	}
	if box, browser := order(guide.Told{guide.OtherSites: guide.Same}); box > browser {
		t.Error("nothing opens, and the browser comes before the box")
	}
}

func TestWhomToAsk(t *testing.T) {
	last := func(v decide.Verdict, f *facts.Facts) guide.ID {
		p := guide.Steps(v, f, nil, nil)
		return p[len(p)-1].ID
	}
	for cause, want := range map[decide.Cause]guide.ID{decide.BadGateway: guide.AskSite, decide.NoInternet: guide.AskProvider, decide.NoConnection: guide.AskPerson,
		decide.CaptivePortal: guide.AskPlace, decide.Undetermined: guide.AskPerson, decide.Works: guide.AskPerson} {
		if got := last(verdict(cause), nil); got != want {
			t.Errorf("%s ends with %s, want %s", cause, got, want)
		}
	}
	v := verdict(decide.ProxyBroken)
	v.Actions = []decide.Action{{ID: decide.ActFix, Fix: "turn-off-proxy"}, {ID: decide.ActContactIT}}
	if got := last(v, nil); got != guide.AskIT {
		t.Errorf("the verdict names IT, the path %s", got)
	}
}

func TestNext(t *testing.T) {
	path := guide.Steps(verdict(decide.BadGateway), nil, nil, nil)
	var over []guide.ID
	for range path {
		s, ok := guide.Next(path, over)
		if !ok || slices.Contains(over, s.ID) {
			t.Fatalf("after %v: %s %v", over, s.ID, ok)
		}
		over = append(over, s.ID)
	}
	if s, _ := guide.Next(path, over); !s.Asks() {
		t.Errorf("when all is over: %s", s.ID)
	}
	if _, ok := guide.Next(nil); ok {
		t.Error("an empty path has a next step")
	}
}

func TestForFix(t *testing.T) {
	for _, c := range []struct {
		fix, arg string
		want     guide.ID
	}{{"flush-dns", "", guide.FlushDNS}, {"open-settings", "firewall", guide.Firewall}, {"open-settings", "antivirus", guide.Antivirus},
		{"open-settings", "network", guide.Connect}, {"open-settings", "dns", ""}, {"", "", ""}, {"never-heard-of", "", ""}} {
		if got := guide.ForFix(c.fix, c.arg); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.fix, c.arg, got, c.want)
		}
	}
}

// TestNoWordsForNobody: every text of the guided path is met by somebody.
func TestNoWordsForNobody(t *testing.T) {
	raw, err := assets.Files.ReadFile("fr.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{"guide.ask": true}
	for _, goos := range systems {
		for _, browser := range []string{"firefox", "chrome", "chromium", "edge", "safari", "falkon"} {
			for _, shield := range []string{"ufw", "firewalld", "nftables"} {
				f := *computers(goos)["full"]
				f.System.Browser = browser
				f.System.Firewalls = append([]facts.Firewall{{Name: shield, Kind: "firewall", Enabled: facts.Yes}}, f.System.Firewalls...)
				v := verdict(decide.FirewallLocal)
				v.Actions = []decide.Action{{ID: decide.ActFix, Fix: "disable-firewall-rule", Arg: "r"}}
				for _, id := range guide.IDs() {
					for _, can := range abilities {
						s, ok := guide.One(id, v, &f, can)
						if !ok {
							continue
						}
						key := "guide." + string(id)
						for _, part := range []string{".short", ".title", ".why", ".ask", ".how", ".how." + s.Variant} {
							met[key+part] = true
						}
					}
				}
			}
		}
	}
	for key := range texts {
		if strings.HasPrefix(key, "guide.") && !met[key] {
			t.Errorf("nobody ever reads %s", key)
		}
	}
}

func TestTheVerdictsOwnFixComesFirst(t *testing.T) {
	v := verdict(decide.DNSServerDown)
	v.Actions = []decide.Action{{ID: decide.ActFix, Fix: "use-public-dns"}, {ID: decide.ActRestartBox}}
	path := ids(guide.Steps(v, computers("linux")["full"], abilities["all"], nil))
	if path[0] != guide.PublicDNS || !slices.Contains(path, guide.Reload) {
		t.Errorf("the verdict offers another DNS first, the path is %v", path)
	}
	seen := map[guide.ID]bool{}
	for _, id := range path {
		if seen[id] {
			t.Errorf("%s stands twice in %v", id, path)
		}
		seen[id] = true
	}
}
