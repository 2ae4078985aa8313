//go:build !windows && !darwin

package probe

import (
	"context"
	"net/netip"
	"time"

	"github.com/godbus/dbus/v5"
)

// busGiveUp: a property of a running service comes in a few milliseconds; a bus that is stuck must not hold a check up.
const busGiveUp = 500 * time.Millisecond

// networkManagerServers reads the DNS servers that NetworkManager gave to the cache it runs (research/os-fixes.md §2.4).
func networkManagerServers(ctx context.Context, port uint16) []netip.AddrPort {
	ctx, cancel := context.WithTimeout(ctx, busGiveUp)
	defer cancel()
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return nil
	}
	defer bus.Close()
	var owned bool
	if err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.NetworkManager").Store(&owned); err != nil || !owned {
		return nil // asking the service itself would start it
	}
	var value dbus.Variant
	err = bus.Object("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager/DnsManager").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.NetworkManager.DnsManager", "Configuration").Store(&value)
	if err != nil {
		return nil
	}
	entries, ok := value.Value().([]map[string]dbus.Variant)
	if !ok {
		return nil
	}
	if port == 0 {
		port = 53
	}
	var servers []netip.AddrPort
	for _, e := range entries {
		list, _ := e["nameservers"].Value().([]string)
		for _, s := range list {
			if a, err := netip.ParseAddr(s); err == nil {
				servers = append(servers, netip.AddrPortFrom(a.Unmap(), port))
			}
		}
	}
	return servers
}
