package gateway

// A page that no rule knows, and that yet speaks of blocking. It is no recognition: only a reason to look twice before a page over
// clear HTTP is taken for the site's own (CONTRACT.md, "A plain-HTTP answer proves nothing by itself").

import (
	"net/url"
	"regexp"
	"strings"

	"passerelle/checks/facts"
)

// shortPage is how much text, in bytes, a block page shows at most: one screen. An article about blocking is longer.
const shortPage = 1500

// shortSource bounds the page's source that is looked at: a block page with its styles and pictures inside is larger than its text.
const shortSource = 64 << 10

// blockWords are what block pages say in the languages of our users and their neighbours, and no shop or home page in so few words.
var blockWords = regexp.MustCompile(`(?i)\b(?:(?:has been|is|was|been|page|site|website|access|content|category|domain|url|request) (?:is |was |has been )?(?:blocked|filtered|restricted|prohibited|forbidden|denied)|blocked (?:by|due|because|category|site|page|content)|access (?:to this (?:web ?)?(?:site|page) )?(?:denied|restricted|blocked)|web ?filter|content filter|court order|parental control|not allowed by (?:your|the)|against (?:company|our|the) policy)|(?:site|page|contenu|acc[èe]s|domaine|cat[ée]gorie)[^.<]{0,40}(?:bloqu[ée]|filtr[ée]|interdit|restreint|refus[ée])|filtrage|contr[ôo]le parental|d[ée]cision de justice|gesperrt|zugriff verweigert|jugendschutz|bloqueado|acceso denegado|bloccato|accesso negato|geblokkeerd|zablokowan`)

// Suspect tells whether an answer over clear HTTP must be looked at twice: a short page that speaks of blocking, or a redirect of a
// public name to a private address.
func Suspect(h *facts.HTTP) bool {
	if h == nil || !h.Done {
		return false
	}
	if h.Location != "" && h.Status/100 == 3 {
		u, err := url.Parse(h.Location)
		return err == nil && private(u.Hostname())
	}
	if len(h.Body) == 0 || len(h.Body) > shortSource {
		return false
	}
	text := h.Title + "\n" + shown(string(h.Body))
	return len(text) <= shortPage && blockWords.MatchString(text)
}

// shown drops tags, scripts and styles; linear in the page's size.
func shown(page string) string {
	var b strings.Builder
	lower := strings.ToLower(page)
	for i := 0; i < len(page); {
		if page[i] != '<' {
			j := strings.IndexByte(page[i:], '<')
			if j < 0 {
				j = len(page) - i
			}
			b.WriteString(page[i : i+j])
			i += j
			continue
		}
		skipTo := ">"
		for _, name := range []string{"script", "style"} {
			if strings.HasPrefix(lower[i+1:], name) {
				skipTo = "</" + name
			}
		}
		j := strings.Index(lower[i:], skipTo)
		if j < 0 {
			break
		}
		i += j + len(skipTo)
		if skipTo != ">" {
			if k := strings.IndexByte(page[i:], '>'); k >= 0 {
				i += k + 1
			}
		}
		b.WriteByte(' ')
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Ended tells whether a page's own end came: the closing tag of the document, near the end of what was read.
func Ended(page []byte) bool {
	const tail = 256 // comments and white space that programs put behind it
	return strings.Contains(strings.ToLower(string(page[max(0, len(page)-tail):])), "</html>")
}
