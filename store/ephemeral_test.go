package store_test

import (
	"testing"

	"yunzhuan/chat"
	"yunzhuan/store"
)

// What only its reader may know leaves no trace once it has arrived, and no text
// when it has not.
func TestEphemeralEntries(t *testing.T) {
	t.Parallel()
	for _, state := range []store.State{store.Delivered, store.Dead, store.Unknown, store.Expired} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s := open(t, newClock())
			var id uint64
			update(t, s, func(tx *store.Tx) (err error) {
				body := chat.Titled("只给您看").Para("一次一用")
				id, err = tx.Enqueue(chat.Outgoing{Target: chat.Target{Channel: "webchat", User: "J1017"}, Body: body}, store.Ephemeral())
				return err
			})
			update(t, s, func(tx *store.Tx) error {
				e, ok, err := tx.Claim(store.Entry{ID: id})
				if err != nil || !ok {
					t.Fatalf("claim: %v %v", ok, err)
				}
				return tx.Settle(e, store.Outcome{State: state})
			})
			update(t, s, func(tx *store.Tx) error {
				kept, ok, err := tx.SettledEntry(id)
				if ok != (state != store.Delivered) || kept.Title != "" || kept.Out != nil {
					t.Errorf("kept (%v): %+v", ok, kept)
				}
				counts, countErr := tx.Deliveries(tx.Today())
				if countErr != nil || counts[state] != 1 {
					t.Errorf("counts %v (%v)", counts, countErr)
				}
				return err
			})
		})
	}
}
