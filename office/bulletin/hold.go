package bulletin

import (
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// hold is a bulletin that the office holds back.
type hold struct {
	Day calendar.Day `json:"day"`
	By  people.ID    `json:"by"`
	At  time.Time    `json:"at"`
	// Passed is when it would have been published by schedule; zero while that is
	// to come.
	Passed time.Time `json:"passed,omitzero"`
}

var holds = store.NewTable("bulletin_holds", store.Schema[hold]{Version: 1})

// Hold keeps the bulletin of a day back from its schedule.
func Hold(tx *store.Tx, day calendar.Day, by people.ID) error {
	if err := unpublished(tx, day); err != nil {
		return err
	}
	_, held, err := holds.Get(tx, string(day))
	if err != nil || held {
		return err
	}
	return holds.Put(tx, string(day), hold{Day: day, By: by, At: tx.Now()})
}

// Resume leaves the bulletin of a day to its schedule again, as long as that is
// to come.
func Resume(tx *store.Tx, day calendar.Day) error {
	if err := unpublished(tx, day); err != nil {
		return err
	}
	h, held, err := holds.Get(tx, string(day))
	switch {
	case err != nil:
		return err
	case !held:
		return store.Errorf("%s的通报没有暂缓。", day.Short())
	case !h.Passed.IsZero():
		return store.Errorf("今天自动发布的时间已过，请发 /通报 发布。")
	}
	return holds.Delete(tx, string(day))
}

func unpublished(tx *store.Tx, day calendar.Day) error {
	b, out, err := OfDay(tx, day)
	if err == nil && out {
		err = store.Errorf("%s的通报已经发布（%s）。", day.Short(), b.Number())
	}
	return err
}

// PassHeld notes that the hour came and the bulletin was held back.
func PassHeld(tx *store.Tx, day calendar.Day) error {
	h, held, err := holds.Get(tx, string(day))
	if err != nil || !held {
		return err
	}
	h.Passed = tx.Now()
	return holds.Put(tx, string(day), h)
}

// Held says whether the bulletin of a day is held back.
func Held(tx *store.Tx, day calendar.Day) (bool, error) {
	_, ok, err := holds.Get(tx, string(day))
	return ok, err
}
