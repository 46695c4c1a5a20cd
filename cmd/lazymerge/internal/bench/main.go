// Command bench measures whole runs of lazymerge from outside: wall time, peak memory and peak disk. And it measures how
// near merges come to their formulas.
//
//	go run ./cmd/lazymerge/internal/bench merge            into a folder, beside the copy and the hash of one source
//	go run ./cmd/lazymerge/internal/bench push             to a Hub on this machine, beside what the plan says
//	go run ./cmd/lazymerge/internal/bench -python PY push  the same beside huggingface_hub: download both, copy, upload_folder
//	go run ./cmd/lazymerge/internal/bench plan             of models without weights, by default of 13 B parameters
//	go run ./cmd/lazymerge/internal/bench accuracy         of every method and type of a result, as package truth says
//
// It makes the sample models in -dir where they are not there yet: 2.2 GB each in the usual shape, seven for all methods.
// accuracy has models of its own, in memory. Linux only: it reads /proc.
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

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
)

type bench struct {
	dir               string
	shape             sample.Shape
	method            string
	memory, shardSize string
	rounds, repeat    int
	json              bool
	python, mergekit  string
	binary            string
	hollow            bool // the models have no weights
}

func main() {
	var b bench
	var shape string
	flag.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "lazymerge-bench"), "folder for models, Hub and results")
	flag.StringVar(&shape, "shape", "", "shape of the models: demo, tinyllama, wide, mistral-7b or llama-13b (default tinyllama, and llama-13b for plan)")
	flag.StringVar(&b.method, "method", "", "of merge: some of the methods, with commas between them; of push and plan: one (default slerp)")
	flag.StringVar(&b.memory, "memory", "", "passed on as --memory")
	flag.StringVar(&b.shardSize, "shard-size", "", "passed on as --shard-size")
	flag.IntVar(&b.rounds, "rounds", 5, "of merge: how many times each command is measured")
	flag.BoolVar(&b.json, "json", false, "of merge: print JSON in place of a table")
	flag.StringVar(&b.mergekit, "mergekit", "", "of merge: a mergekit-yaml to measure beside lazymerge")
	flag.IntVar(&b.repeat, "repeat", 3, "of accuracy: how many times as many elements as the tests have")
	flag.StringVar(&b.python, "python", "", "of push: a Python that has huggingface_hub, to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, flag.Arg(0), shape); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, what, shape string) error {
	switch what {
	case "merge", "push", "plan":
	case "accuracy":
		return b.accuracy(ctx)
	default:
		return errors.New("say merge, push, plan or accuracy")
	}
	b.hollow = what == "plan"
	if shape == "" {
		shape = map[bool]string{false: "tinyllama", true: "llama-13b"}[b.hollow]
	}
	var ok bool
	if b.shape, ok = sample.Find(shape); !ok {
		return fmt.Errorf("there is no shape %q", shape)
	}
	b.binary = filepath.Join(b.dir, "lazymerge")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/lazymerge").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if what == "merge" {
		return b.merge(ctx)
	}
	if b.method == "" {
		b.method = "slerp"
	}
	list, err := chosen(b.method)
	if err != nil {
		return err
	}
	folders, err := b.prepare(list[0].folders())
	if err != nil {
		return err
	}
	if what == "plan" {
		return b.plan(ctx, &list[0], folders)
	}
	return b.push(ctx, &list[0], folders)
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
