package storetest

import (
	"context"
	"errors"

	"yunzhuan/store/kv"
)

// Twice returns db with every closure run twice, as a DB may do, the first time
// for nothing: what it wrote is undone. A closure that touches more than its Tx
// does it twice then, which a test will notice.
func Twice(db kv.DB) kv.DB { return twice{db} }

type twice struct{ kv.DB }

// errFirst ends the first run of a closure.
var errFirst = errors.New("storetest: first of two runs")

func (d twice) View(ctx context.Context, fn func(kv.Tx) error) error {
	return again(ctx, d.DB.View, fn)
}

func (d twice) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return again(ctx, d.DB.Update, fn)
}

func again(ctx context.Context, run func(context.Context, func(kv.Tx) error) error, fn func(kv.Tx) error) error {
	err := run(ctx, func(tx kv.Tx) error {
		_ = fn(tx) // the second run's result counts
		return errFirst
	})
	if !errors.Is(err, errFirst) {
		return err
	}
	return run(ctx, fn)
}

// Overlaid returns db with every Update made in a kv.Overlay that is applied at its
// end, and every View through an overlay, so that the suite of a driver tests the
// overlay too.
func Overlaid(db kv.DB) kv.DB { return kv.Checked(overlaid{db}) }

type overlaid struct{ kv.DB }

func (d overlaid) View(ctx context.Context, fn func(kv.Tx) error) error {
	return d.DB.View(ctx, func(tx kv.Tx) error { return fn(kv.NewOverlay(tx)) })
}

func (d overlaid) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return d.DB.Update(ctx, func(tx kv.Tx) error {
		o := kv.NewOverlay(tx)
		if err := fn(o); err != nil {
			return err
		}
		return o.Apply(tx)
	})
}
