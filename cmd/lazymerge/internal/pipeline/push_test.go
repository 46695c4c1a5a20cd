package pipeline

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

func TestMessageOfACommit(t *testing.T) {
	m := &Merge{setup: &Setup{Version: "1.2.3"}, Plan: &plan.Plan{Method: "slerp", Hash: strings.Repeat("ab", 32)}, Sources: make([]*Source, 2)}
	const by = "lazymerge 1.2.3, plan abababababab"
	for _, tt := range []struct{ asked, title, body string }{
		{"", "Merge 2 models with SLERP", by},
		{" \n", "Merge 2 models with SLERP", by},
		{"Try t 0.4", "Try t 0.4", by},
		{"Try t 0.4\n\nThe old one rambled.\n", "Try t 0.4", "The old one rambled.\n\n" + by},
	} {
		if title, body := m.message(tt.asked); title != tt.title || body != tt.body {
			t.Errorf("message(%q) = %q, %q, want %q, %q", tt.asked, title, body, tt.title, tt.body)
		}
	}
}
