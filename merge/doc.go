// Package merge is the engine: it runs a plan over the bytes of its models and hands every
// shard to a sink, in order, in bounded memory.
package merge
