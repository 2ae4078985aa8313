package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // what a screenshot may come as
	_ "image/jpeg" // the same
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // some telephones
)

// A picture that the person gives with a report: a screenshot of what the browser shows. Only its pixels are kept: it is written anew, so
// that nothing else of the file (place, device, names, a preview of what was cut off) goes along.

const (
	// MaxPictureFile bounds the file that is read, bytes: an uncompressed picture of two large screens stays below.
	MaxPictureFile = 32 << 20
	// maxPixels bounds what is unpacked: 8K, 33 million pixels, 130 MB in memory for a moment.
	maxPixels = 7680 * 4320
	// maxPictureSide is the longest side that goes into a report, pixels: text of a screenshot is still read well, and a mail takes the file.
	maxPictureSide = 1920
)

// Why a picture cannot be used.
var (
	ErrPictureSize = errors.New("the picture is too large")
	ErrNoPicture   = errors.New("not a picture that can be read (PNG, JPEG, GIF or WebP)")
)

// Picture is a screenshot that goes with a report. What stands on it is not masked: the person has to look.
type Picture struct {
	PNG           []byte `json:"-"`
	Width, Height int
}

// NewPicture reads a picture file of any of the usual kinds and writes its pixels anew as PNG.
func NewPicture(file []byte) (*Picture, error) {
	if len(file) > MaxPictureFile {
		return nil, ErrPictureSize
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("reading the screenshot: %w", ErrNoPicture)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, ErrPictureSize
	}
	src, kind, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("reading the screenshot: %w", ErrNoPicture)
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if w <= 0 || h <= 0 {
		return nil, fmt.Errorf("reading the screenshot: %w", ErrNoPicture)
	}
	if most := max(w, h); most > maxPictureSide {
		w, h = max(1, w*maxPictureSide/most), max(1, h*maxPictureSide/most)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if w == src.Bounds().Dx() && h == src.Bounds().Dy() {
		draw.Copy(out, image.Point{}, src, src.Bounds(), draw.Src, nil)
	} else {
		draw.CatmullRom.Scale(out, out.Bounds(), src, src.Bounds(), draw.Src, nil)
	}
	upright := image.Image(out)
	if kind == "jpeg" {
		upright = turned(out, orientation(file))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, upright); err != nil {
		return nil, fmt.Errorf("writing the screenshot anew: %w", err)
	}
	return &Picture{PNG: b.Bytes(), Width: upright.Bounds().Dx(), Height: upright.Bounds().Dy()}, nil
}

// attached is what the JSON of a report says of its picture.
type attached struct {
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func (x *Picture) note() *attached {
	if x == nil {
		return nil
	}
	sum := sha256.Sum256(x.PNG)
	return &attached{x.Width, x.Height, len(x.PNG), hex.EncodeToString(sum[:])}
}

// orientation reads how a camera held a photograph (EXIF 2.32, tag 0x0112) before that is thrown away with the rest: 1 to 8, 1 where the
// file does not say. Photographs of a screen are often on their side.
func orientation(jpeg []byte) int {
	for i := 2; i+4 <= len(jpeg) && jpeg[i] == 0xff; {
		marker, size := jpeg[i+1], int(jpeg[i+2])<<8|int(jpeg[i+3])
		if marker == 0xda || size < 2 || i+2+size > len(jpeg) { // the pixels begin
			break
		}
		if part := jpeg[i+4 : i+2+size]; marker == 0xe1 && bytes.HasPrefix(part, []byte("Exif\x00\x00")) {
			return exifOrientation(part[6:])
		}
		i += 2 + size
	}
	return 1
}

// exifOrientation reads the first directory of a TIFF header.
func exifOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	two := func(i int) int {
		if i < 0 || i+2 > len(b) {
			return 0
		}
		if b[0] == 'I' {
			return int(b[i]) | int(b[i+1])<<8
		}
		return int(b[i])<<8 | int(b[i+1])
	}
	first := two(4)<<16 | two(6)
	if b[0] == 'I' {
		first = two(6)<<16 | two(4)
	}
	if first < 8 || first > len(b) {
		return 1
	}
	const entry, tag = 12, 0x0112
	for n := range min(two(first), 64) {
		at := first + 2 + n*entry
		if two(at) == tag {
			if o := two(at + 8); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
	}
	return 1
}

// turned puts a photograph upright.
func turned(src *image.NRGBA, o int) image.Image {
	if o <= 1 || o > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			from := [...]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y}, 5: {y, x}, 6: {y, h - 1 - x}, 7: {w - 1 - y, h - 1 - x}, 8: {w - 1 - y, x}}[o]
			out.SetNRGBA(x, y, src.NRGBAAt(from.X, from.Y))
		}
	}
	return out
}
