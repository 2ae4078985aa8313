package words

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"passerelle/assets"
	"passerelle/checks/decide"
)

func TestMain(m *testing.M) {
	var mu sync.Mutex
	missing := map[string]bool{}
	OnMissing = func(lang, key string) {
		mu.Lock()
		defer mu.Unlock()
		missing[lang+" "+key] = true
	}
	code := m.Run()
	delete(missing, "fr no.such.key")
	delete(missing, "en no.such.key")
	if len(missing) > 0 {
		println("keys without words:", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
		code = 1
	}
	os.Exit(code)
}

// texts is one language's file, every form of every key.
func texts(t *testing.T, lang string) map[string][]string {
	t.Helper()
	raw, err := assets.Files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for key, v := range file {
		switch x := v.(type) {
		case string:
			out[key] = []string{x}
		case map[string]any:
			one, _ := x["one"].(string)
			other, _ := x["other"].(string)
			if one == "" || other == "" || len(x) != 2 {
				t.Errorf("%s %s: a counted text has the forms one and other", lang, key)
			}
			out[key] = []string{one, other}
		default:
			t.Errorf("%s %s: %T", lang, key, v)
		}
	}
	return out
}

func TestBothLanguagesHaveTheSame(t *testing.T) {
	en, fr := texts(t, English), texts(t, French)
	for key := range en {
		if _, ok := fr[key]; !ok {
			t.Errorf("%s: no French", key)
		}
	}
	for key, forms := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s: no English", key)
			continue
		}
		f, e := variablesOf(t, key, forms), variablesOf(t, key, en[key])
		if !slices.Equal(f, e) {
			t.Errorf("%s: French has %v, English has %v", key, f, e)
		}
	}
}

