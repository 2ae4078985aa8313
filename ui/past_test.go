package ui_test

import (
	"path/filepath"
	"strings"
	"testing"

	"passerelle/checks"
	"passerelle/checks/history"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// eventually waits for what a goroutine does.
func eventually(t *testing.T, s *uitest.Stand, what string, done func() bool) {
	t.Helper()
	s.Queue.Dispatch(func() {})
	s.Queue.Pump(t, what, func() bool {
		if done() {
			return true
		}
		s.Queue.Dispatch(func() {})
		return false
	})
}

// TestEachCheckIsKept: in the folder that the terminal uses too, in its form; opened again by today's rules; deleted with one click and a yes.
func TestEachCheckIsKept(t *testing.T) {
	store := history.Store{Dir: filepath.Join(t.TempDir(), "history")}
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) { d.Past = ui.PastIn(store) }})
	s.Check()
	var list []history.Entry
	eventually(t, s, "the file", func() bool { list, _ = store.List(); return len(list) == 1 })
	if list[0].Host != uitest.Host || list[0].Cause != "bad-gateway" {
		t.Errorf("%+v", list[0])
	}
	s.Press("Copy the report")
	var sent []history.Sent
	eventually(t, s, "the note", func() bool { sent, _ = store.Sent(); return len(sent) == 1 })
	if sent[0].Host != uitest.Host || sent[0].How != history.ByCopy {
		t.Errorf("%+v", sent[0])
	}
	s.Shell.Send(flow.Leave{})
	uitest.OpenFolds(s.Shell)
	s.Press("Past checks")
	s.Pump("the list", func(st flow.State) bool { return st.Past.Read })
	if text := s.Texts(); !strings.Contains(text, "1 check, 1 of them failed") || !strings.Contains(text, "Report copied.") {
		t.Errorf("%s", text)
	}
	uitest.Find[*kit.Item](s.Shell.Root())[0].Tapped(nil)
	s.Pump("the saved check", func(st flow.State) bool { return st.Page == flow.Saved })
	s.Press("Back")
	s.Press("Delete everything")
	s.Press("Yes, delete everything")
	s.Pump("the end", func(st flow.State) bool { return st.Past.Erased })
	if list, err := store.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestWaitingKeepsOnlyWhatIsNew: a day of tries does not push everything else out of the folder.
func TestWaitingKeepsOnlyWhatIsNew(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.BadGateway(), uitest.BadGateway(), uitest.BadGateway(), uitest.Works(), uitest.Works())
	s.Check()
	s.Shell.Send(flow.StartWatch{})
	for n := 1; s.Shell.State().Page == flow.Watch; n++ {
		s.Shell.Send(flow.Act{})
		s.Pump("the try", func(st flow.State) bool { return st.Page != flow.Watch || st.Wait.Tries == n })
	}
	var kept []*checks.Result
	eventually(t, s, "the files", func() bool { kept = s.Engine.Remembered(); return len(kept) >= 2 })
	for range 20 {
		s.Queue.Settle()
	}
	if kept = s.Engine.Remembered(); len(kept) > 3 || kept[len(kept)-1].Verdict.Cause != "works" {
		t.Errorf("%d are kept", len(kept))
	}
}
