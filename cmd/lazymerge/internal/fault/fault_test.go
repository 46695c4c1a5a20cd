package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// hinted is an error with a hint of its own, as hub has them.
type hinted struct{}

func (hinted) Error() string { return "not let in" }
func (hinted) Hint() string  { return "ask" }

func TestFault(t *testing.T) {
	for _, tt := range []struct {
		name               string
		fault              *Fault
		text, reason, hint string
	}{
		{"a flag", Usagef("--seed %d: no", 7), "--seed 7: no", "--seed 7: no", ""},
		{"the cause's text and hint", &Fault{Subject: "target a/b", Err: hinted{}}, "target a/b: not let in", "not let in", "ask"},
		{"a hint below", Configf("card: %w", hinted{}), "card: not let in", "card: not let in", "ask"},
		{"text and advice of its own go first", &Fault{Subject: "target a/b", Text: "closed", Err: hinted{}, Advice: "wait"}, "target a/b: closed", "closed", "wait"},
		{"no cause", &Fault{Text: "closed"}, "closed", "closed", ""},
	} {
		if text, reason, hint := tt.fault.Error(), tt.fault.Reason(), tt.fault.Hint(); text != tt.text || reason != tt.reason || hint != tt.hint {
			t.Errorf("%s: Error, Reason, Hint = %q, %q, %q; want %q, %q, %q", tt.name, text, reason, hint, tt.text, tt.reason, tt.hint)
		}
	}
}

func TestCodesAreFoundBelow(t *testing.T) {
	lock := &Fault{Code: Lock, Err: fs.ErrNotExist}
	update := &Fault{Code: Update, Err: fmt.Errorf("read: %w", lock)}
	err := fmt.Errorf("card: %w", update)
	for code, want := range map[Code]*Fault{Lock: lock, Update: update, Target: nil} {
		if got, ok := Find(err, code); got != want || ok != (want != nil) || errors.Is(err, code) != ok {
			t.Errorf("Find(%v, %s) = %v, %v; want %v; errors.Is: %v", err, code, got, ok, want, errors.Is(err, code))
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not its cause", err)
	}
	if errors.Is(&Fault{Err: fs.ErrExist}, fs.ErrNotExist) {
		t.Error("a fault without a code is another error than its cause")
	}
}

// Each of joined errors gets the code, and one that has a text of its own over several stays whole.
func TestOf(t *testing.T) {
	whole := fmt.Errorf("two causes: %w and %w", fs.ErrExist, fs.ErrClosed)
	err := Of(Usage, errors.Join(fs.ErrClosed, errors.Join(whole, hinted{})))
	all := Flat(err)
	if len(all) != 3 {
		t.Fatalf("Of joined errors is %q", all)
	}
	for i, cause := range []error{fs.ErrClosed, whole, hinted{}} {
		if f, ok := Find(all[i], Usage); !ok || !errors.Is(f.Err, cause) || f.Error() != cause.Error() {
			t.Errorf("error %d is %#v, want %v with its code", i, all[i], cause)
		}
	}
	if one := Of(Folder, fs.ErrExist); !errors.Is(one, Folder) || !errors.Is(one, fs.ErrExist) || one.Error() != fs.ErrExist.Error() {
		t.Errorf("Of one error is %#v", one)
	}
}
