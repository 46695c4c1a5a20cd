package card

import "testing"

// Of several models that are not on the Hub, each has its number, in tables as in sentences.
func TestNamesOfLocalModels(t *testing.T) {
	local := Model{Local: true, Ref: "/secret"}
	for _, tt := range []struct {
		models []Model
		want   []string
	}{
		{[]Model{local, {Repo: "x/a"}}, []string{"a model that is not on the Hub", "x/a"}},
		{[]Model{local, {Repo: "x/a"}, local}, []string{"model 1 (not on the Hub)", "x/a", "model 3 (not on the Hub)"}},
	} {
		f, err := Facts{Repo: "you/out", Method: Method{Name: "linear"}, Models: tt.models}.Prepare()
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range f.Models {
			if got := m.Name(); got != tt.want[i] {
				t.Errorf("model %d of %d is called %q, want %q", i+1, len(f.Models), got, tt.want[i])
			}
		}
		if got := tt.models[0].Name(); got != "a model that is not on the Hub" {
			t.Errorf("Prepare has renamed its own models: %q", got)
		}
	}
}
