package ui_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/checks/decide"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/screens"
	"passerelle/ui/uitest"
)

// TestElsewhereIsAskedFirst: nobody elsewhere is asked before the person has read what is sent, to whom and what is published; each of
// the three answers does what it says, and only the name of the site stands in the question.
func TestElsewhereIsAskedFirst(t *testing.T) {
	for _, c := range []struct {
		press   string
		kept    string
		checks  int
		outside bool
		page    flow.Page
	}{
		{"this-time", "", 2, true, flow.Verdict},
		{"always", screens.OutsideAlways, 2, true, flow.Verdict},
		{"never", screens.OutsideNever, 1, false, flow.Verdict},
		{"back", "", 1, false, flow.Verdict},
	} {
		t.Run(c.press, func(t *testing.T) {
			s := uitest.NewStand(t, uitest.Setting{}, uitest.Silent(), uitest.Elsewheres()[decide.SumThereOnly][0])
			s.Check()
			w := s.Words()
			s.Press(w.T("ui.button.outside", nil))
			if st := s.Shell.State(); st.Page != flow.Elsewhere || s.Engine.Asks() != 1 {
				t.Fatalf("on %s after %d checks", st.Page, s.Engine.Asks())
			}
			text := s.Texts()
			for _, must := range []string{uitest.Host, "Globalping", "publié", "envoyé"} {
				if !strings.Contains(text, must) {
					t.Errorf("the question does not say %q:\n%s", must, text)
				}
			}
			s.Press(w.T("ui.button."+c.press, nil))
			s.Pump("the end", func(st flow.State) bool { return !st.Running && st.Page == c.page })
			if s.Engine.Asks() != c.checks || s.Prefs["outside"] != c.kept {
				t.Fatalf("%d checks, kept %q", s.Engine.Asks(), s.Prefs["outside"])
			}
			last := s.Engine.Asked[len(s.Engine.Asked)-1]
			if last.Outside != c.outside || last.CheckHost {
				t.Errorf("asked with %+v", last)
			}
			if offered := strings.Contains(s.Texts(), "["+w.T("ui.button.outside", nil)+"]"); offered != (c.press == "back") {
				t.Errorf("it is offered again: %v", offered)
			}
			if c.outside && len(uitest.Find[*kit.Sights](s.Shell.Root())) != 1 {
				t.Errorf("no picture of the places:\n%s", s.Texts())
			}
		})
	}
}

// TestSecondServiceHasItsOwnYes: check-host.net is named only where Globalping could not be asked, after a question that says that it
// publishes a page; "always" does not cover it.
func TestSecondServiceHasItsOwnYes(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Silent(), uitest.Unasked(), uitest.Elsewheres()[decide.SumSame][0])
	s.Prefs["outside"] = ""
	s.Check()
	w := s.Words()
	s.Press(w.T("ui.button.outside", nil))
	s.Press(w.T("ui.button.always", nil))
	s.Pump("the look", func(st flow.State) bool { return !st.Running && s.Engine.Asks() == 2 && st.Page == flow.Verdict })
	s.Press(w.T("ui.button.check-host-net", nil))
	text := s.Texts()
	if !strings.Contains(text, "check-host.net") || !strings.Contains(text, "Tout le monde peut la lire") || s.Engine.Asks() != 2 {
		t.Fatalf("after %d checks:\n%s", s.Engine.Asks(), text)
	}
	if strings.Contains(text, "["+w.T("ui.button.always", nil)+"]") {
		t.Error("the second service can be allowed for ever")
	}
	s.Press(w.T("ui.button.this-time", nil))
	s.Pump("the second look", func(st flow.State) bool { return !st.Running && s.Engine.Asks() == 3 })
	if last := s.Engine.Asked[2]; !last.Outside || !last.CheckHost {
		t.Errorf("asked with %+v", last)
	}
	// Another site begins without that yes.
	s.Shell.Send(flow.Leave{})
	s.Check()
	if last := s.Engine.Asked[len(s.Engine.Asked)-1]; last.CheckHost {
		t.Error("the yes for one site is used for the next")
	}
}

// TestHereAndElsewhere: each combination has its sentence, and its picture shows a state for here and for every place that saw something.
func TestHereAndElsewhere(t *testing.T) {
	for sum, plays := range uitest.Elsewheres() {
		for i, sc := range plays {
			s := uitest.NewStand(t, uitest.Setting{}, sc)
			s.Check()
			c := decide.Elsewhere(sc.Result.Facts)
			if c == nil || c.Sum != sum {
				t.Errorf("%s %d: %+v", sum, i, c)
				continue
			}
			pictures := uitest.Find[*kit.Sights](s.Shell.Root())
			if sum == decide.SumNobody {
				if len(pictures) != 0 || !strings.Contains(s.Texts(), "Cela ne dit rien du site") {
					t.Errorf("nobody: %s", s.Texts())
				}
				continue
			}
			if !strings.Contains(s.Texts(), s.Words().T("ui.elsewhere.sum."+string(sum), nil)) || len(pictures) != 1 {
				t.Errorf("%s %d: %s", sum, i, s.Texts())
				continue
			}
			stops := pictures[0].Stops()
			if len(stops) != 5 || stops[0].State != c.Here.State || slices.ContainsFunc(stops, func(x kit.Stop) bool { return x.Word == "" || x.Name == "" }) {
				t.Errorf("%s %d: %+v", sum, i, stops)
			}
		}
	}
}

// TestNothingPrivateIsOffered: where nobody outside may hear of a site, no look from elsewhere is offered.
func TestNothingPrivateIsOffered(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{}, uitest.Practice())
	s.Shell.Send(flow.Example{})
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
	if strings.Contains(s.Texts(), s.Words().T("ui.button.outside", nil)) {
		t.Errorf("%s", s.Texts())
	}
}
