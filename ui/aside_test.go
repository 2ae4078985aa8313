package ui_test

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"passerelle/checks/decide"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

func TestRealReportIsComplete(t *testing.T) {
	r := uitest.BadGateway().Result
	for _, lang := range ui.Languages {
		w := words.New(lang)
		text := ui.Report(r, w)
		title, _ := w.Verdict(r.Verdict)
		for _, want := range []string{title, uitest.Host, "502", "nginx", "0d9b1c52", "detectportal.firefox.com", w.Hop(decide.HopComputer)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the report has no %q:\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("%s: the report has terminal colours", lang)
		}
		for _, to := range []decide.ActionID{decide.ActContactSite, decide.ActContactISP, decide.ActContactIT} {
			if m := ui.Message(to, r, w); !strings.Contains(m, uitest.Host) {
				t.Errorf("%s, %s: %q", lang, to, m)
			}
		}
		if m := ui.Message(decide.ActRetryLater, r, w); m != "" {
			t.Errorf("a message for nobody: %q", m)
		}
	}
}

func TestReadyMessage(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Check()
	s.Press("Copy a ready message")
	if got := s.App.Clipboard().Content(); got != "to: contact-site" {
		t.Errorf("copied %q", got)
	}
	if !strings.Contains(s.Texts(), "The message is copied.") {
		t.Error("nothing says so")
	}
	s.Press("See the message")
	s.Pump("the message", func(st flow.State) bool { return st.Page == flow.Papers && st.Paper.Ready })
	if kind := s.Shell.State().Paper.Draft.To; kind != report.ToSite {
		t.Errorf("the page shows the message to %q", kind)
	}
}

func TestBrokenStopTellsWhatIsWrongOnly(t *testing.T) {
	play := uitest.BadGateway()
	play.Result.Findings = append(play.Result.Findings, decide.Finding{ID: "seen", Hop: decide.HopOrigin, State: decide.StateOK, Text: "all is well here"})
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, play)
	s.Check()
	if text := s.Texts(); !strings.Contains(text, "answered with an error (code 502)") || strings.Contains(text, "all is well here") {
		t.Errorf("%s", text)
	}
	uitest.Find[*kit.PathDiagram](s.Shell.Root())[0].Tap(decide.HopOrigin)
	text := s.Texts()
	if i, j := strings.Index(text, "code 502"), strings.Index(text, "all is well here"); j < 0 || i > j {
		t.Errorf("a click tells all, what is wrong first:\n%s", text)
	}
}

func TestPastedErrorIsExplained(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Shell.Send(flow.Submit{Input: "ERR_CONNECTION_RESET"})
	if text := s.Texts(); s.Shell.State().Page != flow.Explained || !strings.Contains(text, "ERR_CONNECTION_RESET") {
		t.Fatalf("page %s:\n%s", s.Shell.State().Page, text)
	}
	s.Key(fyne.KeyEscape)
	uitest.OpenFolds(s.Shell)
	s.Press("My browser shows an error")
	area := uitest.Find[*kit.Area](s.Shell.Root())[0]
	test.Type(area, "502 Bad Gateway")
	s.Press("FR") // what was typed stays
	area = uitest.Find[*kit.Area](s.Shell.Root())[0]
	if area.Text != "502 Bad Gateway" {
		t.Errorf("what was typed became %q", area.Text)
	}
	area.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.Shell.State().Page != flow.Explained || s.Shell.State().Paste.Gateway == nil {
		t.Errorf("page %s", s.Shell.State().Page)
	}
}

func TestWorksIsNoDeadEnd(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Works())
	s.Check()
	s.Press("No, I see a message")
	test.Type(uitest.Find[*kit.Area](s.Shell.Root())[0], "ERR_FAILED")
	s.Press("Check again")
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if got := s.Engine.Asked[1].Seen; got != "ERR_FAILED" {
		t.Errorf("seen: %q", got)
	}
	s.Press("No")
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	s.Press("Open a private window")
	s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
	s.Press("Something else")
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if got := s.Engine.Asked[2].Witness[flow.WitnessPrivate]; got != flow.SawOther {
		t.Errorf("witness: %q", got)
	}
	s.Press("No")
	s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
	if s.Shell.State().Fix != flow.FixOtherBrowser {
		t.Errorf("after the private window comes %s", s.Shell.State().Step)
	}
	s.Key(fyne.KeyEscape)
	s.Press("Yes")
	if s.Shell.State().Page != flow.Address {
		t.Errorf("yes leads to %s", s.Shell.State().Page)
	}
}

