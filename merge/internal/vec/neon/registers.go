package main

import "fmt"

// A register is one of 64 bits, for numbers and addresses.
type register int

func (r register) String() string { return fmt.Sprintf("R%d", int(r)) }

// A vector is a register of 128 bits.
type vector int

// newRegister returns a register that is free: the first ones are, in a function without a frame.
func newRegister() register {
	if registers == 16 {
		panic("no register is free")
	}
	registers++
	return register(registers - 1)
}

func newVector() vector {
	if vectors == 32 {
		panic("no vector is free")
	}
	vectors++
	return vector(vectors - 1)
}

// A pointer is the address of an element of a slice, of so many bytes.
type pointer struct {
	in   register
	size int
}

// newPointer loads the address of the first element of a slice. [loop] moves it.
func newPointer(name string, size int) *pointer {
	p := &pointer{newRegister(), size}
	write("MOVD %s, %s", param(name+"_base"), p.in)
	pointers = append(pointers, p)
	return p
}

// addressOf loads a parameter that is the address of an array, where it stays.
func addressOf(name string, size int) *pointer {
	p := &pointer{newRegister(), size}
	write("MOVD %s, %s", param(name), p.in)
	return p
}

func bytesAt(name string) *pointer    { return newPointer(name, 1) }
func halvesAt(name string) *pointer   { return newPointer(name, 2) }
func float32sAt(name string) *pointer { return newPointer(name, 4) }
func float64sAt(name string) *pointer { return newPointer(name, 8) }

// load returns the 16 bytes from element k on.
func (p *pointer) load(k int) vector {
	v := newVector()
	write("FMOVQ %d(%s), F%d", k*p.size, p.in, v)
	return v
}

// store writes v to the 16 bytes from element k on.
func (p *pointer) store(k int, v vector) { write("FMOVQ F%d, %d(%s)", v, k*p.size, p.in) }

// Four are four float64s.
type four [2]vector

func (p *pointer) loadFour(k int) four { return four{p.load(k), p.load(k + 2)} }

func (p *pointer) storeFour(k int, x four) {
	p.store(k, x[0])
	p.store(k+2, x[1])
}

// widened returns the four float32s from element k on.
func (p *pointer) widened(k int) four { return widened(p.load(k)) }

// widened returns float32s as float64s.
func widened(v vector) four { return four{fcvtl.of(v), fcvtl2.of(v)} }

// difference returns x − base of four elements from k on.
func difference(x, base *pointer, k int) four { return fsub2d.ofFour(x.widened(k), base.widened(k)) }

// unless0 makes 0 of those of d whose key, from element k on, is 0 or −0.
func unless0(d four, key *pointer, k int) {
	is0 := fcmeq4s0.of(key.load(k))
	bic.to(d[0], d[0], sxtl2d.of(is0))
	bic.to(d[1], d[1], sxtl2d2.of(is0))
}

// repeat returns a vector full of a constant of this many bits.
func repeat(bits int, x uint64) vector {
	for ; bits < 64; bits *= 2 {
		x |= x << bits
	}
	r, v := newRegister(), newVector()
	registers-- // free again
	write("MOVD $%#x, %s", x, r)
	write("VDUP %s, V%d.D2", r, v)
	return v
}

// list returns a vector of two numbers of 64 bits.
func list(x, y uint64) vector {
	r, v := newRegister(), newVector()
	registers-- // free again
	write("MOVD $%#x, %s", x, r)
	write("FMOVD %s, F%d", r, v)
	write("MOVD $%#x, %s", y, r)
	write("VMOV %s, V%d.D[1]", r, v)
	return v
}

// number returns a vector full of the parameter of this name, a float64.
func number(name string) vector {
	r, v := newRegister(), newVector()
	registers-- // free again
	write("MOVD %s, %s", param(name), r)
	write("VDUP %s, V%d.D2", r, v)
	return v
}

// integer returns a vector full of the parameter of this name, of 32 bits.
func integer(name string) vector {
	r, v := newRegister(), newVector()
	registers-- // free again
	write("MOVWU %s, %s", param(name), r)
	write("VDUP %s, V%d.S4", r, v)
	return v
}

// returnAny makes the result whether any bit of v is set.
func returnAny(v vector) {
	umaxv4s.to(v, v)
	returnMost(v, 1)
}

// returnMost makes the result whether the first 32 bits of v are at least so much.
func returnMost(v vector, least uint64) {
	r := newRegister()
	write("FMOVS F%d, %s", v, r)
	write("CMPW $%#x, %s", least, r)
	write("CSET HS, %s", r)
	write("MOVB %s, %s", r, param("infinite"))
}

// replaceNaN puts nan in place of every NaN of f, whose numbers equal compares.
func replaceNaN(equal instruction, f, nan vector) { bif.to(f, nan, equal.of(f, f)) }
