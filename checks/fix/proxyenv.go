// The proxy of the environment (http_proxy and its like). It cannot be changed for programs that run: only where it is set, for
// those started after the next sign-in. The person's own files are edited, the system's are named.

package fix

import (
	"context"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// proxyVariables are the names, in lower case.
var proxyVariables = []string{"http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "socks_proxy"}

// proxyEnvironment names the variables that are set for this program.
func (c *Computer) proxyEnvironment() []string {
	var set []string
	for _, n := range proxyVariables {
		for _, name := range []string{n, strings.ToUpper(n)} {
			if c.env(name) != "" {
				set = append(set, name)
			}
		}
	}
	return set
}

// ownEnvironmentFiles are this person's files that set variables, below the home folder.
var ownEnvironmentFiles = []string{".profile", ".bash_profile", ".bash_login", ".bashrc", ".zprofile", ".zshenv", ".zshrc", ".xprofile", ".xsessionrc", ".pam_environment"}

// systemEnvironmentFiles are those of the whole computer.
var systemEnvironmentFiles = []string{"/etc/environment", "/etc/profile", "/etc/bash.bashrc", "/etc/zsh/zshenv", "/etc/security/pam_env.conf"}

// environmentFiles are the files of this person that there are.
func (c *Computer) environmentFiles() []string {
	home := c.env("HOME")
	if !path.IsAbs(home) {
		return nil
	}
	var all []string
	for _, f := range ownEnvironmentFiles {
		if p := path.Join(home, f); c.exists(p) {
			all = append(all, p)
		}
	}
	return append(all, c.confFiles(path.Join(c.configHome(), "environment.d"), ".conf")...)
}

func (c *Computer) confFiles(dir, ending string) []string {
	var all []string
	entries, _ := os.ReadDir(c.file(dir))
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ending) && e.Type().IsRegular() {
			all = append(all, path.Join(dir, e.Name()))
		}
	}
	return all
}

// environmentElsewhere names the files that set a proxy in a way that is told and not touched: the system's, and lines of the person's
// own that are more than an assignment.
func (c *Computer) environmentElsewhere() []string {
	own := c.environmentFiles()
	files := slices.Concat(systemEnvironmentFiles, c.confFiles("/etc/profile.d", ".sh"), c.confFiles("/etc/environment.d", ".conf"),
		c.confFiles("/etc/systemd/system.conf.d", ".conf"), own)
	var all []string
	for _, f := range files {
		content, err := c.readEdited(f)
		if err != nil {
			continue
		}
		if slices.Contains(own, f) {
			content, _ = commentOut(content, setsProxy(envFile{c, f}.shell())) // what we can switch off is no longer elsewhere
		}
		for line := range strings.Lines(string(content)) {
			if !strings.HasPrefix(strings.TrimSpace(line), "#") && anyAssignment.MatchString(line) {
				all = append(all, f)
				break
			}
		}
	}
	return all
}

var (
	anyAssignment = regexp.MustCompile(`(?i)(^|[\s;"'])(https?|all|ftp|socks)_proxy\s*=`)
	// assignments is a line of nothing but assignments with plain, quoted or empty values: `export http_proxy="http://…" HTTPS_PROXY=…`,
	// `http_proxy=… # why`, and pam_environment's `http_proxy DEFAULT=…`.
	assignments = regexp.MustCompile(`^(\s*)(?:export\s+|typeset\s+-x\s+|declare\s+-x\s+)?((?:[A-Za-z_][A-Za-z0-9_]*(?:\s+(?:DEFAULT|OVERRIDE))?=(?:"(?:[^"$` + "`" + `\\]|\$[A-Za-z_{])*"|'[^']*'|[^\s"'` + "`" + `\\;&|()<>#]*)\s*)+);?\s*(?:#.*)?$`)
	assigned    = regexp.MustCompile(`(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)(?:\s+(?:DEFAULT|OVERRIDE))?=`)
	quoted      = regexp.MustCompile(`"[^"]*"|'[^']*'`)
)

