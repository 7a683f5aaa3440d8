package cron_test

import (
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/cron"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/office/runs"
	"yunzhuan/office/survey"
	"yunzhuan/store"
	shipped "yunzhuan/surveys"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

// office is a bot with all its commands and all its jobs.
type office struct {
	*bottest.Bot
	t    *testing.T
	jobs *cron.Scheduler
}

func newOffice(t *testing.T, at bottest.At) *office {
	t.Helper()
	b := bottest.New(t, at, handlers.All(handlers.Deps{
		Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5,
		SurveyNames: func() []string { return survey.Names(shipped.Files) },
		SurveyFile:  func(name string) (string, []byte, error) { return survey.File(shipped.Files, name) },
	})...)
	return &office{Bot: b, t: t, jobs: newJobs(t, b)}
}

func newJobs(t *testing.T, b *bottest.Bot) *cron.Scheduler {
	t.Helper()
	jobs, err := cron.Parts{Push: b.Push}.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	s, err := cron.New(b.Store, jobs, cron.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run fires a job for a slot.
func (o *office) run(name, slot string) { o.t.Helper(); o.Run(o.jobs, name, slot) }

// none says that nothing went to any of the groups.
func (o *office) none(when string) {
	o.t.Helper()
	for _, g := range bottest.Groups {
		if got := o.PushedTo(g); got != nil {
			o.t.Errorf("%s, %s got %q", when, g, got)
		}
	}
}

func (o *office) one(group string) string {
	o.t.Helper()
	got := o.PushedTo(group)
	if len(got) != 1 {
		o.t.Fatalf("%s got %d messages: %q", group, len(got), got)
	}
	return got[0]
}

func wants(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("want %q in:\n%s", p, got)
		}
	}
}

func TestBulletinJob(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 缺岗 卢涵贵 9:40")
	o.run("bulletin-preview", "17:00")
	wants(t, o.one("办公室群"), "《机关巡查信息》预览", "将为2026年第1期", "卢涵贵", "[现在发布](/通报 发布) [暂缓](/通报 暂缓)")
	o.none("after the preview")
	o.run("bulletin", "17:30")
	for group, who := range map[string]string{"机关中层群": "1 人", "机关职工群": "1 人", "委领导群": "卢涵贵", "办公室群": "卢涵贵"} {
		text := o.one(group)
		wants(t, text, "机关巡查信息\n2026年第1期", "人事科："+who+" 9:40 缺岗（记录 X1-1）。")
		if strings.Contains(text, "补发") {
			t.Errorf("%s: %s", group, text)
		}
	}
	o.none("after the bulletin")
	err := o.jobs.Fire(t.Context(), "bulletin", o.Clock.Now())
	if !errors.Is(err, cron.ErrAlreadyFired) {
		t.Errorf("fired again: %v", err)
	}
	o.run("bulletin", "17:31") // run-job by hand
	o.run("bulletin-preview", "17:32")
	o.none("after it is out")
	wants(t, o.Say("J1006", "/通报 发布"), "已经发布，不会再发一次")
	o.none("by hand after it is out")
}

func TestBulletinJobWithoutPatrol(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1017", "/考勤 全勤")
	o.run("bulletin-preview", "17:00")
	o.run("bulletin", "17:30")
	o.none("without a patrol")
	o.Say("J1087", "/巡查 人事科 缺岗 9:40") // after the hour: it stands in the next one
	o.run("bulletin-preview", "2026-11-24 17:00")
	o.run("bulletin", "2026-11-24 17:30")
	o.none("on a day without a patrol of its own")
	o.Clock.Set("2026-11-25 09:00")
	o.Say("J1087", "/巡查 计财科 正常")
	o.run("bulletin", "2026-11-25 17:30")
	wants(t, o.one("机关中层群"), "2026年第1期", "计财科：人员在岗", "人事科（11月23日）：9:40 缺岗（记录 X1-1）")
}

func TestBulletinJobHeld(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 正常")
	o.Say("J1006", "/通报 暂缓")
	o.run("bulletin-preview", "17:00")
	wants(t, o.one("办公室群"), "已暂缓，到点不会自动发布。")
	o.run("bulletin", "17:30")
	wants(t, o.one("办公室群"), "11月23日的《机关巡查信息》已暂缓，没有发布。今天不发的，记录并入下一期。")
	o.none("held back")
	wants(t, o.Say("J1006", "/通报 恢复"), "今天自动发布的时间已过，请发 /通报 发布。")
	o.run("digest", "18:00")
	wants(t, o.one("办公室群"), "巡查　今日通报暂缓，未发布（/通报 发布）")
	wants(t, o.Say("J1006", "/通报 发布"), "2026年第1期已发布")
	wants(t, o.one("机关中层群"), "2026年第1期")
}

func TestBulletinJobAfterResuming(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 正常")
	o.Say("J1006", "/通报 暂缓")
	o.Say("J1006", "/通报 恢复")
	o.run("bulletin", "17:30")
	wants(t, o.one("机关中层群"), "2026年第1期")
}

func TestBulletinJobByHandBefore(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 正常")
	o.Say("J1006", "/通报 发布")
	o.one("机关中层群")
	o.PushedTo("办公室群")
	o.PushedTo("委领导群")
	o.PushedTo("机关职工群")
	o.run("bulletin-preview", "17:00")
	o.run("bulletin", "17:30")
	o.none("published by hand before")
}

// TestBulletinJobFails: a first try that fails leaves no gap and nothing behind.
func TestBulletinJobFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1087", "/巡查 人事科 缺岗 卢涵贵")
	o.Clock.Set("17:30")
	o.FailCommits(1)
	if err := o.jobs.Fire(t.Context(), "bulletin", o.Clock.Now()); err == nil {
		t.Fatal("the commit did not fail")
	}
	o.none("after the failure")
	o.Restart()
	o.jobs = newJobs(t, o.Bot)
	o.run("bulletin", "17:30")
	wants(t, o.one("机关中层群"), "2026年第1期")
	if got := o.Pushed("J1019"); len(got) != 1 {
		t.Errorf("the person concerned got %q", got)
	}
}

