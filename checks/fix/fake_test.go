package fix

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeRunner keeps every command and answers from a list.
type fakeRunner struct {
	ran     [][]string
	opened  [][]string
	answers map[string]Ran // by what the command line holds; else it ends well
}

func (f *fakeRunner) answer(argv []string) Ran {
	for part, r := range f.answers {
		if strings.Contains(strings.Join(argv, " "), part) {
			return r
		}
	}
	return Ran{}
}

func (f *fakeRunner) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	f.ran = append(f.ran, argv)
	return f.answer(argv)
}

func (f *fakeRunner) Open(_ context.Context, argv []string) Ran {
	f.opened = append(f.opened, argv)
	return f.answer(argv)
}

// runnerFunc answers every command.
type runnerFunc func(argv []string) Ran

func (f runnerFunc) Run(_ context.Context, argv []string, _ time.Duration) Ran { return f(argv) }
func (f runnerFunc) Open(_ context.Context, argv []string) Ran                 { return f(argv) }

// fakeBus is a systemd-resolved whose answers carry the given flags, one after the other.
type fakeBus struct {
	owned  bool
	flags  []uint64
	sizes  []uint64
	calls  []string
	refuse error
}

func (f *fakeBus) HasOwner(context.Context, string) (bool, error) { return f.owned, nil }

func (f *fakeBus) Call(_ context.Context, _, _, method string, _ bool, args ...any) ([]any, error) {
	f.calls = append(f.calls, method)
	next := func(list *[]uint64) uint64 {
		v := (*list)[0]
		if len(*list) > 1 {
			*list = (*list)[1:]
		}
		return v
	}
	switch {
	case strings.HasSuffix(method, "FlushCaches"):
		return nil, f.refuse
	case strings.HasSuffix(method, "ResolveHostname") && len(f.flags) > 0:
		return []any{nil, args[1], next(&f.flags)}, nil
	case strings.HasSuffix(method, "Properties.Get") && len(f.sizes) > 0:
		return []any{[]any{next(&f.sizes), uint64(1), uint64(1)}}, nil
	}
	return nil, errors.New("no such thing")
}

// fake is a computer in a folder: files by path, tools in /usr/bin.
func fake(t *testing.T, system string, files map[string]string, tools ...string) (*Computer, *fakeRunner) {
	t.Helper()
	run := &fakeRunner{answers: map[string]Ran{}}
	c := &Computer{OS: system, Root: t.TempDir(), UID: 1000, Dirs: []string{"/usr/bin", "/usr/sbin"}, Run: run, Settle: 20 * time.Millisecond,
		Getenv: func(name string) string { return map[string]string{"DISPLAY": ":0", "HOME": "/home/p"}[name] }}
	for path, content := range files {
		put(t, c.file(path), content, 0o644)
	}
	for _, tool := range tools {
		put(t, c.file("/usr/bin/"+tool), "", 0o755)
	}
	return c, run
}

func put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// helperHere gives a computer a helper that it may start.
func helperHere(t *testing.T, c *Computer) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("skipped: who may replace a program is told by bits that Windows does not have")
	}
	p := filepath.Join(t.TempDir(), "passerelle")
	put(t, p, "", 0o755)
	c.Helper = func() (string, error) { return p, nil }
	return p
}

// yes is a run on a computer, with a journal of its own and somebody who agrees.
func yes(t *testing.T, c *Computer) Env {
	t.Helper()
	j, err := Open(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	return Env{Computer: c, Journal: j, Confirm: func(context.Context, Plan) error { return nil }}
}

// gives is a look-up that always gives these addresses.
func gives(addrs ...string) Lookup {
	return func(context.Context, string) ([]netip.Addr, error) {
		var all []netip.Addr
		for _, a := range addrs {
			all = append(all, netip.MustParseAddr(a))
		}
		return all, nil
	}
}

// resolvedFiles is a computer that asks systemd-resolved.
var resolvedFiles = map[string]string{"/etc/resolv.conf": "# stub\nnameserver 127.0.0.53\noptions edns0\n"}

func kindsOf(f found) string { return kinds(f.Caches) }

func commands(steps []Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, s.String())
	}
	return strings.Join(all, "; ")
}

func has(all [][]string, argv ...string) bool {
	return slices.ContainsFunc(all, func(a []string) bool { return slices.Equal(a, argv) })
}
