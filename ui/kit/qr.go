// This file draws QR codes.

package kit

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"passerelle/checks/qr"
)

// Sizes of a code's squares, in the window's own units, which are pixels or more.
const (
	qrLeast = 3   // below, an ordinary telephone does not read it from an arm's length
	qrSide  = 170 // what a code with few squares is enlarged to: about 4 cm, which a camera focuses on from where one sits
)

// NewQR draws a code: black on white with its white margin in every theme, because readers take light on dark for nothing.
func NewQR(code qr.Code) fyne.CanvasObject {
	modules := code.Size + 2*qr.Quiet
	side := float32(modules) * fyne.Max(qrLeast, float32(qrSide/modules))
	r := canvas.NewRaster(func(w, h int) image.Image {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i := range img.Pix {
			img.Pix[i] = 0xff
		}
		scale := min(w, h) / modules // whole pixels: a square is as wide as its neighbour
		if scale < 1 {
			return img
		}
		left, top := (w-scale*modules)/2+qr.Quiet*scale, (h-scale*modules)/2+qr.Quiet*scale
		for y := range code.Size * scale {
			for x := range code.Size * scale {
				if code.Dark(x/scale, y/scale) {
					img.SetGray(left+x, top+y, color.Gray{})
				}
			}
		}
		return img
	})
	r.SetMinSize(fyne.NewSquareSize(side))
	return r
}
