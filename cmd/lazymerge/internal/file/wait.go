package file

import (
	"context"
	"time"
)

// patience is how long a read or a write may stand still before it says what it waits for.
const patience = time.Second

// A Waits is called once when a read or a write stands still, so that a person can be told what it waits for. Nil tells
// nobody.
type Waits func()

// wait runs do, and gives up with ctx: a pipe that nobody opens at its other end cannot be waited for in any other way. do
// then goes on for as long as the system keeps it, and its result is dropped. With atOnce waits is called before, and
// otherwise when do has taken a second.
func wait[T any](ctx context.Context, do func() (T, error), waits Waits, atOnce bool) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	after := patience
	if atOnce {
		after = 0
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		case <-timer.C:
			if waits != nil {
				waits()
			}
		}
	}
}
