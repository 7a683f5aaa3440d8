package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yunzhuan/bot"
	"yunzhuan/cron"
	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// status is what check wants to know of a store and its schedule.
type status struct {
	Running   bool
	Missing   bool // there is no store yet
	Now       time.Time
	Size      int64 // of the store, bytes
	Records   int
	Unsent    int   // messages that wait in the outbox, be it on purpose
	Years     []int // of which the holidays are loaded
	People    int
	Jobs      []cron.Upcoming
	Platforms map[string]bool // connected, when Running
	Photos    photoStatus
}

// status looks at the store and the schedule. A record that cannot be read is an
// error.
func (a *app) status(ctx context.Context) (status, error) {
	st := status{Now: a.store.Now(), Jobs: a.scheduler.Next(), Platforms: a.connections()}
	var err error
	if st.Size, err = a.store.db.Size(); err != nil {
		return st, err
	}
	if st.Unsent, _, err = a.outboxDepth(); err != nil {
		return st, err
	}
	var photos []string
	waiting := 0
	err = a.store.View(ctx, func(tx *store.Tx) error {
		if st.Records, err = readRecords(tx); err != nil {
			return err
		}
		cal, err := calendar.Load(tx)
		if err != nil {
			return err
		}
		st.Years = cal.Years()
		if st.People, err = people.Count(tx); err != nil {
			return err
		}
		if waiting, err = bot.Fetching(tx); err != nil {
			return err
		}
		photos, err = patrol.PhotoNames(tx)
		return err
	})
	if err == nil {
		st.Photos, err = checkPhotos(ctx, a.photos, photos)
		st.Photos.Waiting = waiting
	}
	return st, err
}

// readRecords reads every record of every table, and counts them.
func readRecords(tx *store.Tx) (n int, err error) {
	for _, table := range store.Tables() {
		err := tx.Raw(table, func(key string, raw []byte) (bool, error) {
			n++
			if err := store.CheckEncoding(table, raw); err != nil {
				return false, fmt.Errorf("%w: %s %s: %w", bolt.ErrCorrupt, table, key, err)
			}
			return true, nil
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// storeStatus asks the running serve, or looks at the store itself.
func storeStatus(ctx context.Context, cfg *config.Config) (st status, err error) {
	path, err := storePath(cfg)
	if err != nil {
		return st, err
	}
	client, err := control.Dial(path)
	switch {
	case err == nil:
		defer client.Close()
		err = client.Post(ctx, "/status", nil, &st)
		st.Running = true
		return st, err
	case !errors.Is(err, control.ErrNotRunning):
		return st, err
	}
	return closedStatus(ctx, cfg, path)
}

// closedStatus looks at a store that no process has open. A store that is not
// there is looked at as an empty one, which is made elsewhere.
func closedStatus(ctx context.Context, cfg *config.Config, path string) (st status, err error) {
	missing := false
	switch err := bolt.Verify(path); {
	case errors.Is(err, os.ErrNotExist):
		dir, err := os.MkdirTemp("", "yunzhuan-check-")
		if err != nil {
			return st, fmt.Errorf("make temporary folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // left over, it harms nobody
		empty := *cfg
		empty.Store, missing = config.SecretURL("bolt://"+filepath.ToSlash(filepath.Join(dir, "empty.db"))), true
		cfg = &empty
	case err != nil:
		return st, err
	}
	s, err := openStore(cfg, nil)
	if err != nil {
		return st, err
	}
	a := &app{cfg: cfg, log: discard(), metrics: obs.NewMetrics(versionString()), store: s}
	if err = a.wire(); err == nil {
		st, err = a.status(ctx)
	}
	st.Missing = missing
	return st, errors.Join(err, s.Close())
}
