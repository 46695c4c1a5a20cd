package hub

import "testing"

// Whatever comes over the network counts, and nothing else.
func TestReceived(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		const account = `{"name":"alice","auth":{"accessToken":{"role":"read"}}}`
		n.hosts["hub.test"] = status0(200, account)
		c := n.client()
		if got := c.Received(); got != 0 {
			t.Errorf("Received() = %d before the first call, want 0", got)
		}
		for range 2 { // the second is not asked for again
			if _, err := c.WhoAmI(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Received(); got != int64(len(account)) {
			t.Errorf("Received() = %d, want %d", got, len(account))
		}
	})
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		c := n.client()
		r, err := c.Resolve(t.Context(), "alice/model", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAt(t, r, "model.safetensors", 0, 1); err != nil { // with the redirect
			t.Fatal(err)
		}
		before := c.Received()
		if _, err := readAt(t, r, "model.safetensors", 8, 1000); err != nil {
			t.Fatal(err)
		}
		if got := c.Received() - before; got != 1000 {
			t.Errorf("a range of 1000 bytes counts as %d", got)
		}
		before = c.Received()
		if _, err := c.Repo(t.Context(), "alice/missing"); err == nil {
			t.Fatal("no error")
		}
		if got, want := c.Received()-before, int64(len(`{"error":"Repository not found"}`)); got != want {
			t.Errorf("a refusal counts as %d, want %d", got, want)
		}
	})
}

func TestUsedStorage(t *testing.T) {
	for more, want := range map[string]int64{"": 0, `,"usedStorage":14500000000`: 14_500_000_000, `,"usedStorage":-1`: 0, `,"usedStorage":null`: 0} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel().info = more
			info, err := n.client().Repo(t.Context(), "alice/model")
			if err != nil || info.UsedStorage != want {
				t.Errorf("with %q: UsedStorage = %v, %v; want %d", more, info, err, want)
			}
		})
	}
}
