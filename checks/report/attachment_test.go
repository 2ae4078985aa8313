package report

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"passerelle/checks/words"
)

// quarters is a picture with a colour of its own in each quarter, so that its way up can be told.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{A: 255}
			switch {
			case x < w/2 && y < h/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x < w/2:
				c.B = 255
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// withText puts a text into a PNG (a tEXt chunk, as camera and screenshot programs do).
func withText(raw []byte, text string) []byte {
	data := append([]byte("tEXtComment\x00"), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)-4))
	chunk = append(chunk, data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(data))
	const head = 8 + 25 // signature and IHDR
	return append(append(bytes.Clone(raw[:head]), chunk...), raw[head:]...)
}

// withExif puts an EXIF part with an orientation and a text into a JPEG.
func withExif(raw []byte, orientation byte, text string) []byte {
	tiff := append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), orientation, 0, 0, 0, 0, 0, 0, 0)
	part := append([]byte("Exif\x00\x00"), append(tiff, text...)...)
	seg := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(part)+2))
	return append(append(append([]byte{}, raw[:2]...), append(seg, part...)...), raw[2:]...)
}

func TestPictureIsWrittenAnew(t *testing.T) {
	const secret = "48.8566N 2.3522E marie.curie"
	img := quarters(64, 48)
	var p, j, g bytes.Buffer
	if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, &jpeg.Options{Quality: 95}), gif.Encode(&g, img, nil)); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"png": withText(p.Bytes(), secret), "jpeg": withExif(j.Bytes(), 1, secret), "gif": append(g.Bytes(), secret...), "png with a tail": append(withText(p.Bytes(), "x"), secret...)} {
		if !bytes.Contains(raw, []byte(secret)) {
			t.Fatalf("%s: the secret was not planted", name)
		}
		x, err := NewPicture(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bytes.Contains(x.PNG, []byte(secret)) || bytes.Contains(x.PNG, []byte("tEXt")) || bytes.Contains(x.PNG, []byte("Exif")) {
			t.Errorf("%s: what is no pixel went along", name)
		}
		if x.Width != 64 || x.Height != 48 {
			t.Errorf("%s: %dx%d", name, x.Width, x.Height)
		}
	}
	// What the corner at the top left shows, by how the camera was held.
	for o, want := range map[byte]color.NRGBA{1: {R: 255, A: 255}, 3: {A: 255}, 6: {B: 255, A: 255}, 8: {G: 255, A: 255}, 2: {G: 255, A: 255}, 4: {B: 255, A: 255}, 5: {R: 255, A: 255}, 7: {A: 255}} {
		x, err := NewPicture(withExif(j.Bytes(), o, ""))
		if err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(bytes.NewReader(x.PNG))
		if err != nil {
			t.Fatal(err)
		}
		got := color.NRGBAModel.Convert(back.At(4, 4)).(color.NRGBA)
		near := func(a, b uint8) bool { return a > b-b/4 && b >= a || b == 0 && a < 60 }
		if !near(got.R, want.R) || !near(got.G, want.G) || !near(got.B, want.B) || (o >= 5) != (x.Width == 48) {
			t.Errorf("orientation %d: %v (%dx%d), want %v", o, got, x.Width, x.Height, want)
		}
	}
	var big bytes.Buffer
	if err := png.Encode(&big, image.NewGray(image.Rect(0, 0, 4000, 1000))); err != nil {
		t.Fatal(err)
	}
	if x, err := NewPicture(big.Bytes()); err != nil || x.Width != maxPictureSide || x.Height != maxPictureSide/4 {
		t.Errorf("%+v %v", x, err)
	}
	bomb := bytes.Clone(p.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 1<<20)
	binary.BigEndian.PutUint32(bomb[20:], 1<<20)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	if _, err := NewPicture(bomb); !errors.Is(err, ErrPictureSize) {
		t.Errorf("a million pixels a side: %v", err)
	}
	for _, raw := range [][]byte{nil, []byte("<svg/>"), p.Bytes()[:40], make([]byte, 100)} {
		if _, err := NewPicture(raw); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%d bytes: %v", len(raw), err)
		}
	}
}

func FuzzPicture(f *testing.F) {
	var p, j bytes.Buffer
	_ = png.Encode(&p, quarters(4, 4))
	_ = jpeg.Encode(&j, quarters(4, 4), nil)
	f.Add(p.Bytes())
	f.Add(withExif(j.Bytes(), 6, "x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(raw)); err == nil && c.Width*c.Height > 1<<20 {
			t.Skip("large ones only take time")
		}
		x, err := NewPicture(raw)
		if err != nil {
			return
		}
		if c, err := png.DecodeConfig(bytes.NewReader(x.PNG)); err != nil || c.Width != x.Width || c.Height != x.Height || max(c.Width, c.Height) > maxPictureSide {
			t.Fatalf("%+v %v", c, err)
		}
	})
}

// TestPictureInReports: in the HTML as part of it, in the JSON and the text by its measures alone.
func TestPictureInReports(t *testing.T) {
	var raw bytes.Buffer
	if err := png.Encode(&raw, quarters(8, 6)); err != nil {
		t.Fatal(err)
	}
	x, err := NewPicture(raw.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	r := badGateway()
	page := htmlOf(t, r, "fr", About{Picture: x})
	if !strings.Contains(page, `<img src="data:image/png;base64,iVBOR`) || !strings.Contains(page, `alt="Ce que le navigateur montrait`) || strings.Contains(page, "ZgotmplZ") {
		t.Error("the picture is not in the page")
	}
	p := words.New("en")
	doc, err := json.Marshal(ReportJSON(r, p, About{Picture: x}))
	if err != nil || !bytes.Contains(doc, []byte(`"screenshot":{"width":8,"height":6,`)) || bytes.Contains(doc, []byte("iVBOR")) {
		t.Errorf("%v %s", err, doc)
	}
	if text := Plain(r, p, About{Picture: x}); !strings.Contains(text, "8 × 6") {
		t.Error("the text does not say that there is a picture")
	}
}
