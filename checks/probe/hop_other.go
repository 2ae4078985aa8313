//go:build !linux

package probe

import "syscall"

// canLimitHops: elsewhere the sender of an ICMP error cannot be learnt without rights, and its absence would prove nothing.
const canLimitHops = false

func limitHops(syscall.RawConn, bool, int) error { return nil }
