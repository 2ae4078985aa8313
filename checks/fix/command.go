// Running the system's own commands: argument lists from a closed vocabulary, absolute paths, a deadline, no shell.

package fix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// CommandLimit bounds one command: the slowest of them, flushing a large cache, takes well under a second; a command
	// that hangs (a service that restarts, a bus that is gone) must not hold the person.
	CommandLimit = 10 * time.Second
	// PromptLimit bounds a command during which a person types a password.
	PromptLimit = 2 * time.Minute
	// MaxOutput is how much of what a command prints is kept, in bytes: enough for any message, too little to fill a journal.
	MaxOutput = 2048
	// maxRead is how much of what a command prints is read for a proof (a dumped cache), in bytes.
	maxRead = 4 << 20
	// startWatch is how long a program that was opened is watched for an early end: openers report "no such program"
	// within a few hundred ms, while a browser that is the first of its kind never ends.
	startWatch = 1500 * time.Millisecond
)

// Ran is how a command ended.
type Ran struct {
	Exit int    // exit status; -1: not started, or stopped at its deadline
	Out  string // standard output, at most maxRead bytes
	Err  string // standard error, at most MaxOutput bytes
	Cut  bool   // Out was longer than what was kept
	Fail error  // why it did not start or did not end by itself
}

// OK tells whether it ran and ended well.
func (r Ran) OK() bool { return r.Fail == nil && r.Exit == 0 }

// Runner runs commands. argv[0] is an absolute path.
type Runner interface {
	// Run waits for the end, at most limit.
	Run(ctx context.Context, argv []string, limit time.Duration) Ran
	// Open starts a program for the person, in the person's own environment, and leaves it alone.
	Open(ctx context.Context, argv []string) Ran
}

// vocabulary is every program that may ever be started, by its name without folder and ".exe".
var vocabulary = []string{
	// caches
	"resolvectl", "systemd-resolve", "nscd", "unbound-control", "rndc", "ipconfig", "dscacheutil", "killall",
	// rights
	"pkexec", "osascript",
	// reading which browser is the default
	"xdg-settings", "xdg-mime", "defaults",
	// changing settings
	"gsettings", "dbus-send", "networksetup", "scutil", "route", "nmcli", "resolvconf", "nft", "ufw", "firewall-cmd", "powershell", "netsh",
	"networkctl", "dhclient", "timedatectl", "chronyc", "w32tm", "sc", "sntp", "systemctl", "wg-quick", "rasdial",
	// opening
	"xdg-open", "open", "flatpak", "gnome-control-center", "systemsettings", "systemsettings5", "kcmshell6", "kcmshell5",
	"xfce4-settings-manager", "nm-connection-editor", "firewall-config", "gufw", "clamtk",
	"firefox", "firefox-esr", "librewolf", "google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "brave-browser",
	"brave", "microsoft-edge", "microsoft-edge-stable", "vivaldi", "vivaldi-stable", "opera", "epiphany", "epiphany-browser", "falkon",
	"chrome", "msedge", "launcher",
}

// vet refuses what is no absolute path to a program of the vocabulary, and arguments that no system can pass.
func vet(argv []string) error {
	if len(argv) == 0 || !filepath.IsAbs(argv[0]) {
		return fmt.Errorf("running %q: not an absolute path", argv)
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(argv[0])), ".exe")
	if !slices.Contains(vocabulary, name) {
		return fmt.Errorf("running %q: not a command of this program", argv[0])
	}
	for _, a := range argv {
		if strings.ContainsRune(a, 0) {
			return fmt.Errorf("running %q: a NUL in an argument", argv[0])
		}
	}
	return nil
}

// system runs commands for real.
type system struct{}

// fixedEnvironment is what a command gets: its messages in English (and names as they are: with LC_ALL=C nmcli writes "?" for "é"), the
// system's own folders, and what Windows cannot do without.
func fixedEnvironment() []string {
	env := []string{"LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, name := range []string{
		"SystemRoot", "windir", "TEMP", "TMP", "HOME", "USER", "LOGNAME",
		"XDG_RUNTIME_DIR", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CURRENT_DESKTOP",
		"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
	} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Run implements Runner.
func (system) Run(ctx context.Context, argv []string, limit time.Duration) Ran {
	if err := vet(argv); err != nil {
		return Ran{Exit: -1, Fail: err}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, errs := &bounded{limit: maxRead}, &bounded{limit: MaxOutput}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = fixedEnvironment(), out, errs
	cmd.WaitDelay = time.Second // a grandchild that keeps the pipes open must not hold us
	hide(cmd)
	err := cmd.Run()
	r := Ran{Out: out.String(), Err: errs.String(), Cut: out.cut}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		r.Exit, r.Fail = -1, fmt.Errorf("running %s: %w", argv[0], ctx.Err())
	case errors.As(err, &exit):
		r.Exit = exit.ExitCode()
	case err != nil:
		r.Exit, r.Fail = -1, fmt.Errorf("running %s: %w", argv[0], err)
	}
	return r
}

// Open implements Runner.
func (system) Open(ctx context.Context, argv []string) Ran {
	if err := vet(argv); err != nil {
		return Ran{Exit: -1, Fail: err}
	}
	cmd := exec.Command(argv[0], argv[1:]...) // not bound to ctx: what was opened for the person outlives us
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return Ran{Exit: -1, Fail: fmt.Errorf("opening %s: %w", argv[0], err)}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return Ran{Exit: exit.ExitCode()}
		}
		if err != nil {
			return Ran{Exit: -1, Fail: fmt.Errorf("opening %s: %w", argv[0], err)}
		}
	case <-time.After(startWatch):
	case <-ctx.Done():
	}
	return Ran{}
}

// bounded keeps the first bytes of what is written to it.
type bounded struct {
	bytes.Buffer
	limit int
	cut   bool
}

// Write never fails: a full pipe would stop the command.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.Len(); room < len(p) {
		b.cut = true
		b.Buffer.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}

// step runs one command and keeps it as it was done.
func (c *Computer) step(ctx context.Context, argv []string, limit time.Duration) (Step, Ran) {
	r := c.Run.Run(ctx, argv, limit)
	return Step{Command: argv, Exit: r.Exit, Output: printed(r)}, r
}

// printed is what is worth keeping of a command's output.
func printed(r Ran) string {
	s := strings.TrimSpace(r.Out)
	if e := strings.TrimSpace(r.Err); e != "" {
		s = strings.TrimSpace(s + "\n" + e)
	}
	if r.Fail != nil {
		s = strings.TrimSpace(s + "\n" + r.Fail.Error())
	}
	if len(s) > MaxOutput {
		s = s[:MaxOutput]
	}
	return strings.ToValidUTF8(s, "\uFFFD") // Windows prints in its OEM code page
}
