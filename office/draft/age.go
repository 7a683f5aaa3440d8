package draft

import "yunzhuan/office/calendar"

// Days is how many workdays a draft has lain at its present desk: 0 on the day
// it came.
func (d Draft) Days(cal calendar.Calendar, today calendar.Day) int {
	return workdays(cal, calendar.DayOf(d.Since), today)
}

// OverDesk is by how many workdays a draft is late at its desk, 0 for in time.
func (d Draft) OverDesk(cal calendar.Calendar, today calendar.Day) int {
	if d.Stage.Ended() {
		return 0
	}
	return max(d.Days(cal, today)-d.Stage.Limit(), 0)
}

// OverDue is by how many workdays a draft is past its own due day, 0 for in time.
func (d Draft) OverDue(cal calendar.Calendar, today calendar.Day) int {
	if d.Stage.Ended() || d.Due == "" {
		return 0
	}
	return workdays(cal, d.Due, today)
}

// Over is by how many workdays a draft is late, at its desk or past its due day,
// whichever is more; 0 for in time.
func (d Draft) Over(cal calendar.Calendar, today calendar.Day) int {
	return max(d.OverDesk(cal, today), d.OverDue(cal, today))
}

// workdays counts the workdays after from up to and including to.
func workdays(cal calendar.Calendar, from, to calendar.Day) int {
	n := 0
	for day := from.AddDays(1); day <= to; day = day.AddDays(1) {
		if work, _ := cal.IsWorkday(day); work {
			n++
		}
	}
	return n
}
