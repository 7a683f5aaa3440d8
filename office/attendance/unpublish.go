package attendance

import (
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// Unpublish takes back what MarkPublished noted at a time about a day: the day's
// bulletin, and with it what was reported late since the one before, is out no more.
// What was reported for the day since then is not late, but another version of it.
func Unpublish(tx *store.Tx, day calendar.Day, at, since time.Time) error {
	marked, ok, err := published.Get(tx, string(day))
	if err != nil || !ok || !marked.Equal(at) {
		return err
	}
	ofDay, err := reports.All(tx, string(day)+"/")
	if err != nil {
		return err
	}
	late, err := reports.AllBy(tx, "late", string(calendar.DayOf(at.In(tx.Now().Location()))))
	if err != nil {
		return err
	}
	for _, r := range late {
		if r.Day != day && r.At.After(since) && !r.At.After(at) {
			r.Out = false
			ofDay = append(ofDay, r)
		}
	}
	for _, r := range ofDay {
		if r.Day == day {
			r.Out, r.Late = false, false
			for i := range r.Earlier { // a copy that was decoded for this
				r.Earlier[i].Out, r.Earlier[i].Late = false, false
			}
		}
		if err := reports.Put(tx, reportKey(r.Day, r.Unit), r); err != nil {
			return err
		}
	}
	return published.Delete(tx, string(day))
}
