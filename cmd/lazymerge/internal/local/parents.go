package local

import (
	"os"
	"path/filepath"
)

// missingFolders lists dir and the parents of it that do not exist, dir first.
func missingFolders(dir string) []string {
	var out []string
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return out
		}
		out = append(out, dir)
		dir = filepath.Dir(dir)
	}
}

func existingParent(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); err == nil || parent == dir {
			return parent
		}
		dir = parent
	}
}

// Absolute is dir from the root on, or as it is where the system does not know that.
func Absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
