package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"

	"github.com/lazymerge/lazymerge/hub"
)

// none counts no bytes.
func none(int64) {}

func spareNone(int64, int) {}

// writeShard hands a shard of text to u as the engine does.
func writeShard(ctx context.Context, u *Uploads, name, text string) error {
	w, err := u.Create(ctx, name, int64(len(text)))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return errors.Join(err, w.Abort())
	}
	return w.Commit(sha256.Sum256([]byte(text)))
}

func count(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestUploadsHoldTwoShards lets one upload after the other end, and looks each time how far the making has
// come: one shard goes up, one more is complete or being made, and no third begins.
func TestUploadsHoldTwoShards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const shards = 5
		dir := t.TempDir()
		begun, end := 0, make(chan struct{})
		u := NewUploads(dir, func(hub.Object) error {
			begun++
			<-end
			return nil
		}, none, spareNone)
		made := make(chan error, 1)
		go func() {
			for i := range shards {
				if err := writeShard(t.Context(), u, fmt.Sprintf("shard-%d", i), "0123456789"); err != nil {
					made <- err
					return
				}
			}
			made <- nil
		}()
		for i := range shards {
			synctest.Wait() // everybody waits for the end of upload i
			want := min(2, shards-i)
			if n := count(t, dir); begun != i+1 || n != want || u.Stored() != i {
				t.Errorf("in upload %d: %d uploads have begun, %d are stored, %d shards are on the disk; want %d, %d and %d", i, begun, u.Stored(), n, i+1, i, want)
			}
			end <- struct{}{}
		}
		if err := errors.Join(<-made, u.Wait()); err != nil {
			t.Error(err)
		}
		if n := count(t, dir); n != 0 || u.Stored() != shards {
			t.Errorf("at the end %d are on the disk and %d are stored, want 0 and %d", n, u.Stored(), shards)
		}
	})
}

func TestUploadsSendWhatWasWritten(t *testing.T) {
	var sent int64
	u := NewUploads(t.TempDir(), func(o hub.Object) error {
		if sum := sha256.Sum256([]byte("some bytes")); o.Path != "a" || o.Size != 10 || o.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("sent %+v", o)
		}
		for range 2 { // a try that failed is made again from the start
			r, err := o.Open()
			if err != nil {
				return err
			}
			text, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || string(text) != "some bytes" {
				t.Errorf("the content is %q, %v", text, err)
			}
		}
		o.Sent(10)
		return nil
	}, func(n int64) { sent += n }, spareNone)
	if err := errors.Join(writeShard(t.Context(), u, "a", "some bytes"), u.Wait()); err != nil || sent != 10 {
		t.Errorf("%d bytes were sent, %v; want 10", sent, err)
	}
}

// TestUploadsEndWithTheFirstError expects that a shard whose upload fails ends the making of the next.
func TestUploadsEndWithTheFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		sends := 0
		u := NewUploads(t.TempDir(), func(hub.Object) error { sends++; return refused }, none, spareNone)
		if err := writeShard(t.Context(), u, "first", "1"); err != nil {
			t.Errorf("the first shard: %v; its upload fails later", err)
		}
		synctest.Wait()
		if _, err := u.Create(t.Context(), "second", 1); !errors.Is(err, refused) {
			t.Errorf("Create of the second shard = %v, want %v", err, refused)
		}
		if err := u.Wait(); !errors.Is(err, refused) || sends != 1 || u.Stored() != 0 {
			t.Errorf("Wait() = %v after %d sends, %d stored; want %v, 1 and 0", err, sends, u.Stored(), refused)
		}
	})
}

// TestUploadsFailWhileAShardWaits is a failure that comes while the next shard waits for its turn: it is not sent.
func TestUploadsFailWhileAShardWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused, end := errors.New("refused"), make(chan struct{})
		sends := 0
		u := NewUploads(t.TempDir(), func(hub.Object) error { sends++; <-end; return refused }, none, spareNone)
		if err := writeShard(t.Context(), u, "first", "1"); err != nil {
			t.Fatal(err)
		}
		second := make(chan error, 1)
		go func() { second <- writeShard(t.Context(), u, "second", "2") }()
		synctest.Wait()
		close(end)
		if err := <-second; !errors.Is(err, refused) {
			t.Errorf("the second shard = %v, want %v", err, refused)
		}
		if err := u.Wait(); !errors.Is(err, refused) || sends != 1 {
			t.Errorf("Wait() = %v after %d sends", err, sends)
		}
	})
}

// TestUploadsStopWithTheContext lets nobody wait for a turn that never comes.
func TestUploadsStopWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		u := NewUploads(t.TempDir(), func(hub.Object) error { <-end; return nil }, none, spareNone)
		ctx, cancel := context.WithCancel(t.Context())
		if err := writeShard(ctx, u, "first", "1"); err != nil {
			t.Fatal(err)
		}
		second := make(chan error, 1)
		go func() { second <- writeShard(ctx, u, "second", "2") }()
		synctest.Wait()
		cancel()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("the second shard = %v, want %v", err, context.Canceled)
		}
		close(end)
		if err := u.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func TestAbortLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	u := NewUploads(dir, func(hub.Object) error { t.Error("it was sent"); return nil }, none, spareNone)
	w, err := u.Create(t.Context(), "a", 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "12"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Abort(), u.Wait()); err != nil || count(t, dir) != 0 {
		t.Errorf("Abort() = %v, %d files are left", err, count(t, dir))
	}
}
