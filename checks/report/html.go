package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"sync"

	"passerelle/checks"
	"passerelle/checks/words"
)

//go:embed report.html
var pageTemplate string

// htmlPage is parsed at its first use.
var htmlPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("report").Parse(pageTemplate)) })

// HTML writes the report as one page that needs nothing else: no script, no font, no picture from anywhere. It reads well in a screen
// reader, in print and in the dark.
func HTML(w io.Writer, r *checks.Result, p *words.Printer, about About) error {
	var b bytes.Buffer
	if err := htmlPage().Execute(&b, newSheet(r, p, about)); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
