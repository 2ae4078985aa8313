package lab

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// Tier says when a scenario runs.
type Tier int

// Fast ones run always, the others under PASSERELLE_ALL=1.
const (
	Fast Tier = iota
	All
)

// Scenario is one fault with its truth.
type Scenario struct {
	Name string
	Run  func(w *World) Want
	Tier Tier
}

// Want is the truth of a scenario, by CONTRACT.md.
type Want struct {
	Cause     string
	Address   string   // typed; empty: SiteHost
	Args      []string // more arguments of check
	NotSure   bool     // the contract forbids "certain" here
	Fix       string   // an action that must be offered
	OrLess    bool     // "undetermined" is honest here as well
	Or        string   // another cause that the contract allows here
	GatewayBy string   // who must be named as the author of the page
}

func want(cause string) Want { return Want{Cause: cause} }

func TestMain(m *testing.M) {
	if os.Getenv(roleVar) == "" {
		FetchDebs()
	}
	ready, why := Main()
	if !ready {
		fmt.Println("checks/lab: everything skipped:", why)
		os.Exit(0)
	}
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue {
		p.Value.Set("4") // worlds wait more than they work
	}
	code := m.Run()
	End()
	leaf()
	summary()
	os.Exit(code)
}

func TestScenarios(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Scenarios {
		if names[s.Name] {
			t.Errorf("two scenarios are called %s", s.Name)
		}
		names[s.Name] = true
		if s.Tier == All && os.Getenv("PASSERELLE_ALL") != "1" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			truth := s.Run(w)
			if os.Getenv("LAB_PROVE") == "1" {
				return // the worlds alone
			}
			if truth.Address == "" {
				truth.Address = SiteHost
			}
			got := w.Check(append(truth.Args, truth.Address)...)
			wrong := judge(truth, got)
			note(s.Name, truth, got, wrong)
			for _, complaint := range wrong {
				t.Error(complaint)
			}
			keep(t, s.Name, got, len(wrong) > 0)
		})
	}
}

// TestHelperBroken runs every scenario once more with one of the helpers broken that the program leans on: the verdict must not
// change for the worse (undetermined is no lie; "works" must stay "works").
func TestHelperBroken(t *testing.T) {
	if os.Getenv("PASSERELLE_ALL") != "1" || os.Getenv("LAB_PROVE") == "1" {
		t.Skip("runs under PASSERELLE_ALL=1")
	}
	for i, s := range Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			truth := s.Run(w)
			how := w.breakHelper(i)
			if truth.Address == "" {
				truth.Address = SiteHost
			}
			truth.OrLess = truth.OrLess || truth.Cause != "works"
			truth.GatewayBy = ""
			got := w.Check(append(truth.Args, truth.Address)...)
			wrong := judge(truth, got)
			note("(helper broken) "+s.Name, truth, got, wrong)
			for _, complaint := range wrong {
				t.Errorf("with %s: %s", how, complaint)
			}
			keep(t, "helper-broken/"+s.Name, got, len(wrong) > 0)
		})
	}
}

// breakHelper breaks one helper, another one for each number.
func (w *World) breakHelper(i int) string {
	switch i % 4 {
	case 0:
		w.Resolvers["cloudflare-dns.com"].Silence()
		return "Cloudflare's DNS silent"
	case 1:
		w.Resolvers["dns.google"].Answer(2)
		return "Google's DNS failing"
	case 2:
		w.Resolvers["dns.quad9.net"].Answer(5)
		return "Quad9 refusing"
	}
	w.NFT(w.Internet, "table inet helper { chain i { type filter hook input priority -5\n ip daddr 198.51.100.201 drop\n ip6 daddr 2001:db8:100::201 drop\n }\n}")
	return "Firefox's check address silent"
}

