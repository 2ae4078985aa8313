package checks

// The one field takes an address or the text of an error; this tells which of the two it was given.

import (
	"regexp"
	"strings"
)

// maxLooked bounds how much of a pasted text is looked at, in bytes: an error says what it is at its start.
const maxLooked = 8192

var (
	browserCode = regexp.MustCompile(`\b(?:(?:NET::)?ERR_[A-Z0-9_]{3,}|NS_ERROR_[A-Z_]+|NS_BINDING_[A-Z_]+|(?:SSL|SEC|PR|MOZILLA_PKIX)_ERROR_[A-Z_]+|PR_[A-Z]+_[A-Z_]*ERROR|DNS_PROBE_[A-Z_]+|INET_E_[A-Z_]+|kCFErrorDomain\w*|NSURLErrorDomain)\b`)
	responseTop = regexp.MustCompile(`(?i)^\s*(?:HTTP/\d(?:\.\d)?\s+\d{3}\b|<!doctype\b|<html\b|<\?xml\b|<head\b|<body\b|\{\s*")`)
	errorStatus = regexp.MustCompile(`(?:^|[^\d.:/-])([45]\d\d)(?:$|[^\d.:/-])`)
	errorWords  = regexp.MustCompile(`(?i)bad gateway|gateway time-?out|service (?:temporarily )?unavailable|internal server error|temporary error|server error|web server is (?:down|returning)|proxy error|host error|connection (?:was |has been )?(?:timed out|refused|reset|closed)|timed out|refused to connect|took too long|can.?t be reached|couldn.?t (?:connect|be found)|could not be found|can.?t (?:open|connect|find)|unable to connect|not found|forbidden|access denied|too many (?:redirects|requests)|isn.?t working|not (?:private|secure)|no such host|maintenance|checking your browser|just a moment|origin is unreachable|erreur|inaccessible|injoignable|indisponible|introuvable|impossible de (?:se connecter|joindre|trouver|charger|d.afficher)|ne (?:fonctionne|r.pond) pas|a expir.|d.lai (?:d.attente )?(?:est )?d.pass.|connexion (?:a .t. )?(?:refus.e|r.initialis.e|interrompue|ferm.e|non s.curis.e)|mauvaise passerelle|passerelle incorrecte|acc.s (?:refus.|interdit)|nginx|apache|haproxy|varnish|cloudflare|openresty|squid|error\b`)
)

// LooksLikeError tells whether a text is the words of an error page rather than an address: a whole response or page, a browser's code,
// or an error's words with no address among them. A sentence that complains about one address is an address.
func LooksLikeError(input string) bool {
	if len(input) > maxLooked {
		input = input[:maxLooked]
	}
	if responseTop.MatchString(input) {
		return true
	}
	text := cleanInput(input)
	if text == "" {
		return false
	}
	const pageLines = 3 // a complaint is a line or two; more, with an error in it, was copied from a page
	if browserCode.MatchString(text) {
		return true
	}
	_, err := findAddress(text)
	vocabulary := errorStatus.MatchString(text) || errorWords.MatchString(text)
	lines := 0
	for _, l := range strings.Split(strings.ReplaceAll(input, "\r", "\n"), "\n") {
		if strings.TrimSpace(l) != "" {
			lines++
		}
	}
	if lines >= pageLines {
		return vocabulary
	}
	if len(strings.Fields(text)) == 1 {
		return err != nil && errorStatus.MatchString(text)
	}
	return err != nil && vocabulary
}