// TestBulletinLate: the bot was down at its hour.
func TestBulletinLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, now string
		preview   bool
	}{
		{"between preview and bulletin", "17:10", true},
		{"after both", "19:00", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, "2026-11-23 10:00")
			o.Say("J1087", "/巡查 人事科 正常")
			o.Clock.Set(c.now)
			o.run("bulletin-preview", "17:00")
			if got := o.PushedTo("办公室群"); (len(got) == 1) != c.preview {
				t.Errorf("previews: %q", got)
			}
			if c.preview {
				return
			}
			o.run("bulletin", "17:30")
			wants(t, o.one("机关中层群"), "机关巡查信息（补发）\n2026年第1期")
			wants(t, o.Say("J1006", "/通报"), "机关巡查信息（补发）")
			o.PushedTo("办公室群")
			o.run("digest", "18:00")
			wants(t, o.one("办公室群"), "办公室日报　11月23日 周一（补发）", "巡查　第1期已于 19:00 发布，0 条记录", "补发　17:00 《机关巡查信息》预览、17:30 《机关巡查信息》发布")
		})
	}
}

func TestDutyNotice(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 10:00")
	o.Say("J1006", "/值班 排 下周 刘玉欣 方云庆 武强远")
	if got := o.Pushed("J1002"); got != nil {
		t.Errorf("before the notice %q", got)
	}
	o.run("duty-notice", "2026-11-27 16:00")
	o.none("with a roster")
	for who, want := range map[string]string{
		"J1002": "巡查值班　11月30日至12月6日\n带班领导　刘玉欣（副主任）\n成员　方云庆、武强远\n这一周由您带班巡查。",
		"J1007": "这一周由您参加巡查。", "J1087": "这一周由您参加巡查。",
	} {
		if got := o.Pushed(who); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s got %q", who, got)
		}
	}
	// Who is put on it afterwards learns of it at once.
	o.Clock.Set("2026-11-27 17:00")
	wants(t, o.Say("J1006", "/值班 排 下周 刘玉欣 方云庆 邹兰志"), "已排好，有变动的同志已通知到人。")
	wants(t, strings.Join(o.Pushed("J1087"), ""), "值班有调整，这一周不再由您巡查。")
	wants(t, strings.Join(o.Pushed("J1008"), ""), "这一周由您参加巡查。")
	o.run("duty-notice", "2026-12-04 16:00")
	wants(t, o.one("办公室群"), "巡查值班　12月7日至13日\n还没有排班。\n请排班：/值班 排 下周 领导姓名 成员姓名")
	wants(t, o.Say("J1006", "/值班 排 下周 刘玉欣 方云庆"), "已通知到人")
	if got := o.Pushed("J1007"); len(got) != 1 {
		t.Errorf("after a late roster %q", got)
	}
}

