package cron

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Table lists the jobs with their default times, without what they do: Bind adds
// that. Jobs of one minute are fired in this order.
func Table() []Job {
	return []Job{
		{Name: "attendance-reminder", Title: "考勤提醒", Specs: []string{"40 8 * * *", "20 9 * * *"}, Days: Workday},
		{Name: "attendance-close", Title: "考勤截止", Specs: []string{"30 9 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "duty-notice", Title: "下周值班通知", Specs: []string{"0 16 * * *"}, Days: LastWorkdayOfWeek, Catchup: CatchupSameDay},
		{Name: "patrol-reminder", Title: "巡查提醒", Specs: []string{"0 9 * * *", "0 15 * * *"}, Days: Workday},
		// A preview that comes late still lets the office hold the bulletin.
		{Name: "bulletin-preview", Title: "《机关巡查信息》预览", Specs: []string{"0 17 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "bulletin", Title: "《机关巡查信息》发布", Specs: []string{"30 17 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "digest", Title: "办公室日报", Specs: []string{"0 18 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "weekly-check", Title: "政务督查周报", Specs: []string{"30 17 * * *"}, Days: LastWorkdayOfWeek, Catchup: CatchupSameDay, Follows: "bulletin"}, // it sums up the day's
		{Name: "monthly-check", Title: "校务督查和考核月报", Specs: []string{"0 9 * * *"}, Days: FirstWorkdayOfMonth, Catchup: CatchupSameDay},
		// What is due is in the surveys and meetings themselves; these two only look.
		{Name: "survey-reminder", Title: "问卷催办", Specs: []string{"*/15 7-21 * * *"}, Days: Any},
		{Name: "meeting-reminder", Title: "会议提醒", Specs: []string{"*/10 * * * *"}, Days: Any},
		{Name: "draft-reminder", Title: "文稿超期提醒", Specs: []string{"0 9 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "task-reminder", Title: "督办提醒", Specs: []string{"0 9 * * *"}, Days: Workday, Catchup: CatchupSameDay},
		{Name: "canteen", Title: "食堂菜单", Specs: []string{"30 7 * * *"}, Days: Workday},
		// Weekly from 1 December, whatever weekday that is.
		{Name: "calendar-warning", Title: "下年度节假日提醒", Specs: []string{"30 9 1-31/7 12 *"}, Days: Any, Catchup: CatchupSameDay},
		{Name: "backup", Title: "每日备份", Specs: []string{"30 2 * * *"}, Days: Any, Catchup: CatchupSameDay},
	}
}

// Bind gives the jobs of the Table what they do, by name. A job without a
// function is one whose part of the office is not there yet: it is left out. A
// function without a job is a fault of the program.
func Bind(run map[string]func(context.Context, *Run) error) ([]Job, error) {
	var jobs []Job
	left := maps.Clone(run)
	for _, j := range Table() {
		if j.Run = run[j.Name]; j.Run != nil {
			jobs = append(jobs, j)
		}
		delete(left, j.Name)
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("bind jobs: not in the table: %v", slices.Sorted(maps.Keys(left)))
	}
	return jobs, nil
}
