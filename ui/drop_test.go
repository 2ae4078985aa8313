package ui_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/checks/report"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// drop puts a file of that content on the window.
func drop(t *testing.T, s *uitest.Stand, name string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Shell.Drop([]string{file})
}

func savedReport(t *testing.T, s *uitest.Stand) []byte {
	t.Helper()
	raw, err := json.Marshal(report.JSON(uitest.BadGateway().Result, s.Words()))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func pictureOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDroppedReportIsOpenedAgain(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	drop(t, s, "report.json", savedReport(t, s))
	s.Pump("the report", func(st flow.State) bool { return st.Page == flow.Saved })
	if text := s.Texts(); !strings.Contains(text, uitest.Host+", checked on") {
		t.Errorf("%s", text)
	}
	if s.Engine.Asks() != 0 {
		t.Error("a file had a site asked")
	}
	s.Press("Back")
	if s.Shell.State().Page != flow.Address {
		t.Errorf("back leads to %s", s.Shell.State().Page)
	}
}

func TestDroppedPageIsExplained(t *testing.T) {
	page := []byte("HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>")
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	drop(t, s, "page.html", page)
	s.Pump("the meaning", func(st flow.State) bool { return st.Page == flow.Explained })
	if st := s.Shell.State(); st.Paste.Gateway == nil || st.Paste.Gateway.Product != "nginx" {
		t.Errorf("%+v", st.Paste.Gateway)
	}
	s = uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Check()
	drop(t, s, "page.html", page)
	s.Pump("the question", func(st flow.State) bool { return st.Page == flow.Paste })
	if a := uitest.Find[*kit.Area](s.Shell.Root()); len(a) != 1 || !strings.Contains(a[0].Text, "502 Bad Gateway") || !s.Shell.State().Paste.Check {
		t.Error("the page is not what is asked about")
	}
	s.Press("Back")
	if s.Shell.State().Page != flow.Verdict {
		t.Errorf("the verdict is lost: %s", s.Shell.State().Page)
	}
}

func TestWhatCannotBeUsedIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"screen.png": {pictureOf(t), "A picture cannot be read here."},
		"a.zip":      {[]byte("PK\x03\x04\x00\x00"), "This file is neither"},
		"empty.txt":  {nil, "This file is neither"},
		"blank.txt":  {[]byte(" \n"), "This file is neither"},
	} {
		s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
		drop(t, s, name, c.content)
		eventually(t, s, "what is said of "+name, func() bool { return strings.Contains(s.Texts(), c.says) })
		if s.Shell.State().Page != flow.Address {
			t.Errorf("%s leads to %s", name, s.Shell.State().Page)
		}
	}
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Shell.Drop([]string{filepath.Join(t.TempDir(), "gone.json")})
	eventually(t, s, "what is said", func() bool { return strings.Contains(s.Texts(), "This file cannot be read.") })
}

func TestDroppedWhileACheckRuns(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Engine.Step = make(chan struct{})
	s.Shell.Send(flow.Submit{Input: uitest.Host})
	drop(t, s, "report.json", savedReport(t, s))
	if st := s.Shell.State(); st.Page != flow.Checking || !strings.Contains(s.Texts(), "Drop the file again") {
		t.Errorf("%s\n%s", st.Page, s.Texts())
	}
}
