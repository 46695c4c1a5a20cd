// Package safetensors reads and writes what lies around the tensors of a safetensors model: the
// header of a weight file and the index that says which file holds which tensor.
//
// [ReadHeader] takes one or two range reads of a file, whatever its size, and checks all that the
// format promises, so that every offset it returns lies in the file and belongs to one tensor.
// [Header.Encode] writes the header of a new file. The data itself is the caller's: Tensor.Begin and
// Tensor.End count from [Header.Size].
//
// Everything read here comes from strangers. A file that breaks a rule is an [ErrHeader] or an
// [ErrIndex] that names the tensor. It costs little more memory than the bytes read, and what is read is bounded: by
// [MaxHeader] and [MaxTensors], for the files of one model together where they share a [Budget].
//
// Source: the format's specification, https://huggingface.co/docs/safetensors, and the reference
// implementation in Rust.
package safetensors
