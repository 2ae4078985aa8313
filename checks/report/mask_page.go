// This file masks what a kept page holds besides its text: tokens of forms, programs, hidden addresses.

package report

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

var (
	// fieldPattern is a filled field of a form, a token in the head of a page: their values were made for this visitor.
	fieldPattern = regexp.MustCompile(`(?is)<(?:input|button|meta|param|data)\b(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^>"'])*(?:>|$)`)
	valuePattern = regexp.MustCompile(`(?is)(\b(?:value|content|data-[a-z0-9-]*(?:token|key|nonce|session|csrf|user|mail)[a-z0-9-]*)\s*=\s*)("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"'>]+)`)
	// plainMeta are the meta lines that tell of the page and not of the visitor.
	plainMeta = regexp.MustCompile(`(?i)http-equiv|charset|\bname\s*=\s*["']?(?:viewport|robots|generator|description|theme-color|color-scheme|referrer|format-detection)\b`)
	// scriptPattern: what a page's programs carry (settings, tokens, the visitor's data) is of no use to whoever reads an error page.
	scriptPattern = regexp.MustCompile(`(?is)(<(?:script|textarea)\b[^>]*>)(.*?)(</(?:script|textarea)\s*>|$)`)
	// carriedPattern is an attribute with a whole object in it: what a page's programs begin with.
	carriedPattern = regexp.MustCompile(`(?is)(\sdata-[a-z0-9_-]+\s*=\s*)("\s*(?:[{\[]|&#123;|&lbrace;)[^"]*(?:"|$)|'\s*(?:[{\[]|&#123;|&lbrace;)[^']*(?:'|$))`)
	hiddenPattern  = regexp.MustCompile(`(?i)&(?:#0*[0-9]{2,3}|#x0*[0-9a-f]{2}|commat|period|colon|lowbar);`)
)

// unhidden gives back what a page writes as character references so that harvesters do not find it: a mail address is one all the same.
// What could become markup stays as it is.
func unhidden(s string) string {
	return hiddenPattern.ReplaceAllStringFunc(s, func(p string) string {
		if c := html.UnescapeString(p); len(c) == 1 && (c[0] >= '0' && c[0] <= '9' || c[0] >= 'a' && c[0] <= 'z' || c[0] >= 'A' && c[0] <= 'Z' || strings.Contains("@.:_-+%", c)) {
			return c
		}
		return p
	})
}

// page masks a page: its text as every text, and what its markup holds for this visitor alone.
func (m *masker) page(s string) string {
	if slices.Contains(m.seen, KindSecret) {
		return m.text(s, true)
	}
	s = unhidden(s)
	s = scriptPattern.ReplaceAllStringFunc(s, func(p string) string {
		g := scriptPattern.FindStringSubmatch(p)
		if text := strings.TrimSpace(g[2]); text == "" || text == mask {
			return p
		}
		m.removed[KindSecret] = true
		return g[1] + mask + g[3]
	})
	s = carriedPattern.ReplaceAllStringFunc(s, func(p string) string {
		m.removed[KindSecret] = true
		return carriedPattern.FindStringSubmatch(p)[1] + `"` + mask + `"`
	})
	s = fieldPattern.ReplaceAllStringFunc(s, func(tag string) string {
		if plainMeta.MatchString(tag) {
			return tag
		}
		return valuePattern.ReplaceAllStringFunc(tag, func(p string) string {
			g := valuePattern.FindStringSubmatch(p)
			if strings.Trim(g[2], `"'`) == "" || g[2] == `"`+mask+`"` {
				return p
			}
			m.removed[KindSecret] = true
			return g[1] + `"` + mask + `"`
		})
	})
	return m.text(s, true)
}
