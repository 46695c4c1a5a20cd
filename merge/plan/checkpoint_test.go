package plan_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// A checkpoint is a model without data. Each line of a weight file is a tensor: "norm.weight BF16 4x8", and
// "scale F32" for one without dimensions.
type checkpoint struct {
	config  string              // of config.json; "" is Llama's with two layers, "-" none
	lines   []string            // of model.safetensors
	shards  map[string][]string // of other weight files
	index   map[string]string   // tensor to shard; "" with shards lists what they hold
	files   map[string]string   // everything else
	noIndex bool                // shards have none
	end     string              // of model.safetensors, after zeros: data of the last tensors
}

const llamaConfig = `{
  "architectures": ["LlamaForCausalLM"],
  "model_type": "llama",
  "num_hidden_layers": %d,
  "torch_dtype": "bfloat16"
}
`

// llama is a small model in BF16 with n layers and two tensors in each.
func llama(n int) checkpoint {
	return checkpoint{config: fmt.Sprintf(llamaConfig, n), lines: llamaLines(n, "BF16")}
}

func llamaLines(n int, d string) []string {
	lines := []string{"model.embed_tokens.weight " + d + " 8x4"}
	for k := range n {
		lines = append(lines,
			fmt.Sprintf("model.layers.%d.mlp.down_proj.weight %s 4x4", k, d),
			fmt.Sprintf("model.layers.%d.self_attn.q_proj.weight %s 4x4", k, d))
	}
	return append(lines, "model.norm.weight "+d+" 4", "lm_head.weight "+d+" 8x4")
}

// with returns c with more tensors.
func (c checkpoint) with(lines ...string) checkpoint {
	c.lines = append(slices.Clone(c.lines), lines...)
	return c
}

// without returns c without the tensors whose line contains one of parts.
func (c checkpoint) without(parts ...string) checkpoint {
	c.lines = slices.DeleteFunc(slices.Clone(c.lines), func(line string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(line, p) })
	})
	return c
}

// renamed returns c with old replaced by new in every tensor line.
func (c checkpoint) renamed(old, new string) checkpoint {
	c.lines = slices.Clone(c.lines)
	for i := range c.lines {
		c.lines[i] = strings.ReplaceAll(c.lines[i], old, new)
	}
	return c
}

// says returns c with another config.json.
func (c checkpoint) says(config string) checkpoint {
	c.config = config
	return c
}

// file is the start of a file, and zeros up to its size.
type file struct {
	head []byte
	size int64
}

func (f file) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(f.head)) {
		copy(p, f.head[off:])
	}
	if left := f.size - off; int64(len(p)) > left {
		return int(max(left, 0)), io.EOF
	}
	return len(p), nil
}

// memory is the files of one model.
type memory map[string]file

func (m memory) Names() []string { return slices.Sorted(maps.Keys(m)) }

