package handlers

import (
	"context"
	"errors"
	"fmt"
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

// walk is a command that records findings in a book: /巡查 in that of the offices,
// /校务 in that of the schools.
type walk struct {
	Deps
	book   patrol.Book
	noun   string // what its units are called: 单位 or 学校
	unit   string // one that examples are about
	number string // that a finding could be published under
}

// command is the command as typed.
func (w walk) command() string { return "/" + w.book.Command() }

// example is a right line, as a hint.
func (w walk) example() string {
	return "例：" + w.command() + " " + w.unit + " 缺岗 姓名 9:40 未履行请假手续"
}

func patrols(d Deps) *bot.Command {
	w := walk{Deps: d, book: patrol.Offices, noun: "单位", unit: "人事科", number: "X37-2"}
	return &bot.Command{
		Name: "巡查", Aliases: []string{"patrol"}, Summary: "记录机关巡查",
		Usage:    w.usage(),
		Examples: []string{"/巡查 人事科 正常", "/巡查 人事科 缺岗 姓名 9:40", "/巡查 安全稳定科 表扬 接待来访耐心细致"},
		Allow:    patrollers, Run: w.record, Pictures: takePictures, Subs: w.subs(),
	}
}

func (w walk) usage() []string {
	c := w.command()
	return []string{
		fmt.Sprintf("%s <%s>[、<%s>…] 正常", c, w.noun, w.noun),
		fmt.Sprintf("%s <%s> <情形> [<姓名>…] [<时间>] [未核实] [<备注>]　情形：%s", c, w.noun, kindList()),
		"几条一起记：一条一行，或用分号隔开",
	}
}

// subs are the sub-commands that the two have in common.
func (w walk) subs() []*bot.Command {
	c := w.command()
	return []*bot.Command{{
		Name: "进度", Usage: []string{c + " 进度"}, Examples: []string{c + " 进度"}, Allow: patrollers, Run: w.progress,
	}, {
		Name: "覆盖", Usage: []string{c + " 覆盖 [<月份>|<季度>|<年份>]"}, Examples: []string{c + " 覆盖 本季度"}, Allow: patrollers, Run: w.coverage,
	}, {
		Name: "记录", Usage: []string{c + " 记录 [<日期>]"}, Examples: []string{c + " 记录"}, Allow: patrollers, Run: w.list,
	}, {
		Name: "改", Usage: []string{c + " 改 [<日期>] <第几条> <" + w.noun + "> <情形> …"}, Examples: []string{c + " 改 3 " + w.unit + " 迟到 姓名 9:05"}, Allow: patrollers, Run: w.change,
	}, {
		Name: "撤", Aliases: []string{"撤销", "删"}, Usage: []string{c + " 撤 [<日期>] <第几条>"}, Examples: []string{c + " 撤 3"}, Allow: patrollers, Run: w.withdraw,
	}, {
		Name: "照片", Usage: []string{c + " 照片 <第几条>|<记录号> [<日期>]"}, Examples: []string{c + " 照片 " + w.number}, Allow: bot.Members(), Run: w.photos, Unlisted: true,
	}}
}

func kindList() string { return strings.Join(kindWords(), " ") }

func kindWords() []string {
	var out []string
	for _, k := range patrol.Kinds {
		out = append(out, string(k))
	}
	return out
}

// record records the findings of a message, all or none.
func (w walk) record(_ context.Context, r *bot.Request) error {
	found, err := w.readFindings(r, r.Args.Rest(0))
	if err != nil {
		return err
	}
	err = r.Tx.Try(func(tx *store.Tx) error {
		for i := range found {
			var err error
			if found[i], err = w.book.Record(tx, r.Person, found[i]); err != nil {
				return w.inList(err, i, len(found))
			}
		}
		return nil
	})
	if err != nil {
		return w.askBack(r, w.command()+" ", err)
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
func (w walk) askBack(r *bot.Request, command string, err error) error {
	var e *patrol.Excused
	if !errors.As(err, &e) {
		return store.WithHint(err, w.example())
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

// progress says which units were seen: of the offices today and this week, of the
// schools this month.
func (w walk) progress(_ context.Context, r *bot.Request) error {
	today := calendar.Day(r.Tx.Today())
	if w.book == patrol.Schools {
		month := today.Month()
		all, err := patrol.SchoolsCovered(r.Tx, month.First(), month.Last())
		if err != nil {
			return err
		}
		return r.Reply(report.SchoolProgress(month, all))
	}
	week := calendar.WeekOf(today)
	day, err := w.book.Covered(r.Tx, today, today)
	if err != nil {
		return err
	}
	all, err := w.book.Covered(r.Tx, week.From, week.To)
	if err != nil {
		return err
	}
	return r.Reply(report.Progress(day, all))
}

// coverage draws which units were seen how often, week by week or month by month.
func (w walk) coverage(_ context.Context, r *bot.Request) error {
	p, rest, err := periodAt(r, r.Args)
	if err == nil && len(rest) > 0 {
		err = store.Errorf("没看懂“%s”是哪一段时间。", store.Brief(r.Args.Rest(0)))
	}
	if err != nil {
		return store.WithHint(err, "例："+w.command()+" 覆盖 本季度")
	}
	g, err := w.book.Grid(r.Tx, patrol.Spans(p))
	if err != nil {
		return err
	}
	b, err := report.Coverage(w.book, p, g)
	if err != nil {
		return err
	}
	return r.Reply(b)
}
