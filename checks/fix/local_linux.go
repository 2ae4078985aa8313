package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
	"github.com/miekg/dns"
)

func (c *Computer) native() {
	c.Bus = systemBus{}
	c.Hangup = hangup
	c.Inserted = inserted
	c.Cards = kernelCards{}
}

// inserted asks for dnsmasq's counter "insertions.bind" (dnsmasq(8), --no-ident).
func inserted(ctx context.Context, server netip.AddrPort) (uint64, error) {
	if !server.IsValid() {
		return 0, errors.New("asking dnsmasq for its counter: no address")
	}
	q := new(dns.Msg)
	q.SetQuestion("insertions.bind.", dns.TypeTXT)
	q.Question[0].Qclass = dns.ClassCHAOS
	a, err := dns.ExchangeContext(ctx, q, server.String())
	if err != nil {
		return 0, fmt.Errorf("asking dnsmasq at %s for its counter: %w", server, err)
	}
	for _, rr := range a.Answer {
		if t, ok := rr.(*dns.TXT); ok && len(t.Txt) == 1 {
			return strconv.ParseUint(t.Txt[0], 10, 64)
		}
	}
	return 0, fmt.Errorf("asking dnsmasq at %s for its counter: none in the answer", server)
}

// hangup holds the process (os.FindProcess keeps a pidfd) before it looks at its name, so that a number that was given to
// another process meanwhile is not hit.
func hangup(pid int, program string) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("sending SIGHUP to process %d: %w", pid, err)
	}
	defer func() { _ = p.Release() }()
	comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil || strings.TrimSpace(string(comm)) != program {
		return fmt.Errorf("sending SIGHUP to process %d: it is no longer %s", pid, program)
	}
	if err := p.Signal(syscall.SIGHUP); err != nil {
		return fmt.Errorf("sending SIGHUP to process %d: %w", pid, err)
	}
	return nil
}

// systemBus connects anew for every question: a fix asks few, and a kept connection would go stale.
type systemBus struct{}

// HasOwner implements Bus.
func (systemBus) HasOwner(ctx context.Context, name string) (bool, error) {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return false, fmt.Errorf("connecting to the system bus: %w", err)
	}
	defer conn.Close()
	var has bool
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has)
	if err != nil {
		return false, fmt.Errorf("asking the system bus who owns %s: %w", name, err)
	}
	return has, nil
}

// Call implements Bus.
func (systemBus) Call(ctx context.Context, dest, path, method string, interactive bool, args ...any) ([]any, error) {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("connecting to the system bus: %w", err)
	}
	defer conn.Close()
	flags := dbus.FlagNoAutoStart
	if interactive {
		flags |= dbus.FlagAllowInteractiveAuthorization
	}
	call := conn.Object(dest, dbus.ObjectPath(path)).CallWithContext(ctx, method, flags, args...)
	if call.Err != nil {
		return nil, fmt.Errorf("calling %s: %w", method, call.Err)
	}
	body := call.Body
	for i, v := range body {
		if variant, ok := v.(dbus.Variant); ok {
			body[i] = variant.Value()
		}
	}
	return body, nil
}
