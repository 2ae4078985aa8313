package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is one computer of a world: a process that only holds namespaces, entered by setns. It has no name on the system.
type Machine struct {
	Name string
	Env  []string // of what is run on it, besides the bare minimum

	dir    string // scratch folder on the real disk, seen by every machine of the world
	hold   *exec.Cmd
	alive  io.WriteCloser // closing it, or dying, ends the machine
	spaces []space
	layers map[string]bool // folders with a writable layer over them
}

type space struct {
	fd   int
	kind int
}

// visitor is the ordinary user (uid and gid) that the program is run as where the lab has real root.
const visitor = 1000

// startMachine starts the holder and waits until its mounts stand.
func startMachine(name, dir string) (*Machine, error) {
	spec, _ := json.Marshal(holdSpec{Name: name})
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the test program: %w", err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVar+"="+roleHold, holdVar+"="+string(spec))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting machine %s: %w", name, err)
	}
	m := &Machine{Name: name, dir: dir, hold: cmd, alive: alive}
	var ready [1]byte
	if _, err := io.ReadFull(out, ready[:]); err != nil {
		m.stop()
		return nil, fmt.Errorf("machine %s did not come up: %s", name, complaint.String())
	}
	for _, s := range []struct {
		file string
		kind int
	}{{"net", unix.CLONE_NEWNET}, {"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS}, {"pid_for_children", unix.CLONE_NEWPID}, {"mnt", unix.CLONE_NEWNS}} {
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/%s", cmd.Process.Pid, s.file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			m.stop()
			return nil, fmt.Errorf("opening the %s namespace of %s: %w", s.file, name, err)
		}
		m.spaces = append(m.spaces, space{fd, s.kind})
	}
	return m, nil
}

// stop ends the machine with everything that runs on it.
func (m *Machine) stop() {
	m.alive.Close()
	m.hold.Process.Kill() // process 1 of its own numbering: the kernel ends the others with it
	m.hold.Wait()
	for _, s := range m.spaces {
		unix.Close(s.fd)
	}
	m.spaces = nil
}

// inside runs f on a thread that has entered the chosen namespaces, and that ends with it.
func (m *Machine) inside(kinds int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not serve other code afterwards
		done <- func() error {
			if kinds&unix.CLONE_NEWNS != 0 {
				if err := unix.Unshare(unix.CLONE_FS); err != nil { // setns refuses a thread that shares its root and folder
					return fmt.Errorf("entering %s: %w", m.Name, err)
				}
			}
			for _, s := range m.spaces {
				if kinds&s.kind == 0 {
					continue
				}
				if err := unix.Setns(s.fd, s.kind); err != nil {
					return fmt.Errorf("entering %s: %w", m.Name, err)
				}
			}
			return f()
		}()
	}()
	return <-done
}

const everySpace = unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

// netOnly starts a host command with this machine's network, but the host's process numbers (for `ip link … netns PID`).
func (m *Machine) netOnly(stdin string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := m.inside(unix.CLONE_NEWNET, cmd.Start); err != nil {
		return fmt.Errorf("%s: %s %s: %w", m.Name, name, strings.Join(args, " "), err)
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %s %s: %w: %s", m.Name, name, strings.Join(args, " "), err, out.String())
	}
	return nil
}

// Command is a command that will run on the machine. Start it with Start, or use Exec.
func (m *Machine) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/home/visitor",
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TMPDIR=/run/tmp"}, m.Env...)
	return cmd
}

// Start starts a command on the machine, in a process group of its own.
func (m *Machine) Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := m.inside(everySpace, cmd.Start); err != nil {
		return fmt.Errorf("starting %s on %s: %w", filepath.Base(cmd.Path), m.Name, err)
	}
	return nil
}

// Output is how a command ended.
type Output struct {
	Stdout, Stderr string
	Exit           int // -1: killed by us, or not started
	Took           time.Duration
	Err            error // not started, or over time
}

// Exec runs a command on the machine to its end, as root, for at most 30 s.
func (m *Machine) Exec(name string, args ...string) Output {
	return m.run(m.Command(name, args...), 30*time.Second)
}

