package person

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owner is a file's user and group.
func owner(st fs.FileInfo) string {
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", s.Uid, s.Gid)
	}
	return ""
}
