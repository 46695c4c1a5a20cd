package main

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// mergekitFlag is one of mergekit's flags, so that a command line that people have goes on working.
type mergekitFlag struct {
	name   string
	value  bool   // it takes a value
	effect string // what becomes of it here; "" means it is another name of a flag of ours
}

// mergekitFlags are those without a meaning here. Booleans have a --no- form as in mergekit.
//
// Source: mergekit 0.1.5, options.py.
var mergekitFlags = []mergekitFlag{
	{"lora-merge-cache", true, "adapters are not built yet, and would need no cache"},
	{"lora-merge-dtype", true, "adapters are not built yet"},
	{"cuda", false, "merging needs no GPU"},
	{"device", true, "merging needs no GPU"},
	{"gpu-rich", false, "merging needs no GPU"},
	{"multi-gpu", false, "merging needs no GPU"},
	{"read-to-gpu", false, "merging needs no GPU"},
	{"low-cpu-memory", false, "--memory bounds what is taken"},
	{"clone-tensors", false, "tensors are written one by one in any case"},
	{"lazy-unpickle", false, "only the bytes that are needed are read in any case"},
	{"async-write", false, "reading, merging and writing overlap in any case"},
	{"write-threads", true, "reading, merging and writing overlap in any case"},
	{"trust-remote-code", false, "no code of a repo is ever run"},
	{"write-model-card", false, "the card is always written"},
	{"copy-tokenizer", false, "the tokenizer is always copied"},
	{"safe-serialization", false, "weights are always safetensors"},
}

// refusedNegations are --no- forms that ask for what is not done, rather than for nothing.
var refusedNegations = map[string]string{
	"safe-serialization": "weights are written as safetensors only; pickles run code when they are loaded",
}

// addMergekitFlags accepts mergekit's flags. They stay out of the help.
func addMergekitFlags(f *pflag.FlagSet, m *mergeFlags) {
	for _, k := range mergekitFlags {
		if k.value {
			f.String(k.name, "", "")
			hide(f, k.name)
			continue
		}
		f.Bool(k.name, false, "")
		f.Bool("no-"+k.name, false, "")
		hide(f, k.name)
		hide(f, "no-"+k.name)
	}
	f.Var(&m.shardSize, "out-shard-size", "")
	hide(f, "out-shard-size")
	f.Uint64Var(&m.seed, "random-seed", 0, "")
	hide(f, "random-seed")
	f.IntVarP(&m.threads, "num-threads", "j", 0, "")
	hide(f, "num-threads")
	f.StringVar(&m.cacheDir, "transformers-cache", "", "")
	hide(f, "transformers-cache")
	f.CountP("verbose", "v", "")
	hide(f, "verbose")
}

func hide(f *pflag.FlagSet, name string) { f.Lookup(name).Hidden = true }

// noteMergekitFlags says in a line each what has no effect here. The error is for a flag that asks for what is not done.
func (a *app) noteMergekitFlags(f *pflag.FlagSet) error {
	var told []string
	for _, k := range mergekitFlags {
		name := k.name
		if !f.Changed(name) {
			name = "no-" + k.name
			if k.value || !f.Changed(name) {
				continue
			}
			if why := refusedNegations[k.name]; why != "" {
				return usage(fmt.Errorf("--%s: %s", name, why))
			}
		}
		if !slices.Contains(told, k.effect) {
			told = append(told, k.effect)
		}
		a.ui.Line("note", "--%s has no effect here: %s", name, k.effect)
	}
	return nil
}
