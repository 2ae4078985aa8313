// Package system reads this computer: its links, routes, resolvers, hosts file, proxies, protection programs and default browser.
//
// Everything here is read and nothing is changed; nothing is sent, but what Box's caller gives it to send. What cannot be read stays
// unknown (the *Done flags of facts.System stay false): it is never shown as "no".
//
// One file a subject; what differs by system is in files named after it (links_linux.go…). Every parser is in a file without build
// tag, so that the recorded outputs of all systems are tested on any of them.
package system

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"passerelle/checks/facts"
)

const (
	// partDeadline bounds each part of Read. A reading that has not come by then would come too late for the verdict (DESIGN.md:
	// the worst silent network has 5 s in all), and nothing of this computer's own takes longer in health.
	partDeadline = 1500 * time.Millisecond
	// maxFile bounds every file that is read. The largest in honest use are block lists laid into the hosts file (about 6 MB).
	maxFile = 32 << 20
	// maxOutput bounds what a child process may say.
	maxOutput = 4 << 20
)

// Reader reads this computer. The zero value is not ready: use New.
type Reader struct {
	Root   string              // put before every absolute path of a file; "" in life, a folder in tests
	Getenv func(string) string // environment
	Now    func() time.Time    // clock

	// Run starts one program by its absolute path and gives its standard output. It is given constant arguments only.
	Run func(ctx context.Context, path string, args ...string) ([]byte, error)
	// UID is the user's number where the system has one (only root can read nftables); -1 elsewhere.
	UID int

	kept keptPlaces
}

// New gives a Reader of this very computer.
func New() *Reader {
	return &Reader{Getenv: os.Getenv, Now: time.Now, Run: runProgram, UID: os.Getuid()}
}

// path is where a file of the system is for this Reader.
func (r *Reader) path(p string) string {
	if r.Root == "" {
		return p
	}
	return filepath.Join(r.Root, p)
}

// home is the user's folder for this Reader, or "" when the environment does not say.
func (r *Reader) home() string {
	h := r.Getenv("HOME")
	if h == "" && runtime.GOOS == "windows" {
		h = r.Getenv("USERPROFILE")
	}
	if h == "" {
		return ""
	}
	return r.path(h)
}

// configHome is the user's settings folder by the XDG base directory specification, or "".
func (r *Reader) configHome() string {
	if c := r.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(c) {
		return r.path(c)
	}
	if h := r.home(); h != "" {
		return filepath.Join(h, ".config")
	}
	return ""
}

// Quick reads links, routes, resolvers and, when a target is given, its lines in the hosts file. No child process, no bus: it is
// meant for the critical path and takes a few milliseconds.
func (r *Reader) Quick(target ...facts.Target) facts.System {
	s := facts.System{OS: runtime.GOOS}
	r.readLinksAndRoutes(&s)
	if list, ok := r.quickResolvers(); ok {
		s.Resolvers, s.ResolversDone = list, true
	}
	if len(target) > 0 {
		if list, err := r.Hosts(target[0].Host); err == nil {
			s.Hosts, s.HostsDone = list, true
		}
	}
	return s
}

// readLinksAndRoutes reads both at once: whether a bridge or a veth counts as a way out depends on the routes, and whether a route
// lies in a tunnel depends on the links.
func (r *Reader) readLinksAndRoutes(s *facts.System) {
	links, linksErr := r.links()
	table, routesErr := r.routeTable()
	links = settleKinds(links, table)
	if linksErr == nil {
		s.Links, s.LinksDone = links, true
	}
	if routesErr == nil {
		s.Routes = markTunnels(effectiveFirst(defaultRoutes(table), r.kernelPicks()), links)
		s.RoutesDone = true
	}
}

