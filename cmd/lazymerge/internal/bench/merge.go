package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// A row is what the runs of one command have in common.
type row struct {
	Name   string `json:"name"`
	Wall   spread `json:"wall_seconds"`
	CPU    spread `json:"cpu_seconds"`
	Memory spread `json:"peak_bytes"`
	Ratio  spread `json:"ratio,omitzero"`   // of the wall time to that of openssl in the same round
	SHA256 string `json:"sha256,omitempty"` // of the weights
}

// A spread is the median of some figures and their range.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(x []float64) spread {
	if len(x) == 0 {
		return spread{}
	}
	x = slices.Sorted(slices.Values(x))
	return spread{x[len(x)/2], x[0], x[len(x)-1]}
}

// merge measures merges into a folder, round by round, beside the copy and the hash of one source, which is as long as the result.
func (b *bench) merge(ctx context.Context) error {
	list, err := chosen(b.method)
	if err != nil {
		return err
	}
	var commands []command
	for _, m := range list {
		folders, err := b.prepare(m.folders())
		if err != nil {
			return err
		}
		if len(commands) == 0 {
			commands = b.yardsticks(filepath.Join(folders[0], "model.safetensors"))
		}
		c, err := b.mergeCommand(&m, folders)
		if err != nil {
			return err
		}
		commands = append(commands, c...)
	}
	runs := make([]runs, len(commands))
	for round := -1; round < b.rounds; round++ { // round -1 fills the page cache
		var openssl float64
		for i, c := range commands {
			m, sum, err := b.once(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if c.name == opensslName {
				openssl = m.wall.Seconds()
			}
			if err := runs[i].add(c, m, sum, openssl, round < 0); err != nil {
				return err
			}
		}
	}
	var rows []row
	for i, c := range commands {
		rows = append(rows, runs[i].row(c.name))
	}
	if b.json {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	printRows(os.Stdout, rows)
	return nil
}

// A command is a program that is measured, and the folder that it makes.
type command struct {
	name string
	out  string
	args []string
	own  bool // it is lazymerge, which writes the same bytes each time
}

const opensslName = "openssl dgst -sha256 of one source"

func (b *bench) yardsticks(source string) []command {
	out := filepath.Join(b.dir, "copy")
	return []command{
		{opensslName, out, []string{"openssl", "dgst", "-sha256", source}, false},
		{"cp of one source", out, []string{"sh", "-c", `mkdir "$2" && cp "$1" "$2"`, "sh", source, out}, false},
	}
}

// mergeCommand is lazymerge's command for m and, where b knows of mergekit, its.
func (b *bench) mergeCommand(m *benchmark, folders []string) ([]command, error) {
	config, err := b.config(m, folders)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(b.dir, "out")
	commands := []command{{m.name, out, append([]string{b.binary, "merge", config, out}, b.flags()...), true}}
	if b.mergekit != "" {
		commands = append(commands, command{m.name + ", mergekit", out, []string{b.mergekit, config, out, "--no-copy-tokenizer"}, false})
	}
	return commands, nil
}

// once runs c and returns the sha256 of the weights that it wrote, "" for none.
func (b *bench) once(ctx context.Context, c command) (m measurement, sum string, err error) {
	if err := os.RemoveAll(c.out); err != nil {
		return m, "", err
	}
	if m, err = measure(ctx, c.out, c.args...); err != nil {
		return m, "", err
	}
	sum, err = weightsSum(c.out)
	return m, sum, cmp.Or(err, os.RemoveAll(c.out))
}

// weightsSum returns the sha256 of the weight files in dir, one after the other in the order of their names.
func weightsSum(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil || len(files) == 0 {
		return "", err
	}
	all := sha256.New()
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(all, f)
		if err = cmp.Or(err, f.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// runs are the figures of the runs of one command.
type runs struct {
	wall, cpu, memory, ratio []float64
	sum                      string
}

// add takes in one run. Every run of lazymerge must have made the same bytes.
func (r *runs) add(c command, m measurement, sum string, openssl float64, warm bool) error {
	if r.sum == "" {
		r.sum = sum
	}
	if sum != r.sum && c.own {
		return fmt.Errorf("%s: wrote weights with sha256 %s, and %s before", c.name, sum, r.sum)
	}
	if warm {
		return nil
	}
	r.wall = append(r.wall, m.wall.Seconds())
	r.cpu = append(r.cpu, m.cpu.Seconds())
	r.memory = append(r.memory, float64(m.memory))
	r.ratio = append(r.ratio, m.wall.Seconds()/openssl)
	return nil
}

func (r *runs) row(name string) row {
	return row{name, spreadOf(r.wall), spreadOf(r.cpu), spreadOf(r.memory), spreadOf(r.ratio), r.sum}
}

// printRows prints a table in Markdown, as the docs have it.
func printRows(w io.Writer, rows []row) {
	fmt.Fprintln(w, "| | wall, s | CPU, s | peak, MB | wall : openssl | sha256 |\n|---|---|---|---|---|---|")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %s | %.0f | %s | %.8s |\n", r.Name, r.Wall.text(1), r.CPU.text(1), r.Memory.Max/1e6, r.Ratio.text(2), r.SHA256)
	}
}

// text is the median and the range, with so many digits.
func (s spread) text(digits int) string {
	return fmt.Sprintf("%.*f (%.*f-%.*f)", digits, s.Median, digits, s.Min, digits, s.Max)
}
