// Package openfiles knows the limit of a system on files that are open at once, sockets among them. What fails for it
// looks like a fault of the network, of a folder or of a disk, and is none of these.
package openfiles

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Is tells whether err is due to too many open files, of this process or of the machine.
func Is(err error) bool { return ofProcess(err) || ofMachine(err) }

// Hint tells what to do about an error that is due to too many open files; of any other it is "".
func Hint(err error) string {
	switch n := limit(); {
	case ofMachine(err):
		return "this machine has as many files open as it may; close other programs, then try again"
	case !ofProcess(err):
		return ""
	case n > 0:
		return fmt.Sprintf("this process may have %d files open at once, connections among them; allow more with ulimit -n, then try again", n)
	}
	return "this process has as many files open as it may, connections among them; close other programs, then try again"
}

// lookup tells whether err is that of looking up a name, for which net keeps only the text of the cause.
func lookup(err error, text string) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && strings.Contains(dns.Err, text)
}
