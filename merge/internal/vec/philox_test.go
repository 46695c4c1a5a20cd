package vec

import (
	"math"
	"testing"
)

// blockOf is DrawBlock with any number of rounds.
func blockOf(rounds int, c [4]uint32, k DrawKey) [4]uint32 {
	for r := range uint32(rounds) {
		p, q := uint64(c[0])*0xD2511F53, uint64(c[2])*0xCD9E8D57
		k0, k1 := k[0]+r*0x9E3779B9, k[1]+r*0xBB67AE85
		c = [4]uint32{uint32(q>>32) ^ c[1] ^ k0, uint32(q), uint32(p>>32) ^ c[3] ^ k1, uint32(p)}
	}
	return c
}

// The answers are those that Random123 comes with, in kat_vectors. Those of ten rounds hold the function that the
// statistics of other numbers of rounds are made with.
func TestKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	pi, piKey := [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, DrawKey{0xa4093822, 0x299f31d0}
	tests := []struct {
		rounds  int
		counter [4]uint32
		key     DrawKey
		want    [4]uint32
	}{
		{7, [4]uint32{}, DrawKey{}, [4]uint32{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}},
		{7, [4]uint32{ones, ones, ones, ones}, DrawKey{ones, ones}, [4]uint32{0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662}},
		{7, pi, piKey, [4]uint32{0x4dfccaba, 0x190a87f0, 0xc47362ba, 0xb6b5242a}},
		{10, [4]uint32{}, DrawKey{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{10, [4]uint32{ones, ones, ones, ones}, DrawKey{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{10, pi, piKey, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	}
	for _, tt := range tests {
		if got := blockOf(tt.rounds, tt.counter, tt.key); got != tt.want {
			t.Errorf("%d rounds of %08x with %08x = %08x, want %08x", tt.rounds, tt.counter, tt.key, got, tt.want)
		}
		if tt.rounds != rounds {
			continue
		}
		if got := DrawBlock(tt.counter, tt.key); got != tt.want {
			t.Errorf("DrawBlock(%08x, %08x) = %08x, want %08x", tt.counter, tt.key, got, tt.want)
		}
	}
	var got [4]uint32
	if Draws(got[:], DrawKey{}, 0); got != tests[0].want {
		t.Errorf("Words at 0 = %08x, want %08x", got, tests[0].want)
	}
}

// FuzzWords compares with DrawBlock, word by word: any key, any place, any number.
func FuzzWords(f *testing.F) {
	for _, n := range []uint8{0, 1, 4, 7, 255} {
		f.Add(uint32(1), uint32(2), uint64(3), n)
	}
	f.Add(uint32(math.MaxUint32), uint32(0), uint64(1<<32-3), uint8(30)) // the upper half of the counter changes
	f.Add(uint32(0), uint32(math.MaxUint32), uint64(math.MaxUint64-1), uint8(30))
	f.Fuzz(func(t *testing.T, k0, k1 uint32, block uint64, n uint8) {
		k := DrawKey{k0, k1}
		const untouched = 0x5eed5eed
		room := make([]uint32, int(n)+1)
		room[n] = untouched
		Draws(room[:n:n], k, block)
		for i, got := range room[:n] {
			at := block + uint64(i/4)
			if want := DrawBlock([4]uint32{uint32(at), uint32(at >> 32)}, k)[i%4]; got != want {
				t.Fatalf("Draws(%d words, %x, %d): word %d is %08x, want %08x", n, k, block, i, got, want)
			}
		}
		if room[n] != untouched {
			t.Fatalf("Words writes behind its %d words", n)
		}
	})
}

func TestWordsAllocateNothing(t *testing.T) {
	dst := make([]uint32, 512)
	if got := testing.AllocsPerRun(10, func() { Draws(dst, DrawKey{1, 2}, 3) }); got > 0 {
		t.Errorf("Words allocates %v times", got)
	}
}
