package theme_test

import (
	"bytes"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/checks/decide"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

// TestContrast holds the palette: text 4.5 to 1, borders and signs 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	text := [][2]fyne.ThemeColorName{}
	for _, ground := range []fyne.ThemeColorName{fynetheme.ColorNameBackground, theme.ColorSurface} {
		for _, ink := range []fyne.ThemeColorName{fynetheme.ColorNameForeground, theme.ColorSecondary, fynetheme.ColorNamePrimary, theme.ColorOK,
			theme.ColorWarn, theme.ColorBad, theme.ColorNone, fynetheme.ColorNameDisabled, fynetheme.ColorNamePlaceHolder} {
			text = append(text, [2]fyne.ThemeColorName{ink, ground})
		}
	}
	text = append(text, [][2]fyne.ThemeColorName{
		{fynetheme.ColorNameForegroundOnPrimary, fynetheme.ColorNamePrimary}, {fynetheme.ColorNameForeground, fynetheme.ColorNameButton},
		{fynetheme.ColorNameForeground, fynetheme.ColorNameHover}, {fynetheme.ColorNamePrimary, fynetheme.ColorNameHover},
		{theme.ColorOK, theme.ColorOKTint}, {theme.ColorWarn, theme.ColorWarnTint}, {theme.ColorBad, theme.ColorBadTint},
		{theme.ColorInfo, theme.ColorInfoTint}, {theme.ColorNone, theme.ColorNoneTint},
		{fynetheme.ColorNameForeground, theme.ColorOKTint}, {fynetheme.ColorNameForeground, theme.ColorWarnTint},
		{fynetheme.ColorNameForeground, theme.ColorBadTint}, {fynetheme.ColorNameForeground, theme.ColorInfoTint},
		{fynetheme.ColorNameForeground, theme.ColorNoneTint}, {theme.ColorSecondary, theme.ColorNoneTint},
		{theme.ColorOnState, theme.ColorOK}, {theme.ColorOnState, theme.ColorWarn}, {theme.ColorOnState, theme.ColorBad},
	}...)
	signs := [][2]fyne.ThemeColorName{{fynetheme.ColorNameInputBorder, fynetheme.ColorNameBackground}, {fynetheme.ColorNameInputBorder, theme.ColorSurface},
		{fynetheme.ColorNamePrimary, fynetheme.ColorNameBackground}, {fynetheme.ColorNamePrimary, theme.ColorSurface}}
	for _, look := range []struct {
		mode    theme.Mode
		variant fyne.ThemeVariant
		text    float64
	}{{theme.ModeLight, 0, 4.5}, {theme.ModeDark, 0, 4.5}, {theme.ModeContrast, fynetheme.VariantLight, 7}, {theme.ModeContrast, fynetheme.VariantDark, 7}} {
		th := theme.New(look.mode, theme.TextNormal)
		check := func(pairs [][2]fyne.ThemeColorName, least float64) {
			for _, p := range pairs {
				if c := uitest.Contrast(th.Color(p[0], look.variant), th.Color(p[1], look.variant)); c < least {
					t.Errorf("%s %d: %s on %s: %.2f, want %.1f", look.mode, look.variant, p[0], p[1], c, least)
				}
			}
		}
		check(text, look.text)
		check(signs, 3)
	}
}

func TestAllNames(t *testing.T) {
	test.AssertAllColorNamesDefined(t, theme.New(theme.ModeSystem, theme.TextNormal), "passerelle")
	th := theme.New(theme.ModeSystem, theme.TextNormal)
	if th.Color(fynetheme.ColorNameBackground, 2) != th.Color(fynetheme.ColorNameBackground, fynetheme.VariantLight) {
		t.Error("an unknown variant is not light")
	}
	for _, c := range []struct {
		size theme.TextSize
		want float32
	}{{theme.TextNormal, 16}, {theme.TextLarge, 19.2}, {theme.TextLargest, 23.2}} {
		if got := theme.New("", c.size).Size(fynetheme.SizeNameText); got != c.want {
			t.Errorf("%q: %v, want %v", c.size, got, c.want)
		}
	}
}

// TestPictures draws every picture: none is missing or empty, and the states differ in outline, not only in colour.
func TestPictures(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.ModeLight, theme.TextNormal))
	shape := map[string]string{}
	for _, name := range []string{"computer", "proxy", "vpn", "router", "provider", "dns", "gateway", "origin", "ok", "problem", "warning",
		"unknown", "running", "info", "fold-open", "fold-closed"} {
		img := theme.Draw(theme.Icon(name, fynetheme.ColorNameForeground), 40)
		mask := outline(img)
		if !bytes.Contains([]byte(mask), []byte{1}) {
			t.Errorf("%s is empty", name)
		}
		for other, m := range shape {
			if m == mask {
				t.Errorf("%s and %s look the same", name, other)
			}
		}
		shape[name] = mask
	}
	for _, s := range []decide.State{decide.StateOK, decide.StateProblem, decide.StateWarning, decide.StateUnknown, theme.Running, ""} {
		if len(theme.StateIcon(s).Content()) == 0 {
			t.Errorf("the state %q has no picture", s)
		}
	}
	if len(theme.AppIcon().Content()) == 0 {
		t.Error("no icon of the program")
	}
	if theme.Icon("never-drawn", fynetheme.ColorNameForeground).Content() != nil {
		t.Error("a picture that is not there has content")
	}
}

// TestStrokesScale: at three times the size a line is three times as strong.
func TestStrokesScale(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.ModeLight, theme.TextNormal))
	ink := func(side int) float64 {
		n := 0
		for _, b := range []byte(outline(theme.Draw(theme.Icon("computer", fynetheme.ColorNameForeground), side))) {
			n += int(b)
		}
		return float64(n) / float64(side*side)
	}
	if a, b := ink(32), ink(96); b < a*0.8 || b > a*1.25 {
		t.Errorf("%.3f of the picture is ink at 32, %.3f at 96", a, b)
	}
}

func outline(img image.Image) string {
	b := img.Bounds()
	out := make([]byte, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			_, _, _, a := img.At(x, y).RGBA()
			v := byte(0)
			if a > 0x7fff {
				v = 1
			}
			out = append(out, v)
		}
	}
	return string(out)
}
