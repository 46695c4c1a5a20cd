package ui_test

import (
	"os"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// What a pipe gets. On a terminal the bar moves, and only its last state stays.
func ExampleUI() {
	u := ui.New(ui.Options{Err: os.Stdout}) // else ui.New(ui.Detect(os.Stderr, os.Getenv, false))
	defer u.Close()
	u.Line("plan", "slerp of %s, %s parameters", say.N(2, "model"), card.Count(7_241_732_096))
	u.Line("source", "%s", "alice/a\nfrom a config\x1b[2J")

	bar := u.Bar("upload", 14_483_464_192, ui.Unit{Verb: "sent"})
	defer bar.Abort() // after Done it does nothing
	bar.Add(14_483_464_192)
	bar.Note("3 of 3 shards")
	bar.Done()
	// Output:
	// plan     slerp of 2 models, 7.24 B parameters
	// source   alice/a from a config
	// upload   0 B of 14.48 GB sent
	// upload   14.48 GB sent, 3 of 3 shards
}
