package report

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/qr"
	"passerelle/checks/words"
)

// secrets are private things planted all over a result: what must not be in anything that leaves, and never mind how it got in.
var secrets = map[string]string{
	"user":             "marie.curie",
	"full name":        "Marie Skłodowska",
	"computer":         "PC-COMPTA-07",
	"computer, short":  "poste-accueil",
	"own address":      "192.168.7.23",
	"own address 6":    "2a01:e0a:5d3:1234:211:32ff:fe44:5566",
	"link-local":       "fe80::211:32ff:fe44:5567",
	"unique local":     "fd12:3456:789a::42",
	"box":              "192.168.7.254",
	"carrier":          "100.72.13.9",
	"vpn address":      "10.66.4.2",
	"visitor's public": "81.23.45.67",
	"mac":              "00:11:32:44:55:66",
	"mac, dashes":      "AA-BB-CC-DD-EE-01",
	"mac in a name":    "wlx00c0ca112233",
	"home":             "/home/mcurie-polonium",
	"home on Windows":  `C:\Users\Irene Joliot`,
	"home on a Mac":    "/Users/eve.labouisse",
	"mail":             "contact-prive@radium.example",
	"mail, escaped":    "devis.secret%40radium.example",
	"query token":      "tok-5f1c9a7e33",
	"query value":      "dossier-medical-991",
	"password":         "Tr0ub4dor&3",
	"userinfo":         "hunter2pass",
	"cookie":           "PHPSESSID=kq2n9v7h3s8d1f5g",
	"set-cookie":       "sess_9f8e7d6c5b4a",
	"bearer":           "AbCdEf0123456789GhIjKl",
	"jwt":              "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYXJpZSJ9.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
	"uuid":             "3f2b8c1e-9d4a-4e77-b1c2-0a9f8e7d6c5b",
	"long token":       "Zx9Qw3Er7Ty1Ui5Op2As8Df4Gh6",
	"reset link":       "Rz7kP2mQ9xLw4vTn",
	"hosts name":       "staging-secret-projet.example",
	"private name":     "srv-paie.intra",
	"private name 2":   "nas-famille.local",
	"proxy":            "proxy-rh.corp",
	"iban":             "FR76 3000 6000 0112 3456 7890 189",
	"phone":            "+33 6 12 34 56 78",
	"ssid":             "Livebox-Famille-Curie",
	"fragment":         "compte-epargne",

	"form token":        "jeton-csrf-77aa",
	"script value":      "Hélène Langevin",
	"page mail":         "helene@polonium.example",
	"page mail, hidden": "pierre.j&#64;radium.example",
	"hidden field":      "panier-secret-12",
	"typed field":       "12 rue Cuvier",
	"cut field":         "coupe-au-milieu-34",
}

