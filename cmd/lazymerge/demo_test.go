package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestDemoClearsOnlyItsOwnFolder runs the first step of a demo twice in one folder, and in one of somebody else.
func TestDemoClearsOnlyItsOwnFolder(t *testing.T) {
	d := demonstration{dir: filepath.Join(t.TempDir(), "demo")}
	if err := d.clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(d.dir, "hub", "left")
	if err := errors.Join(os.WriteFile(left, nil, 0o666), d.clear(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s of an earlier demo is still there", left)
	}
	if _, err := os.Stat(d.config()); err != nil {
		t.Error(err)
	}
	d.dir = t.TempDir()
	mine := filepath.Join(d.dir, "mine")
	if err := os.WriteFile(mine, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := d.clear(t.Context()); err == nil {
		t.Error("a folder with something else in it was taken")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}
