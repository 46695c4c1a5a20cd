package hub

import (
	"errors"
	"slices"
	"testing"
)

func TestBranches(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		code         int
		want         []string
		is           error
	}{
		{"several", `{"branches":[{"name":"main","ref":"refs/heads/main","targetCommit":"x"},{"name":"try/t-0.3"}],"tags":[{"name":"v1"}],"converts":[]}`, 200, []string{"main", "try/t-0.3"}, nil},
		{"none", `{"branches":[]}`, 200, nil, nil},
		{"names that would change a path are left out", `{"branches":[{"name":"../../x"},{"name":""},{"name":"a b"},{"name":"main"}]}`, 200, []string{"main"}, nil},
		{"a repo that is not there", `{"error":"Repository not found"}`, 404, nil, ErrNotFound},
		{"a web page", `<html></html>`, 200, nil, ErrAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/api/models/alice/model/refs", always, status(tt.code, tt.answer, "X-Error-Code: RepoNotFound"))
				got, err := n.client().Branches(t.Context(), "alice/model")
				if !slices.Equal(got, tt.want) || !errors.Is(err, tt.is) {
					t.Errorf("Branches = %q, %v; want %q, %v", got, err, tt.want, tt.is)
				}
			})
		})
	}
	if _, err := new(Client).Branches(t.Context(), "a/b/c"); err == nil {
		t.Error("Branches of what is no name of a repo = nil error")
	}
}
