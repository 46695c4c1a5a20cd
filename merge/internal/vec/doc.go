// Package vec holds the inner loops of merging, as plain functions over slices: what they write to comes first.
//
// The Go here defines the bits: which products are rounded, and in which order they are added. Faster code for one
// processor must give the same ones. So a product that is added is converted first, float64(a*b) + c, as the
// compiler may fuse the two otherwise.
//
// On arm64, and on amd64 with AVX2 and F16C, kernels in assembly do most of a call: see simd_arm64.go and simd_amd64.go for the
// switch, and the folders neon and avo for their source.
// They are tested against the Go here, which does what is left of a row, and all of it elsewhere.
//
// Rows of one call have one length, that of the result; it may be any. Rows that are longer are cut, shorter
// ones panic. No function allocates, keeps a slice, or writes to one that is not named as a result, a sum or room in its comment.
package vec

//go:generate go -C avo run . -out ../simd_amd64.s -stubs ../kernels_amd64.go -pkg vec
//go:generate go run ./neon

// piece is the number of elements that functions of several loops work on at a time, so that what one loop writes
// is in the first-level cache for the next.
const piece = 512
