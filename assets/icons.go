// This file embeds the pictures: the stops of the way, the states, and the program's own icon. All are our own drawings, in one
// style: a stroke of 2 px, black where the theme's colour goes and white where its background goes.

package assets

import (
	"embed"
	"fmt"
)

//go:embed icons/*.svg icon.svg
var pictures embed.FS

// Icon returns the SVG of a stop ("computer", "router"…), a state ("ok", "problem"…) or a small sign ("fold-open").
func Icon(name string) ([]byte, error) {
	b, err := pictures.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("reading the icon %q: %w", name, err)
	}
	return b, nil
}

// AppIcon returns the program's own icon, SVG.
func AppIcon() []byte {
	b, err := pictures.ReadFile("icon.svg")
	if err != nil {
		return nil // cannot happen: it is embedded above
	}
	return b
}
