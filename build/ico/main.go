// Command ico makes a Windows icon from square PNG pictures: ico OUT.ico IN.png…
//
// Up to 64 pixels a picture is kept as a 32-bit bitmap, which every Windows and every tool reads; larger ones stay PNG, as
// Windows has read them since Vista (Microsoft, "Icons", the ICONDIR and ICONDIRENTRY structures).
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
)

// bitmapUpTo is the largest side, in pixels, that is stored uncompressed.
const bitmapUpTo = 64

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ico:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: ico OUT.ico IN.png…")
	}
	var pictures [][]byte
	for _, name := range args[1:] {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		pictures = append(pictures, data)
	}
	data, err := icon(pictures)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], data, 0o644)
}

// icon puts PNG pictures into one .ico.
func icon(pictures [][]byte) ([]byte, error) {
	const header, entry = 6, 16
	var directory, bodies bytes.Buffer
	put := func(w *bytes.Buffer, values ...any) {
		for _, v := range values {
			binary.Write(w, binary.LittleEndian, v) // a bytes.Buffer never fails
		}
	}
	put(&directory, uint16(0), uint16(1), uint16(len(pictures)))
	for i, data := range pictures {
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("picture %d: %w", i+1, err)
		}
		side := img.Bounds().Dx()
		if side != img.Bounds().Dy() || side < 1 || side > 256 {
			return nil, fmt.Errorf("picture %d is %v: a square of 1 to 256 pixels is needed", i+1, img.Bounds().Size())
		}
		if side <= bitmapUpTo {
			data = bitmap(img)
		}
		// 256 is written as 0; no palette; 1 plane; 32 bits a pixel
		put(&directory, uint8(side%256), uint8(side%256), uint8(0), uint8(0), uint16(1), uint16(32),
			uint32(len(data)), uint32(header+entry*len(pictures)+bodies.Len()))
		bodies.Write(data)
	}
	return append(directory.Bytes(), bodies.Bytes()...), nil
}

// bitmap is the BITMAPINFOHEADER form used inside icons: twice the height, bottom row first, BGRA, then a mask of bits that
// nobody looks at where there is an alpha channel.
func bitmap(img image.Image) []byte {
	side := img.Bounds().Dx()
	maskRow := (side + 31) / 32 * 4
	var out bytes.Buffer
	for _, v := range []uint32{40, uint32(side), uint32(2 * side), 1 | 32<<16, 0, uint32(side*side*4 + side*maskRow), 0, 0, 0, 0} {
		binary.Write(&out, binary.LittleEndian, v)
	}
	for y := side - 1; y >= 0; y-- {
		for x := 0; x < side; x++ {
			c := color.NRGBAModel.Convert(img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y)).(color.NRGBA)
			out.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	out.Write(make([]byte, side*maskRow))
	return out.Bytes()
}
