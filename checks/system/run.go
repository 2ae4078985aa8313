// How files and programs are read: bounded in size and time, without shell, in the C locale.

package system

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// killGrace is how long a program that was told to stop may keep its output open before it is left alone.
const killGrace = 100 * time.Millisecond

// errTooLarge says that a file or an answer is larger than anything honest.
var errTooLarge = errors.New("larger than the limit")

// readBounded reads a regular file of at most max bytes. Pipes and devices are refused: opening one could wait for ever.
func readBounded(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading %s: no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("reading %s: %w", path, errTooLarge)
	}
	return b, nil
}

// runProgram starts a program by its absolute path and gives its standard output, at most maxOutput bytes. Messages are in the
// C locale, since translated ones cannot be read; what an AppImage sets for its own libraries is left out (sysproxy-rs).
func runProgram(ctx context.Context, path string, args ...string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("running %q: not an absolute path", path)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = programEnviron(os.Environ())
	cmd.WaitDelay = killGrace
	hideWindow(cmd)
	var out cappedBuffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("running %s: %w", path, err)
	}
	return out.Bytes(), nil
}

func programEnviron(from []string) []string {
	env := make([]string, 0, len(from)+1)
	for _, kv := range from {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "LC_ALL", "LANGUAGE", "LANG", "LD_LIBRARY_PATH", "LD_PRELOAD":
			continue
		}
		env = append(env, kv)
	}
	return append(env, "LC_ALL=C")
}

// cappedBuffer keeps the first maxOutput bytes and swallows the rest.
type cappedBuffer struct{ bytes.Buffer }

func (b *cappedBuffer) Write(p []byte) (int, error) {
	if room := maxOutput - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

// findProgram gives the first of these absolute paths that exists for this Reader, or "".
func (r *Reader) findProgram(paths ...string) string {
	for _, p := range paths {
		if info, err := os.Stat(r.path(p)); err == nil && info.Mode().IsRegular() {
			return r.path(p)
		}
	}
	return ""
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