func (m memory) Open(_ context.Context, name string) (io.ReaderAt, int64, error) {
	f, ok := m[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return f, f.size, nil
}

func (m memory) add(name, text string) { m[name] = file{[]byte(text), int64(len(text))} }

// weightFile is a safetensors file of the tensors in lines.
func weightFile(t testing.TB, lines []string) file {
	t.Helper()
	var h safetensors.Header
	var at int64
	for _, line := range lines {
		fields := strings.Fields(line)
		d, err := dtype.Parse(fields[1])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		one := safetensors.Tensor{Name: fields[0], DType: d, Begin: at}
		if len(fields) > 2 {
			for dim := range strings.SplitSeq(fields[2], "x") {
				n, err := strconv.ParseInt(dim, 10, 64)
				if err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				one.Shape = append(one.Shape, n)
			}
		}
		one.End = at + one.N()*d.Size()
		at = one.End
		h.Tensors = append(h.Tensors, one)
	}
	head, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return file{head, int64(len(head)) + at}
}

// memory returns the checkpoint's files.
func (c checkpoint) memory(t testing.TB) memory {
	t.Helper()
	m := memory{}
	switch c.config {
	case "-":
	case "":
		m.add("config.json", fmt.Sprintf(llamaConfig, 2))
	default:
		m.add("config.json", c.config)
	}
	if c.lines != nil {
		f := weightFile(t, c.lines)
		if c.end != "" {
			f.head = append(append(f.head, make([]byte, int(f.size)-len(f.head)-len(c.end))...), c.end...)
		}
		m["model.safetensors"] = f
	}
	index := maps.Clone(c.index)
	for name, lines := range c.shards {
		m[name] = weightFile(t, lines)
		if c.index != nil {
			continue
		}
		if index == nil {
			index = map[string]string{}
		}
		for _, line := range lines {
			index[strings.Fields(line)[0]] = name
		}
	}
	if index != nil && !c.noIndex {
		m.add("model.safetensors.index.json", string((&safetensors.Index{WeightMap: index}).Encode()))
	}
	for name, text := range c.files {
		m.add(name, text)
	}
	return m
}

// read is the model of c, pinned as x/NAME.
func (c checkpoint) read(t testing.TB, name string) *plan.Model {
	t.Helper()
	m, err := plan.ReadModel(t.Context(), identity(name), c.memory(t))
	if err != nil {
		t.Fatalf("model %s: %v", name, err)
	}
	return m
}

func identity(name string) plan.Identity {
	return plan.Identity{Repo: "x/" + name, Commit: strings.Repeat("0", 40)}
}

// models are checkpoints by the name that configs call them.
type models map[string]checkpoint

// build plans config, which must be free of faults of its own.
func (ms models) build(t testing.TB, config string, opts plan.Options) (*plan.Plan, recipe.Faults) {
	t.Helper()
	r, faults := recipe.Parse("merge.yaml", []byte(config), merge.Methods())
	if errs := faults.Errors(); len(errs) > 0 {
		t.Fatalf("config: %v", errs)
	}
	var loaded []*plan.Model
	for _, ref := range r.Models() {
		c, ok := ms[ref.Path]
		if !ok {
			t.Fatalf("the test has no model %q", ref.Path)
		}
		loaded = append(loaded, c.read(t, ref.Path))
	}
	return plan.Build(r, merge.Methods(), loaded, opts)
}

// plan is build of a config that has no faults at all, and no warnings.
func (ms models) plan(t testing.TB, config string) *plan.Plan {
	t.Helper()
	p, faults := ms.build(t, config, plan.Options{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

// warned is a plan with warnings, as lines without the file's name.
func (ms models) warned(t testing.TB, config string) (*plan.Plan, []string) {
	t.Helper()
	p, faults := ms.build(t, config, plan.Options{})
	if p == nil {
		t.Fatal(faults)
	}
	return p, lines(faults)
}

func lines(faults recipe.Faults) []string {
	var out []string
	for _, f := range faults {
		out = append(out, strings.TrimPrefix(f.Error(), "merge.yaml:"))
	}
	return out
}

// refused are the faults of a config that cannot be planned.
func (ms models) refused(t testing.TB, config string) []string {
	t.Helper()
	p, faults := ms.build(t, config, plan.Options{})
	if p != nil {
		t.Fatal("planned, and should have been refused")
	}
	for _, f := range faults {
		if f.File != "merge.yaml" || f.Pos.Line == 0 || f.Code == "" {
			t.Errorf("fault without file, place or code: %+v", f)
		}
	}
	return lines(faults)
}

// output is an output of one tensor.
type output struct {
	plan.Output
	plan.Tensor
}

// tensor returns the output tensor called name.
func tensor(t testing.TB, p *plan.Plan, name string) output {
	t.Helper()
	i := slices.IndexFunc(p.Outputs, func(o plan.Output) bool { return o.Name() == name })
	if i < 0 {
		t.Fatalf("no tensor %s; there are %v", name, names(p))
	}
	if len(p.Outputs[i].Tensors) != 1 {
		t.Fatalf("%s is written as %d tensors", name, len(p.Outputs[i].Tensors))
	}
	return output{p.Outputs[i], p.Outputs[i].Tensors[0]}
}

// call is the method that makes the output tensor called name.
func call(t testing.TB, p *plan.Plan, name string) *plan.Call {
	t.Helper()
	o := tensor(t, p, name)
	c := o.Call()
	if c == nil {
		t.Fatalf("%s is made by no method: %s", name, show(p, o.Output))
	}
	return c
}

func names(p *plan.Plan) []string {
	var out []string
	for o := range p.Tensors() {
		out = append(out, o.Name)
	}
	return out
}

// tensorsOf are the tensors of a shard.
func tensorsOf(p *plan.Plan, s plan.Shard) []plan.Tensor {
	var out []plan.Tensor
	for _, o := range p.Outputs[s.First:s.End] {
		out = append(out, o.Tensors...)
	}
	return out
}

// show writes an output: "linear(x/a:norm.weight, x/b:norm.weight)", with "copy" before what is copied and
// "~BF16" behind what is rounded first.
func show(p *plan.Plan, o plan.Output) string {
	if o.Codec == plan.Copy {
		return "copy " + showExpr(p, o.Expr)
	}
	return showExpr(p, o.Expr)
}

func showExpr(p *plan.Plan, e plan.Expr) string {
	s := ""
	switch op := e.Op.(type) {
	case *plan.Leaf:
		s = p.Sources[op.Source].Repo + ":" + op.Tensor
	case *plan.Call:
		var in []string
		for _, one := range op.Inputs {
			in = append(in, showExpr(p, one.Expr))
		}
		s = op.Method + "(" + strings.Join(in, ", ") + ")"
	}
	if e.Round != dtype.Invalid {
		s += "~" + e.Round.String()
	}
	return s
}

// shown is show of the tensor called name.
func shown(t testing.TB, p *plan.Plan, name string) string {
	t.Helper()
	return show(p, tensor(t, p, name).Output)
}

func equalLines(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

// configJSON is the result's config.json.
func configJSON(t testing.TB, p *plan.Plan) string {
	t.Helper()
	for _, f := range p.Files {
		if f.Name == "config.json" {
			return string(f.Edited)
		}
	}
	t.Fatal("no config.json")
	return ""
}

// hashOf is the hash of a plan whose first model has another identity.
func hashOf(t testing.TB, ms models, config string, id plan.Identity) string {
	t.Helper()
	r, _ := recipe.Parse("merge.yaml", []byte(config), merge.Methods())
	var loaded []*plan.Model
	for i, ref := range r.Models() {
		m := ms[ref.Path].read(t, ref.Path)
		if i == 0 {
			m.Identity = id
		}
		loaded = append(loaded, m)
	}
	p, faults := plan.Build(r, merge.Methods(), loaded, plan.Options{})
	if p == nil {
		t.Fatal(faults)
	}
	return p.Hash
}
