//go:build !windows && !darwin

// What getaddrinfo would answer on Linux and the BSDs, without C and without child processes.
package probe

import (
	"context"
	"net/netip"
	"os"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

func or(path, usual string) string {
	if path == "" {
		return usual
	}
	return path
}

// maxHostsFile is how much of a hosts file is read: the largest block lists in use have a few MiB.
const maxHostsFile = 64 << 20

func (f Files) resolvConf() (resolvConf, error) {
	data, err := os.ReadFile(or(f.ResolvConf, "/etc/resolv.conf"))
	return parseResolvConf(data, f.DNSPort), err
}

// lookupNative follows the hosts line of nsswitch.conf. nscd, where it runs, comes before everything, as in glibc.
func (p *Prober) lookupNative(ctx context.Context, host string) facts.Lookup {
	sockets := []string{p.Files.NSCD}
	if p.Files.NSCD == "" {
		sockets = []string{"/run/nscd/socket", "/var/run/nscd/socket"}
	}
	for _, s := range sockets {
		if _, err := os.Stat(s); err != nil {
			continue
		}
		if l, err := p.askNSCD(ctx, s, host); err == nil {
			if l.Failure == facts.ServFail {
				l = p.explain(ctx, l, host)
			}
			return l
		}
	}
	data, _ := os.ReadFile(or(p.Files.NSSwitch, "/etc/nsswitch.conf"))
	last := facts.Lookup{Failure: facts.NXDomain}
	for _, s := range parseNSSwitch(data) {
		l, status := p.source(ctx, s.name, host)
		if status != "unavail" || l.Failure != facts.OK {
			last = l
		}
		if s.stops(status) {
			return last
		}
	}
	return last
}

// explain asks the servers themselves why a cache says no more than "it failed". The cache's no stays: it is what the browser gets.
func (p *Prober) explain(ctx context.Context, l facts.Lookup, host string) facts.Lookup {
	conf, _ := p.Files.resolvConf()
	r := resolver{p: p, servers: conf.servers, tcp: conf.tcp, why: "target"}
	why := r.search(ctx, host, conf)
	if why.Failure != facts.OK && why.Failure != facts.NoResolver {
		why.Transport = l.Transport
		return why
	}
	return l
}

// source asks one way of nsswitch.conf and gives its status: success, notfound, unavail, tryagain.
func (p *Prober) source(ctx context.Context, name, host string) (facts.Lookup, string) {
	switch {
	case name == "files":
		if addrs := p.hosts(host); len(addrs) > 0 {
			return facts.Lookup{Transport: "hosts", Addresses: bounded(addrs)}, "success"
		}
		return facts.Lookup{Failure: facts.NXDomain}, "notfound"
	case name == "resolve":
		l, err := p.askResolved(ctx, or(p.Files.Resolved, "/run/systemd/resolve/io.systemd.Resolve"), host)
		if err != nil {
			return facts.Lookup{}, "unavail"
		}
		if st := status(l); st != "unavail" {
			return l, st
		}
		return l, "tryagain" // it answered: nss-resolve does not call that unavailable
	case name == "dns":
		conf, err := p.Files.resolvConf()
		servers := conf.servers
		none := len(servers) == 0
		if none { // glibc then asks this computer itself (resolv.conf(5))
			servers = []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), parseResolvConf([]byte("nameserver 127.0.0.1"), p.Files.DNSPort).servers[0].Port())}
		}
		r := resolver{p: p, servers: servers, tcp: conf.tcp, why: "target"}
		l := r.search(ctx, host, conf)
		if none && (err != nil || !l.Good()) && l.Failure != facts.NXDomain && l.Failure != facts.NoData {
			l = facts.Lookup{Failure: facts.NoResolver}
		}
		return l, status(l)
	case strings.HasPrefix(name, "mdns"):
		// nss-mdns answers for .local only, and only through Avahi; the "minimal" ones refuse everything else.
		if !strings.HasSuffix(host, ".local") {
			return facts.Lookup{}, "unavail"
		}
		four, six := !strings.HasPrefix(name, "mdns6"), !strings.HasPrefix(name, "mdns4")
		l, err := p.askAvahi(ctx, or(p.Files.Avahi, "/run/avahi-daemon/socket"), host, four, six)
		if err != nil {
			return facts.Lookup{}, "unavail"
		}
		return l, status(l)
	case name == "myhostname":
		if own, err := os.Hostname(); err == nil && strings.EqualFold(own, host) {
			return facts.Lookup{Transport: "system", Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.IPv6Loopback()}}, "success"
		}
		return facts.Lookup{Failure: facts.NXDomain}, "notfound"
	}
	return facts.Lookup{}, "unavail" // mymachines, sss, wins…: they have no public names
}

func status(l facts.Lookup) string {
	switch l.Failure {
	case facts.OK:
		return "success"
	case facts.NXDomain, facts.NoData:
		return "notfound"
	case facts.NoResolver, facts.Refused, facts.NetUnreach, facts.HostUnreach, facts.Denied:
		return "unavail"
	}
	return "tryagain"
}

func (p *Prober) hosts(host string) []netip.Addr {
	path := or(p.Files.Hosts, "/etc/hosts")
	if info, err := os.Stat(path); err != nil || info.Size() > maxHostsFile {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return hostsAddresses(data, host)
}

// upstream finds the servers behind every cache of this computer, and how names are completed for them.
func (p *Prober) upstream(ctx context.Context) ([]netip.AddrPort, resolvConf) {
	conf, _ := p.Files.resolvConf()
	var out []netip.AddrPort
	stub := false
	for _, s := range conf.servers {
		if s.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 53}) || s.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 54}) {
			stub = true
		} else if !s.Addr().IsLoopback() {
			out = append(out, s)
		}
	}
	if stub {
		if data, err := os.ReadFile(or(p.Files.ResolvedConf, "/run/systemd/resolve/resolv.conf")); err == nil {
			return outside(parseResolvConf(data, p.Files.DNSPort).servers), conf
		}
	}
	if len(out) > 0 || len(conf.servers) == 0 {
		return out, conf
	}
	if !p.Files.NoBus {
		if servers := networkManagerServers(ctx, p.Files.DNSPort); len(servers) > 0 {
			return outside(servers), conf
		}
	}
	files := p.Files.UpstreamConf
	if files == nil {
		files = []string{
			"/run/NetworkManager/no-stub-resolv.conf", "/run/dnsmasq/resolv.conf", "/run/resolvconf/resolv.conf",
			"/etc/resolv.dnsmasq.conf", "/etc/resolv.conf.dnsmasq", "/etc/resolv.dnsmasq", "/etc/resolv.conf.upstream",
			"/run/systemd/resolve/resolv.conf",
		}
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		if servers := outside(parseResolvConf(data, p.Files.DNSPort).servers); len(servers) > 0 {
			return servers, conf
		}
	}
	return nil, conf
}

// outside leaves out servers of this computer: they may be the very cache that is to be passed.
func outside(servers []netip.AddrPort) []netip.AddrPort {
	return slices.DeleteFunc(slices.Clone(servers), func(s netip.AddrPort) bool { return s.Addr().IsLoopback() })
}
