package gateway

import (
	"strings"
	"testing"

	"passerelle/assets"
)

func TestTableIsValid(t *testing.T) {
	raw, err := assets.Files.ReadFile("gateways.json")
	if err != nil {
		t.Fatal(err)
	}
	tab, err := parseTable(raw)
	if err != nil {
		t.Fatalf("assets/gateways.json:\n%v", err)
	}
	if n := len(tab.scan.found); n >= maxStates {
		t.Fatalf("the marks need %d states, more than the %d there is room for: shorten the anchor in scan.go", n, maxStates)
	} else {
		t.Logf("%d products, %d marks, %d states, %d KiB", len(tab.Products), len(tab.scan.patterns), n, len(tab.scan.next)*2>>10)
	}
}

// TestTableSaysWhatIsWrong holds the messages that somebody who adds a row will read.
func TestTableSaysWhatIsWrong(t *testing.T) {
	good := `{"id":"x","name":"X","by":"gateway","marks":[{"all":["some mark"]}],"variants":[]}`
	for _, c := range []struct{ row, want string }{
		{`{"id":"My Product","name":"X","by":"gateway","marks":[{"all":["some mark"]}],"variants":[]}`, "kebab-case"},
		{`{"id":"x","by":"gateway","marks":[{"all":["some mark"]}],"variants":[]}`, "no name"},
		{`{"id":"x","name":"X","by":"somebody","marks":[{"all":["some mark"]}],"variants":[]}`, "no author"},
		{`{"id":"x","name":"X","by":"gateway","variants":[]}`, "can never be recognised"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"soft":true}],"variants":[]}`, "would match every page"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"all":["Some Mark"]}],"variants":[]}`, "normalised"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"all":["abc"]}],"variants":[]}`, "shorter"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"all":["some mark"]}],"variants":[{"id":"a","failure":"broken"}]}`, "failure"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"all":["some mark"]}],"variants":[{"id":"a","failure":"unknown"},{"id":"a","failure":"unknown"}]}`, "used twice"},
		{`{"id":"x","name":"X","by":"gateway","marks":[{"al":["some mark"]}],"variants":[]}`, "unknown field"},
	} {
		_, err := parseTable([]byte(`{"products":[` + good + `,` + c.row + `]}`))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n  gave %v, want a message with %q", c.row, err, c.want)
		}
	}
	if _, err := parseTable([]byte(`{"products":[` + good + `]}`)); err != nil {
		t.Errorf("the good row: %v", err)
	}
}

// TestNewRowIsEnough shows that a product is added by a row alone.
func TestNewRowIsEnough(t *testing.T) {
	tab, err := parseTable([]byte(`{"products":[{"id":"frontal","name":"Frontal","by":"gateway","marks":[{"all":["<i>frontal 3</i>"],"soft":true}],
		"variants":[{"id":"502","status":[502],"failure":"connection-refused","also":["dns-failure"]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	g := tab.recognise(response(502, "<html><body><h1>502</h1>\n<i>Frontal 3</i></body></html>"), Context{})
	if g == nil || g.Product != "frontal" || g.ProductName != "Frontal" || g.Variant != "502" || g.Failure != failRefused || len(g.AlsoPossible) != 1 {
		t.Fatalf("got %+v", g)
	}
}
