package bottest_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/jpeg"
	"log/slog"
	"regexp"
	"runtime"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/cron"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/office/photo"
	"yunzhuan/office/runs"
	"yunzhuan/office/survey"
	"yunzhuan/push"
	"yunzhuan/store"
	shipped "yunzhuan/surveys"
)

var update = flag.Bool("update", false, "keep a record of each table whose version is new")

// TestRecords reads what older versions of the program wrote. It lives through
// a few days of the office in which every table gets a record as rich as can be;
// a new table, or a new field, wants a line here.
func TestRecords(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50", handlers.All(handlers.Deps{
		Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5,
		SurveyNames: func() []string { return survey.Names(shipped.Files) },
		SurveyFile:  func(name string) (string, []byte, error) { return survey.File(shipped.Files, name) },
	})...)
	parts := cron.Parts{Push: b.Push}
	list, err := parts.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := cron.New(b.Store, list, cron.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	offices(b)
	accounts(t, b)
	patrols(b, jobs)
	photos(t, b)
	drafts(b, jobs)
	surveys(b, jobs)
	checks(b, jobs)
	recalls(b)
	troubles(t, b)
	schedule(t, b, jobs)
	b.CheckRecords("testdata/records", *update)
}

// offices brings in what the program is told from outside.
func offices(b *bottest.Bot) {
	b.Update(func(tx *store.Tx) error {
		now := tx.Now()
		year := calendar.Year{Year: 2027, Source: "测试", Days: []calendar.Special{{Day: "2027-01-01", Name: "元旦"}, {Day: "2027-01-03", Name: "元旦", Work: true}}}
		return errors.Join(
			people.SetImportedHash(tx, people.HashOf(people.SampleCSV())), people.SetIssuer(tx, "县教委办公室"),
			calendar.Save(tx, year),
			runs.Began(tx, now.Add(-time.Hour)), runs.Ended(tx, now.Add(-time.Hour)),
		)
	})
}

var bindCode = regexp.MustCompile(`\b[2-9A-HJ-NP-Z]{6}\b`)

func accounts(t *testing.T, b *bottest.Bot) {
	b.Say("J1017", "/勿扰 21:30-6:30")
	code := bindCode.FindString(b.Say("J1006", "/绑定码 J1017"))
	if code == "" {
		t.Fatal("no code to bind with")
	}
	b.SayOn("wechat", "o-stranger", "/绑定 "+code)
	b.SayOn("wechat", "o-guess", "/绑定 ZZZZZZ")
	b.Say("J1006", "/绑定码 J1018")
	b.Event("新来的群", chat.EventBotAdded)
	b.Event("新来的群", chat.EventBotRemoved)
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1099")
		p.Left = true
		if err != nil {
			return err
		}
		u := people.Unit{Name: "撤并小学", Kind: people.School, District: "城区", Order: 99, Closed: true}
		return errors.Join(people.Put(tx, p), people.PutUnit(tx, u))
	})
}

func patrols(b *bottest.Bot, jobs bottest.Firer) {
	b.Say("J1017", "/考勤 考勤员 金国兰")
	b.Say("J1017", "/考勤 缺 余世建(病假,半天) 卢涵贵(迟到)")
	b.Say("J1017", "/考勤 缺 余世建(公差) 闫淑梅")
	b.Say("J1006", "/值班 排 本周 刘玉欣 方云庆 武强远")
	b.Say("J1006", "/值班 抽签 下周 除 方云庆")
	b.Say("J1006", "/值班 抽签 下周 刘玉欣 重抽 换人")
	b.Say("J1006", "/值班 抽签 12-7 除 方云庆 秦思雨")
	b.Say("J1006", "/值班 排 12-14 刘玉欣 邵俊远")
	b.Say("J1007", "/值班 换 本周 邵俊远 12-14")
	b.Say("J1088", "/值班 不换 1")
	b.Clock.Set("10:00")
	b.Say("J1087", "/巡查 人事科 缺岗 卢涵贵 9:40 金国兰说已请假")
	b.Say("J1087", "/巡查 计财科 正常")
	b.Say("J1087", "/巡查 人事科 脱岗 余世建 未核实 照记")
	b.Say("J1087", "/巡查 党建科 正常")
	b.Say("J1087", "/巡查 撤 4")
	b.Say("J1087", "/校务 城区第一小学 缺岗 程堃强 9:40 程淑喆说已请假")
	b.Say("J1087", "/校务 城区第一小学 脱岗 严远 未核实 照记")
	b.Say("J1087", "/校务 城区第二小学 表扬 整洁有序")
	b.Say("J1087", "/校务 城区第三小学 正常")
	b.Say("J1087", "/校务 撤 4")
	b.Say("J1006", "/通报 暂缓")
	b.Run(jobs, "bulletin", "17:30")
	b.Clock.Set("2026-11-24 10:00")
	b.Say("J1087", "/巡查 人事科 早退 卢涵贵 9:40 金国兰说已请假")
	b.Say("J1017", "/考勤 缺 金国兰(培训) 卢涵贵(早退)")
	b.Say("J1023", "/考勤 缺 万燕贵 毛诗强(事假)")
	b.Say("J1006", "/通报 发布")
	b.Say("J1019", "/申诉 X1-1 当时在三楼开会")
	b.Say("J1006", "/申诉 处理 A1 采纳 经核实当时在开会")
	b.Say("J1006", "/通报 更正 第1期 X1-1 经核实为公差，予以更正")
	b.Say("J1017", "/考勤 缺 余世建")                // 补报
	b.Say("J1017", "/考勤 2026-11-24 缺 余世建(病假)") // and again
	b.Clock.Set("2026-11-25 19:00")
	b.Say("J1087", "/巡查 人事科 正常")
	b.Run(jobs, "bulletin", "17:30") // late
	b.Say("J1006", "/通报 更正 第2期 另一处更正")
	b.Run(jobs, "duty-notice", "2026-11-27 16:00")
	b.Say("J1087", "/巡查 人事科 缺岗 卢涵贵 9:40")
	b.Say("J1006", "/通报 暂缓")
	b.Run(jobs, "bulletin", "17:30")
}

