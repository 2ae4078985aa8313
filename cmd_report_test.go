package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// runCommand runs one command without any network: reports of what is kept.
func runCommand(t *testing.T, run func(context.Context, *terminal, []string) int, args ...string) (out, complaints string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	status = run(context.Background(), &terminal{in: in, out: &o, err: &e, lang: "en", say: words.New("en")}, args)
	return o.String(), e.String(), status
}

// failing is a check of a site whose connection was refused.
func failing() *checks.Result {
	at := netip.MustParseAddrPort("203.0.113.10:443")
	x := facts.Exchange{URL: "https://shop.example/?token=s3cr3t-value", Done: true, Stage: facts.StageTCP, Failure: facts.Refused,
		Lookup: &facts.Lookup{Name: "shop.example", Addresses: []netip.Addr{at.Addr()}, Done: true}, Connects: []facts.Connect{{Address: at, Local: netip.MustParseAddr("192.168.7.23"), Failure: facts.Refused, Done: true}}}
	c := &facts.Chain{Exchanges: []facts.Exchange{x}, Done: true}
	f := &facts.Facts{Target: checks.Target{URL: x.URL, Host: "shop.example", Port: 443}, Chain: c, Repeat: c, Readings: map[facts.Reading]facts.Progress{facts.ReadChain: facts.Ended},
		Others: []facts.Probe{{Name: "www.debian.org", Expected: facts.Yes, Done: true}}}
	for _, r := range []facts.Reading{facts.ReadOutside, facts.ReadOthers} {
		f.Readings[r] = facts.Ended
	}
	v := decide.Judge(f)
	return &checks.Result{Schema: 1, Version: "test", Target: f.Target, StartedAt: time.Now(), Verdict: v, Path: decide.Path(f, v), Findings: decide.Findings(f), Facts: f}
}

