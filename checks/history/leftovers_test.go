package history

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestDeleteTakesHalfWrittenFiles: what a power cut left is a whole check, or nearly. What is being written now, and what is not ours, stays.
func TestDeleteTakesHalfWrittenFiles(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	old := time.Now().Add(-time.Hour)
	for name, gone := range map[string]bool{".new-123456": true, ".incidents.json.98765": true, ".new-photos": false, "notes.txt": false, ".new-777": false} {
		if err := os.MkdirAll(s.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		p := filepath.Join(s.Dir, name)
		if err := os.WriteFile(p, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != ".new-777" {
			if err := os.Chtimes(p, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Delete(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(p); (err != nil) != gone {
			t.Errorf("%s: %v", name, err)
		}
	}
}
