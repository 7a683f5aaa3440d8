package cron

import (
	"context"
	"fmt"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
)

// calendarWarning asks the office for next year's holidays while they are not
// loaded.
func (p Parts) calendarWarning(_ context.Context, r *Run) error {
	cal, err := calendar.Load(r.Tx)
	if err != nil {
		return err
	}
	next := r.Slot.Year() + 1
	if cal.Known(next) {
		return nil
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, chat.Text(fmt.Sprintf(
		"%d 年的节假日安排还没有导入。国务院办公厅的通知发布后，请在服务器上执行 yunzhuan calendar import 通知文件；导入之前 %d 年按周一至周五算工作日。", next, next)))
	return err
}

// backup copies the store once the slot is committed.
func (p Parts) backup(_ context.Context, r *Run) error {
	r.After(p.Backup)
	return nil
}
