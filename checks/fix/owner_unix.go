//go:build !windows

package fix

import (
	"io/fs"
	"syscall"
)

// ownerOf is the user id of a file's owner, or -1.
func ownerOf(st fs.FileInfo) int {
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
