package locale

import (
	"slices"
	"testing"
)

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"LANG": "fr_FR.UTF-8"}, "fr"},
		{map[string]string{"LANG": "fr_FR.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "fr_CA"}, "fr"},
		{map[string]string{"LANG": "en_US.UTF-8", "LANGUAGE": "fr:en"}, "fr"},
		{map[string]string{"LANG": "C", "LANGUAGE": "fr"}, ""},
		{map[string]string{"LC_ALL": "C.UTF-8", "LANG": "fr_FR"}, ""},
		{map[string]string{"LANG": "POSIX"}, ""},
		{map[string]string{"LANG": "fr"}, "fr"},
		{map[string]string{"LANG": "fr_FR@euro"}, "fr"},
		{map[string]string{"LANG": "de_DE"}, "de"},
		{map[string]string{"LANGUAGE": "fr"}, "fr"},
	} {
		if got := fromEnvironment(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}

func TestUTF8(t *testing.T) {
	for v, want := range map[string]bool{"fr_FR.UTF-8": true, "fr_FR.utf8": true, "C": false, "fr_FR.ISO-8859-1": false, "C.UTF-8": true} {
		if got := utf8Locale(func(k string) string { return map[string]string{"LANG": v}[k] }); got != want {
			t.Errorf("%s: %v", v, got)
		}
	}
}

func TestAppleLanguages(t *testing.T) {
	if got := appleLanguages("(\n    \"fr-FR\",\n    \"en-GB\",\n    en\n)\n"); !slices.Equal(got, []string{"fr-FR", "en-GB", "en"}) {
		t.Errorf("%q", got)
	}
}
