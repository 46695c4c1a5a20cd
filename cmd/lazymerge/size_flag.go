package main

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// size is a flag for a number of bytes, with a unit such as k, M, G or T, optionally followed by "B" or "iB".
type size struct {
	bytes int64
	set   bool
}

func (s *size) String() string {
	if !s.set {
		return ""
	}
	return say.Bytes(s.bytes)
}

// Type names the value in help texts.
func (s *size) Type() string { return "size" }

// Set parses a size. A lone B means a billion, as in mergekit.
func (s *size) Set(text string) error {
	t := strings.ToUpper(strings.TrimSpace(text))
	if n, ok := strings.CutSuffix(t, "B"); ok && n != "" && strings.IndexByte("0123456789.", n[len(n)-1]) >= 0 {
		t = n + "G"
	}
	n, err := humanize.ParseBytes(t)
	if err != nil || n > 1<<60 {
		return fmt.Errorf("%q is not a size; write 500MB or 2GB, for example", text)
	}
	if strings.Trim(t, "0123456789.") == "" && strings.ContainsAny(t, "123456789") && n < 1_000_000 { // nobody wants 5-byte shards
		unit := "GB"
		if n > 100 {
			unit = "MB"
		}
		return fmt.Errorf("%s would be bytes; add a unit, for example %s%s", t, t, unit)
	}
	s.bytes, s.set = int64(n), true
	return nil
}
