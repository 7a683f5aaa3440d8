package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/patrol"
	"yunzhuan/push"
	"yunzhuan/store"
)

// undoWindow is how long a change can be taken back.
const undoWindow = 10 * time.Minute

func undos(d Deps) *bot.Command {
	return &bot.Command{
		Name: "撤回", Aliases: []string{"undo"}, Summary: "撤回我的上一次操作（10 分钟内）",
		Usage: []string{"/撤回"}, Examples: []string{"/撤回"}, Allow: bot.Members(), Run: d.undoLast,
	}
}

func (d Deps) undoLast(_ context.Context, r *bot.Request) error {
	line, err := r.Tx.Undo(string(r.Person.ID), undoWindow)
	at := calendar.ClockOf(line.At.In(r.Tx.Now().Location()))
	switch {
	case errors.Is(err, store.ErrNothingToUndo):
		return r.Replyf("没有可以撤回的操作。只能撤回 10 分钟以内的最后一次，已经发出去的不能撤回。")
	case errors.Is(err, store.ErrBuiltUpon):
		return r.Replyf("不能撤回：%s 的“/%s”之后，又有了新的变动。请直接更正。", at, line.Actor.Command)
	case err != nil:
		return err
	}
	for _, c := range line.Changes {
		if err := patrol.PhotoTakenBack(r.Tx, c); err != nil {
			return err
		}
	}
	if err := d.tellHolders(r, line); err != nil {
		return err
	}
	if what := takenBack(line); what != "" {
		return r.Replyf("已撤回 %s 的“/%s”：%s。", at, line.Actor.Command, what)
	}
	return r.Replyf("已撤回 %s 的“/%s”。", at, line.Actor.Command)
}

// tellHolders tells whoever had a draft in hand by the change that was undone:
// what they were sent about it no longer holds.
func (d Deps) tellHolders(r *bot.Request, line store.AuditLine) error {
	for _, c := range line.Changes {
		was, ok := draft.Undone(c)
		if !ok || was.Holder == r.Person.ID {
			continue
		}
		text := fmt.Sprintf("%s %s：%s 已撤回刚才的移交，您不用处理了。", was.ID(), was.Title, r.Person.Name)
		if _, err := d.Push.Person(r.Tx, was.Holder, push.Notice, chat.Text(text)); err != nil {
			return err
		}
	}
	return nil
}

// undone say in words what became of a record of a table: with before, it is as
// it was; without, it is gone.
var undone = map[string]func(key string, before bool) string{
	"attendance_reports": func(key string, before bool) string {
		day, unit, _ := strings.Cut(key, "/")
		what := fmt.Sprintf("%s %s考勤", unit, calendar.Day(day).Short())
		if before {
			return what + "恢复为上一次的登记"
		}
		return what + "现在未报"
	},
	"attendance_clerks": func(unit string, _ bool) string { return unit + "的考勤员恢复原样" },
	"people_invitations": func(_ string, before bool) string {
		if before {
			return ""
		}
		return "绑定码作废"
	},
	"finding_photos": func(string, bool) string { return "附的照片已去掉" },
	"groups":         func(string, bool) string { return "群类型恢复原样" },
}

// takenBack says what an undone line was about, "" where there are no words for
// it.
func takenBack(line store.AuditLine) string {
	var parts []string
	for _, c := range line.Changes {
		words := undone[c.Table]
		if words == nil {
			continue
		}
		if s := words(c.Key, c.Before != nil); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "，")
}
