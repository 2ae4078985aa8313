package ui

import (
	"slices"
	"testing"

	"passerelle/checks/guide"
	"passerelle/checks/words"
	"passerelle/ui/flow"
)

// TestTriedIsTold: every step that was tried stands in the report, in the report's language whatever the window's is.
func TestTriedIsTold(t *testing.T) {
	steps := []guide.ID{guide.Reload, guide.EmptyCache, guide.OtherDevice, guide.FlushDNS, guide.RestartBox}
	s := &Shell{words: words.New("en"), state: flow.State{Tried: steps}}
	fr, en := s.tried(words.New("fr")), s.tried(words.New("en"))
	if len(fr) != len(steps) || len(en) != len(steps) || slices.Equal(fr, en) {
		t.Errorf("%q %q", fr, en)
	}
}
