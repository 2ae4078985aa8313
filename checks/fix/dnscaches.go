// Which DNS caches a Linux computer keeps, found without any rights (os-fixes.md §1.3).
//
// Processes seen in /proc may belong to containers, and most of /proc/PID is closed to other users. What is open to all is
// /proc/PID/net/udp, the sockets of that process's network namespace. A socket's inode is unique in the kernel, so a process
// whose table holds the very row that answers port 53 here lives in this network namespace.

package fix

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds of DNS cache on Linux, as the helper's arguments and the texts name them.
const (
	kindResolved = "resolved"
	kindNscd     = "nscd"
	kindDnsmasq  = "dnsmasq"
	kindUnbound  = "unbound"
	kindNamed    = "named"
)

// dnsServers are the cache programs that answer on port 53, by the name the kernel gives the process, and what they are.
// Pi-hole's FTL is a dnsmasq: SIGHUP empties it too.
var dnsServers = map[string]string{
	"dnsmasq": kindDnsmasq, "pihole-FTL": kindDnsmasq, "unbound": kindUnbound, "named": kindNamed,
}

// flushOrder puts the cache nearest to the network first: emptied the other way round, the nearer one could be filled again
// from the farther one in between.
var flushOrder = []string{kindDnsmasq, kindUnbound, kindNamed, kindResolved, kindNscd}

// productNames are how people may have met them.
var productNames = map[string]string{
	kindResolved: "systemd-resolved", kindNscd: "nscd", kindDnsmasq: "dnsmasq", kindUnbound: "unbound", kindNamed: "BIND",
}

const (
	dnsPort = 53
	// busLimit bounds one question to the bus, whose daemon answers in about a millisecond.
	busLimit = 2 * time.Second
	// nscdLimit bounds connecting to nscd's socket, which takes microseconds when somebody listens.
	nscdLimit = 300 * time.Millisecond
)

// dnsCache is one cache that was found.
type dnsCache struct {
	Kind    string
	PID     int            // of the server, when known
	Program string         // the process's name
	Server  netip.AddrPort // where it answers, of a DNS server
	Config  string         // unbound: the configuration file that the running process uses
	Command []string
	Call    string // in words, where it is no command
	Root    bool   // emptying it needs root
	Asks    bool   // the system may ask for a password by itself (polkit)
}

// found is what detection gives.
type found struct {
	Caches  []dnsCache
	Unknown string // a DNS program that answers here and that this package cannot empty: its name, "?" when even that is hidden
}

// dnsCaches looks for every cache that names pass through on their way out of this computer.
func (c *Computer) dnsCaches(ctx context.Context) found {
	var f found
	servers := nameservers(c.read("/etc/resolv.conf"))
	if r, ok := c.findResolved(ctx, servers); ok {
		f.Caches = append(f.Caches, r)
		servers = append(servers, nameservers(c.read("/run/systemd/resolve/resolv.conf"))...)
	}
	if n, ok := c.findNscd(); ok {
		f.Caches = append(f.Caches, n)
	}
	for _, row := range c.answering(servers) {
		servers, unknown := c.findServer(row)
		for _, s := range servers {
			s.Server = row.Local
			if row.Local.Addr().IsUnspecified() {
				s.Server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), row.Local.Port())
			}
			if !slices.ContainsFunc(f.Caches, func(x dnsCache) bool { return x.PID == s.PID && x.Kind == s.Kind }) {
				f.Caches = append(f.Caches, s)
			}
		}
		if unknown != "" {
			f.Unknown = unknown
		}
	}
	slices.SortStableFunc(f.Caches, func(a, b dnsCache) int {
		return slices.Index(flushOrder, a.Kind) - slices.Index(flushOrder, b.Kind)
	})
	return f
}

// findResolved: the service runs, and names are really asked of it.
func (c *Computer) findResolved(ctx context.Context, servers []netip.Addr) (dnsCache, bool) {
	used := slices.ContainsFunc(servers, isStub) || hasWord(c.read("/etc/nsswitch.conf"), "hosts:", "resolve")
	if !used {
		return dnsCache{}, false
	}
	// The folder in /run outlives the service (RuntimeDirectoryPreserve=yes), so it counts only where the bus cannot be asked.
	runs := c.exists("/run/systemd/resolve/stub-resolv.conf") || c.exists("/run/systemd/resolve/resolv.conf")
	if c.Bus != nil {
		ctx, cancel := context.WithTimeout(ctx, busLimit)
		defer cancel()
		if owned, err := c.Bus.HasOwner(ctx, resolveName); err == nil {
			runs = owned
		}
	}
	if !runs {
		return dnsCache{}, false
	}
	r := dnsCache{Kind: kindResolved, Program: "systemd-resolved"}
	// Since 2026 (systemd PR 42163) flushing is a polkit action of its own, and may ask for a password.
	r.Asks = c.UID != 0 && strings.Contains(c.read("/usr/share/polkit-1/actions/org.freedesktop.resolve1.policy"), "org.freedesktop.resolve1.flush-caches")
	switch {
	case c.tool("resolvectl") != "":
		r.Command = []string{c.tool("resolvectl"), "flush-caches"}
	case c.tool("systemd-resolve") != "":
		r.Command = []string{c.tool("systemd-resolve"), "--flush-caches"}
	default:
		r.Call = "D-Bus " + resolveCall + "FlushCaches"
	}
	return r, true
}

