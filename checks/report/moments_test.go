package report

import (
	"strings"
	"testing"
	"time"

	"passerelle/checks/words"
)

// TestMomentsOfMessages: as people write them, once; in UTC too for those who read a server's logs, where that is another time.
func TestMomentsOfMessages(t *testing.T) {
	paris, utc := time.FixedZone("", 3600), time.UTC
	for _, x := range []struct {
		lang  string
		kind  MessageKind
		at    time.Time
		first time.Duration // before it; 0: this is the first time
		want  string
	}{
		{"fr", ToProvider, time.Date(2026, 11, 21, 10, 4, 5, 0, paris), 0, "Constaté le 21/11/2026 à 10:04 (UTC+01:00)."},
		{"en", ToProvider, time.Date(2026, 11, 21, 10, 4, 5, 0, paris), 0, "Seen: 2026-11-21 10:04 (UTC+01:00)."},
		{"fr", ToIT, time.Date(2026, 11, 21, 10, 4, 5, 0, utc), time.Hour, "Première fois\u00a0: le 21/11/2026 à 09:04 (UTC). Encore vrai le 21/11/2026 à 10:04 (UTC)."},
		{"fr", ToSite, time.Date(2026, 11, 21, 10, 4, 5, 0, utc), 0, "Constaté le 21/11/2026 à 10:04 (UTC)."},
		{"fr", ToSite, time.Date(2026, 11, 21, 0, 4, 5, 0, paris), 0, "Constaté le 21/11/2026 à 00:04 (UTC+01:00, soit 20/11/2026 à 23:04 UTC)."},
		{"en", ToHost, time.Date(2026, 11, 21, 10, 4, 5, 0, paris), time.Hour, "since 2026-11-21 09:04 (UTC+01:00, 08:04 UTC)."},
		{"fr", ToHost, time.Date(2026, 11, 21, 10, 4, 5, 0, paris), 0, "depuis le 21/11/2026 à 10:04 (UTC+01:00, soit 09:04 UTC)."},
	} {
		r := badGateway()
		r.StartedAt = x.at
		about := About{}
		if x.first > 0 {
			about.Since = &Since{FirstFailure: x.at.Add(-x.first), Failures: 2, Checks: 3}
		}
		subject, body := Message(x.kind, r, words.New(x.lang), about)
		if !strings.Contains(body, x.want) || strings.Contains(subject+body, "+00:00") {
			t.Errorf("%s %s: %q is not in\n%s\n%s", x.lang, x.kind, x.want, subject, body)
		}
	}
	if got := Moment(time.Date(2026, 11, 21, 10, 4, 5, 0, utc)); got != "2026-11-21 10:04:05Z" {
		t.Errorf("said twice: %s", got)
	}
}

// TestCustomerNumber: where it is known it is filled in for whom it was given by, and for nobody else; else nothing is said of it.
func TestCustomerNumber(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		p := words.New(lang)
		for _, k := range MessageKinds {
			_, body := Message(k, badGateway(), p, About{Account: "FT-20188"})
			if has := strings.Contains(body, "FT-20188"); has != (k == ToProvider || k == ToHost) {
				t.Errorf("%s %s: %v\n%s", lang, k, has, body)
			}
			if k == ToProvider && strings.Contains(body, "[") {
				t.Errorf("%s", body)
			}
			if _, body := Message(k, badGateway(), p, About{}); (k == ToProvider || k == ToHost) && (strings.Contains(body, "client") && lang == "fr" || strings.Contains(body, "ustomer number")) {
				t.Errorf("%s %s: a number that is not known\n%s", lang, k, body)
			}
		}
		if strings.Contains(Plain(badGateway(), p, About{Account: "FT-20188"}), "FT-20188") {
			t.Error("the report tells the customer number")
		}
	}
}

// TestNoInventedAddress: what stands for a private address tells a reader nothing, and they would look for it.
func TestNoInventedAddress(t *testing.T) {
	for _, server := range []string{secrets["box"], secrets["box"] + ":53"} {
		r := planted(t)
		r.Facts.Chain.Exchanges[0].Lookup.Server = server
		m, _, err := Mask(r, somebody)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range MessageKinds {
			if _, body := Message(k, m, words.New("fr"), About{}); strings.Contains(body, "192.168.") {
				t.Errorf("%s:\n%s", k, body)
			}
		}
		if _, body := Message(ToProvider, r, words.New("fr"), About{}); !strings.Contains(body, secrets["box"]) {
			t.Errorf("unmasked it is not there:\n%s", body)
		}
	}
}
