package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	img.Set(0, 0, color.NRGBA{R: 1, G: 2, B: 3, A: 255})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestIcon(t *testing.T) {
	large := picture(t, 256, 256)
	data, err := icon([][]byte{picture(t, 16, 16), large})
	if err != nil {
		t.Fatal(err)
	}
	// 40 bytes of header, 16×16 pixels of 4 bytes, 16 rows of mask padded to 4 bytes
	const small = 40 + 16*16*4 + 16*4
	if n := binary.LittleEndian.Uint32(data[6+8:]); n != small {
		t.Errorf("the 16-pixel picture takes %d bytes, not %d", n, small)
	}
	if w, at := data[6+16], binary.LittleEndian.Uint32(data[6+16+12:]); w != 0 || !bytes.Equal(data[at:], large) {
		t.Errorf("the 256-pixel picture: width byte %d (0 means 256), at %d", w, at)
	}
	topLeft := data[6+2*16+40+15*16*4:] // bottom row first: the top row is the last
	if !bytes.Equal(topLeft[:4], []byte{3, 2, 1, 255}) {
		t.Errorf("the pixel at the top left is % x", topLeft[:4])
	}
}

func TestIconRefuses(t *testing.T) {
	for name, p := range map[string][]byte{"not square": picture(t, 16, 24), "too large": picture(t, 300, 300), "no PNG": []byte("GIF89a")} {
		if _, err := icon([][]byte{p}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