// photos attaches one that comes, and leaves one that is still to be fetched.
func photos(t *testing.T, b *bottest.Bot) {
	var shot bytes.Buffer
	if err := jpeg.Encode(&shot, image.NewGray(image.Rect(0, 0, 4, 3)), nil); err != nil {
		t.Fatal(err)
	}
	b.Send("J1087", "/巡查 计财科 办公秩序 桌面杂乱", shot.Bytes(), nil)
	b.Fetch(handlers.FetchedPhotos{Push: b.Push, Folder: photo.Open(t.TempDir())})
	b.SendIn("办公室群", "J1087", "/巡查 照片 2", shot.Bytes())
}

// recalls has an issue recalled, and some of its messages taken back.
func recalls(b *bottest.Bot) {
	b.Clock.Set("2027-01-05 10:00")
	b.Say("J1087", "/巡查 计财科 正常")
	b.Say("J1006", "/通报 发布")
	b.Say("J1006", "/通报 撤回 确认 数据有误")
	b.TakeBack(bottest.Stays{"机关职工群"})
	b.Say("J1006", "/通报 发布")
	b.Say("J1006", "/通报 撤回 确认 还有一处")
	b.Update(func(tx *store.Tx) error {
		to := chat.Target{Channel: bottest.Channel, User: "J1018", Heard: tx.Now()}
		r := store.Recall{
			ID: 1, Batch: "test", Target: to, Asked: tx.Now(), State: store.RecallFailed, Ended: tx.Now(), Planned: true,
			Left: []string{"r1"}, Short: true, Reason: "测试", Attempts: 1, NotBefore: tx.Now(),
		}
		id, err := tx.Enqueue(chat.Outgoing{Target: to, Body: chat.Text("第二部分")}, store.Revocable("test"), store.NotBefore(tx.Now().Add(365*24*time.Hour)))
		if err != nil {
			return err
		}
		_, err = tx.Amend(id, func(e *store.Entry) { e.Out.Part, e.Receipts = 1, []string{"r1"} })
		return errors.Join(err, tx.PutRecall(r))
	})
	b.Say("J1006", "/通报 发布")
}

func drafts(b *bottest.Bot, jobs bottest.Firer) {
	b.Say("J1018", "/文稿 新 三年行动方案 重大 期限 12-31")
	b.Say("J1018", "/文稿 交 1 请审核")
	b.Say("J1017", "/文稿 退 1 再改")
	b.Say("J1018", "/文稿 交 1")
	b.Say("J1017", "/文稿 交 1")
	b.Say("J1006", "/文稿 交 1")
	b.Say("J1007", "/文稿 会商 1 同意 但请注明牵头科室")
	b.Say("J1007", "/文稿 差错 1 拟稿 附件缺页")
	b.Clock.Set("21:00")
	for range 2 {
		b.Run(jobs, "draft-reminder", b.Clock.Now().Format(time.DateTime)[:16])
		b.Say("J1018", "/文稿 催 1")
		b.Clock.Set("2026-12-03 20:00")
	}
}

