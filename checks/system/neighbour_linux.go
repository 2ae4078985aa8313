// The neighbour table of Linux: did the box's hardware address come in answer to ARP or neighbour discovery?

package system

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"passerelle/checks/facts"
)

const (
	// neighbourFresh is how long ago a stale entry may have been confirmed and still count. The kernel waits as long (5 s,
	// delay_first_probe_time, arp(7)) before it doubts an entry that is used.
	neighbourFresh = 5 * time.Second
	// userHertz is the unit of the ages in the table (USER_HZ, 100 on every Linux since 2.4).
	userHertz = 100
)

// neighbour gives the state of one address on one link.
func (r *Reader) neighbour(addr netip.Addr, link string) neighbourState {
	addr = addr.Unmap()
	family := uint8(unix.AF_INET)
	if addr.Is6() {
		family = unix.AF_INET6
	}
	if link == "" {
		link = addr.Zone()
	}
	addr = addr.WithZone("")
	dump, err := netlinkDump(unix.RTM_GETNEIGH, family, sizeNeigh)
	if err != nil {
		return neighbourUnknown
	}
	index := -1
	if link != "" {
		if index, err = zoneIndex(link); err != nil {
			return neighbourUnknown
		}
	}
	for _, m := range dump {
		if addrOf(m.get(unix.NDA_DST)) != addr || (index >= 0 && int(binary.NativeEndian.Uint32(m.fixed[4:])) != index) {
			continue
		}
		state := binary.NativeEndian.Uint16(m.fixed[8:])
		switch {
		case state&unix.NUD_REACHABLE != 0:
			return neighbourHere
		case state&unix.NUD_FAILED != 0:
			return neighbourFailed
		case state&unix.NUD_INCOMPLETE != 0:
			return neighbourAsked
		case state&(unix.NUD_STALE|unix.NUD_DELAY|unix.NUD_PROBE) != 0:
			if info := m.get(unix.NDA_CACHEINFO); len(info) >= 4 {
				age := time.Duration(binary.NativeEndian.Uint32(info)) * time.Second / userHertz
				if age <= neighbourFresh {
					return neighbourHere
				}
			}
		}
		return neighbourUnknown // an old entry, or one that somebody wrote by hand: says nothing of now
	}
	return neighbourUnknown
}

// Neighbour tells whether an address on a link answered ARP or neighbour discovery a moment ago: Yes, No (asked and given up) or
// Unknown (never asked, being asked, or too long ago).
func (r *Reader) Neighbour(addr netip.Addr, link string) facts.Bool {
	return r.neighbour(addr, link).fact()
}
