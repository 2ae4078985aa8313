package ui_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"passerelle/checks/facts"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// TestContactIsKeptAndOffered: written in settings, offered first in the message, its mail address where the mail program opens.
func TestContactIsKeptAndOffered(t *testing.T) {
	var opened []*url.URL
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
		d.OpenURL = func(u *url.URL) error { opened = append(opened, u); return nil }
	}})
	s.Engine.Book.File = t.TempDir() + "/contacts.json"
	people(s)
	s.Press("Add a contact")
	s.Press("Internet provider")
	fields := uitest.Find[*kit.Field](s.Shell.Root())
	test.Type(fields[0], "Example Telecom")
	test.Type(fields[1], "nobody")
	s.Press("Keep this contact")
	s.Pump("the complaint", func(st flow.State) bool { return len(st.Folk.Problems) > 0 })
	fields = uitest.Find[*kit.Field](s.Shell.Root())
	if fields[0].Text != "Example Telecom" || fields[1].Text != "nobody" {
		t.Errorf("what was typed is lost: %q, %q", fields[0].Text, fields[1].Text)
	}
	fields[1].SetText("help@telecom.example")
	s.Press("Keep this contact")
	s.Pump("the list", func(st flow.State) bool { return st.Folk.Edit == nil && len(st.Folk.List) == 1 })
	s.Press("Back")
	s.Press("Back")
	papers(s)
	s.Press("To my provider")
	written(s)
	s.Pump("the contacts", func(st flow.State) bool { return st.Folk.Read })
	if !strings.Contains(s.Texts(), "Internet provider, Example Telecom") {
		t.Fatalf("%s", s.Texts())
	}
	s.Press("Write to them")
	s.Pump("the mail", func(st flow.State) bool { return st.Paper.Mailed })
	if len(opened) != 1 || !strings.HasPrefix(opened[0].String(), "mailto:help@telecom.example?") {
		t.Errorf("%v", opened)
	}
	s.Press("My contacts")
	s.Pump("the list", func(st flow.State) bool { return st.Page == flow.People && st.Folk.Read })
	uitest.Find[*kit.Item](s.Shell.Root())[0].Tapped(nil)
	s.Press("Take this contact out")
	s.Pump("the empty list", func(st flow.State) bool { return st.Folk.Edit == nil && len(st.Folk.List) == 0 })
	s.Press("Back")
	if s.Shell.State().Page != flow.Papers {
		t.Errorf("back leads to %s", s.Shell.State().Page)
	}
}

// TestOwnerIsAskedOnlyOnAClick: and the page says what is sent before.
func TestOwnerIsAskedOnlyOnAClick(t *testing.T) {
	play := uitest.BadGateway()
	r := *play.Result
	r.Facts = &facts.Facts{Chain: &facts.Chain{Done: true, Exchanges: []facts.Exchange{{URL: "https://" + uitest.Host + "/", Done: true,
		Connects: []facts.Connect{{Address: netip.MustParseAddrPort("203.0.113.10:443"), Done: true}}}}}}
	play.Result = &r
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, play)
	papers(s)
	s.Press("To the website")
	written(s)
	if text := s.Texts(); strings.Contains(text, "Hébergeur Exemple") || !strings.Contains(text, "The public registry rdap.org gets the address") {
		t.Fatalf("%s", text)
	}
	s.Press("Who owns this address?")
	s.Pump("the owner", func(st flow.State) bool { return st.Folk.Owner != nil })
	if !strings.Contains(s.Texts(), "belongs to: Hébergeur Exemple SAS") {
		t.Errorf("%s", s.Texts())
	}
}
