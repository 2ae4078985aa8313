package fix

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

const udpHead = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"

// The row as Linux really wrote it for a dnsmasq on 127.0.0.1, and others made after it.
const (
	onLoopback = " 6658: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51662 2 00000000b031f28b 0\n"
	onAll      = " 6659: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51663 2 00000000b031f28b 0\n"
	onGuests   = " 6660: 017AA8C0:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51664 2 00000000b031f28b 0\n"
	onOther    = " 6661: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99999 2 00000000b031f28b 0\n"
	on6        = " 6662: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51665 2 0 0\n"
)

func TestSocketRows(t *testing.T) {
	rows := socketRows(udpHead + onLoopback + onGuests + on6 + "garbage\n 1: zz:0035 a b c d e f g h\n")
	want := []string{"127.0.0.1:53 51662", "192.168.122.1:53 51664", "[::1]:53 51665"}
	if len(rows) != len(want) {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for i, r := range rows {
		if got := r.Local.String() + " " + r.Inode; got != want[i] {
			t.Errorf("row %d: %s, want %s", i, got, want[i])
		}
	}
}

// process writes what an ordinary user can read of one.
func proc(pid, comm, cmdline, udp string) map[string]string {
	dir := "/proc/" + pid
	return map[string]string{dir + "/comm": comm + "\n", dir + "/cmdline": cmdline, dir + "/net/udp": udpHead + udp}
}

func TestDNSCachesFound(t *testing.T) {
	local := map[string]string{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback}
	for _, tt := range []struct {
		name  string
		files []map[string]string
		tools []string
		owned bool
		kinds string
		know  string
	}{
		{name: "nothing known", kinds: ""},
		{name: "the box", files: []map[string]string{{"/etc/resolv.conf": "nameserver 192.168.1.1\n", "/proc/net/udp": udpHead + onAll}}},
		{name: "resolved", files: []map[string]string{resolvedFiles}, tools: []string{"resolvectl"}, owned: true, kinds: "resolved"},
		{name: "resolved by nsswitch", files: []map[string]string{{"/etc/resolv.conf": "nameserver 192.168.1.1\n", "/etc/nsswitch.conf": "passwd: files\nhosts: files resolve [!UNAVAIL=return] dns # x\n"}}, owned: true, kinds: "resolved"},
		{name: "resolved runs and is not asked", files: []map[string]string{{"/etc/resolv.conf": "nameserver 192.168.1.1\n", "/etc/nsswitch.conf": "hosts: files dns # resolve\n"}}, owned: true},
		{name: "resolved stopped, its folder left", files: []map[string]string{resolvedFiles, {"/run/systemd/resolve/stub-resolv.conf": "x"}}},
		{name: "dnsmasq", files: []map[string]string{local, proc("70", "dnsmasq", "dnsmasq\x00-k\x00", onLoopback)}, kinds: "dnsmasq"},
		{name: "NetworkManager's dnsmasq", files: []map[string]string{local, proc("70", "dnsmasq", "/usr/sbin/dnsmasq\x00--no-resolv\x00--keep-in-foreground\x00--listen-address=127.0.0.1\x00--cache-size=400\x00", onLoopback)}, kinds: "dnsmasq"},
		{name: "a container's dnsmasq only", files: []map[string]string{local, proc("70", "dnsmasq", "dnsmasq\x00", onOther)}, know: "?"},
		{name: "unbound beside a guests' dnsmasq", files: []map[string]string{local,
			proc("60", "dnsmasq", "/usr/sbin/dnsmasq\x00--conf-file=/var/lib/libvirt/dnsmasq/default.conf\x00", onLoopback+onGuests),
			proc("70", "unbound", "unbound\x00-d\x00", onLoopback+onGuests)}, tools: []string{"unbound-control"}, kinds: "unbound"},
		{name: "two that may be it", files: []map[string]string{local, proc("60", "dnsmasq", "dnsmasq\x00", onLoopback), proc("70", "named", "named\x00", onLoopback)}, kinds: "dnsmasq,named"},
		{name: "on every address", files: []map[string]string{{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onAll}, proc("70", "named", "named\x00", onAll)}, kinds: "named"},
		{name: "Pi-hole", files: []map[string]string{local, proc("70", "pihole-FTL", "pihole-FTL\x00", onLoopback)}, kinds: "dnsmasq"},
		{name: "a program we do not know", files: []map[string]string{local, proc("70", "stubby", "stubby\x00", onLoopback)}, know: "?"},
		{name: "IPv6 loopback", files: []map[string]string{{"/etc/resolv.conf": "nameserver ::1\n", "/proc/net/udp6": udpHead + on6}, {"/proc/70/comm": "unbound\n", "/proc/70/net/udp6": udpHead + on6}}, kinds: "unbound"},
		{name: "resolved before a local dnsmasq", files: []map[string]string{resolvedFiles, {"/run/systemd/resolve/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback}, proc("70", "dnsmasq", "dnsmasq\x00", onLoopback)}, owned: true, kinds: "dnsmasq,resolved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := map[string]string{}
			for _, f := range tt.files {
				for k, v := range f {
					all[k] = v
				}
			}
			c, _ := fake(t, "linux", all, tt.tools...)
			c.Bus = &fakeBus{owned: tt.owned}
			f := c.dnsCaches(context.Background())
			if kindsOf(f) != tt.kinds || f.Unknown != tt.know {
				t.Errorf("found %q unknown %q, want %q %q", kindsOf(f), f.Unknown, tt.kinds, tt.know)
			}
		})
	}
}

// TestHolderByDescriptor is root's way: the socket's holder is the server, whatever else looks like one.
func TestHolderByDescriptor(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: links in /proc are Linux")
	}
	files := map[string]string{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback}
	for _, p := range []map[string]string{proc("60", "dnsmasq", "dnsmasq\x00", onLoopback), proc("70", "unbound", "unbound\x00-c\x00/etc/u.conf\x00", onLoopback)} {
		for k, v := range p {
			files[k] = v
		}
	}
	c, _ := fake(t, "linux", files, "unbound-control")
	c.UID = 0
	link := func(pid, to string) {
		dir := c.file("/proc/" + pid + "/fd")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, dir+"/5"); err != nil {
			t.Fatal(err)
		}
	}
	link("60", "socket:[1]")
	link("70", "socket:[51662]")
	f := c.dnsCaches(context.Background())
	if kindsOf(f) != "unbound" || f.Caches[0].PID != 70 || f.Caches[0].Config != "/etc/u.conf" {
		t.Errorf("found %+v", f)
	}
	if got := commands([]Step{{Command: f.Caches[0].Command}}); got != "/usr/bin/unbound-control -c /etc/u.conf flush_zone ." {
		t.Error(got)
	}
}