// Read reads everything, side by side, each part under its own deadline (1.5 s); it returns when the last part has come or was given
// up. A part that failed, was given up or is impossible here leaves its Done flag false.
func (r *Reader) Read(ctx context.Context, target facts.Target) facts.System {
	s := facts.System{OS: runtime.GOOS}
	parts := []func(context.Context) func(*facts.System){
		func(context.Context) func(*facts.System) {
			var p facts.System
			r.readLinksAndRoutes(&p)
			return func(s *facts.System) {
				s.Links, s.LinksDone, s.Routes, s.RoutesDone = p.Links, p.LinksDone, p.Routes, p.RoutesDone
			}
		},
		func(ctx context.Context) func(*facts.System) {
			list, ok := r.resolvers(ctx)
			return func(s *facts.System) { s.Resolvers, s.ResolversDone = list, ok }
		},
		func(context.Context) func(*facts.System) {
			list, err := r.Hosts(target.Host)
			return func(s *facts.System) { s.Hosts, s.HostsDone = list, err == nil }
		},
		func(ctx context.Context) func(*facts.System) {
			list, dns, ok := r.proxies(ctx, target)
			return func(s *facts.System) { s.Proxies, s.ProxiesDone, s.SecureDNS = list, ok, dns }
		},
		func(ctx context.Context) func(*facts.System) {
			list, ok := r.firewalls(ctx, r.addressesOf(target))
			return func(s *facts.System) { s.Firewalls, s.FirewallsDone = list, ok }
		},
		func(ctx context.Context) func(*facts.System) {
			id, _ := r.DefaultBrowser(ctx)
			version, installed := r.browserVersion(ctx), r.installedBrowsers()
			return func(s *facts.System) { s.Browser, s.BrowserVersion, s.Browsers = id, version, installed }
		},
		func(ctx context.Context) func(*facts.System) {
			diskMB, memoryMB := r.resources(ctx)
			return func(s *facts.System) { s.FreeDiskMB, s.FreeMemoryMB = diskMB, memoryMB }
		},
		func(ctx context.Context) func(*facts.System) {
			release := r.release(ctx)
			return func(s *facts.System) { s.Release = release }
		},
	}
	type arrival struct {
		part  int
		write func(*facts.System)
	}
	arrived := make(chan arrival, len(parts)) // as many places as parts: a late part must not hang
	ctx, cancel := context.WithTimeout(ctx, partDeadline)
	defer cancel()
	for i, part := range parts {
		go func() { arrived <- arrival{i, part(ctx)} }()
	}
	for range parts {
		select {
		case a := <-arrived:
			a.write(&s)
		case <-ctx.Done():
			// What has arrived at the same moment still counts.
			for {
				select {
				case a := <-arrived:
					a.write(&s)
					continue
				default:
				}
				return s
			}
		}
	}
	return s
}

// addressesOf gives what is known of the target's addresses without asking anybody: a literal, or the hosts file.
func (r *Reader) addressesOf(t facts.Target) []netip.AddrPort {
	port := uint16(t.Port)
	if a, err := netip.ParseAddr(t.Host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(a.Unmap(), port)}
	}
	var list []netip.AddrPort
	entries, _ := r.Hosts(t.Host)
	for _, e := range entries {
		list = append(list, netip.AddrPortFrom(e.Address.Unmap(), port))
	}
	if len(list) == 0 && port != 0 {
		list = append(list, netip.AddrPortFrom(netip.Addr{}, port)) // rules for the port alone can still be told
	}
	return list
}

// proxies is Proxy for a whole reading, with the default browser's secure DNS.
func (r *Reader) proxies(ctx context.Context, t facts.Target) ([]facts.ProxySetting, *facts.SecureDNS, bool) {
	u := targetURL(t)
	if u == nil {
		return nil, nil, false
	}
	_, all, dns := r.proxyFor(ctx, u)
	return all, dns, ctx.Err() == nil
}

// read gives a file's content, at most maxFile bytes.
func (r *Reader) read(path string) ([]byte, error) { return readBounded(path, maxFile) }
