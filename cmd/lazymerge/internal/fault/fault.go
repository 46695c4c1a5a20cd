// Package fault is the one type of errors that the command and its rooms make, and what several of them together are.
//
// Whoever finds a fault says what a person needs: what it is about, what is the matter, where in a text it comes from and what
// to do. Its [Code] is what a machine needs: errors.Is(err, fault.Target) asks for it, and exit codes and JSON are made of it. Errors of hub, merge
// and merge/recipe stay what they are, as the cause of a Fault or beside others.
package fault

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Fault is something that keeps a command from doing what it was asked for.
type Fault struct {
	Code    Code       // "" is the cause's
	Subject string     // what it is about, such as "target alice/out"; "" where the text says it
	Text    string     // what is the matter; "" is the cause's text
	File    string     // the text that it comes from; "" for none
	Pos     recipe.Pos // in File
	Err     error      // the cause; may be nil where there is a Text
	Advice  string     // what to do; "" is the cause's hint
}

// Error is the subject and what is the matter with it.
func (f *Fault) Error() string {
	if f.Subject == "" {
		return f.Reason()
	}
	return f.Subject + ": " + f.Reason()
}

// Reason is what is the matter, for a line that tells the subject in its own way.
func (f *Fault) Reason() string {
	if f.Text == "" && f.Err != nil {
		return f.Err.Error()
	}
	return f.Text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Is tells whether target is f's code.
func (f *Fault) Is(target error) bool { return target == error(f.Code) }

// Hint tells what to do; "" where nobody knows.
func (f *Fault) Hint() string {
	if f.Advice != "" {
		return f.Advice
	}
	return Hint(f.Err)
}

// Place is where f comes from; the file is "" for nowhere.
func (f *Fault) Place() (file string, at recipe.Pos) { return f.File, f.Pos }

// Hint is what err or the first of its causes that knows tells to do; "" where none does.
func Hint(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}

// Usagef is a flag or argument that makes no sense.
func Usagef(format string, args ...any) *Fault {
	return &Fault{Code: Usage, Err: fmt.Errorf(format, args...)}
}

// Configf is a config, or a file beside it, that cannot be used.
func Configf(format string, args ...any) *Fault {
	return &Fault{Code: Config, Err: fmt.Errorf(format, args...)}
}

// Folderf is a folder that cannot be written into, and what to do about it.
func Folderf(advice, format string, args ...any) *Fault {
	return &Fault{Code: Folder, Err: fmt.Errorf(format, args...), Advice: advice}
}

// Of is err with a code; of joined errors each gets it.
func Of(code Code, err error) error {
	var all []error
	for _, one := range Flat(err) {
		all = append(all, &Fault{Code: code, Err: one})
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// Find returns the outermost Fault in err that has the code.
func Find(err error, code Code) (*Fault, bool) {
	for {
		f, ok := errors.AsType[*Fault](err)
		if !ok || f.Code == code {
			return f, ok
		}
		err = f.Err
	}
}

// Code sorts faults. It is an error so that errors.Is can ask for it.
type Code string

// Codes that JSON has, too; they are stable.
const (
	Source Code = "source" // a model that cannot be used
	Target Code = "target" // a repo that cannot be published to
	Folder Code = "folder" // a folder that cannot be written into
	Usage  Code = "usage"  // a flag or argument that makes no sense
	Config Code = "config" // a config, template or file of scores that cannot be used
)

// Codes that only the command itself tells apart.
const (
	Token   Code = "token"   // a token that cannot be sent
	NoRoom  Code = "no-room" // a disk without the room that is needed
	Lock    Code = "lock"    // a lock file that is absent, or of no use to this version
	Update  Code = "update"  // a published merge whose card cannot be made again
	Differs Code = "differs" // a published merge that is not what its lock says
	Output  Code = "output"  // a result that cannot be printed
)

func (c Code) Error() string { return string(c) }

// Unreadable is the fault of the file at path that err keeps from being read; hint says which file is wanted.
func Unreadable(path, code, hint string, err error) *recipe.Fault {
	return &recipe.Fault{File: path, Code: code, Message: "cannot be read: " + file.Cause(err).Error(), Hint: cmp.Or(openfiles.Hint(err), hint)}
}