// planted is a result with every one of them in it.
func planted(t *testing.T) *checks.Result {
	t.Helper()
	s := secrets
	r := badGateway()
	r.Target.Input = "le site https://" + s["userinfo"] + ":" + "pw@boutique.example/reset/" + s["reset link"] + "?token=" + s["query token"] + " de " + s["mail"]
	r.Target.URL = "https://boutique.example/panier?ref=" + s["query value"] + "&token=" + s["query token"] + "#" + s["fragment"]
	r.Gateway.Quote = "502 for " + s["visitor's public"] + " user=" + s["mail"]
	own := netip.MustParseAddr(s["own address"])
	x := facts.Exchange{URL: r.Target.URL, Proxy: s["proxy"] + ":3128", Done: true,
		Lookup:   &facts.Lookup{Name: "boutique.example", Server: s["box"], Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.10")}, Done: true, Silent: []string{s["own address"] + ":53"}},
		Connects: []facts.Connect{{Address: netip.MustParseAddrPort("203.0.113.10:443"), Local: own, Interface: s["mac in a name"], Done: true}},
		TLS:      &facts.TLS{ServerName: "boutique.example", Done: true, Chain: []facts.Cert{{Subject: "boutique.example", Issuer: s["computer"] + " CA", SHA256: strings.Repeat("ab12", 16)}}},
		HTTP: &facts.HTTP{Status: 502, Proto: "HTTP/1.1", Done: true, Title: "Bad gateway for " + s["visitor's public"], Location: "/login?next=" + s["query value"], Gateway: r.Gateway,
			Headers: []facts.Header{{Name: "Server", Value: "nginx"}, {Name: "Set-Cookie", Value: s["set-cookie"] + "=1"}, {Name: "CF-RAY", Value: "8f3c1d2e4a5b6c7d-CDG"}, {Name: "X-Client-IP", Value: s["visitor's public"]},
				{Name: "X-Debug", Value: "Cookie: " + s["cookie"] + "; Authorization: Bearer " + s["bearer"]}, {Name: "X-Path", Value: s["home"] + "/www/index.php " + s["jwt"]}, {Name: "X-Trace", Value: s["uuid"] + " " + s["long token"]}}}}
	chain := &facts.Chain{Exchanges: []facts.Exchange{x}, Done: true}
	r.Facts = &facts.Facts{Target: r.Target, At: r.StartedAt, Chain: chain, Repeat: chain,
		Seen: "Erreur 502. " + s["full name"] + ", " + s["phone"] + ", " + s["iban"] + ", ssid: " + s["ssid"] + " password=" + s["password"] + " " + s["home on Windows"] + `\Desktop ` + s["home on a Mac"] + "/x " + s["mac"] + " " + s["mac, dashes"] +
			" sur " + s["computer"] + " chez " + s["user"] + " https://x.example/?mail=" + s["mail, escaped"],
		System: facts.System{OS: "linux", Release: "Debian on " + s["computer, short"],
			Links: []facts.Link{{Name: s["mac in a name"], Kind: "wifi", Up: true, Addresses: []netip.Prefix{netip.PrefixFrom(own, 24), netip.MustParsePrefix(s["own address 6"] + "/64"), netip.MustParsePrefix(s["link-local"] + "/64"),
				netip.MustParsePrefix(s["unique local"] + "/64"), netip.MustParsePrefix(s["carrier"] + "/32"), netip.MustParsePrefix(s["vpn address"] + "/32")}}}, LinksDone: true,
			Routes:    []facts.Route{{Family: 4, Gateway: netip.MustParseAddr(s["box"]), Link: "eth0"}},
			Resolvers: []facts.Resolver{{Address: netip.MustParseAddr(s["box"])}},
			Proxies:   []facts.ProxySetting{{Source: "environment", URL: "http://" + s["proxy"] + ":3128", PAC: "http://" + s["private name"] + "/proxy.pac"}},
			Hosts:     []facts.HostsEntry{{Line: 3, Address: own, Names: []string{"boutique.example", s["hosts name"]}}},
			Firewalls: []facts.Firewall{{Name: "nft", Rule: "ip saddr " + s["own address"] + " drop # " + s["private name 2"]}}},
		Box:          &facts.Box{Address: netip.MustParseAddr(s["box"]), Done: true},
		LocalFilters: []facts.LocalFilter{{Address: netip.MustParseAddr("203.0.113.10"), Done: true}},
		Outside:      &facts.Outside{Service: "globalping", URL: "https://boutique.example/", ID: "PY5fMsREMmIq45VR", Link: "https://globalping.io?measurement=PY5fMsREMmIq45VR", Done: true, Places: []facts.Place{{Country: "FR", City: "Lyon", ASN: 64501, Status: 502, Address: netip.MustParseAddr("203.0.113.10"), Done: true}}},
		Readings:     map[facts.Reading]facts.Progress{facts.ReadOutside: facts.Ended},
	}
	r.Response = &facts.Response{URL: r.Target.URL, Proxy: s["proxy"] + ":3128", Address: "203.0.113.10:443", Proto: "HTTP/1.1", Status: 502, Headers: x.HTTP.Headers, BodySize: 4000,
		Body: `<html><head><meta name="csrf-token" content="` + s["form token"] + `"><meta name="viewport" content="width=device-width">
<script>var user = {"name":"` + s["script value"] + `"};</script></head><body data-user-mail='` + s["page mail"] + `'>
<h1>502 Bad Gateway</h1><p>Votre adresse : ` + s["visitor's public"] + `, ` + s["own address 6"] + `</p><!-- ` + s["home"] + `/www ` + s["private name"] + ` -->
<form><input type=hidden name=x value="` + s["hidden field"] + `"><input value='` + s["typed field"] + ` et plus'></form>
<a href="/panier?ref=` + s["query value"] + `">retour</a> ` + s["page mail, hidden"] + ` ` + s["jwt"] + `
Ray ID: 8f3c1d2e4a5b6c7d-CDG <button value="` + s["cut field"]}
	r.Findings = append(decide.Findings(r.Facts), decide.Finding{ID: "seen", State: decide.StateOK, Facts: map[string]any{"Text": r.Facts.Seen}})
	r.Contacts = append(r.Contacts, checks.Contact{Host: s["private name 2"], Addr: s["own address"] + ":53", What: "dns", Why: "target"}, checks.Contact{Addr: "[" + s["link-local"] + "%eth0]:53", What: "dns", Why: "target"})
	r.Verdict.Vars["Resolver"], r.Verdict.Vars["Proxy"], r.Verdict.Vars["IP"] = s["box"], s["proxy"]+":3128", "203.0.113.10"
	return r
}

var somebody = Identity{Users: []string{secrets["user"], secrets["full name"]}, Computer: []string{secrets["computer"], secrets["computer, short"]}}

// everything that can leave, in both languages.
func everything(t *testing.T, r *checks.Result, about About) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, lang := range []string{"fr", "en"} {
		p := words.New(lang)
		var b bytes.Buffer
		if err := HTML(&b, r, p, about); err != nil {
			t.Fatal(err)
		}
		out[lang+" html"] = b.String()
		raw, err := json.Marshal(JSON(r, p))
		if err != nil {
			t.Fatal(err)
		}
		out[lang+" json"] = string(raw)
		b.Reset()
		if err := Text(&b, r, p, Options{Details: true, Charset: Unicode, Width: 500}); err != nil {
			t.Fatal(err)
		}
		out[lang+" text"] = b.String()
		subject, body := Mail(r, p, about)
		out[lang+" mail"] = subject + "\n" + body
		out[lang+" mailto"], _ = Mailto("", subject, body, p)
		out[lang+" card"] = strings.Join(NewCard(r, p, about).Texts(), "\n") // all that the picture is drawn from
		raw, err = json.Marshal(ReportJSON(r, p, about))
		if err != nil {
			t.Fatal(err)
		}
		out[lang+" report json"] = string(raw)
		for _, k := range MessageKinds {
			subject, body := Message(k, r, p, about)
			out[lang+" "+string(k)] = subject + "\n" + body
			out[lang+" short "+string(k)] = Within(k, r, p, about, 300)
		}
	}
	return out
}

