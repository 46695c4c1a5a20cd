// Package pipeline takes a config to a result: it pins and reads the sources, makes the plan and the card, runs the engine and
// publishes. Only here do the Hub, the engine and the card meet, and only here and in the commands is anything printed.
//
// A [Request] is what was asked for, and [Tools] are what a run works with. [Prepare] turns them into a [Prepared], a config that has
// been planned. An [Offer] compares it with the target, [Make] merges and gives an [Outcome], and the one commit gives a [Published].
// [Push] is all of that; [MergeInto] writes into a folder instead. None of these values ever changes.
package pipeline

import (
	"cmp"
	"runtime"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Tools are what a run works with. Except for a test's own methods they change no byte of a result.
type Tools struct {
	UI       *ui.UI
	Caller   say.Caller  // who started the run; zero is a command line
	Hub      *hub.Client // of the sources
	Cache    hub.Cache   // of the official clients, read only; the zero Cache has nothing
	Target   *hub.Client // of the repo to publish to; nil means Hub
	Access   bool        // find out why each source can be read, for a report
	LookOnly bool        // publish nothing, and need no permission to

	Threads int    // 0 means one for each CPU
	Memory  int64  // bytes; 0 means half of what the machine or its cgroup has
	WorkDir string // where shards wait for their upload; "" is the system's temporary folder

	Methods []recipe.Method                              // that a config may name; nil means those of package merge
	Kernel  func(name string, s merge.Spec) merge.Kernel // of a method by name; nil means those of package merge

	free func(dir string) (int64, error) // bytes on a disk; nil asks the system
	step func(what string) error         // see local.OpenFolder
}

// TargetHub is the client of the repo to publish to. Its token is never sent to the sources' Hub.
func (t Tools) TargetHub() *hub.Client { return cmp.Or(t.Target, t.Hub) }

// Received is how many bytes were read from the network so far.
func (t Tools) Received() int64 {
	n := t.Hub.Received()
	if t.TargetHub() != t.Hub {
		n += t.TargetHub().Received()
	}
	return n
}

// publisher is the Hub to publish to, as to says.
func (t Tools) publisher(to Publishing) target.Hub {
	return target.Hub{
		Client: t.TargetHub(), Apart: t.Target != nil, Caller: t.Caller,
		Propose: to.CreatePR, Private: to.Private, LookOnly: t.LookOnly, Dry: to.DryRun,
	}
}

// reader opens the sources of a config of that name.
func (t Tools) reader(config string) source.Reader {
	return source.Reader{Hub: t.Hub, Cache: t.Cache, Config: config}
}

// secrets finds what r must not publish.
func (t Tools) secrets(r Request) privacy.Secrets {
	return privacy.Secrets{Clients: []*hub.Client{t.Hub, t.Target}, Allow: r.AllowSecrets}
}

// methods are those that a config may name.
func (t Tools) methods() []recipe.Method {
	if t.Methods != nil {
		return t.Methods
	}
	return merge.Known()
}

// Engine returns the options of the engine for p, which is to be published as to says; nil if nothing is published. Of a push one
// shard is made at a time, so that the first is sent early.
func (t Tools) Engine(p *plan.Plan, to *Publishing) merge.Options {
	threads := cmp.Or(max(t.Threads, 0), runtime.GOMAXPROCS(0))
	inFlight := 1
	if to == nil {
		inFlight = p.Hashers(threads)
	}
	return merge.Options{Threads: threads, Memory: local.Memory(t.Memory), InFlight: inFlight, Kernel: t.Kernel}
}

// room returns the free bytes in the file system of dir.
func (t Tools) room(dir string) (int64, error) {
	if t.free != nil {
		return t.free(dir)
	}
	return local.FreeDisk(dir)
}
