package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A benchmark is one config that is measured.
type benchmark struct {
	name   string
	models []string // by the names of folders; the base comes first where the method has one
	header string   // of the config
	each   string   // the parameters of every model but the base
}

// The models: a base, three fine-tunes of it, and three that leave nine of ten elements as they are.
const baseModel = "base"

var (
	tunes = []string{"tune-1", "tune-2", "tune-3"}
	light = []string{"light-1", "light-2", "light-3"}
)

// benchmarks are the configs in the order of the table.
var benchmarks = []benchmark{
	{"passthrough", []string{"tune-1"}, "merge_method: passthrough", ""},
	{"linear", tunes[:2], "merge_method: linear", "{weight: 0.5}"},
	{"slerp", tunes[:1], "merge_method: slerp\nparameters: {t: 0.5}", ""},
	{"task_arithmetic", tunes, "merge_method: task_arithmetic", "{weight: 0.3}"},
	{"ties", tunes, "merge_method: ties", "{weight: 0.5, density: 0.5}"},
	{"ties-mostly-unchanged", light, "merge_method: ties", "{weight: 0.5, density: 0.5}"},
	{"dare_linear", tunes, "merge_method: dare_linear", "{weight: 0.3, density: 0.5}"},
	{"dare_ties", tunes, "merge_method: dare_ties", "{weight: 0.5, density: 0.5}"},
}

// based tells whether the method is over a base model.
func (m *benchmark) based() bool { return m.name != "passthrough" && m.name != "linear" }

// folders are the names of all models.
func (m *benchmark) folders() []string {
	if m.based() {
		return append([]string{baseModel}, m.models...)
	}
	return m.models
}

// chosen returns the benchmarks named in list; all for an empty list.
func chosen(list string) ([]benchmark, error) {
	if list == "" {
		return benchmarks, nil
	}
	var out []benchmark
	for word := range strings.SplitSeq(list, ",") {
		before := len(out)
		for _, m := range benchmarks {
			if m.name == word {
				out = append(out, m)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("there is no benchmark %q", word)
		}
	}
	return out, nil
}

// config writes the config of m over refs, which are those of its folders, and returns its path.
func (b *bench) config(m *benchmark, refs []string) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\ndtype: bfloat16\n", m.header)
	if m.based() {
		fmt.Fprintf(&text, "base_model: %s\n", refs[0])
	}
	text.WriteString("models:\n")
	for i, ref := range refs {
		fmt.Fprintf(&text, "- model: %s\n", ref)
		if m.each != "" && (i > 0 || !m.based()) {
			fmt.Fprintf(&text, "  parameters: %s\n", m.each)
		}
	}
	file := filepath.Join(b.dir, m.name+".yaml")
	return file, os.WriteFile(file, []byte(text.String()), 0o666)
}

// prepare makes the models that are not there yet and returns their folders.
func (b *bench) prepare(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		parent := b.shape.Name
		if b.hollow {
			parent += "-hollow"
		}
		dir := filepath.Join(b.dir, parent, name)
		out = append(out, dir)
		if _, err := os.Stat(filepath.Join(dir, "config.json")); !errors.Is(err, os.ErrNotExist) {
			if err != nil {
				return nil, err
			}
			continue
		}
		fmt.Fprintf(os.Stderr, "making %s\n", dir)
		if err := b.makeModel(dir, name); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return out, nil
}

func (b *bench) makeModel(dir, name string) error {
	if b.hollow {
		return b.shape.WriteHollow(dir, "apache-2.0")
	}
	shape, tune := b.shape, uint64(0)
	if kind, number, ok := strings.Cut(name, "-"); ok {
		tune = uint64(number[0] - '0')
		if kind == "light" {
			shape.Unchanged = 0.9
		}
	}
	return shape.Write(dir, 1, tune, "apache-2.0")
}
