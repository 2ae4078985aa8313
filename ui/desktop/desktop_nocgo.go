//go:build !cgo

package desktop

// Without cgo there is no window: this is the terminal program.

import (
	"errors"
	"fmt"
	"os"

	"passerelle/checks/fix"
)

// Complain tells a person that there is no window.
func Complain(line string) { fmt.Fprintln(os.Stderr, line) }

// Open says that this build has no window. Nothing of Fyne is linked into it.
func Open(fix.Env, string) error {
	return &Error{NoWindow, errors.New("this build has no window (it was made without cgo)")}
}
