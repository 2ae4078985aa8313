package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"passerelle/checks"
	"passerelle/checks/words"
)

// hostile is what a saved report, or a site, may put wherever a text is: moves of the cursor, a title of the terminal's window, marks that
// turn the writing direction, markup, a line of its own.
const hostile = "\x1b[31m\x1b]0;x\a\u009b2J\u202e\u2066\r\n</pre><script>alert(1)</script>\n[x](javascript:alert(1))"

// poisoned is a result with it behind every text but the names that the program itself looks up.
func poisoned(t *testing.T) *checks.Result {
	t.Helper()
	raw, err := json.Marshal(planted(t))
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var walk func(v any, set func(any))
	walk = func(v any, set func(any)) {
		switch x := v.(type) {
		case map[string]any:
			for k, c := range x {
				walk(c, func(n any) { x[k] = n })
			}
		case []any:
			for i, c := range x {
				walk(c, func(n any) { x[i] = n })
			}
		case string:
			set(x + hostile)
			var r checks.Result
			if again, _ := json.Marshal(tree); json.Unmarshal(again, &r) != nil {
				set(x) // an address, a time: refused when it is read
			}
		}
	}
	walk(tree, nil)
	raw, _ = json.Marshal(tree)
	var r checks.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// TestHostileReport: opened, printed or passed on, it moves no cursor and makes no markup.
func TestHostileReport(t *testing.T) {
	r := poisoned(t)
	for where, text := range everything(t, r, About{Note: hostile, Tried: []string{hostile}}) {
		if strings.HasSuffix(where, "json") {
			continue // escaped by whoever prints it: see printJSON
		}
		if i := strings.IndexFunc(text, func(c rune) bool {
			return c != '\n' && unicode.IsControl(c) || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
		}); i >= 0 {
			t.Errorf("%s: %q", where, text[max(0, i-80):min(len(text), i+20)])
		}
		if strings.HasSuffix(where, "html") && bytes.Contains([]byte(text), []byte("<script")) {
			t.Errorf("%s: markup", where)
		}
	}
	if subject, _ := Message(ToSite, r, words.New("fr"), About{}); strings.ContainsAny(subject, "\r\n") {
		t.Errorf("%q", subject)
	}
}
