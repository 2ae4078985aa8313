// This file is the high-contrast look (fyne-anchors §8.3): black on white or white on black, borders twice as strong, no tints. Every
// text has at least 7 to 1 (WCAG 2.2, 1.4.6).

package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

var (
	black, white = rgb(0x000000), rgb(0xffffff)
	// paper is what everything is written on, ink what it is written with: light, dark.
	paper = [2]color.NRGBA{white, black}
	ink   = [2]color.NRGBA{black, white}
	// mark is the one colour beside them: what can be pressed, and what has the focus.
	mark = [2]color.NRGBA{rgb(0x003ea8), rgb(0xffff00)}
	good = [2]color.NRGBA{rgb(0x00491f), rgb(0x8dffb5)}
	look = [2]color.NRGBA{rgb(0x5c3200), rgb(0xffd48a)}
	bad  = [2]color.NRGBA{rgb(0x8c0008), rgb(0xffb3af)}
	// faint is an example in an empty field: still 7 to 1, also under the pointer, and not to be taken for something written there.
	faint = [2]color.NRGBA{rgb(0x4a4a4a), rgb(0xb8b8b8)}
	// under is what lies under the pointer: still 7 to 1 with the ink and the mark.
	under = [2]color.NRGBA{rgb(0xe6e6e6), rgb(0x262626)}
)

// contrast gives the two variants of the high-contrast look; what is not here is the same as in the ordinary one.
var contrast = map[fyne.ThemeColorName][2]color.NRGBA{
	fynetheme.ColorNameBackground: paper, fynetheme.ColorNameForeground: ink, ColorSecondary: ink, ColorSurface: paper, ColorHairline: ink,
	ColorOnState: paper, fynetheme.ColorNamePrimary: mark, fynetheme.ColorNameForegroundOnPrimary: paper, fynetheme.ColorNameHyperlink: mark,
	ColorInfo: mark, ColorInfoTint: paper, ColorOK: good, ColorOKTint: paper, ColorWarn: look, ColorWarnTint: paper, ColorBad: bad,
	ColorBadTint: paper, ColorNone: ink, ColorNoneTint: paper,
	fynetheme.ColorNameSuccess: good, fynetheme.ColorNameWarning: look, fynetheme.ColorNameError: bad,
	fynetheme.ColorNameForegroundOnSuccess: paper, fynetheme.ColorNameForegroundOnWarning: paper, fynetheme.ColorNameForegroundOnError: paper,
	fynetheme.ColorNameButton: paper, fynetheme.ColorNameHover: under, fynetheme.ColorNamePressed: under, fynetheme.ColorNameDisabled: ink,
	fynetheme.ColorNameDisabledButton: paper, fynetheme.ColorNameInputBackground: paper, fynetheme.ColorNameInputBorder: ink,
	fynetheme.ColorNamePlaceHolder: faint, fynetheme.ColorNameSeparator: ink, fynetheme.ColorNameHeaderBackground: paper,
	fynetheme.ColorNameMenuBackground: paper, fynetheme.ColorNameOverlayBackground: paper, fynetheme.ColorNameScrollBar: ink,
}

// Border is how strong the lines around things are: twice as strong where the person asked for contrast.
func Border() float32 {
	if t, ok := fyne.CurrentApp().Settings().Theme().(*Theme); ok && t.Mode == ModeContrast {
		return 2
	}
	return 1
}
