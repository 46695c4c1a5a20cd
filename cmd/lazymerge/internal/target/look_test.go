package target

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
)

// A repo that the staff of the Hub has disabled looks like any other until something is committed.
func TestLookRefusesADisabledRepo(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/whoami-v2", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"type":"user","name":"bob","auth":{"accessToken":{"role":"write"}}}`)
	})
	mux.HandleFunc("GET /api/models/bob/out/revision/main", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"bob/out","sha":"`+strings.Repeat("a", 40)+`","disabled":true,"siblings":[]}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	h := Hub{Client: &hub.Client{Endpoint: server.URL, Token: func() string { return "hf_x" }, TokenFrom: "HF_TOKEN"}}
	_, err := h.Look(t.Context(), "out", "", false)
	if !errors.Is(err, hub.ErrForbidden) || !strings.HasPrefix(err.Error(), "target bob/out: disabled by Hub staff") {
		t.Errorf("Look = %v", err)
	}
}
