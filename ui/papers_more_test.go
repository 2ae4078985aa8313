package ui_test

import (
	"net/mail"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"passerelle/checks/qr"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/uitest"
)

// TestMessageIsComplete: the customer number of the person's own contact, the site's address; and all of it in the file of a mail.
func TestMessageIsComplete(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "fr"})
	s.Engine.Book = uitest.SomeContacts(t.TempDir())
	papers(s)
	s.Shell.Send(flow.WriteTo{Kind: "provider"})
	written(s)
	text := s.Shell.State().Paper.Text
	if !strings.Contains(text, "123456789") || strings.Contains(text, "[numéro]") {
		t.Error(text)
	}
	s.Shell.Send(flow.Hand{How: "saved", Format: flow.AsMail})
	s.Pump("the file", func(st flow.State) bool { return st.Paper.Where != "" })
	f, err := os.Open(s.Shell.State().Paper.Where)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if m, err := mail.ReadMessage(f); err != nil || m.Header.Get("X-Unsent") != "1" || !strings.HasSuffix(f.Name(), ".eml") {
		t.Errorf("%s: %v %v", f.Name(), m, err)
	}
	s.Shell.Send(flow.Open{Page: flow.People}) // where the number may be changed
	s.Pump("the contacts", func(st flow.State) bool { return st.Page == flow.People && st.Folk.Read })
	c := s.Shell.State().Folk.List[1]
	s.Shell.Send(flow.EditContact{ID: c.ID})
	s.Shell.Send(flow.TypeContact{Field: "account", Text: "987654321"})
	s.Shell.Send(flow.KeepContact{})
	s.Pump("the contact", func(st flow.State) bool { return st.Folk.Edit == nil })
	s.Shell.Send(flow.Back{})
	written(s)
	if text := s.Shell.State().Paper.Text; !strings.Contains(text, "987654321") {
		t.Errorf("the number of before:\n%s", text)
	}
}

// TestCodeIsSeen: pressing its button shows it, wherever the page was; and it holds the message's own short form.
func TestCodeIsSeen(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "fr", Size: fyne.NewSize(640, 460)}, uitest.NoInternet())
	papers(s)
	s.Shell.Send(flow.WriteTo{Kind: "it"})
	s.Shell.Send(flow.WriteNote{Text: strings.Repeat("très long ", 200)})
	written(s)
	p := s.Shell.State().Paper
	if len(p.Short) > qr.MaxBytes || p.Short != p.Text && len(p.Text) <= qr.MaxBytes || !strings.Contains(p.Short, "ystème") {
		t.Errorf("%d bytes of %d: %s", len(p.Short), len(p.Text), p.Short)
	}
	s.Key(fyne.KeyEnd)
	s.Shell.Send(flow.ShowCode{})
	codes := slices.DeleteFunc(uitest.Find[*canvas.Raster](s.Shell.Root()), func(o *canvas.Raster) bool { return o.Size().Width < 100 }) // signs
	if len(codes) != 1 {
		t.Fatalf("%d codes", len(codes))
	}
	y := fyne.CurrentApp().Driver().AbsolutePositionForObject(codes[0]).Y
	if y < 0 || y > 230 {
		t.Errorf("the code begins at %v of a window of 460", y)
	}
	eventually(t, s, "the note", func() bool { n := s.Engine.Notes(); return len(n) == 1 && n[0].How == "code" && n[0].To == "it" })
}

// TestChangesInReportsAreMasked: the summary of a change names what was changed: a network, a machine.
func TestChangesInReportsAreMasked(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
		d.Changes = func(*words.Printer) ([]flow.Changed, error) {
			return []flow.Changed{{ID: "x", Summary: "nas-famille.local was taken out of the hosts file", When: "today"}}, nil
		}
	}})
	s.Pump("the journal", func(st flow.State) bool { return st.Read })
	papers(s)
	text := s.Shell.State().Paper.Text
	if strings.Contains(text, "nas-famille") || !strings.Contains(text, "was taken out of the hosts file") {
		t.Error(text)
	}
}