// As makes a command run as the ordinary user, where there is a real root to come down from.
func (m *Machine) As(cmd *exec.Cmd) *exec.Cmd {
	if realRoot() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: visitor, Gid: visitor}}
	}
	return cmd
}

// Run is Exec for a command that was made with Command, within a limit.
func (m *Machine) Run(cmd *exec.Cmd, limit time.Duration) Output { return m.run(cmd, limit) }

func (m *Machine) run(cmd *exec.Cmd, limit time.Duration) Output {
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.WaitDelay = time.Second // a daemon that was left behind may hold the pipes
	start := time.Now()
	if err := m.Start(cmd); err != nil {
		return Output{Exit: -1, Err: err, Stderr: err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	over := context.AfterFunc(ctx, func() { unix.Kill(-cmd.Process.Pid, unix.SIGKILL) })
	err := cmd.Wait()
	o := Output{Stdout: out.String(), Stderr: complaint.String(), Exit: cmd.ProcessState.ExitCode(), Took: time.Since(start)}
	if !over() {
		o.Err = fmt.Errorf("%s was still running after %v", filepath.Base(cmd.Path), limit)
	} else if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		o.Err = err
	}
	return o
}

// Listen opens a listening socket in the machine's network; what accepts on it may run anywhere.
func (m *Machine) Listen(address string) (l net.Listener, err error) {
	err = m.inside(unix.CLONE_NEWNET, func() (err error) { l, err = net.Listen("tcp", address); return err })
	return l, err
}

// ListenPacket is Listen for datagrams.
func (m *Machine) ListenPacket(address string) (p net.PacketConn, err error) {
	err = m.inside(unix.CLONE_NEWNET, func() (err error) { p, err = net.ListenPacket("udp", address); return err })
	return p, err
}

// Dial connects from the machine. The address must be numeric: names would be asked of the host.
func (m *Machine) Dial(address string, limit time.Duration) (c net.Conn, err error) {
	d := net.Dialer{Timeout: limit, FallbackDelay: -1}
	err = m.inside(unix.CLONE_NEWNET, func() (err error) { c, err = d.Dial("tcp", address); return err })
	return c, err
}

// Path is where a file of the machine can be reached from the test.
func (m *Machine) Path(name string) string {
	return filepath.Join("/proc", fmt.Sprint(m.hold.Process.Pid), "root", name)
}

// Write puts a file on the machine, for everybody to read.
func (m *Machine) Write(name, text string) error {
	p := m.Path(name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return fmt.Errorf("writing %s on %s: %w", name, m.Name, err)
	}
	os.Remove(p) // it may be a link out of the overlay
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing %s on %s: %w", name, m.Name, err)
	}
	return nil
}

// Sysctl sets a kernel setting of the machine's network, net/ipv4/ip_forward style.
func (m *Machine) Sysctl(name, value string) error {
	return m.inside(unix.CLONE_NEWNET, func() error {
		return os.WriteFile("/proc/sys/"+name, []byte(value), 0)
	})
}

// lend makes a program of the scratch disk appear at its ordinary place, on this machine only.
func (m *Machine) lend(from, to string) error {
	if err := m.layer(filepath.Dir(to)); err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(m.Path(to), text, 0o755)
}

// layer lays a writable layer over a folder of the machine, once.
func (m *Machine) layer(dir string) error {
	if m.layers[dir] {
		return nil
	}
	err := m.inside(unix.CLONE_NEWNS, func() error {
		upper, work := "/run/lab/upper"+strings.ReplaceAll(dir, "/", "-"), "/run/lab/work"+strings.ReplaceAll(dir, "/", "-")
		os.MkdirAll(upper, 0o755)
		os.MkdirAll(work, 0o755)
		return unix.Mount("overlay", dir, "overlay", 0, "lowerdir="+dir+",upperdir="+upper+",workdir="+work)
	})
	if err != nil {
		return fmt.Errorf("laying a layer over %s: %w", dir, err)
	}
	if m.layers == nil {
		m.layers = map[string]bool{}
	}
	m.layers[dir] = true
	return nil
}
