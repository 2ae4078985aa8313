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
