// Package merge is the engine: it runs a [plan.Plan] over the bytes of its models and hands every
// shard to a [Sink], one after the other or several side by side, in bounded memory.
//
// [Run] is what most callers want; [Methods] lists what it can do. A method is a [Kernel]: it sees blocks of
// float32 and nothing else.
//
// The bytes of a result depend on the plan alone: not on threads, memory, block sizes or the
// order in which reads arrive. That holds between amd64 and arm64 too.
package merge
