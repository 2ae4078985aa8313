package flow

import (
	"errors"
	"testing"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/history"
)

// kept is a saved check of a site.
func kept(v decide.Verdict, broken int) *checks.Result {
	r := res(v, broken)
	r.Target = checks.Target{Input: "a.example", Host: "a.example", URL: "https://a.example/"}
	r.StartedAt = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	return r
}

// atSaved looks at a saved check, from the history.
func atSaved(t *testing.T) State {
	t.Helper()
	s, out := play(t, Start(), Open{Page: History})
	if s.Page != History || len(out) != 2 || out[0] != (Remember{}) {
		t.Fatalf("%s, %#v", s.Page, out)
	}
	s, out = play(t, s, Remembered{List: []history.Entry{{Name: "n", Host: "a.example"}}}, OpenSaved{Name: "n"})
	if len(out) != 1 || out[0] != (ReadSaved{"n"}) {
		t.Fatalf("%#v", out)
	}
	was := kept(ok502, 3)
	s, _ = play(t, s, Reread{Name: "n", Was: was, Now: was, Judged: true})
	if s.Page != Saved || s.Past.Differs() || s.InView().Result != was {
		t.Fatalf("page %s, differs %v", s.Page, s.Past.Differs())
	}
	return s
}

func TestSavedCheckLeadsBackToTheHistory(t *testing.T) {
	s, _ := play(t, atSaved(t), Back{})
	if s.Page != History || !s.Past.Read || len(s.Past.List) != 1 {
		t.Errorf("%s, %v", s.Page, s.Past.Read)
	}
	if s, _ = play(t, s, Back{}); s.Page != Address || s.Past.Read {
		t.Errorf("the history leads back to %s", s.Page)
	}
}

func TestComparedWithNow(t *testing.T) {
	here := Understood{Target: checks.Target{Input: "a.example", Host: "a.example"}}
	s, out := play(t, atSaved(t), CompareNow{})
	if p, ok := out[0].(Parse); !ok || p.Input != "a.example" {
		t.Fatalf("%#v", out)
	}
	s, out = play(t, s, here)
	if _, ok := out[0].(Check); !ok || s.Page != Checking || !s.Comparing() || s.Before.Verdict.Cause != decide.BadGateway {
		t.Fatalf("%s, %#v", s.Page, out)
	}
	for _, c := range []struct {
		name string
		e    Event
		want Page
	}{
		{"ended", Finished{s.Run, kept(works, -1), nil}, Result},
		{"could not", Finished{s.Run, nil, errors.New("no")}, Saved},
		{"gone back", Back{}, Saved},
	} {
		n, _ := play(t, s, c.e)
		if n.Page != c.want || n.Running {
			t.Errorf("%s leads to %s", c.name, n.Page)
		}
		if c.want == Saved {
			n, out := play(t, n, Back{})
			if n.Page != History {
				t.Errorf("%s: then back to %s", c.name, n.Page)
			}
			if len(out) != 1 || out[0] != (Remember{}) {
				t.Errorf("%s: the list is not read again: %#v", c.name, out)
			}
		}
		if c.want == Result {
			if b, _ := play(t, n, Back{}); b.Page != Saved || b.Past.Was.Result == nil {
				t.Errorf("the way back from the comparison leads to %s", b.Page)
			}
			if n, _ = play(t, n, Show{}, Again{}); n.Comparing() || n.Page != Checking {
				t.Errorf("the next check is compared too")
			}
		}
	}
	other := Understood{Target: checks.Target{Input: "b.example", Host: "b.example"}}
	if n, out := play(t, atSaved(t), CompareNow{}, other); n.Page != Saved || n.Past.Error == nil || len(out) > 0 {
		t.Errorf("a file has another site asked: %s, %#v", n.Page, out)
	}
}

func TestDroppedReportLeadsBackWhereItWasDropped(t *testing.T) {
	v := atVerdict(t)
	s, out := play(t, v, Dropped{Name: "/tmp/x.json"})
	if len(out) != 1 || out[0] != (ReadDropped{"/tmp/x.json"}) || s.Page != Verdict {
		t.Fatalf("%#v", out)
	}
	was, now := kept(decide.Verdict{Side: decide.SideUnknown, Cause: decide.Undetermined}, -1), kept(ok502, 3)
	s, _ = play(t, s, Reread{Name: "/tmp/x.json", Was: was, Now: now, Judged: true})
	if s.Page != Saved || !s.Past.Differs() {
		t.Fatalf("page %s", s.Page)
	}
	if b, _ := play(t, s, Back{}); b.Page != Verdict || b.Now.Result != v.Now.Result {
		t.Errorf("back leads to %s", b.Page)
	}
	running, _ := play(t, Start(), Submit{Input: "a.example"}, Understood{})
	if s, out = play(t, running, Dropped{Name: "x"}); len(out) != 0 || s.Page != Checking {
		t.Errorf("a file cuts a check off: %#v", out)
	}
	if s, _ = play(t, running, Reread{Name: "x", Was: was, Now: now}); s.Page != Checking {
		t.Errorf("a file that was read late cuts a check off: %s", s.Page)
	}
}

func TestEverythingIsDeletedOnlyAfterAYes(t *testing.T) {
	s, _ := play(t, Start(), Open{Page: History}, Remembered{List: []history.Entry{{Name: "n", Host: "a.example"}}})
	if _, out := play(t, s, Erase{Sure: true}); len(out) != 0 {
		t.Fatalf("not asked: %#v", out)
	}
	s, out := play(t, s, Erase{})
	if !s.Past.Erasing || len(out) != 0 {
		t.Fatalf("%v, %#v", s.Past.Erasing, out)
	}
	for _, no := range []Event{Erase{No: true}, Back{}} {
		if n, out := play(t, s, no); n.Past.Erasing || n.Page != History || len(out) != 0 {
			t.Errorf("%T: %s, %#v", no, n.Page, out)
		}
	}
	s, out = play(t, s, Erase{Sure: true})
	if len(out) != 1 || out[0] != (Forget{}) {
		t.Fatalf("%#v", out)
	}
	if n, _ := play(t, s, Remembered{Erased: true}); !n.Past.Erased || len(n.Past.BySite()) != 0 {
		t.Error("it is not said")
	}
	if n, _ := play(t, s, Remembered{Erased: true, Err: errors.New("no")}); n.Past.Erased || n.Past.Error == nil {
		t.Error("a failure is called a success")
	}
}

func TestHistoryIsGroupedBySite(t *testing.T) {
	p := Past{List: []history.Entry{{Name: "3", Host: "b"}, {Name: "2", Host: "a", Display: "á"}, {Name: "1", Host: "b"}},
		Sent: []history.Sent{{Host: "c"}, {Host: "a"}}}
	got := p.BySite()
	if len(got) != 3 || got[0].Host != "b" || len(got[0].Checks) != 2 || got[0].Checks[0].Name != "3" || got[1].Display != "á" || len(got[1].Sent) != 1 || got[2].Host != "c" {
		t.Errorf("%+v", got)
	}
	s := Start()
	s.Page = History
	if s, _ = play(t, s, Unroll{}, Unroll{Host: "a"}); s.Past.Sites != 2*SitesShown || !s.Past.Open["a"] {
		t.Errorf("%d, %v", s.Past.Sites, s.Past.Open)
	}
}
