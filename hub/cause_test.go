package hub

import (
	"errors"
	"fmt"
	"testing"
)

func TestReasonDoesNotSayItTwice(t *testing.T) {
	missing := &Error{Op: "look up", Repo: "alice/a", Status: 404, Code: "RepoNotFound"}
	gated := &Error{Op: "read config.json of", Repo: "alice/a", Status: 403, Code: "GatedRepo", TokenFrom: "HF_TOKEN"}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{missing, "not found, or private (404 RepoNotFound)"},
		{fmt.Errorf("config.json: %w", gated), "config.json: gated, and the token from HF_TOKEN has no access (403 GatedRepo)"},
		{fmt.Errorf("look up alice/a: %w", ErrOffline), "offline mode is on, so no request is made"},
		{errors.New("look up alice/a: something else"), "look up alice/a: something else"},
	} {
		if got := Reason(tt.err); got != tt.want {
			t.Errorf("Reason(%q) = %q, want %q", tt.err, got, tt.want)
		}
	}
}
