package history

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestMessagesAreKept(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "history")}
	if list, err := s.Sent(); err != nil || len(list) != 0 {
		t.Fatalf("an empty store: %v, %v", list, err)
	}
	at := time.Date(2026, 11, 21, 10, 4, 5, 0, time.UTC)
	for i := range keepSent + 5 {
		if err := s.Note(Sent{At: at.Add(time.Duration(i) * time.Minute), Host: "boutique.example", To: "site", How: ByCopy}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Sent()
	if err != nil || len(list) != keepSent {
		t.Fatalf("%d kept, want %d (%v)", len(list), keepSent, err)
	}
	if want := at.Add((keepSent + 4) * time.Minute); !list[0].At.Equal(want) || list[0].To != "site" || list[0].How != ByCopy {
		t.Errorf("the newest is %+v", list[0])
	}
	if err := s.Delete(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
}

func TestSpoiltLinesAreLeftOut(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.Dir, sentFile), []byte("no json\n{\"host\":\"a.example\",\"how\":\"mail\"}\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Sent(); err != nil || len(list) != 1 || list[0].Host != "a.example" {
		t.Errorf("%v, %v", list, err)
	}
	if err := s.Note(Sent{Host: ""}); err != nil {
		t.Error(err)
	}
	if _, err := (Store{}).Read("../../etc/passwd"); err == nil {
		t.Error("reads whatever it is named")
	}
}
