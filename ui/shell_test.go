package ui_test

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

func TestFromAddressToFixed(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Stale(), uitest.Works())
	s.Check()
	if text := s.Texts(); !strings.Contains(text, "[Vider la mémoire d’adresses]") || !strings.Contains(text, "Cet ordinateur a gardé une ancienne adresse") {
		t.Fatalf("the verdict does not say what can be done:\n%s", text)
	}
	s.Press("Vider la mémoire d’adresses")
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	if text := s.Texts(); !strings.Contains(text, "Ce qui va changer") || !strings.Contains(text, "Ce qui ne change pas") || !strings.Contains(text, "Comment annuler") {
		t.Errorf("the plan is not told:\n%s", text)
	}
	if len(s.Engine.Applied) != 0 {
		t.Fatal("it was done before it was asked for")
	}
	s.Press("Vider la mémoire d’adresses")
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if len(s.Engine.Applied) != 1 || s.Engine.Asks() != 2 {
		t.Errorf("applied %d times, checked %d times", len(s.Engine.Applied), s.Engine.Asks())
	}
	if text := s.Texts(); !strings.Contains(text, "C’est réparé.") || !strings.Contains(text, "Avant") || !strings.Contains(text, "Maintenant") {
		t.Errorf("the result is not told:\n%s", text)
	}
	pictures := uitest.Find[*kit.PathDiagram](s.Shell.Root())
	if len(pictures) != 2 {
		t.Fatalf("%d pictures, want before and after", len(pictures))
	}
	if was, is := pictures[0].Stops()[0].State, pictures[1].Stops()[0].State; was != decide.StateProblem || is != decide.StateOK {
		t.Errorf("this computer before %s, after %s", was, is)
	}
	s.Press("Terminer")
	if s.Shell.State().Page != flow.Address || s.Field().Text != "" {
		t.Errorf("finish leads to %s", s.Shell.State().Page)
	}
}

func TestNotYetLeadsOn(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.BadGateway())
	s.Check()
	s.Press("Try step by step")
	for range 30 {
		s.Queue.Tick()
	}
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if text := s.Texts(); !strings.Contains(text, "Not fixed yet.") {
		t.Errorf("%s", text)
	}
	if s.Queue.Clocks() != 0 {
		t.Errorf("%d clocks run on", s.Queue.Clocks())
	}
	s.Press("Try the next step")
	s.Pump("the next step", func(st flow.State) bool {
		return st.Page == flow.Repair && st.Step == flow.StepCache && st.Phase == flow.Ready
	})
	s.Press("Open a private window")
	s.Pump("the question", func(st flow.State) bool { return st.Phase == flow.Asking })
	s.Press("Yes, it opens")
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result && st.Answered })
	if w := s.Engine.Asked[2].Witness["private-window"]; w != "opens" {
		t.Errorf("the answer is passed on as %q", w)
	}
}

func TestExampleIsMarked(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Practice(), uitest.Works())
	uitest.OpenFolds(s.Shell)
	s.Press("Essayer sur un exemple")
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if !s.Engine.Asked[0].Target.Example {
		t.Error("the target is not marked as the example")
	}
	s.Press("Attendre son retour")
	s.Press("Réessayer maintenant")
	s.Pump("a good answer", func(st flow.State) bool { return st.Wait.Good == 1 })
	s.Press("Réessayer maintenant")
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if text := s.Texts(); !strings.Contains(text, "Ça remarche.") {
		t.Errorf("%s", text)
	}
}

func TestStopSaysWhatWasFound(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Undetermined())
	s.Engine.Step = make(chan struct{})
	s.Shell.Send(flow.Submit{Input: uitest.Host})
	s.Engine.Step <- struct{}{}
	s.Pump("a report", func(st flow.State) bool { return st.Snap.Step == 1 })
	s.Press("Arrêter")
	s.Pump("the end", func(st flow.State) bool { return !st.Running })
	if s.Shell.State().Page != flow.Verdict {
		t.Errorf("Stop leads to %s", s.Shell.State().Page)
	}
}

func TestPictureComesAlive(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{})
	s.Engine.Step = make(chan struct{})
	s.Shell.Send(flow.Submit{Input: uitest.Host})
	picture := func() *kit.PathDiagram { return uitest.Find[*kit.PathDiagram](s.Shell.Root())[0] }
	known := func() (n int) {
		for _, x := range picture().Stops() {
			if x.State == decide.StateOK {
				n++
			}
		}
		return n
	}
	before := picture()
	last, at := -1, float32(-1)
	for i := 1; i <= 4; i++ {
		s.Engine.Step <- struct{}{}
		s.Pump("the report", func(st flow.State) bool { return st.Snap.Step == i })
		if known() <= last {
			t.Errorf("report %d: %d stops known, before %d", i, known(), last)
		}
		last = known()
		bar := uitest.Find[*kit.Progress](s.Shell.Root())[0]
		if bar.Value() <= at {
			t.Errorf("report %d: the bar stands still at %v", i, bar.Value())
		}
		at = bar.Value()
	}
	if picture() != before {
		t.Error("the picture was built anew for a report")
	}
	s.Engine.Step <- struct{}{}
	s.Pump("the first reading", func(st flow.State) bool { return st.Page == flow.Verdict })
	if text := s.Texts(); !strings.Contains(text, "[Arrêter]") || strings.Contains(text, "[Attendre son retour]") {
		t.Errorf("while it may change there must be nothing but Stop:\n%s", text)
	}
	s.Engine.Step <- struct{}{}
	s.Pump("the end", func(st flow.State) bool { return !st.Running })
	if text := s.Texts(); !strings.Contains(text, "[Attendre son retour]") {
		t.Errorf("%s", text)
	}
}