func TestChangesArePutBack(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Proxy(), uitest.Works())
	proxied(s)
	if len(s.Engine.Undone) != 0 {
		t.Fatal("a change that helped was put back")
	}
	s.Press("Undo this change")
	s.Pump("the way back", func(st flow.State) bool { return st.Undid != "" })
	if text := s.Texts(); !strings.Contains(text, "The change is undone.") || strings.Contains(text, "[Undo this change]") {
		t.Errorf("%s", text)
	}

	s = uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Proxy())
	proxied(s)
	if len(s.Engine.Undone) != 1 || !strings.Contains(s.Texts(), "The change did not help, so it was undone.") {
		t.Errorf("undone %v:\n%s", s.Engine.Undone, s.Texts())
	}

	s = uitest.NewStand(t, uitest.Setting{Lang: "en"})
	made(s)
	s.Engine.UndoErr = errors.New("told to")
	s.Shell.Send(flow.Open{Page: flow.Changes})
	s.Pump("the list", func(st flow.State) bool { return len(st.Changes) == 2 })
	s.Press("Put everything back")
	if !s.Shell.Busy() {
		t.Error("the window may be closed while a change is put back")
	}
	s.Pump("the failure", func(st flow.State) bool { return st.UndoError != nil })
	if !strings.Contains(s.Texts(), "The program could not do this.") {
		t.Errorf("%s", s.Texts())
	}
	s.Engine.UndoErr = nil
	s.Press("Put everything back")
	s.Pump("the way back", func(st flow.State) bool { return st.Undid == flow.AllChanges })
	if !strings.Contains(s.Texts(), "There is nothing to undo.") {
		t.Errorf("%s", s.Texts())
	}
}

func TestInterruptedChangeIsOfferedAtTheStart(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
		d.Changes = func(*words.Printer) ([]flow.Changed, error) {
			return []flow.Changed{{ID: "x", Summary: "The proxy was switched off.", When: "today", Interrupted: true}}, nil
		}
	}})
	s.Pump("the journal", func(st flow.State) bool { return st.Read })
	if text := s.Texts(); !strings.Contains(text, "A change was interrupted") || !strings.Contains(text, "The proxy was switched off.") {
		t.Fatalf("%s", text)
	}
	s.Press("Later")
	if strings.Contains(s.Texts(), "interrupted") {
		t.Error("it is not put away")
	}
}

func TestWaitingBringsTheWindowForward(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.BadGateway(), uitest.Works())
	s.Check()
	s.Press("Wait until it’s back")
	for range 30 {
		s.Queue.Tick()
	}
	s.Pump("a good answer", func(st flow.State) bool { return st.Wait.Good == 1 })
	for range 10 {
		s.Queue.Tick()
	}
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if s.Engine.Attracted != 1 || !strings.Contains(s.Texts(), "The website is back.") {
		t.Errorf("brought forward %d times:\n%s", s.Engine.Attracted, s.Texts())
	}
}

func TestOutsideSetting(t *testing.T) {
	play := uitest.BadGateway()
	play.Result.Verdict.Actions = []decide.Action{{ID: decide.ActRetryLater}, {ID: decide.ActAskOutside}}
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, play)
	s.Check()
	s.Press("Look from elsewhere")
	s.Press("Yes, this time")
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if s.Engine.Asked[0].Outside || !s.Engine.Asked[1].Outside {
		t.Errorf("asked elsewhere: %v, then %v", s.Engine.Asked[0].Outside, s.Engine.Asked[1].Outside)
	}
	s.Shell.Send(flow.Leave{})
	s.Shell.Send(flow.Open{Page: flow.Settings})
	s.Press("Never")
	s.Key(fyne.KeyEscape)
	s.Check()
	if strings.Contains(s.Texts(), "[Look from elsewhere]") || s.Prefs["outside"] != "never" {
		t.Errorf("never is not never: %q\n%s", s.Prefs["outside"], s.Texts())
	}
}
