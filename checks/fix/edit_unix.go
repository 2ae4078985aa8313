//go:build !windows

package fix

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// busy: the file is a mount point (EBUSY), or its folder is on a file system that is read-only.
func busy(err error) bool {
	return errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EROFS)
}

// sameAs gives a new file the mode, the owner and the SELinux label of the one whose place it takes.
func sameAs(f *os.File, real string, st fs.FileInfo) error {
	if s, ok := st.Sys().(*syscall.Stat_t); ok && (int(s.Uid) != os.Geteuid() || int(s.Gid) != os.Getegid()) {
		if err := f.Chown(int(s.Uid), int(s.Gid)); err != nil {
			return fmt.Errorf("keeping the owner: %w", err)
		}
	}
	if err := f.Chmod(st.Mode()); err != nil {
		return err
	}
	return sameLabel(f, real)
}
