package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// stamped is the release version, set with -ldflags "-X main.stamped=0.1.0".
var stamped string

// version returns the release, the module version from go install, or "dev".
func version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "dev"
}

func newVersionCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return runVersion(a, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func runVersion(a *app, asJSON bool) error {
	v := versionJSON{version(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
	if asJSON {
		return printJSON(a.stdout, v)
	}
	_, err := fmt.Fprintf(a.stdout, "lazymerge %s %s %s/%s\n", v.Version, v.Go, v.OS, v.Arch)
	return err
}

// versionJSON is the version as JSON.
type versionJSON struct {
	Version string `json:"version"` // of lazymerge; "dev" for an unreleased build
	Go      string `json:"go"`      // version of the compiler, such as "go1.26.0"
	OS      string `json:"os"`      // GOOS
	Arch    string `json:"arch"`    // GOARCH
}
