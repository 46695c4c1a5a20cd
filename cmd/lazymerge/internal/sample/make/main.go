// Command make writes sample checkpoints, for benchmarks:
//
//	go run ./cmd/lazymerge/internal/sample/make -shape tinyllama DIR [DIR...]
//
// Each DIR gets another fine-tune of the same base.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
)

func main() {
	name := flag.String("shape", "tinyllama", "demo, tinyllama or mistral-7b")
	flag.Parse()
	if err := run(*name, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string, dirs []string) error {
	shape, ok := sample.Find(name)
	if !ok || len(dirs) == 0 {
		return fmt.Errorf("usage: make -shape demo|tinyllama|mistral-7b DIR [DIR...]")
	}
	for i, dir := range dirs {
		if err := shape.Write(dir, 1, uint64(i+1), "apache-2.0"); err != nil {
			return err
		}
	}
	return nil
}
