package incident

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/checks/words"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600))

func entry(host string, minutes int, cause decide.Cause) history.Entry {
	v := decide.Verdict{Cause: cause, Side: decide.SideOf(cause), Certainty: decide.Certain, Vars: map[string]any{"Host": host, "Status": 502, "Server": "nginx"}}
	e := history.Entry{At: noon.Add(time.Duration(minutes) * time.Minute), Host: host, Side: v.Side, Cause: cause, Verdict: v}
	if cause == decide.BadGateway {
		e.Gateway = &facts.Gateway{Status: 502, RequestIDs: map[string]string{"cf-ray": fmt.Sprintf("8f3c1d2e4a5b6c%02d-CDG", minutes%100)}}
	}
	return e
}

// bad is an outage from minute 10 to minute 95, with everything that can happen in it.
func bad() Sources {
	return Sources{
		Checks: []history.Entry{entry("shop.example", 95, decide.Works), entry("other.example", 20, decide.ClockWrong), entry("shop.example", 0, decide.Works), entry("shop.example", 10, decide.BadGateway),
			entry("shop.example", 60, decide.BadGateway), entry("shop.example", 40, decide.Undetermined), entry("shop.example", 200, decide.Works)},
		Fixes: []fix.Record{
			{ID: "1", At: noon.Add(20 * time.Minute), FinishedAt: noon.Add(30 * time.Minute), State: fix.Undone, Undoable: true, Change: fix.Change{Fix: "use-public-dns", Host: "shop.example"}, Verified: &fix.Verification{Verified: facts.Yes}},
			{ID: "2", At: noon.Add(21 * time.Minute), State: fix.Failed, Change: fix.Change{Fix: "flush-dns", Host: "shop.example"}},
			{ID: "3", At: noon.Add(22 * time.Minute), State: fix.Verified, Change: fix.Change{Fix: "sync-clock", Host: "other.example"}},
			{ID: "4", At: noon.Add(-time.Hour), State: fix.Verified, Change: fix.Change{Fix: "sync-clock"}},
			{ID: "5", At: noon.Add(300 * time.Minute), State: fix.Verified, Change: fix.Change{Fix: "flush-dns", Host: "shop.example"}}},
		Sent: []history.Sent{{At: noon.Add(25 * time.Minute), Host: "shop.example", To: "site", How: history.ByCopy}, {At: noon.Add(26 * time.Minute), Host: "other.example", To: "it", How: history.ByMail},
			{At: noon.Add(100 * time.Minute), Host: "shop.example", To: "customers-end", How: "by-pigeon"}, {At: noon.Add(50 * time.Hour), Host: "shop.example", To: "site", How: history.ByCopy}},
	}
}

func kinds(i *Incident) string {
	var s []string
	for _, e := range i.Events {
		s = append(s, fmt.Sprintf("%s@%d", e.Kind, int(e.At.Sub(noon).Minutes())))
	}
	return strings.Join(s, " ")
}

func TestFromFirstFailureToRecovery(t *testing.T) {
	src := bad()
	id := Of("SHOP.example", src).ID()
	src.Notes = map[string][]Line{id: {{At: noon.Add(28 * time.Minute), Text: "called the host"}}, "another": {{At: noon, Text: "x"}}}
	i := Of("shop.example", src)
	if got, want := kinds(i), "check@10 fix@20 fix@21 message@25 note@28 undo@30 check@40 check@60 check@95 message@100"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if i.Failures != 3 || i.Checks != 4 || i.Lasted() != 85*time.Minute || i.AtMost() != 95*time.Minute || !i.Over() || i.Worst().Cause != decide.BadGateway {
		t.Errorf("%+v", i)
	}
	if ids := i.RequestIDs(); !reflect.DeepEqual(ids, []string{"cf-ray 8f3c1d2e4a5b6c10-CDG", "cf-ray 8f3c1d2e4a5b6c60-CDG"}) {
		t.Errorf("%v", ids)
	}
	if all := All(src); len(all) != 2 || all[0].Host != "other.example" || all[0].Over() || all[0].AtMost() != 0 {
		t.Errorf("%d incidents", len(all))
	}
	if Of("nobody.example", src) != nil || Of("", Sources{}) != nil || Of("", src).Host != "other.example" {
		t.Error("the wrong incident")
	}
}

