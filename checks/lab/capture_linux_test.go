package lab

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Capture records what the computer sends, as the box sees it.
type Capture struct {
	w    *World
	file string
	stop func()
}

// Capture starts to record on the box's side of the computer's cable.
func (w *World) Capture() *Capture {
	w.T.Helper()
	w.Need("tcpdump")
	file := filepath.Join(w.Dir, "seen.pcap")
	cmd := w.Spawn(w.Box, "", "tcpdump", "-i", "lan", "-n", "-U", "--immediate-mode", "-Z", "root", "-w", file)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if s, err := os.Stat(file); err == nil && s.Size() >= 24 { // its header: it listens
			break
		}
		if time.Now().After(end) {
			w.T.Fatal("the lab failed: tcpdump does not start")
		}
	}
	return &Capture{w, file, func() {
		time.Sleep(150 * time.Millisecond) // the last packets are still in its buffer
		unix.Kill(cmd.Process.Pid, unix.SIGTERM)
		time.Sleep(150 * time.Millisecond)
	}}
}

var packetLine = regexp.MustCompile(`^IP6? (\S+) > (\S+): (.*)$`)

// Seen ends the recording and lists where the computer sent something, as ADDRESS:PORT, or ADDRESS alone for pings.
func (c *Capture) Seen() (places []string) {
	c.w.T.Helper()
	c.stop()
	o := c.w.Box.Exec("tcpdump", "-n", "-q", "-t", "-r", c.file)
	if o.Exit != 0 {
		c.w.T.Fatalf("the lab failed: reading the capture: %s", o.Stderr)
	}
	lines := bufio.NewScanner(strings.NewReader(o.Stdout))
	for lines.Scan() {
		m := packetLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		from, _ := place(m[1])
		to, port := place(m[2])
		if from != ComputerIP && from != ComputerIP6 || strings.HasPrefix(to, "ff") || strings.HasPrefix(to, "fe80") || strings.HasPrefix(to, "224.") {
			continue
		}
		if strings.Contains(m[3], "ICMP6, neighbor") {
			continue
		}
		at := to
		if port != "" {
			at = net.JoinHostPort(to, port)
		}
		if !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	slices.Sort(places)
	return places
}

// place splits tcpdump's ADDRESS.PORT.
func place(s string) (ip, port string) {
	if _, err := netip.ParseAddr(s); err == nil {
		return s, ""
	}
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// TestWhoWasContacted holds the list "who was contacted" against what was really sent, and what was sent against the
// contract: a healthy check goes nowhere but to the DNS in use, the site, the box and the connectivity checks.
func TestWhoWasContacted(t *testing.T) {
	connectivity := map[string]bool{}
	for i := range Connectivity {
		connectivity[fmt.Sprintf("198.51.100.%d:80", 200+i)] = true
		connectivity[fmt.Sprintf("[2001:db8:100::%d]:80", 200+i)] = true
	}
	ours := func(at string) bool {
		return at == BoxIP+":53" || at == BoxIP || at == BoxIP6 || strings.HasPrefix(at, BoxIP+":") || strings.HasPrefix(at, "["+BoxIP6+"]:") ||
			strings.HasPrefix(at, SiteIP+":") || strings.HasPrefix(at, "["+SiteIP6+"]:") || connectivity[at]
	}
	others := map[string]bool{}
	for i := range OtherSites {
		others[fmt.Sprintf("198.51.100.%d:443", 100+i)] = true
		others[fmt.Sprintf("[2001:db8:100::%d]:443", 100+i)] = true
	}
	for _, list := range Providers {
		for _, ip := range list {
			others[net.JoinHostPort(ip, "443")] = true
			others[net.JoinHostPort(ip, "53")] = true
		}
	}
	for _, c := range []struct {
		name    string
		world   func(*World) Want
		allowed func(string) bool
	}{
		{"healthy", plainSite, ours},
		{"slow-but-proven", slowFirstByte, ours}, // never while a proven site takes its time
		{"bad-gateway", nginxUpstreamRefused, func(at string) bool { return ours(at) || others[at] }},
		{"dns-blocks-site", boxDeniesTheName, func(at string) bool { return ours(at) || others[at] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			truth := c.world(w)
			if os.Getenv("LAB_PROVE") == "1" {
				return
			}
			capture := w.Capture()
			got := w.Check(SiteHost)
			seen := capture.Seen()
			if len(seen) == 0 {
				t.Fatal("the lab failed: nothing was seen")
			}
			wrong := judge(truth, got)
			said := map[string]bool{}
			for _, x := range got.Contacts {
				addr := x.Addr
				if a, err := netip.ParseAddrPort(addr); err == nil {
					addr = netip.AddrPortFrom(a.Addr().WithZone(""), a.Port()).String()
				}
				said[addr] = true
			}
			for _, at := range seen {
				if !c.allowed(at) {
					wrong = append(wrong, "sent something to "+at)
				}
				if !said[at] {
					wrong = append(wrong, "sent something to "+at+" and does not say so")
				}
			}
			for at := range said {
				ip := strings.Trim(hostOnly(at), "[]")
				if at != "" && !slices.Contains(seen, at) && !strings.HasPrefix(ip, "127.") && !strings.HasPrefix(ip, "fe80") && !slices.Contains(seen, ip) {
					// Not wrong: an attempt that was called off in the very moment it began is told all the same.
					t.Logf("says that %s was contacted, which was not seen", at)
				}
			}
			for _, complaint := range wrong {
				t.Error(complaint)
			}
			if len(wrong) > 0 {
				t.Logf("seen: %v", seen)
			}
			keep(t, "contacts/"+c.name, got, len(wrong) > 0)
		})
	}
}
