package main

import (
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// The Hub takes every license that a card may state, and there is none beside them.
func TestHubTakesEveryLicense(t *testing.T) {
	server, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c := &hub.Client{Endpoint: server.URL()}
	takes := func(id string) bool {
		_, err := c.ValidateCard(t.Context(), []byte("---\nlicense: "+id+"\n---\n"))
		return err == nil
	}
	ids := card.LicenseIDs()
	for _, id := range ids {
		if !card.IsLicense(id) || !takes(id) {
			t.Errorf("%s: IsLicense = %t, and the Hub takes it: %t", id, card.IsLicense(id), takes(id))
		}
	}
	if len(ids) != 82 {
		t.Errorf("%d ids", len(ids))
	}
	for _, id := range []string{"", "apache", "MIT", "cc-by-5.0"} {
		if card.IsLicense(id) {
			t.Errorf("IsLicense(%q)", id)
		}
	}
}
