//go:build cgo

package desktop

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

func displayNamed() error { return nil }

// retrySoftware: Windows has no other drawing to try.
func retrySoftware() error { return nil }

// Complain tells a person that there is no window: a program without a console has nowhere to print.
func Complain(line string) {
	text, err1 := windows.UTF16PtrFromString(line)
	title, err2 := windows.UTF16PtrFromString(Title)
	if err1 == nil && err2 == nil {
		if _, err := windows.MessageBox(0, text, title, windows.MB_OK|windows.MB_ICONINFORMATION); err == nil {
			return
		}
	}
	fmt.Fprintln(os.Stderr, line)
}
