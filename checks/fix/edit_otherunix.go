//go:build !windows && !linux

package fix

import "os"

// isMountPoint: single files are mounted on Linux only.
func isMountPoint(string) bool { return false }

// sameLabel: SELinux is Linux's.
func sameLabel(*os.File, string) error { return nil }
