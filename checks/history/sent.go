package history

// The messages that were handed out: to whom, when and how. Not their text: that is made anew from the check, and what was sent lies with
// who got it.

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// How a message or a report was handed out. Whether it was really sent afterwards is not known here.
const (
	ByCopy = "copied"
	ByMail = "mail"  // the mail program was opened with it
	BySave = "saved" // to a file
	ByCode = "code"  // shown as a QR code
)

// Sent is one message, or one report, that was handed out.
type Sent struct {
	At   time.Time `json:"at"`
	Host string    `json:"host"` // the site that it is about
	To   string    `json:"to"`   // a kind of message (report.MessageKind), or "" for the report itself
	How  string    `json:"how"`
}

const (
	sentFile = "messages.jsonl" // one object a line
	// LinesFile is what the person wrote about an outage (checks/incident): it goes with the checks.
	LinesFile = "incidents.json"
	// keepSent is how many messages are kept: as many as checks.
	keepSent = keepChecks
)

// Note writes down that a message was handed out.
func (s Store) Note(m Sent) error {
	if s.Dir == "" || m.Host == "" {
		return nil
	}
	list, err := s.Sent()
	if err != nil {
		return err
	}
	list = append([]Sent{m}, list...)
	list = list[:min(len(list), keepSent)]
	var b bytes.Buffer
	for _, m := range slices.Backward(list) { // the oldest first, as they came
		line, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("writing down the message about %s: %w", m.Host, err)
		}
		b.Write(append(line, '\n'))
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of past checks: %w", err)
	}
	return s.replace(sentFile, b.Bytes())
}

// replace writes a file of the folder as a whole, or not at all.
func (s Store) replace(name string, content []byte) error {
	f, err := os.CreateTemp(s.Dir, ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, werr := f.Write(content)
	if err := cmp.Or(werr, f.Close()); err != nil {
		_ = os.Remove(f.Name()) // the first error matters
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(f.Name(), filepath.Join(s.Dir, name)); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// Sent gives the messages that were handed out, the newest first. A line that cannot be read is left out.
func (s Store) Sent() ([]Sent, error) {
	if s.Dir == "" {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(s.Dir, sentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the messages that were handed out: %w", err)
	}
	defer f.Close()
	var list []Sent
	lines := bufio.NewScanner(f)
	for lines.Scan() && len(list) < keepSent {
		var m Sent
		if json.Unmarshal(lines.Bytes(), &m) == nil && m.Host != "" {
			list = append(list, m)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the messages that were handed out: %w", err)
	}
	slices.Reverse(list)
	return list, nil
}
