package uitest

// Recorded checks: real cases from the lab, kept for checks/decide, shown as the window shows them.

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"passerelle/checks"
	"passerelle/checks/facts"
	"passerelle/checks/report"
)

// Recorded is the check of a recorded case ("hosts-override--dead-address"), judged by today's rules. The error says what of the file
// could not be used.
func Recorded(name string) (Scenario, error) {
	file := filepath.Join("checks/decide/testdata/cases", name+".json")
	for range 4 { // a test runs in its package's folder, build/gallery.sh in the tree's
		if _, err := os.Stat(file); err == nil {
			break
		}
		file = filepath.Join("..", file)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return Scenario{}, fmt.Errorf("reading the recorded case %s: %w", name, err)
	}
	var kept struct {
		Facts *facts.Facts `json:"facts"`
	}
	if err := json.Unmarshal(raw, &kept); err != nil {
		return Scenario{}, fmt.Errorf("reading the recorded case %s: %w", name, err)
	}
	t := kept.Facts.Target
	r, _, err := report.Again(&checks.Result{Schema: checks.Schema, Version: "0.1.0", StartedAt: kept.Facts.At, VerdictMS: 900, ElapsedMS: 1400, Facts: kept.Facts,
		Target: checks.Target{Input: t.Input, URL: t.URL, Host: t.Host, Port: t.Port, Display: t.Host}})
	if err != nil {
		return Scenario{}, err
	}
	return Scenario{running(&r.Verdict, r.Path), r, nil}, nil
}
