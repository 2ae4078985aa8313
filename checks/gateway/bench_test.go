package gateway

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"passerelle/assets"
)

// bigPages are 64 KiB pages of several natures: prose, markup, and such as are made to be slow.
func bigPages() map[string][]byte {
	const size = 64 << 10
	fill := func(s string) []byte { return bytes.Repeat([]byte(s), size/len(s)+1)[:size] }
	html := "<div class=\"row\"><p>Nous avons le plaisir de vous présenter nos nouveautés&nbsp;: <a href=\"/p/123?x=1&amp;y=2\">chaises</a>, tables.</p></div>\r\n"
	return map[string][]byte{
		"html":     append([]byte("<html><head><title>502</title></head><body>"), fill(html)...)[:size],
		"letters":  fill("a"),
		"tags":     fill("<"),
		"entities": fill("&#x41;"),
		"amp":      fill("&"),
		"styles":   fill("<style"),
		"comma":    fill(";base64,"),
		"center":   fill("<center><h1>"),
		"marks":    fill("the server returned an invalid or incomplete respons"),
		"spaces":   fill(" \t"),
		"latin1":   fill("\xe9"),
		"accents":  fill("é"),
		"titles":   fill("<title"),
		"scripts":  fill("<script><!--"),
		"digits":   fill("502 "),
		"code":     fill("error code: "),
	}
}

func BenchmarkRecognise64K(b *testing.B) {
	Prepare()
	for name, body := range bigPages() {
		h := response(502, string(body), "Server", "nginx")
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				Recognise(h, Context{})
			}
		})
	}
}

func BenchmarkRecogniseTemplate(b *testing.B) {
	Prepare()
	h := response(502, nginxPage("502 Bad Gateway", "nginx"), "Server", "nginx")
	for b.Loop() {
		Recognise(h, Context{})
	}
}

func BenchmarkExplainText64K(b *testing.B) {
	Prepare()
	text := bytes.Repeat([]byte("error 502 bad gateway and "), 64<<10/26)
	for b.Loop() {
		Explain(text)
	}
}

// TestLinear holds that no content makes recognition slow, and that a page four times as large costs at most about four times as much.
func TestLinear(t *testing.T) {
	Prepare()
	for name, body := range bigPages() {
		one := fastest(func() { Recognise(response(502, string(body)), Context{}) })
		big := []byte(strings.Repeat(string(body), 4))
		four := fastest(func() { Recognise(response(502, string(big)), Context{}) })
		text := fastest(func() { Explain(big) })
		// Bounds with room for a busy machine: the benchmark has the real figures.
		if one > 5*time.Millisecond || four > 8*one+2*time.Millisecond || text > 50*time.Millisecond {
			t.Errorf("%s: 64 KiB %v, 256 KiB %v, explained %v", name, one, four, text)
		}
	}
}

func fastest(f func()) time.Duration {
	best := time.Hour
	for range 7 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}
func BenchmarkPrepare(b *testing.B) {
	raw, _ := assets.Files.ReadFile("gateways.json")
	for b.Loop() {
		readTable(raw)
	}
}
