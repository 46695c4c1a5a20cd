package faults_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/faults"
)

// hits tells which of some requests fail, counted from 1.
func hits(t *testing.T, rule func(*http.Request) faults.Fault, requests ...string) []int {
	var failed []int
	for i, line := range requests {
		method, path, _ := strings.Cut(line, " ")
		if rule(httptest.NewRequestWithContext(t.Context(), method, path, nil)) != nil {
			failed = append(failed, i+1)
		}
	}
	return failed
}

func TestWhen(t *testing.T) {
	gets := faults.On("GET", "/resolve/")
	busy := faults.Busy(0)
	requests := []string{"GET /a/b/resolve/main/x", "HEAD /a/b/resolve/main/x", "GET /api/models/a/b", "GET /a/b/resolve/main/y", "GET /a/b/resolve/main/x"}
	for _, tt := range []struct {
		name string
		rule func(*http.Request) faults.Fault
		want []int
	}{
		{"always", faults.Always(gets, busy), []int{1, 4, 5}},
		{"any method", faults.Always(faults.On("", "/resolve/"), busy), []int{1, 2, 4, 5}},
		{"all", faults.Always(faults.On("", ""), busy), []int{1, 2, 3, 4, 5}},
		{"storage alone", faults.Always(faults.On("", "storage:"), busy), nil},
		{"the first two", faults.First(2, gets, busy), []int{1, 4}},
		{"the second", faults.Nth(2, gets, busy), []int{4}},
		{"either", faults.Either(faults.Nth(1, gets, busy), faults.Nth(1, gets, busy), faults.Nth(1, faults.On("HEAD", ""), busy)), []int{1, 2, 4}},
		{"only", faults.Only(gets, faults.Randomly(1, 1, busy)), []int{1, 4, 5}},
		{"never", faults.Randomly(1, 0, busy), nil},
		{"nothing to fail with", faults.Randomly(1, 1), nil},
	} {
		if got := hits(t, tt.rule, requests...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v fail, want %v", tt.name, got, tt.want)
		}
	}
}

// Luck depends on the request and on the seed, not on the order of different requests.
func TestRandomly(t *testing.T) {
	var requests []string
	for i := range 4000 {
		requests = append(requests, fmt.Sprintf("GET /a/b/resolve/main/%d", i))
	}
	both := []faults.Fault{faults.Busy(0), faults.Reset()}
	fails := func(seed uint64, requests []string) []string {
		var failed []string
		for _, i := range hits(t, faults.Randomly(seed, 0.25, both...), requests...) {
			failed = append(failed, requests[i-1])
		}
		slices.Sort(failed)
		return failed
	}
	first := fails(1, requests)
	// Four standard deviations of 4000 draws.
	if share := float64(len(first)) / 4000; math.Abs(share-0.25) > 4*math.Sqrt(0.25*0.75/4000) {
		t.Errorf("a share of %.3f fails, want 0.25", share)
	}
	backwards := slices.Clone(requests)
	slices.Reverse(backwards)
	if !slices.Equal(first, fails(1, backwards)) {
		t.Error("in another order other requests fail")
	}
	if slices.Equal(first, fails(2, requests)) {
		t.Error("with another seed the same requests fail")
	}
	same := slices.Repeat(requests[:1], 400)
	if n := len(hits(t, faults.Randomly(1, 0.25, both...), same...)); n < 60 || n > 140 {
		t.Errorf("of one request sent 400 times %d fail, want about 100", n)
	}
	rule := faults.Randomly(3, 0.5, faults.Busy(0))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { hits(t, rule, same...) })
	}
	wg.Wait()
}
