package handlers

import (
	"context"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/monthly"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// checkReaders read the monthly checks of schools: officials and principals.
var checkReaders = bot.Roles(people.Leader, people.Head, people.Staff, people.Office, people.Inspector, people.Principal)

func schools(d Deps) *bot.Command {
	w := walk{Deps: d, book: patrol.Schools, noun: "学校", unit: "城区第一小学", number: "J11-2"}
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "校务", Aliases: []string{"school"}, Summary: "记录学校检查、看校务督查",
		Usage:    w.usage(),
		Examples: []string{"/校务 城区第一小学 正常", "/校务 城区第一小学 缺岗 姓名 9:40", "/校务 城区第一中学 表扬 校园整洁有序"},
		Allow:    patrollers, Run: w.record,
		Subs: append(w.subs(),
			&bot.Command{Name: "通报", Usage: []string{"/校务 通报 [<月份>] [图片|Word|PDF]"}, Examples: []string{"/校务 通报", "/校务 通报 11月"}, Allow: checkReaders, Run: d.showMonthly},
			&bot.Command{Name: "预览", Usage: []string{"/校务 预览"}, Examples: []string{"/校务 预览"}, Allow: office, Run: previewMonthly},
			&bot.Command{Name: "更正", Usage: []string{"/校务 更正 <月份> <内容>"}, Examples: []string{correctMonthlyExample[len("例："):]}, Allow: office, Run: d.correctMonthly},
		),
	}
}

const correctMonthlyExample = "例：/校务 更正 11月 J11-2 经核实为公差，予以更正"

// showMonthly shows a monthly check as showBulletin does a bulletin.
func (d Deps) showMonthly(_ context.Context, r *bot.Request) error {
	form, args := formAt(r.Args)
	c, err := askedMonthly(r, args)
	if err != nil {
		return store.WithHint(err, "例：/校务 通报 11月")
	}
	full := d.seesNames(r)
	return inForm(r, form, "/校务 通报 "+string(c.Month),
		func() (chat.Body, error) { return report.MonthlyTrend(report.Monthly(c, full), c) },
		func() (document.Document, error) { return report.MonthlyDocument(c, full) })
}

func askedMonthly(r *bot.Request, args cmdline.Args) (monthly.Check, error) {
	if args.Len() > 0 {
		c, _, err := monthlyOf(r, args)
		return c, err
	}
	c, ok, err := monthly.Latest(r.Tx)
	if err == nil && !ok {
		err = store.WithHint(store.Errorf("还没有发布过《%s》。", monthly.Title), "每月第一个工作日自动发出上个月的。")
	}
	return c, err
}

// monthlyOf reads the month at the beginning of the arguments: its check, and what
// follows.
func monthlyOf(r *bot.Request, args cmdline.Args) (monthly.Check, cmdline.Args, error) {
	month, err := calendar.ParseMonth(args.At(0), calendar.Day(r.Tx.Today()))
	if err != nil {
		return monthly.Check{}, args, err
	}
	c, ok, err := monthly.Get(r.Tx, month)
	if err == nil && !ok {
		err = store.Errorf("没有%s的《%s》。", month.Label(), monthly.Title)
	}
	return c, args.From(1), err
}

// previewMonthly shows the check that goes out next: until the first workday of this
// month that of the last one, then this month's.
func previewMonthly(_ context.Context, r *bot.Request) error {
	if r.Args.Len() > 0 {
		return store.WithHint(store.Errorf("只能预览下一次的，后面不用写“%s”。", r.Args.At(0)), "看以前的：/校务 通报 11月")
	}
	today := calendar.Day(r.Tx.Today())
	cal, err := calendar.Load(r.Tx)
	if err != nil {
		return err
	}
	month := today.Month().Add(-1)
	_, out, err := monthly.Get(r.Tx, month)
	if err != nil {
		return err
	}
	if out || today > cal.FirstWorkdayOfMonth(today.Month()) {
		month = today.Month()
	}
	c, err := monthly.Preview(r.Tx, month, cal.FirstWorkdayOfMonth(month.Add(1)))
	if err != nil {
		return err
	}
	return replyPreview(r, report.MonthlyPreview(c))
}

func (d Deps) correctMonthly(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return store.WithHint(store.Errorf("请写更正哪个月的。"), correctMonthlyExample)
	}
	c, rest, err := monthlyOf(r, r.Args)
	if err != nil {
		return store.WithHint(err, correctMonthlyExample)
	}
	text := rest.Rest(0)
	if err := monthly.Correct(r.Tx, c, r.Person.ID, text, d.namesPublic()); err != nil {
		return store.WithHint(err, correctMonthlyExample)
	}
	return r.Reply(report.MonthlyCorrected(c, text))
}
