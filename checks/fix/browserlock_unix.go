//go:build unix

package fix

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// locked tells whether another process holds a lock on a file. A file that is not there, or cannot be read, is not.
func locked(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	return unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock) == nil && lock.Type != unix.F_UNLCK
}
