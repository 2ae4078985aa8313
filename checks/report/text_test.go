package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

var show = flag.Bool("show", false, "print the pages that the tests make")

// badGateway is a whole result as a check of a site with a dead program behind nginx gives it.
func badGateway() *checks.Result {
	after := 30
	return &checks.Result{
		Schema: 1, Version: "test", StartedAt: time.Date(2026, 11, 21, 10, 4, 5, 0, time.FixedZone("", 3600)), VerdictMS: 181, ElapsedMS: 640,
		Target: checks.Target{Input: "boutique.example", URL: "https://boutique.example/", Host: "boutique.example", Port: 443, Display: "boutique.example"},
		Verdict: decide.Verdict{Side: decide.SideSite, Cause: decide.BadGateway, Certainty: decide.Certain, Detail: "connection-refused",
			Vars:    map[string]any{"Host": "boutique.example", "Status": 502, "Server": "nginx"},
			Actions: []decide.Action{{ID: decide.ActRetryLater, AfterS: 30}, {ID: decide.ActContactSite}, {ID: decide.ActFix, Fix: "remove-hosts-entry", Arg: "boutique.example"}}},
		Gateway: &facts.Gateway{Status: 502, Product: "nginx", ProductName: "nginx", WrittenBy: facts.ByGateway, Failure: "connection-refused", AlsoPossible: []string{"invalid-response"},
			RetryAfterS: &after, RequestIDs: map[string]string{"x-request-id": "abc\x1b[2J123"}, Quote: "502 Bad\u202e Gateway\x07"},
		Path: []decide.Hop{{Hop: decide.HopComputer, State: decide.StateOK}, {Hop: decide.HopRouter, State: decide.StateOK}, {Hop: decide.HopProvider, State: decide.StateUnknown}, {Hop: decide.HopDNS, State: decide.StateOK},
			{Hop: decide.HopGateway, State: decide.StateOK}, {Hop: decide.HopOrigin, State: decide.StateProblem}},
		Findings: []decide.Finding{
			{ID: "dns.system", Hop: decide.HopDNS, State: decide.StateOK, MS: 12.4, Facts: map[string]any{"Name": "boutique.example", "addresses": []string{"203.0.113.10"}}},
			{ID: "tcp.target", Hop: decide.HopGateway, State: decide.StateOK, MS: 20, Facts: map[string]any{"Address": "203.0.113.10:443"}},
			{ID: "http.target", Hop: decide.HopGateway, State: decide.StateProblem, MS: 1250, Facts: map[string]any{"Status": 502}},
			{ID: "others", Hop: decide.HopProvider, State: decide.StateOK, Facts: map[string]any{"Good": 3, "Total": 3}},
		},
		Contacts: []checks.Contact{{Host: "boutique.example", Addr: "203.0.113.10:443", What: "http", Why: "target"}, {Host: "boutique.example", Addr: "203.0.113.10:443", What: "http", Why: "target"}, {Addr: "192.168.1.1:53", What: "dns", Why: "never-heard-of"}},
	}
}

func text(t *testing.T, r *checks.Result, lang string, opt Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, words.New(lang), opt); err != nil {
		t.Fatal(err)
	}
	if *show {
		fmt.Printf("──── %s %+v\n%s", lang, opt, b.String())
	}
	return b.String()
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestTextFitsAndIsClean(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		for _, width := range []int{0, 24, 40, 80, 120} {
			for _, charset := range []Charset{Unicode, ASCIIPicture, ASCII} {
				for _, colour := range []bool{false, true} {
					out := text(t, badGateway(), lang, Options{Width: width, Charset: charset, Colour: colour, Details: true})
					if !colour && strings.Contains(out, "\x1b") {
						t.Errorf("%s %d: an escape sequence without colour", lang, width)
					}
					out = sgr.ReplaceAllString(out, "")
					limit := width
					if limit == 0 {
						limit = defaultWidth
					}
					for _, l := range strings.Split(out, "\n") {
						if n := utf8.RuneCountInString(l); n > limit {
							t.Errorf("%s %d: %d columns: %q", lang, width, n, l)
						}
						if l != strings.TrimRight(l, " ") {
							t.Errorf("%s %d: spaces at the end: %q", lang, width, l)
						}
						if strings.ContainsFunc(l, func(r rune) bool {
							return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || charset == ASCII && r >= utf8.RuneSelf
						}) {
							t.Errorf("%s %d: %q", lang, width, l)
						}
					}
				}
			}
		}
	}
}

func TestTextSaysTheVerdictFirst(t *testing.T) {
	out := text(t, badGateway(), "fr", Options{Charset: Unicode, Details: true})
	want := []string{"✗ La cause est du côté du site\u00a0: ce n’est pas vous.", "Le problème vient du site", "Le serveur de façade (nginx)", "Certitude\u00a0: certain", "Le chemin", "│✓ Vous│", "─╳│✗ Site│", "✗ Le site lui-même\u00a0: problème",
		"? Fournisseur d’accès\u00a0: non vérifié", "Que pouvez-vous faire", "1. Réessayer dans 30\u00a0s", "passerelle fix remove-hosts-entry boutique.example", "Détails techniques", "✓ L’annuaire (DNS) de cet ordinateur a donné une adresse pour",
		"3 autres sites sur 3 s’ouvrent.", "502 Bad Gateway", "Qui a été contacté", "boutique.example (203.0.113.10:443)", "vérifié le 21/11/2026 à 10:04:05 (UTC+01:00)", "Code Passerelle\u00a0: SITE-502"}
	at := 0
	for _, w := range want {
		i := strings.Index(strings.ReplaceAll(out[at:], "\n   ", " "), w)
		if i < 0 && !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(w), " ")) {
			t.Errorf("%q is not there", w)
		}
	}
	if strings.Index(out, "ce n’est pas vous") > strings.Index(out, "Le problème vient du site") || strings.Index(out, "Le problème vient du site") > strings.Index(out, "Le chemin") {
		t.Error("order")
	}
	if n := strings.Count(out, "boutique.example (203.0.113.10:443)"); n != 1 {
		t.Errorf("the same contact %d times", n)
	}
}

