package merge

import "context"

// A ledger has a line for each shard of a run, in their order. Lanes fill it side by side, each line once.
type ledger []*line

type line struct {
	shard     int // index into Plan.Shards
	receipt   Receipt
	committed chan struct{} // closed when receipt is there
}

func newLedger(shards []int) ledger {
	l := make(ledger, len(shards))
	for i, shard := range shards {
		l[i] = &line{shard: shard, committed: make(chan struct{})}
	}
	return l
}

func (l *line) enter(r Receipt) {
	l.receipt = r
	close(l.committed)
}

// before waits until every shard before line at is committed, or ctx ends as it does when one of them failed.
func (l ledger) before(ctx context.Context, at int) {
	for _, one := range l[:at] {
		select {
		case <-one.committed:
		case <-ctx.Done():
			return
		}
	}
}

// receipts are those of the shards that are committed by now.
func (l ledger) receipts() Receipts {
	var out Receipts
	for _, one := range l {
		select {
		case <-one.committed:
			out = append(out, one.receipt)
		default:
		}
	}
	return out
}
