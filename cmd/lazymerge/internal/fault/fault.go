// Package fault has the one error type of the command and its rooms, and takes several errors apart.
//
// Whoever finds a fault says what a person needs: what it is about, what is wrong, where in a text, and what to do. Its [Code]
// is for machines: errors.Is(err, fault.Target) asks for it, and exit codes and JSON come from it. Errors of hub, merge and
// merge/recipe keep their types, as the cause of a Fault or beside others.
package fault

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Fault is why a command cannot do what was asked.
type Fault struct {
	Code    Code       // "" is the cause's
	Subject string     // what it is about, such as "target alice/out"; "" if the text says it
	Text    string     // what is wrong; "" is the cause's text
	File    string     // where it comes from; "" for nowhere
	Pos     recipe.Pos // in File
	Err     error      // the cause; may be nil beside a Text
	Advice  string     // what to do; "" is the cause's hint
}

// Error is the subject and what is wrong with it.
func (f *Fault) Error() string {
	if f.Subject == "" {
		return f.Reason()
	}
	return f.Subject + ": " + f.Reason()
}

// Reason is what is wrong, for a line that names the subject in its own way.
func (f *Fault) Reason() string {
	if f.Text == "" && f.Err != nil {
		return f.Err.Error()
	}
	return f.Text
}

func (f *Fault) Unwrap() error { return f.Err }

// Is tells whether target is f's code.
func (f *Fault) Is(target error) bool { return target == error(f.Code) }

// Hint says what to do; "" if nobody knows.
func (f *Fault) Hint() string { return cmp.Or(f.Advice, Hint(f.Err)) }

// Place is where f comes from; the file is "" for nowhere.
func (f *Fault) Place() (file string, at recipe.Pos) { return f.File, f.Pos }

// Hint is the first hint in err's chain, or "".
func Hint(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}

// Usagef is an invalid flag or argument.
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
	all := Flat(err)
	for i, one := range all {
		all[i] = &Fault{Code: code, Err: one}
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

// Codes that appear in JSON too; they are stable.
const (
	Source Code = "source" // a model that cannot be used
	Target Code = "target" // a repo that cannot be published to
	Folder Code = "folder" // a folder that cannot be written into
	Usage  Code = "usage"  // an invalid flag or argument
	Config Code = "config" // a config, template or file of scores that cannot be used
)

// Codes that only the command tells apart.
const (
	Token   Code = "token"   // a token that cannot be sent
	NoRoom  Code = "no-room" // a disk without enough space
	Lock    Code = "lock"    // a lock file that is missing or unusable by this version
	Update  Code = "update"  // a published merge whose card cannot be updated
	Differs Code = "differs" // a published merge that differs from its lock
	Output  Code = "output"  // a result that cannot be printed
)

func (c Code) Error() string { return string(c) }

// Unreadable is a file that err kept from being read; hint says which file to pass.
func Unreadable(path, code, hint string, err error) *recipe.Fault {
	return &recipe.Fault{File: path, Code: code, Message: "cannot be read: " + file.Cause(err).Error(), Hint: cmp.Or(openfiles.Hint(err), hint)}
}
