//go:build !linux

package probe

import "syscall"

func limitHops(syscall.RawConn, bool, int) error { return nil }
