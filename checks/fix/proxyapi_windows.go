// WinINET's calls for the person's Internet settings.

package fix

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wininet        = windows.NewLazySystemDLL("wininet.dll")
	internetQuery  = wininet.NewProc("InternetQueryOptionW")
	internetSet    = wininet.NewProc("InternetSetOptionW")
	procGlobalFree = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
)

// Options of wininet.h.
const (
	optionRefresh         = 37
	optionPerConnection   = 75
	optionSettingsChanged = 95

	perConnFlags  = 1
	perConnServer = 2
	perConnBypass = 3
	perConnPAC    = 4
)

// perConnOption is INTERNET_PER_CONN_OPTIONW. Its union is 8 bytes wide on every system (a FILETIME), and a text's address stands in its
// first bytes; a uint64 has the union's alignment on each of them.
type perConnOption struct {
	option uint32
	value  uint64
}

// perConnList is INTERNET_PER_CONN_OPTION_LISTW.
type perConnList struct {
	size       uint32
	connection *uint16 // nil: the usual one
	count      uint32
	failed     uint32
	options    *perConnOption
}

type internetSettings struct{}

// Read implements WinProxy.
func (internetSettings) Read() (InternetSettings, error) {
	options := [4]perConnOption{{option: perConnFlags}, {option: perConnServer}, {option: perConnBypass}, {option: perConnPAC}}
	list := perConnList{count: uint32(len(options)), options: &options[0]}
	list.size = uint32(unsafe.Sizeof(list))
	size := list.size
	if ok, _, err := internetQuery.Call(0, optionPerConnection, uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return InternetSettings{}, fmt.Errorf("reading the Internet settings: %w", err)
	}
	return InternetSettings{Flags: uint32(options[0].value), Server: taken(&options[1].value), Bypass: taken(&options[2].value), PAC: taken(&options[3].value)}, nil
}

// taken reads a text that WinINET allocated, and gives it back.
func taken(value *uint64) string {
	p := *(**uint16)(unsafe.Pointer(value))
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	_, _, _ = procGlobalFree.Call(uintptr(*value))
	return s
}

// Write implements WinProxy. Programs that run are told.
func (internetSettings) Write(s InternetSettings) error {
	options := [4]perConnOption{{option: perConnFlags, value: uint64(s.Flags)}, {option: perConnServer}, {option: perConnBypass}, {option: perConnPAC}}
	var texts [3]*uint16 // kept alive by this frame until the call is over
	for n, text := range []string{s.Server, s.Bypass, s.PAC} {
		p, err := windows.UTF16PtrFromString(text)
		if err != nil {
			return fmt.Errorf("writing the Internet settings: %w", err)
		}
		texts[n] = p
		options[n+1].value = uint64(uintptr(unsafe.Pointer(p)))
	}
	list := perConnList{count: uint32(len(options)), options: &options[0]}
	list.size = uint32(unsafe.Sizeof(list))
	ok, _, err := internetSet.Call(0, optionPerConnection, uintptr(unsafe.Pointer(&list)), uintptr(list.size))
	keepAlive(texts)
	if ok == 0 {
		return fmt.Errorf("writing the Internet settings: %w", err)
	}
	for _, option := range []uintptr{optionSettingsChanged, optionRefresh} {
		_, _, _ = internetSet.Call(0, option, 0, 0) // they are written: programs that are not told read them when they are next started
	}
	return nil
}