func variablesOf(t *testing.T, key string, forms []string) []string {
	t.Helper()
	all := map[string]bool{}
	for _, f := range forms {
		names, err := Variables(f)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		for _, n := range names {
			all[n] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestEveryCodeHasWords(t *testing.T) {
	en := New(English)
	var keys []string
	for _, c := range decide.Causes() {
		keys = append(keys, "cause."+string(c)+".title", "cause."+string(c)+".text")
	}
	for _, a := range []decide.ActionID{decide.ActRetryLater, decide.ActFix, decide.ActOpenPortal, decide.ActPrivateWindow, decide.ActOtherBrowser, decide.ActOtherDevice, decide.ActRestartBox,
		decide.ActContactSite, decide.ActContactISP, decide.ActContactIT, decide.ActSavedCopy, decide.ActAskOutside, decide.ActCheckSpelling, decide.ActUpdateBrowser, decide.ActExtensions} {
		keys = append(keys, "action."+string(a), "action."+string(a)+".how")
	}
	for _, f := range strings.Fields("flush-dns use-public-dns use-automatic-dns remove-hosts-entry turn-off-proxy sync-clock renew-address disconnect-vpn clear-browser-cache disable-firewall-rule open-private-window open-other-browser open-portal open-settings restart-adapter") {
		keys = append(keys, "action.fix."+f, "action.fix."+f+".how")
	}
	for _, s := range strings.Fields("firewall antivirus proxy dns clock network") {
		keys = append(keys, "action.fix.open-settings."+s)
	}
	for _, h := range []decide.HopID{decide.HopComputer, decide.HopProxy, decide.HopVPN, decide.HopRouter, decide.HopProvider, decide.HopDNS, decide.HopGateway, decide.HopOrigin} {
		keys = append(keys, "hop."+string(h), "hop."+string(h)+".short")
	}
	for _, s := range []decide.State{decide.StateOK, decide.StateProblem, decide.StateWarning, decide.StateUnknown} {
		keys = append(keys, "state."+string(s))
	}
	for _, s := range []decide.Side{decide.SideWorks, decide.SideYou, decide.SideNetwork, decide.SideSite, decide.SideUnknown} {
		keys = append(keys, "side."+string(s), "side."+string(s)+".short")
	}
	for _, c := range []decide.Certainty{decide.Certain, decide.Likely, decide.Possible} {
		keys = append(keys, "certainty."+string(c))
	}
	for _, d := range []string{"works.plain", "works.auth", "works.ipv6", "no-connection.no-link", "no-connection.no-address", "no-connection.no-route", "proxy-broken.refused", "proxy-broken.silent", "proxy-broken.auth",
		"proxy-broken.wrote-page", "proxy-broken.name", "dns-server-down.silent", "dns-server-down.refuses", "dns-server-down.unreachable", "dns-blocks-site.denies", "dns-blocks-site.wrong-address", "captive-portal.http-511",
		"name-not-found.redirect", "site-unreachable.outside-agrees", "bad-gateway.connection-refused", "bad-gateway.connection-timeout", "bad-gateway.invalid-response", "bad-gateway.premature-close", "bad-gateway.dns-failure",
		"bad-gateway.tls-failure", "bad-gateway.cdn", "unavailable.maintenance", "unavailable.overloaded", "refused-visitor.challenge", "refused-visitor.blocked", "refused-visitor.legal", "certificate-untrusted.not-yet", "intermittent.seen"} {
		keys = append(keys, "cause."+d+".text")
	}
	for _, k := range keys {
		if !en.Has(k) {
			t.Errorf("%s: no words", k)
		}
	}
	for _, id := range findingIDs {
		if !slices.ContainsFunc([]string{".ok", ".problem", ".warning", ".unknown"}, func(s string) bool { return en.Has("finding." + id + s) }) {
			t.Errorf("finding.%s: no words", id)
		}
	}
}

var findingIDs = strings.Fields(`dns.system dns.independent dns.fresh dns.control tcp.target tcp.addresses tls.target http.target http.gateway http.redirects repeat proxy.setting proxy.direct
	hosts.entry link.interfaces route.default box connectivity portal others ipv6 clock certificate.expiry intermediate.missing firewall vpn seen witness slow.dns address.dead`)

// someVars are values of ordinary length, in the forms that decide gives them.
var someVars = map[string]any{"Host": "boutique.example", "Last": "www.autre.example", "IP": "203.0.113.10", "Status": 502, "Server": "nginx", "Seconds": 30, "Proxy": "192.168.1.5:3128", "Issuer": "Exemple CA",
	"Names": "autre.example", "Days": 3, "Resolver": "192.168.1.1", "Count": 2, "Total": 5, "Good": 3, "Tried": 3, "After": "30\u00a0s", "Whom": "boutique.example", "Name": "boutique.example", "MS": "12\u00a0ms",
	"Addresses": "203.0.113.10", "Address": "203.0.113.10:443", "Provider": "Quad9", "Why": "x", "Source": "gnome", "Line": 7, "Rule": "r", "Text": "x", "Author": "x", "Place": "x", "What": "x", "Offset": "3 jours", "URL": "https://boutique.example/",
	"Max": 2048, "First": "a.fr", "Second": "b.fr", "Scheme": "ftp", "Domain": "site.fr", "Port": "0", "N": 2, "When": "x", "Took": "1\u00a0s", "Certainty": "x", "Code": "x", "Quote": "x", "IDs": "x", "Command": "x", "Step": 1, "Steps": 6, "Arg": "x", "Option": "--x", "Hop": "x", "State": "x", "Browser": "Firefox", "Page": "chrome://extensions", "Version": "156.0"}

// mine are the keys that this package's texts start with: the wording rules are held there.
var mine = []string{"cause.", "side.", "certainty.", "action.", "guide.", "hop.", "state.", "finding.", "doing", "contact.", "target.", "cli.", "unit.", "missing"}

func isMine(key string) bool {
	return slices.ContainsFunc(mine, func(m string) bool { return strings.HasPrefix(key, m) })
}

// rendered calls f with each text of ours in each language, with every value and with only the host.
func rendered(t *testing.T, f func(lang, key, text string)) {
	t.Helper()
	for _, lang := range []string{English, French} {
		p := New(lang)
		for key := range texts(t, lang) {
			if !isMine(key) || key == "cli.help" { // a page, not a sentence
				continue
			}
			f(lang, key, p.T(key, someVars))
			f(lang, key, p.T(key, map[string]any{"Host": "boutique.example"}))
		}
	}
}

var sentenceEnd = regexp.MustCompile(`[.!?…;]["”»]?(?:\s|\x{202f}|\x{a0}|$)`)

func TestSentencesAreShort(t *testing.T) {
	const longest = 20
	rendered(t, func(lang, key, text string) {
		for _, s := range sentenceEnd.Split(text, -1) {
			n := 0
			for _, w := range strings.Fields(s) {
				if strings.ContainsFunc(w, func(r rune) bool { return r > '@' || '0' <= r && r <= '9' }) {
					n++
				}
			}
			if n > longest {
				t.Errorf("%s %s: %d words: %q", lang, key, n, s)
			}
		}
	})
}

var (
	forbiddenFR = regexp.MustCompile(`(?i)veuillez|merci de|désolé|\boups|invalide|erreur fatale|100 %|votre erreur|\btu\b|\bton\b|\bsvp\b|s’il vous plaît`)
	forbiddenEN = regexp.MustCompile(`(?i)\bplease\b|\bsorry\b|\boops\b|\binvalid\b|\bforbidden\b|fatal|100%|your error|your mistake|\b(?:do|does|is|are|will|has|have) not\b`)
	// jargon may not stand in our texts at all; the words after it may, with their plain word beside them.
	jargon    = regexp.MustCompile(`(?i)\b(TCP|UDP|SSL|TLS|handshake|timeout|upstream|backend|gateway|passerelle d|reverse proxy|resolver|résolveur|hostname|NXDOMAIN|SERVFAIL|payload|socket|MTU|ICMP|ARP|CDN|endpoint|latency|latence|requête|client|daemon|localhost|hôte)\b`)
	explained = map[string]*regexp.Regexp{
		"DNS":   regexp.MustCompile(`(?i)annuaire|address book|cache DNS|DNS cache`),
		"proxy": regexp.MustCompile(`(?i)intermédiaire|middleman|proxy de votre réseau|network’s proxy|désactive|turn`),
		"VPN":   regexp.MustCompile(`(?i)tunnel|votre VPN|your VPN|sans VPN|VPN turned off|déconnect|disconnect|connect the VPN`),
		"IPv6":  regexp.MustCompile(`(?i)adresses?|address|connexion|connection`),
	}
)

func TestNoForbiddenWordsNoJargon(t *testing.T) {
	rendered(t, func(lang, key, text string) {
		forbidden := forbiddenEN
		if lang == French {
			forbidden = forbiddenFR
		}
		// target.* repeats TargetError.Error(), whose sentences stand in logs too and are not contracted.
		if m := forbidden.FindString(text); m != "" && !strings.HasPrefix(key, "target.") {
			t.Errorf("%s %s: %q in %q", lang, key, m, text)
		}
		if m := jargon.FindString(text); m != "" {
			t.Errorf("%s %s: jargon %q in %q", lang, key, m, text)
		}
		if !strings.HasPrefix(key, "cause.") || !strings.HasSuffix(key, ".text") {
			return
		}
		for term, plain := range explained {
			if strings.Contains(text, term) && !plain.MatchString(text) {
				t.Errorf("%s %s: %q without its plain word: %q", lang, key, term, text)
			}
		}
	})
}

func TestFrenchTypography(t *testing.T) {
	bad := regexp.MustCompile(`[^\x{a0}]»|«[^\x{a0}]|[^\x{202f}\s][;!?](?:\s|$)|[^\x{a0}:/\d]:\s| [:;!?»]|« |'|\.\.\.|"`)
	for key, forms := range texts(t, French) {
		if !isMine(key) || key == "cli.help" {
			continue
		}
		for _, f := range forms {
			if m := bad.FindString(regexp.MustCompile(`\{\{.*?\}\}`).ReplaceAllString(f, "")); m != "" {
				t.Errorf("%s: %q in %q", key, m, f)
			}
		}
	}
	for key, forms := range texts(t, English) {
		for _, f := range forms {
			if isMine(key) && strings.ContainsAny(regexp.MustCompile(`\{\{.*?\}\}`).ReplaceAllString(f, ""), "'\"\u00a0\u202f") {
				t.Errorf("%s: straight quote or no-break space in %q", key, f)
			}
		}
	}
}

func TestTextsEndWell(t *testing.T) {
	rendered(t, func(lang, key, text string) {
		if text == "" || strings.Contains(text, "  ") || text != strings.TrimSpace(text) || strings.Contains(text, "{{") || strings.Contains(text, "()") || strings.Contains(text, " ,") {
			t.Errorf("%s %s: %q", lang, key, text)
		}
		if strings.HasSuffix(key, ".text") && !strings.HasSuffix(text, ".") {
			t.Errorf("%s %s: no full stop: %q", lang, key, text)
		}
		if (strings.HasPrefix(key, "cause.") || strings.HasPrefix(key, "finding.") && !strings.Contains(key, ".why.")) && strings.Contains(text, "–") {
			t.Logf("%s %s: a value is taken for granted: %q", lang, key, text)
		}
	})
}

func TestExplanationsHaveTwoToFourSentences(t *testing.T) {
	rendered(t, func(lang, key, text string) {
		if strings.HasPrefix(key, "cause.") && strings.HasSuffix(key, ".text") {
			if n := len(regexp.MustCompile(`[.!?](?:\s|$)`).FindAllString(text, -1)); n < 2 || n > 4 {
				t.Errorf("%s %s: %d sentences: %q", lang, key, n, text)
			}
		}
	})
}

func TestButtonsAreShort(t *testing.T) {
	const widest = 28 // fyne-anchors §8.2
	for key, forms := range texts(t, French) {
		if strings.HasPrefix(key, "action.") && !strings.HasSuffix(key, ".how") {
			p := New(French)
			if s := p.T(key, map[string]any{"After": p.ShortSeconds(90)}); utf8.RuneCountInString(s) > widest {
				t.Errorf("%s: %d characters: %q (%v)", key, utf8.RuneCountInString(s), s, forms)
			}
		}
	}
}

func TestNoIsNo(t *testing.T) {
	for _, lang := range []string{English, French} {
		p := New(lang)
		last, first := p.T("ui.repair.step", map[string]any{"Step": 4, "Steps": 4, "More": false}), p.T("ui.repair.step", map[string]any{"Step": 1, "Steps": 4, "More": true})
		if len(last) >= len(first) || strings.Contains(last, "false") {
			t.Errorf("%s: the last step says %q, the first %q", lang, last, first)
		}
	}
}

func TestPlurals(t *testing.T) {
	fr, en := New(French), New(English)
	for _, c := range []struct{ got, want string }{
		{fr.T("finding.others.ok", map[string]any{"Good": 1, "Total": 3}), "1 autre site sur 3 s’ouvre."},
		{fr.T("finding.others.ok", map[string]any{"Good": 3, "Total": 3}), "3 autres sites sur 3 s’ouvrent."},
		{fr.T("finding.others.ok", map[string]any{"Good": float64(3), "Total": float64(3)}), "3 autres sites sur 3 s’ouvrent."},
		{fr.T("finding.others.warning", map[string]any{"Good": 0, "Total": 3}), "Seul 0 autre site sur 3 s’ouvre."},
		{en.T("finding.others.ok", map[string]any{"Good": 0, "Total": 3}), "0 of 3 other websites open."},
		{en.T("finding.others.ok", map[string]any{"Good": 1, "Total": 1}), "1 of 1 other websites opens."},
		{fr.Days(0), "moins d’un jour"}, {fr.Days(1), "1 jour"}, {fr.Days(2), "2 jours"}, {fr.Days(729), "729 jours"}, {fr.Days(1095), "3 ans"}, {fr.Days(1000000), "2\u202f740 ans"},
		{en.Days(0), "less than a day"}, {en.Days(1), "1 day"}, {en.Days(2), "2 days"}, {en.Days(729), "729 days"}, {en.Days(1095), "3 years"},
		{fr.T("unit.seconds", map[string]any{"N": 0}), "0 seconde"}, {en.T("unit.seconds", map[string]any{"N": 0}), "0 seconds"},
		{fr.Milliseconds(1234), "1,2\u00a0s"}, {en.Milliseconds(1234), "1.2\u00a0s"}, {fr.Milliseconds(12.4), "12\u00a0ms"}, {fr.Milliseconds(0.2), "< 1\u00a0ms"},
		{fr.Duration(90 * time.Second), "90 secondes"}, {fr.Duration(120 * time.Second), "2 minutes"}, {fr.Duration(3 * 24 * time.Hour), "3 jours"}, {en.Duration(5 * time.Hour), "5 hours"},
		{fr.ShortSeconds(30), "30\u00a0s"}, {fr.ShortSeconds(600), "10\u00a0min"}, {en.Number(-1234567), "-1,234,567"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestVerdictPicksItsVariant(t *testing.T) {
	fr := New(French)
	title, text := fr.Verdict(decide.Verdict{Cause: decide.BadGateway, Detail: "connection-refused", Vars: map[string]any{"Host": "boutique.example", "Status": 502, "Server": "nginx"}})
	if !strings.HasPrefix(title, "Le problème vient du site") || !strings.HasPrefix(text, "Le serveur de façade (nginx) du site a répondu, mais le programme derrière lui ne répond pas (erreur 502).") {
		t.Errorf("%q %q", title, text)
	}
	_, text = fr.Verdict(decide.Verdict{Cause: decide.BadGateway, Detail: "no-such-detail", Vars: map[string]any{"Host": "boutique.example", "Status": 502}})
	if !strings.HasPrefix(text, "boutique.example a répondu") {
		t.Errorf("%q", text)
	}
	_, text = fr.Verdict(decide.Verdict{Cause: decide.CertificateExpired, Vars: map[string]any{"Host": "x.example", "Days": 0}})
	if !strings.Contains(text, "a expiré depuis moins d’un jour") {
		t.Errorf("%q", text)
	}
	title, _ = fr.Verdict(decide.Verdict{Cause: decide.NameNotFound})
	if strings.Contains(title, "–") {
		t.Errorf("no host: %q", title)
	}
}

func TestFindingsReadBothForms(t *testing.T) {
	en := New(English)
	inMemory := decide.Finding{ID: "dns.system", State: decide.StateProblem, MS: 3000.4, Facts: map[string]any{"Name": "x.example", "failure": "timeout"}}
	raw, err := json.Marshal(inMemory)
	if err != nil {
		t.Fatal(err)
	}
	var again decide.Finding
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	want := "This computer’s address book (DNS) gave no address for x.example: no answer in time (after 3.0\u00a0s)."
	for _, f := range []decide.Finding{inMemory, again} {
		if got := en.Finding(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, id := range findingIDs {
		for _, s := range []decide.State{decide.StateOK, decide.StateProblem, decide.StateWarning, decide.StateUnknown, "new-state"} {
			if got := en.Finding(decide.Finding{ID: id, State: s}); got == "" || strings.Contains(got, "<no value>") {
				t.Errorf("%s %s: %q", id, s, got)
			}
		}
	}
}

func TestMissingKeysAndHostileValues(t *testing.T) {
	for _, lang := range []string{"fr", "en", "zz", "fr_FR.UTF-8", ""} {
		if got := New(lang).T("no.such.key", nil); strings.Contains(got, "no.such.key") || got == "" {
			t.Errorf("%s: %q", lang, got)
		}
	}
	got := New(English).T("finding.seen.ok", map[string]any{"Text": "a\x1b[31mb\u202ec\nd{{.Host}}" + strings.Repeat("x", 1000)})
	if strings.ContainsAny(got, "\x1b\u202e\n") || !strings.Contains(got, "{{.Host}}") || len(got) > 400 {
		t.Errorf("%q", got)
	}
	if New("fr-CA").Lang() != French || New("de").Lang() != English || New("french").Lang() != English {
		t.Error("languages")
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		load(French)
	}
}

func BenchmarkVerdict(b *testing.B) {
	p := New(French)
	v := decide.Verdict{Cause: decide.BadGateway, Detail: "connection-refused", Vars: map[string]any{"Host": "boutique.example", "Status": 502, "Server": "nginx"}}
	for b.Loop() {
		p.Verdict(v)
	}
}
