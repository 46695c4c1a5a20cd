package merge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// A piece is a run of output bytes, in order, or only a release that waits its turn.
type piece struct {
	data    []byte
	done    chan struct{} // closed when data is made
	err     error         // set before done is closed
	release func()        // called when data is written and hashed
	holders atomic.Int32
}

// drop gives the piece back when the writer and the hash both have.
func (p *piece) drop() {
	if p.holders.Add(-1) == 0 {
		p.release()
	}
}

// writer takes the pieces of a lane in order, writes them to the sink's shards and hashes them beside it.
type writer struct {
	plan    *plan.Plan
	sink    Sink
	newHash func() hash.Hash
	meter   *meter
	found   *findings
	ledger  ledger
	first   int // line of the ledger
	step    int // from there to the next line that is this writer's
	queue   chan *piece
}

func (w *writer) run(ctx context.Context) error {
	for at := w.first; at < len(w.ledger); at += w.step {
		line := w.ledger[at]
		s := &w.plan.Shards[line.shard]
		sum, err := w.shard(ctx, s)
		if err != nil {
			w.ledger.before(ctx, at) // one of them may have an error too, which comes first then
			return err
		}
		found := w.found.of(line.shard)
		line.enter(Receipt{line.shard, s.Name, hex.EncodeToString(sum[:]), s.Size, found.inherited, found.norms})
		w.meter.shard()
	}
	for { // only releases are left
		p, err := w.next(ctx)
		if err != nil || p == nil {
			return err
		}
		p.release()
	}
}

// next waits for the next piece; nil after the last.
func (w *writer) next(ctx context.Context) (*piece, error) {
	select {
	case p, ok := <-w.queue:
		if !ok {
			return nil, nil
		}
		select {
		case <-p.done:
			return p, p.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shard writes one shard: its header, then its tensors.
func (w *writer) shard(ctx context.Context, s *plan.Shard) (sum [sha256.Size]byte, err error) {
	out, err := w.sink.Create(ctx, s.Name, s.Size)
	if err != nil {
		return sum, fmt.Errorf("%s: %w", s.Name, err)
	}
	hashing := startHash(w.newHash(), s.Header)
	defer func() {
		total := hashing.finish()
		if err == nil {
			sum = total
			if err = out.Commit(sum); err == nil {
				return
			}
			err = fmt.Errorf("%s: %w", s.Name, err)
			return
		}
		err = errors.Join(err, out.Abort())
	}()
	if _, err := out.Write(s.Header); err != nil {
		return sum, fmt.Errorf("%s: %w", s.Name, err)
	}
	w.meter.merged(int64(len(s.Header)))
	for left := s.Size - int64(len(s.Header)); left > 0; {
		p, err := w.next(ctx)
		if err != nil {
			return sum, err
		}
		if p == nil {
			return sum, fmt.Errorf("%s: %d bytes are missing at its end", s.Name, left)
		}
		p.holders.Store(2)
		select {
		case hashing.pieces <- p:
		case <-ctx.Done():
			return sum, ctx.Err()
		}
		if len(p.data) > 0 {
			if _, err := out.Write(p.data); err != nil {
				return sum, fmt.Errorf("%s: %w", s.Name, err)
			}
		}
		left -= int64(len(p.data))
		w.meter.merged(int64(len(p.data)))
		p.drop()
	}
	return sum, nil
}

// hashing is the sha256 of one shard, made beside the writing.
type hashing struct {
	pieces chan *piece
	sum    chan [sha256.Size]byte
}

func startHash(sum hash.Hash, header []byte) *hashing {
	h := &hashing{pieces: make(chan *piece, 4), sum: make(chan [sha256.Size]byte, 1)}
	go func() {
		sum.Write(header)
		for p := range h.pieces {
			sum.Write(p.data)
			p.drop()
		}
		h.sum <- [sha256.Size]byte(sum.Sum(nil))
	}()
	return h
}

// finish ends the hash; it is called once, after the last piece.
func (h *hashing) finish() [sha256.Size]byte {
	close(h.pieces)
	return <-h.sum
}
