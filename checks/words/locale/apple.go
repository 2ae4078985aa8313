package locale

import "strings"

// appleLanguages reads what `defaults read -g AppleLanguages` prints: ( "fr-FR", "en-FR" ), one a line.
func appleLanguages(out string) []string {
	return strings.FieldsFunc(out, func(r rune) bool { return strings.ContainsRune("()\", \t\r\n", r) })
}
