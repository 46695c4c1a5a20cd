package vec

// Draws are random words that are found by their place: they follow from a counter and a key, so any of them can be had without
// those before it, from any number of goroutines, with the same bits on every processor.
//
// They are Philox4x32 with seven rounds, the fewest that pass all of TestU01's BigCrush. Its authors make ten where nothing
// is known of the use, and so do most libraries. Here keys come from SHA-256, so that no two are related, and the tests on draws
// of 16 bits, as masks take them, find flaws in up to six rounds, with six only in counters beyond 2³². Seven save a
// quarter of the time. It is no cipher: nothing here is secret.
//
// Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC '11,
// doi:10.1145/2063384.2063405; the tests hold it to the known answers of their library Random123.

// A DrawKey selects one of 2⁶⁴ streams.
type DrawKey [2]uint32

const (
	rounds = 7

	mul0, mul1 = 0xD2511F53, 0xCD9E8D57 // the multipliers of the paper
	key0, key1 = 0x9E3779B9, 0xBB67AE85 // what the key grows by each round: the golden ratio and √3 − 1
)

// DrawBlock returns the four words at counter c, whose word 0 is the least significant.
func DrawBlock(c [4]uint32, k DrawKey) [4]uint32 {
	for range rounds {
		p, q := mul0*uint64(c[0]), mul1*uint64(c[2])
		c = [4]uint32{uint32(q>>32) ^ c[1] ^ k[0], uint32(q), uint32(p>>32) ^ c[3] ^ k[1], uint32(p)}
		k[0] += key0
		k[1] += key1
	}
	return c
}

// Draws fills dst with the words at the counters block, block+1 and so on, whose upper 64 bits are 0: dst[i] is
// word i mod 4 of [DrawBlock] at block + i/4. After the last counter of 64 bits comes 0.
func Draws(dst []uint32, k DrawKey, block uint64) {
	if n := whole(len(dst)) &^ 31; n > 0 { // it does eight blocks a turn
		simdDraws(dst, k[0], k[1], block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	var k0, k1 [rounds]uint64
	for r, grown := 0, k; r < rounds; r++ {
		k0[r], k1[r] = uint64(grown[0]), uint64(grown[1])
		grown[0] += key0
		grown[1] += key1
	}
	for ; len(dst) >= 4; block++ {
		// The state is held in 64 bits, of which the upper 32 are 0, and the rounds are written out: both
		// save moves, and with them more than a third of the time. Words 2 and 3 are 0 in the first round.
		p := mul0 * uint64(uint32(block))
		a, b, c, d := block>>32^k0[0], uint64(0), p>>32^k1[0], uint64(uint32(p))
		a, b, c, d = round(a, b, c, d, k0[1], k1[1])
		a, b, c, d = round(a, b, c, d, k0[2], k1[2])
		a, b, c, d = round(a, b, c, d, k0[3], k1[3])
		a, b, c, d = round(a, b, c, d, k0[4], k1[4])
		a, b, c, d = round(a, b, c, d, k0[5], k1[5])
		a, b, c, d = round(a, b, c, d, k0[6], k1[6])
		four := (*[4]uint32)(dst)
		four[0], four[1], four[2], four[3] = uint32(a), uint32(b), uint32(c), uint32(d)
		dst = dst[4:]
	}
	if len(dst) > 0 {
		last := DrawBlock([4]uint32{uint32(block), uint32(block >> 32)}, k)
		copy(dst, last[:])
	}
}

// round is one round of DrawBlock, each word in the lower half of a uint64.
func round(a, b, c, d, k0, k1 uint64) (uint64, uint64, uint64, uint64) {
	p, q := mul0*a, mul1*c
	return q>>32 ^ b ^ k0, uint64(uint32(q)), p>>32 ^ d ^ k1, uint64(uint32(p))
}
