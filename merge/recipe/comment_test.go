package recipe

import "testing"

func TestComment(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Pos
	}{
		{"a line of its own", "# tuned from secret-ft, run 3", Pos{4, 14}},
		{"behind a value, after letters of more bytes", "name: é # secret-ft", Pos{4, 11}},
		{"a path that ends so", "# /data/secret-ft", Pos{4, 9}},
		{"a longer name", "# secret-ft2 or my-secret-ft", Pos{}},
		{"no comment", "name: secret-ft", Pos{}},
		{"a # inside a word", "name: a#secret-ft", Pos{}},
	} {
		r, faults := Parse("m.yaml", []byte("merge_method: linear\nmodels: [{model: ./secret-ft}]\nparameters: {weight: 1}\n"+tt.text+"\n"), table)
		if errs := faults.Errors(); len(errs) > 0 {
			t.Errorf("%s: %v", tt.name, errs)
			continue
		}
		if got, ok := r.Comment("secret-ft"); got != tt.want || ok != (tt.want != Pos{}) {
			t.Errorf("%s: Comment = %v, %v; want %v", tt.name, got, ok, tt.want)
		}
	}
}