// TestAbout: a report on one of its checks says since when, how often and what was tried; one on a later check does not.
func TestAbout(t *testing.T) {
	src := bad()
	p := words.New("en")
	r := &checks.Result{StartedAt: noon.Add(60 * time.Minute), Target: checks.Target{Host: "shop.example"}, Verdict: decide.Verdict{Cause: decide.BadGateway, Side: decide.SideSite}}
	a := About(r, src, p, Options{})
	if !a.Since.FirstFailure.Equal(noon.Add(10*time.Minute)) || a.Since.Failures != 3 || len(a.Tried) != 5 || !strings.Contains(a.Tried[0], "2026-11-21 12:20:00 +01:00, Repair: ") || !strings.Contains(a.Tried[2], "support, copied") {
		t.Errorf("%+v %q", a.Since, a.Tried)
	}
	r.StartedAt, r.Verdict.Side = noon.Add(200*time.Minute), decide.SideWorks
	if a := About(r, src, p, Options{}); len(a.Tried) != 0 || !a.Since.FirstFailure.IsZero() {
		t.Errorf("%+v %q", a.Since, a.Tried)
	}
	About(r, Sources{}, p, Options{})
}

// TestTwoOutages: a success between them, or a day in which nobody looked, makes two; their messages and fixes do not mix.
func TestTwoOutages(t *testing.T) {
	day := 24 * 60
	src := Sources{Checks: []history.Entry{entry("shop.example", 0, decide.BadGateway), entry("shop.example", day+30, decide.BadGateway), entry("shop.example", day+40, decide.Works), entry("shop.example", day+50, decide.GatewayTimeout)},
		Sent: []history.Sent{{At: noon.Add(time.Hour), Host: "shop.example", How: history.ByCopy}, {At: noon.Add(24*time.Hour + 45*time.Minute), Host: "shop.example", How: history.BySave}, {At: noon.Add(24*time.Hour + 55*time.Minute), Host: "shop.example", How: history.ByCode}}}
	all := All(src)
	if len(all) != 3 {
		t.Fatalf("%d incidents", len(all))
	}
	for n, want := range []string{"check@1490 message@1495", "check@1470 check@1480 message@1485", "check@0 message@60"} {
		if got := kinds(all[n]); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if all[2].Over() || !all[1].Over() || all[1].Before != (time.Time{}) || all[0].Before != all[1].End {
		t.Errorf("%+v", all)
	}
}

// written is an incident in every form.
func written(t *testing.T, i *Incident, k Kept, lang string, who *report.Identity) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range Formats {
		var b bytes.Buffer
		if err := Write(&b, f, i, k, words.New(lang), Options{Who: who, Retrospective: true}); err != nil {
			t.Fatal(err)
		}
		out[f] = b.String()
		if dir := os.Getenv("REPORT_KEEP"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, "incident-"+lang+"."+f), b.Bytes(), 0o644) // for looking at
		}
	}
	if err := Write(&bytes.Buffer{}, "pdf", i, k, words.New(lang), Options{}); err == nil {
		t.Error("an unknown form is written")
	}
	return out
}