// setsProxy finds the lines that set a proxy and nothing else. In a block of a shell file (the line is indented) an empty command takes
// its place, since an empty block is an error there.
func setsProxy(shell bool) func(string) (bool, string) {
	after := false // the line before went on with a backslash
	return func(line string) (bool, string) {
		goesOn := strings.HasSuffix(strings.TrimSpace(line), `\`)
		was := after
		after = goesOn
		m := assignments.FindStringSubmatch(line)
		if m == nil || was || goesOn {
			return false, ""
		}
		names := assigned.FindAllStringSubmatch(quoted.ReplaceAllString(m[2], `""`), -1)
		for _, n := range names {
			if !slices.Contains(proxyVariables, strings.ToLower(n[1])) {
				return false, ""
			}
		}
		if shell && m[1] != "" {
			return len(names) > 0, m[1] + ":"
		}
		return len(names) > 0, ""
	}
}

// envFile is one of the person's files: "off" where it sets no proxy, "on HASH" (of the whole file) where it does.
type envFile struct {
	c    *Computer
	path string
}

func (e envFile) id() string { return e.path }

func (e envFile) tidy() error { return e.c.tidy(e.path) }

func (e envFile) shell() bool {
	return !strings.HasSuffix(e.path, ".conf") && path.Base(e.path) != ".pam_environment"
}

func (e envFile) read(context.Context) (string, error) {
	content, err := e.c.readEdited(e.path)
	if err != nil {
		return "", err
	}
	if _, lines := commentOut(content, setsProxy(e.shell())); len(lines) > 0 {
		return "on " + hash(content), nil
	}
	return "off", nil
}

func (e envFile) put(_ context.Context, value string) ([]Step, error) {
	s := Step{Call: e.path + ": proxy off"}
	content, err := e.c.readEdited(e.path)
	if err != nil {
		return []Step{s}, err
	}
	var changed []byte
	if sum, on := strings.CutPrefix(value, "on "); on {
		var lines int
		s.Call = e.path + ": as before"
		if changed, lines = restored(content, sum); lines == 0 {
			return nil, nil // whoever wrote it anew took our mark away with the line
		}
	} else {
		var off []string
		changed, off = commentOut(content, setsProxy(e.shell()))
		s.Call = fmt.Sprintf("%s: %d lines commented out", e.path, len(off))
	}
	return []Step{s}, e.c.rewrite(e.path, content, changed)
}

// programEnvironment is what this very program was given when it was started. Once the person's files set no proxy any more it is taken
// away here too: the check that follows goes the way that everything started after the next sign-in goes, and so does a browser that we
// open. "on" where it names a proxy, else "off".
type programEnvironment struct{ c *Computer }

func (programEnvironment) id() string { return "environment of this program" }

func (p programEnvironment) read(context.Context) (string, error) {
	if len(p.c.proxyEnvironment()) > 0 {
		return "on", nil
	}
	return "off", nil
}

// takenAway has the variables that were taken away, for the way back. It is not written down: they may hold a password, and another process
// has an environment of its own.
var takenAway struct {
	sync.Mutex
	values map[string]string
}

func (p programEnvironment) put(_ context.Context, value string) ([]Step, error) {
	takenAway.Lock()
	defer takenAway.Unlock()
	change := map[string]string{}
	if value == "on" {
		change, takenAway.values = takenAway.values, nil
	} else {
		takenAway.values = map[string]string{}
		for _, name := range p.c.proxyEnvironment() {
			takenAway.values[name] = p.c.env(name)
			change[name] = ""
		}
	}
	for name, v := range change {
		if err := p.c.Setenv(name, v); err != nil {
			return nil, fmt.Errorf("changing %s of this program: %w", name, err)
		}
	}
	return nil, nil
}

// ownProxyOnly tells whether every proxy of this program's environment comes from lines of the person's files that we switch off.
func (c *Computer) ownProxyOnly(files []envFile) bool {
	if len(c.environmentElsewhere()) > 0 {
		return false
	}
	var names []string
	for _, f := range files {
		content, err := c.readEdited(f.path)
		if err != nil {
			return false
		}
		_, lines := commentOut(content, setsProxy(f.shell()))
		for _, n := range assigned.FindAllStringSubmatch(strings.Join(lines, "\n"), -1) {
			names = append(names, strings.ToLower(n[1]))
		}
	}
	return !slices.ContainsFunc(c.proxyEnvironment(), func(n string) bool { return !slices.Contains(names, strings.ToLower(n)) })
}

// setenv is Computer.Setenv of this program.
func setenv(name, value string) error {
	if value == "" {
		return os.Unsetenv(name)
	}
	return os.Setenv(name, value)
}
