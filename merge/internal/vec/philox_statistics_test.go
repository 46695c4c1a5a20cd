package vec

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// A generator makes the block of a counter and a key; its draws are the halves of its words, as masks take them.
type generator func(c [4]uint32, k DrawKey) [4]uint32

// stream returns the draws at the counters from 0 on.
func (g generator) stream(k DrawKey, draws int) []uint16 {
	out := make([]uint16, 0, draws)
	for at := uint64(0); len(out) < draws; at++ {
		for _, w := range g([4]uint32{uint32(at), uint32(at >> 32)}, k) {
			out = append(out, uint16(w), uint16(w>>16))
		}
	}
	return out
}

// keys are as alike as keys can be, as a weak function of the key would show, and two that are not.
var keys = []DrawKey{{0, 0}, {1, 0}, {0, 1}, {1 << 31, 0}, {0, 1 << 31}, {math.MaxUint32, math.MaxUint32}, {0xdeadbeef, 0x01234567}, {0x5f6fb709, 0x0d893f64}}

// sure is how many standard deviations off a count must be to be a flaw. Chance alone exceeds it once in 5·10⁸
// counts, of which there are some 10⁵. The draws are fixed, so what passes once passes always.
const sure = 6

// off tells by how many standard deviations count is off, of n events of probability p.
func off(count, n int, p float64) float64 {
	return math.Abs(float64(count)-float64(n)*p) / math.Sqrt(float64(n)*p*(1-p))
}

// uneven tells the same of the chi-square over cells that should be hit equally often.
func uneven(cells []int) float64 {
	n := 0
	for _, c := range cells {
		n += c
	}
	chi, expect := 0.0, float64(n)/float64(len(cells))
	for _, c := range cells {
		chi += (float64(c) - expect) * (float64(c) - expect) / expect
	}
	df := float64(len(cells) - 1)
	return math.Abs(chi-df) / math.Sqrt(2*df)
}

// flaws are the tests that a generator does not pass, each by the worst of its findings.
func flaws(g generator, keys []DrawKey) map[string]string {
	found := map[string]string{}
	worst := map[string]float64{}
	see := func(test string, sigma float64, format string, args ...any) {
		if sigma > sure && sigma > worst[test] {
			worst[test] = sigma
			found[test] = fmt.Sprintf("%.1f sigma: ", sigma) + fmt.Sprintf(format, args...)
		}
	}

	const n = 1 << 18
	streams := make([][]uint16, len(keys))
	for i, k := range keys {
		s := g.stream(k, n)
		streams[i] = s

		// Every bit of every half of a block is as often 1 as 0.
		var ones [8][16]int
		for j, x := range s {
			for b := range 16 {
				ones[j%8][b] += int(x >> b & 1)
			}
		}
		for half := range ones {
			for b, count := range ones[half] {
				see("frequency", off(count, n/8, 0.5), "bit %d of half %d with key %x is 1 in %d of %d blocks", b, half, k, count, n/8)
			}
		}

		// Every value of 16 bits is as frequent as any other.
		values := make([]int, 1<<16)
		for _, x := range s {
			values[x]++
		}
		see("values", uneven(values), "key %x, 65,536 values in %d draws", k, n)

		// So is every pair of a draw's upper or lower eight bits and those of a later one.
		for _, lag := range []int{1, 2, 3, 4, 5, 6, 7, 8, 16, 64, 1024, 8192, 32768} {
			upper, lower := make([]int, 1<<16), make([]int, 1<<16)
			for j := range s[lag:] {
				upper[s[j]>>8<<8|s[j+lag]>>8]++
				lower[s[j]&0xff<<8|s[j+lag]&0xff]++
			}
			see("serial", max(uneven(upper), uneven(lower)), "key %x, draws and those %d later", k, lag)
		}

		// A draw below a threshold tells nothing of the draw after it, at the ends too.
		for _, keep := range []uint16{66, 6554, 32768, 58982, 65470} {
			p := float64(keep) / (1 << 16)
			for _, lag := range []int{1, 2, 4, 8} {
				both := 0
				for j := range s[lag:] {
					if s[j] < keep && s[j+lag] < keep {
						both++
					}
				}
				see("masks", off(both, n-lag, p*p), "key %x: %d of %d entries are kept with that %d later, at density %.4f", k, both, n-lag, lag, p)
			}
		}
	}

	// The streams of two keys have nothing in common: the pairs of their draws, half of each, are equally frequent.
	against := func(what string, a, b []uint16) {
		cells := make([]int, 1<<16)
		for j := range a {
			cells[a[j]>>8<<8|b[j]>>8]++
		}
		see("keys", uneven(cells), "%s", what)
	}
	for i := range streams {
		for j := range streams[:i] {
			against(fmt.Sprintf("keys %x and %x", keys[i], keys[j]), streams[i], streams[j])
		}
	}
	for bit := range 64 { // keys of which one bit differs
		k := keys[len(keys)-1]
		k[bit/32] ^= 1 << (bit % 32)
		against(fmt.Sprintf("keys of which bit %d differs", bit), streams[len(keys)-1], g.stream(k, n))
	}

	// Of any two counters or keys that differ in one bit, every bit of the blocks differs half of the time.
	const blocks = 1 << 13
	for flip := range 128 {
		var differ [128]int
		for at := range uint32(blocks) {
			c, k := [4]uint32{at, at >> 7}, DrawKey{at * 0x9E3779B1, 12345 + at}
			one := g(c, k)
			if flip < 64 {
				c[flip/32] ^= 1 << (flip % 32)
			} else {
				k[flip/32-2] ^= 1 << (flip % 32)
			}
			for w, two := range g(c, k) {
				for x, b := one[w]^two, 0; x != 0; x, b = x>>1, b+1 {
					differ[32*w+b] += int(x & 1)
				}
			}
		}
		for b, count := range differ {
			see("avalanche", off(count, blocks, 0.5), "bit %d of counter and key changes bit %d of %d in %d blocks", flip, b, count, blocks)
		}
	}
	return found
}

// With seven rounds, which we make, and the authors' ten there is no flaw. Every test finds one with four rounds, and
// some with five and six, for which a few keys are enough.
func TestStatistics(t *testing.T) {
	if testing.Short() {
		t.Skip("many seconds under the race detector, for arithmetic of one goroutine")
	}
	all := []string{"frequency", "values", "serial", "masks", "keys", "avalanche"}
	for _, tt := range []struct {
		rounds int
		keys   []DrawKey
		want   []string
	}{
		{4, keys[:3], all}, {5, keys[:3], []string{"serial", "keys", "avalanche"}}, {6, keys[:3], []string{"avalanche"}},
		{rounds, keys, nil}, {10, keys[:3], nil},
	} {
		t.Run(fmt.Sprintf("%d rounds", tt.rounds), func(t *testing.T) {
			t.Parallel()
			g := func(c [4]uint32, k DrawKey) [4]uint32 { return blockOf(tt.rounds, c, k) }
			if tt.rounds == rounds {
				g = DrawBlock
			}
			found := flaws(g, tt.keys)
			for _, test := range all {
				switch flaw, has := found[test]; {
				case slices.Contains(tt.want, test) && !has:
					t.Errorf("%s: no flaw is found", test)
				case !slices.Contains(tt.want, test) && has:
					t.Errorf("%s: %s", test, flaw)
				}
			}
		})
	}
}