func TestPatrolReminder(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 08:00")
	o.run("patrol-reminder", "09:00")
	o.none("without a roster")
	o.Say("J1006", "/值班 排 本周 刘玉欣 方云庆 武强远")
	o.Say("J1087", "/巡查 人事科 正常")
	for _, who := range []string{"J1002", "J1007", "J1087"} {
		o.Pushed(who)
	}
	o.run("patrol-reminder", "15:00")
	for _, who := range []string{"J1007", "J1087"} {
		if got := o.Pushed(who); len(got) != 1 || !strings.HasPrefix(got[0], "今日巡查提醒\n本周还有 15 个单位未巡：办公室、计财科、") {
			t.Errorf("%s got %q", who, got)
		}
	}
	if got := o.Pushed("J1002"); got != nil {
		t.Errorf("the leader got %q", got)
	}
}

// TestDraftReminder: each holder once a day, the head of the office of what is
// three days over.
func TestDraftReminder(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 09:30")
	o.Say("J1018", "/文稿 新 甲")
	o.Say("J1018", "/文稿 交 1")
	o.Say("J1019", "/文稿 新 乙")
	o.Say("J1019", "/文稿 交 2")
	o.Say("J1007", "/文稿 新 丙")
	o.Say("J1007", "/文稿 交 3") // to 薛涵明, the head of the office
	o.Pushed("J1017")
	o.Pushed("J1006")
	o.run("draft-reminder", "2026-11-24 09:00") // a day of one
	o.run("draft-reminder", "2026-11-25 09:00") // a day over
	const want = "有 2 份文稿在您处超期\n· W2026-001 甲　科室审核　已 2 天（限 1 天，超期 1 天）\n· W2026-002 乙　科室审核　已 2 天（限 1 天，超期 1 天）\n" +
		"[看 W2026-001](/文稿 查 W2026-001) [看 W2026-002](/文稿 查 W2026-002)"
	if got := o.Pushed("J1017"); len(got) != 1 || got[0] != want {
		t.Errorf("the holder got %q", got)
	}
	if got := o.Pushed("J1006"); len(got) != 1 || !strings.HasPrefix(got[0], "有 1 份文稿在您处超期\n· W2026-003 丙") {
		t.Errorf("the head of the office got %q", got)
	}
	if err := o.jobs.Fire(t.Context(), "draft-reminder", o.Clock.Now()); !errors.Is(err, cron.ErrAlreadyFired) {
		t.Errorf("twice a day: %v", err)
	}
	o.run("draft-reminder", "2026-11-27 09:00") // three days over
	if got := o.Pushed("J1017"); len(got) != 1 {
		t.Errorf("the holder got %q", got)
	}
	got := o.Pushed("J1006")
	if len(got) != 2 || !strings.HasPrefix(got[1], "有 2 份文稿超期 3 天以上\n· W2026-001 甲　科室审核　在周一处　已 4 天（限 1 天，超期 3 天）") {
		t.Errorf("the head of the office got %q", got)
	}
	for _, who := range []string{"J1018", "J1007", "J1001", "J1008"} {
		if got := o.Pushed(who); got != nil {
			t.Errorf("%s got %q", who, got)
		}
	}
	o.none("reminders are private")
}

