package cron_test

import (
	"errors"
	"testing"
	"time"

	"yunzhuan/cron"
)

// TestBulletinRecalledBySchedule: an issue that was published by hand and recalled
// before the hour is published anew by schedule; after it, by hand alone.
func TestBulletinRecalledBySchedule(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 缺岗 卢涵贵 9:40")
	o.Clock.Set("17:22")
	o.Say("J1006", "/通报 发布")
	o.Say("J1006", "/通报 撤回 确认 写错单位")
	o.Clock.Set("17:25")
	o.Say("J1006", "/通报 撤回") // nothing happens
	o.run("bulletin", "17:30")
	wants(t, o.Say("J1006", "/通报"), "2026年第2期", "第1期已撤回，以本期为准。")
	o.Clock.Set("17:35")
	wants(t, o.Say("J1006", "/通报 撤回 确认 仍有错"), "2026年第2期已撤回")
	if err := o.jobs.Fire(t.Context(), "bulletin", o.Clock.Now().Add(-5*time.Minute)); !errors.Is(err, cron.ErrAlreadyFired) {
		t.Errorf("the slot: %v", err)
	}
	o.run("digest", "18:00")
	got := o.PushedTo("办公室群")
	wants(t, got[len(got)-1], "第2期已撤回，还没有重新发布")
	wants(t, o.Say("J1006", "/通报 今天"), "第2期已撤回，没有重新发布。")
	o.Say("J1006", "/通报 发布")
	wants(t, o.Say("J1006", "/通报"), "2026年第3期", "第1期、第2期已撤回，以本期为准。")
}
