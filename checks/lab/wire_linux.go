package lab

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Wire is a line with a delay, a loss and a size limit, between the box and the Internet: two TUN devices and the packets
// carried between them by hand (the kernel has no netem everywhere).
type Wire struct {
	Delay time.Duration // one way
	Loss  float64       // share of packets lost, 0 to 1
	MTU   int           // larger packets vanish without a word; 0: none do
}

// queueLength is how many packets a direction holds before it drops the newest, as a router would.
const queueLength = 1000

// Lay makes the box reach the Internet over the wire instead of its cable.
func (w *World) Lay(wire Wire) {
	w.T.Helper()
	near := w.tun(w.Box, "wire0")
	far := w.tun(w.Internet, "wire0")
	w.IP(w.Box, "addr add 192.0.3.2/24 dev wire0", "addr add 2001:db8:fe::2/64 dev wire0 nodad", "link set wire0 up")
	w.IP(w.Internet, "addr add 192.0.3.1/24 dev wire0", "addr add 2001:db8:fe::1/64 dev wire0 nodad", "link set wire0 up")
	go wire.carry(near, far)
	go wire.carry(far, near)
	w.IP(w.Box, "route replace default via 192.0.3.1", "route replace ::/0 via 2001:db8:fe::1 dev wire0")
	w.IP(w.Internet, "route replace 192.168.1.0/24 via 192.0.3.2", "route replace 2001:db8:1::/64 via 2001:db8:fe::2 dev wire0")
}

// Tun is a tunnel that swallows everything, with somebody who reads: without, it would have no carrier.
func (w *World) Tun(m *Machine, name string) {
	w.T.Helper()
	f := w.tun(m, name)
	go func() {
		buf := make([]byte, 1<<16)
		for {
			if _, err := f.Read(buf); err != nil {
				return
			}
		}
	}()
}

// tun opens a TUN device on a machine. It ends with the world.
func (w *World) tun(m *Machine, name string) *os.File {
	w.T.Helper()
	if f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		w.T.Skipf("no TUN device: %v", err)
	} else {
		f.Close()
	}
	var fd int
	err := m.inside(unix.CLONE_NEWNET, func() (err error) {
		if fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err != nil {
			return fmt.Errorf("opening /dev/net/tun: %w", err)
		}
		ifr, err := unix.NewIfreq(name)
		if err != nil {
			return err
		}
		ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		return unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	})
	w.need(err, "making %s on %s", name, m.Name)
	f := os.NewFile(uintptr(fd), name)
	w.later(func() { f.Close() })
	return f
}

type packet struct {
	at   int64 // CLOCK_MONOTONIC nanoseconds at which it leaves
	data []byte
}

func monotonic() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// carry takes packets from one end to the other until the first end's device is gone. It sleeps on a thread of its
// own: Go's timers are too coarse for a steady delay.
func (wire Wire) carry(from, to *os.File) {
	queue := make(chan packet, queueLength)
	defer close(queue)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for p := range queue {
			ts := unix.NsecToTimespec(p.at)
			for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil) == unix.EINTR {
			}
			to.Write(p.data)
		}
	}()
	buf := make([]byte, 65536)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if (wire.MTU > 0 && n > wire.MTU) || (wire.Loss > 0 && rand.Float64() < wire.Loss) {
			continue
		}
		select {
		case queue <- packet{monotonic() + int64(wire.Delay), append([]byte(nil), buf[:n]...)}:
		default:
		}
	}
}