func TestNscdFound(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: nscd is Linux")
	}
	c, _ := fake(t, "linux", map[string]string{"/etc/resolv.conf": "nameserver 192.168.1.1\n"}, "nscd")
	short, err := os.MkdirTemp("", "nscd") // a socket's path has room for 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	c2 := *c
	c2.Root = short
	put(t, c2.file("/usr/bin/nscd"), "", 0o755)
	if _, ok := c2.findNscd(); ok {
		t.Error("found without a socket")
	}
	if err := os.MkdirAll(filepath.Join(short, "run/nscd"), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(short, "run/nscd/socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if d, ok := c2.findNscd(); !ok || !d.Root {
		t.Errorf("not found: %+v", d)
	}
	put(t, c2.file("/etc/nscd.conf"), "# enable-cache hosts yes\nenable-cache passwd yes\nenable-cache\t\thosts\t\tno\n", 0o644)
	if _, ok := c2.findNscd(); ok {
		t.Error("found although it keeps no hosts")
	}
}

func TestConfigOf(t *testing.T) {
	c, _ := fake(t, "linux", nil)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"unbound", "-d"}, ""},
		{[]string{"unbound", "-d", "-c", "/etc/unbound/x.conf"}, "/etc/unbound/x.conf"},
		{[]string{"unbound", "-c/etc/y.conf"}, "/etc/y.conf"},
		{[]string{"unbound", "-c"}, ""},
		{[]string{"unbound", "-c", "relative.conf"}, ""}, // its folder cannot be read
	} {
		if got := c.configOf(process{PID: 1, Args: tt.args}); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.args, got, tt.want)
		}
	}
}
