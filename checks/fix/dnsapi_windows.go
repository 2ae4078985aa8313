// Windows' calls for the DNS servers of an adapter.

package fix

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

type adapters struct{}

const (
	flagGateways  = 0x80 // GAA_FLAG_INCLUDE_GATEWAYS
	adapterBuffer = 15 << 10
	ifTypeTunnel  = 131
	ifTypeVirtual = 53
	ifTypePPP     = 23
	statusUp      = 1
)

// list reads all adapters (GetAdaptersAddresses).
func allAdapters() ([]Adapter, []uint32, error) {
	size := uint32(adapterBuffer)
	for range 4 { // the list can grow between two calls
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flagGateways, 0, first, &size)
		if err == windows.ERROR_BUFFER_OVERFLOW {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("listing the adapters: %w", err)
		}
		var all []Adapter
		var metrics []uint32
		for a := first; a != nil; a = a.Next {
			x, metric := adapterOf(a)
			all, metrics = append(all, x), append(metrics, metric)
		}
		runtime.KeepAlive(b)
		return all, metrics, nil
	}
	return nil, nil, fmt.Errorf("listing the adapters: the list keeps growing")
}

// adapterOf reads one; metric is 0 where it has no gateway.
func adapterOf(a *windows.IpAdapterAddresses) (Adapter, uint32) {
	x := Adapter{GUID: windows.BytePtrToString(a.AdapterName), Name: windows.UTF16PtrToString(a.FriendlyName), Index: int(a.IfIndex),
		Tunnel: a.IfType == ifTypeTunnel || a.IfType == ifTypeVirtual || a.IfType == ifTypePPP}
	description := strings.ToLower(windows.UTF16PtrToString(a.Description))
	for _, w := range []string{"wintun", "wireguard", "tap-windows", "openvpn", "nordlynx", "vpn"} {
		x.Tunnel = x.Tunnel || strings.Contains(description, w)
	}
	four := false
	for g := a.FirstGatewayAddress; g != nil; g = g.Next {
		if addr, ok := netip.AddrFromSlice(g.Address.IP()); ok {
			x.Six = x.Six || addr.Unmap().Is6()
			four = four || addr.Unmap().Is4()
		}
	}
	for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
		if addr, ok := netip.AddrFromSlice(d.Address.IP()); ok && !netip.MustParsePrefix("fec0:0:0:ffff::/64").Contains(addr) {
			x.Servers = append(x.Servers, addr.Unmap())
		}
	}
	const path = `SYSTEM\CurrentControlSet\Services\`
	x.Fixed4 = interfaceValue(path+`Tcpip\Parameters\Interfaces\`+x.GUID, "NameServer")
	x.Fixed6 = interfaceValue(path+`Tcpip6\Parameters\Interfaces\`+x.GUID, "NameServer")
	x.Profile = interfaceValue(path+`Tcpip\Parameters\Interfaces\`+x.GUID, "ProfileNameServer")
	switch {
	case a.OperStatus != statusUp:
		return x, 0
	case four:
		return x, a.Ipv4Metric + 1
	case x.Six:
		return x, a.Ipv6Metric + 1
	}
	return x, 0
}

func interfaceValue(path, name string) string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	s, _, err := k.GetStringValue(name)
	if err != nil {
		return ""
	}
	return s
}

// Default implements WinDNS.
func (adapters) Default() (Adapter, error) {
	all, metrics, err := allAdapters()
	if err != nil {
		return Adapter{}, err
	}
	best := -1
	for i, m := range metrics {
		if m > 0 && (best < 0 || m < metrics[best]) {
			best = i
		}
	}
	if best < 0 {
		return Adapter{}, fmt.Errorf("no adapter has a gateway")
	}
	return all[best], nil
}

// Adapter implements WinDNS.
func (adapters) Adapter(guid string) (Adapter, error) {
	all, _, err := allAdapters()
	if err != nil {
		return Adapter{}, err
	}
	for _, a := range all {
		if strings.EqualFold(a.GUID, guid) {
			return a, nil
		}
	}
	return Adapter{}, fmt.Errorf("there is no adapter %s", guid)
}

var procSetInterfaceDNS = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("SetInterfaceDnsSettings")

// dnsSettings is DNS_INTERFACE_SETTINGS (netioapi.h), version 1.
type dnsSettings struct {
	version             uint32
	flags               uint64
	domain              *uint16
	nameServer          *uint16
	searchList          *uint16
	registrationEnabled uint32
	registerAdapterName uint32
	enableLLMNR         uint32
	queryAdapterName    uint32
	profileNameServer   *uint16
}

const (
	dnsVersion1       = 1
	dnsFlagIPv6       = 0x1
	dnsFlagNameServer = 0x2 // the servers alone: the search list is not touched
)

// Set implements WinDNS.
func (adapters) Set(guid string, six bool, servers string) error {
	id, err := windows.GUIDFromString(guid)
	if err != nil {
		return fmt.Errorf("reading the adapter's number %q: %w", guid, err)
	}
	text, err := windows.UTF16PtrFromString(servers)
	if err != nil {
		return fmt.Errorf("setting the DNS servers: %w", err)
	}
	s := dnsSettings{version: dnsVersion1, flags: dnsFlagNameServer, nameServer: text}
	if six {
		s.flags |= dnsFlagIPv6
	}
	if err := procSetInterfaceDNS.Find(); err != nil {
		return fmt.Errorf("finding SetInterfaceDnsSettings: %w", err)
	}
	if code := setDNS(id, &s); code != 0 {
		return fmt.Errorf("setting the DNS servers of %s: %w", guid, syscall.Errno(code))
	}
	return nil
}

// setDNS hands the GUID over by value, which is another thing on each processor: by address on amd64 (a structure of over 8 bytes), in
// two registers on arm64 (Microsoft's calling conventions). Passerelle is not built for 32-bit Windows.
func setDNS(id windows.GUID, s *dnsSettings) uintptr {
	var code uintptr
	switch settings := uintptr(unsafe.Pointer(s)); runtime.GOARCH {
	case "arm64":
		words := *(*[2]uint64)(unsafe.Pointer(&id))
		code, _, _ = procSetInterfaceDNS.Call(uintptr(words[0]), uintptr(words[1]), settings)
	default:
		code, _, _ = procSetInterfaceDNS.Call(uintptr(unsafe.Pointer(&id)), settings)
	}
	runtime.KeepAlive(s)
	return code
}