// isStub: the addresses on which systemd-resolved itself listens (resolved.conf(5)).
func isStub(a netip.Addr) bool {
	return a == netip.AddrFrom4([4]byte{127, 0, 0, 53}) || a == netip.AddrFrom4([4]byte{127, 0, 0, 54})
}

// findNscd: somebody accepts on its socket, its tool is there, and it is not told to leave hosts alone.
func (c *Computer) findNscd() (dnsCache, bool) {
	tool := c.tool("nscd")
	if tool == "" {
		return dnsCache{}, false
	}
	for _, p := range []string{"/run/nscd/socket", "/var/run/nscd/socket"} {
		conn, err := net.DialTimeout("unix", c.file(p), nscdLimit)
		if err != nil {
			continue
		}
		_ = conn.Close()
		conf := c.read("/etc/nscd.conf")
		if hasWord(conf, "enable-cache", "hosts") && !nscdCachesHosts(conf) {
			return dnsCache{}, false
		}
		return dnsCache{Kind: kindNscd, Program: "nscd", Command: []string{tool, "-i", "hosts"}, Root: true}, true
	}
	return dnsCache{}, false
}

// nscdCachesHosts reads "enable-cache hosts yes"; the last such line counts.
func nscdCachesHosts(conf string) bool {
	yes := false
	for line := range strings.Lines(conf) {
		line, _, _ = strings.Cut(line, "#")
		if w := strings.Fields(line); len(w) == 3 && w[0] == "enable-cache" && w[1] == "hosts" {
			yes = w[2] == "yes"
		}
	}
	return yes
}

// nameservers reads resolv.conf.
func nameservers(text string) []netip.Addr {
	var all []netip.Addr
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) < 2 || w[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(w[1]); err == nil {
			all = append(all, a.Unmap())
		}
	}
	return all
}

// socketRow is one row of /proc/net/udp.
type socketRow struct {
	Local netip.AddrPort
	Inode string
}

// socketRows reads a table of /proc/net. Addresses stand there as 32-bit words in the machine's byte order (little-endian on
// every machine this program is built for); a row that is not understood is left out.
func socketRows(text string) []socketRow {
	var rows []socketRow
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) < 10 {
			continue
		}
		host, port, ok := strings.Cut(w[1], ":")
		b, err := hex.DecodeString(host)
		n, err2 := strconv.ParseUint(port, 16, 16)
		if !ok || err != nil || err2 != nil || (len(b) != 4 && len(b) != 16) {
			continue
		}
		for i := 0; i < len(b); i += 4 {
			slices.Reverse(b[i : i+4])
		}
		a, _ := netip.AddrFromSlice(b)
		rows = append(rows, socketRow{Local: netip.AddrPortFrom(a.Unmap(), uint16(n)), Inode: w[9]})
	}
	return rows
}

