// Package desktop opens the window. It is the only package that imports fyne.io/fyne/v2/app, which needs cgo and OpenGL.
package desktop

import "fmt"

const (
	// AppID is the program's id: where preferences are kept, and what the desktop calls it.
	AppID = "app.passerelle.desktop"
	// Title of the window, the same in every language: on Linux it is the window's class too.
	Title = "Passerelle"
	// ExitCode is the exit status where the window cannot be opened (CONTRACT.md: the program itself could not run).
	ExitCode = 3
)

// Reason is why there is no window.
type Reason string

// The reasons. Their words are "ui.start." + reason.
const (
	NoWindow  Reason = "no-window"  // built without one
	NoDisplay Reason = "no-display" // no screen, or none that lets us in
	NoOpenGL  Reason = "no-opengl"  // the graphics driver is too old, or missing
)

// Error says why the window could not be opened.
type Error struct {
	Reason Reason
	Err    error
}

// Error is for the log; Sentence is for people.
func (e *Error) Error() string { return fmt.Sprintf("opening the window: %s: %v", e.Reason, e.Err) }

// Unwrap gives what happened.
func (e *Error) Unwrap() error { return e.Err }

// Sentence is the one plain line for people, whose way on is the terminal program.
func (e *Error) Sentence(t func(key string, vars map[string]any) string) string {
	return t("ui.start."+string(e.Reason), nil)
}
