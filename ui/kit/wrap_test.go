package kit_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"passerelle/ui/kit"
)

// TestHeadingsBreakAtTheColon: a headline of two lines is broken at its colon; one without is made of two lines of about the same length.
func TestHeadingsBreakAtTheColon(t *testing.T) {
	app(t)
	h := kit.NewParagraph("Le problème vient du site\u00a0: un de ses serveurs ne marche pas.", kit.Heading)
	h.Resize(fyne.NewSize(600, 10))
	if l := h.Lines(); len(l) != 2 || !strings.HasSuffix(l[0], ":") {
		t.Errorf("%q", l)
	}
	h = kit.NewParagraph("Votre ordinateur a gardé une ancienne adresse de boutique.example.", kit.Heading)
	h.Resize(fyne.NewSize(780, 10))
	if l := h.Lines(); len(l) != 2 || len(l[0]) > 2*len(l[1]) {
		t.Errorf("%q", l)
	}
}

// TestNoWordIsLeftAlone: no width leaves a single word on the last line of a text that could do without.
func TestNoWordIsLeftAlone(t *testing.T) {
	app(t)
	p := kit.NewParagraph("Prévenez votre fournisseur d’accès. Un message prêt contient ce qu’il a besoin de savoir.", kit.Body)
	for width := float32(300); width < 800; width += 7 {
		p.Resize(fyne.NewSize(width, 10))
		if l := p.Lines(); len(l) > 1 && !strings.Contains(l[len(l)-1], " ") {
			t.Errorf("at %v: %q", width, l)
		}
		if got := strings.Join(p.Lines(), " "); got != p.Text() {
			t.Errorf("at %v the text became %q", width, got)
		}
	}
}
