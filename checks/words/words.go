// Package words turns codes into French and English sentences. The texts are in assets/en.json and assets/fr.json; this package
// chooses the right one, fills in its values, and keeps what came from a network from doing harm on a screen. No I/O.
package words

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"passerelle/assets"
)

// The languages that have words.
const (
	French  = "fr"
	English = "en"
)

// OnMissing, when set, is told each key that has no words: tests fail on it. In the program a plain sentence stands in.
var OnMissing func(lang, key string)

// Printer speaks one language. It is safe for concurrent use.
type Printer struct {
	lang    string
	say     *i18n.Localizer
	known   map[string]bool
	counted map[string]string // keys with plural forms → the value that decides which
}

var printers = map[string]func() *Printer{
	French:  sync.OnceValue(func() *Printer { return load(French) }),
	English: sync.OnceValue(func() *Printer { return load(English) }),
}

// New gives the printer of a language: "fr", "fr-CA", "fr_FR.UTF-8" are French, everything else is English. Each language is read
// once, at its first use.
func New(lang string) *Printer {
	if l := strings.ToLower(lang); l == French || strings.HasPrefix(l, French+"-") || strings.HasPrefix(l, French+"_") {
		return printers[French]()
	}
	return printers[English]()
}

// load reads one language into a bundle of its own: with both in one bundle a missing French text would come out in English, and
// counted by the wrong rules.
func load(lang string) *Printer {
	tag := language.MustParse(lang)
	bundle := i18n.NewBundle(tag)
	p := &Printer{lang: lang, known: map[string]bool{}, counted: map[string]string{}}
	raw, err := assets.Files.ReadFile(lang + ".json")
	if err != nil {
		panic(fmt.Sprintf("words: reading the embedded %s.json: %v", lang, err)) // a broken build, not a condition
	}
	var texts map[string]any
	if err := json.Unmarshal(raw, &texts); err != nil {
		panic(fmt.Sprintf("words: the embedded %s.json: %v", lang, err))
	}
	messages := make([]*i18n.Message, 0, len(texts))
	for key, text := range texts {
		m := &i18n.Message{ID: key}
		switch t := text.(type) {
		case string:
			m.Other = t
		case map[string]any:
			m.One, _ = t["one"].(string)
			m.Other, _ = t["other"].(string)
			m.Many = m.Other // French has a form for whole millions ("un million de sites"); ours is the plural
			p.counted[key] = operand(m.Other)
		}
		p.known[key] = true
		messages = append(messages, m)
	}
	if err := bundle.AddMessages(tag, messages...); err != nil {
		panic(fmt.Sprintf("words: adding the texts of %s: %v", lang, err))
	}
	p.say = i18n.NewLocalizer(bundle, lang)
	return p
}

// operands are the values that can decide between singular and plural, the first that a text has.
var operands = []string{"N", "Count", "Good", "Total"}

func operand(text string) string {
	for _, name := range operands {
		if strings.Contains(text, "."+name+"}") || strings.Contains(text, "."+name+" ") {
			return name
		}
	}
	return ""
}

// Lang is the language spoken: French or English.
func (p *Printer) Lang() string { return p.lang }

// Has tells whether a key has words.
func (p *Printer) Has(key string) bool { return p.known[key] }

// T is the text of a key with its values filled in. Counts and durations among the values are written as this language writes
// them: Days and Seconds become "3 days", "30 seconds". Text values lose control characters and are bounded.
func (p *Printer) T(key string, vars map[string]any) string {
	if !p.known[key] {
		if OnMissing != nil {
			OnMissing(p.lang, key)
		}
		key = "missing"
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: p.prepared(vars), TemplateParser: templates}
	if name, ok := p.counted[key]; ok {
		n, whole := integer(vars[name])
		if !whole {
			n = 2 // unknown number: the plural reads best
		}
		config.PluralCount = n
	}
	text, err := p.say.Localize(config)
	if text == "" && err != nil {
		if OnMissing != nil {
			OnMissing(p.lang, key)
		}
		if key != "missing" {
			return p.T("missing", nil)
		}
	}
	return text
}

// first gives the first of keys that has words, or the last.
func (p *Printer) first(keys ...string) string {
	for _, k := range keys {
		if p.known[k] {
			return k
		}
	}
	return keys[len(keys)-1]
}

// Variables lists the names of the values that a text uses, each once. It is for tests and for tools that check translations.
func Variables(text string) ([]string, error) {
	trees, err := parse.Parse("text", text, "", "", map[string]any{})
	if err != nil {
		return nil, fmt.Errorf("reading the template %q: %w", text, err)
	}
	seen := map[string]bool{}
	var names []string
	var walk func(parse.Node)
	walk = func(n parse.Node) {
		switch x := n.(type) {
		case *parse.ListNode:
			if x != nil {
				for _, c := range x.Nodes {
					walk(c)
				}
			}
		case *parse.ActionNode:
			walk(x.Pipe)
		case *parse.IfNode:
			walk(x.Pipe)
			walk(x.List)
			walk(x.ElseList)
		case *parse.WithNode:
			walk(x.Pipe)
			walk(x.List)
			walk(x.ElseList)
		case *parse.PipeNode:
			for _, c := range x.Cmds {
				for _, a := range c.Args {
					walk(a)
				}
			}
		case *parse.FieldNode:
			if name := strings.Join(x.Ident, "."); !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	if tree := trees["text"]; tree != nil {
		walk(tree.Root)
	}
	return names, nil
}
