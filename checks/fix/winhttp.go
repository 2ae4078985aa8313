// The proxy of Windows' services (WinHTTP), which is the machine's and an administrator's to change. Browsers pass it over: it is only
// switched off where nothing else names a proxy. (`netsh winhttp` is not used: its text is translated.)

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// WinHTTP reads and writes that setting.
type WinHTTP interface {
	Read() (MachineProxy, error)
	Write(MachineProxy) error
}

// MachineProxy is WINHTTP_PROXY_INFO. It has no switch: servers that are to come back are in the journal. No servers: there is no proxy.
type MachineProxy struct {
	Servers string `json:"servers"` // "host:port" or "http=host:port;https=host:port"
	Bypass  string `json:"bypass"`  // "<local>;*.corp.test"
}

func (m MachineProxy) text() string {
	b, _ := json.Marshal(m) // two texts
	return string(b)
}

// maxProxyText bounds each of the two, bytes: a company's list of exceptions reaches some thousand.
const maxProxyText = 8 << 10

// valid refuses what is no list of servers or exceptions: letters, digits and their punctuation, and no option.
func (m MachineProxy) valid() error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-_[]="
	for text, more := range map[string]string{m.Servers: ";/ ", m.Bypass: ";/ *<>"} {
		if len(text) > maxProxyText || strings.Trim(text, letters+more) != "" || strings.HasPrefix(text, "-") || strings.HasPrefix(text, " ") {
			return fmt.Errorf("%q is no list of proxy servers", abridged(text))
		}
	}
	if m.Servers == "" && m.Bypass != "" {
		return errors.New("exceptions of no proxy")
	}
	return nil
}

// machineProxy is that place.
type machineProxy struct{ c *Computer }

func (machineProxy) id() string { return "WinHTTP" }

func (machineProxy) on(value string) bool {
	var m MachineProxy
	return json.Unmarshal([]byte(value), &m) == nil && m.Servers != ""
}

func (w machineProxy) read(context.Context) (string, error) {
	m, err := w.c.WinHTTP.Read()
	return m.text(), err
}

func (w machineProxy) put(ctx context.Context, value string) ([]Step, error) {
	var m MachineProxy
	if err := json.Unmarshal([]byte(value), &m); err != nil {
		return nil, fmt.Errorf("reading the WinHTTP setting that was kept: %w", err)
	}
	if m.Servers == "" {
		return w.c.privileged(ctx, "winhttp-proxy", directProxy)
	}
	if m.Bypass == "" {
		return w.c.privileged(ctx, "winhttp-proxy", m.Servers)
	}
	return w.c.privileged(ctx, "winhttp-proxy", m.Servers, m.Bypass)
}

// directProxy is the word for "no proxy" where servers can stand.
const directProxy = "direct"

func winHTTPArguments(args []string) (MachineProxy, error) {
	if err := count(args, 1, 2); err != nil {
		return MachineProxy{}, err
	}
	if args[0] == directProxy && len(args) == 1 {
		return MachineProxy{}, nil
	}
	m := MachineProxy{Servers: args[0]}
	if len(args) == 2 {
		m.Bypass = args[1]
	}
	if m.Servers == directProxy || !strings.Contains(m.Servers, ":") {
		return m, errors.New("a proxy without its port")
	}
	return m, m.valid()
}

func checkWinHTTP(args []string) error {
	_, err := winHTTPArguments(args)
	return err
}

func runWinHTTP(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "windows" || c.WinHTTP == nil {
		return errors.New("this is no Windows")
	}
	m, err := winHTTPArguments(args)
	if err != nil {
		return err
	}
	s := Step{Call: fmt.Sprintf("winhttp.dll WinHttpSetDefaultProxyConfiguration(%q, %q)", m.Servers, m.Bypass)}
	if err = c.WinHTTP.Write(m); err == nil {
		var now MachineProxy
		if now, err = c.WinHTTP.Read(); err == nil && now != m {
			err = fmt.Errorf("read again, the WinHTTP setting is %s", now.text())
		}
	}
	if err != nil {
		s.Exit, s.Output = 1, err.Error()
	}
	answer.Steps = append(answer.Steps, s)
	return err
}
