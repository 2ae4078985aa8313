package outside

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/checks/facts"
)

// sign is one mark of a failure in what a place printed.
type sign struct {
	mark    *regexp.Regexp
	failure facts.Failure
}

// signs are the error codes of the program that the places run (Node.js), and its few own sentences. Codes come before sentences: the
// text is meant for people, and only the codes are stable.
var signs = []sign{
	{regexp.MustCompile(`\bECONNREFUSED\b`), facts.Refused},
	{regexp.MustCompile(`\bECONNRESET\b|\bEPIPE\b`), facts.Reset},
	{regexp.MustCompile(`\bUND_ERR_SOCKET\b|(?i)other side closed|socket hang up`), facts.Closed},
	{regexp.MustCompile(`\bETIMEDOUT\b|\bUND_ERR_\w*TIMEOUT\b|(?i)^request timeout`), facts.Timeout},
	{regexp.MustCompile(`\bEHOSTUNREACH\b`), facts.HostUnreach},
	{regexp.MustCompile(`\bENOTFOUND\b|\bNXDOMAIN\b`), facts.NXDomain},
	{regexp.MustCompile(`\bENODATA\b|(?i)private ip ranges`), facts.NoData}, // no address that anybody could use
	{regexp.MustCompile(`\bESERVFAIL\b|\bSERVFAIL\b`), facts.ServFail},
	{regexp.MustCompile(`\bEPROTO\b|\bERR_SSL_\w+|(?i)ssl routines|tls alert|sslv3 alert`), facts.Alert},
	{regexp.MustCompile(`\bHPE_\w+|(?i)parse error|expected http/`), facts.NotHTTP},
}

// failedHow reads a failed result. why is set where it is no evidence about the site: the service itself failed, or nothing says who
// did.
func failedHow(source, text string) (f facts.Failure, why string) {
	if source == "internal" {
		return facts.OK, "internal"
	}
	text = text[:min(len(text), 2000)]
	for _, s := range signs {
		if s.mark.MatchString(text) {
			if source == "resolver" && s.failure != facts.NXDomain && s.failure != facts.NoData && s.failure != facts.ServFail {
				return facts.OK, "internal" // that place's own resolver was in trouble
			}
			return s.failure, ""
		}
	}
	if source == "target" {
		return facts.Other, ""
	}
	return facts.OK, "unclear"
}

// certificateDefect reads why a place did not trust a certificate (Node's codes; it may be an object with a code).
func certificateDefect(e any) facts.Failure {
	text := ""
	switch v := e.(type) {
	case string:
		text = v
	case map[string]any:
		code, _ := v["code"].(string)
		message, _ := v["message"].(string)
		text = code + " " + message
	}
	text = strings.ToLower(text)
	switch {
	case strings.Contains(text, "not_yet_valid"), strings.Contains(text, "not yet valid"):
		return facts.CertNotYet
	case strings.Contains(text, "expired"):
		return facts.CertExpired
	case strings.Contains(text, "altname"), strings.Contains(text, "does not match"):
		return facts.CertWrongName
	}
	return facts.CertUntrusted
}

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.{0,400}?)</title>`)

// title is the title of a page, for people.
func title(page string) string {
	m := titlePattern.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return clip(strings.Join(strings.Fields(m[1]), " "))
}

// clip makes a text of a service fit to be kept: bounded, one line, without control characters.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText])
	}
	return s
}

// country keeps a country's code if it is one.
func country(s string) string {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return ""
	}
	return s
}
