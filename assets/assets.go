// Package assets holds what is embedded in the program: words, the table of gateways, icons, the page of the report.
package assets

import "embed"

// Files is this directory as it was at build time. Names are relative to it: "gateways.json", "fr.json", "icons/…".
//
//go:embed *
var Files embed.FS
