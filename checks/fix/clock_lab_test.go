//go:build linux

package fix

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"passerelle/checks/facts"
)

// labClock stands in for systemd's timedated and its time service on a bus of the lab's own. Its clock is a number: how far it is
// ahead. Switched on, it asks a real SNTP server (of the lab) and sets that number; the machine's own clock is never touched.
type labClock struct {
	mu     sync.Mutex
	ahead  time.Duration
	server string
	on     bool // NTP
	set    bool // NTPSynchronized
}

// SetNTP is the bus's method of that name.
func (c *labClock) SetNTP(on, _ bool) *dbus.Error {
	c.mu.Lock()
	c.on = on
	c.mu.Unlock()
	if on {
		go c.ask()
	}
	return nil
}

// GetAll is the bus's method of that name, for whatever interface.
func (c *labClock) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return map[string]dbus.Variant{"Timezone": dbus.MakeVariant("Etc/UTC"), "LocalRTC": dbus.MakeVariant(false), "CanNTP": dbus.MakeVariant(true), "NTP": dbus.MakeVariant(c.on),
		"NTPSynchronized": dbus.MakeVariant(c.set), "TimeUSec": dbus.MakeVariant(uint64(1)), "RTCTimeUSec": dbus.MakeVariant(uint64(1))}, nil
}

// ask is one exchange of SNTP (RFC 4330): the offset is what lies between the server's time and the lab's clock.
func (c *labClock) ask() {
	const ntpEpoch = 2208988800 // seconds from 1900 to 1970
	conn, err := net.Dial("udp", c.server)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	q := make([]byte, 48)
	q[0] = 4<<3 | 3
	if _, err = conn.Write(q); err != nil {
		return
	}
	if n, err := conn.Read(q); err != nil || n < 48 {
		return
	}
	said := time.Unix(int64(binary.BigEndian.Uint32(q[40:]))-ntpEpoch, 0)
	c.mu.Lock()
	c.ahead, c.set = time.Until(said).Round(time.Second), true // the lab's clock now shows the server's time
	c.mu.Unlock()
}

func (c *labClock) isOn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.on
}

// sntpServer answers with the machine's own time, or not at all.
func sntpServer(t *testing.T, deaf bool) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		b := make([]byte, 48)
		for {
			_, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if deaf {
				continue
			}
			a := make([]byte, 48)
			a[0], a[1] = 4<<3|4, 2
			binary.BigEndian.PutUint32(a[40:], uint32(time.Now().Unix()+2208988800))
			_, _ = conn.WriteTo(a, from)
		}
	}()
	return conn.LocalAddr().String()
}

// TestLabClock: the real timedatectl against a stand-in of timedated, whose clock is an hour ahead. A server that answers sets it; one
// that is deaf leaves it, and the switch is put back.
func TestLabClock(t *testing.T) {
	if !inLab(t, "dbus-daemon", "timedatectl") {
		return
	}
	l := newWorld(t, labBox)
	l.do("mkdir", "-p", "/run/systemd/system") // where timedatectl looks whether systemd is there
	l.startBus()
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const path, iface = "/org/freedesktop/timedate1", "org.freedesktop.timedate1"
	clock := &labClock{}
	err = errors.Join(conn.ExportMethodTable(map[string]any{"SetNTP": clock.SetNTP}, path, iface), conn.ExportMethodTable(map[string]any{"GetAll": clock.GetAll}, path, "org.freedesktop.DBus.Properties"))
	if err == nil {
		_, err = conn.RequestName(iface, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	offset := func(context.Context) (time.Duration, error) {
		clock.mu.Lock()
		defer clock.mu.Unlock()
		return clock.ahead, nil
	}
	for _, deaf := range []bool{false, true} {
		clock.mu.Lock()
		clock.ahead, clock.server, clock.on, clock.set = time.Hour, sntpServer(t, deaf), false, false
		clock.mu.Unlock()
		env := l.env(getent)
		env.Offset = offset
		o, err := Run(context.Background(), "sync-clock", "", env)
		if err != nil || o.Detail != "timedate" {
			t.Fatalf("deaf %v: %v %+v", deaf, err, o)
		}
		now := clock.isOn()
		if deaf {
			if o.Verified != facts.No || !o.PutBack || now {
				t.Errorf("deaf: %+v, NTP %v", o, now)
			}
			continue
		}
		off, _ := offset(context.Background())
		if o.Verified != facts.Yes || o.VerifiedBy != ByFresh || off.Abs() > time.Second || !now || o.Plan.Old[oldOffset] != "3600.000" {
			t.Errorf("%+v, ahead %s, NTP %v", o, off, now)
		}
		l.undone(o, env)
		if clock.isOn() {
			t.Error("the undo left it switched on")
		}
		// Switched on already and never set: nothing to switch, so there is nothing to undo either.
		_ = clock.SetNTP(true, false)
		o, err = Run(context.Background(), "sync-clock", "", env)
		if err == nil && o.ChangeID != nil {
			if _, err = Undo(context.Background(), *o.ChangeID, env); !errors.Is(err, ErrNothingToUndo) {
				t.Errorf("%v %+v", err, o)
			}
		}
	}
}
