package person

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/lab"
)

// seat is where the test program is copied to, so that the lab's ordinary user can run it: the go command's folder is its owner's.
var seat string

func TestMain(m *testing.M) {
	Main()
	if os.Getenv("PASSERELLE_LAB_ROLE") == "" {
		lab.FetchDebs()
	}
	ready, why := lab.Main()
	if !ready {
		fmt.Println("ui/person: everything skipped:", why)
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("/tmp", "lab-person-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err == nil {
		seat, err = copied(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "copying the test program:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	lab.End()
	os.Exit(code)
}

func copied(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	in, err := os.Open(self)
	if err != nil {
		return "", err
	}
	defer in.Close()
	to := filepath.Join(dir, "person")
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return "", err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Chmod(0o755)
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return to, err
}

// all tells whether what takes long runs too.
func all() bool { return os.Getenv("PASSERELLE_ALL") == "1" }

// brief skips under -short, and where the lab has no second user.
func brief(t *testing.T) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("skipped: -short")
	case !lab.RealRoot():
		t.Skip("the person needs root's files and their own, which takes two users: run as root")
	}
}

// visitFor is the whole visit's limit: three steps with their checks, on a loaded machine.
const visitFor = 4 * time.Minute

// visit lets somebody sit down at the computer, as root where what they change is root's and nobody is there to ask for a password.
func visit(w *lab.World, root bool, v Visit) []Sight {
	w.T.Helper()
	v.Helper = lab.Program(w.T)
	text, _ := json.Marshal(v)
	file := filepath.Join(w.Dir, fmt.Sprintf("seen-%d.json", time.Now().UnixNano()))
	cmd := w.Computer.Command(seat)
	cmd.Env = append(cmd.Env, visitVar+"="+string(text), sightVar+"="+file)
	if !root {
		w.Computer.As(cmd)
	}
	o := w.Computer.Run(cmd, visitFor)
	b, err := os.ReadFile(file)
	var r report
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	for _, s := range r.Seen {
		w.T.Log(s)
	}
	if err != nil || o.Err != nil || r.Error != "" {
		w.T.Fatalf("the visit: %v %v %s\n%s%s", err, o.Err, r.Error, o.Stdout, o.Stderr)
	}
	return r.Seen
}

// state is everything on the computer that a fix could change, as text. Times are left out: a file that is replaced gets a new one.
func state(w *lab.World, root bool) map[string]string {
	w.T.Helper()
	all := map[string]string{}
	for _, name := range []string{"/etc/hosts", "/etc/resolv.conf", "/etc/environment", "/home/visitor/.profile", "/home/visitor/.config/kioslaverc",
		"/home/visitor/.config/environment.d/proxy.conf"} {
		all[name] = file(w, name)
	}
	all["nft"] = counts.ReplaceAllString(w.Exec("nft", "list", "ruleset").Stdout, "counter")
	routes := w.Exec("ip", "route").Stdout + w.Exec("ip", "-6", "route", "show", "default").Stdout
	all["routes"] = strings.ReplaceAll(routes, " linkdown", "") // whether somebody reads the tunnel is not ours
	if slices.ContainsFunc(w.Computer.Env, func(v string) bool { return strings.HasPrefix(v, "DBUS_SESSION_BUS_ADDRESS=") }) {
		all["gsettings"] = gsettings(w, root, "list-recursively", "org.gnome.system.proxy")
		all["dconf"] = file(w, "/home/visitor/.config/dconf/user")
	}
	if _, err := os.Stat(w.Computer.Path("/run/timedated")); err == nil {
		all["clock"] = w.Exec("/usr/bin/timedatectl", "show", "--property=NTP").Stdout
	}
	if _, err := os.Stat(w.Computer.Path("/run/systemd/resolve")); err == nil {
		all["resolved"] = w.Exec("/usr/bin/resolvectl", "dns").Stdout + w.Exec("/usr/bin/resolvectl", "domain").Stdout
	}
	return all
}

// counts of packets change by themselves.
var counts = regexp.MustCompile(`counter packets \d+ bytes \d+`)

func file(w *lab.World, name string) string {
	p := w.Computer.Path(name)
	st, err := os.Lstat(p)
	if err != nil {
		return "none"
	}
	if st.Mode()&os.ModeSymlink != 0 {
		to, _ := os.Readlink(p)
		return "link to " + to
	}
	b, err := os.ReadFile(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return fmt.Sprintf("%v %s\n%s", st.Mode(), owner(st), b)
}

// differences between two states.
func differences(before, after map[string]string) (all []string) {
	for k, was := range before {
		if is := after[k]; is != was {
			all = append(all, fmt.Sprintf("%s was\n%s\nis\n%s", k, was, is))
		}
	}
	return all
}

// steps is what a visit did: "FIX" where it was kept, "FIX (put back)" where it was not.
func steps(seen []Sight) (all []string) {
	for _, s := range seen {
		if s.Page != "result" {
			continue
		}
		name := s.Fix
		if s.PutBack {
			name += " (put back)"
		}
		all = append(all, name)
	}
	return all
}

// last is the cause on the last page.
func last(seen []Sight) string {
	if len(seen) == 0 {
		return ""
	}
	return seen[len(seen)-1].Cause
}

// command runs something on the computer as root and wants it to end well.
func command(w *lab.World, name string, args ...string) string {
	w.T.Helper()
	o := w.Exec(name, args...)
	if o.Exit != 0 || o.Err != nil {
		w.T.Fatalf("the lab failed: %s %v: %d %v %s%s", name, args, o.Exit, o.Err, o.Stdout, o.Stderr)
	}
	return o.Stdout
}
