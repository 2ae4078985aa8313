// WinHTTP's calls for the machine's proxy.

package fix

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	winhttp        = windows.NewLazySystemDLL("winhttp.dll")
	winHTTPDefault = winhttp.NewProc("WinHttpGetDefaultProxyConfiguration")
	winHTTPSet     = winhttp.NewProc("WinHttpSetDefaultProxyConfiguration")
)

// proxyInfo is WINHTTP_PROXY_INFO.
type proxyInfo struct {
	accessType    uint32
	proxy, bypass *uint16
}

const (
	accessNone  = 1 // WINHTTP_ACCESS_TYPE_NO_PROXY
	accessNamed = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
)

type machineSettings struct{}

// Read implements WinHTTP.
func (machineSettings) Read() (MachineProxy, error) {
	var info proxyInfo
	if ok, _, err := winHTTPDefault.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return MachineProxy{}, fmt.Errorf("reading the WinHTTP setting: %w", err)
	}
	m := MachineProxy{Servers: givenText(info.proxy), Bypass: givenText(info.bypass)}
	if info.accessType != accessNamed {
		return MachineProxy{}, nil
	}
	return m, nil
}

// givenText reads a text that WinHTTP allocated, and gives it back.
func givenText(p *uint16) string {
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	_, _, _ = procGlobalFree.Call(uintptr(unsafe.Pointer(p)))
	return s
}

// Write implements WinHTTP. An administrator's right.
func (machineSettings) Write(m MachineProxy) error {
	info := proxyInfo{accessType: accessNone}
	if m.Servers != "" {
		info.accessType = accessNamed
		for text, to := range map[string]**uint16{m.Servers: &info.proxy, m.Bypass: &info.bypass} {
			if text == "" {
				continue
			}
			p, err := windows.UTF16PtrFromString(text)
			if err != nil {
				return fmt.Errorf("writing the WinHTTP setting: %w", err)
			}
			*to = p
		}
	}
	if ok, _, err := winHTTPSet.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return fmt.Errorf("writing the WinHTTP setting: %w", err)
	}
	return nil
}
