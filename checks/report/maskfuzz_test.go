package report

import (
	"strings"
	"testing"
)

// FuzzMaskText: masking never panics, what is masked stays as it is, lines stay lines, and a planted address and a planted mail never
// come through whatever stands around them.
func FuzzMaskText(f *testing.F) {
	for _, s := range secrets {
		f.Add(s)
	}
	f.Add("?a=b&c=d;e=f https://u:p@h/x?y#z token: 'a b' Bearer abcdefghij")
	f.Fuzz(func(t *testing.T, s string) {
		once := MaskText(s, nil, somebody)
		if twice := MaskText(once, nil, somebody); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
		if strings.Count(once, "\n") != strings.Count(s, "\n") && strings.Count(once, "\n") > strings.Count(s, "\n") {
			t.Error("a line more")
		}
		if got := MaskText(s+" 192.168.7.23 contact-prive@radium.example "+s, nil, somebody); strings.Contains(got, "192.168.7.23") || strings.Contains(got, "contact-prive@radium.example") {
			t.Errorf("through: %q", got)
		}
	})
}

// FuzzMaskPage: a page that is masked stays as it is when it is masked again, and what a form or a program of it held for this visitor never
// comes through, whatever stands before it.
func FuzzMaskPage(f *testing.F) {
	f.Add(`<meta name=csrf content="x"><input value='y'><script>z</script>`)
	f.Add(`<input value="`)
	f.Add(`<script`)
	f.Add("<!-- <input x=\"")
	f.Fuzz(func(t *testing.T, s string) {
		once := newMasker(nil, somebody).page(s)
		if twice := newMasker(nil, somebody).page(once); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
		if strings.ContainsAny(s, "<\"'") {
			return // what stands before may be an unclosed tag or attribute, in which a browser would read no field either
		}
		if got := newMasker(nil, somebody).page(s + `<input type=hidden value="panier-secret"><script>var a="helene"</script>`); strings.Contains(got, "panier-secret") || strings.Contains(got, "helene") {
			t.Errorf("through: %q", got)
		}
	})
}
