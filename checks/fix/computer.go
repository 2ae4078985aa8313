// The computer that is mended, as the fixes see it: every way to read or change it goes through here, so that tests can hold
// another one in its place.

package fix

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// Lookup asks for the addresses of a host. No address and no error: there definitely is none. An error tells nothing.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// ask gives the answer as a fact. The zero Lookup gives one that is not Done.
func (f Lookup) ask(ctx context.Context, host string) facts.Lookup {
	l := facts.Lookup{Name: host}
	if f == nil || host == "" {
		return l
	}
	addrs, err := f(ctx, host)
	if err != nil {
		return l
	}
	l.Done, l.Addresses = true, addrs
	if len(addrs) == 0 {
		l.Failure = facts.NoData
	}
	return l
}

// Computer is the machine that fixes read and change. The zero value of each field that is a function means "cannot be had here".
type Computer struct {
	OS     string              // as runtime.GOOS
	Root   string              // where its files are: "/", or a folder in tests
	UID    int                 // effective user id; -1 where there are none (Windows)
	Dirs   []string            // where tools are looked for
	Getenv func(string) string // the person's environment
	Run    Runner
	Bus    Bus // the system's message bus (Linux); nil elsewhere

	// Setenv changes a variable of this very program; "" takes it away. nil: this program's environment is not touched.
	Setenv func(name, value string) error

	// Hangup sends SIGHUP to a process, if it still is the named program.
	Hangup func(pid int, program string) error
	// Inserted asks a dnsmasq how many answers it has put into its cache since that was last emptied.
	Inserted func(ctx context.Context, server netip.AddrPort) (uint64, error)
	// Helper is the absolute path of the program that is started as administrator for one change: the terminal build.
	Helper func() (string, error)
	// Elevated: this process has administrator rights (Windows, where UID is -1).
	Elevated bool
	// Elevate starts a program as administrator through the system's prompt and waits for its exit status (Windows). ErrRefused: the
	// prompt was closed.
	Elevate func(ctx context.Context, argv []string) (exit int, err error)
	// Terminal: a person sits at a terminal, so that pkexec may ask for the password there.
	Terminal bool

	// FlushAPI empties the cache through the system's library (Windows).
	FlushAPI func(ctx context.Context) error
	// Cached tells whether the system's cache still knows a host (Windows).
	Cached func(host string) facts.Bool
	// CacheOff: the system's DNS cache service is switched off for good (Windows).
	CacheOff func() bool
	// WinDNS reads and writes the DNS servers of adapters (Windows).
	WinDNS WinDNS
	// Running tells whether this person runs a program of one of these names.
	Running func(ctx context.Context, names []string) (bool, error)
	// Addresses are those of a link.
	Addresses func(link string) []netip.Addr
	// Cards reads and switches the network cards (Linux).
	Cards Cards
	// Guard starts the watchdog that turns a card on again if we cannot, and gives what dismisses it: startGuard.
	Guard func(program, kind, link string) (dismiss func(done bool), err error)
	// RouteLink names the link over which packets to an address leave; "": none. Nothing is sent.
	RouteLink func(to netip.Addr) string
	// SiteAddresses are those of Host, as the check found them; may be empty.
	SiteAddresses []netip.Addr
	// Offset measures how far this computer's clock is ahead of the network's (behind: negative). nil: it is not measured.
	Offset func(ctx context.Context) (time.Duration, error)
	// Settle is how long a changed setting may take to show; 0: settle.
	Settle time.Duration
	// Independent are the answers that public resolvers gave in the check; may be empty.
	Independent []facts.Lookup
	// Host is whose trouble it is; may be empty.
	Host string
	// WinProxy reads and writes this person's Internet settings (Windows).
	WinProxy WinProxy
	// WinHTTP reads and writes the proxy of the machine's services (Windows).
	WinHTTP WinHTTP
	// OpenURI opens a web address or a settings page with the program that the system has for it (Windows).
	OpenURI func(uri string) error
	// Registry reads a string value (Windows). root is HKCU or HKLM.
	Registry func(root, key, value string) (string, bool)
	// Release is the system's version number: "14.5" (macOS).
	Release func() string

	// System is the answer that programs of this computer get, through all its caches; Fresh is the answer of the same
	// servers, asked past every cache of this computer. Without them a flush may stay unproved.
	System, Fresh Lookup
	// Say gives the sentence shown in the system's own password prompt, where that can show one.
	Say Say
}

// Local is the computer that this program runs on.
func Local() *Computer {
	c := &Computer{
		OS: runtime.GOOS, Root: "/", UID: os.Geteuid(), Getenv: os.Getenv, Setenv: setenv, Run: system{}, Helper: ownProgram,
		Dirs: []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}, Running: running, Addresses: linkAddresses,
		RouteLink: routeLink, Guard: startGuard,
	}
	c.native()
	return c
}

// ownProgram is this very program: one file, two roles.
func ownProgram() (string, error) {
	p, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(p)
}

// file is the place of one of the computer's files.
func (c *Computer) file(path string) string { return filepath.Join(c.Root, filepath.FromSlash(path)) }

// read gives a small file's content; "" when it cannot be read.
func (c *Computer) read(path string) string {
	b, err := os.ReadFile(c.file(path))
	if err != nil {
		return ""
	}
	return string(b)
}

func (c *Computer) exists(path string) bool {
	_, err := os.Stat(c.file(path))
	return err == nil
}

// tool is the absolute path of a program of the system, or "" where it is not installed. Only the folders of Dirs are searched:
// never PATH, in which anybody may have put anything.
func (c *Computer) tool(name string) string {
	for _, d := range c.Dirs {
		p := d + "/" + name
		st, err := os.Stat(c.file(p))
		if err == nil && st.Mode().IsRegular() && (st.Mode()&0o111 != 0 || runtime.GOOS == "windows") { // Windows knows no such bits
			return p
		}
	}
	return ""
}

func (c *Computer) env(name string) string {
	if c.Getenv == nil {
		return ""
	}
	return c.Getenv(name)
}

// hasWord tells whether a line that starts with head holds word, comments left out: the format of nsswitch.conf and its like.
func hasWord(text, head, word string) bool {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), head)
		if !ok {
			continue
		}
		for _, w := range strings.Fields(rest) {
			if w == word {
				return true
			}
		}
	}
	return false
}

// linkAddresses asks the system for the addresses of a link.
func linkAddresses(link string) []netip.Addr {
	i, err := net.InterfaceByName(link)
	if err != nil {
		return nil
	}
	list, _ := i.Addrs()
	var all []netip.Addr
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				all = append(all, addr.Unmap())
			}
		}
	}
	return all
}