func TestNothingPrivateLeaves(t *testing.T) {
	if len(secrets) < 30 {
		t.Fatalf("%d secrets", len(secrets))
	}
	r := planted(t)
	before, _ := json.Marshal(r)
	for name, s := range secrets { // the test itself: every one of them is really in there
		quoted, _ := json.Marshal(s)
		if !bytes.Contains(before, quoted[1:len(quoted)-1]) {
			t.Errorf("%s was not planted", name)
		}
	}
	masked, removed, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(r); !bytes.Equal(before, after) {
		t.Error("masking changed the result itself")
	}
	about := About{Removed: removed, Note: MaskText("call "+secrets["phone"]+" or "+secrets["mail"]+" at "+secrets["computer"], r, somebody), Since: &Since{FirstFailure: r.StartedAt, Failures: 2, Checks: 3}}
	for where, text := range everything(t, masked, about) {
		low := strings.ToLower(text)
		for name, s := range secrets {
			if strings.Contains(low, strings.ToLower(s)) || strings.Contains(low, strings.ToLower(strings.ReplaceAll(s, `\`, `\\`))) {
				t.Errorf("%s: %s (%s)", where, name, s)
			}
		}
		for _, part := range []string{"skłodowska", "polonium", "joliot", "labouisse", "compta"} {
			if strings.Contains(low, part) {
				t.Errorf("%s: %q is left of a secret", where, part)
			}
		}
	}
	want := []Kind{KindAddress, KindComputer, KindHardware, KindMail, KindName, KindSecret, KindUser}
	if !reflect.DeepEqual(removed, want) {
		t.Errorf("removed %v, want %v", removed, want)
	}
	// What support needs is still there.
	page := everything(t, masked, about)["en mail"]
	for _, s := range []string{"<h1>502 Bad Gateway</h1>", "Ray ID: 8f3c1d2e4a5b6c7d-CDG", "203.0.113.10:443", `name="viewport" content="width=device-width"`, "203.0.113.10", "boutique.example", "8f3c1d2e4a5b6c7d-CDG", "2026-11-21 10:04:05 +01:00 (2026-11-21 09:04:05Z)", "502", "nginx", "https://globalping.io?measurement=PY5fMsREMmIq45VR", "token=***", "Lyon, FR"} {
		if !strings.Contains(page, s) {
			t.Errorf("%q is gone:\n%s", s, page)
		}
	}
}

// TestMaskedIsJudgedTheSame: stand-ins are of the same kind as what they stand for.
func TestMaskedIsJudgedTheSame(t *testing.T) {
	r := planted(t)
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := decide.Judge(r.Facts), decide.Judge(masked.Facts); a.Cause != b.Cause || a.Certainty != b.Certainty || a.Rule != b.Rule {
		t.Errorf("%v, masked %v", a, b)
	}
	again, _, err := Mask(masked, somebody)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(masked)
	y, _ := json.Marshal(again)
	if !bytes.Equal(x, y) {
		t.Errorf("masking twice is not masking once:\n%s\n%s", x, y)
	}
}

func TestMaskKeepsWhatIsNoSecret(t *testing.T) {
	m := newMasker(nil, somebody)
	for _, s := range []string{"502 Bad Gateway", "nginx/1.22.1", "Mozilla/5.0 (compatible; Passerelle/0.1)", "boutique.example answered in 12 ms", "2026-11-21 10:04:05 +01:00", "www.wikipedia.org", "TLS 1.3", "connection-refused",
		"un-article-assez-long-sur-les-passerelles", "https://boutique.example/fr/produits/chaises", "127.0.0.1:8080", "Content-Type: text/html; charset=utf-8", "max-age=31536000"} {
		if got := m.text(s, true); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if len(m.removed) > 0 {
		t.Errorf("removed %v", m.removed)
	}
}

func TestMailto(t *testing.T) {
	p := words.New("fr")
	short, cut := Mailto("aide@boutique.example", "Ne s’ouvre pas", "Bonjour,\nvoilà & merci + 1?", p)
	if cut || short != "mailto:aide@boutique.example?subject=Ne%20s%E2%80%99ouvre%20pas&body=Bonjour%2C%0D%0Avoil%C3%A0%20%26%20merci%20%2B%201%3F" {
		t.Error(short)
	}
	long, cut := Mailto("", "x", strings.Repeat("une ligne accentuée éàè\n", 400), p)
	if !cut || len(long) > MaxMailto || !strings.Contains(long, "collez") {
		t.Errorf("%d %v", len(long), cut)
	}
	for _, bad := range []string{"a@b.example?bcc=evil@x.example", "a@b.example,c@d.example", "javascript:alert(1)", "A <a@b.example>", "%0d%0aBcc"} {
		if got, _ := Mailto(bad, "s", "b", p); !strings.HasPrefix(got, "mailto:?") {
			t.Errorf("%q: %s", bad, got)
		}
	}
}

// TestEML: a mail file that others read: the subject with its accents, the body as it was.
func TestEML(t *testing.T) {
	subject, body := strings.Repeat("boutique.example ne s’ouvre pas, été ", 3), "Bonjour,\nle site « échoue ».\n.\n"+strings.Repeat("très long ", 200)
	for _, to := range []string{"aide@boutique.example", "a@b.example\r\nBcc: evil@x.example", ""} {
		var b bytes.Buffer
		if err := EML(&b, to, subject, body, time.Date(2026, 11, 21, 10, 4, 5, 0, time.FixedZone("", 3600))); err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(b.String()) {
			if !strings.HasSuffix(l, "\r\n") || len(l) > 78+2 {
				t.Errorf("a line of %d bytes: %q", len(l), l)
			}
			if strings.ContainsFunc(l, func(r rune) bool { return r > '~' }) {
				t.Errorf("not ASCII: %q", l)
			}
		}
		m, err := mail.ReadMessage(&b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || got != words.Safe(subject, maxSubject) {
			t.Errorf("subject %q %v", got, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != strings.TrimRight(body, "\n")+"\n" {
			t.Errorf("body %q %v", text, err)
		}
		if at, err := m.Header.Date(); err != nil || at.Unix() != 1795251845 {
			t.Errorf("date %v %v", at.Unix(), err)
		}
		if m.Header.Get("Bcc") != "" || (m.Header.Get("To") == to) == strings.Contains(to, "evil") && to != "" {
			t.Errorf("to %q: %v", to, m.Header)
		}
	}
}

// TestWithin: what is cut is what tells least, and the reference and the time stay.
func TestWithin(t *testing.T) {
	masked, _, err := Mask(planted(t), somebody)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"fr", "en"} {
		p := words.New(lang)
		for _, k := range MessageKinds {
			_, whole := Message(k, masked, p, About{Note: strings.Repeat("conséquences ", 90)})
			for _, most := range []int{0, 3, 10, 80, 300, qr.MaxBytes, 1 << 20} {
				got := Within(k, masked, p, About{Note: strings.Repeat("conséquences ", 90)}, most)
				if len(got) > most || !utf8.ValidString(got) || most >= 80 && got == "" || most == 1<<20 && got != whole {
					t.Errorf("%s %s in %d: %d bytes %q", lang, k, most, len(got), got)
				}
			}
		}
		if got := Within(ToSite, masked, p, About{Note: strings.Repeat("conséquences ", 90)}, qr.MaxBytes); !strings.Contains(got, "x-request-id abc") || !strings.Contains(got, map[string]string{"fr": "21/11/2026 à 10:04 (UTC+01:00, soit 09:04 UTC)", "en": "2026-11-21 10:04 (UTC+01:00, 09:04 UTC)"}[lang]) || !strings.Contains(got, "boutique.example") {
			t.Errorf("%s: %s", lang, got)
		}
	}
}

func TestMessages(t *testing.T) {
	r := planted(t)
	masked, _, err := Mask(r, somebody)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"fr", "en"} {
		for _, k := range MessageKinds {
			for _, about := range []About{{}, {Note: "3 commandes perdues", Tried: []string{"flush-dns"}, Since: &Since{FirstFailure: r.StartedAt.Add(-time.Hour), Failures: 4, Checks: 9}}} {
				subject, body := Message(k, masked, words.New(lang), about)
				if *show {
					t.Logf("──── %s %s\n%s\n%s", lang, k, subject, body)
				}
				if !strings.Contains(subject, "boutique.example") || strings.Contains(subject+body, "<no value>") || strings.Contains(body, "–") || strings.Contains(body, "{{") || len(strings.Split(body, "\n")) < 3 {
					t.Errorf("%s %s: %s\n%s", lang, k, subject, body)
				}
				if about.Note != "" && k != ToCustomersEnd && !strings.Contains(body, about.Note) {
					t.Errorf("%s %s: the person's own line is not there", lang, k)
				}
			}
			Message(k, &checks.Result{}, words.New(lang), About{})
		}
	}
}

// TestOneKindIsShown: what the person wants to be seen is seen, and nothing else of what is private.
func TestOneKindIsShown(t *testing.T) {
	r := planted(t)
	text := func(seen ...Kind) string {
		m, _, err := MaskBut(r, somebody, seen)
		if err != nil {
			t.Fatal(err)
		}
		out := everything(t, m, About{})
		return out["fr json"] + out["fr html"]
	}
	for kind, of := range map[Kind]string{KindMail: "mail", KindHardware: "mac", KindAddress: "box", KindComputer: "computer", KindUser: "user", KindSecret: "query token"} {
		if strings.Contains(text(), secrets[of]) {
			t.Errorf("%s is seen without being wanted", of)
		}
		got := text(kind)
		if !strings.Contains(got, secrets[of]) {
			t.Errorf("%s is wanted and not seen", of)
		}
		for _, other := range []string{"mail", "mac", "box", "computer", "query token"} {
			if other != of && strings.Contains(got, secrets[other]) {
				t.Errorf("with %s, %s is seen too", kind, other)
			}
		}
	}
	if got := MaskTextBut("écrivez à a@b.example", nil, somebody, []Kind{KindMail}); !strings.Contains(got, "a@b.example") {
		t.Errorf("%q", got)
	}
}