func TestWritten(t *testing.T) {
	var missing []string
	words.OnMissing = func(lang, key string) { missing = append(missing, lang+" "+key) }
	defer func() { words.OnMissing = nil }()
	src := bad()
	first := Of("shop.example", src)
	src.Notes = map[string][]Line{first.ID(): {{At: noon.Add(28 * time.Minute), Text: "=HYPERLINK(\"http://evil.example\")\nsecond | *line* <b>"}}}
	i := Of("shop.example", src)
	k := Kept{Retrospective: Retrospective{Happened: "A certificate of the host's.", Change: "# We watch it"}}
	for _, lang := range []string{"fr", "en"} {
		out := written(t, i, k, lang, nil)
		for f, text := range out {
			for _, want := range []string{"2026-11-21 12:10:00 +01:00", "8f3c1d2e4a5b6c10-CDG", "SITE-502", "shop.example"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s: %q is not in it:\n%s", lang, f, want, text)
				}
			}
			if strings.Contains(text, "–") && strings.Contains(text, " – ") || strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
				t.Errorf("%s %s: a value is missing:\n%s", lang, f, text)
			}
		}
		if !strings.Contains(out["text"], "A certificate of the host's.") || !strings.Contains(out["md"], `\# We watch it`) {
			t.Errorf("%s: the person's lines:\n%s%s", lang, out["text"], out["md"])
		}
		if strings.Contains(out["md"], "<b>") || strings.Contains(out["md"], "*line*") && !strings.Contains(out["md"], `\*line\*`) {
			t.Errorf("%s: Markdown of a note: %s", lang, out["md"])
		}
		rows, err := csv.NewReader(strings.NewReader(out["csv"])).ReadAll()
		if err != nil || len(rows) != 1+len(i.Events) {
			t.Fatalf("%s: %d rows, %v", lang, len(rows), err)
		}
		for _, r := range rows {
			for _, c := range r {
				if c != "" && strings.ContainsRune("=+-@", rune(c[0])) {
					t.Errorf("%s: a formula: %q", lang, c)
				}
			}
		}
		if !strings.HasSuffix(out["csv"], "\r\n") || strings.Count(out["csv"], "\n") != strings.Count(out["csv"], "\r\n") {
			t.Errorf("%s: lines end otherwise than by CRLF", lang)
		}
		if p := words.New(lang); !strings.Contains(out["text"], p.T("incident.how.other", nil)) || !strings.Contains(out["text"], p.T("incident.hint.impact", nil)) {
			t.Errorf("%s:\n%s", lang, out["text"])
		}
	}
	for _, lang := range []string{"fr", "en"} { // one that goes on, and one that was only looked at once
		written(t, Of("other.example", src), Kept{}, lang, nil)
		for _, to := range append(report.MessageKinds, "") {
			whom(string(to), words.New(lang))
		}
		for _, how := range []string{history.ByCopy, history.ByMail, history.BySave, history.ByCode} {
			if !words.New(lang).Has("incident.how." + how) {
				t.Errorf("%s: no words for %s", lang, how)
			}
		}
	}
	for _, to := range report.MessageKinds {
		if !words.New("en").Has("incident.to." + string(to)) {
			t.Errorf("no words for a message to %s", to)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no words: %v", missing)
	}
}

