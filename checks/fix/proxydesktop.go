// The proxy of GNOME and its relatives (gsettings) and of KDE (kioslaverc).

package fix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// gnomeProxy is the key "mode": 'none', 'manual' or 'auto'. Hosts and ports are other keys, and stay.
type gnomeProxy struct{ c *Computer }

func (gnomeProxy) id() string { return "org.gnome.system.proxy mode" }

func (gnomeProxy) on(mode string) bool { return mode != "none" }

func (g gnomeProxy) read(ctx context.Context) (string, error) {
	tool := g.c.tool("gsettings")
	if tool == "" {
		return "", errors.New("gsettings is not installed")
	}
	r := g.c.Run.Run(ctx, []string{tool, "get", "org.gnome.system.proxy", "mode"}, askLimit)
	mode := strings.Trim(strings.TrimSpace(r.Out), "'")
	if !r.OK() || !slices.Contains([]string{"none", "manual", "auto"}, mode) {
		return "", fmt.Errorf("reading the proxy mode of the desktop: exit status %d: %s", r.Exit, printed(r))
	}
	return mode, nil
}

// put: gsettings ends with 0 also where it could not write (no session bus), so the mode is read again.
func (g gnomeProxy) put(ctx context.Context, value string) ([]Step, error) {
	if !slices.Contains([]string{"none", "manual", "auto"}, value) {
		return nil, fmt.Errorf("%q is no proxy mode", abridged(value))
	}
	s, ran := g.c.step(ctx, []string{g.c.tool("gsettings"), "set", "org.gnome.system.proxy", "mode", value}, CommandLimit)
	now, err := g.read(ctx)
	switch {
	case err != nil:
		return []Step{s}, err
	case !ran.OK() || now != value:
		return []Step{s}, fmt.Errorf("setting the proxy mode of the desktop: it is still %s: %s", now, s.Output)
	}
	return []Step{s}, nil
}

// kdeProxy is the key ProxyType of the group [Proxy Settings] of kioslaverc: 0 none, 1 manual, 2 script, 3 discovered, 4 environment.
type kdeProxy struct{ c *Computer }

func (kdeProxy) id() string { return "kioslaverc ProxyType" }

func (kdeProxy) on(kind string) bool { return kind != "0" && kind != "" }

func (k kdeProxy) tidy() error { return k.c.tidy(k.path()) }

func (k kdeProxy) path() string { return path.Join(k.c.configHome(), "kioslaverc") }

// configHome is where this person's settings are.
func (c *Computer) configHome() string {
	if d := c.env("XDG_CONFIG_HOME"); path.IsAbs(d) {
		return d
	}
	return path.Join(c.env("HOME"), ".config")
}

func (k kdeProxy) read(context.Context) (string, error) {
	content, err := k.c.readEdited(k.path())
	if err != nil {
		return "", err
	}
	_, value, _ := kdeValue(content)
	return value, nil
}

// kdeValue finds the value's place in the file. at is -1 where there is none; locked: an administrator fixed it ([$i]).
func kdeValue(content []byte) (at int, value string, locked bool) {
	at, offset, in := -1, 0, false
	for line := range bytes.Lines(content) {
		text, _ := lineEnd(line)
		t := strings.TrimSpace(string(text))
		if strings.HasPrefix(t, "[") {
			in = strings.HasPrefix(t, "[Proxy Settings]") && !strings.HasPrefix(t, "[Proxy Settings][") || t == "[Proxy Settings][$i]"
			locked = locked || in && strings.HasSuffix(t, "[$i]")
		} else if key, v, ok := strings.Cut(string(text), "="); ok && in {
			name, flags, _ := strings.Cut(strings.TrimSpace(key), "[")
			if name == "ProxyType" {
				locked = locked || strings.Contains(flags, "$i")
				value = strings.TrimSpace(v)
				at = offset + len(key) + 1 + strings.Index(v, value)
			}
		}
		offset += len(line)
	}
	return at, value, locked
}

func (k kdeProxy) put(ctx context.Context, value string) ([]Step, error) {
	if len(value) != 1 || value < "0" || value > "4" {
		return nil, fmt.Errorf("%q is no kind of proxy", abridged(value))
	}
	s := Step{Call: k.path() + ": ProxyType=" + value}
	content, err := k.c.readEdited(k.path())
	if err != nil {
		return []Step{s}, err
	}
	at, was, locked := kdeValue(content)
	switch {
	case locked:
		return []Step{s}, errors.New("the proxy settings of KDE are fixed by an administrator")
	case at < 0:
		return []Step{s}, errors.New("kioslaverc names no kind of proxy")
	}
	changed := slices.Concat(content[:at], []byte(value), content[at+len(was):])
	if err := k.c.rewrite(k.path(), content, changed); err != nil {
		return []Step{s}, err
	}
	steps := []Step{s}
	if tool := k.c.tool("dbus-send"); tool != "" { // running programs of KDE read the file again; those started later do anyhow
		told, _ := k.c.step(ctx, []string{tool, "--type=signal", "/KIO/Scheduler", "org.kde.KIO.Scheduler.reparseSlaveConfiguration", "string:"}, CommandLimit)
		steps = append(steps, told)
	}
	return steps, nil
}
