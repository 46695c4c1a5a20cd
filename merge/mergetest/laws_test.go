package mergetest

import (
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// mean is the average of its inputs, a little more where they differ: by the largest distance of an
// input from the first one anywhere in the tensor, so that it needs a scan. Where that is more than 1 it takes
// another pass for the largest that is not. Each fault breaks it in one way.
type mean struct {
	merge.Spec
	inputs int
	fault  string

	most    float64 // the largest distance
	emitted bool
	kept    []float32
	state   []float64
}

func (k *mean) is(fault string) bool { return k.fault == fault }

// check returns the rows of a block.
func (k *mean) check(b *merge.Block) [][]float32 {
	end := b.Start + int64(b.Len)
	x := b.Run(0, b.Len)
	if k.is("takes any block") {
		return x
	}
	if len(x) != k.inputs || b.Start%100 != 0 || end > k.N() || end != k.N() && end%100 != 0 {
		panic("ill-formed")
	}
	return x
}

// Scan returns the largest distance in a block.
func (k *mean) Scan(pass int, b *merge.Block) any {
	x := k.check(b)
	if k.is("spoils its inputs in a scan") {
		x[0][0]++
	}
	if k.is("keeps a row of a scan") {
		k.kept = x[0]
	}
	spread := 0.0
	for _, row := range x {
		for i := range row {
			if d := float64(row[i]) - float64(x[0][i]); d == d && d-d == 0 && (pass == 0 || math.Abs(d) <= 1) {
				spread = max(spread, d, -d)
			}
		}
	}
	if k.is("looks at the length of a block") && b.Len > 0 {
		spread /= float64(b.Len)
	}
	return spread
}

func (k *mean) Fold(pass int, parts iter.Seq[any]) (again bool) {
	n := 0
	k.most = 0
	for p := range parts {
		k.most = max(k.most, p.(float64))
		n++
		if k.is("folds only the first part") {
			break
		}
	}
	if n == 0 && k.is("panics on empty tensors") {
		panic("no parts")
	}
	return k.is("asks for a pass that the table does not know") || pass == 0 && k.most > 1
}

func (k *mean) Emit(dst []float64, b *merge.Block) {
	x := k.check(b)
	if len(dst) != b.Len && !k.is("takes a result of any length") {
		panic("length")
	}
	if k.is("spoils its inputs in the last pass") && len(dst) > 3 {
		x[len(x)-1][3] = 7
	}
	if k.is("allocates") {
		k.state = make([]float64, len(dst))
	}
	for i := range min(len(dst), b.Len) {
		if k.is("leaves the last element") && i == len(dst)-1 {
			break
		}
		s := 0.0
		for _, row := range x {
			v := float64(row[i])
			if k.is("loses NaN") && v != v {
				v = 0
			}
			s += v
		}
		dst[i] = s / float64(len(x))
		if k.is("spreads NaN") && i > 0 && dst[i-1] != dst[i-1] {
			dst[i] = dst[i-1]
		}
		if len(x) > 1 && x[0][i] != x[1][i] && dst[i] == dst[i] {
			dst[i] += 1e-3 * k.most
		}
		if k.is("changes identical inputs") {
			dst[i] *= 1.0000001
		}
		if k.is("looks at its place in the block") && i == 150 {
			dst[i]++
		}
		if k.is("keeps a row of a scan") && k.kept != nil && i == 0 {
			dst[i] += float64(k.kept[0])
		}
	}
	if k.is("looks at the seed") && k.Seed == 2 && len(dst) > 0 && dst[0] == dst[0] {
		dst[0]++
	}
	if k.is("looks at the name") && strings.HasSuffix(k.Name, "s") && len(dst) > 0 && dst[0] == dst[0] {
		dst[0]++
	}
	if k.is("emits once") && b.Start == 0 && len(dst) > 0 && dst[0] == dst[0] {
		if k.emitted {
			dst[0]++
		}
		k.emitted = true
	}
}

// Every law is broken by a kernel that is right but for that.
func TestLawsFindFaults(t *testing.T) {
	method := recipe.Method{
		Name: "mean", Models: recipe.Count{Min: 1}, Base: recipe.BaseIgnored,
		Unit:   func([]int64, recipe.Args) int64 { return 100 },
		Passes: func([]int64, recipe.Args) (usual, worst int) { return 1, 2 },
	}
	tests := []struct {
		fault, want string
	}{
		{"", ""},
		{"asks for a pass that the table does not know", "empty tensors: shape [0]: the kernel asks for pass 3, the table says at most 2"},
		{"panics on empty tensors", "empty tensors: shape [0]: Fold of pass 0 panics: no parts"},
		{"spoils its inputs in a scan", "any cut gives the same bits: Scan of pass 0 changed element 0 of row 0"},
		{"spoils its inputs in the last pass", "any cut gives the same bits: Emit changed element 3 of row 1"},
		{"keeps a row of a scan", "any cut gives the same bits"},
		{"looks at the length of a block", "any cut gives the same bits"},
		{"folds only the first part", "Fold of pass 0 ranged over 1 of"},
		{"leaves the last element", "any cut gives the same bits: Emit of block 0 leaves element"},
		{"looks at its place in the block", "any cut gives the same bits"},
		{"looks at the seed", "no chance: element 0 is"},
		{"looks at the name", "no chance: element 0 is"},
		{"emits once", "emitting again: element 0 is"},
		{"changes identical inputs", "identical inputs: shape ["},
		{"loses NaN", "NaN is never lost: element 0 is"},
		{"spreads NaN", "NaN is never lost: element 1 is NaN"},
		{"takes any block", "ill-formed blocks: Emit takes"},
		{"takes a result of any length", "ill-formed blocks: Emit takes a result that is short"},
		{"allocates", "allocation: Emit allocates 1 times a block"},
	}
	for _, tt := range tests {
		if raceEnabled && (tt.fault == "allocates" || tt.fault == "keeps a row of a scan") { // which is a race
			continue
		}
		t.Run(tt.fault, func(t *testing.T) {
			factory := func(s merge.Spec) merge.Kernel {
				return &mean{Spec: s, inputs: len(s.Args.PerModel), fault: tt.fault}
			}
			var found []string
			has := func() bool {
				return tt.want != "" && slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, tt.want) })
			}
			for _, c := range defaults(method) {
				for _, law := range laws {
					if has() {
						return
					}
					if err := law.hold(subject{method, factory, c}); err != nil {
						found = append(found, law.name+": "+err.Error())
					}
				}
			}
			if tt.want == "" && len(found) > 0 {
				t.Errorf("a kernel without a fault breaks %q", found)
			}
			if tt.want != "" && !has() {
				t.Errorf("a kernel that %s breaks %q, want one with %q", tt.fault, found, tt.want)
			}
		})
	}
}