func TestFloodIsOneDispatch(t *testing.T) {
	sc := uitest.BadGateway()
	for range 1000 {
		sc.Snapshots = append([]checks.Snapshot{sc.Snapshots[0]}, sc.Snapshots...)
	}
	n := 0
	s := uitest.NewStand(t, uitest.Setting{Deps: func(d *ui.Deps) {
		inner := d.Dispatch
		d.Dispatch = func(f func()) { n++; inner(f) }
	}}, sc)
	f := s.Field()
	f.SetText(uitest.Host)
	f.OnSubmitted("")
	time.Sleep(50 * time.Millisecond) // the engine has told everything by now; nobody has listened yet
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if n > 10 {
		t.Errorf("%d dispatches for %d reports that nobody could have seen", n, len(sc.Snapshots))
	}
}

func TestStopsTellWhatWasSeen(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"})
	s.Check()
	picture := uitest.Find[*kit.PathDiagram](s.Shell.Root())[0]
	if picture.Selected() != decide.HopOrigin {
		t.Errorf("the broken place is not told of first: %s", picture.Selected())
	}
	picture.Tap(decide.HopDNS)
	if text := s.Texts(); !strings.Contains(text, "203.0.113.10") {
		t.Errorf("a click on DNS tells nothing:\n%s", text)
	}
}

func TestCopy(t *testing.T) {
	for _, with := range []bool{true, false} {
		s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
			if !with {
				d.Report = nil
			}
		}})
		s.Check()
		s.Press("Copy the report")
		got := s.App.Clipboard().Content()
		if !strings.Contains(got, "boutique.example answered") {
			t.Errorf("copied: %q", got)
		}
		if text := s.Texts(); !strings.Contains(text, "The report is copied.") {
			t.Errorf("nothing says that it is copied:\n%s", text)
		}
		s.Press("Close")
		if text := s.Texts(); strings.Contains(text, "The report is copied.") {
			t.Error("the notice stays")
		}
	}
}

func TestPaste(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) { d.Clip.SetContent("  https://boutique.example/\n") }})
	s.Press("Paste boutique.example")
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict })
	for _, text := range []string{"", "bonjour", "two words.here", "a.b\nc.d", "x@y.example"} {
		s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) { d.Clip.SetContent(text) }})
		if strings.Contains(s.Texts(), "[Paste") {
			t.Errorf("offers to paste %q", text)
		}
	}
}

func TestLanguageAndLookAreKept(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{})
	test.Type(s.Field(), "boutique.exa")
	s.Press("EN")
	if got := s.Field().Text; got != "boutique.exa" {
		t.Errorf("what was typed became %q", got)
	}
	if !strings.Contains(s.Texts(), "[Check]") || s.Prefs["language"] != "en" {
		t.Errorf("not English: %s", s.Texts())
	}
	uitest.OpenFolds(s.Shell)
	s.Press("Settings")
	s.Press("Largest")
	if s.Prefs["text"] != string(theme.TextLargest) || theme.SizeOf("text") < 23 {
		t.Errorf("text size %q, %v", s.Prefs["text"], theme.SizeOf("text"))
	}
	s.Press("Dark")
	if s.Prefs["theme"] != "dark" || !strings.Contains(s.Texts(), "[Light]") {
		t.Errorf("theme %q, or the page was left:\n%s", s.Prefs["theme"], s.Texts())
	}
	s.Press("High contrast")
	if s.Prefs["theme"] != "contrast" || theme.Border() != 2 {
		t.Errorf("theme %q, borders %v", s.Prefs["theme"], theme.Border())
	}
	s.Press("Français")
	if s.Prefs["language"] != "fr" || !strings.Contains(s.Texts(), "[Retour]") {
		t.Errorf("not French: %s", s.Texts())
	}
	s.Press("Comme le système")
	if s.Prefs["language"] != "" || !strings.Contains(s.Texts(), "[Back]") {
		t.Errorf("the system says nothing, so English is spoken: %q\n%s", s.Prefs["language"], s.Texts())
	}
}

func TestClosedInMidCheck(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{})
	s.Engine.Endless = true
	s.Shell.Send(flow.Submit{Input: uitest.Host})
	s.Shell.Close()
	s.Queue.Settle()
	time.Sleep(20 * time.Millisecond)
	s.Queue.Settle()
	if s.Queue.Clocks() != 0 {
		t.Errorf("%d clocks run on after the end", s.Queue.Clocks())
	}
}

func TestWorkThatPanics(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en", Deps: func(d *ui.Deps) {
		d.Diagnose = func(_ ctx, _ checks.Options, _ func(checks.Snapshot)) (*checks.Result, error) { panic("told to") }
	}})
	s.Shell.Send(flow.Submit{Input: uitest.Host})
	s.Pump("the refusal", func(st flow.State) bool { return st.Page == flow.Address && st.Refusal != nil })
	if !strings.Contains(s.Texts(), "The program could not do this.") {
		t.Errorf("%s", s.Texts())
	}
}

func TestUnverifiedIsSaid(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Stale(), uitest.Stale())
	s.Engine.Verified = facts.Unknown
	s.Check()
	s.Press("Empty the address memory")
	s.Pump("the plan", func(st flow.State) bool { return st.Phase == flow.Ready })
	s.Press("Empty the address memory")
	s.Pump("the result", func(st flow.State) bool { return st.Page == flow.Result })
	if text := s.Texts(); !strings.Contains(text, "We couldn’t check the result") && !strings.Contains(text, "We couldn't check the result") {
		t.Errorf("%s", text)
	}
}
