package ui

// A file that is dropped on the window: a saved report is opened again, a saved page or answer is explained, a picture of the screen is
// added to the report that is being written. Nothing in a file is believed: it may come from anybody.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/history"
	"passerelle/checks/report"
	"passerelle/ui/flow"
)

const (
	// maxDropped bounds a text that is explained, bytes: a page is never read further than this (CONTRACT.md).
	maxDropped = 1 << 20
	// maxPrefilled bounds what is put into the field for a pasted text, bytes: an error says what it is at its beginning, and a whole page
	// in a field helps nobody.
	maxPrefilled = 4 << 10
)

// Why a file could not be used. Their words are "ui.dropped." + name.
var (
	errDroppedPicture = errors.New("a picture cannot be read as text")
	errDroppedOther   = errors.New("neither a report, nor a page, nor a text")
)

// Drop takes files that were dropped on the window: the first one counts.
func (s *Shell) Drop(files []string) {
	if len(files) == 0 {
		return
	}
	before := s.state
	s.Send(flow.Dropped{Name: files[0]})
	if before.Running || before.Starting || s.Busy() {
		s.toast("ui.dropped.busy")
	}
}

// dropped reads a file off the UI goroutine.
func (s *Shell) dropped(name string) {
	toPapers := s.state.Page == flow.Papers
	go func() {
		var ev flow.Event
		err := safely(func() (err error) { ev, err = s.read(name, toPapers); return err })
		s.deps.Dispatch(func() {
			switch {
			case errors.Is(err, errDroppedPicture):
				s.toast("ui.dropped.picture")
			case errors.Is(err, errDroppedOther):
				s.toast("ui.dropped.other")
			case err != nil:
				s.toast("ui.dropped.unreadable")
			default:
				s.Send(ev)
			}
		})
	}()
}

// read tells what a file is.
func (s *Shell) read(name string, toPapers bool) (flow.Event, error) {
	info, err := os.Stat(name) // before it is opened: opening a pipe or a device may wait for ever
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, errDroppedOther
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDropped))
	_ = f.Close() // only read
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if strings.HasPrefix(http.DetectContentType(text), "image/") {
		return picture(name, info.Size(), toPapers)
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if a := again(name, func() (*checks.Result, error) { return history.ReadFile(name) }); a.Err == nil {
			return a, nil
		}
	}
	if toPapers || bytes.IndexByte(text, 0) >= 0 || len(bytes.TrimSpace(text)) == 0 {
		return nil, errDroppedOther
	}
	whole := string(bytes.ToValidUTF8(text, []byte("�")))
	p := s.meaning(whole)
	if p.Text = whole; len(p.Text) > maxPrefilled {
		p.Text = p.Text[:maxPrefilled]
		for !utf8.ValidString(p.Text) {
			p.Text = p.Text[:len(p.Text)-1]
		}
	}
	return flow.DroppedText{Pasted: p}, nil
}

// picture reads a picture of the screen for the report that is being written.
func picture(name string, size int64, toPapers bool) (flow.Event, error) {
	switch {
	case !toPapers:
		return nil, errDroppedPicture
	case size > report.MaxPictureFile:
		return nil, report.ErrPictureSize
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	p, err := report.NewPicture(raw)
	if err != nil {
		return nil, err
	}
	return flow.Attach{Picture: flow.Picture{Name: filepath.Base(name), Image: p}}, nil
}
