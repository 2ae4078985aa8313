//go:build !windows

package probe

import (
	"syscall"

	"passerelle/checks/facts"
)

// failureOfErrno names the error numbers of connect, send and receive. EINVAL is what Linux gives for a blackhole route and
// EACCES for a prohibit route (research/os-fixes.md §5.2): this computer itself said no.
func failureOfErrno(e syscall.Errno) (facts.Failure, bool) {
	switch e {
	case syscall.ECONNREFUSED:
		return facts.Refused, true
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return facts.Reset, true
	case syscall.ETIMEDOUT:
		return facts.Timeout, true
	case syscall.EHOSTUNREACH, syscall.EHOSTDOWN:
		return facts.HostUnreach, true
	case syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT:
		return facts.NetUnreach, true
	case syscall.EPERM, syscall.EACCES, syscall.EINVAL:
		return facts.Denied, true
	}
	return "", false
}
