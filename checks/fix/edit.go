// Commenting out lines of a text file so that the very same bytes can be put back, and putting a file's new content in its place.

package fix

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	// commented begins a line that this program switched off. What follows is the line, byte for byte.
	commented = "# passerelle: "
	// instead ends a line that this program put before one that it switched off.
	insteadEnd = " # passerelle"
	// maxEdited is how large a file may be, bytes: block lists of hosts files reach some ten MB.
	maxEdited = 64 << 20
)

// utf8Mark is what Notepad puts at the beginning of a file.
var utf8Mark = []byte("\xef\xbb\xbf")

// lineEnd splits a line from its end: "\n", "\r\n" or nothing.
func lineEnd(line []byte) (text, end []byte) {
	text = bytes.TrimSuffix(line, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	return text, line[len(text):]
}

// commentOut switches off the lines that off wants switched off. before, if any, goes on a line before it, in its place.
func commentOut(content []byte, off func(line string) (yes bool, before string)) (changed []byte, lines []string) {
	rest, ok := bytes.CutPrefix(content, utf8Mark)
	var out bytes.Buffer
	if ok {
		out.Write(utf8Mark)
	}
	for line := range bytes.Lines(rest) {
		text, end := lineEnd(line)
		if yes, before := off(string(text)); yes {
			lines = append(lines, string(text))
			if before != "" {
				out.WriteString(before + insteadEnd)
				if len(end) == 0 {
					end = usualEnd(content)
				}
				out.Write(end)
			}
			out.WriteString(commented)
		}
		out.Write(line)
	}
	return out.Bytes(), lines
}

// usualEnd is how this file ends its lines.
func usualEnd(content []byte) []byte {
	if bytes.Contains(content, []byte("\r\n")) {
		return []byte("\r\n")
	}
	return []byte("\n")
}

// restored takes back what commentOut did, for the lines that are ours.
func restored(content []byte, ours func(line string) bool) (changed []byte, lines int) {
	rest, marked := bytes.CutPrefix(content, utf8Mark)
	all := slices.Collect(bytes.Lines(rest))
	switchedOff := func(i int) (string, bool) {
		if i >= len(all) {
			return "", false
		}
		text, _ := lineEnd(all[i])
		was, ok := strings.CutPrefix(string(text), commented)
		return was, ok && ours(was)
	}
	var out bytes.Buffer
	if marked {
		out.Write(utf8Mark)
	}
	for i, line := range all {
		text, _ := lineEnd(line)
		if _, next := switchedOff(i + 1); next && bytes.HasSuffix(text, []byte(insteadEnd)) {
			continue
		}
		if _, is := switchedOff(i); is {
			lines++
			line = line[len(commented):]
		}
		out.Write(line)
	}
	return out.Bytes(), lines
}

// hash is the SHA-256 of a file's content, in hexadecimal.
func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// torn tells whether a write in place from old to new was cut short: the beginning of the one, the end of the other.
func torn(now, old, changed []byte) bool {
	same := 0
	for same < len(now) && same < len(changed) && now[same] == changed[same] {
		same++
	}
	switch {
	case len(now) == len(old): // still to be lengthened, or overwritten so far
		return bytes.HasSuffix(old, now[same:])
	case len(now) > len(old): // growing
		return same == len(now) || (len(now) <= len(changed) && bytes.Equal(now[:same], changed[:same]) && same >= len(old))
	}
	return same == len(now) // shortened already
}

// readEdited reads a file that is to be edited, through symbolic links.
func (c *Computer) readEdited(path string) ([]byte, error) {
	st, err := os.Stat(c.file(path))
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxEdited {
		return nil, fmt.Errorf("reading %s: not an ordinary file of a usual size", path)
	}
	return os.ReadFile(c.file(path))
}

// errMeanwhile: the file is not what it was a moment ago.
var errMeanwhile = errors.New("it was changed meanwhile")

// rewrite puts content in the place of old: a file beside it, on the disk, renamed over it, with its mode, owner and label. A mount
// point cannot be renamed over: it is written in place, with a copy of the old content kept until it was read again.
func (c *Computer) rewrite(path string, old, content []byte) error {
	real, err := filepath.EvalSymlinks(c.file(path))
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	now, err := os.ReadFile(real)
	if err == nil && !bytes.Equal(now, old) {
		err = errMeanwhile
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	err = replace(real, content)
	if inPlace(err) {
		err = c.overwrite(real, old, content)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// besideName is the file that will take another's place. One name only, so that what a crash left behind is found and taken away.
func besideName(real string) string {
	return filepath.Join(filepath.Dir(real), "."+filepath.Base(real)+".passerelle")
}

// tidy takes away what a crash left beside a file.
func (c *Computer) tidy(path string) {
	real, err := filepath.EvalSymlinks(c.file(path))
	if err != nil {
		return
	}
	if st, err := os.Lstat(besideName(real)); err == nil && st.Mode().IsRegular() {
		_ = os.Remove(besideName(real))
	}
}

const (
	// renameTries: Windows refuses to replace a file while an antivirus looks at it, for some 100 ms (Tailscale tries five times).
	renameTries = 5
	renamePause = 60 * time.Millisecond
)

// replace writes beside and renames over.
func replace(real string, content []byte) error {
	st, err := os.Stat(real)
	if err != nil {
		return err
	}
	if isMountPoint(real) {
		return errInPlace
	}
	beside := besideName(real)
	_ = os.Remove(beside)
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(beside) // nothing is there any more once it was renamed
	if _, err = f.Write(content); err == nil {
		err = sameAs(f, real, st)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if err = os.Rename(beside, real); err == nil || runtime.GOOS != "windows" || try == renameTries {
			break
		}
		time.Sleep(renamePause)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(real))
}

// errInPlace: the file can only be written where it is.
var errInPlace = errors.New("a mount point")

// inPlace tells whether a file has to be written where it is: a mount point, or a folder in which nothing can be made.
func inPlace(err error) bool {
	return errors.Is(err, errInPlace) || busy(err) || errors.Is(err, fs.ErrPermission)
}

// overwrite writes a file in place, with a copy of its old content on the disk until it was read again.
func (c *Computer) overwrite(real string, old, content []byte) error {
	keep, err := c.copyFile(hash(old))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(keep), 0o700); err != nil {
		return err
	}
	if err := writeWhole(keep, old); err != nil {
		return fmt.Errorf("keeping a copy: %w", err)
	}
	if err := writeInPlace(real, content); err != nil {
		return err
	}
	return os.Remove(keep)
}

func writeInPlace(real string, content []byte) error {
	f, err := os.OpenFile(real, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(content, 0)
	if err == nil {
		err = f.Truncate(int64(len(content)))
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	now, err := os.ReadFile(real)
	if err == nil && !bytes.Equal(now, content) {
		err = errors.New("read again, it is not what was written")
	}
	return err
}

// copyFile is where the old content of a file that is written in place is kept, by its hash.
func (c *Computer) copyFile(sum string) (string, error) {
	dir, err := StateDir(c.env)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "in-place", sum), nil
}

// mendTorn puts back the old content of a file whose writing in place was cut short. change is what was being done to it.
func (c *Computer) mendTorn(path, sum string, now []byte, change func(old []byte) []byte) ([]byte, error) {
	keep, err := c.copyFile(sum)
	if err != nil {
		return now, nil
	}
	old, err := os.ReadFile(keep)
	if err != nil || hash(old) != sum {
		return now, nil
	}
	changed := change(old)
	real, err := filepath.EvalSymlinks(c.file(path))
	if err != nil {
		return now, err
	}
	if torn(now, old, changed) || torn(now, changed, old) {
		if err := writeInPlace(real, old); err != nil {
			return now, fmt.Errorf("putting back %s: %w", path, err)
		}
		now = old
	}
	return now, os.Remove(keep)
}
