package store_test

import (
	"fmt"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
)

// send puts an entry of a batch into the outbox and, with ended, settles it.
func sendOf(t *testing.T, s *store.Store, batch string, ended *store.Outcome, opts ...store.EnqueueOption) (id uint64) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		out := chat.Outgoing{Target: chat.Target{Channel: "test", User: "u"}, Body: chat.Text("通报")}
		if id, err = tx.Enqueue(out, append(opts, store.Revocable(batch))...); err != nil || ended == nil {
			return err
		}
		e, _, err := tx.Claim(store.Entry{ID: id})
		if err != nil {
			return err
		}
		return tx.Settle(e, *ended)
	})
	return id
}

func recallStates(t *testing.T, s *store.Store, batch string) (out []store.RecallState) {
	t.Helper()
	view(t, s, func(tx *store.Tx) error {
		all, err := tx.Recalls(batch)
		for _, r := range all {
			out = append(out, r.State)
		}
		return err
	})
	return out
}

// What waits is taken out of the outbox; what was handed over does not go again when
// it comes back.
func TestRecallBatch(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	woken := 0
	s.OnRecall(func() { woken++ })
	waiting := sendOf(t, s, "b-1", nil)
	delivered := sendOf(t, s, "b-1", &store.Outcome{State: store.Delivered, Receipt: "r1"})
	retried, diverted := sendOf(t, s, "b-1", nil), sendOf(t, s, "b-1", nil, store.Fallback(chat.Target{Channel: "other", User: "o"}))
	other := sendOf(t, s, "b-10", nil)
	var moving []store.Entry
	update(t, s, func(tx *store.Tx) error {
		moving = nil
		for _, id := range []uint64{retried, diverted} {
			e, _, err := tx.Claim(store.Entry{ID: id})
			if err != nil {
				return err
			}
			moving = append(moving, e)
		}
		return nil
	})
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.RecallBatch("b-1")
		return err
	})
	want := []store.RecallState{store.RecallUnsent, store.RecallOpen, store.RecallOpen, store.RecallOpen}
	if got := recallStates(t, s, "b-1"); fmt.Sprint(got) != fmt.Sprint(want) || woken != 1 {
		t.Errorf("%v, woken %d times", got, woken)
	}
	update(t, s, func(tx *store.Tx) error {
		if err := tx.Release(moving[0]); err != nil {
			return err
		}
		return tx.Divert(moving[1], "final")
	})
	view(t, s, func(tx *store.Tx) error {
		for _, id := range []uint64{waiting, retried, diverted} {
			if w, err := tx.Whereabouts(id); err != nil || w.State != store.Recalled || w.Parts != 0 {
				t.Errorf("P%d: %+v %v", id, w, err)
			}
		}
		if w, err := tx.Whereabouts(delivered); err != nil || w.Parts != 1 || fmt.Sprint(w.Receipts) != "[r1]" {
			t.Errorf("delivered: %+v %v", w, err)
		}
		if w, err := tx.Whereabouts(other); err != nil || !w.Waiting {
			t.Errorf("of another batch: %+v %v", w, err)
		}
		n := 0
		err := tx.Pending(0, func(e store.Entry) (bool, error) {
			n++
			return true, nil
		})
		if n != 1 {
			t.Errorf("%d entries wait", n)
		}
		return err
	})
}

// A message that goes elsewhere is of the batch there, too; one that is sent again by
// hand is; and after the recall nobody can.
func TestRecallFollows(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	first := sendOf(t, s, "b", nil, store.Fallback(chat.Target{Channel: "other", User: "o"}))
	dead := sendOf(t, s, "b", &store.Outcome{State: store.Dead})
	left := sendOf(t, s, "b", &store.Outcome{State: store.Dead})
	update(t, s, func(tx *store.Tx) error {
		e, _, err := tx.Claim(store.Entry{ID: first})
		if err != nil {
			return err
		}
		if err := tx.Divert(e, "final"); err != nil {
			return err
		}
		d, _, err := tx.SettledEntry(dead)
		if err != nil {
			return err
		}
		_, err = tx.Resend(d)
		return err
	})
	update(t, s, func(tx *store.Tx) error {
		all, err := tx.RecallBatch("b")
		unsent := 0
		for _, r := range all {
			if r.State == store.RecallUnsent {
				unsent++
			}
		}
		if len(all) != 5 || unsent != 2 {
			t.Errorf("%d recalls, %d unsent", len(all), unsent)
		}
		return err
	})
	update(t, s, func(tx *store.Tx) error {
		d, _, err := tx.SettledEntry(left)
		if err != nil {
			return err
		}
		if _, err := tx.Resend(d); err == nil {
			t.Error("sent again after the recall")
		}
		r, _, err := tx.GetRecall("b", left)
		if err != nil {
			return err
		}
		r.State, r.Ended = store.RecallUnsent, tx.Now()
		return tx.PutRecall(r)
	})
	view(t, s, func(tx *store.Tx) error {
		trouble, err := tx.Troubled(store.Dead)
		if len(trouble) != 0 {
			t.Errorf("still on the list: %+v", trouble)
		}
		return err
	})
}

func TestRecallPruned(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	sendOf(t, s, "b", nil)
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.RecallBatch("b")
		return err
	})
	keep := store.DefaultRetention()
	keep.Settled = -time.Second
	if _, err := s.Prune(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	if got := recallStates(t, s, "b"); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
}

// view reads the store, which must succeed.
func view(t *testing.T, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
