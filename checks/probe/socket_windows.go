package probe

import (
	"errors"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

// socketWatch: Windows does not tell who sent an ICMP error.
type socketWatch struct{}

func watchSocket(syscall.RawConn, bool) *socketWatch { return nil }

func (*socketWatch) sender() netip.Addr { return netip.Addr{} }
func (*socketWatch) close()             {}

// CanLimitSegment tells whether Request.MaxSegment can be done on this system: Windows only lets it be read.
func CanLimitSegment() bool { return false }

// prepareSocket binds a socket to a link. IP_UNICAST_IF wants the index in network byte order, IPV6_UNICAST_IF in the host's
// (Microsoft Learn, "IPPROTO_IP Socket Options").
func prepareSocket(raw syscall.RawConn, six bool, iface string, mss int) error {
	const unicastIf = 31
	if mss > 0 {
		return errors.New("announcing smaller segments: Windows has no way to")
	}
	if iface == "" {
		return nil
	}
	link, err := net.InterfaceByName(iface)
	if err != nil {
		return fmt.Errorf("looking for the link %s: %w", iface, err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if six {
			failed = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IPV6, unicastIf, link.Index)
		} else {
			failed = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IP, unicastIf, int(int32(bits.ReverseBytes32(uint32(link.Index)))))
		}
	})
	if failed != nil {
		failed = fmt.Errorf("binding to %s: %w", iface, failed)
	}
	return errors.Join(err, failed)
}

func scopeOf(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if link, err := net.InterfaceByName(zone); err == nil {
		return uint32(link.Index)
	}
	n, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