func TestRunCutsAndShuffles(t *testing.T) {
	spans := Cut{Block: 150, Shuffle: 5}.spans(450, 100)
	if len(spans) != 3 || slices.IsSortedFunc(spans, func(a, b span) int { return a.index - b.index }) {
		t.Errorf("spans of 450 elements in blocks of 150, unit 100, shuffled: %v", spans)
	}
	slices.SortFunc(spans, func(a, b span) int { return a.index - b.index })
	if want := []span{{0, 0, 200}, {1, 200, 400}, {2, 400, 450}}; !slices.Equal(spans, want) {
		t.Errorf("spans = %v, want %v", spans, want)
	}
}

func TestArgsFillTheTable(t *testing.T) {
	m := recipe.Method{Base: recipe.BaseRequired, Params: []recipe.Param{
		{Name: "t", Required: true},
		{Name: "n", Default: 7},
		{Name: "scale", Scope: recipe.PerModel, Optional: true},
		{Name: "weight", Scope: recipe.PerModel, Required: true},
		{Name: "share", Scope: recipe.PerModel, Required: true, Max: 1},
	}}
	a := WithEach(With(Args(m, 3, 1), "n", 8), "weight", 5, 6)
	if a.Base != 1 || a.PerModel[1] != nil || a.Shared["t"] != 0.3 || a.Shared["n"] != 8 || len(a.Shared) != 2 {
		t.Errorf("Args = %+v", a)
	}
	if a.PerModel[0]["weight"] != 5 || a.PerModel[2]["weight"] != 6 || len(a.PerModel[2]) != 2 || a.PerModel[2]["share"] != 0.75 {
		t.Errorf("Args of models = %v", a.PerModel)
	}
}
