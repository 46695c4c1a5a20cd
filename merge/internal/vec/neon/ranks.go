package main

import "fmt"

const (
	magnitude32 = 1<<31 - 1
	inf32       = 0xff << 23
)

func ranks() {
	kernel("simdKeepAbove", "func(d []float32, threshold uint32)",
		"makes 0 of every entry whose magnitude is not above threshold, both as signed integers.")
	d, threshold, abs := float32sAt("d"), integer("threshold"), repeat(32, magnitude32)
	loop("d", 4, func(k int) {
		x := d.load(k)
		d.store(k, and.of(x, cmgt4s.of(and.of(x, abs), threshold)))
	})

	kernel("simdDropAbove", "func(d []float32, threshold uint32)",
		"makes 0 of every entry whose magnitude is above threshold, both as signed integers, but for NaN.")
	d, threshold, abs = float32sAt("d"), integer("threshold"), repeat(32, magnitude32)
	infinity := repeat(32, inf32)
	loop("d", 4, func(k int) {
		x := d.load(k)
		m := and.of(x, abs)
		drop := bic.of(cmgt4s.of(m, threshold), cmgt4s.of(m, infinity))
		d.store(k, bic.of(x, drop))
	})

	kernel("simdCountEqual", "func(d []float32, magnitude uint32) (count uint32)", "counts the entries of this magnitude.")
	d, threshold, abs = float32sAt("d"), integer("magnitude"), repeat(32, magnitude32)
	count := repeat(64, 0)
	loop("d", 4, func(k int) {
		sub4s.to(count, count, cmeq4s.of(and.of(d.load(k), abs), threshold))
	}, func() {
		returnTotal(count, "count")
	})

	window()
}

// returnTotal makes the sum of four counts the result of this name.
func returnTotal(counts vector, result string) {
	n := newRegister()
	registers-- // free again
	addv4s.to(counts, counts)
	write("FMOVS F%d, %s", counts, n)
	write("MOVW %s, %s", n, param(result))
}

func window() {
	kernel("simdWindow", "func(dst, d []float32, low, high uint32) (inside int, below, onHigh, onLow uint32)",
		"is Window of a multiple of 16 entries of d, less than 2³², and of low ≤ high ≤ Inf. It counts the entries below high in place of those above.")
	d, low, high, abs, p := float32sAt("d"), integer("low"), integer("high"), repeat(32, magnitude32), newPacker()
	below, onHigh, onLow := repeat(64, 0), repeat(64, 0), repeat(64, 0)
	loop("d", 4, func(k int) {
		m := and.of(d.load(k), abs)
		less := cmgt4s.of(high, m)
		sub4s.to(below, below, less)
		sub4s.to(onHigh, onHigh, cmeq4s.of(m, high))
		sub4s.to(onLow, onLow, cmeq4s.of(m, low))
		and.to(less, less, cmgt4s.of(m, low))
		p.pack(m, less)
	}, func() {
		p.returnCount("inside")
		returnTotal(below, "below")
		returnTotal(onHigh, "onHigh")
		returnTotal(onLow, "onLow")
	})
}

// A packer writes some of the entries of a row to the parameter dst, without gaps.
type packer struct {
	start, next  register // the first place and the next one
	table        register
	found, place register
	bits         vector // the sum of some: which they are, and above bit 3 how many
}

func newPacker() *packer {
	p := &packer{newRegister(), newRegister(), newRegister(), newRegister(), newRegister(), list(0x12<<32|0x11, 0x18<<32|0x14)}
	write("MOVD %s, %s", param("dst_base"), p.start)
	write("MOVD %s, %s", p.start, p.next)
	write("MOVD $packings<>(SB), %s", p.table)
	return p
}

// pack writes those of the four numbers x where mask is all ones. Behind them it writes others, four in all.
func (p *packer) pack(x, mask vector) {
	which, order := and.of(mask, p.bits), newVector()
	addv4s.to(which, which)
	write("FMOVS F%d, %s", which, p.found)
	write("AND $15, %s, %s", p.found, p.place)
	write("LSR $4, %s", p.found)
	write("ADD %s<<4, %s, %s", p.place, p.table, p.place)
	write("FMOVQ (%s), F%d", p.place, order)
	write("FMOVQ F%d, (%s)", tbl.of(x, order), p.next)
	write("ADD %s<<2, %s", p.found, p.next)
}

// returnCount makes how many were written the result of this name.
func (p *packer) returnCount(result string) {
	write("SUB %s, %s", p.start, p.next)
	write("LSR $2, %s", p.next)
	write("MOVD %s, %s", p.next, param(result))
}

// packings writes a table of 16 bytes for each mask of 4 bits: the places of the numbers whose bit is 1, from the lowest on.
func packings() {
	asm.WriteByte('\n')
	for mask := range 16 {
		var places [2]uint64
		n := 0
		for bit := range uint64(4) {
			if mask>>bit&1 != 0 {
				places[n/2] |= (4*bit*0x01010101 + 0x03020100) << (32 * (n % 2))
				n++
			}
		}
		for j, p := range places {
			fmt.Fprintf(&asm, "DATA packings<>+%d(SB)/8, $%#016x\n", 16*mask+8*j, p)
		}
	}
	asm.WriteString("GLOBL packings<>(SB), RODATA|NOPTR, $256\n")
}
