package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// measurement is one run seen from outside.
type measurement struct {
	wall, cpu time.Duration
	memory    int64 // peak resident, bytes
	disk      int64 // peak of the watched folder, bytes
}

func (m measurement) print(name string) {
	fmt.Printf("%-44s wall %6.2f s   cpu %6.2f s   memory %5.0f MB   disk %6.0f MB\n", name, m.wall.Seconds(), m.cpu.Seconds(), float64(m.memory)/1e6, float64(m.disk)/1e6)
}

// measure runs a command and looks at its peak resident memory in /proc and at the size of folder every
// few milliseconds.
func measure(ctx context.Context, folder string, args ...string) (measurement, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return measurement{}, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var m measurement
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			m.wall = time.Since(start)
			m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if err != nil {
				return m, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out.String())
			}
			return m, nil
		case <-tick.C:
			m.memory = max(m.memory, peakMemory(cmd.Process.Pid))
			m.disk = max(m.disk, size(folder))
		}
	}
}

// peakMemory reads VmHWM, the peak that the kernel keeps.
func peakMemory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n * 1024
		}
	}
	return 0
}

// size adds up the files below dir; one that goes away meanwhile counts nothing.
func size(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
