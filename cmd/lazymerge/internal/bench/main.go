// Command bench measures whole runs of lazymerge from outside: wall time, peak memory and peak disk.
//
//	go run ./cmd/lazymerge/internal/bench merge            into a folder, beside cp and sha256sum of one source
//	go run ./cmd/lazymerge/internal/bench push             to a Hub on this machine
//	go run ./cmd/lazymerge/internal/bench -python PY push  the same beside huggingface_hub: download both, copy, upload_folder
//
// It makes the two sample models in -dir where they are not there yet. Linux only: it reads /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

const token = "hf_bench"

type bench struct {
	dir, shape, method, python string
	memory, shardSize          string
	binary                     string
}

func main() {
	var b bench
	flag.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "lazymerge-bench"), "folder for models, Hub and results")
	flag.StringVar(&b.shape, "shape", "tinyllama", "shape of the models: demo, tinyllama or mistral-7b")
	flag.StringVar(&b.method, "method", "slerp", "slerp, linear or ties")
	flag.StringVar(&b.memory, "memory", "", "passed on as --memory")
	flag.StringVar(&b.shardSize, "shard-size", "", "passed on as --shard-size")
	flag.StringVar(&b.python, "python", "", "a Python that has huggingface_hub, to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, what string) error {
	if what != "merge" && what != "push" {
		return errors.New("say merge or push")
	}
	shape, ok := sample.Find(b.shape)
	if !ok {
		return fmt.Errorf("there is no shape %q", b.shape)
	}
	for i, dir := range b.models() {
		if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
			continue
		}
		fmt.Printf("making %s\n", dir)
		if err := shape.Write(dir, 1, uint64(i+1), "apache-2.0"); err != nil {
			return err
		}
	}
	b.binary = filepath.Join(b.dir, "lazymerge")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/lazymerge").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if what == "merge" {
		return b.merge(ctx)
	}
	return b.push(ctx)
}

// models are the folders of the three samples; slerp and linear use two.
func (b *bench) models() []string {
	n := 2
	if b.method == "ties" {
		n = 3
	}
	var out []string
	for i := range n {
		out = append(out, filepath.Join(b.dir, b.shape, strconv.Itoa(i+1)))
	}
	return out
}

// config writes a config over refs.
func (b *bench) config(refs []string) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "merge_method: %s\ndtype: bfloat16\n", b.method)
	if b.method != "linear" {
		fmt.Fprintf(&text, "base_model: %s\n", refs[0])
	}
	text.WriteString(map[string]string{
		"slerp":  "parameters:\n  t:\n  - {filter: self_attn, value: [0, 0.5, 0.3, 0.7, 1]}\n  - {filter: mlp, value: [1, 0.5, 0.7, 0.3, 0]}\n  - value: 0.5\n",
		"linear": "parameters: {weight: 0.5}\n",
		"ties":   "parameters: {weight: 0.5, density: 0.5}\n",
	}[b.method])
	text.WriteString("models:\n")
	for _, ref := range refs {
		fmt.Fprintf(&text, "- model: %s\n", ref)
	}
	file := filepath.Join(b.dir, "merge.yaml")
	return file, os.WriteFile(file, []byte(text.String()), 0o666)
}

func (b *bench) flags() []string {
	flags := []string{"-q"}
	if b.memory != "" {
		flags = append(flags, "--memory", b.memory)
	}
	if b.shardSize != "" {
		flags = append(flags, "--shard-size", b.shardSize)
	}
	return flags
}

func (b *bench) merge(ctx context.Context) error {
	config, err := b.config(b.models())
	if err != nil {
		return err
	}
	out := filepath.Join(b.dir, "out")
	source := filepath.Join(b.models()[0], "model.safetensors")
	for range 3 { // the first warms the page cache
		if err := os.RemoveAll(out); err != nil {
			return err
		}
		m, err := measure(ctx, out, append([]string{b.binary, "merge", config, out}, b.flags()...)...)
		if err != nil {
			return err
		}
		m.print("lazymerge merge")
		copied := filepath.Join(b.dir, "copy")
		m, err = measure(ctx, copied, "sh", "-c", `mkdir -p "$2" && cp "$1" "$2/" && sha256sum "$2/"*`, "sh", source, copied)
		if err != nil {
			return err
		}
		m.print("cp + sha256sum of one source")
		if err := os.RemoveAll(copied); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) push(ctx context.Context) error {
	root := filepath.Join(b.dir, "hub")
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o777); err != nil {
		return err
	}
	server, err := localhub.New(localhub.Options{Root: root, Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: token, Role: localhub.Write}}}}})
	if err != nil {
		return err
	}
	defer server.Close()
	var refs []string
	for i, dir := range b.models() {
		files, err := localhub.Folder(dir)
		if err != nil {
			return err
		}
		ref := fmt.Sprintf("me/source-%d", i+1)
		refs = append(refs, ref)
		if _, err := server.PutRepo(ref, localhub.RepoOptions{}, files); err != nil {
			return err
		}
	}
	if err := server.Start("127.0.0.1:0"); err != nil {
		return err
	}
	for k, v := range map[string]string{"HF_ENDPOINT": server.URL(), "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HOME": filepath.Join(b.dir, "home")} {
		if err := os.Setenv(k, v); err != nil {
			return err
		}
	}
	config, err := b.config(refs)
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, b.binary, append([]string{"plan", config}, b.flags()[1:]...)...).CombinedOutput(); err == nil {
		fmt.Printf("%s", out)
	}
	work := filepath.Join(b.dir, "work")
	m, err := measure(ctx, work, append([]string{b.binary, "push", config, "--repo", "me/result", "--work-dir", work}, b.flags()...)...)
	if err != nil {
		return err
	}
	m.print("lazymerge push")
	if b.python == "" {
		return nil
	}
	home := filepath.Join(b.dir, "home")
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	m, err = measure(ctx, home, b.python, "-c", pythonRoundTrip, filepath.Join(home, "copy"))
	if err != nil {
		return err
	}
	m.print("huggingface_hub: download both, cp, upload")
	return os.RemoveAll(home)
}

// pythonRoundTrip is the transport alone: no merge.
const pythonRoundTrip = `
import shutil, sys
from huggingface_hub import HfApi, snapshot_download
a = snapshot_download("me/source-1")
b = snapshot_download("me/source-2")
shutil.copytree(a, sys.argv[1])
api = HfApi()
api.create_repo("me/python", exist_ok=True)
api.upload_folder(repo_id="me/python", folder_path=sys.argv[1])
`

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
