package kit

import (
	"image"
	"testing"

	"fyne.io/fyne/v2/canvas"

	"passerelle/checks/qr"
)

// TestQRIsDrawnWhole: what is on the screen is the code itself, with its white margin, in whole squares of at least three pixels.
func TestQRIsDrawnWhole(t *testing.T) {
	for _, text := range []string{"https://boutique.example/", "https://boutique.example/panier?article=4711&taille=40&couleur=bleu&page=3"} {
		code, err := qr.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		r := NewQR(code).(*canvas.Raster)
		modules := code.Size + 2*qr.Quiet
		if side := r.MinSize().Width; side < float32(3*modules) || side != r.MinSize().Height {
			t.Fatalf("%d modules on %v", modules, r.MinSize())
		}
		for _, size := range []int{int(r.MinSize().Width), int(r.MinSize().Width*1.5) + 1} { // also on a screen with larger pixels
			img := r.Generator(size, size).(*image.Gray)
			scale := size / modules
			left := (size - scale*modules) / 2
			for y := range modules {
				for x := range modules {
					want := uint8(0xff)
					if code.Dark(x-qr.Quiet, y-qr.Quiet) {
						want = 0
					}
					for _, d := range []int{0, scale - 1} {
						if got := img.GrayAt(left+x*scale+d, left+y*scale+d).Y; got != want {
							t.Fatalf("%d pixels a side: module %d,%d is %d, want %d", size, x, y, got, want)
						}
					}
				}
			}
		}
	}
}
