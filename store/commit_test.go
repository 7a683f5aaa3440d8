package store_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// gate stops the first commit until it is opened, with an error or without.
type gate struct {
	once    sync.Once
	reached chan struct{}
	open    chan error
}

func (g *gate) beforeCommit() (err error) {
	g.once.Do(func() {
		close(g.reached)
		err = <-g.open
	})
	return err
}

// TestTheNextGroupRunsMeanwhile stops a commit and shows that the next closures
// run on top of what it writes; and that they run anew, without it, when it
// fails.
func TestTheNextGroupRunsMeanwhile(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"and it succeeds": nil, "and it fails": errors.New("disk full")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{reached: make(chan struct{}), open: make(chan error)}
			db, err := bolt.Open(filepath.Join(t.TempDir(), "s.db"), bolt.Options{BeforeCommit: g.beforeCommit})
			if err != nil {
				t.Fatal(err)
			}
			s := openOn(t, newClock(), db)
			var outcomes [2]error
			var numbers []uint64 // that the second closure got, in each of its runs
			var order []string
			var wg sync.WaitGroup
			wg.Add(2)
			number := func(tx *store.Tx) (uint64, error) {
				n, err := tx.Next("number")
				if err != nil {
					return 0, err
				}
				return n, notes.Put(tx, "latest", note{Text: "by a closure"})
			}
			s.Submit(t.Context(), func(tx *store.Tx) error {
				_, err := number(tx)
				return err
			}, func(err error) {
				outcomes[0] = err
				order = append(order, "first")
				wg.Done()
			})
			<-g.reached
			ran := make(chan struct{}, 2)
			s.Submit(t.Context(), func(tx *store.Tx) error {
				n, err := number(tx)
				numbers = append(numbers, n)
				tx.AfterCommit(func() { order = append(order, "after") })
				ran <- struct{}{}
				return err
			}, func(err error) {
				outcomes[1] = err
				order = append(order, "second")
				wg.Done()
			})
			<-ran // while the first is still on its way to the disk
			err = s.View(t.Context(), func(tx *store.Tx) error {
				if n, err := tx.Last("number"); n != 0 {
					t.Errorf("seen by others before it is durable: %d, %v", n, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			g.open <- fault
			wg.Wait()
			want := []uint64{2}
			if fault != nil {
				want = []uint64{2, 1}
			}
			if !errors.Is(outcomes[0], fault) || outcomes[1] != nil {
				t.Errorf("outcomes %v", outcomes)
			}
			if len(numbers) != len(want) || numbers[len(want)-1] != want[len(want)-1] || numbers[0] != 2 {
				t.Errorf("the second closure got %v, want %v", numbers, want)
			}
			if len(order) != 3 || order[0] != "first" || order[1] != "after" || order[2] != "second" {
				t.Errorf("told in the order %v", order)
			}
			err = s.View(t.Context(), func(tx *store.Tx) error {
				if n, err := tx.Last("number"); n != want[len(want)-1] {
					t.Errorf("kept number %d, %v", n, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if _, err := s.VerifyAudit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
