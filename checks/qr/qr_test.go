package qr

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A code is read by a program that is not ours, where it is installed (zbarimg, Debian's zbar-tools).
func TestReadByAnother(t *testing.T) {
	reader, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed: the codes are not read by another program here")
	}
	for name, text := range map[string]string{
		"address": "https://boutique.example/caf%C3%A9?x=1",
		"accents": "Bonjour,\nvotre site « été » répond 502 depuis 10 h 04.\nÀ bientôt",
		"long":    strings.Repeat("Le site répond par une erreur. ", 25),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Encode(text)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := png.Encode(&b, c.Image(4)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "code.png")
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(reader, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
			if got := strings.TrimRight(strings.TrimPrefix(string(out), byteOrderMark), "\n"); err != nil || got != strings.TrimRight(text, "\n") {
				t.Errorf("read %q (%v), want %q", got, err, text)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	if _, err := Encode(""); err == nil {
		t.Error("an empty text gave a code")
	}
	if _, err := Encode(strings.Repeat("x", MaxBytes+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a long text gave %v", err)
	}
	c, err := Encode("https://boutique.example/")
	if err != nil {
		t.Fatal(err)
	}
	if !c.Dark(0, 0) || !c.Dark(c.Size-1, 0) || !c.Dark(0, c.Size-1) || c.Dark(c.Size-1, c.Size-1) && !c.Dark(c.Size-7, 0) {
		t.Error("the three finder patterns are not at their corners")
	}
	if c.Dark(-1, 0) || c.Dark(0, c.Size) {
		t.Error("dark outside the code")
	}
	if side := c.Image(3).Bounds().Dx(); side != 3*(c.Size+2*Quiet) {
		t.Errorf("the image is %d pixels wide", side)
	}
}
