// Package fmath has the functions of package math that merge methods need and that give other bits
// on other processors there: exp has its own assembly on some, and the Go compiler fuses x*y + z into one
// operation where the processor has it, which rounds once instead of twice.
//
// Here every product and quotient is converted, float64(x*y) + z, which forbids fusing (x/2 is
// compiled as x*0.5 and fuses too); a test reads the source to see to it, and testdata/bits.txt holds the bits that every machine must give. Results are
// within one unit in the last place of the true value.
//
// The functions of math that are exact or correctly rounded need no twin: Sqrt, FMA, Abs, Floor,
// Frexp, Ldexp and their like are the same everywhere.
//
// The polynomials, and the ways to reduce arguments to where they hold, are those of FreeBSD's msun, which
// come with this notice:
//
//	Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//	Developed at SunPro, a Sun Microsystems, Inc. business.
//	Permission to use, copy, modify, and distribute this software is freely granted,
//	provided that this notice is preserved.
package fmath
