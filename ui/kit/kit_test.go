package kit_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"passerelle/checks/decide"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

func app(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.ModeLight, theme.TextNormal))
}

func TestFrenchLinesBeginWell(t *testing.T) {
	app(t)
	text := "Le site ne s’ouvre pas\u202f? Voici pourquoi\u00a0: l’annuaire d’Internet («\u00a0DNS\u00a0») ne répond plus\u202f; attendez, puis vérifiez\u202f!"
	for w := float32(90); w < 900; w += 7 {
		p := kit.NewParagraph(text, kit.Body)
		p.Resize(fyne.NewSize(w, 10))
		for _, l := range p.Lines() {
			if strings.ContainsAny(string([]rune(l)[:1]), ":;?!»") || strings.HasSuffix(l, "«") {
				t.Errorf("at %v: the line %q", w, l)
			}
			if m := fyne.MeasureText(l, 16, fyne.TextStyle{}); m.Width > w+0.5 {
				t.Errorf("at %v: the line %q is %v wide", w, l, m.Width)
			}
		}
		if w > 300 && strings.Join(p.Lines(), " ") != text {
			t.Errorf("at %v: words were lost: %q", w, p.Lines())
		}
	}
}

func TestLongWordsAreShortened(t *testing.T) {
	app(t)
	got := kit.Wrap("Voir https://exemple.fr/un/chemin/qui/ne/finit/jamais/vraiment.html ici", 200, 16, fyne.TextStyle{})
	for _, l := range got {
		if m := fyne.MeasureText(l, 16, fyne.TextStyle{}); m.Width > 200 {
			t.Errorf("%q is %v wide", l, m.Width)
		}
	}
	all := strings.Join(got, " ")
	if !strings.Contains(all, "https") || !strings.Contains(all, "…") || !strings.Contains(all, ".html") {
		t.Errorf("%q", got)
	}
	if s := kit.Shorten("", 10, 16, fyne.TextStyle{}); s != "" {
		t.Errorf("nothing became %q", s)
	}
}

func TestButtonKeys(t *testing.T) {
	app(t)
	taps, cancels := 0, 0
	b := kit.NewButton("Vérifier", func() { taps++ })
	b.OnCancel = func() { cancels++ }
	w := test.NewTempWindow(t, b)
	w.Canvas().Focus(b)
	if !b.Focused() {
		t.Error("no ring")
	}
	for _, k := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyEscape, fyne.KeyA} {
		b.TypedKey(&fyne.KeyEvent{Name: k})
	}
	test.Tap(b)
	if taps != 4 || cancels != 1 {
		t.Errorf("%d taps, %d cancels", taps, cancels)
	}
	other := fyne.KeyName("")
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { other = e.Name })
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF5})
	if other != fyne.KeyF5 {
		t.Error("F5 does not reach the window")
	}
	if m := kit.NewButton("OK", nil).MinSize(); m.Height < kit.MinTarget || m.Width < kit.MinTarget {
		t.Errorf("a button of %v", m)
	}
}

func TestPathLiesAsItFits(t *testing.T) {
	app(t)
	stops := []kit.Stop{{ID: decide.HopComputer, Name: "Vous", State: decide.StateOK, Word: "fonctionne"},
		{ID: decide.HopRouter, Name: "Box", State: decide.StateOK, Word: "fonctionne"},
		{ID: decide.HopProvider, Name: "Fournisseur", State: decide.StateProblem, Word: "problème"},
		{ID: decide.HopDNS, Name: "DNS", State: decide.StateUnknown, Word: "non vérifié"},
		{ID: decide.HopGateway, Name: "Façade", State: decide.StateUnknown, Word: "non vérifié"},
		{ID: decide.HopOrigin, Name: "Site", State: theme.Running, Word: "en cours"}}
	d := kit.NewPathDiagram(stops, nil)
	for _, c := range []struct {
		width  float32
		across bool
	}{{608, true}, {780, true}, {500, false}, {300, false}} {
		d.Resize(fyne.NewSize(c.width, 100))
		if d.Horizontal() != c.across {
			t.Errorf("at %v across is %v", c.width, d.Horizontal())
		}
		d.Resize(fyne.NewSize(c.width, d.MinSize().Height))
		for _, o := range test.LaidOutObjects(d) {
			if p, s := o.Position(), o.Size(); p.X < 0 || p.X+s.Width > c.width+0.5 {
				t.Errorf("at %v: %T from %v to %v", c.width, o, p.X, p.X+s.Width)
			}
		}
	}
	told := decide.HopID("")
	d.OnSelect = func(id decide.HopID) { told = id }
	d.Tap(decide.HopProvider)
	if told != decide.HopProvider || d.Selected() != told {
		t.Errorf("a click tells of %q", told)
	}
	stops[5].State = decide.StateOK
	d.Set(stops)
	d.Set(stops[:3])
	if n := len(d.Stops()); n != 3 {
		t.Errorf("%d stops", n)
	}
	d.Set(nil)
	d.Resize(fyne.NewSize(600, 10))
	if h := d.MinSize().Height; h != 0 {
		t.Errorf("an empty way is %v high", h)
	}
}

func TestProgressNeverGoesBack(t *testing.T) {
	app(t)
	p := kit.NewProgress()
	for _, v := range []float32{0.2, 0.5, 0.3, 2} {
		p.Set(v)
	}
	if p.Value() != 1 {
		t.Errorf("%v", p.Value())
	}
	p = kit.NewProgress()
	p.Set(0.5)
	p.Set(0.3)
	if p.Value() != 0.5 {
		t.Errorf("went back to %v", p.Value())
	}
}

func TestRowWraps(t *testing.T) {
	app(t)
	a, b := kit.NewButton("Vérifier à nouveau", nil), kit.NewButton("Copier le compte rendu", nil)
	r := kit.NewRow(8, a, b)
	r.Resize(fyne.NewSize(300, 10))
	if a.Position().Y == b.Position().Y || r.MinSize().Height < 2*kit.MinTarget {
		t.Error("two wide buttons stand on one narrow line")
	}
	r.Resize(fyne.NewSize(800, 10))
	if a.Position().Y != b.Position().Y {
		t.Error("two buttons do not stand on one wide line")
	}
}

func TestFold(t *testing.T) {
	app(t)
	told, laid := false, 0
	body := kit.NewParagraph("dedans", kit.Body)
	f := kit.NewFold("Détails", body, func() { laid++ })
	f.Toggle = func(open bool) { told = open }
	f.Resize(fyne.NewSize(400, 44))
	closed := f.MinSize().Height
	f.Head().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !f.Open || !told || laid != 1 || f.MinSize().Height <= closed || !body.Visible() {
		t.Errorf("open %v, told %v, laid out %d times, %v high", f.Open, told, laid, f.MinSize().Height)
	}
	f.Head().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if f.Open || body.Visible() || f.MinSize().Height != closed {
		t.Error("it does not close again")
	}
}
