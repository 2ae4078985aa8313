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
	"strings"
	"time"
)

// maxEdited is how large a file may be, bytes: block lists of hosts files reach some ten MB.
const maxEdited = 64 << 20

// A mark says which change a line belongs to, by the beginning of the hash of the whole file before it: changes of the same file are
// undone apart from each other.
const markLength = 8

// commented begins a line that was switched off. What follows is the line, byte for byte.
func commented(old []byte) string { return "# passerelle " + hash(old)[:markLength] + ": " }

// insteadEnd ends a line that was put before one that was switched off, in its place.
func insteadEnd(old []byte) string { return " # passerelle " + hash(old)[:markLength] }

// utf8Mark is what Notepad puts at the beginning of a file.
var utf8Mark = []byte("\xef\xbb\xbf")

// lineEnd splits a line from its end: "\n", "\r\n" or nothing.
func lineEnd(line []byte) (text, end []byte) {
	text, ok := bytes.CutSuffix(line, []byte("\n"))
	if ok {
		text = bytes.TrimSuffix(text, []byte("\r")) // alone it ends no line
	}
	return text, line[len(text):]
}

// commentOut switches off the lines that off wants switched off. before, if any, goes on a line (or several) before it, in its place.
func commentOut(content []byte, off func(line string) (yes bool, before string)) (changed []byte, lines []string) {
	rest, ok := bytes.CutPrefix(content, utf8Mark)
	var out bytes.Buffer
	if ok {
		out.Write(utf8Mark)
	}
	mark, instead := commented(content), insteadEnd(content)
	for line := range bytes.Lines(rest) {
		text, end := lineEnd(line)
		if yes, before := off(string(text)); yes {
			lines = append(lines, string(text))
			if len(end) == 0 {
				end = usualEnd(content)
			}
			for line := range strings.Lines(before) {
				out.WriteString(strings.TrimSuffix(line, "\n") + instead)
				out.Write(end)
			}
			out.WriteString(mark)
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

// restored takes back what commentOut did to a file whose hash was sum, whatever others have done to it since.
func restored(content []byte, sum string) (changed []byte, lines int) {
	if len(sum) < markLength {
		return content, 0
	}
	mark, instead := []byte("# passerelle "+sum[:markLength]+": "), []byte(" # passerelle "+sum[:markLength])
	rest, marked := bytes.CutPrefix(content, utf8Mark)
	var out bytes.Buffer
	if marked {
		out.Write(utf8Mark)
	}
	for line := range bytes.Lines(rest) {
		text, _ := lineEnd(line)
		if bytes.HasSuffix(text, instead) {
			lines++
			continue
		}
		if was, ok := bytes.CutPrefix(line, mark); ok {
			lines++
			line = was
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

// torn tells whether a write in place from old to changed was cut short: the beginning of the one, the end of the other.
func torn(now, old, changed []byte) bool {
	same := 0
	for same < len(now) && same < len(changed) && now[same] == changed[same] {
		same++
	}
	switch {
	case len(now) == len(old):
		return bytes.Equal(now[same:], old[same:])
	case len(now) > len(old):
		return same == len(now)
	}
	return false
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

// tidy clears up what a crash left behind: a file beside, or a write in place that was cut short, which is taken back.
func (c *Computer) tidy(path string) error {
	real, err := filepath.EvalSymlinks(c.file(path))
	if err != nil {
		return nil // no such file: nothing was begun
	}
	if st, err := os.Lstat(besideName(real)); err == nil && st.Mode().IsRegular() {
		_ = os.Remove(besideName(real))
	}
	before, after, err := c.copies(real)
	if err != nil || !c.ownCopies(before, after) {
		return nil
	}
	old, err1 := os.ReadFile(before)
	changed, err2 := os.ReadFile(after)
	now, err3 := os.ReadFile(real)
	if err1 == nil && err2 == nil && err3 == nil && !bytes.Equal(now, changed) && torn(now, old, changed) {
		if err := writeInPlace(real, old); err != nil {
			return fmt.Errorf("putting back %s: %w", path, err)
		}
	}
	_ = os.Remove(after)
	_ = os.Remove(before)
	return nil
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

// overwrite writes a file in place, with copies of its old and its new content on the disk until it was read again.
func (c *Computer) overwrite(real string, old, content []byte) error {
	before, after, err := c.copies(real)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(before), 0o700)
	}
	if err == nil {
		err = WriteWhole(before, old)
	}
	if err == nil {
		err = WriteWhole(after, content)
	}
	if err != nil {
		return fmt.Errorf("keeping a copy: %w", err)
	}
	if err := writeInPlace(real, content); err != nil {
		return err
	}
	_ = os.Remove(after)
	if err := os.Remove(before); err != nil {
		return err
	}
	if dir := filepath.Dir(before); filepath.Base(dir) == copiesFolder {
		_ = os.Remove(dir) // nothing of ours stays; a folder that holds something does
		_ = os.Remove(filepath.Dir(dir))
	}
	return nil
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

// Where an administrator keeps copies meanwhile: what root puts back must not come from where any program of the person may write, so
// that neither PASSERELLE_STATE nor HOME counts then (osascript and sudo on a Mac, and Windows, leave the person's).
const (
	copiesFolder  = "in-place"
	rootCopies    = "/var/cache/passerelle/" + copiesFolder
	rootCopiesMac = "/var/db/passerelle/" + copiesFolder
)

// copies are where the contents of a file that is written in place are kept meanwhile.
func (c *Computer) copies(real string) (before, after string, err error) {
	dir := c.file(rootCopies)
	switch {
	case c.admin() && c.OS == "windows": // beside the file, in a folder of the system's
		base := besideName(real)
		return base + ".before", base + ".after", nil
	case c.admin() && c.OS == "darwin":
		dir = c.file(rootCopiesMac)
	case !c.admin():
		if dir, err = StateDir(c.env); err != nil {
			return "", "", err
		}
		dir = filepath.Join(dir, copiesFolder)
	}
	base := filepath.Join(dir, hash([]byte(real)))
	return base + ".before", base + ".after", nil
}

// ownCopies: the copies that there are were written by whoever is about to put them back.
func (c *Computer) ownCopies(paths ...string) bool {
	for _, p := range paths {
		st, err := os.Lstat(p)
		if err != nil {
			continue
		}
		const othersWrite = 0o022
		if !st.Mode().IsRegular() || c.OS != "windows" && (st.Mode()&othersWrite != 0 || ownerOf(st) != os.Geteuid()) {
			return false
		}
	}
	return true
}
