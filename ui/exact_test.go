package ui_test

import (
	"strings"
	"testing"

	"passerelle/ui/flow"
	"passerelle/ui/uitest"
)

// That only the first page was asked is said, and the very page is asked after the yes, once.
func TestVeryPageAfterAYes(t *testing.T) {
	s := uitest.NewStand(t, uitest.Setting{Lang: "en"}, uitest.Shortened(), uitest.BadGateway())
	s.Check()
	if !strings.Contains(s.Texts(), "looks private") {
		t.Fatalf("it is not said that only the first page was asked: %s", s.Texts())
	}
	s.Press("Ask for the very page")
	s.Pump("the second check", func(st flow.State) bool { return s.Engine.Asks() == 2 && !st.Running })
	last := s.Engine.Asked[len(s.Engine.Asked)-1]
	if !last.Exact || !strings.HasSuffix(last.Target.URL, "/reset?token=x") {
		t.Errorf("asked %+v", last)
	}
}
