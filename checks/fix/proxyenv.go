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
	files := slices.Concat(systemEnvironmentFiles, c.confFiles("/etc/profile.d", ".sh"), c.confFiles("/etc/environment.d", ".conf"),
		c.confFiles("/etc/systemd/system.conf.d", ".conf"), c.environmentFiles())
	var all []string
	for _, f := range files {
		content, err := c.readEdited(f)
		if err != nil {
			continue
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

// envFile is one of the person's files: "on" where it sets a proxy, "off" where it does not.
type envFile struct {
	c    *Computer
	path string
}

func (e envFile) id() string { return e.path }

func (e envFile) shell() bool {
	return !strings.HasSuffix(e.path, ".conf") && path.Base(e.path) != ".pam_environment"
}

// ours tells of a line behind our mark whether this fix switched it off.
func (e envFile) ours() func(string) bool {
	return func(line string) bool { yes, _ := setsProxy(e.shell())(line); return yes }
}

func (e envFile) read(context.Context) (string, error) {
	content, err := e.c.readEdited(e.path)
	if err != nil {
		return "", err
	}
	_, active := commentOut(content, setsProxy(e.shell()))
	_, ours := restored(content, e.ours())
	switch {
	case len(active) > 0 && ours > 0:
		return "both", nil // somebody has added another one since
	case len(active) > 0:
		return "on", nil
	}
	return "off", nil
}

func (e envFile) put(_ context.Context, value string) ([]Step, error) {
	s := Step{Call: e.path + ": " + value}
	err := e.c.tidy(e.path)
	var content []byte
	if err == nil {
		content, err = e.c.readEdited(e.path)
	}
	if err != nil {
		return []Step{s}, err
	}
	changed, lines := content, 0
	if value == "off" {
		var off []string
		changed, off = commentOut(content, setsProxy(e.shell()))
		lines = len(off)
	} else {
		changed, lines = restored(content, e.ours())
	}
	if lines == 0 {
		return nil, nil // whoever wrote it anew took our mark away with the line
	}
	s.Call = fmt.Sprintf("%s: %s (%d lines)", e.path, value, lines)
	return []Step{s}, e.c.rewrite(e.path, content, changed)
}
