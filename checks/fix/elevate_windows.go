// Starting the helper as administrator through Windows' own prompt (UAC).

package fix

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var procShellExecuteEx = windows.NewLazySystemDLL("shell32.dll").NewProc("ShellExecuteExW")

// shellExecuteInfo is SHELLEXECUTEINFOW (shellapi.h).
type shellExecuteInfo struct {
	size       uint32
	mask       uint32
	window     uintptr
	verb       *uint16
	file       *uint16
	parameters *uint16
	directory  *uint16
	show       int32
	instance   uintptr
	idList     uintptr
	class      *uint16
	key        uintptr
	hotKey     uint32
	icon       uintptr
	process    windows.Handle
}

const (
	maskNoCloseProcess = 0x40
	maskNoAsync        = 0x100
	maskNoUI           = 0x400
	showHidden         = 0

	waitPiece = 100 // ms between two looks at ctx
)

// elevate starts argv[0] with the verb "runas" and waits for its exit status.
func elevate(ctx context.Context, argv []string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, PromptLimit)
	defer cancel()
	file, err := windows.UTF16PtrFromString(argv[0])
	if err != nil {
		return -1, fmt.Errorf("starting %q: %w", argv[0], err)
	}
	verb, _ := windows.UTF16PtrFromString("runas")
	// ComposeCommandLine quotes each word as the runtime of a program started so takes it apart again.
	parameters, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(argv[1:]))
	if err != nil {
		return -1, fmt.Errorf("starting %q: %w", argv[0], err)
	}
	info := shellExecuteInfo{mask: maskNoCloseProcess | maskNoAsync | maskNoUI, verb: verb, file: file, parameters: parameters, show: showHidden}
	info.size = uint32(unsafe.Sizeof(info))
	ok, _, callErr := procShellExecuteEx.Call(uintptr(unsafe.Pointer(&info)))
	runtime.KeepAlive(parameters)
	if ok == 0 {
		if errors.Is(callErr, windows.ERROR_CANCELLED) {
			return -1, ErrRefused
		}
		return -1, fmt.Errorf("starting %s as administrator: %w", argv[0], callErr)
	}
	if info.process == 0 {
		return -1, fmt.Errorf("starting %s as administrator: no process", argv[0])
	}
	defer windows.CloseHandle(info.process)
	for {
		event, err := windows.WaitForSingleObject(info.process, waitPiece)
		if err != nil {
			return -1, fmt.Errorf("waiting for %s: %w", argv[0], err)
		}
		if event == windows.WAIT_OBJECT_0 {
			break
		}
		if ctx.Err() != nil {
			return -1, fmt.Errorf("waiting for %s: %w", argv[0], ctx.Err())
		}
	}
	var exit uint32
	if err := windows.GetExitCodeProcess(info.process, &exit); err != nil {
		return -1, fmt.Errorf("waiting for %s: %w", argv[0], err)
	}
	return int(exit), nil
}

// keepAlive holds texts whose addresses were given to Windows as numbers.
func keepAlive(texts [3]*uint16) { runtime.KeepAlive(texts) }
