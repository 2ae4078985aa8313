package flow

import (
	"errors"
	"testing"

	"passerelle/checks/history"
	"passerelle/checks/report"
)

// atPapers has the report written.
func atPapers(t *testing.T) State {
	t.Helper()
	s, out := play(t, atVerdict(t), Open{Page: Papers})
	w, ok := out[0].(Write)
	if s.Page != Papers || !ok || w.N != s.Paper.N || w.Draft.To != "" {
		t.Fatalf("%s, %#v", s.Page, out)
	}
	s, _ = play(t, s, Written{N: w.N, Subject: "subject", Text: "text", Private: []report.Kind{report.KindMail, report.KindUser}})
	if !s.Paper.Ready {
		t.Fatal("not ready")
	}
	return s
}

// TestEachChoiceIsWrittenAnew: what is shown is what leaves, so that nothing leaves before it was written for the newest choice.
func TestEachChoiceIsWrittenAnew(t *testing.T) {
	for _, e := range []Event{WriteTo{report.ToProvider}, WriteIn{"en"}, WriteNote{"no orders"}, Unmask{report.KindMail}} {
		s := atPapers(t)
		old := s.Paper.N
		s, out := play(t, s, e)
		w, ok := out[0].(Write)
		if !ok || s.Paper.Ready || w.N == old {
			t.Fatalf("%#v: %#v", e, out)
		}
		if _, out := play(t, s, Hand{How: history.ByCopy}); len(out) != 0 {
			t.Errorf("%#v: an older text leaves", e)
		}
		if n, _ := play(t, s, Written{N: old, Text: "older"}); n.Paper.Ready {
			t.Errorf("%#v: an older text is shown", e)
		}
		s, _ = play(t, s, Written{N: w.N, Text: "new"})
		_, out = play(t, s, Hand{How: history.ByMail, Mail: "a@b.example"})
		if h, ok := out[0].(HandOut); !ok || h.Draft.To != w.Draft.To || h.Draft.Note != w.Draft.Note || h.Draft.Lang != w.Draft.Lang || len(h.Draft.Seen) != len(w.Draft.Seen) || h.Mail != "a@b.example" {
			t.Errorf("%#v: %#v", e, out)
		}
	}
}

func TestUnmasking(t *testing.T) {
	s := atPapers(t)
	steps := []struct {
		press report.Kind
		want  int
		all   bool
	}{{report.KindMail, 1, false}, {report.KindUser, 2, true}, {report.KindMail, 1, false}, {"", 2, true}, {"", 0, false}}
	for i, c := range steps {
		s, _ = play(t, s, Unmask{c.press})
		s, _ = play(t, s, Written{N: s.Paper.N, Private: s.Paper.Private})
		if len(s.Paper.Draft.Seen) != c.want || s.Paper.Draft.ShowsAll(s.Paper.Private) != c.all {
			t.Errorf("step %d: %v", i, s.Paper.Draft.Seen)
		}
	}
}

func TestHandingOut(t *testing.T) {
	s := atPapers(t)
	s, out := play(t, s, Hand{How: history.BySave, Format: AsHTML})
	if len(out) != 1 || s.Paper.Handing == "" {
		t.Fatalf("%#v", out)
	}
	if _, out := play(t, s, Hand{How: history.BySave, Format: AsHTML}); len(out) != 0 {
		t.Error("saved twice at once")
	}
	if n, _ := play(t, s, Handed{N: s.Paper.N, How: history.BySave, Where: "/x"}); n.Paper.Where != "/x" || n.Paper.Handing != "" {
		t.Errorf("%+v", n.Paper)
	}
	if n, _ := play(t, s, Handed{N: s.Paper.N, How: history.ByMail, Cut: true}); !n.Paper.Mailed || !n.Paper.Cut {
		t.Errorf("%+v", n.Paper)
	}
	if n, _ := play(t, s, Handed{N: s.Paper.N, How: history.ByCopy, Err: errors.New("no")}); n.Paper.Copied || n.Paper.Error == nil {
		t.Errorf("%+v", n.Paper)
	}
	s, _ = play(t, s, Handed{N: s.Paper.N})
	s, effects := play(t, s, ShowCode{})
	if !s.Paper.Code || len(effects) != 1 || effects[0] != (CodeShown{s.Paper.Draft.To}) {
		t.Fatalf("no code, or it is not noted: %v", effects)
	}
	if s, _ = play(t, s, Back{}); s.Paper.Code || s.Page != Papers {
		t.Errorf("back from the code leads to %s", s.Page)
	}
	if s, _ = play(t, s, Back{}); s.Page != Verdict {
		t.Errorf("back leads to %s", s.Page)
	}
	if s, _ = play(t, Start(), Open{Page: Papers}); s.Page != Address {
		t.Error("a report of nothing")
	}
}
