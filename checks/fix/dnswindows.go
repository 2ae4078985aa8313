// The DNS servers of an adapter of Windows: what is fixed stands in the registry, per family, as a text; empty is automatic. The calls
// are in dnsapi_windows.go.

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// WinDNS reads and writes the DNS servers of adapters.
type WinDNS interface {
	// Default is the adapter that carries the default route.
	Default() (Adapter, error)
	// Adapter finds one by its number.
	Adapter(guid string) (Adapter, error)
	// Set makes a family ask these servers, separated by commas; none: automatic. An administrator's right.
	Set(guid string, six bool, servers string) error
}

// Adapter is what is read of one.
type Adapter struct {
	GUID, Name string
	Index      int
	Tunnel     bool
	Six        bool         // it has an IPv6 gateway
	Servers    []netip.Addr // that are asked, without Windows' placeholders fec0:0:0:ffff::1 to 3
	Fixed4     string       // NameServer of the registry, as it stands there
	Fixed6     string
	Profile    string // ProfileNameServer: set for this network in Windows 11's settings, and stronger than the others
}

type windowsDNS struct {
	c    *Computer
	guid string
}

func (c *Computer) windowsOwner() (dnsOwner, bool, error) {
	if c.WinDNS == nil {
		return nil, false, problem(ErrImpossible, "fix.dns.impossible", nil, "no way to set DNS servers")
	}
	a, err := c.WinDNS.Default()
	if err == nil {
		err = validGUID(a.GUID)
	}
	switch {
	case err != nil:
		return nil, false, problem(ErrImpossible, "fix.dns.no-connection", nil, "%w", err)
	case a.Tunnel:
		return nil, false, problem(ErrImpossible, "fix.dns.vpn", map[string]any{"Connection": a.Name}, "the default route lies in the tunnel %s", a.Name)
	case a.Profile != "":
		return nil, false, problem(ErrImpossible, "fix.dns.profile", map[string]any{"Connection": a.Name}, "%s has ProfileNameServer %s", a.Name, a.Profile)
	}
	return windowsDNS{c, a.GUID}, a.Six, nil
}

func (windowsDNS) kind() string         { return "windows" }
func (w windowsDNS) connection() string { return w.guid }

// fixedServers is what the journal keeps.
type fixedServers struct {
	V4 string `json:"v4"`
	V6 string `json:"v6"`
}

func (w windowsDNS) read(context.Context) (string, error) {
	a, err := w.c.WinDNS.Adapter(w.guid)
	b, _ := json.Marshal(fixedServers{a.Fixed4, a.Fixed6}) // two texts
	return string(b), err
}

func (w windowsDNS) effective(context.Context) ([]netip.Addr, error) {
	a, err := w.c.WinDNS.Adapter(w.guid)
	return a.Servers, err
}

func (w windowsDNS) automatic(context.Context) facts.Bool {
	a, err := w.c.WinDNS.Adapter(w.guid)
	if err != nil {
		return facts.Unknown
	}
	return facts.Known(a.Fixed4 == "" && a.Fixed6 == "")
}

func windowsLists(servers []netip.Addr) (four, six string) {
	list := func(v6 bool) string { return strings.ReplaceAll(joined(family(servers, v6)), " ", ",") }
	return list(false), list(true)
}

func (w windowsDNS) steps(servers []netip.Addr) ([]Step, bool) {
	four, six := windowsLists(servers)
	call := Step{Call: fmt.Sprintf("iphlpapi.dll SetInterfaceDnsSettings(%s, %q, %q)", w.guid, four, six)}
	if s, asks := w.c.privilegedStep("windows-dns", w.guid, orAutomatic(four), orAutomatic(six)); asks {
		return []Step{s, call}, true
	}
	return []Step{call}, false
}

// orAutomatic is a list as the helper takes it.
func orAutomatic(list string) string {
	if list == "" {
		return automaticServers
	}
	return list
}

func (w windowsDNS) set(ctx context.Context, servers []netip.Addr) ([]Step, error) {
	four, six := windowsLists(servers)
	if len(servers) > 0 && six == "" { // a family that is not used keeps what it has
		a, err := w.c.WinDNS.Adapter(w.guid)
		if err != nil {
			return nil, err
		}
		six = windowsList(a.Fixed6)
	}
	return w.put(ctx, four, six)
}

// windowsList is a list of the registry, where spaces separate as well, as the helper takes it.
func windowsList(raw string) string {
	return strings.ReplaceAll(joined(parsedAddrs(raw)), " ", ",")
}

func (w windowsDNS) put(ctx context.Context, four, six string) ([]Step, error) {
	return w.c.privileged(ctx, "windows-dns", w.guid, orAutomatic(four), orAutomatic(six))
}

func (w windowsDNS) restore(ctx context.Context, was string) ([]Step, error) {
	var old fixedServers
	if err := json.Unmarshal([]byte(was), &old); err != nil {
		return nil, fmt.Errorf("reading what was there: %w", err)
	}
	return w.put(ctx, windowsList(old.V4), windowsList(old.V6))
}

func checkWindowsDNS(args []string) error {
	if err := count(args, 3, 3); err != nil {
		return err
	}
	if err := validGUID(args[0]); err != nil {
		return err
	}
	for i, six := range []bool{false, true} {
		list := args[i+1]
		if list == automaticServers {
			continue
		}
		if err := checkServers(list); err != nil {
			return err
		}
		if slices.ContainsFunc(parsedAddrs(list), func(a netip.Addr) bool { return a.Is6() != six }) {
			return errors.New("a server of the other family")
		}
	}
	return nil
}

func runWindowsDNS(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "windows" || c.WinDNS == nil {
		return errors.New("this is no Windows")
	}
	a, err := c.WinDNS.Adapter(args[0])
	if err != nil {
		return err
	}
	for i, fixed := range []string{a.Fixed4, a.Fixed6} {
		list := strings.TrimSuffix(args[i+1], automaticServers)
		if windowsList(fixed) == list {
			continue
		}
		s := Step{Call: fmt.Sprintf("iphlpapi.dll SetInterfaceDnsSettings(%s, IPv%d, %q)", args[0], 4+2*i, list)}
		if err = c.WinDNS.Set(args[0], i == 1, list); err != nil {
			s.Exit, s.Output = 1, err.Error()
		}
		answer.Steps = append(answer.Steps, s)
		if err != nil {
			return err
		}
	}
	return nil
}