// judge compares what was said with the truth.
func judge(truth Want, got Checked) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got.Err != nil {
		say("the program failed: %v: %s", got.Err, got.Stderr)
		return wrong
	}
	v := got.Verdict
	honest := truth.OrLess && v.Cause == "undetermined"
	if v.Cause != truth.Cause && !honest && (truth.Or == "" || v.Cause != truth.Or) {
		say("cause %q (side %s, %s, rule %q), the truth is %q", v.Cause, v.Side, v.Certainty, v.Rule, truth.Cause)
	}
	if v.Side != Sides[v.Cause] {
		say("side %q does not go with cause %q", v.Side, v.Cause)
	}
	if truth.NotSure && v.Certainty == "certain" {
		say("certain, where it must not be")
	}
	status := 1
	if v.Cause == "works" {
		status = 0
	}
	if got.Exit != status {
		say("exit status %d with cause %q", got.Exit, v.Cause)
	}
	if truth.Fix != "" && !honest {
		offered := false
		for _, a := range v.Actions {
			offered = offered || a.ID == truth.Fix || a.Fix == truth.Fix
		}
		if !offered {
			say("action %s is not offered: %v", truth.Fix, v.Actions)
		}
	}
	if truth.GatewayBy != "" && (got.Gateway == nil || got.Gateway.WrittenBy != truth.GatewayBy) {
		say("the page was written by %s; said: %+v", truth.GatewayBy, got.Gateway)
	}
	return wrong
}

// keep saves what the program printed when it was wrong, or always under LAB_KEEP.
func keep(t *testing.T, name string, got Checked, wrong bool) {
	dir := os.Getenv("LAB_KEEP")
	if dir == "" {
		if !wrong {
			return
		}
		dir = filepath.Join(os.TempDir(), "passerelle-lab-wrong")
	}
	dir = filepath.Join(dir, strings.ReplaceAll(name, "/", "--"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Logf("keeping the output: %v", err)
		return
	}
	os.WriteFile(filepath.Join(dir, "check.json"), got.Raw, 0o644)
	os.WriteFile(filepath.Join(dir, "stderr.txt"), []byte(got.Stderr), 0o644)
	if wrong {
		t.Logf("kept in %s", dir)
	}
}

var tally struct {
	sync.Mutex
	rows    []string
	skipped []string
	wrong   int
}

func note(name string, truth Want, got Checked, wrong []string) {
	tally.Lock()
	defer tally.Unlock()
	mark := "right"
	if len(wrong) > 0 {
		mark = "WRONG"
		tally.wrong++
	}
	tally.rows = append(tally.rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%.0f\t%.0f\t%d\t%s", name, truth.Cause, got.Verdict.Cause, got.Verdict.Certainty, got.VerdictMS, got.ElapsedMS,
		got.Took.Milliseconds(), mark))
}

func count(t *testing.T) {
	if t.Skipped() {
		tally.Lock()
		tally.skipped = append(tally.skipped, t.Name())
		tally.Unlock()
	}
}

// summary prints the table of times and what was skipped.
func summary() {
	tally.Lock()
	defer tally.Unlock()
	if testing.Verbose() && len(tally.rows) > 0 {
		sort.Strings(tally.rows)
		tw := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(tw, "scenario\ttruth\tverdict\tcertainty\tverdict ms\telapsed ms\tprocess ms\t")
		for _, r := range tally.rows {
			fmt.Fprintln(tw, r)
		}
		tw.Flush()
	}
	if len(tally.rows) > 0 {
		fmt.Printf("lab: %d scenarios judged, %d wrong\n", len(tally.rows), tally.wrong)
	}
	if len(tally.skipped) > 0 {
		slices.Sort(tally.skipped)
		fmt.Printf("lab: %d skipped: %s\n", len(tally.skipped), strings.Join(tally.skipped, ", "))
	}
}

// TestEveryCause holds the table of scenarios against the contract's causes of the main job.
func TestEveryCause(t *testing.T) {
	for _, s := range Scenarios {
		cause, _, ok := strings.Cut(s.Name, "/")
		if !ok || Sides[cause] == "" {
			t.Errorf("scenario %s does not begin with a cause of the contract", s.Name)
		}
	}
	for cause := range Sides {
		if !slices.ContainsFunc(Scenarios, func(s Scenario) bool { return strings.HasPrefix(s.Name, cause+"/") }) {
			t.Logf("no scenario for %s yet", cause)
		}
	}
}
