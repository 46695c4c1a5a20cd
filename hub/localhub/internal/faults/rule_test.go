package faults_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/faults"
)

func TestParseRule(t *testing.T) {
	for _, tt := range []struct {
		text string
		want faults.Rule
		bad  string
	}{
		{text: "reset", want: faults.Rule{Kind: "reset"}},
		{text: " status  GET ", want: faults.Rule{Kind: "status", Number: 500, Method: "GET"}},
		{text: "status=503 GET /resolve/ x2", want: faults.Rule{Kind: "status", Number: 503, Method: "GET", Part: "/resolve/", First: 2}},
		{text: "lose POST /commit/ #1", want: faults.Rule{Kind: "lose", Method: "POST", Part: "/commit/", Nth: 1}},
		{text: "truncate=1000 storage: 2.5%", want: faults.Rule{Kind: "truncate", Number: 1000, Part: "storage:", Share: 2.5}},
		{text: "busy x3", want: faults.Rule{Kind: "busy", Number: 1, First: 3}},
		{text: "busy x3 x4", want: faults.Rule{Kind: "busy", Number: 1, Part: "x3", First: 4}},
		{text: "reset 101%", want: faults.Rule{Kind: "reset", Part: "101%"}},
		{text: "", bad: "no kind"},
		{text: "explode", bad: `unknown kind "explode"`},
		{text: "reset=1", bad: `reset cannot be "1"`},
		{text: "status=200", bad: `status cannot be "200"`},
		{text: "busy=soon", bad: "soon"},
		{text: "reset /a/ /b/", bad: `unexpected word "/b/"`},
	} {
		got, err := faults.ParseRule(tt.text)
		if tt.bad != "" {
			if err == nil || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("ParseRule(%q) = %+v, %v; want an error with %q", tt.text, got, err, tt.bad)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("ParseRule(%q) = %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
}

// A rule does what it says, for every kind there is.
func TestRuleFaults(t *testing.T) {
	requests := []string{"GET /a/x", "PUT /a/x", "GET /b/x", "GET /a/x", "GET /a/x"}
	for _, k := range faults.FaultKinds() {
		if k.About == "" || strings.ContainsAny(k.Name, " =") {
			t.Errorf("fault %+v", k)
		}
		for text, want := range map[string][]int{
			k.Name:                   {1, 2, 3, 4, 5},
			k.Name + " PUT":          {2},
			k.Name + " /a/":          {1, 2, 4, 5},
			k.Name + " GET /a/ x2":   {1, 4},
			k.Name + " GET /a/ #3":   {5},
			k.Name + " GET /a/ 100%": {1, 4, 5},
		} {
			r, err := faults.ParseRule(text)
			if err != nil {
				t.Errorf("ParseRule(%q) = %v", text, err)
				continue
			}
			if got := hits(t, r.Faults(1), requests...); !slices.Equal(got, want) {
				t.Errorf("%s: %v fail, want %v", text, got, want)
			}
		}
	}
	r, err := faults.ParseRule("status=502")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r.Faults(1)(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))(nil).ServeHTTP(w, nil)
	if w.Code != 502 {
		t.Errorf("status=502 answers %d", w.Code)
	}
}

// What a rule says of itself is the same rule.
func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"reset", "status=503 GET /resolve/ x2", "busy PUT storage: #3", "truncate=9 12.5%", "lose 1e-3%", "gzip x1 x2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := faults.ParseRule(text)
		if err != nil {
			if r != (faults.Rule{}) {
				t.Fatalf("ParseRule(%q) = %+v, %v", text, r, err)
			}
			return
		}
		again, err := faults.ParseRule(r.String())
		if err != nil || again != r {
			t.Fatalf("ParseRule(%q) = %+v, and of %q %+v, %v", text, r, r.String(), again, err)
		}
		r.Faults(1)(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	})
}
