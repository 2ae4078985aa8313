//go:build !linux && !darwin && !windows

package probe

import (
	"errors"
	"net/netip"
	"syscall"
)

// socketWatch: only Linux tells who sent an ICMP error.
type socketWatch struct{}

func watchSocket(syscall.RawConn, bool) *socketWatch { return nil }

func (*socketWatch) sender() netip.Addr { return netip.Addr{} }
func (*socketWatch) close()             {}

// CanLimitSegment tells whether Request.MaxSegment can be done on this system.
func CanLimitSegment() bool { return false }

func prepareSocket(_ syscall.RawConn, _ bool, iface string, mss int) error {
	if iface != "" || mss > 0 {
		return errors.New("binding to a link: not possible on this system")
	}
	return nil
}
