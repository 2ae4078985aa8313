package words

// Templates, parsed once each and without the functions that a text for people has no use for, and the values put into them.

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	texttemplate "text/template"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// maxValue bounds a value inside a sentence, in characters: the longest host name (253) still fits.
const maxValue = 300

type parser struct{ parsed sync.Map }

var templates = &parser{}

// Cacheable lets go-i18n keep what was parsed.
func (*parser) Cacheable() bool { return true }

// Parse reads one text; a text without values is kept as it is.
func (p *parser) Parse(src, left, right string) (template.ParsedTemplate, error) {
	if t, ok := p.parsed.Load(src); ok {
		return t.(template.ParsedTemplate), nil
	}
	var out template.ParsedTemplate = plain(src)
	if strings.Contains(src, "{{") {
		t, err := texttemplate.New("").Option("missingkey=zero").Parse(src)
		if err != nil {
			return nil, fmt.Errorf("parsing the text %q: %w", src, err)
		}
		out = filled{t}
	}
	p.parsed.Store(src, out)
	return out, nil
}

type plain string

func (s plain) Execute(any) (string, error) { return string(s), nil }

type filled struct{ t *texttemplate.Template }

func (f filled) Execute(data any) (string, error) {
	var b strings.Builder
	if err := f.t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("filling in a text: %w", err)
	}
	// A value that a text names without asking whether it is there comes out as this; nobody shall read it.
	return strings.ReplaceAll(b.String(), "<no value>", "–"), nil
}

// prepared copies vars with every value as this language writes it.
func (p *Printer) prepared(vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for name, v := range vars {
		switch name {
		case "Days":
			if n, ok := integer(v); ok {
				out[name] = p.Days(n)
				continue
			}
		case "Seconds", "After":
			if n, ok := integer(v); ok {
				out[name] = p.Seconds(n)
				continue
			}
		case "Count", "Total", "Good", "Tried", "N", "Max":
			if n, ok := integer(v); ok {
				out[name] = p.Number(n)
				continue
			}
		}
		switch x := v.(type) {
		case string:
			out[name] = Safe(x, maxValue)
		case []string:
			out[name] = Safe(strings.Join(x, ", "), maxValue)
		case []any: // after a trip through JSON
			parts := make([]string, len(x))
			for i := range x {
				parts[i] = fmt.Sprint(x[i])
			}
			out[name] = Safe(strings.Join(parts, ", "), maxValue)
		case netip.Addr:
			if x.IsValid() {
				out[name] = x.String()
			}
		case nil:
		case bool: // asked by {{if}}, never printed; "false" in letters would count as true
			out[name] = x
		case float64: // a number after a trip through JSON
			if n := int(x); float64(n) == x {
				out[name] = n
			} else {
				out[name] = x
			}
		default:
			if s := fmt.Sprint(x); s != "" && s != "<nil>" {
				out[name] = v
				if _, isInt := integer(v); !isInt {
					out[name] = Safe(s, maxValue)
				}
			}
		}
	}
	return out
}

func integer(v any) (int, bool) {
	switch x := v.(type) {
	case int:
		return x, true
	case int64:
		return int(x), true
	case uint32:
		return int(x), true
	case float64:
		return int(x), float64(int(x)) == x
	case *int:
		if x != nil {
			return *x, true
		}
	}
	return 0, false
}

// Safe makes a text from anywhere fit to be shown on a line: no control characters, no marks that turn the writing direction, at
// most max characters.
func Safe(s string, max int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			r = ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d', r == unicode.ReplacementChar:
			continue
		}
		if n == max {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
