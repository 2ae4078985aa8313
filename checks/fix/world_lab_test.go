//go:build linux

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A world is a lab whose services are the real ones: a message bus, polkit, NetworkManager, a DHCP server at the box, and somebody who
// is no administrator. /etc and /var/lib are copies in memory, /run is empty, and processes end with the test: nothing in it can reach
// this machine's own bus, network or settings.

// The person who is no administrator there.
const (
	labUID  = 4711
	labUser = "person"
)

// userChild holds the request of a run as that person, JSON of userRequest, when labChild is userRun.
const (
	userRun   = "as-user"
	userChild = "PASSERELLE_FIX_USER"
)

type userRequest struct {
	Fix, Arg string
	Undo     bool
	Dirs     []string // before the system's own
}

type userAnswer struct {
	UID     int
	Outcome Outcome
	Kind    string // of the error: refused, rights, impossible, failed…
	Error   string
}

// kindOf names the kind of an error.
func kindOf(err error) string {
	for name, kind := range map[string]error{"refused": ErrRefused, "rights": ErrRights, "impossible": ErrImpossible, "argument": ErrArgument, "unasked": ErrUnasked} {
		if errors.Is(err, kind) {
			return name
		}
	}
	if err != nil {
		return "failed"
	}
	return ""
}

// doAsUser is what the run as that person does.
func doAsUser() int {
	var q userRequest
	if err := json.Unmarshal([]byte(os.Getenv(userChild)), &q); err != nil {
		fmt.Println(err)
		return 1
	}
	if q.Fix == userRadio {
		return switchRadio()
	}
	c := Local()
	c.Dirs = append(q.Dirs, c.Dirs...)
	env := Env{Computer: c, Confirm: func(context.Context, Plan) error { return nil }}
	a := userAnswer{UID: os.Geteuid()}
	var err error
	if q.Undo {
		_, err = Undo(context.Background(), "", env)
	} else {
		a.Outcome, err = Run(context.Background(), q.Fix, q.Arg, env)
	}
	if a.Kind = kindOf(err); err != nil {
		a.Error = err.Error()
	}
	if json.NewEncoder(os.Stdout).Encode(a) != nil {
		return 1
	}
	return 0
}

// newWorld builds it around a lab.
func newWorld(t *testing.T, nameserver string) *lab {
	t.Helper()
	for _, name := range []string{"DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS"} {
		t.Setenv(name, "unix:path=/run/nobody") // whoever asks elsewhere meets nobody
	}
	_ = os.Unsetenv("DBUS_SYSTEM_BUS_ADDRESS")
	l := newLab(t, nameserver)
	l.do("umount", "/etc/resolv.conf")
	l.do("umount", "/etc/nsswitch.conf")
	for _, dir := range []string{"/etc", "/var/lib"} {
		top := "/run/over" + strings.ReplaceAll(dir, "/", "-")
		for _, d := range []string{top, top + "/upper", top + "/work"} {
			if err := os.Mkdir(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if out := l.rootRan("mount", "-t", "overlay", "overlay", "-o", "lowerdir="+dir+",upperdir="+top+"/upper,workdir="+top+"/work", dir); len(out) > 0 {
			t.Skipf("skipped: %s cannot be laid over here, and nothing of this machine's own may be written: %s", dir, out)
		}
	}
	for path, content := range map[string]string{"/etc/resolv.conf": "nameserver " + nameserver + "\n", "/etc/nsswitch.conf": "hosts: files dns\n"} {
		l.write(path, content, 0o644)
	}
	for path, line := range map[string]string{"/etc/passwd": labUser + ":x:4711:4711::/run/home:/bin/sh\n", "/etc/group": labUser + ":x:4711:\n"} {
		l.write(path, l.content(path)+line, 0o644)
	}
	l.do("mount", "-t", "sysfs", "sysfs", "/sys") // this network's links, and nothing to write to
	l.do("mount", "-o", "remount,ro,bind", "/sys")
	for _, d := range []string{"/run/home", "/run/home/state"} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d, labUID, labUID); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	l.write("/run/passerelle-test", string(self), 0o755)
	return l
}

// write writes a file of the world. Never before /etc is a copy.
func (l *lab) write(path, content string, mode os.FileMode) {
	l.t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(content), mode)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// asUser runs a request as the person who is no administrator.
func (l *lab) asUser(q userRequest) userAnswer {
	l.t.Helper()
	b, err := json.Marshal(q)
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("/run/passerelle-test")
	cmd.Dir = "/"
	cmd.Env = []string{labChild + "=" + userRun, userChild + "=" + string(b), "HOME=/run/home", "PASSERELLE_STATE=/run/home/state", "USER=" + labUser, "LOGNAME=" + labUser}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: labUID, Gid: labUID}}
	out, err := cmd.CombinedOutput()
	var a userAnswer
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	if err != nil {
		l.t.Fatalf("as an ordinary user: %v\n%s", err, out)
	}
	if a.UID != labUID {
		l.t.Fatalf("ran as %d", a.UID)
	}
	for _, s := range a.Outcome.Steps {
		l.t.Logf("step: %s exit %d %s", s, s.Exit, s.Output)
	}
	return a
}

