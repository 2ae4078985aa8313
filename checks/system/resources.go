// What is left of disk and memory: browsers fail oddly without either.

package system

import (
	"context"
	"os"

	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
)

// resources gives what is free, MiB; 0 for what could not be read.
func (r *Reader) resources(ctx context.Context) (diskMB, memoryMB uint64) {
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		memoryMB = m.Available >> 20
	}
	home := r.home()
	if home == "" {
		home = os.TempDir()
	}
	if u, err := disk.UsageWithContext(ctx, home); err == nil && u.Total > 0 {
		diskMB = max(1, u.Free>>20) // a full disk is known to be full
	}
	return diskMB, memoryMB
}
