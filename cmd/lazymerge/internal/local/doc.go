// Package local is what a merge does on the disk of this machine, and with its memory.
//
// A result goes into a [Folder]: [CheckFolder] tells whether one may be used, [OpenFolder] holds it. Shards that are published
// wait in the folder of [WorkDir], where [Uploads] keeps them. [NeedRoom] and [Memory] say what there is to work with.
package local
