package fix

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock takes a file for this process alone. The system gives it free when the process ends, however it ends.
func lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	if err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped)); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// syncDir: Windows has no such call; its file systems keep names in their own journal.
func syncDir(string) error { return nil }

// ownedLike has nothing to do: an administrator's files can be read by the folder's owner.
func ownedLike(*os.File, string) error { return nil }

// makeFolder makes a folder and those above it.
func makeFolder(dir string) error { return os.MkdirAll(dir, 0o700) }