func surveys(b *bottest.Bot, jobs bottest.Firer) {
	b.Clock.Set("2026-12-07 09:00")
	b.Say("J1006", "/问卷 发 教师培训需求 人事科、师训科 12月9日 18:00")
	b.Say("J1006", "/问卷 确认 1")
	b.Say("J1018", "/答 1 1A 2BDE 4:3 5B 6:4 7:张老师 8:多到校")
	b.Say("J1018", "/答 1 提交")
	b.Say("J1019", "/答 1 1A 2BDE 4:3 5B")
	b.Say("J1020", "/问卷 1")
	b.Say("J1006", "/问卷 发 教育管理意见征集 人事科 12月9日 18:00")
	b.Say("J1006", "/问卷 确认 2")
	b.Say("J1017", "/答 2 1C 2:开会 3B 4:3 5:4 6:少开会")
	b.Say("J1017", "/答 2 提交")
	b.Say("J1018", "/答 2 1A 3B")
	b.Say("J1006", "/问卷 发 职工关怀 人事科 12月9日 18:00")
	b.Run(jobs, "survey-reminder", "2026-12-08 18:00")
	b.Run(jobs, "survey-reminder", "2026-12-09 15:00")
	b.Say("J1006", "/问卷 截止 1 确认")
}

// troubles has a message fail and two pushes not arrive; and leaves one that
// waits.
func troubles(t *testing.T, b *bottest.Bot) {
	b.FailCommits(3)
	b.Say("J1017", "/文稿")
	b.Update(func(tx *store.Tx) error {
		for _, s := range []store.State{store.Dead, store.Merged} {
			to := chat.Target{Channel: bottest.Channel, User: "J1018"}
			id, err := tx.Enqueue(chat.Outgoing{Target: to, Body: chat.Titled("标题").Para("文字").Tap("撤回", "/撤回")})
			if err != nil {
				return err
			}
			e, _, err := tx.Claim(store.Entry{ID: id})
			if err != nil {
				return err
			}
			e.Attempts = 2
			if err := tx.Settle(e, store.Outcome{State: s, Reason: "测试", Receipt: "r1", Into: 1}); err != nil {
				return err
			}
		}
		for range 5 { // more than a day's budget
			if _, err := b.Push.Person(tx, "J1019", push.Reminder, chat.Text("提醒")); err != nil {
				return err
			}
		}
		now := tx.Now()
		to := chat.Target{Channel: bottest.Channel, Conv: "办公室群", Group: true, Reply: chat.ReplyToken{Addr: "https://example.invalid/", ExpiresAt: now.Add(time.Hour)}}
		body := chat.Titled("标题").Heading("节").Strong("粗", "细").Bullets(chat.Line{Strong: "甲", Text: "乙"}).
			Numbered(chat.Line{Text: "丙"}).Table([]string{"a"}, [][]string{{"1"}}).
			Picture(chat.Picture{Name: "a.png", Alt: "图", Data: []byte("png")}).Tap("撤回", "/撤回").Link("网页", "https://example.invalid/")
		body.Mentions = []chat.UserID{"J1018"}
		id, err := tx.Enqueue(chat.Outgoing{Target: to, Body: body}, store.NotBefore(now.Add(time.Hour)), store.ExpiresAt(now.Add(2*time.Hour)), store.Ephemeral())
		if err != nil {
			return err
		}
		_, err = tx.Amend(id, func(e *store.Entry) { e.Attempts, e.LastError = 1, "测试" })
		return err
	})
	if got := b.PushedTo("办公室群"); len(got) == 0 {
		t.Error("the office was not told of the message that failed")
	}
}

// checks publishes the weekly and the monthly checks, and has something to correct.
func checks(b *bottest.Bot, jobs bottest.Firer) {
	b.Run(jobs, "weekly-check", "2026-11-27 17:30") // late
	b.Run(jobs, "monthly-check", "2026-12-01 09:00")
	b.Say("J1142", "/申诉 J11-1 在听课")
	b.Say("J1006", "/申诉 处理 A2 采纳 在听课")
	b.Say("J1006", "/校务 更正 11月 J11-2 已经核实")
	b.Run(jobs, "monthly-check", "2027-01-04 09:00")
}

// schedule has the scheduler note how far it came.
func schedule(t *testing.T, b *bottest.Bot, jobs *cron.Scheduler) {
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- jobs.Run(ctx) }()
	for noted := false; !noted && ctx.Err() == nil; runtime.Gosched() {
		b.View(func(tx *store.Tx) error {
			return tx.Raw("cron_state", func(string, []byte) (bool, error) {
				noted = true
				return false, nil
			})
		})
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
