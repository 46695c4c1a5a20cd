// Package file reads and writes the files that a person names: every read has a bound and ends with its context, and a
// file is written whole or not at all.
//
// [Read] and [ReadFrom] take what fits in memory, from a file, a pipe or standard input. [Write] replaces a regular file
// in one step, and writes into anything else as it stands: a device, a pipe, what a link leads to.
//
// Neither google/renameio nor natefinch/atomic knows pipes, devices or links, and the first does not write on Windows;
// what they would save is a dozen lines of [Write].
package file
