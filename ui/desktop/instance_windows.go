package desktop

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes a lock that dies with this process. free false: another one has it. unlock nil: no lock is to be had here.
func lockFile(path string) (unlock func(), free bool) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, true
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if err != nil {
		f.Close()
		return nil, err != windows.ERROR_LOCK_VIOLATION
	}
	return func() { f.Close() }, true
}

// screenName is the session: a window in another one cannot come forward here.
//
//lint:ignore U1000 the window uses it, which is only there with cgo
func screenName() string {
	var id uint32
	if err := windows.ProcessIdToSessionId(uint32(os.Getpid()), &id); err != nil {
		return ""
	}
	return fmt.Sprint(id)
}
