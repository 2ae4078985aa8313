// The DNS servers of a network service of macOS.

package fix

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

type macDNS struct {
	c       *Computer
	service string
}

func (c *Computer) macOwner(ctx context.Context) (dnsOwner, bool, error) {
	s, err := c.macPrimary(ctx)
	if err == nil {
		err = validService(s.Name)
	}
	if err != nil {
		return nil, false, problem(ErrImpossible, "fix.dns.no-connection", nil, "%w", err)
	}
	for _, tunnel := range []string{"utun", "ppp", "ipsec"} {
		if strings.HasPrefix(s.Device, tunnel) {
			return nil, false, problem(ErrImpossible, "fix.dns.vpn", map[string]any{"Connection": s.Name}, "the default route lies in %s", s.Device)
		}
	}
	six := c.Run.Run(ctx, []string{"/sbin/route", "-n", "get", "-inet6", "default"}, CommandLimit)
	return macDNS{c, s.Name}, macDevice(six.Out) == s.Device, nil
}

func (macDNS) kind() string         { return "macos" }
func (m macDNS) connection() string { return m.service }

// read gives the list that is set by hand; none: the box's.
func (m macDNS) read(ctx context.Context) (string, error) {
	if _, err := m.c.macService(ctx, m.service); err != nil {
		return "", err
	}
	r := m.c.Run.Run(ctx, []string{networksetup, "-getdnsservers", m.service}, CommandLimit)
	if !r.OK() {
		return "", errors.New(printed(r))
	}
	return joined(macServers(r.Out)), nil
}

// macServers keeps the lines that are an address: where none is set there stands a sentence.
func macServers(text string) []netip.Addr {
	var all []netip.Addr
	for line := range strings.Lines(text) {
		if a, err := netip.ParseAddr(strings.TrimSpace(line)); err == nil {
			all = append(all, a)
		}
	}
	return all
}

func (m macDNS) effective(ctx context.Context) ([]netip.Addr, error) {
	was, err := m.read(ctx)
	if list := parsedAddrs(was); err != nil || len(list) > 0 {
		return list, err
	}
	r := m.c.Run.Run(ctx, []string{"/usr/sbin/scutil", "--dns"}, CommandLimit)
	return scutilServers(r.Out), nil
}

// scutilServers are those of the first resolver of `scutil --dns`.
func scutilServers(text string) []netip.Addr {
	var all []netip.Addr
	seen := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "resolver #") {
			if seen++; seen > 1 {
				break
			}
		}
		if head, v, ok := strings.Cut(line, " : "); ok && strings.HasPrefix(head, "nameserver[") {
			if a, err := netip.ParseAddr(v); err == nil {
				all = append(all, a)
			}
		}
	}
	return all
}

func (m macDNS) automatic(ctx context.Context) facts.Bool {
	was, err := m.read(ctx)
	if err != nil {
		return facts.Unknown
	}
	return facts.Known(was == "")
}

func macWords(servers []netip.Addr) []string {
	if len(servers) == 0 {
		return []string{"Empty"}
	}
	return strings.Fields(joined(servers))
}

func (m macDNS) steps(servers []netip.Addr) ([]Step, bool) {
	return []Step{{Command: append([]string{networksetup, "-setdnsservers", m.service}, macWords(servers)...)}}, false // an administrator's account is not asked
}

func (m macDNS) set(ctx context.Context, servers []netip.Addr) ([]Step, error) {
	if _, err := m.c.macService(ctx, m.service); err != nil {
		return nil, err
	}
	words := macWords(servers)
	return m.c.macSet(ctx, append([]string{"-setdnsservers", m.service}, words...), "mac-dns", m.service, strings.Join(words, ","))
}

func (m macDNS) restore(ctx context.Context, was string) ([]Step, error) {
	return m.set(ctx, parsedAddrs(was))
}

// checkServers wants a comma-separated list of addresses that can be a DNS server.
func checkServers(list string) error {
	const most = 8 // more than anybody has
	words := strings.Split(list, ",")
	if len(words) > most {
		return errors.New("too many servers")
	}
	for _, w := range words {
		a, err := netip.ParseAddr(w)
		if err != nil || a.Zone() != "" || a.IsMulticast() || a.IsUnspecified() {
			return errors.New(abridged(w) + " is no server")
		}
	}
	return nil
}

func checkMacDNS(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if err := validService(args[0]); err != nil || args[1] == "Empty" {
		return err
	}
	return checkServers(args[1])
}

func runMacDNS(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "darwin" {
		return errors.New("this is no Mac")
	}
	var err error
	answer.Steps, err = macDNS{c, args[0]}.set(ctx, parsedAddrs(args[1]))
	return err
}
