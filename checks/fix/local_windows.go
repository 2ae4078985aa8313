package fix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"passerelle/checks/facts"
)

func (c *Computer) native() {
	c.Root = "" // paths hold their drive
	c.UID = -1
	if dir, err := windows.GetSystemDirectory(); err == nil {
		c.Dirs = []string{dir}
	}
	c.FlushAPI, c.Cached, c.CacheOff = flushResolverCache, cached, cacheOff
	c.OpenURI, c.Registry = shellOpen, registryString
	c.Elevated, c.Elevate = windows.GetCurrentProcessToken().IsElevated(), elevate
	c.WinProxy, c.WinHTTP, c.WinDNS = internetSettings{}, machineSettings{}, adapters{}
}

// apiLimit bounds DnsFlushResolverCache: it can hang while the service restarts (Mullvad, talpid-dns, uses the same limit).
const apiLimit = 5 * time.Second

var procFlush = windows.NewLazySystemDLL("dnsapi.dll").NewProc("DnsFlushResolverCache")

// flushResolverCache calls the function that ipconfig calls.
func flushResolverCache(ctx context.Context) error {
	if err := procFlush.Find(); err != nil {
		return fmt.Errorf("finding DnsFlushResolverCache: %w", err)
	}
	done := make(chan error, 1)
	go func() {
		if ok, _, err := procFlush.Call(); ok == 0 {
			done <- fmt.Errorf("calling DnsFlushResolverCache: %w", err)
			return
		}
		done <- nil
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(apiLimit):
		return errors.New("calling DnsFlushResolverCache: no answer within 5 s")
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	queryNoWire      = 0x10 // DNS_QUERY_NO_WIRE_QUERY: the cache only, nothing is sent
	queryNoHostsFile = 0x40 // DNS_QUERY_NO_HOSTS_FILE: the hosts file's lines are no proof of a cache
	typeA            = 1
	typeAAAA         = 28
	noRecord         = windows.Errno(9701) // DNS_ERROR_RECORD_DOES_NOT_EXIST: what the cache says of a name it does not hold
)

// cached asks the cache alone. Any other answer than "here it is" and "I have none" stays Unknown.
func cached(host string) facts.Bool {
	all := facts.No
	for _, kind := range []uint16{typeA, typeAAAA} {
		var records *windows.DNSRecord
		err := windows.DnsQuery(host, kind, queryNoWire|queryNoHostsFile, nil, &records, nil)
		if records != nil {
			windows.DnsRecordListFree(records, 1)
		}
		switch {
		case err == nil:
			return facts.Yes
		case errors.Is(err, noRecord):
		default:
			all = facts.Unknown
		}
	}
	return all
}

// cacheOff: the service "DNS Client" is disabled (Start 4), as "debloated" Windows have it.
func cacheOff() bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\Dnscache`, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	start, _, err := k.GetIntegerValue("Start")
	return err == nil && start == 4
}

// shellOpen lets Windows choose the program. uri is one that this package has validated.
func shellOpen(uri string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(uri)
	if err != nil {
		return fmt.Errorf("opening %q: %w", uri, err)
	}
	if err := windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("opening %s: %w", uri, err)
	}
	return nil
}

// registryString reads one string; values that name %VARIABLES% are expanded.
func registryString(root, key, value string) (string, bool) {
	base := registry.CURRENT_USER
	if root == "HKLM" {
		base = registry.LOCAL_MACHINE
	}
	k, err := registry.OpenKey(base, key, registry.QUERY_VALUE)
	if err != nil {
		return "", false
	}
	defer k.Close()
	s, kind, err := k.GetStringValue(value)
	if err != nil {
		return "", false
	}
	if kind == registry.EXPAND_SZ {
		if e, err := registry.ExpandString(s); err == nil {
			s = e
		}
	}
	return s, true
}
