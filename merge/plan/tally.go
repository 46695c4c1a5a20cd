package plan

import "github.com/lazymerge/lazymerge/merge/recipe"

// shownFaults are how many tensors with the same fault are named before the rest are counted. Of a warning it
// is one.
const shownFaults = 3

// A tally collects what is to be said of many tensors.
type tally struct {
	tallyKey
	messages []string // of the first
	count    int
	more     func(n int) (message, hint string) // what to say of n more, and at the end what to do
}

type tallyKey struct {
	pos     recipe.Pos
	code    string
	warning bool
	about   string // tells tallies of one place apart; may be empty
}

// note counts one more tensor for key. message says what is wrong with it, and is asked for the first ones only.
func (b *builder) note(key tallyKey, message func() string, more func(n int) (message, hint string)) {
	t := b.tallies[key]
	if t == nil {
		t = &tally{tallyKey: key, more: more}
		b.tallies[key] = t
		b.tallied = append(b.tallied, t)
	}
	if t.count == 0 || t.count < shownFaults && !key.warning {
		t.messages = append(t.messages, message())
	}
	t.count++
}

// tell reports the tallies.
func (b *builder) tell() {
	for _, t := range b.tallied {
		f := recipe.Fault{File: b.recipe.File, Pos: t.pos, Code: t.code, Warning: t.warning}
		n := t.count - len(t.messages)
		rest, hint := t.more(n)
		for i, message := range t.messages {
			one := f
			one.Message = message
			if n == 0 && i == len(t.messages)-1 {
				one.Hint = hint
			}
			b.report(&one)
		}
		if n > 0 {
			f.Message, f.Hint = rest, hint
			b.report(&f)
		}
	}
	b.tallied = nil
	clear(b.tallies)
	b.faults.Sort()
}
