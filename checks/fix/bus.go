// The system's message bus (D-Bus), as far as fixes need it.

package fix

import "context"

// Bus speaks to services of the system.
type Bus interface {
	// HasOwner tells whether a service runs. It starts none.
	HasOwner(ctx context.Context, name string) (bool, error)
	// Call calls a method of a running service. interactive lets the system ask the person for a password.
	Call(ctx context.Context, dest, path, method string, interactive bool, args ...any) ([]any, error)
}

// systemd-resolved on the bus.
const (
	resolveName = "org.freedesktop.resolve1"
	resolvePath = "/org/freedesktop/resolve1"
	resolveCall = "org.freedesktop.resolve1.Manager."
)
