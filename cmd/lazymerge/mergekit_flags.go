package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// mergekitFlags are mergekit's flags without an effect here, accepted so that existing command lines keep working. Booleans
// also have a --no- form, as in mergekit.
//
// Source: mergekit 0.1.5, options.py.
var mergekitFlags = []struct {
	name   string
	value  bool   // takes a value
	effect string // why it has no effect
}{
	{"lora-merge-cache", true, "adapters are not supported yet"},
	{"lora-merge-dtype", true, "adapters are not supported yet"},
	{"cuda", false, "merging needs no GPU"},
	{"device", true, "merging needs no GPU"},
	{"gpu-rich", false, "merging needs no GPU"},
	{"multi-gpu", false, "merging needs no GPU"},
	{"read-to-gpu", false, "merging needs no GPU"},
	{"low-cpu-memory", false, "--memory limits it"},
	{"clone-tensors", false, "tensors are written one at a time anyway"},
	{"lazy-unpickle", false, "only the needed bytes are read anyway"},
	{"async-write", false, "reading, merging and writing always overlap"},
	{"write-threads", true, "reading, merging and writing always overlap"},
	{"trust-remote-code", false, "code from repos is never run"},
	{"write-model-card", false, "the card is always written"},
	{"copy-tokenizer", false, "the tokenizer is always copied"},
	{"safe-serialization", false, "weights are always safetensors"},
}

// addMergekitFlags accepts mergekit's flags, hidden from the help.
func addMergekitFlags(f *pflag.FlagSet, m *mergeFlags) {
	var theirs pflag.FlagSet
	for _, k := range mergekitFlags {
		if k.value {
			theirs.String(k.name, "", "")
			continue
		}
		theirs.Bool(k.name, false, "")
		theirs.Bool("no-"+k.name, false, "")
	}
	theirs.Var(&m.shardSize, "out-shard-size", "")
	theirs.Uint64Var(&m.seed, "random-seed", 0, "")
	theirs.IntVarP(&m.threads, "num-threads", "j", 0, "")
	theirs.StringVar(&m.cacheDir, "transformers-cache", "", "")
	theirs.CountP("verbose", "v", "")
	theirs.VisitAll(func(flag *pflag.Flag) { flag.Hidden = true })
	f.AddFlagSet(&theirs)
}

// noteMergekitFlags prints a note for each flag without an effect, and refuses flags that ask for the impossible.
func (a *app) noteMergekitFlags(f *pflag.FlagSet) error {
	for _, k := range mergekitFlags {
		switch name := given(f, []string{k.name, "no-" + k.name}); name {
		case "":
		case "no-safe-serialization":
			return usage(errors.New("--no-safe-serialization: weights are always safetensors; loading a pickle runs code"))
		default:
			a.ui.Line("note", "--%s has no effect here: %s", name, k.effect)
		}
	}
	return nil
}
