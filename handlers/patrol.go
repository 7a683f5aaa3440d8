package handlers

import (
	"context"
	"errors"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// patrollers may record findings; of the leaders, those on duty.
var patrollers = bot.Roles(people.Inspector, people.Leader, people.Office)

const patrolExample = "例：/巡查 人事科 缺岗 姓名 9:40 未履行请假手续"

func patrols(d Deps) *bot.Command {
	return &bot.Command{
		Name: "巡查", Aliases: []string{"patrol"}, Summary: "记录机关巡查",
		Usage:    []string{"/巡查 <单位>[、<单位>…] 正常", "/巡查 <单位> <情形> [<姓名>…] [<时间>] [未核实] [<备注>]　情形：" + kindList(), "几条一起记：一条一行，或用分号隔开"},
		Examples: []string{"/巡查 人事科 正常", "/巡查 人事科 缺岗 姓名 9:40", "/巡查 安全稳定科 表扬 接待来访耐心细致"},
		Allow:    patrollers, Run: d.recordFinding, Pictures: takePictures,
		Subs: []*bot.Command{{
			Name: "进度", Usage: []string{"/巡查 进度"}, Examples: []string{"/巡查 进度"}, Allow: patrollers, Run: patrolProgress,
		}, {
			Name: "记录", Usage: []string{"/巡查 记录 [<日期>]"}, Examples: []string{"/巡查 记录"}, Allow: patrollers, Run: listFindings,
		}, {
			Name: "改", Usage: []string{"/巡查 改 [<日期>] <第几条> <单位> <情形> …"}, Examples: []string{"/巡查 改 3 人事科 迟到 姓名 9:05"}, Allow: patrollers, Run: d.changeFinding,
		}, {
			Name: "撤", Aliases: []string{"撤销", "删"}, Usage: []string{"/巡查 撤 [<日期>] <第几条>"}, Examples: []string{"/巡查 撤 3"}, Allow: patrollers, Run: d.withdrawFinding,
		}, {
			Name: "照片", Usage: []string{"/巡查 照片 <第几条>|<记录号> [<日期>]"}, Examples: []string{"/巡查 照片 X37-2"}, Allow: bot.Members(), Run: photosOf, Unlisted: true,
		}},
	}
}

func kindList() string { return strings.Join(kindWords(), " ") }

func kindWords() []string {
	var out []string
	for _, k := range patrol.Kinds {
		out = append(out, string(k))
	}
	return out
}

// recordFinding records the findings of a message, all or none.
func (d Deps) recordFinding(_ context.Context, r *bot.Request) error {
	found, err := readFindings(r, r.Args.Rest(0))
	if err != nil {
		return err
	}
	err = r.Tx.Try(func(tx *store.Tx) error {
		for i := range found {
			var err error
			if found[i], err = patrol.Record(tx, r.Person, found[i]); err != nil {
				return inList(err, i, len(found))
			}
		}
		return nil
	})
	if err != nil {
		return askBack(r, "/巡查 ", err)
	}
	b, err := report.FindingsSaved(r.Tx, found, !r.Msg.Group)
	if err == nil {
		b, err = withPhotos(r, b, found)
	}
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// confirmed is the last word of a finding on somebody who was reported away.
const confirmed = "照记"

// askBack asks whether a finding on somebody who was reported as away is meant;
// any other error it passes on.
func askBack(r *bot.Request, command string, err error) error {
	var e *patrol.Excused
	if !errors.As(err, &e) {
		return store.WithHint(err, patrolExample)
	}
	again := command + r.Args.Rest(0) + " " + confirmed
	if r.Msg.Group { // why somebody is away is nobody else's business
		return r.Replyf("有人当天登记了请假或公差，没有记。请单独发给我，我再跟您核对。")
	}
	text := e.Error() + "没有记。确认要记的，请点“照记”。"
	if len(r.Pictures()) > 0 {
		text += "照片请在记上以后再发一次。"
	}
	return r.Reply(chat.Text(text).Tap(confirmed, again))
}

func patrolProgress(_ context.Context, r *bot.Request) error {
	today := calendar.Day(r.Tx.Today())
	w := calendar.WeekOf(today)
	day, err := patrol.Covered(r.Tx, today, today)
	if err != nil {
		return err
	}
	all, err := patrol.Covered(r.Tx, w.From, w.To)
	if err != nil {
		return err
	}
	return r.Reply(report.Progress(day, all))
}