// TestDraftReminderIsInTheBudget: with the budget used up, it comes at 17:50.
func TestDraftReminderIsInTheBudget(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-19 09:30")
	o.Say("J1018", "/文稿 新 甲")
	o.Say("J1018", "/文稿 交 1")
	for i, line := range []string{"乙", "丙", "丁"} {
		o.Say("J1019", "/文稿 新 "+line)
		o.Say("J1019", "/文稿 交 "+string(rune('2'+i)))
	}
	o.Clock.Set("2026-11-23 08:30")
	for _, no := range []string{"2", "3", "4"} {
		wants(t, o.Say("J1019", "/文稿 催 "+no), "已提醒周一")
	}
	o.Pushed("J1017")
	o.run("draft-reminder", "09:00")
	if got := o.Pushed("J1017"); got != nil {
		t.Errorf("over the budget %q", got)
	}
	o.Clock.Set("17:50")
	if got := o.Pushed("J1017"); len(got) != 1 || !strings.HasPrefix(got[0], "还有几件事等您处理\n# 有 4 份文稿在您处超期\n") {
		t.Errorf("at the end of the day %q", got)
	}
}

// TestDigestQuiet is the report of a day on which all went well.
func TestDigestQuiet(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-23 08:30")
	o.View(func(tx *store.Tx) error {
		units, err := people.OfficeUnits(tx)
		for _, u := range units {
			o.Say("J1006", "/考勤 "+u.Name+" 全勤")
		}
		return err
	})
	o.Clock.Set("09:10")
	o.Say("J1007", "/巡查 人事科 正常")
	o.run("bulletin", "17:30")
	for _, g := range bottest.Groups {
		o.PushedTo(g)
	}
	o.run("digest", "18:00")
	golden(t, "digest_quiet", o.one("办公室群"))
	o.none("but the office")
}

// TestDigestTrouble is the report of a day on which little went well.
func TestDigestTrouble(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-16 08:30")
	for _, title := range []string{"甲", "乙", "丙", "丁", "戊", "己"} {
		o.Say("J1018", "/文稿 新 "+title)
	}
	o.Say("J1018", "/文稿 交 1")
	o.Clock.Set("2026-11-23 08:30")
	o.Say("J1018", "/文稿 新 庚")
	o.Say("J1017", "/考勤 缺 余世建")
	o.Say("J1006", "/问卷 发 教育管理意见征集 校长 三天")
	wants(t, o.Say("J1006", "/问卷 确认 1"), "已发布")
	o.Clock.Set("09:10")
	o.Say("J1007", "/巡查 计财科 缺岗 9:00")
	o.Update(func(tx *store.Tx) error {
		start := func(at string) time.Time {
			at0, err := time.ParseInLocation(time.DateTime, at, tx.Now().Location())
			if err != nil {
				t.Error(err)
			}
			return at0
		}
		for _, at := range []string{"2026-11-20 08:00:00", "2026-11-22 23:00:00", "2026-11-23 07:00:00"} {
			if err := runs.Began(tx, start(at)); err != nil {
				return err
			}
		}
		return runs.Ended(tx, start("2026-11-22 23:00:00"))
	})
	// Two messages that did not arrive, one of them for certain.
	o.Update(func(tx *store.Tx) error {
		for _, s := range []store.State{store.Dead, store.Unknown} {
			id, err := tx.Enqueue(outgoing("J1018"))
			if err != nil {
				return err
			}
			e, _, err := tx.Claim(store.Entry{ID: id})
			if err == nil {
				err = tx.Settle(e, store.Outcome{State: s, Reason: "测试"})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, g := range bottest.Groups {
		o.PushedTo(g)
	}
	o.Clock.Set("17:00")
	o.run("attendance-close", "09:30")
	o.PushedTo("办公室群")
	o.run("digest", "18:00")
	golden(t, "digest_trouble", o.one("办公室群"))
}

// outgoing is a message to a person.
func outgoing(id string) chat.Outgoing {
	return chat.Outgoing{Target: chat.Target{Channel: bottest.Channel, User: chat.UserID(id)}, Body: chat.Text("一")}
}
