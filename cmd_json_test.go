package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// TestJSONMovesNoCursor: what a site wrote is in it, and it may be printed on a terminal; it says the same as before.
func TestJSONMovesNoCursor(t *testing.T) {
	for _, s := range []string{"\u009b2J\u0085\u007f\x1b[31m", "été \u202eexe.txt\u2066 \U000e0041 😀", "plain", "\u2028", ""} {
		var b bytes.Buffer
		if err := printJSON(&b, map[string]string{"text": s}); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
			t.Errorf("%q", b.String())
		}
		var back map[string]string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["text"] != s {
			t.Errorf("%q became %q: %v", s, back["text"], err)
		}
	}
}
