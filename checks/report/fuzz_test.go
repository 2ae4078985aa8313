package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/words"
)

// FuzzSaved: whatever reads as a saved check (`passerelle open FILE` takes files from anywhere) is judged anew and shown without a crash,
// and without a character that could move the cursor or turn the text round.
func FuzzSaved(f *testing.F) {
	seed, err := json.Marshal(badGateway())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"facts":{"chain":{"exchanges":[{"url":"\u001b[31m\u202e","done":true,"http":{"status":502,"title":"\u001b]0;x\u0007","done":true}}],"done":true}},"target":{"host":"\u202e"}}`))
	f.Add([]byte(`{"facts":{"independent":[{}],"others":[{}],"connectivity":[{}],"system":{"links":[{}],"routes":[{}]},"box":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r checks.Result
		if json.Unmarshal(b, &r) != nil {
			return
		}
		if r.Facts != nil {
			r.Verdict = decide.Judge(r.Facts)
			r.Path, r.Findings, r.Gateway = decide.Path(r.Facts, r.Verdict), decide.Findings(r.Facts), decide.Page(r.Facts)
		}
		for _, lang := range []string{"en", "fr"} {
			p := words.New(lang)
			if _, err := json.Marshal(JSON(&r, p)); err != nil {
				t.Skip(err) // a number that JSON cannot hold
			}
			var page bytes.Buffer
			if err := Text(&page, &r, p, Options{Details: true, Width: 80}); err != nil {
				t.Fatal(err)
			}
			if i := bytes.IndexFunc(page.Bytes(), func(c rune) bool {
				return c != '\n' && (c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069)
			}); i >= 0 {
				t.Fatalf("%q", page.Bytes()[max(0, i-40):min(page.Len(), i+10)])
			}
		}
	})
}
