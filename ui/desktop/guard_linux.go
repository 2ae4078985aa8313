//go:build cgo

package desktop

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// softwareTried marks the second start, so that there is no third.
const softwareTried = "PASSERELLE_SOFTWARE_GL"

// displayNamed tells why there can be no window, before anything is tried: neither X11 nor Wayland has a name here.
func displayNamed() error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	return nil
}

// retrySoftware starts the program once more with Mesa's software drawing, in place of this process. It returns only when that
// cannot be done, or was done already.
func retrySoftware() error {
	if os.Getenv(softwareTried) != "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program to start it again: %w", err)
	}
	env := append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", softwareTried+"=1")
	if err := syscall.Exec(self, os.Args, env); err != nil {
		return fmt.Errorf("starting this program again with software drawing: %w", err)
	}
	return nil
}

// Complain tells a person that there is no window.
func Complain(line string) { fmt.Fprintln(os.Stderr, line) }
