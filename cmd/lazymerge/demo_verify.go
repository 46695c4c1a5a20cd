package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// verify reads the result and both sources back from the Hub, merges whole tensors by the textbook formula in float64, and
// compares. It shares no arithmetic with the engine. worst is the largest difference in units in the last place of bfloat16.
func (d *demonstration) verify(ctx context.Context) (worst int64, tensors int, err error) {
	var models [3]*plan.Model
	for i, id := range []string{demoModels[0], demoModels[1], demoRepo} {
		rev, err := d.client.Resolve(ctx, id, "")
		if err != nil {
			return 0, 0, err
		}
		if models[i], err = plan.ReadModel(ctx, plan.Identity{Repo: rev.Repo, Commit: rev.Commit}, rev); err != nil {
			return 0, 0, err
		}
	}
	base, result := models[0], models[2]
	if len(result.Order) != len(base.Order) {
		return 0, 0, fmt.Errorf("the result has %d tensors and its sources have %d", len(result.Order), len(base.Order))
	}
	for _, name := range result.Order {
		var values [3][]float32
		for i, m := range models {
			if values[i], err = readTensor(ctx, m, name); err != nil {
				return 0, 0, err
			}
		}
		got, want := values[2], plainSlerp(values[0], values[1], tutorialT(name))
		if len(got) != len(want) {
			return 0, 0, fmt.Errorf("%s has %d elements, want %d", name, len(got), len(want))
		}
		for i := range want {
			apart := ulps(got[i], want[i])
			if apart > 1 {
				return 0, 0, fmt.Errorf("%s: element %d is %v, want %v", name, i, got[i], want[i])
			}
			worst = max(worst, apart)
		}
	}
	return worst, len(result.Order), nil
}

func readTensor(ctx context.Context, m *plan.Model, name string) ([]float32, error) {
	t, ok := m.Tensors[name]
	if !ok {
		return nil, fmt.Errorf("%s has no %s", m.Repo, name)
	}
	r, _, err := m.Files.Open(ctx, t.File)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, t.End-t.Begin)
	if _, err := io.ReadFull(io.NewSectionReader(r, t.Begin, t.End-t.Begin), raw); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", name, m.Repo, err)
	}
	out := make([]float32, int64(len(raw))/t.DType.Size())
	dtype.Decode(out, raw, t.DType)
	return out, nil
}

// tutorialT returns t in docs/slerp.yaml for a tensor of a 32-layer model, computed without the engine.
func tutorialT(name string) float64 {
	var gradient []float64
	switch {
	case strings.Contains(name, "self_attn"):
		gradient = []float64{0, 0.5, 0.3, 0.7, 1}
	case strings.Contains(name, "mlp"):
		gradient = []float64{1, 0.5, 0.7, 0.3, 0}
	default:
		return 0.5
	}
	var layer int
	if _, err := fmt.Sscanf(name, "model.layers.%d.", &layer); err != nil {
		return gradient[0]
	}
	at := float64(layer) / 31 * 4
	i := min(int(at), 3)
	return gradient[i] + (at-float64(i))*(gradient[i+1]-gradient[i])
}

// plainSlerp is the textbook formula.
func plainSlerp(x, y []float32, t float64) []float64 {
	var xx, yy, xy float64
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		xx += a * a
		yy += b * b
		xy += a * b
	}
	cx, cy := 1-t, t
	if cos := xy / math.Sqrt(xx*yy); math.Abs(cos) <= 0.9995 {
		angle := math.Acos(cos)
		cx, cy = math.Sin((1-t)*angle)/math.Sin(angle), math.Sin(t*angle)/math.Sin(angle)
	}
	out := make([]float64, len(x))
	for i := range x {
		out[i] = cx*float64(x[i]) + cy*float64(y[i])
	}
	return out
}

// ulps counts the bfloat16 steps between got and the rounded want.
func ulps(got float32, want float64) int64 {
	rounded := []float64{want}
	dtype.Round(rounded, dtype.BF16)
	return int64(math.Abs(float64(ordered(got) - ordered(float32(rounded[0])))))
}

// ordered maps the bfloat16 in a float32 to an integer in the same order.
func ordered(x float32) int64 {
	bits := int64(math.Float32bits(x) >> 16)
	if bits >= 1<<15 {
		return 1<<15 - bits
	}
	return bits
}

// apart puts the largest difference into words.
func apart(worst int64) string {
	if worst == 0 {
		return "equal bit for bit"
	}
	return "equal to within the last bit"
}
