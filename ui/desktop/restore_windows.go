//go:build cgo

package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

var showWindow = windows.NewLazySystemDLL("user32.dll").NewProc("ShowWindow")

// restore opens a window that was made small (ShowWindow, SW_RESTORE): focusing it is not enough on Windows.
func restore(w fyne.Window) {
	n, ok := w.(driver.NativeWindow)
	if !ok {
		return
	}
	n.RunNative(func(c any) {
		const isIconic, swRestore = "IsIconic", 9
		x, ok := c.(driver.WindowsWindowContext)
		if !ok || x.HWND == 0 {
			return
		}
		if small, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc(isIconic).Call(x.HWND); small != 0 {
			_, _, _ = showWindow.Call(x.HWND, swRestore) // its result is the state before
		}
	})
}