func TestTextOfEveryCause(t *testing.T) {
	for _, c := range decide.Causes() {
		for _, lang := range []string{"fr", "en"} {
			r := badGateway()
			r.Verdict = decide.Verdict{Cause: c, Side: decide.SideOf(c), Certainty: decide.Likely, Vars: map[string]any{"Host": "boutique.example"}}
			if out := text(t, r, lang, Options{Charset: Unicode}); strings.Contains(out, "–") || strings.Contains(out, "Il n’y a pas encore") || strings.Contains(out, "no words") {
				t.Errorf("%s %s:\n%s", c, lang, out)
			}
		}
	}
}

func TestOddResults(t *testing.T) {
	text(t, &checks.Result{}, "fr", Options{Details: true}) // nothing known at all
	r := badGateway()
	r.Stopped, r.Verdict.Provisional, r.Target.Shortened = true, true, true
	out := text(t, r, "en", Options{Charset: Unicode})
	for _, w := range []string{"Stopped.", "First reading", "--exact"} {
		if !strings.Contains(out, w) {
			t.Errorf("%q is not there", w)
		}
	}
	r.Path = append([]decide.Hop{{Hop: decide.HopProxy, State: decide.StateWarning}, {Hop: decide.HopVPN, State: ""}}, r.Path...)
	r.Facts = &facts.Facts{System: facts.System{Links: []facts.Link{{Name: "wwan0", Kind: "mobile"}}, Routes: []facts.Route{{Link: "wwan0"}}}}
	if out := text(t, r, "fr", Options{Charset: Unicode}); !strings.Contains(out, "Mobile") || !strings.Contains(out, "! Intermédiaire") {
		t.Error(out)
	}
	if err := Text(broken{}, r, words.New("fr"), Options{}); err == nil {
		t.Error("a result that could not be printed went unnoticed")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestExplainText(t *testing.T) {
	g := badGateway().Gateway
	v := decide.Explain(g, false)
	for _, lang := range []string{"fr", "en"} {
		var b bytes.Buffer
		if err := ExplainText(&b, g, v, words.New(lang), Options{Charset: Unicode}); err != nil {
			t.Fatal(err)
		}
		if *show {
			fmt.Println(b.String())
		}
		if out := b.String(); !strings.Contains(out, "nginx") || !strings.Contains(out, "502") || strings.Contains(out, "\x07") {
			t.Error(out)
		}
		for _, c := range []struct {
			browser bool
			want    string
		}{{false, "Ce texte n’est pas une erreur"}, {true, "Votre navigateur a écrit"}} {
			b.Reset()
			if err := ExplainText(&b, nil, decide.Explain(nil, c.browser), words.New("fr"), Options{Charset: Unicode}); err != nil || !strings.Contains(b.String(), c.want) {
				t.Errorf("%v %s", err, b.String())
			}
		}
	}
}

func TestProgressStaysOnOneLine(t *testing.T) {
	var b bytes.Buffer
	l := Progress{W: &b, Printer: words.New("fr"), Width: 60}
	l.Show(checks.Snapshot{Doing: "dns", Whom: "boutique.example", Step: 1, Steps: 6})
	l.Show(checks.Snapshot{Doing: "dns", Whom: "boutique.example", Step: 1, Steps: 6})
	l.Show(checks.Snapshot{Doing: "http", Whom: strings.Repeat("very-long-", 20) + "\x1b[2J\n", Step: 4, Steps: 6, Elapsed: 6 * time.Second})
	l.Show(checks.Snapshot{Doing: "no-such-step", Step: 5, Steps: 6})
	l.Show(checks.Snapshot{Result: badGateway()})
	out := b.String()
	if strings.Count(out, "Étape 1") != 1 || strings.ContainsAny(out, "\n\x1b") || !strings.HasSuffix(out, "\r") {
		t.Errorf("%q", out)
	}
	for _, part := range strings.Split(out, "\r") {
		if utf8.RuneCountInString(part) >= 60 {
			t.Errorf("%q", part)
		}
	}
}

func TestWrapKeepsNoBreakSpaces(t *testing.T) {
	for _, l := range wrap("Que s’est-il passé\u202f? Ici\u00a0: «\u00a0rien\u00a0» du tout\u202f; voilà", 12) {
		if strings.HasPrefix(l, "?") || strings.HasPrefix(l, ":") || strings.HasPrefix(l, "»") || strings.HasPrefix(l, ";") {
			t.Errorf("a line begins with %q", l)
		}
	}
}

func TestCommandsAreQuoted(t *testing.T) {
	for arg, want := range map[string]string{"boutique.example": "boutique.example", "a b; rm -rf /": "'a b; rm -rf /'", "it's": `'it'\''s'`, "https://x.example/?token=s3cr3t": "'https://x.example/?token=***'"} {
		if got := command(decide.Action{ID: decide.ActFix, Fix: "x", Arg: arg}); got != "passerelle fix x "+want {
			t.Errorf("%q: %q", arg, got)
		}
	}
}
