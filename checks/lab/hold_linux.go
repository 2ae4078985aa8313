package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The test program starts itself again in other parts.
const (
	roleVar   = "PASSERELLE_LAB_ROLE"
	roleInner = "inner" // the tests themselves, in a network of their own
	roleHold  = "hold"  // process 1 of a machine
	holdVar   = "PASSERELLE_LAB_HOLD"
	rootVar   = "PASSERELLE_LAB_REALROOT"
)

type holdSpec struct {
	Name string
}

// realRoot tells whether the lab has the whole range of users (root), or only one that is called root (user namespace).
func realRoot() bool { return os.Getenv(rootVar) == "1" }

// RealRoot is realRoot for other packages' tests: where it is false there is one user only, and no ordinary one beside root.
func RealRoot() bool { return realRoot() }

// Main is to be called first by TestMain. It plays the part that the environment names and does not return, or returns
// true in the process that shall run the tests. Where namespaces cannot be made, it returns false and the reason.
func Main() (ready bool, why string) {
	switch os.Getenv(roleVar) {
	case roleHold:
		if err := hold(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case roleInner:
		if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
			return false, "the lab needs the ip command (package iproute2): " + err.Error()
		}
		return true, ""
	}
	return false, inner()
}

// inner starts the tests again in a network (and, without root, a user) namespace and ends with their status. It returns
// only if that cannot be done, with the reason.
func inner() string {
	self, err := os.Executable()
	if err != nil {
		return err.Error()
	}
	flags, root := uintptr(unix.CLONE_NEWNET|unix.CLONE_NEWNS), "1"
	attr := &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if os.Geteuid() != 0 {
		flags, root = flags|unix.CLONE_NEWUSER, "0"
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	attr.Cloneflags = flags
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), roleVar+"="+roleInner, rootVar+"="+root)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		return fmt.Sprintf("the lab needs network namespaces, which this user cannot make here (%v): run it as root, or allow unprivileged user namespaces", err)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT)
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		os.Exit(code)
	}
	os.Exit(1)
	return ""
}

// hold makes a machine's own mounts, says so, and waits until the test that started it is gone.
func hold() error {
	var spec holdSpec
	if err := json.Unmarshal([]byte(os.Getenv(holdVar)), &spec); err != nil {
		return fmt.Errorf("reading what to hold: %w", err)
	}
	if err := unix.Sethostname([]byte(spec.Name)); err != nil {
		return fmt.Errorf("naming the machine: %w", err)
	}
	if err := furnish(); err != nil {
		return err
	}
	children := make(chan os.Signal, 1)
	signal.Notify(children, unix.SIGCHLD)
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	go func() { // process 1 buries the orphans
		for range children {
			for {
				if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}()
	os.Stdout.Write([]byte{'r'})
	io.Copy(io.Discard, os.Stdin)
	return nil
}

// furnish gives the machine its own /proc, /sys, /run, /home and a writable copy of /etc.
func furnish() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	unix.Mount("sysfs", "/sys", "sysfs", 0, "") // shows this network's links; where it is refused, the old one stays
	for _, dir := range []string{"/run", "/home", "/var/lib/misc", "/var/cache", "/root"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mounting %s: %w", dir, err)
		}
	}
	for _, dir := range []string{"/run/dbus", "/run/systemd", "/run/lock", "/run/nscd", "/run/unbound", "/run/lab/upper", "/run/lab/work",
		"/var/cache/nscd"} {
		if err := os.MkdirAll(dir, 0o755); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	for _, dir := range []string{"/run/tmp", "/run/user", "/home/visitor"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	os.Chmod("/run/tmp", os.ModeSticky|0o777)
	os.Chown("/home/visitor", visitor, visitor)
	if err := overlayEtc(); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"net/ipv4/icmp_ratelimit": "0", "net/ipv4/icmp_msgs_per_sec": "100000", "net/ipv6/icmp/ratelimit": "0",
		"net/ipv4/conf/all/send_redirects": "0", "net/ipv4/conf/default/send_redirects": "0",
		"net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
		"net/ipv6/conf/default/accept_ra": "0", "net/ipv4/ping_group_range": "0 2147483647",
		"net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
	} {
		os.WriteFile("/proc/sys/"+name, []byte(value), 0) // some do not exist in every kernel, none is needed by all worlds
	}
	return nil
}

// overlayEtc lays a writable layer over /etc, so that files can be replaced by renaming, as editors and fixes do.
func overlayEtc() error {
	options := "lowerdir=/etc,upperdir=/run/lab/upper,workdir=/run/lab/work"
	err := unix.Mount("overlay", "/etc", "overlay", 0, options)
	if err != nil {
		err = unix.Mount("overlay", "/etc", "overlay", 0, options+",userxattr")
	}
	if err != nil { // an old kernel in a user namespace: a copy does as well
		if out, err := exec.Command("cp", "-a", "/etc/.", "/run/lab/upper/").CombinedOutput(); err != nil && !strings.Contains(string(out), "Permission denied") {
			return fmt.Errorf("copying /etc: %w: %s", err, out)
		}
		if err := unix.Mount("/run/lab/upper", "/etc", "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("laying a copy over /etc: %w", err)
		}
	}
	passwd, _ := os.ReadFile("/etc/passwd")
	for _, line := range []string{"visitor:x:1000:1000::/home/visitor:/bin/sh", "systemd-resolve:x:996:996::/:/usr/sbin/nologin"} {
		name, _, _ := strings.Cut(line, ":")
		if !strings.Contains("\n"+string(passwd), "\n"+name+":") {
			passwd = append(passwd, line+"\n"...)
		}
	}
	groups, _ := os.ReadFile("/etc/group")
	for _, line := range []string{"visitor:x:1000:", "systemd-resolve:x:996:"} {
		name, _, _ := strings.Cut(line, ":")
		if !strings.Contains("\n"+string(groups), "\n"+name+":") {
			groups = append(groups, line+"\n"...)
		}
	}
	for name, text := range map[string][]byte{
		"passwd": passwd, "group": groups,
		"hosts":         []byte("127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 computer\n"),
		"resolv.conf":   []byte("nameserver 192.168.1.1\n"),
		"nsswitch.conf": []byte("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n"),
	} {
		p := filepath.Join("/etc", name)
		os.Remove(p)
		if err := os.WriteFile(p, text, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", p, err)
		}
	}
	return nil
}
