package decide

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"passerelle/checks/facts"
)

// recorded is a real case: what a check saw in the lab, and what is true of it. `check --json` prints the facts; a wrong verdict
// becomes such a file before it is mended.
type recorded struct {
	Name      string      `json:"name"`
	Cause     Cause       `json:"cause"`
	Certainty Certainty   `json:"certainty"`
	Rule      string      `json:"rule"`
	Facts     facts.Facts `json:"facts"`
}

// TestRecordedCases judges every recorded case again.
func TestRecordedCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("only %d recorded cases: %v", len(files), err)
	}
	for _, file := range files {
		p, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c recorded
		if err := json.Unmarshal(p, &c); err != nil {
			t.Fatalf("reading %s: %v", file, err)
		}
		v := Judge(&c.Facts)
		if v.Cause != c.Cause || v.Certainty != c.Certainty {
			t.Errorf("%s: %v, it was %s (%s, %s)", c.Name, v, c.Cause, c.Certainty, c.Rule)
		}
		Path(&c.Facts, v)
		Findings(&c.Facts)
	}
}

// FuzzReplay: whatever reads as facts is judged without a crash (`passerelle open FILE` takes files from anywhere).
func FuzzReplay(f *testing.F) {
	for _, c := range cases[:10] {
		p, err := json.Marshal(world(c.change...))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		var x facts.Facts
		if json.Unmarshal(p, &x) != nil {
			return
		}
		v := Judge(&x)
		Path(&x, v)
		Findings(&x)
	})
}
