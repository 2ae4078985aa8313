package ui_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// sheet is the text that is shown as what leaves.
func sheet(t *testing.T, s *uitest.Stand) string {
	t.Helper()
	all := uitest.Find[*kit.Sheet](s.Shell.Root())
	if len(all) != 1 {
		t.Fatalf("%d sheets", len(all))
	}
	return all[0].Text
}

// TestWhatIsShownIsWhatLeaves: on the clipboard, in the mail program and in the file there is what the sheet shows.
func TestWhatIsShownIsWhatLeaves(t *testing.T) {
	var opened []*url.URL
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
		d.OpenURL = func(u *url.URL) error { opened = append(opened, u); return nil }
	}})
	papers(s)
	s.Press("To the website")
	written(s)
	field := s.Field()
	s.Window.Canvas().Focus(field)
	test.Type(field, "No orders since 9 am")
	s.Pump("the note", func(st flow.State) bool {
		return st.Paper.Ready && strings.Contains(st.Paper.Text, "No orders since 9 am")
	})
	if s.Window.Canvas().Focused() != field {
		t.Error("the field loses the focus while it is typed into")
	}
	text := sheet(t, s)
	if !strings.Contains(text, "No orders since 9 am") || strings.Contains(text, "[") {
		t.Errorf("%s", text)
	}
	s.Press("Copy")
	s.Pump("the copy", func(st flow.State) bool { return st.Paper.Copied })
	if clip := s.App.Clipboard().Content(); clip != s.Shell.State().Paper.Subject+"\n\n"+text {
		t.Errorf("copied: %q", clip)
	}
	s.Press("Open in mail program")
	s.Pump("the mail", func(st flow.State) bool { return st.Paper.Mailed })
	if len(opened) != 1 || opened[0].Scheme != "mailto" || !strings.Contains(opened[0].String(), "No%20orders") {
		t.Errorf("%v", opened)
	}
	s.Press("Save the message")
	s.Pump("the file", func(st flow.State) bool { return st.Paper.Where != "" })
	raw, err := os.ReadFile(s.Shell.State().Paper.Where)
	if err != nil || string(raw) != s.Shell.State().Paper.Subject+"\n\n"+text+"\n" {
		t.Errorf("%v: %s", err, raw)
	}
	if filepath.Dir(s.Shell.State().Paper.Where) != s.Engine.Folder {
		t.Errorf("saved as %s", s.Shell.State().Paper.Where)
	}
	s.Press("Open the folder")
	if len(opened) != 2 || opened[1].Scheme != "file" {
		t.Errorf("%v", opened)
	}
	eventually(t, s, "the notes", func() bool { return len(s.Engine.Notes()) == 3 })
	s.Press("Français")
	written(s)
	if text := sheet(t, s); !strings.Contains(text, "Bonjour,") || s.Shell.State().Paper.Where != "" {
		t.Errorf("%s", text)
	}
	if s.Words().Lang() != "en" {
		t.Error("the window changed its language too")
	}
}

// TestNothingIsOverwritten: two reports of one minute are two files, in each form, with the picture in the page.
func TestNothingIsOverwritten(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	papers(s)
	drop(t, s, "screen.png", pictureOf(t))
	s.Pump("the picture", func(st flow.State) bool { return st.Paper.Picture.Name == "screen.png" })
	names := map[string]bool{}
	for _, b := range []string{"Web page", "Web page", "Picture", "Text", "Data (JSON)"} {
		s.Press(b)
		s.Pump("the file", func(st flow.State) bool { return st.Paper.Where != "" && st.Paper.Handing == "" })
		names[s.Shell.State().Paper.Where] = true
		raw, err := os.ReadFile(s.Shell.State().Paper.Where)
		if err != nil || len(raw) == 0 {
			t.Fatal(err)
		}
		switch b {
		case "Web page":
			if !strings.Contains(string(raw), "data:image/png;base64,") {
				t.Error("the picture is not in the page")
			}
		case "Picture":
			if !strings.HasPrefix(string(raw), "\x89PNG") {
				t.Error("no picture")
			}
		case "Data (JSON)":
			if _, err := history.ReadFile(s.Shell.State().Paper.Where); err != nil {
				t.Error(err)
			}
		}
	}
	if len(names) != 5 {
		t.Errorf("%v", names)
	}
}

// TestPrivateThingsAreShownOnlyWhenAsked: and hidden again.
func TestPrivateThingsAreShownOnlyWhenAsked(t *testing.T) {
	play := uitest.BadGateway()
	r := *play.Result
	r.Gateway.Quote = "502 for camille@secret.example"
	play.Result = &r
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, play)
	papers(s)
	if strings.Contains(sheet(t, s), "camille@secret.example") {
		t.Fatalf("%s", sheet(t, s))
	}
	uitest.OpenFolds(s.Shell)
	s.Press("Email addresses")
	written(s)
	if !strings.Contains(sheet(t, s), "camille@secret.example") {
		t.Errorf("%s", sheet(t, s))
	}
	s.Shell.Send(flow.Unmask{Kind: report.KindMail})
	written(s)
	if strings.Contains(sheet(t, s), "camille@secret.example") {
		t.Error("it is not hidden again")
	}
}

// TestSheetCannotBeChanged: what is typed into it, cut from it or pasted into it does not get into what leaves.
func TestSheetCannotBeChanged(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	papers(s)
	before := sheet(t, s)
	area := uitest.Find[*kit.Sheet](s.Shell.Root())[0]
	test.Type(area, "changed")
	area.SetText("changed")
	s.Key("BackSpace")
	if sheet(t, s) != before {
		t.Error("it was changed")
	}
}
