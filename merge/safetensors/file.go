package safetensors

import (
	"errors"
	"slices"
	"strings"
)

// checkFile tells whether name is one plain file name, safe to create in a folder on Linux, macOS
// and Windows alike. Weight files have ASCII names, so look-alikes of a dot or a slash need no
// list of their own.
func checkFile(name string) error {
	switch {
	case name == "":
		return errors.New("an empty file name")
	case len(name) > 255:
		return errors.New("the file name is longer than 255 bytes")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New("the file name has characters other than printable ASCII")
	case strings.ContainsAny(name, `/\`):
		return errors.New("the file is in another folder")
	case strings.ContainsAny(name, `:*?"<>|`):
		return errors.New("the file name has a character that Windows gives another meaning")
	case strings.HasPrefix(name, " "):
		return errors.New("the file name begins with a space")
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return errors.New("the file name ends in a dot or a space") // "." and ".." too
	case strings.EqualFold(name, ".git") || strings.EqualFold(name, ".cache"):
		return errors.New("the name belongs to git or to a cache")
	}
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	if slices.Contains(devices, strings.TrimRight(stem, " ")) {
		return errors.New("the file name is a device on Windows")
	}
	return nil
}

var devices = strings.Fields("CON PRN AUX NUL COM0 COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 LPT0 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 LPT8 LPT9 CONIN$ CONOUT$")
