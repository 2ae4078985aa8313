package words

import (
	"encoding/json"
	"testing"

	"passerelle/assets"
)

// TestSameShape: a sentence that has plural forms in one language has them in the other, so that whoever translates sees what there is.
func TestSameShape(t *testing.T) {
	read := func(name string) map[string]any {
		p, err := assets.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(p, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	en, fr := read("en.json"), read("fr.json")
	for k, v := range en {
		_, many := v.(map[string]any)
		if _, also := fr[k].(map[string]any); many != also {
			t.Errorf("%s has plural forms in one language only", k)
		}
	}
}
