//go:build unix

package desktop

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes a lock that dies with this process. free false: another one has it. unlock nil: no lock is to be had here.
func lockFile(path string) (unlock func(), free bool) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, true
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err != unix.EWOULDBLOCK
	}
	return func() { f.Close() }, true
}

// screenName is where this window would appear: a window on another screen cannot come forward on this one.
//
//lint:ignore U1000 the window uses it, which is only there with cgo
func screenName() string { return os.Getenv("DISPLAY") + " " + os.Getenv("WAYLAND_DISPLAY") }
