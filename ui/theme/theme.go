// Package theme holds the look of the window: palette, sizes and pictures.
//
// The contrasts of the palette were computed (fyne-anchors §8.3) and are held by a test: text at least 4.5 to 1 on everything it
// is written on (WCAG 2.2, 1.4.3), borders and signs at least 3 to 1 (1.4.11).
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Colour names of our own, beside Fyne's.
const (
	ColorSecondary fyne.ThemeColorName = "passerelle.secondary" // text that explains, second to the main one
	ColorSurface   fyne.ThemeColorName = "passerelle.surface"   // header, footer, cards
	ColorHairline  fyne.ThemeColorName = "passerelle.hairline"  // lines that only divide and carry no meaning
	ColorOnState   fyne.ThemeColorName = "passerelle.onState"   // the sign inside a filled state picture
	ColorOK        fyne.ThemeColorName = "passerelle.ok"
	ColorOKTint    fyne.ThemeColorName = "passerelle.okTint"
	ColorWarn      fyne.ThemeColorName = "passerelle.warn"
	ColorWarnTint  fyne.ThemeColorName = "passerelle.warnTint"
	ColorBad       fyne.ThemeColorName = "passerelle.bad"
	ColorBadTint   fyne.ThemeColorName = "passerelle.badTint"
	ColorInfo      fyne.ThemeColorName = "passerelle.info"
	ColorInfoTint  fyne.ThemeColorName = "passerelle.infoTint"
	ColorNone      fyne.ThemeColorName = "passerelle.none" // not checked
	ColorNoneTint  fyne.ThemeColorName = "passerelle.noneTint"
)

// palette gives the two variants of every colour that is ours: light, dark.
var palette = map[fyne.ThemeColorName][2]color.NRGBA{
	fynetheme.ColorNameBackground:          {rgb(0xffffff), rgb(0x16181b)},
	fynetheme.ColorNameForeground:          {rgb(0x1c1e21), rgb(0xf1f3f4)},
	ColorSecondary:                         {rgb(0x50565e), rgb(0xb6bcc4)},
	ColorSurface:                           {rgb(0xf6f7f9), rgb(0x202327)},
	ColorHairline:                          {rgb(0xdfe2e6), rgb(0x34383d)},
	ColorOnState:                           {rgb(0xffffff), rgb(0x16181b)},
	fynetheme.ColorNamePrimary:             {rgb(0x0b57d0), rgb(0x8ab4f8)},
	fynetheme.ColorNameForegroundOnPrimary: {rgb(0xffffff), rgb(0x0b1a33)},
	fynetheme.ColorNameHyperlink:           {rgb(0x0b57d0), rgb(0x8ab4f8)},
	ColorInfo:                              {rgb(0x0b57d0), rgb(0x8ab4f8)},
	ColorInfoTint:                          {rgb(0xe8f0fe), rgb(0x17263f)},
	ColorOK:                                {rgb(0x0f6b3a), rgb(0x6fd39a)},
	ColorOKTint:                            {rgb(0xe6f4ec), rgb(0x14301f)},
	ColorWarn:                              {rgb(0x8a4b00), rgb(0xf5b85c)},
	ColorWarnTint:                          {rgb(0xfff3dc), rgb(0x33270f)},
	ColorBad:                               {rgb(0xb3161b), rgb(0xff8a85)},
	ColorBadTint:                           {rgb(0xfdebeb), rgb(0x3a1a1b)},
	ColorNone:                              {rgb(0x5b6470), rgb(0xaab1ba)},
	ColorNoneTint:                          {rgb(0xeef0f2), rgb(0x26292e)},

	fynetheme.ColorNameSuccess:             {rgb(0x0f6b3a), rgb(0x6fd39a)},
	fynetheme.ColorNameWarning:             {rgb(0x8a4b00), rgb(0xf5b85c)},
	fynetheme.ColorNameError:               {rgb(0xb3161b), rgb(0xff8a85)},
	fynetheme.ColorNameForegroundOnSuccess: {rgb(0xffffff), rgb(0x16181b)},
	fynetheme.ColorNameForegroundOnWarning: {rgb(0xffffff), rgb(0x16181b)},
	fynetheme.ColorNameForegroundOnError:   {rgb(0xffffff), rgb(0x16181b)},

	fynetheme.ColorNameButton:            {rgb(0xffffff), rgb(0x26292e)},
	fynetheme.ColorNameHover:             {rgb(0xe9ecf0), rgb(0x30343a)},
	fynetheme.ColorNamePressed:           {rgb(0xdfe2e6), rgb(0x3a3f46)},
	fynetheme.ColorNameDisabled:          {rgb(0x6b727b), rgb(0x8a919a)},
	fynetheme.ColorNameDisabledButton:    {rgb(0xeef0f2), rgb(0x26292e)},
	fynetheme.ColorNameInputBackground:   {rgb(0xffffff), rgb(0x202327)},
	fynetheme.ColorNameInputBorder:       {rgb(0x767d86), rgb(0x8a919a)},
	fynetheme.ColorNamePlaceHolder:       {rgb(0x5b6470), rgb(0xaab1ba)},
	fynetheme.ColorNameSeparator:         {rgb(0xdfe2e6), rgb(0x34383d)},
	fynetheme.ColorNameHeaderBackground:  {rgb(0xf6f7f9), rgb(0x202327)},
	fynetheme.ColorNameMenuBackground:    {rgb(0xf6f7f9), rgb(0x202327)},
	fynetheme.ColorNameOverlayBackground: {rgb(0xffffff), rgb(0x202327)},
	fynetheme.ColorNameScrollBar:         {rgb(0x767d86), rgb(0x8a919a)},
	fynetheme.ColorNameFocus:             {rgba(0x0b57d0, 0x30), rgba(0x8ab4f8, 0x40)},
	fynetheme.ColorNameSelection:         {rgba(0x0b57d0, 0x40), rgba(0x8ab4f8, 0x50)},
}

