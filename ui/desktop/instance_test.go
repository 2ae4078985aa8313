//go:build !gallery

package desktop

import (
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

func TestSecondStartRaisesTheFirst(t *testing.T) {
	dir := t.TempDir()
	me, other := claim(dir, ":1")
	if me == nil || other {
		t.Fatalf("the first start: %v, %v", me, other)
	}
	var raised atomic.Int32
	go me.serve(func(done func()) { raised.Add(1); done() })
	for i := range 3 {
		if second, other := claim(dir, ":1"); second != nil || !other || raised.Load() != int32(i+1) {
			t.Errorf("a second start: %v, %v, raised %d times", second, other, raised.Load())
		}
	}
	if elsewhere, other := claim(dir, ":2"); elsewhere == nil || other {
		t.Error("a window on another screen stands in the way")
	} else {
		elsewhere.close()
	}
	me.close()
	again, other := claim(dir, ":1")
	if again == nil || other {
		t.Fatal("after the end the place is not free")
	}
	again.close()
}

func TestStaleSocketIsNoObstacle(t *testing.T) {
	dir := t.TempDir()
	me, _ := claim(dir, "")
	path := me.listener.Addr().String()
	me.listener.(*net.UnixListener).SetUnlinkOnClose(false) // as after a crash: the socket stays, the lock is gone
	me.close()
	if _, err := os.Stat(path); err != nil {
		t.Fatal("the socket is gone: this tests nothing")
	}
	again, other := claim(dir, "")
	if again == nil || other {
		t.Fatalf("after a crash: %v, %v", again, other)
	}
	again.close()
}

func TestHangingWindowHidesNoSecondOne(t *testing.T) {
	dir := t.TempDir()
	me, _ := claim(dir, "")
	defer me.close()
	go me.serve(func(func()) {})
	if second, other := claim(dir, ""); second != nil || other {
		t.Errorf("beside a window that hangs: %v, %v", second, other)
	}
}

func TestNoFolderToWriteTo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if me, other := claim(filepath.Join(file, "state"), ""); me != nil || other {
		t.Errorf("without a folder: %v, %v", me, other)
	}
}
