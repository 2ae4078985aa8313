package system

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// sentOffset is where tx_packets stands in struct rtnl_link_stats64 (linux/if_link.h): the second of its 64-bit counters.
const sentOffset = 8

// SentPackets gives how many packets a link has sent since it came up. False where the kernel does not say.
func (r *Reader) SentPackets(link string) (uint64, bool) {
	i, err := net.InterfaceByName(link)
	if err != nil {
		return 0, false
	}
	body := make([]byte, sizeLink)
	binary.NativeEndian.PutUint32(body[4:], uint32(i.Index))
	answer, err := netlinkAsk(unix.RTM_GETLINK, 0, body, sizeLink)
	if err != nil || len(answer) == 0 {
		return 0, false
	}
	stats := answer[0].get(unix.IFLA_STATS64)
	if len(stats) < sentOffset+8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(stats[sentOffset:]), true
}
