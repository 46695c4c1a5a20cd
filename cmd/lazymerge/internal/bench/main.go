// Command bench measures whole runs of lazymerge from outside: wall time, peak memory and peak disk. And it measures how
// near merges come to their formulas.
//
//	go run ./cmd/lazymerge/internal/bench merge            into a folder, beside cp and sha256sum of one source
//	go run ./cmd/lazymerge/internal/bench push             to a Hub on this machine, beside what the plan says
//	go run ./cmd/lazymerge/internal/bench -python PY push  the same beside huggingface_hub: download both, copy, upload_folder
//	go run ./cmd/lazymerge/internal/bench plan             of models without weights, by default of 13 B parameters
//	go run ./cmd/lazymerge/internal/bench accuracy         of every method and type of a result, as package truth says
//
// It makes the two sample models in -dir where they are not there yet; accuracy has models of its own, in memory. Linux
// only: it reads /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
)

type bench struct {
	dir, shape, method, python string
	memory, shardSize          string
	binary                     string
	hollow                     bool // the models have no weights
	repeat                     int
}

func main() {
	var b bench
	flag.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "lazymerge-bench"), "folder for models, Hub and results")
	flag.StringVar(&b.shape, "shape", "", "shape of the models: demo, tinyllama, mistral-7b or llama-13b (default tinyllama, and llama-13b for plan)")
	flag.StringVar(&b.method, "method", "slerp", "slerp, linear or ties")
	flag.StringVar(&b.memory, "memory", "", "passed on as --memory")
	flag.StringVar(&b.shardSize, "shard-size", "", "passed on as --shard-size")
	flag.IntVar(&b.repeat, "repeat", 3, "of accuracy: how many times as many elements as the tests have")
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
	switch what {
	case "merge", "push", "plan":
	case "accuracy":
		return b.accuracy(ctx)
	default:
		return errors.New("say merge, push, plan or accuracy")
	}
	b.hollow = what == "plan"
	if b.shape == "" {
		b.shape = map[bool]string{false: "tinyllama", true: "llama-13b"}[b.hollow]
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
		write := func() error { return shape.Write(dir, 1, uint64(i+1), "apache-2.0") }
		if b.hollow {
			write = func() error { return shape.WriteHollow(dir, "apache-2.0") }
		}
		if err := write(); err != nil {
			return err
		}
	}
	b.binary = filepath.Join(b.dir, "lazymerge")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/lazymerge").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	switch what {
	case "merge":
		return b.merge(ctx)
	case "plan":
		return b.plan(ctx)
	}
	return b.push(ctx)
}

// models are the folders of the samples: three for ties, two for slerp and linear.
func (b *bench) models() []string {
	n := 2
	if b.method == "ties" {
		n = 3
	}
	name := b.shape
	if b.hollow {
		name += "-hollow"
	}
	var out []string
	for i := range n {
		out = append(out, filepath.Join(b.dir, name, strconv.Itoa(i+1)))
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