func TestLength(t *testing.T) {
	p := words.New("en")
	for d, want := range map[time.Duration]string{85 * time.Minute: "1 hour 25 minutes", 2 * time.Hour: "2 hours", 59 * time.Minute: "59 minutes", 50 * time.Hour: "2 days 2 hours", 48 * time.Hour: "2 days"} {
		if got := length(d, p); strings.ReplaceAll(got, "\u00a0", " ") != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestFormulas(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+33": "'+33", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\r=1": "'\r=1", "＝1": "'＝1", "a=1": "a=1", "": "", "1": "1"} {
		if got := harmless(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestKept(t *testing.T) {
	s := Store{File: filepath.Join(t.TempDir(), "x", "incidents.json")}
	k := Kept{Retrospective: Retrospective{Impact: "  three orders  "}, Notes: []Line{{At: noon.Add(time.Hour), Text: "later"}, {At: noon, Text: "first"}, {Text: " "}}}
	if err := s.Write("20261121T110000.000Z shop.example", k); err != nil {
		t.Fatal(err)
	}
	got, err := s.Read("20261121T110000.000Z shop.example")
	if err != nil || got.Retrospective.Impact != "three orders" || len(got.Notes) != 2 || got.Notes[0].Text != "first" {
		t.Errorf("%+v %v", got, err)
	}
	for n := range maxKept + 3 {
		if err := s.Write(fmt.Sprintf("2027%04d", n), k); err != nil {
			t.Fatal(err)
		}
	}
	if all, _ := s.all(); len(all) != maxKept {
		t.Errorf("%d kept", len(all))
	}
	if got, _ := s.Read("20261121T110000.000Z shop.example"); !reflect.DeepEqual(got, Kept{}) {
		t.Error("the oldest stays")
	}
	if err := s.Write("20270099", Kept{}); err != nil {
		t.Fatal(err)
	}
	if all, _ := s.all(); len(all) != maxKept-1 {
		t.Error("an empty one stays")
	}
	if err := os.WriteFile(s.File, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Write("x", k); err == nil {
		t.Error("written over a file that cannot be read")
	}
}

// TestHere: everything of this computer, and nothing is left of it once the past is deleted.
func TestHere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PASSERELLE_STATE", dir)
	past := history.Store{Dir: filepath.Join(dir, "history")}
	for _, e := range bad().Checks {
		r := &checks.Result{Schema: 1, StartedAt: e.At, Target: checks.Target{Host: e.Host}, Verdict: e.Verdict, Gateway: e.Gateway}
		if err := past.Save(r, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := past.Note(bad().Sent[0]); err != nil {
		t.Fatal(err)
	}
	src, lines, err := Here()
	if err != nil {
		t.Fatal(err)
	}
	id := Of("shop.example", src).ID()
	if err := lines.Write(id, Kept{Notes: []Line{{At: noon.Add(28 * time.Minute), Text: "called"}}}); err != nil {
		t.Fatal(err)
	}
	if src, _, err = Here(); err != nil {
		t.Fatal(err)
	}
	if i := Of("shop.example", src); i.ID() != id || kinds(i) != "check@10 message@25 note@28 check@40 check@60 check@95" || len(i.RequestIDs()) != 2 {
		t.Errorf("%s %v", kinds(i), i.RequestIDs())
	}
	if err := past.Delete(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestMaskedIncident: what is private of the person's own lines and of the journal does not leave; references do.
func TestMaskedIncident(t *testing.T) {
	who := report.Identity{Users: []string{"marie.curie"}, Computer: []string{"PC-COMPTA-07"}}
	secrets := []string{"marie.curie", "PC-COMPTA-07", "192.168.7.23", "contact-prive@radium.example", "Tr0ub4dor", "nas-famille.local", "+33 6 12 34 56 78", "00:11:32:44:55:66"}
	src := bad()
	id := Of("shop.example", src).ID()
	src.Notes = map[string][]Line{id: {{At: noon.Add(28 * time.Minute), Text: strings.Join(secrets, " ; ") + " password=Tr0ub4dor&3 ref 8f3c1d2e4a5b6c10-CDG"}}}
	src.Fixes[0].Change.Host, src.Fixes[0].Change.Fix, src.Fixes[0].Change.Arg = "shop.example", "remove-hosts-entry", "nas-famille.local"
	i := Of("shop.example", src)
	i.Events[0].Check.Verdict.Vars["Server"] = "192.168.7.23"
	k := Kept{Retrospective: Retrospective{Happened: strings.Join(secrets, "\n"), Impact: secrets[3], Helped: secrets[4] + " password=Tr0ub4dor&3", Change: secrets[0]}}
	for _, lang := range []string{"fr", "en"} {
		for f, text := range written(t, i, k, lang, &who) {
			for _, s := range secrets {
				if s != "Tr0ub4dor" && strings.Contains(text, s) || strings.Contains(text, "Tr0ub4dor&3") {
					t.Errorf("%s %s: %q is in it", lang, f, s)
				}
			}
			if !strings.Contains(text, "8f3c1d2e4a5b6c10-CDG") {
				t.Errorf("%s %s: the reference is gone", lang, f)
			}
		}
		if !strings.Contains(written(t, i, k, lang, nil)["text"], secrets[3]) {
			t.Error("masked without being asked")
		}
	}
}
