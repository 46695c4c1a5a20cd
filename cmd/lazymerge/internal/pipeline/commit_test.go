package pipeline

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestMessageOfACommit(t *testing.T) {
	o := Offer{Prepared: Prepared{Request: Request{Tool: "1.2.3"},
		Merge: render.Merge{Method: &recipe.Method{Title: "SLERP"}, Plan: &plan.Plan{Hash: strings.Repeat("ab", 32)}, Sources: make([]*source.Source, 2)}}}
	const by = "lazymerge 1.2.3, plan abababababab"
	for _, tt := range []struct{ asked, title, body string }{
		{"", "Merge 2 models with SLERP", by},
		{" \n", "Merge 2 models with SLERP", by},
		{"Try t 0.4", "Try t 0.4", by},
		{"Try t 0.4\n\nThe old one rambled.\n", "Try t 0.4", "The old one rambled.\n\n" + by},
	} {
		o.To.Message = tt.asked
		if title, body := o.message(); title != tt.title || body != tt.body {
			t.Errorf("message(%q) = %q, %q, want %q, %q", tt.asked, title, body, tt.title, tt.body)
		}
	}
}
