package gateway

// This file reads assets/gateways.json: a row per product, with its variants, in the order of decision. Adding a product is
// adding a row; check says clearly what is wrong with one.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"passerelle/assets"
	"passerelle/checks/facts"
)

// The failures of the contract.
const (
	failRefused     = facts.FailRefused
	failTimeout     = facts.FailTimeout
	failInvalid     = facts.FailInvalid
	failClosed      = facts.FailClosed
	failDNS         = facts.FailDNS
	failTLS         = facts.FailTLS
	failOverloaded  = facts.FailOverloaded
	failNoUpstream  = facts.FailNoUpstream
	failMaintenance = facts.FailMaintenance
	failNoSite      = facts.FailNoSite
	failCrash       = facts.FailCrash
	failRate        = facts.FailRate
	failBlocked     = facts.FailBlocked
	failPortal      = facts.FailPortal
	failUnknown     = facts.FailUnknown
)

var failures = []string{failRefused, failTimeout, failInvalid, failClosed, failDNS, failTLS, failOverloaded, failNoUpstream,
	failMaintenance, failNoSite, failCrash, failRate, failBlocked, failPortal, failUnknown}

// The kinds of page.
const (
	kindError       = facts.KindError
	kindChallenge   = facts.KindChallenge // a test for robots: a browser may pass
	kindBlock       = facts.KindBlock     // somebody decided
	kindPortal      = facts.KindPortal
	kindMaintenance = facts.KindMaintenance
)

// unknown is the product of pages that are in no list.
const unknown = "unknown"

// test is a set of conditions; all that are given must hold. Texts are written as the normalised page is (see page.go).
type test struct {
	Status  []int             `json:"status,omitempty"`  // any of; one digit stands for its class
	Code    []int             `json:"code,omitempty"`    // any of: the number that the page calls its error code
	Headers map[string]string `json:"headers,omitempty"` // "" present, "=x" equal, "^x" begins with, "x" contains
	Absent  []string          `json:"absent,omitempty"`  // headers that must not be there; there must be headers at all
	Title   []string          `json:"title,omitempty"`   // any of, same signs as for headers
	All     []string          `json:"all,omitempty"`     // the page contains every one
	Any     []string          `json:"any,omitempty"`     // the page contains one of them
	None    []string          `json:"none,omitempty"`
	Exact   []string          `json:"exact,omitempty"`  // the page is one of these, and nothing else
	Starts  []string          `json:"starts,omitempty"` // the page begins with one of these

	all, any, none []int32 // the same as numbers of the scanner
}

// mark is what a product is known by.
type mark struct {
	test
	// Soft: so typical a shape that the page is believed without an error status, when it is short.
	Soft bool `json:"soft,omitempty"`
}