// startBus starts the world's own message bus.
func (l *lab) startBus() {
	l.t.Helper()
	if err := os.MkdirAll("/run/dbus", 0o755); err != nil {
		l.t.Fatal(err)
	}
	if _, err := (systemBus{}).HasOwner(context.Background(), "org.freedesktop.DBus"); err == nil {
		l.t.Fatal("a message bus answers here that this test did not start")
	}
	l.start("dbus-daemon", "--system", "--nofork", "--nopidfile")
	l.until("the bus is up", func() bool {
		_, err := systemBus{}.HasOwner(context.Background(), "org.freedesktop.DBus")
		return err == nil
	})
}

// startPolkit starts polkit, which answers for the person by these rules alone (a rule of polkit(8) in JavaScript).
func (l *lab) startPolkit(rule string) {
	l.t.Helper()
	const daemon = "/usr/lib/polkit-1/polkitd"
	if _, err := os.Stat(daemon); err != nil {
		l.t.Skipf("skipped: polkit is not installed: %v", err)
	}
	l.polkitRule(rule)
	l.start(daemon, "--no-debug")
	l.until("polkit is up", func() bool {
		has, err := systemBus{}.HasOwner(context.Background(), "org.freedesktop.PolicyKit1")
		return err == nil && has
	})
}

const polkitRules = "/etc/polkit-1/rules.d/10-lab.rules"

// polkitRule replaces the world's one rule. polkit watches the folder.
func (l *lab) polkitRule(rule string) {
	l.t.Helper()
	l.write(polkitRules, rule, 0o644)
	if err := os.Chmod(filepath.Dir(polkitRules), 0o755); err != nil {
		l.t.Fatal(err)
	}
}

// lets is a rule that answers for actions whose id begins so.
func lets(prefix, answer string) string {
	return fmt.Sprintf("polkit.addRule(function(action, subject) { if (action.id.indexOf(%q) == 0 && subject.user == %q) return polkit.Result.%s; });\n", prefix, labUser, answer)
}

// boxServes starts the box's DHCP and DNS server, which gives addresses from first on.
func (l *lab) boxServes(first string, more ...string) *exec.Cmd {
	l.t.Helper()
	args := append([]string{"netns", "exec", "box", "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--bind-dynamic", "--interface=in0",
		"--pid-file=", "--log-facility=-", "--dhcp-leasefile=/run/leases", "--dhcp-authoritative", "--no-ping", "--local-ttl=300", "--address=/site.test/10.66.0.10",
		"--dhcp-range=" + first + "," + first + ",255.255.255.0,1h", "--dhcp-option=3," + labBox, "--dhcp-option=6," + labBox}, more...)
	return l.start("ip", args...)
}

// startNM starts NetworkManager with these profiles (name of the file → keyfile), which manages up0 alone.
func (l *lab) startNM(dns string, profiles map[string]string) {
	l.t.Helper()
	const daemon = "/usr/sbin/NetworkManager"
	if _, err := os.Stat(daemon); err != nil {
		l.t.Skipf("skipped: NetworkManager is not installed: %v", err)
	}
	for _, d := range []string{"/etc/NetworkManager", "/var/lib/NetworkManager", "/usr/lib/NetworkManager/conf.d", "/usr/lib/NetworkManager/system-connections"} {
		if _, err := os.Stat(d); err == nil {
			l.do("mount", "-t", "tmpfs", "tmpfs", d)
		}
	}
	l.write("/etc/NetworkManager/NetworkManager.conf", "[main]\nplugins=keyfile\ndhcp=internal\nno-auto-default=*\nauth-polkit=true\ndns="+dns+
		"\n[keyfile]\nunmanaged-devices=except:interface-name:up0,except:interface-name:vpn*\n[connectivity]\nenabled=false\n[logging]\nlevel=INFO\n", 0o644)
	for name, text := range profiles {
		l.write("/etc/NetworkManager/system-connections/"+name+".nmconnection", text, 0o600)
	}
	l.start(daemon, "--no-daemon")
	l.until("NetworkManager is up", func() bool {
		has, err := systemBus{}.HasOwner(context.Background(), nmName)
		return err == nil && has
	})
}

// nm asks nmcli as root.
func (l *lab) nm(args ...string) string {
	l.t.Helper()
	cmd := exec.Command("nmcli", args...)
	cmd.Env = fixedEnvironment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("nmcli %q: %v %s", args, err, out)
	}
	return string(out)
}

// rootRan is what a command prints here, with the rights of this test.
func (l *lab) rootRan(name string, args ...string) []byte {
	out, _ := exec.Command(name, args...).CombinedOutput() // what it prints is looked at, whatever its status
	return out
}

// userRan is what a command prints for the person who is no administrator.
func (l *lab) userRan(name string, args ...string) []byte {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = "/", fixedEnvironment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: labUID, Gid: labUID}}
	out, _ := cmd.CombinedOutput() // what it prints is looked at, whatever its status
	return out
}
