package outside

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"passerelle/checks/facts"
)

// fit tells whether a place's texts can be kept and shown: bounded, on one line, nothing that moves a cursor or turns a line round.
func fit(t *testing.T, p facts.Place) {
	t.Helper()
	for _, s := range []string{p.Country, p.City, p.Network, p.Title, p.CertSHA, p.Why} {
		if utf8.RuneCountInString(s) > maxText || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Fatalf("%+v", p)
		}
	}
	if p.Done && p.Why != "" || p.Done && p.Failure == facts.OK && (p.Status < 100 || p.Status > 599) || p.ASN < 0 {
		t.Fatalf("%+v", p)
	}
	if l := p.Location; l != "" {
		scheme, rest, _ := strings.Cut(l, "://")
		host, path, _ := strings.Cut(rest, "/")
		if path != "" || !Askable(scheme, strings.Trim(host, "[]"), 0) {
			t.Fatalf("would be asked for: %+v", p)
		}
	}
}

// FuzzMeasurement: whatever Globalping's answer holds.
func FuzzMeasurement(f *testing.F) {
	f.Add([]byte(`{"id":"a","type":"http","target":"shop.example","status":"finished","results":[{"probe":{"country":"FR","city":"Lyon","asn":3215,"network":"Orange","tags":["eyeball-network"]},"result":{"status":"finished","statusCode":502,"rawBody":"<title>502</title>","headers":{"location":["https://www.shop.example/"]},"resolvedAddress":"203.0.113.10","timings":{"total":12},"tls":{"authorized":false,"error":{"code":"CERT_HAS_EXPIRED"},"fingerprint256":"AA:BB"}}}]}`))
	f.Add([]byte(`{"results":[{"result":{"status":"failed","failureSource":"target","rawOutput":"Error: connect ECONNREFUSED"}},{"result":{"status":"finished","statusCode":301,"headers":{"location":"//[fd00::1]/x"}}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m measured
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		q := Question{Scheme: "https", Host: "shop.example", Country: "FR"}
		ps := m.places(q)
		if len(ps) > maxPlaces {
			t.Fatalf("%d places", len(ps))
		}
		for _, p := range ps {
			fit(t, p)
		}
		if next, ok := sentTo(ps, q); ok && !Askable(next.Scheme, next.Host, 0) {
			t.Fatalf("sent to %+v", next)
		}
	})
}

// FuzzNode: whatever check-host.net's answer holds.
func FuzzNode(f *testing.F) {
	f.Add([]byte(`[[1,0.13,"OK","200","203.0.113.10"]]`))
	f.Add([]byte(`[[0,0.01,"Connection refused",null,null]]`))
	f.Add([]byte(`[[null,{"message":"Unknown host"}]]`))
	f.Add([]byte(`[[]]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := facts.Place{Why: "running"}
		nodeResult(raw, &p)
		fit(t, p)
	})
}

// FuzzCountry: whatever the settings and the system's table hold, what comes out is a country's code or nothing.
func FuzzCountry(f *testing.F) {
	f.Add("Europe/Paris", "FR\t+4852+00220\tEurope/Paris\n", "fr_FR.UTF-8")
	f.Add("X/Y", "#\n\t\t\nX\t\tX/Y", "C")
	f.Fuzz(func(t *testing.T, zone, table, lang string) {
		got := countryFrom(func(string) string { return lang }, zone, func(string) ([]byte, error) { return []byte(table), nil })
		if got != "" && country(got) != got {
			t.Fatalf("%q", got)
		}
	})
}
