// networksetup on macOS: which service carries the traffic, and changing one with the rights that it wants.

package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const networksetup = "/usr/sbin/networksetup"

// macService is a line pair of `networksetup -listnetworkserviceorder`.
type macService struct {
	Name, Port, Device string
	Off                bool
}

// macServices reads that list. Its sentences are English on every Mac seen; only the lines in parentheses count.
func macServices(text string) []macService {
	var all []macService
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(line, "(Hardware Port: "); ok && len(all) > 0 {
			rest = strings.TrimSuffix(rest, ")")
			if i := strings.LastIndex(rest, ", Device: "); i >= 0 {
				all[len(all)-1].Port, all[len(all)-1].Device = rest[:i], rest[i+len(", Device: "):]
			} else if p, ok := strings.CutSuffix(rest, ", Device:"); ok {
				all[len(all)-1].Port = p
			}
			continue
		}
		if rest, ok := strings.CutPrefix(line, "("); ok {
			if number, name, ok := strings.Cut(rest, ") "); ok {
				all = append(all, macService{Name: name, Off: number == "*"})
			}
		}
	}
	// One that is called like an option could not be told from one.
	return slices.DeleteFunc(all, func(s macService) bool { return validService(s.Name) != nil })
}

// macDevice reads the interface of `route -n get default`, which is English also on a French Mac.
func macDevice(text string) string {
	for line := range strings.Lines(text) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "interface: "); ok {
			return d
		}
	}
	return ""
}

// macPrimary is the service that carries the default route.
func (c *Computer) macPrimary(ctx context.Context) (macService, error) {
	list := c.Run.Run(ctx, []string{networksetup, "-listnetworkserviceorder"}, CommandLimit)
	route := c.Run.Run(ctx, []string{"/sbin/route", "-n", "get", "default"}, CommandLimit)
	device := macDevice(route.Out)
	for _, s := range macServices(list.Out) {
		if s.Device == device && device != "" && !s.Off {
			return s, nil
		}
	}
	return macService{}, fmt.Errorf("no network service carries the default route (device %q)", device)
}

// macRefused: what networksetup prints on its standard output to an account that may not (exit status 14).
const macRefused = "requires admin privileges"

// macSet runs networksetup as this person, and only where it refuses that, through the helper. Its exit status tells little: the
// caller reads the state again.
func (c *Computer) macSet(ctx context.Context, argv []string, verb string, args ...string) ([]Step, error) {
	s, ran := c.step(ctx, append([]string{networksetup}, argv...), CommandLimit)
	steps := []Step{s}
	switch {
	case strings.Contains(ran.Out, macRefused) || ran.Exit == 14:
		if c.admin() {
			return steps, errors.New("networksetup refuses an administrator")
		}
		more, err := c.privileged(ctx, verb, args...)
		return append(steps, more...), err
	case !ran.OK() || strings.Contains(ran.Out, "** Error"):
		return steps, fmt.Errorf("networksetup %s: exit status %d: %s", argv[0], ran.Exit, s.Output)
	}
	return steps, nil
}

// macService finds a service by its name in the system's own list: no other word reaches networksetup.
func (c *Computer) macService(ctx context.Context, name string) (macService, error) {
	list := c.Run.Run(ctx, []string{networksetup, "-listnetworkserviceorder"}, CommandLimit)
	for _, s := range macServices(list.Out) {
		if s.Name == name {
			return s, nil
		}
	}
	return macService{}, fmt.Errorf("there is no network service %q", abridged(name))
}

// macProxyKinds: the word that reads and the word that switches each kind.
var macProxyKinds = []struct{ Kind, Get, Set string }{
	{"web", "-getwebproxy", "-setwebproxystate"},
	{"secureweb", "-getsecurewebproxy", "-setsecurewebproxystate"},
	{"socks", "-getsocksfirewallproxy", "-setsocksfirewallproxystate"},
	{"auto", "-getautoproxyurl", "-setautoproxystate"},
	{"discovery", "-getproxyautodiscovery", "-setproxyautodiscovery"},
}

// macState reads whether one is on: "Enabled: Yes", and "Auto Proxy Discovery: On" for the last. The line "Authenticated Proxy
// Enabled: 0" is about something else.
func macState(text string) (string, error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, head := range []string{"Enabled: ", "Auto Proxy Discovery: "} {
			if v, ok := strings.CutPrefix(line, head); ok {
				switch strings.ToLower(v) {
				case "yes", "on":
					return "on", nil
				case "no", "off":
					return "off", nil
				}
			}
		}
	}
	return "", errors.New("networksetup does not say whether it is on")
}

// macProxy is one kind of proxy of one service.
type macProxy struct {
	c             *Computer
	kind, service string
}

func (m macProxy) id() string { return m.kind + " " + m.service }

func (c *Computer) macProxy(id string) (place, error) {
	kind, service, _ := strings.Cut(id, " ")
	if !slices.ContainsFunc(macProxyKinds, func(k struct{ Kind, Get, Set string }) bool { return k.Kind == kind }) || service == "" {
		return nil, fmt.Errorf("%q is no proxy setting", abridged(id))
	}
	return macProxy{c, kind, service}, nil
}

func (m macProxy) words() (get, set string) {
	for _, k := range macProxyKinds {
		if k.Kind == m.kind {
			return k.Get, k.Set
		}
	}
	return "", ""
}

func (m macProxy) read(ctx context.Context) (string, error) {
	if _, err := m.c.macService(ctx, m.service); err != nil {
		return "", err
	}
	get, _ := m.words()
	return macState(m.c.Run.Run(ctx, []string{networksetup, get, m.service}, CommandLimit).Out)
}

func (m macProxy) put(ctx context.Context, value string) ([]Step, error) {
	if value != "on" && value != "off" {
		return nil, fmt.Errorf("%q is neither on nor off", abridged(value))
	}
	if _, err := m.c.macService(ctx, m.service); err != nil {
		return nil, err
	}
	_, set := m.words()
	return m.c.macSet(ctx, []string{set, m.service, value}, "mac-proxy", m.kind, m.service, value)
}

// macProxies are the proxies that are switched on in the service that carries the traffic. Automatic discovery alone is no proxy.
func (c *Computer) macProxies(ctx context.Context) (map[place]string, error) {
	s, err := c.macPrimary(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[place]string{}
	for _, k := range macProxyKinds {
		if k.Kind == "discovery" {
			continue
		}
		if state, err := macState(c.Run.Run(ctx, []string{networksetup, k.Get, s.Name}, CommandLimit).Out); err == nil && state == "on" {
			wanted[macProxy{c, k.Kind, s.Name}] = "off"
		}
	}
	return wanted, nil
}

func checkMacProxy(args []string) error {
	if err := count(args, 3, 3); err != nil {
		return err
	}
	if _, err := (&Computer{}).macProxy(args[0] + " " + args[1]); err != nil || (args[2] != "on" && args[2] != "off") {
		return errors.New("no such proxy setting")
	}
	return validService(args[1])
}

// maxService bounds a service's name, bytes; longer ones are nobody's.
const maxService = 128

// validService refuses what no network service is called, or what a command line takes for an option.
func validService(name string) error {
	if name == "" || len(name) > maxService || name[0] == '-' || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%q is no network service", abridged(name))
	}
	return nil
}

func runMacProxy(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "darwin" {
		return errors.New("this is no Mac")
	}
	var err error
	answer.Steps, err = macProxy{c, args[0], args[1]}.put(ctx, args[2])
	return err
}
