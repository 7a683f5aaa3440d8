package cron

import (
	"context"

	"yunzhuan/office/calendar"
	"yunzhuan/push"
)

// Parts is what the jobs need beside the transaction they run in.
type Parts struct {
	Push *push.Pusher
	// AttendanceCloses is when attendance closes, as the reminders say it; 0 says
	// nothing.
	AttendanceCloses calendar.Clock
	// NameFindings says whether groups see the names in findings
	// (privacy.public_findings is "name").
	NameFindings bool
	// Backup copies the store and removes old copies. It runs outside of the
	// transaction.
	Backup func(ctx context.Context) error
}

// Jobs are the jobs of the table that the program can do, ready for New.
func (p Parts) Jobs() ([]Job, error) {
	return Bind(map[string]func(context.Context, *Run) error{
		"attendance-reminder": p.attendanceReminder,
		"attendance-close":    p.attendanceClose,
		"duty-notice":         p.dutyNotice,
		"patrol-reminder":     p.patrolReminder,
		"bulletin-preview":    p.bulletinPreview,
		"bulletin":            p.bulletin,
		"digest":              p.digest,
		"weekly-check":        p.weeklyCheck,
		"monthly-check":       p.monthlyCheck,
		"survey-reminder":     SurveyReminder(p.Push),
		"draft-reminder":      p.draftReminder,
		"calendar-warning":    p.calendarWarning,
		"backup":              p.backup,
	})
}
