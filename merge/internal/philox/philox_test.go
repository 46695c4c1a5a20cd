package philox

import (
	"math"
	"math/bits"
	"testing"
)

// The answers are those that Random123 comes with, in kat_vectors.
func TestKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	tests := []struct {
		counter [4]uint32
		key     Key
		want    [4]uint32
	}{
		{[4]uint32{}, Key{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, Key{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, Key{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	}
	for _, tt := range tests {
		if got := Block(tt.counter, tt.key); got != tt.want {
			t.Errorf("Block(%08x, %08x) = %08x, want %08x", tt.counter, tt.key, got, tt.want)
		}
	}
	var got [4]uint32
	if Words(got[:], Key{}, 0); got != tests[0].want {
		t.Errorf("Words at 0 = %08x, want %08x", got, tests[0].want)
	}
}

// FuzzWords compares with Block, word by word: any key, any place, any number.
func FuzzWords(f *testing.F) {
	for _, n := range []uint8{0, 1, 4, 7, 255} {
		f.Add(uint32(1), uint32(2), uint64(3), n)
	}
	f.Add(uint32(math.MaxUint32), uint32(0), uint64(1<<32-3), uint8(30)) // the upper half of the counter changes
	f.Add(uint32(0), uint32(math.MaxUint32), uint64(math.MaxUint64-1), uint8(30))
	f.Fuzz(func(t *testing.T, k0, k1 uint32, block uint64, n uint8) {
		k := Key{k0, k1}
		const untouched = 0x5eed5eed
		room := make([]uint32, int(n)+1)
		room[n] = untouched
		Words(room[:n:n], k, block)
		for i, got := range room[:n] {
			at := block + uint64(i/4)
			if want := Block([4]uint32{uint32(at), uint32(at >> 32)}, k)[i%4]; got != want {
				t.Fatalf("Words(%d words, %x, %d): word %d is %08x, want %08x", n, k, block, i, got, want)
			}
		}
		if room[n] != untouched {
			t.Fatalf("Words writes behind its %d words", n)
		}
	})
}

func TestWordsAllocateNothing(t *testing.T) {
	dst := make([]uint32, 512)
	if got := testing.AllocsPerRun(10, func() { Words(dst, Key{1, 2}, 3) }); got > 0 {
		t.Errorf("Words allocates %v times", got)
	}
}

// streams are keys that are as alike as keys can be, as a weak function of the key would show.
var streams = []Key{{0, 0}, {1, 0}, {0, 1}, {2, 0}, {1 << 31, 0}, {0, 1 << 31}, {math.MaxUint32, math.MaxUint32}, {0xdeadbeef, 0x01234567}}

const drawn = 1 << 18 // words of each stream

func draw(k Key) []uint32 {
	words := make([]uint32, drawn)
	Words(words, k, 0)
	return words
}

// Every eighth bit pattern of a word is as frequent as any other: the chi-square over 256 buckets
// is within five standard deviations of its mean. The draws are fixed, so the test cannot fail by chance.
func TestWordsAreUniform(t *testing.T) {
	const buckets = 256
	for _, k := range streams {
		words := draw(k)
		for shift := 0; shift < 32; shift += 8 {
			var counts [buckets]int
			for _, w := range words {
				counts[w>>shift%buckets]++
			}
			chi, expect := 0.0, float64(drawn)/buckets
			for _, c := range counts {
				chi += (float64(c) - expect) * (float64(c) - expect) / expect
			}
			if off := math.Abs(chi - (buckets - 1)); off > 5*math.Sqrt(2*(buckets-1)) {
				t.Errorf("key %x, bits %d to %d: chi-square %.0f over %d buckets", k, shift, shift+7, chi, buckets)
			}
		}
	}
}

// Half of the bits differ between a word and those at other places of its stream, and between streams at
// one place.
func TestWordsAreIndependent(t *testing.T) {
	compare := func(what string, a, b []uint32) {
		t.Helper()
		differ := 0
		for i := range min(len(a), len(b)) {
			differ += bits.OnesCount32(a[i] ^ b[i])
		}
		n := 32 * float64(min(len(a), len(b)))
		if off := math.Abs(float64(differ) - n/2); off > 5*math.Sqrt(n)/2 {
			t.Errorf("%s: %d of %.0f bits differ", what, differ, n)
		}
	}
	all := make([][]uint32, len(streams))
	for i, k := range streams {
		all[i] = draw(k)
		for _, lag := range []int{1, 2, 3, 4, 5, 8, 512, 4096, 8192} {
			compare("a stream and itself later", all[i], all[i][lag:])
		}
		for _, other := range all[:i] {
			compare("two streams", all[i], other)
		}
	}
}
