// This file colours our pictures. Fyne recolours fills only; ours are strokes, so the two colours of a drawing (black: the sign,
// white: what lies on a filled shape) are replaced in its text.

package theme

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"

	"passerelle/assets"
	"passerelle/checks/decide"
)

// Icon returns a picture of assets/icons in a colour of the theme in use now. It follows the theme when it is refreshed.
func Icon(name string, c fyne.ThemeColorName) fyne.Resource { return &picture{name: name, color: c} }

// AppIcon returns the program's own icon.
func AppIcon() fyne.Resource { return fyne.NewStaticResource("passerelle.svg", assets.AppIcon()) }

// picture is one drawing in one named colour.
type picture struct {
	name  string
	color fyne.ThemeColorName
}

// Name is different for each colour, because Fyne keeps drawn pictures by name.
func (p *picture) Name() string { return fmt.Sprintf("%s-%s.svg", hex(Of(p.color))[1:], p.name) }

// Content is the drawing with its colours filled in; an unknown name gives nothing, which a test finds.
func (p *picture) Content() []byte {
	b, err := assets.Icon(p.name)
	if err != nil {
		return nil
	}
	b = bytes.ReplaceAll(b, []byte("#ffffff"), []byte("@on"))
	b = bytes.ReplaceAll(b, []byte("#000000"), []byte(hex(Of(p.color))))
	return bytes.ReplaceAll(b, []byte("@on"), []byte(hex(Of(ColorOnState))))
}

// ThemeColorName makes it a fyne.ThemedResource.
func (p *picture) ThemeColorName() fyne.ThemeColorName { return p.color }

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// Running is the state of a stop that is being asked now; it exists in pictures only.
const Running decide.State = "running"

// StateColors returns the colour of a state, and the tint that lies under it.
func StateColors(s decide.State) (ink, tint fyne.ThemeColorName) {
	switch s {
	case decide.StateOK:
		return ColorOK, ColorOKTint
	case decide.StateProblem:
		return ColorBad, ColorBadTint
	case decide.StateWarning:
		return ColorWarn, ColorWarnTint
	case Running:
		return ColorInfo, ColorInfoTint
	}
	return ColorNone, ColorNoneTint
}

// StateIcon returns the picture of a state: five different outlines, told apart in grey too.
func StateIcon(s decide.State) fyne.Resource {
	ink, _ := StateColors(s)
	switch s {
	case decide.StateOK, decide.StateProblem, decide.StateWarning, Running:
		return Icon(string(s), ink)
	}
	return Icon("unknown", ink)
}
