// Package locale finds out which language the person's system speaks. It reads the environment and asks the system, which package
// words must not.
package locale

import (
	"os"
	"strings"
)

// Detect gives the person's language as a code that words.New understands: the environment first (LC_ALL, LC_MESSAGES, LANGUAGE,
// LANG, in the order of gettext), then the system's own setting; "en" when nothing is known.
func Detect() string {
	if lang := fromEnvironment(os.Getenv); lang != "" {
		return lang
	}
	for _, lang := range preferred() {
		if code := normal(lang); code != "" {
			return code
		}
	}
	return "en"
}

// fromEnvironment follows gettext: LC_ALL, LC_MESSAGES, LANG decide the locale; LANGUAGE, a list, goes before them unless that
// locale is C. A system whose locale is C has no wish: the next source is asked.
func fromEnvironment(get func(string) string) string {
	chosen := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := get(name); v != "" {
			chosen = normal(v)
			if chosen == "" {
				return "" // C or POSIX
			}
			break
		}
	}
	for _, v := range strings.Split(get("LANGUAGE"), ":") {
		if code := normal(v); code != "" {
			return code
		}
	}
	return chosen
}

// normal reduces "fr_FR.UTF-8@euro" or "fr-CA" to "fr"; C and POSIX give "".
func normal(v string) string {
	v, _, _ = strings.Cut(v, ".")
	v, _, _ = strings.Cut(v, "@")
	v = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(v, "_", "-")))
	v, _, _ = strings.Cut(v, "-")
	if v == "c" || v == "posix" || len(v) < 2 || len(v) > 3 {
		return ""
	}
	return v
}

// UTF8 tells whether the terminal's locale can show more than ASCII.
func UTF8() bool { return utf8Locale(os.Getenv) }

func utf8Locale(get func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(get(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return utf8WithoutLocale()
}

// OtherCharset tells whether the locale names a character set, and not UTF-8. An unset or C locale names none.
func OtherCharset() bool { return otherCharset(os.Getenv) }

func otherCharset(get func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(get(name)); v != "" {
			_, charset, named := strings.Cut(v, ".")
			return named && !strings.HasPrefix(charset, "utf-8") && !strings.HasPrefix(charset, "utf8")
		}
	}
	return false
}
