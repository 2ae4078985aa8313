// The proxy of Windows' Internet settings (WinINET), which Chrome, Edge and most programs follow. The calls are in local_windows.go.

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// WinProxy reads and writes the Internet settings of this person's usual connection.
type WinProxy interface {
	Read() (InternetSettings, error)
	Write(InternetSettings) error
}

// InternetSettings are the four values that belong together (wininet.h, INTERNET_PER_CONN_*).
type InternetSettings struct {
	Flags  uint32 `json:"flags"` // PROXY_TYPE_*
	Server string `json:"server"`
	Bypass string `json:"bypass"`
	PAC    string `json:"pac"`
}

// PROXY_TYPE_* of wininet.h.
const (
	proxyTypeDirect = 1
	proxyTypeProxy  = 2
	proxyTypePAC    = 4
)

// off is the same with proxy and script switched off, and their addresses kept.
func (s InternetSettings) off() InternetSettings {
	if s.Flags&(proxyTypeProxy|proxyTypePAC) != 0 {
		s.Flags = s.Flags&^(proxyTypeProxy|proxyTypePAC) | proxyTypeDirect
	}
	return s
}

func (s InternetSettings) text() string {
	b, _ := json.Marshal(s) // a struct of texts and a number
	return string(b)
}

// winINET is that place.
type winINET struct{ c *Computer }

func (winINET) id() string { return "Internet Settings" }

// on: a proxy or a script is switched on.
func (winINET) on(value string) bool {
	var s InternetSettings
	return json.Unmarshal([]byte(value), &s) == nil && s.Flags&(proxyTypeProxy|proxyTypePAC) != 0
}

func (w winINET) read(context.Context) (string, error) {
	s, err := w.c.WinProxy.Read()
	return s.text(), err
}

// same: what decides is whether proxy and script are on, and where they are; Windows keeps the other bits as it likes.
func (winINET) same(now, want string) bool {
	var a, b InternetSettings
	if json.Unmarshal([]byte(now), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	const decides = proxyTypeProxy | proxyTypePAC
	return a.Flags&decides == b.Flags&decides && a.Server == b.Server && a.PAC == b.PAC
}

func (w winINET) put(_ context.Context, value string) ([]Step, error) {
	var s InternetSettings
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		return nil, fmt.Errorf("reading the Internet settings that were kept: %w", err)
	}
	step := Step{Call: fmt.Sprintf("wininet.dll InternetSetOption(INTERNET_OPTION_PER_CONNECTION_OPTION) flags=%d", s.Flags)}
	err := w.c.WinProxy.Write(s)
	if err == nil {
		var now InternetSettings
		if now, err = w.c.WinProxy.Read(); err == nil && !w.same(now.text(), value) {
			err = errors.New("read again, the Internet settings are not what was written")
		}
	}
	if err != nil {
		step.Exit, step.Output = 1, err.Error()
	}
	return []Step{step}, err
}
