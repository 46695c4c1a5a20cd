package main

func counts() {
	countTop()
	withPrefix()
	countLast()
}

func countTop() {
	kernel("simdCountTop", "func(d []float32, bins, others *[2048]uint32)", "is CountTop. others are 0 before, and of no use after.")
	d, bins, others := float32sAt("d"), addressOf("bins", 4), addressOf("others", 4)
	bin, n := newRegister(), newRegister()
	loop("d", 1, func(k int) {
		in := bins
		if k%2 == 1 { // or a value that is there again and again waits for itself each time
			in = others
		}
		write("MOVWU %d(%s), %s", 4*k, d.in, bin)
		write("UBFX $20, %s, $11, %s", bin, bin)
		in.increment(bin, n)
	}, func() {
		write("MOVD $2048, %s", n)
		label("sum")
		for k := 0; k < 16; k += 4 {
			bins.store(k, add4s.of(bins.load(k), others.load(k)))
		}
		write("ADD $64, %s", bins.in)
		write("ADD $64, %s", others.in)
		write("SUBS $16, %s", n)
		write("BNE sum")
	})
}

// increment adds 1 to the number of 32 bits at index i.
func (p *pointer) increment(i, n register) {
	write("MOVWU (%s)(%s<<2), %s", p.in, i, n)
	write("ADD $1, %s", n)
	write("MOVW %s, (%s)(%s<<2)", n, p.in, i)
}

func withPrefix() {
	kernel("simdWithPrefix", "func(dst []uint32, d []float32, prefix uint32) (n int)",
		"writes the magnitudes of a multiple of 16 entries of d that have these upper 11 bits to dst, in order, and returns how many there are.")
	d, prefix, abs, p := float32sAt("d"), integer("prefix"), repeat(32, magnitude32), newPacker()
	loop("d", 4, func(k int) {
		m := and.of(d.load(k), abs)
		p.pack(m, cmeq4s.of(ushr20.of(m), prefix))
	}, func() { p.returnCount("n") })
}

// countLast is a kernel that looks for entries where there is hardly one.
func countLast() {
	kernel("simdCountLast", "func(d []float32, bins *[1024]uint32, prefix uint32)", "is CountLast.")
	d, bins, prefix, abs := float32sAt("d"), addressOf("bins", 4), integer("prefix"), repeat(32, magnitude32)
	loop("d", step, func(int) {
		var found [4]vector
		for j := range found {
			found[j] = cmeq4s.of(ushr10.of(and.of(d.load(4*j), abs)), prefix)
		}
		bytes := uzp116b.of(uzp18h.of(found[0], found[1]), uzp18h.of(found[2], found[3]))
		left, i, bin, n := newRegister(), newRegister(), newRegister(), newRegister()
		write("FMOVD F%d, %s", shrn4.of(bytes), left)           // four bits an entry
		write("AND $%#x, %s", uint64(0x8888888888888888), left) // one of them
		write("CBZ %s, none", left)
		label("next")
		write("RBIT %s, %s", left, i)
		write("CLZ %s, %s", i, i)
		write("LSR $2, %s", i)
		write("MOVWU (%s)(%s<<2), %s", d.in, i, bin)
		write("AND $1023, %s", bin)
		bins.increment(bin, n)
		write("SUB $1, %s, %s", left, i)
		write("ANDS %s, %s", i, left) // without the bit that was found
		write("BNE next")
		label("none")
	})
}
