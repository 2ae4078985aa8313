package locale

import (
	"context"
	"os/exec"
	"time"
)

// askLimit bounds the question to macOS: it answers in a few milliseconds.
const askLimit = 500 * time.Millisecond

// preferred asks macOS for the person's languages, best first: programs started from the Finder have no LANG.
func preferred() []string {
	ctx, stop := context.WithTimeout(context.Background(), askLimit)
	defer stop()
	out, err := exec.CommandContext(ctx, "/usr/bin/defaults", "read", "-g", "AppleLanguages").Output()
	if err != nil {
		return nil
	}
	return appleLanguages(string(out))
}

// utf8WithoutLocale: Terminal and iTerm show UTF-8, with or without a locale.
func utf8WithoutLocale() bool { return true }
