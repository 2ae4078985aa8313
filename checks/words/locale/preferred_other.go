//go:build !windows && !darwin

package locale

// preferred: elsewhere the environment is the setting.
func preferred() []string { return nil }

// utf8WithoutLocale: no variable at all is the C locale.
func utf8WithoutLocale() bool { return false }
