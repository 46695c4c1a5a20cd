package recipe

import (
	"errors"
	"testing"
)

func TestSettingAt(t *testing.T) {
	weight := &Param{Name: "weight"}
	density := &Param{Name: "density", Max: 1}
	normalize := &Param{Name: "normalize", Type: Bool}
	steps := &Param{Name: "max_iter", Type: Int}
	const (
		gate  = "model.layers.1.mlp.gate_proj.weight"
		norm  = "model.layers.1.input_layernorm.weight"
		other = "lm_head.weight"
	)
	for _, tt := range []struct {
		name    string
		setting string
		param   *Param
		tensor  string
		t       float64
		want    float64
		ok      bool
	}{
		{"a number", "0.3", weight, other, 0.5, 0.3, true},
		{"a number as text", "1e-5", weight, other, 0, 1e-5, true},
		{"an octal number", "010", weight, other, 0, 8, true},
		{"octal in quotes is decimal", "'010'", weight, other, 0, 10, true},
		{"a bool where a number is wanted", "on", weight, other, 0, 1, true},
		{"the start of a gradient", "[0, 0.5, 0.3, 0.7, 1]", weight, other, 0, 0, true},
		{"a point of a gradient", "[0, 0.5, 0.3, 0.7, 1]", weight, other, 0.25, 0.5, true},
		{"the middle of a gradient", "[0, 0.5, 0.3, 0.7, 1]", weight, other, 0.5, 0.3, true},
		{"between two points", "[0, 0.5, 0.3, 0.7, 1]", weight, other, 0.9, 0.88, true},
		{"the end of a gradient", "[0, 0.5, 0.3, 0.7, 1]", weight, other, 1, 1, true},
		{"a gradient of one", "[0.4]", weight, other, 0.7, 0.4, true},
		{"a gradient of none", "[]", weight, other, 0.7, 0, false},
		{"bools in a gradient of numbers are joined", "[false, true]", weight, other, 0.25, 0.25, true},
		{"equal points stay what they are", "[0.1, 0.1]", density, other, 0.3, 0.1, true},
		{"a list of bools is picked from", "[true, false, true]", normalize, other, 0.49, 1, true},
		{"and the one before counts", "[true, false, true]", normalize, other, 0.99, 0, true},
		{"a whole number between whole numbers", "[2, 4]", steps, other, 0.5, 3, true},
		{"the first case that matches counts", "[{filter: mlp, value: 1}, {filter: gate, value: 2}, {value: 3}]", weight, gate, 0, 1, true},
		{"the catch-all", "[{filter: mlp, value: 1}, {value: 3}]", weight, other, 0, 3, true},
		{"a star", "[{filter: mlp, value: 1}, {filter: '*', value: 3}]", weight, other, 0, 3, true},
		{"an empty filter", "[{filter: '', value: 3}]", weight, other, 0, 3, true},
		{"a null filter", "[{filter: ~, value: 3}]", weight, other, 0, 3, true},
		{"nothing matches", "[{filter: mlp, value: 1}]", weight, norm, 0, 0, false},
		{"case matters", "[{filter: MLP, value: 1}]", weight, gate, 0, 0, false},
		{"there are no patterns", "[{filter: 'm*p', value: 1}]", weight, gate, 0, 0, false},
		{"a part of a number is a part", "[{filter: layers.1, value: 1}]", weight, "model.layers.10.mlp", 0, 1, true},
		{"with dots it is the number", "[{filter: layers.1., value: 1}]", weight, "model.layers.10.mlp", 0, 0, false},
		{"norm matches input_layernorm", "[{filter: norm, value: 1}]", weight, norm, 0, 1, true},
		{"a gradient in a case", "[{filter: mlp, value: [0, 1]}]", weight, gate, 0.5, 0.5, true},
		{"an empty gradient in a case that matches", "[{filter: mlp, value: []}, {value: 1}]", weight, gate, 0, 0, false},
		{"a case without a list", "{filter: mlp, value: 2}", weight, gate, 0, 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := setting(t, tt.setting)
			got, ok, err := s.At(tt.param, tt.tensor, tt.t)
			if diff := got - tt.want; err != nil || ok != tt.ok || diff > 1e-12 || diff < -1e-12 {
				t.Errorf("%s of %s at %v for %s = %v, %v, %v; want %v, %v", tt.setting, tt.param.Name, tt.t, tt.tensor, got, ok, err, tt.want, tt.ok)
			}
		})
	}
}

// At must give the points of a gradient and equal neighbors exactly.
func TestSettingAtIsExact(t *testing.T) {
	s := setting(t, "[0.1, 0.1, 0.7]")
	p := &Param{Name: "density", Max: 1}
	for at := range 51 {
		if got, _, err := s.At(p, "x", float64(at)/100); err != nil || got != 0.1 {
			t.Fatalf("At(%v) = %v, %v; want 0.1", float64(at)/100, got, err)
		}
	}
	if got, _, _ := s.At(p, "x", 1); got != 0.7 {
		t.Errorf("At(1) = %v, want 0.7", got)
	}
}

func TestSettingAtFaults(t *testing.T) {
	for _, tt := range []struct{ name, setting, want string }{
		{"half an iteration", "[1, 2]", "max_iter is 1.5 at 0.5 of its gradient, and must be a whole number"},
		{"the first of two", "[x, 2]", `max_iter "x" is not a number; write a whole number such as 1`},
		{"the second of two", "[1, x]", `max_iter "x" is not a number; write a whole number such as 1`},
		{"out of range", "11", "max_iter 11 is above 10; write a value from 1 to 10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ok, err := setting(t, tt.setting).At(&Param{Name: "max_iter", Type: Int, Min: 1, Max: 10}, "x", 0.5)
			f, is := errors.AsType[*Fault](err)
			if ok || !is || f.Error() != tt.want || f.Pos.Line == 0 {
				t.Errorf("At(%s) = %v, %v; want the fault %q with a place", tt.setting, ok, err, tt.want)
			}
		})
	}
}

// setting reads the value of one parameter.
func setting(t *testing.T, text string) Setting {
	t.Helper()
	p := &parser{recipe: &Recipe{}}
	s := p.setting(field{name: "p", value: node(t, text)})
	if errs := p.faults.Errors(); len(errs) > 0 {
		t.Fatalf("setting %s: %v", text, errs)
	}
	return s
}