func rgb(v uint32) color.NRGBA { return rgba(v, 0xff) }

func rgba(v uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: a}
}

// Mode is which variant the person wants.
type Mode string

// The choices of the theme. The empty one follows the system.
const (
	ModeSystem Mode = ""
	ModeLight  Mode = "light"
	ModeDark   Mode = "dark"
	// ModeContrast is the high-contrast look, light or dark as the system is.
	ModeContrast Mode = "contrast"
)

// TextSize is how large the person wants to read.
type TextSize string

// The three text sizes. The empty one is the ordinary one.
const (
	TextNormal  TextSize = ""
	TextLarge   TextSize = "large"
	TextLargest TextSize = "largest"
)

// scale is what each size multiplies the texts by (fyne-anchors §8.2).
func (t TextSize) scale() float32 {
	switch t {
	case TextLarge:
		return 1.2
	case TextLargest:
		return 1.45
	}
	return 1
}

// Theme is the whole look, for one mode and one text size.
type Theme struct {
	fyne.Theme
	Mode Mode
	Text TextSize
}

// New returns the look for a mode and a text size.
func New(m Mode, t TextSize) *Theme { return &Theme{Theme: fynetheme.DefaultTheme(), Mode: m, Text: t} }

// Color returns a colour of our palette, else Fyne's. Any variant but dark counts as light (Fyne's test driver passes a third one).
func (t *Theme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch t.Mode {
	case ModeLight:
		v = fynetheme.VariantLight
	case ModeDark:
		v = fynetheme.VariantDark
	}
	c, ok := palette[n]
	if t.Mode == ModeContrast {
		if strong, has := contrast[n]; has {
			c, ok = strong, true
		}
	}
	if ok {
		if v == fynetheme.VariantDark {
			return c[1]
		}
		return c[0]
	}
	if v != fynetheme.VariantDark {
		v = fynetheme.VariantLight
	}
	return t.Theme.Color(n, v)
}

// Size returns our sizes: body 16, sub-heading 18, heading 24 (most of our headings fit on one line of the column then), caption 13, times the person's choice.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	k := t.Text.scale()
	switch n {
	case fynetheme.SizeNameText:
		return 16 * k
	case fynetheme.SizeNameHeadingText:
		return 24 * k
	case fynetheme.SizeNameSubHeadingText:
		return 18 * k
	case fynetheme.SizeNameCaptionText:
		return 13 * k
	case fynetheme.SizeNameInlineIcon:
		return 20 * k
	case fynetheme.SizeNameInputRadius, fynetheme.SizeNameSelectionRadius:
		return 8
	case fynetheme.SizeNameInputBorder:
		if t.Mode == ModeContrast {
			return 2
		}
		return 1
	case fynetheme.SizeNameScrollBarSmall:
		return 6
	}
	return t.Theme.Size(n)
}

// Of returns a colour of the theme in use now.
func Of(n fyne.ThemeColorName) color.Color {
	s := fyne.CurrentApp().Settings()
	return s.Theme().Color(n, s.ThemeVariant())
}

// SizeOf returns a size of the theme in use now.
func SizeOf(n fyne.ThemeSizeName) float32 { return fyne.CurrentApp().Settings().Theme().Size(n) }
