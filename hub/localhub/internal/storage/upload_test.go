package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot/depottest"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// An upload that finds no room is our fault, not the client's, and counts for nothing.
func TestUploadToFullDisk(t *testing.T) {
	for room := range 2 {
		disk := &depottest.FullDisk{Depot: depot.NewMemory(), Left: -1}
		repos, err := store.OpenRegistry(disk)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		s := &Storage{Repos: repos, Signer: signed.New(time.Hour, time.Now), ErrorLog: log.New(&out, "", 0), Apart: true}
		if _, err := repos.Put("alice/x", store.RepoOptions{}, nil, 0, time.Now()); err != nil {
			t.Fatal(err)
		}
		r := repos.Find(names.RepoID{Kind: "model", Name: "alice/x"})
		oid := sumOfUpload("content")
		href := s.Signer.Object("http://hub.invalid", http.MethodPut, r.Key, oid, map[string][]string{"size": {"7"}})
		for _, left := range []int{room, -1} {
			disk.Left = left
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "PUT", href, strings.NewReader("content")))
			want := http.StatusOK
			if left >= 0 {
				want = http.StatusInternalServerError
			}
			_, held, err := r.Object(oid)
			if w.Code != want || held != (want == http.StatusOK) || err != nil {
				t.Errorf("with room for %d changes PUT = %d %s, held %v, %v; want %d", left, w.Code, w.Body, held, err, want)
			}
		}
		if !strings.Contains(out.String(), depottest.ErrFull.Error()) || strings.Contains(out.String(), signed.SignatureParam) {
			t.Errorf("the log has %q", &out)
		}
	}
}

func sumOfUpload(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
