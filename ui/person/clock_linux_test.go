package person

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"passerelle/checks/lab"
)

// A namespace has no clock of its own. So the world's clock is moved instead, and a stand-in for systemd-timedated on the computer's own
// message bus, spoken to by the real timedatectl, brings the two together again.

// wrongBy is how far the computer's clock is behind.
const wrongBy = 2 * 365 * 24 * time.Hour

// timedated is the stand-in.
type timedated struct {
	mu     sync.Mutex
	ntp    bool
	onSync func()
}

const (
	timedateName  = "org.freedesktop.timedate1"
	timedatePath  = "/org/freedesktop/timedate1"
	propertiesAPI = "org.freedesktop.DBus.Properties"
)

// SetNTP is the method of systemd-timedated (org.freedesktop.timedate1(5)).
func (d *timedated) SetNTP(on, _ bool) *dbus.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on && !d.ntp && d.onSync != nil {
		d.onSync()
	}
	d.ntp = on
	return nil
}

// GetAll is org.freedesktop.DBus.Properties.
func (d *timedated) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return map[string]dbus.Variant{"Timezone": dbus.MakeVariant("Etc/UTC"), "LocalRTC": dbus.MakeVariant(false), "CanNTP": dbus.MakeVariant(true),
		"NTP": dbus.MakeVariant(d.ntp), "NTPSynchronized": dbus.MakeVariant(false), "TimeUSec": dbus.MakeVariant(uint64(time.Now().UnixMicro())),
		"RTCTimeUSec": dbus.MakeVariant(uint64(0))}, nil
}

// Get is org.freedesktop.DBus.Properties.
func (d *timedated) Get(api, name string) (dbus.Variant, *dbus.Error) {
	all, err := d.GetAll(api)
	return all[name], err
}

// wrongClock puts the computer two years behind. Its time service is off; switched on, it sets the clock after a while, or never
// (negative): its servers do not answer.
func wrongClock(after time.Duration) func(*lab.World) {
	return func(w *lab.World) {
		w.Need("timedatectl")
		w.Need("dbus-daemon")
		w.MoveClock(wrongBy)
		w.Spawn(w.Computer, "", "dbus-daemon", "--system", "--nofork", "--nopidfile")
		w.File("/run/timedated", "")
		command(w, "mkdir", "-p", "/run/systemd/system") // by this its tools know a computer that systemd has started
		socket := w.Computer.Path("/run/dbus/system_bus_socket")
		var conn *dbus.Conn
		err := fmt.Errorf("no system bus at %s", socket)
		for range 200 {
			if _, e := os.Stat(socket); e == nil {
				if conn, err = dbus.Connect("unix:path=" + socket); err == nil {
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			w.T.Fatalf("the lab failed: connecting to the computer's bus: %v", err)
		}
		w.T.Cleanup(func() { _ = conn.Close() })
		d := &timedated{}
		if after >= 0 {
			d.onSync = func() { time.AfterFunc(after, func() { w.MoveClock(0) }) }
		}
		for _, api := range []string{timedateName, propertiesAPI} {
			if err := conn.Export(d, timedatePath, api); err != nil {
				w.T.Fatal(err)
			}
		}
		if r, err := conn.RequestName(timedateName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
			w.T.Fatalf("the lab failed: taking the name of timedated: %v %v", r, err)
		}
	}
}
