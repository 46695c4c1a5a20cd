package names

import (
	"os"
	"path/filepath"
	"strings"
)

// IsFolder tells whether there is a folder at path on this machine.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// LooksLikePath tells a path from a Hub id, which is NAME or NAMESPACE/NAME.
func LooksLikePath(s string) bool {
	return filepath.IsAbs(s) || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "~") || strings.Contains(s, `\`) || strings.Count(s, "/") > 1
}
