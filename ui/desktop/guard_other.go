//go:build cgo && !linux && !windows

package desktop

import (
	"fmt"
	"os"
)

func displayNamed() error { return nil }

func retrySoftware() error { return nil }

// Complain tells a person that there is no window.
func Complain(line string) { fmt.Fprintln(os.Stderr, line) }
