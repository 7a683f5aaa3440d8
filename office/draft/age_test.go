package draft_test

import (
	"testing"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
)

// TestAge counts workdays over the make-up days of 2026.
func TestAge(t *testing.T) {
	t.Parallel()
	cal := calendar.Embedded()
	for _, c := range []struct {
		name, since, due, today string
		stage                   draft.Stage
		days, desk, over        int
	}{
		{"the same day", "2026-11-23", "", "2026-11-23", draft.FirstReview, 0, 0, 0},
		{"within its limit", "2026-11-23", "", "2026-11-24", draft.FirstReview, 1, 0, 0},
		{"a day over", "2026-11-23", "", "2026-11-25", draft.FirstReview, 2, 1, 1},
		{"over a weekend", "2026-11-27", "", "2026-11-30", draft.FirstReview, 1, 0, 0},
		{"a make-up Sunday before National Day", "2026-09-18", "", "2026-09-21", draft.FirstReview, 2, 1, 1},
		{"National Day counts for nothing", "2026-09-30", "", "2026-10-08", draft.FirstReview, 1, 0, 0},
		{"a make-up Saturday after it", "2026-10-09", "", "2026-10-12", draft.Signature, 2, 0, 0},
		{"the make-up Saturday of May", "2026-05-08", "", "2026-05-09", draft.FirstReview, 1, 0, 0},
		{"the due day is not over yet", "2026-11-23", "2026-11-24", "2026-11-24", draft.Writing, 1, 0, 0},
		{"past the due day", "2026-11-23", "2026-11-24", "2026-11-25", draft.Writing, 2, 0, 1},
		{"due on a Friday, seen on Sunday", "2026-11-26", "2026-11-27", "2026-11-29", draft.Writing, 1, 0, 0},
		{"late at its desk and past its day", "2026-11-16", "2026-11-17", "2026-11-23", draft.FirstReview, 5, 4, 4},
		{"ended", "2026-11-16", "2026-11-17", "2026-11-23", draft.Archived, 5, 0, 0},
	} {
		d := draft.Draft{Stage: c.stage, Due: calendar.Day(c.due), Since: calendar.Day(c.since).Time(time.UTC)}
		today := calendar.Day(c.today)
		if days, desk, over := d.Days(cal, today), d.OverDesk(cal, today), d.Over(cal, today); days != c.days || desk != c.desk || over != c.over {
			t.Errorf("%s: %d days, %d over at the desk, %d over; want %d, %d, %d", c.name, days, desk, over, c.days, c.desk, c.over)
		}
	}
}
