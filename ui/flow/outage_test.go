package flow

import (
	"errors"
	"testing"

	"passerelle/checks/history"
	"passerelle/checks/incident"
)

func TestIncidentIsWrittenAndKept(t *testing.T) {
	s, _ := play(t, Start(), Open{Page: History}, Remembered{List: []history.Entry{{Name: "n", Host: "a.example"}}})
	s, out := play(t, s, OpenIncident{Host: "a.example"})
	if s.Page != Incident || len(out) != 1 || out[0] != (Recount{"a.example"}) {
		t.Fatalf("%s, %#v", s.Page, out)
	}
	if _, out := play(t, s, SaveIncident{JournalText}); len(out) != 0 {
		t.Error("a journal of nothing")
	}
	s, _ = play(t, s, Recounted{Host: "a.example", Incident: &incident.Incident{Host: "a.example"}})
	for _, id := range []string{"happened", "impact", "helped", "change"} {
		s, _ = play(t, s, TypePart{ID: id, Text: id})
	}
	if r := s.Outage.Kept.Retrospective; r != (incident.Retrospective{Happened: "happened", Impact: "impact", Helped: "helped", Change: "change"}) {
		t.Errorf("%+v", r)
	}
	s, out = play(t, s, SaveIncident{JournalCSV})
	if w, ok := out[0].(WriteIncident); !ok || w.Format != JournalCSV || w.Outage.Kept.Retrospective.Impact != "impact" {
		t.Fatalf("%#v", out)
	}
	if n, _ := play(t, s, IncidentSaved{Where: "/x"}); n.Outage.Where != "/x" || n.Outage.Saving {
		t.Errorf("%+v", n.Outage)
	}
	if n, _ := play(t, s, IncidentSaved{Err: errors.New("no")}); n.Outage.Error == nil {
		t.Error("a failure is not said")
	}
	s, out = play(t, s, Back{})
	if k, ok := out[0].(KeepParts); !ok || s.Page != History || k.Outage.Kept.Retrospective.Change != "change" {
		t.Errorf("%s, %#v", s.Page, out)
	}
}
