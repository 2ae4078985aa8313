// Package qr turns a text into a QR code (ISO/IEC 18004): the address that the person opens on a telephone, or a message that a
// computer without Internet cannot send. It draws nothing itself but a plain image; the window draws the squares.
package qr

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"unicode"

	"github.com/boombuler/barcode/qr"
)

const (
	// Quiet is the white margin that a reader needs around the code, in modules (ISO/IEC 18004 §5.3.8: four).
	Quiet = 4
	// MaxBytes is the longest text taken, bytes of UTF-8. A version 40 code at level L holds 2953; beyond about 900 bytes (version 20, 97
	// modules) its squares are too small on a window for an ordinary telephone to read.
	MaxBytes = 900

	// byteOrderMark (U+FEFF) tells readers that guess the encoding that this is UTF-8; without it zbar took a long French text for Chinese
	// (Big5). Readers take it off; ASCII needs none.
	byteOrderMark = "\ufeff"
)

// ErrTooLong: the text does not fit in a code that a telephone reads from a window.
var ErrTooLong = errors.New("too long for a QR code that a telephone can read")

// Code is a QR code without its margin. The zero value is an empty one.
type Code struct {
	Size int // modules a side
	dark []bool
}

// Encode makes the code of a text. Error correction is level M (15 %), L (7 %) where that keeps a long text's squares larger: a screen
// is neither dirty nor torn. The error is ErrTooLong, or says that the text is empty.
func Encode(text string) (Code, error) {
	if text == "" {
		return Code{}, errors.New("making a QR code: there is no text")
	}
	if len(text) > MaxBytes {
		return Code{}, fmt.Errorf("making a QR code of %d bytes: %w", len(text), ErrTooLong)
	}
	level := qr.M
	if len(text) > MaxBytes/3 {
		level = qr.L
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		text = byteOrderMark + text
	}
	b, err := qr.Encode(text, level, qr.Unicode)
	if err != nil {
		return Code{}, fmt.Errorf("making a QR code: %w", err)
	}
	box := b.Bounds()
	c := Code{Size: box.Dx(), dark: make([]bool, box.Dx()*box.Dy())}
	for y := range c.Size {
		for x := range c.Size {
			r, _, _, _ := b.At(box.Min.X+x, box.Min.Y+y).RGBA()
			c.dark[y*c.Size+x] = r == 0
		}
	}
	return c, nil
}

// Dark tells whether the module at column x, row y is dark; outside the code nothing is.
func (c Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.dark[y*c.Size+x]
}

// Image draws the code black on white with its margin, scale pixels a module (1 where less is asked).
func (c Code) Image(scale int) *image.Gray {
	scale = max(scale, 1)
	side := (c.Size + 2*Quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !c.Dark(x/scale-Quiet, y/scale-Quiet) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}
