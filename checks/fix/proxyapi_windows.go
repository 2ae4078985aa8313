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

// perConnOption is INTERNET_PER_CONN_OPTIONW: its union is 8 bytes wide, a FILETIME's size, on every system.
type perConnOption struct {
	option uint32
	value  uintptr
	_      [8 - unsafe.Sizeof(uintptr(0))]byte
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
func taken(value *uintptr) string {
	p := *(**uint16)(unsafe.Pointer(value))
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	_, _, _ = procGlobalFree.Call(*value)
	return s
}

// Write implements WinProxy. Programs that run are told.
func (internetSettings) Write(s InternetSettings) error {
	options := [4]perConnOption{{option: perConnFlags, value: uintptr(s.Flags)}, {option: perConnServer}, {option: perConnBypass}, {option: perConnPAC}}
	var texts [3]*uint16 // kept alive by this frame until the call is over
	for i, text := range []string{s.Server, s.Bypass, s.PAC} {
		p, err := windows.UTF16PtrFromString(text)
		if err != nil {
			return fmt.Errorf("writing the Internet settings: %w", err)
		}
		texts[i] = p
		options[i+1].value = uintptr(unsafe.Pointer(p))
	}
	list := perConnList{count: uint32(len(options)), options: &options[0]}
	list.size = uint32(unsafe.Sizeof(list))
	ok, _, err := internetSet.Call(0, optionPerConnection, uintptr(unsafe.Pointer(&list)), uintptr(list.size))
	keepAlive(texts)
	if ok == 0 {
		return fmt.Errorf("writing the Internet settings: %w", err)
	}
	for _, option := range []uintptr{optionSettingsChanged, optionRefresh} {
		if ok, _, err := internetSet.Call(0, option, 0, 0); ok == 0 {
			return fmt.Errorf("telling programs of the new Internet settings: %w", err)
		}
	}
	return nil
}