// variant is one thing that a product can have meant. The first that fits counts.
type variant struct {
	test
	ID      string   `json:"id"`
	Failure string   `json:"failure"`
	Also    []string `json:"also,omitempty"`
	By      string   `json:"by,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Failed  string   `json:"failed,omitempty"` // facts.Gateway.FailedHop, where it does not follow from the failure
	Real    int      `json:"real,omitempty"`   // the status that this page stands for, when it comes with another
}

// product is one row.
type product struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	By    string `json:"by"`
	Kind  string `json:"kind,omitempty"`
	Marks []mark `json:"marks,omitempty"`
	// Seen: headers (any one) that tell that the answer passed here, healthy ones too.
	Seen []map[string]string `json:"seen,omitempty"`
	// Behind: headers that it adds only to what came from behind it.
	Behind []string `json:"behind,omitempty"`
	// Template: it always signs its own pages, so that a page without its marks was written behind it, or replaced by its owner.
	Template bool `json:"template,omitempty"`
	// Empty: it writes empty pages.
	Empty bool `json:"empty,omitempty"`
	// Stock is the Retry-After that it sends by itself: no promise.
	Stock string `json:"stock,omitempty"`
	// Words name it in pasted text, beside a code or a known phrase.
	Words    []string  `json:"words,omitempty"`
	Variants []variant `json:"variants"`
}

// phrase is a wording by which people quote a status.
type phrase struct {
	Text    string `json:"text"`
	Status  int    `json:"status"`
	Product string `json:"product,omitempty"`
	Failure string `json:"failure,omitempty"`
	Weak    bool   `json:"weak,omitempty"` // ordinary words too: believed in a short text, or beside the number
	Code    bool   `json:"code,omitempty"` // believed only beside the number
}

// reason is a system's or library's own error text, which says what failed whoever printed it.
type reason struct {
	Text    string `json:"text"`
	Failure string `json:"failure"`

	id int32
}

// table is assets/gateways.json.
type table struct {
	Products []product `json:"products"`
	Reasons  []reason  `json:"reasons"`
	Phrases  []phrase  `json:"phrases"`
	About    []string  `json:"about"`    // words of texts that are about errors, and are none
	Explains []string  `json:"explains"` // the same, in words that products' own pages use too
	Browser  []string  `json:"browser"`  // sentences of browsers' own error pages

	scan  *scanner
	codes []int32             // codeLabels as numbers of the scanner
	ids   []int32             // idLabels as numbers of the scanner
	byID  map[string]*product // the plain row of each product: its last one
}

var loaded = sync.OnceValue(func() *table {
	raw, err := assets.Files.ReadFile("gateways.json")
	if err == nil {
		var t *table
		if t, err = readTable(raw); err == nil {
			return t
		}
	}
	// Cannot happen: the file is embedded and a test holds it valid. Without it every page is "unknown", which is safe.
	t := &table{byID: map[string]*product{}}
	t.compile()
	return t
})

// Prepare builds the table, which takes some milliseconds the first time. Called early and aside, it keeps that off the
// critical path.
func Prepare() { loaded() }

// parseTable reads a table and checks it; the error names every wrong row.
func parseTable(raw []byte) (*table, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&table{}); err != nil {
		return nil, fmt.Errorf("reading gateways.json: %w", err)
	}
	t, err := readTable(raw)
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

// readTable reads a table that is known to be right, as the embedded one is.
func readTable(raw []byte) (*table, error) {
	t := &table{byID: map[string]*product{}}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("reading gateways.json: %w", err)
	}
	t.compile()
	return t, nil
}

func (t *table) compile() {
	ids := map[string]int32{}
	var patterns []string
	number := func(texts []string) (out []int32) {
		for _, x := range texts {
			id, ok := ids[x]
			if !ok {
				id = int32(len(patterns))
				ids[x] = id
				patterns = append(patterns, x)
			}
			out = append(out, id)
		}
		return out
	}
	each := func(x *test) { x.all, x.any, x.none = number(x.All), number(x.Any), number(x.None) }
	for i := range t.Products {
		p := &t.Products[i]
		t.byID[p.ID] = p // the last row of a product is its plain one
		for j := range p.Marks {
			each(&p.Marks[j].test)
		}
		for j := range p.Variants {
			each(&p.Variants[j].test)
		}
	}
	for i := range t.Reasons {
		t.Reasons[i].id = number([]string{t.Reasons[i].Text})[0]
	}
	t.codes = number(codeLabels)
	for _, l := range idLabels {
		t.ids = append(t.ids, number([]string{l.before})...)
	}
	t.scan = newScanner(patterns)
}

// shortestMark is the fewest bytes that a text in a page may have to be a mark: shorter ones are everywhere.
const shortestMark = 4

// check tells everything that is wrong with the table, row by row.
func (t *table) check() error {
	var errs []error
	bad := func(where, format string, args ...any) {
		errs = append(errs, fmt.Errorf("gateways.json: %s: %s", where, fmt.Sprintf(format, args...)))
	}
	if len(t.Products) == 0 {
		bad("products", "there is none")
	}
	for i, p := range t.Products {
		where := fmt.Sprintf("product %d %q", i+1, p.ID)
		if p.ID == "" || strings.ToLower(p.ID) != p.ID || strings.ContainsAny(p.ID, " _") {
			bad(where, "the id must be kebab-case")
		}
		if p.Name == "" {
			bad(where, "it has no name for people")
		}
		if !validAuthor(p.By) {
			bad(where, "by %q is no author of the contract", p.By)
		}
		if !validKind(p.Kind) {
			bad(where, "kind %q is not known", p.Kind)
		}
		if len(p.Marks) == 0 && len(p.Seen) == 0 {
			bad(where, "it has no mark and can never be recognised")
		}
		for j, m := range p.Marks {
			w := fmt.Sprintf("%s, mark %d", where, j+1)
			if m.empty() {
				bad(w, "it has no condition and would match every page")
			}
			m.check(w, bad)
		}
		seen := map[string]bool{}
		for _, v := range p.Variants {
			w := fmt.Sprintf("%s, variant %q", where, v.ID)
			if v.ID == "" || seen[v.ID] {
				bad(w, "the id is missing or used twice")
			}
			seen[v.ID] = true
			if !slices.Contains(failures, v.Failure) {
				bad(w, "failure %q is none of the contract's", v.Failure)
			}
			for _, a := range v.Also {
				if !slices.Contains(failures, a) || a == v.Failure {
					bad(w, "also %q is none of the contract's, or the failure itself", a)
				}
			}
			if v.By != "" && !validAuthor(v.By) {
				bad(w, "by %q is no author of the contract", v.By)
			}
			if !validKind(v.Kind) {
				bad(w, "kind %q is not known", v.Kind)
			}
			if v.Failed != "" && !slices.Contains([]string{"origin", "gateway", "proxy", "none"}, v.Failed) {
				bad(w, "failed %q must be origin, gateway, proxy or none", v.Failed)
			}
			v.check(w, bad)
		}
	}
	for _, r := range t.Reasons {
		if len(r.Text) < shortestMark || normal(r.Text) != r.Text || !slices.Contains(failures, r.Failure) {
			bad("reason "+r.Text, "the text must be normalised, the failure one of the contract's")
		}
	}
	for _, f := range t.Phrases {
		if f.Text == "" || normal(f.Text) != f.Text || f.Status < 400 || f.Status > 599 {
			bad("phrase "+f.Text, "the text must be normalised, the status an error")
		}
		if f.Failure != "" && !slices.Contains(failures, f.Failure) {
			bad("phrase "+f.Text, "failure %q is none of the contract's", f.Failure)
		}
		if f.Product != "" && !slices.ContainsFunc(t.Products, func(p product) bool { return p.ID == f.Product }) {
			bad("phrase "+f.Text, "product %q has no row", f.Product)
		}
	}
	return errors.Join(errs...)
}

func (x *test) empty() bool {
	return len(x.Status)+len(x.Code)+len(x.Headers)+len(x.Title)+len(x.All)+len(x.Any)+len(x.Exact)+len(x.Starts) == 0
}

func (x *test) check(where string, bad func(where, format string, args ...any)) {
	for _, list := range [][]string{x.All, x.Any, x.None} {
		for _, text := range list {
			if len(text) < shortestMark {
				bad(where, "%q is shorter than %d bytes", text, shortestMark)
			}
			if normal(text) != strings.TrimSpace(text) {
				bad(where, "%q is not written as pages are normalised: %q", text, normal(text))
			}
		}
	}
	for _, list := range [][]string{x.Exact, x.Starts, x.Title} {
		for _, text := range list {
			text = strings.TrimLeft(text, "=^")
			if text == "" || normal(text) != strings.TrimSpace(text) {
				bad(where, "%q is not written as pages are normalised: %q", text, normal(text))
			}
		}
	}
	for name, value := range x.Headers {
		if strings.ToLower(name) != name || strings.ToLower(value) != value {
			bad(where, "header %q: name and value must be in lower case", name)
		}
	}
}

// normal is a text as a mark must be written.
func normal(s string) string {
	dst, _ := normaliseUpTo(nil, []byte(s), len(s)+16, false)
	return strings.TrimSpace(string(dst))
}

func validAuthor(by string) bool {
	switch facts.Author(by) {
	case facts.ByOrigin, facts.ByGateway, facts.ByEdge, facts.ByProxy, facts.ByPortal, facts.ByFilter, facts.ByUnknown:
		return true
	}
	return false
}

func validKind(kind string) bool {
	switch kind {
	case "", kindError, kindChallenge, kindBlock, kindPortal, kindMaintenance:
		return true
	}
	return false
}
