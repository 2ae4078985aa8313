// The system bus (D-Bus) of Linux, asked only where its socket is there, and only programs that already run: nothing is started.

package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"
)

// systemBusSocket is where every distribution has it; DBUS_SYSTEM_BUS_ADDRESS overrides it (D-Bus specification).
const systemBusSocket = "/run/dbus/system_bus_socket"

// systemBus connects to the system bus. The context bounds the connection and every call on it.
func (r *Reader) systemBus(ctx context.Context) (*dbus.Conn, error) {
	address := r.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
	if address == "" {
		address = "unix:path=" + r.path(systemBusSocket)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(address, "unix:path="), ",")
	if !strings.HasPrefix(address, "unix:path=") {
		return nil, errors.New("connecting to the system bus: its address is no socket file")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("connecting to the system bus: %w", err)
	}
	conn, err := dbus.Dial(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("connecting to the system bus: %w", err)
	}
	// The handshake knows no context: a bus that hangs is cut off by closing its connection.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.Auth(nil); err == nil {
		err = conn.Hello()
		if err == nil {
			return conn, nil
		}
		conn.Close()
		return nil, fmt.Errorf("greeting the system bus: %w", err)
	}
	conn.Close()
	return nil, errors.New("the system bus does not let us in")
}

// busHas tells whether a program of that name is on the bus now. Asking the program itself could start it.
func busHas(ctx context.Context, conn *dbus.Conn, name string) bool {
	var has bool
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has)
	return err == nil && has
}
