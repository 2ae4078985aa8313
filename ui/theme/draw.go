package theme

// Drawing our pictures at any size. Fyne's renderer of SVG does not scale the width of strokes (oksvg, SvgPath.DrawTransformed): at
// twice the size our lines would be half as strong as they are meant. So we draw them ourselves, with the stroke scaled too.

import (
	"bytes"
	"image"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// drawn keeps pictures that were drawn: there are few, and the same ones return on every page.
var drawn sync.Map // string → *image.NRGBA

// Draw draws a picture of assets/icons into a square of side pixels, in a colour of the theme in use now.
func Draw(res fyne.Resource, side int) image.Image {
	if side <= 0 {
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	}
	key := res.Name() + "/" + strconv.Itoa(side)
	if img, ok := drawn.Load(key); ok {
		return img.(*image.NRGBA)
	}
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	icon, err := oksvg.ReadIconStream(bytes.NewReader(res.Content()))
	if err != nil || icon.ViewBox.W <= 0 {
		return img // a drawing of ours that cannot be read is found by the tests
	}
	k := float64(side) / icon.ViewBox.W
	for i := range icon.SVGPaths {
		icon.SVGPaths[i].LineWidth *= k
	}
	icon.SetTarget(0, 0, float64(side), float64(side))
	icon.Draw(rasterx.NewDasher(side, side, rasterx.NewScannerGV(side, side, img, img.Bounds())), 1)
	drawn.Store(key, img)
	return img
}
