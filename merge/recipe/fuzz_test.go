package recipe

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzParse checks what Parse promises of any text: no panic, the same answer every time, faults
// in order and inside the text, and a sound recipe where there is no error.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "\ufeff", "~", "- a", "a: &x [*x]", "a: &x 1\n<<: *x", "? [a]\n: b", "{a: b}\n---\nc", "a: !!int x", "a: 'x", "a: [1,\n\t2", "\r\n\r",
		"merge_method: linear\nmodels: [{model: a@, parameters: {weight: [{filter: a, value: []}, 1]}}]",
		"merge_method: passthrough\nslices: [{sources: [{model: {model: {path: a}}, layer_range: [0.0, '3']}], base_model: x}]",
		"base_model: a\nmerge_method: slerp\nmodels: &m [{model: b}]\nslices: *m\nparameters: {t: .nan, density: 1:30}",
	} {
		f.Add([]byte(text))
	}
	lineEnd := regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")
	f.Fuzz(func(t *testing.T, text []byte) {
		r, faults := Parse("m.yaml", text, table)
		again, same := Parse("m.yaml", text, table)
		if !reflect.DeepEqual(faults, same) || !equal(r, again) {
			t.Fatalf("Parse = %+v, %v and then %+v, %v", r, faults, again, same)
		}
		lines := lineEnd.Split(string(text), -1)
		for i, fault := range faults {
			at := fault.Pos
			if at.Line < 1 || at.Line > len(lines) || at.Col < 1 || at.Col > utf8.RuneCountInString(lines[at.Line-1])+1 {
				t.Errorf("%v is not inside the text", fault)
			}
			if i > 0 && at.compare(faults[i-1].Pos) < 0 {
				t.Errorf("%v comes after %v", fault, faults[i-1])
			}
			if fault.File != "m.yaml" || fault.Code == "" || fault.Message == "" {
				t.Errorf("fault %+v lacks its file, code or message", fault)
			}
		}
		// Names that are misspelled and values that are wrong or missing leave a recipe that can be planned.
		if !slices.ContainsFunc(faults.Errors(), func(f *Fault) bool {
			return !slices.Contains([]string{"missing-parameter", "value", "values", "unknown-key", "unknown-parameter"}, f.Code)
		}) {
			sound(t, r)
		}
		if len(faults.Errors()) == 0 {
			settle(t, r)
		}
	})
}

// equal compares recipes where NaN equals itself.
func equal(a, b *Recipe) bool {
	if a == nil || b == nil {
		return a == b
	}
	plain := func(r *Recipe) Recipe {
		c := *r
		c.Parameters = nil
		c.Slices = nil
		return c
	}
	return reflect.DeepEqual(plain(a), plain(b)) && len(a.Slices) == len(b.Slices) && reflect.DeepEqual(a.Models(), b.Models())
}

// settle evaluates every setting of a recipe without errors that its method reads: values that passed the
// checks are in range wherever they are asked for, but for whole numbers between whole numbers.
func settle(t *testing.T, r *Recipe) {
	m := Find(table, r.Method)
	check := func(params Params, models bool) {
		for _, e := range params {
			p := m.Param(e.Name)
			if p == nil || models && p.Scope == Shared {
				continue
			}
			for _, depth := range []float64{0, 0.3, 1} {
				v, ok, err := e.Setting.At(p, "model.layers.1.mlp.gate_proj.weight", depth)
				if err != nil && (p.Type != Int || depth != 0.3) {
					t.Errorf("%s at %v: %v", e.Name, depth, err)
				}
				if least, most := p.Limits(); ok && !p.Takes(v) {
					t.Errorf("%s at %v is %v, outside %v to %v", e.Name, depth, v, least, most)
				}
			}
		}
	}
	check(r.Parameters, false)
	for _, s := range r.Slices {
		check(s.Parameters, false)
		for _, src := range s.Sources {
			base := r.Base
			if s.Base != nil {
				base = s.Base
			}
			if m.Base == BaseIgnored || base == nil || !src.Model.Same(*base) {
				check(src.Parameters, true)
			}
		}
	}
}
