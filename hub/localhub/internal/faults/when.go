package faults

import (
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/traffic"
)

// The functions here make what [Server.Fault] takes out of faults: which requests fail, and
// how often. They may be called from several goroutines at once, and count for themselves.

// On matches requests by their method, "" for all, and by a part of their path as it was sent.
// The path of a request to storage has "storage:" before it, as in On("PUT", "storage:").
func On(method, part string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		at := r.URL.EscapedPath()
		if traffic.ToStorage(r) {
			at = "storage:" + at
		}
		return (method == "" || r.Method == method) && strings.Contains(at, part)
	}
}

// Always makes every request fail that match is true for.
func Always(match func(*http.Request) bool, fault Fault) func(*http.Request) Fault {
	return func(r *http.Request) Fault {
		if !match(r) {
			return nil
		}
		return fault
	}
}

// Nth makes the n-th request fail that match is true for, counted from 1, and no other.
func Nth(n int, match func(*http.Request) bool, fault Fault) func(*http.Request) Fault {
	return counted(match, fault, func(i int64) bool { return i == int64(n) })
}

// First makes the first n requests fail that match is true for.
func First(n int, match func(*http.Request) bool, fault Fault) func(*http.Request) Fault {
	return counted(match, fault, func(i int64) bool { return i <= int64(n) })
}

func counted(match func(*http.Request) bool, fault Fault, fails func(i int64) bool) func(*http.Request) Fault {
	var count atomic.Int64
	return func(r *http.Request) Fault {
		if !match(r) || !fails(count.Add(1)) {
			return nil
		}
		return fault
	}
}

// Only asks rule about the requests that match is true for.
func Only(match func(*http.Request) bool, rule func(*http.Request) Fault) func(*http.Request) Fault {
	return func(r *http.Request) Fault {
		if !match(r) {
			return nil
		}
		return rule(r)
	}
}

// Either asks rules in their order until one has a fault. The later ones do not count that
// request.
func Either(rules ...func(*http.Request) Fault) func(*http.Request) Fault {
	return func(r *http.Request) Fault {
		for _, rule := range rules {
			if fault := rule(r); fault != nil {
				return fault
			}
		}
		return nil
	}
}

// Randomly makes a share of all requests fail, rate from 0 to 1, each with one of faults. What
// happens to a request follows from the seed, from what it asks for and from how often that has
// been asked for before: neither time nor the order among different requests counts, so a
// client that does the same meets the same. A request that is repeated gets new luck.
func Randomly(seed uint64, rate float64, faults ...Fault) func(*http.Request) Fault {
	var mu sync.Mutex
	asked := make(map[string]uint64)
	return func(r *http.Request) Fault {
		if len(faults) == 0 {
			return nil
		}
		id := identity(r)
		mu.Lock()
		asked[id]++
		count := asked[id]
		mu.Unlock()
		h := fnv.New64a()
		h.Write(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, seed), count))
		h.Write([]byte(id))
		luck := mix(h.Sum64())
		if float64(luck>>11)/(1<<53) >= rate {
			return nil
		}
		return faults[mix(luck)%uint64(len(faults))]
	}
}

// identity is what a request asks for, without what differs from run to run: signatures, times,
// ids of uploads and the random keys of repos.
func identity(r *http.Request) string {
	at := r.URL.EscapedPath()
	if traffic.ToStorage(r) {
		at = "storage:" + path.Base(at)
	}
	part := r.URL.Query().Get(signed.PartParam)
	return strings.Join([]string{r.Method, at, part, r.Header.Get("Range")}, " ")
}

// mix is the finalizer of splitmix64 (Steele, Lea and Flood 2014), for FNV's high bits are poor.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