func TestReportAndOpen(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PASSERELLE_STATE", dir)
	if _, e, status := runCommand(t, runReport); status != exitUsage || e == "" {
		t.Errorf("without any check: %d %q", status, e)
	}
	tm := &terminal{say: words.New("en")}
	tm.keep(failing())
	for _, format := range formats {
		out, e, status := runCommand(t, runReport, "--format", format)
		if format == "png" {
			if _, err := png.Decode(strings.NewReader(out)); status != exitOK || err != nil {
				t.Errorf("%s: %d %s %v", format, status, e, err)
			}
			continue
		}
		if format == "mail" {
			m, err := mail.ReadMessage(strings.NewReader(out))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil {
				t.Fatal(err)
			}
			out = m.Header.Get("Subject") + string(body)
		}
		if status != exitOK || !strings.Contains(out, "shop.example") {
			t.Errorf("%s: %d %s %s", format, status, e, out)
		}
		if strings.Contains(out, "s3cr3t-value") || strings.Contains(out, "192.168.7.23") {
			t.Errorf("%s: something private is in it", format)
		}
	}
	if out, _, _ := runCommand(t, runReport, "--format=json", "--unmask"); !strings.Contains(out, "192.168.7.23") {
		t.Error("--unmask masks")
	}
	file := filepath.Join(dir, "r.json")
	if _, e, status := runCommand(t, runReport, "--format", "json", "-o", file); status != exitOK || !strings.Contains(e, file) {
		t.Errorf("%d %s", status, e)
	}
	if out, e, status := runCommand(t, runOpen, file); status != exitOK || !strings.Contains(out, "same verdict") {
		t.Errorf("%d %s\n%s", status, e, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(raw, []byte(`"cause": "connection-refused"`), []byte(`"cause": "clock-wrong"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, status := runCommand(t, runOpen, file); status != exitOK || !strings.Contains(out, "rules differ") || !strings.Contains(out, "clock") {
		t.Errorf("a verdict that differs: %d\n%s", status, out)
	}
	for _, args := range [][]string{{"--format", "pdf"}, {"--message", "police"}, {"-o"}, {"--what"}} {
		if _, e, status := runCommand(t, runReport, args...); status != exitUsage || e == "" {
			t.Errorf("%v: %d %q", args, status, e)
		}
	}
	for _, args := range [][]string{{}, {"a", "b"}, {filepath.Join(dir, "none")}, {dir}, {os.DevNull}} {
		if _, e, status := runCommand(t, runOpen, args...); status != exitUsage || strings.TrimSpace(e) == "" {
			t.Errorf("open %v: %d %q", args, status, e)
		}
	}
}

// TestIncidentAndContacts: the journal of an outage in its forms, and the person's own contacts, from the command line alone.
func TestIncidentAndContacts(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PASSERELLE_STATE", dir)
	if _, e, status := runCommand(t, runReport, "--incident"); status != exitUsage || e == "" {
		t.Errorf("no incident: %d %q", status, e)
	}
	(&terminal{say: words.New("en")}).keep(failing())
	for format, want := range map[string]string{"text": "What we change", "md": "## Review", "csv": "Website,Time,"} {
		out, e, status := runCommand(t, runReport, "--incident", "--format", format, "https://shop.example/x")
		if status != exitOK || !strings.Contains(out, want) || !strings.Contains(out, "SITE-CONNECTION-REFUSED") {
			t.Errorf("%s: %d %s\n%s", format, status, e, out)
		}
	}
	for _, args := range [][]string{{"--incident", "other.example"}, {"--incident", "--format", "html"}, {"--format", "csv"}, {"--incident", "two words"}, {"--picture", filepath.Join(dir, "none.png")}, {"--picture", os.DevNull}} {
		if _, e, status := runCommand(t, runReport, args...); status != exitUsage || strings.TrimSpace(e) == "" {
			t.Errorf("%v: %d %q", args, status, e)
		}
	}
	if out, _, status := runCommand(t, runContacts); status != exitOK || !strings.Contains(out, "contacts add") {
		t.Errorf("no contact: %d %s", status, out)
	}
	out, e, status := runCommand(t, runContacts, "add", "site", "--site", "shop.example", "--mail", "help@shop.example", "--json")
	var c struct{ ID, Mail string }
	if err := json.Unmarshal([]byte(out), &c); status != exitOK || err != nil || c.Mail != "help@shop.example" {
		t.Fatalf("%d %s %s", status, out, e)
	}
	if out, _, status := runCommand(t, runContacts, "shop.example"); status != exitOK || !strings.Contains(out, "help@shop.example") {
		t.Errorf("%d %s", status, out)
	}
	if out, _, status := runCommand(t, runContacts, "--json", "other.example"); status != exitOK || !strings.Contains(out, `"contacts": []`) {
		t.Errorf("%d %s", status, out)
	}
	for _, args := range [][]string{{"add", "site", "--mail", "x"}, {"add"}, {"remove"}, {"owner"}, {"owner", "shop.example"}, {"owner", "192.168.1.1"}, {"two", "words"}} {
		if _, e, status := runCommand(t, runContacts, args...); status != exitUsage || strings.TrimSpace(e) == "" {
			t.Errorf("contacts %v: %d %q", args, status, e)
		}
	}
	if _, e, status := runCommand(t, runContacts, "remove", c.ID); status != exitOK {
		t.Errorf("%d %s", status, e)
	}
	if out, _, _ := runCommand(t, runContacts, "--json"); strings.Contains(out, "help@") {
		t.Error("it is still there")
	}
}

// TestHelpListsEveryCommand: whatever can be typed stands in the help, in both languages.
func TestHelpListsEveryCommand(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		text := words.New(lang).T("cli.help", nil)
		for _, c := range commands {
			if c.hidden || c.name == "help" || c.name == "version" {
				continue
			}
			if !strings.Contains(text, "passerelle "+c.name) {
				t.Errorf("%s: %s is not in the help", lang, c.name)
			}
		}
	}
}

// TestMessageHasTheCustomerNumber: of the person's own contact, where one was written down, and only in a message to them.
func TestMessageHasTheCustomerNumber(t *testing.T) {
	t.Setenv("PASSERELLE_STATE", t.TempDir())
	tm := &terminal{say: words.New("en")}
	tm.keep(failing())
	const number = "FT-20188"
	if out, _, _ := runCommand(t, runReport, "--message", "provider"); strings.Contains(out, "umber") {
		t.Error(out)
	}
	if _, e, status := runCommand(t, runContacts, "add", "provider", "--phone", "3900", "--account", number); status != exitOK {
		t.Fatal(e)
	}
	for kind, want := range map[string]bool{"provider": true, "site": false, "it": false} {
		if out, e, _ := runCommand(t, runReport, "--message", kind); strings.Contains(out, number) != want {
			t.Errorf("%s: %s %s", kind, out, e)
		}
	}
	if out, _, _ := runCommand(t, runReport, "--format", "json"); strings.Contains(out, number) {
		t.Error("the report tells it")
	}
}