// answering gives the sockets of this computer that answer DNS for one of servers.
func (c *Computer) answering(servers []netip.Addr) []socketRow {
	var rows []socketRow
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		for _, r := range socketRows(c.read(table)) {
			if r.Local.Port() != dnsPort || r.Inode == "0" {
				continue
			}
			hit := slices.ContainsFunc(servers, func(s netip.Addr) bool {
				if isStub(s) {
					return false // resolved's own, found already
				}
				return s == r.Local.Addr() || (r.Local.Addr().IsUnspecified() && s.IsLoopback())
			})
			if hit {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// process is what /proc tells of one.
type process struct {
	PID  int
	Comm string
	Args []string
}

func (c *Computer) processes() []process {
	entries, err := os.ReadDir(c.file("/proc"))
	if err != nil {
		return nil
	}
	var all []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		dir := "/proc/" + e.Name()
		comm := strings.TrimSpace(c.read(dir + "/comm"))
		if comm == "" {
			continue
		}
		var args []string
		if line := strings.TrimRight(c.read(dir+"/cmdline"), "\x00"); line != "" {
			args = strings.Split(line, "\x00")
		}
		all = append(all, process{PID: pid, Comm: comm, Args: args})
	}
	slices.SortFunc(all, func(a, b process) int { return a.PID - b.PID }) // a parent before its children
	return all
}

// findServer tells which program holds a socket: exactly where the rights suffice (root), else by name and namespace. Then there
// can be several that may be it (a dnsmasq for guests beside the cache of this computer); the helper, as root, knows which. The
// second result names a program that answers and that is none we know.
func (c *Computer) findServer(row socketRow) ([]dnsCache, string) {
	all := c.processes()
	for _, p := range all {
		if !c.holds(p.PID, row.Inode) {
			continue
		}
		if kind, ok := dnsServers[p.Comm]; ok {
			return []dnsCache{c.server(kind, p)}, ""
		}
		if strings.HasPrefix(p.Comm, "systemd-resolve") {
			return nil, ""
		}
		return nil, p.Comm
	}
	if c.UID == 0 {
		return nil, "?" // root sees every process of its own PID namespace: the holder lives in another
	}
	resolved := false
	var maybe []dnsCache
	for _, p := range all {
		kind, ok := dnsServers[p.Comm]
		if (!ok && !strings.HasPrefix(p.Comm, "systemd-resolve")) || !c.sameNetwork(p.PID, row.Inode) {
			continue
		}
		if !ok {
			resolved = true
			continue
		}
		if kind == kindDnsmasq && servesOthersOnly(p.Args) {
			continue
		}
		// The children of one server have its name too: the first of a kind is the parent.
		if !slices.ContainsFunc(maybe, func(d dnsCache) bool { return d.Kind == kind }) {
			maybe = append(maybe, c.server(kind, p))
		}
	}
	if len(maybe) > 0 || resolved {
		return maybe, ""
	}
	return nil, "?"
}

// holds tells whether a process has a socket open; only root may look into other users' processes.
func (c *Computer) holds(pid int, inode string) bool {
	dir := c.file("/proc/" + strconv.Itoa(pid) + "/fd")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if to, err := os.Readlink(dir + "/" + e.Name()); err == nil && to == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}

// sameNetwork tells whether a process lives in the network namespace of a socket.
func (c *Computer) sameNetwork(pid int, inode string) bool {
	for _, table := range []string{"udp", "udp6"} {
		for _, r := range socketRows(c.read(fmt.Sprintf("/proc/%d/net/%s", pid, table))) {
			if r.Inode == inode {
				return true
			}
		}
	}
	return false
}

// servesOthersOnly: the dnsmasq that libvirt, LXC, Docker or NetworkManager's hotspot start for guests, not for this computer.
func servesOthersOnly(args []string) bool {
	line := strings.Join(args, " ")
	return strings.Contains(line, "--except-interface=lo") || strings.Contains(line, "/libvirt/") ||
		strings.Contains(line, "/lxc") || strings.Contains(line, "/lxd/")
}

// server says how a DNS server is emptied.
func (c *Computer) server(kind string, p process) dnsCache {
	s := dnsCache{Kind: kind, PID: p.PID, Program: p.Comm, Root: true}
	switch kind {
	case kindDnsmasq:
		s.Call = fmt.Sprintf("SIGHUP to %s, process %d", p.Comm, p.PID)
	case kindUnbound:
		tool := c.tool("unbound-control")
		s.Config = c.configOf(p)
		switch {
		case tool == "":
			s.Call = "unbound-control flush_zone . (unbound-control is not installed)"
		case s.Config != "":
			s.Command = []string{tool, "-c", s.Config, "flush_zone", "."}
		default:
			s.Command = []string{tool, "flush_zone", "."}
		}
	case kindNamed:
		if tool := c.tool("rndc"); tool != "" {
			s.Command = []string{tool, "flush"}
		} else {
			s.Call = "rndc flush (rndc is not installed)"
		}
	}
	return s
}

// configOf reads "-c FILE" from a command line, as getopt does. A path that starts where the process was started is completed
// from its working folder, which only root may read.
func (c *Computer) configOf(p process) string {
	file := ""
	for i := 1; i < len(p.Args); i++ {
		if p.Args[i] == "-c" && i+1 < len(p.Args) {
			file = p.Args[i+1]
			i++
		} else if rest, ok := strings.CutPrefix(p.Args[i], "-c"); ok {
			file = rest
		}
	}
	if file == "" || path.IsAbs(file) {
		return file
	}
	cwd, err := os.Readlink(c.file("/proc/" + strconv.Itoa(p.PID) + "/cwd"))
	if err != nil {
		return ""
	}
	return path.Join(cwd, file)
}
