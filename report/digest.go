package report

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/runs"
	"yunzhuan/office/survey"
	"yunzhuan/store"
)

// Jobs are the jobs of a day that did not go as they should, as the office reads
// them: "9:00 巡查提醒".
type Jobs struct {
	Missed []string // did not run
	Late   []string // were caught up on
}

// Digest is the office's daily report (办公室日报). Late marks one that is caught
// up on.
func Digest(tx *store.Tx, day calendar.Day, late bool, jobs Jobs) (chat.Body, error) {
	title := "办公室日报　" + day.Short() + " " + day.WeekdayName()
	if late {
		title += "（补发）"
	}
	d := digest{tx: tx, day: day, body: chat.Titled(title)}
	for _, part := range []func() error{d.attendance, d.patrol, d.surveys, d.drafts, d.deliveries, d.restarts} {
		if err := part(); err != nil {
			return chat.Body{}, err
		}
	}
	if len(jobs.Late) > 0 {
		d.line("补发", strings.Join(jobs.Late, "、"))
	}
	if len(jobs.Missed) > 0 {
		d.line("未执行", strings.Join(jobs.Missed, "、"))
	}
	return d.body, nil
}

type digest struct {
	tx   *store.Tx
	day  calendar.Day
	body chat.Body
}

func (d *digest) line(lead, text string) { d.body = d.body.Strong(lead, "　"+text) }

func (d *digest) attendance() error {
	s, err := attendance.Summarize(d.tx, d.day)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d/%d 个单位已报", s.Reported, len(s.Units))
	if s.Reported > 0 {
		text += "，出勤率 " + percent(s.Total.Rate())
	}
	if missing := s.Missing(); len(missing) > 0 && s.Workday {
		text += "，未报：" + strings.Join(missing, "、")
	}
	d.line("考勤", text)
	return nil
}

func (d *digest) patrol() error {
	b, out, err := bulletin.OfDay(d.tx, d.day)
	if err != nil {
		return err
	}
	if out {
		records := 0
		for _, f := range b.Findings {
			if f.Line > 0 {
				records++
			}
		}
		d.line("巡查", fmt.Sprintf("第%d期已于 %s 发布，%d 条记录", b.No, calendar.ClockOf(b.PublishedAt.In(d.tx.Now().Location())), records))
		return nil
	}
	held, err := bulletin.Held(d.tx, d.day)
	if err != nil {
		return err
	}
	walked, err := bulletin.HasPatrol(d.tx, d.day)
	gone, fault := bulletin.RecalledOn(d.tx, d.day)
	if err == nil {
		err = fault
	}
	switch {
	case len(gone) > 0:
		d.line("巡查", fmt.Sprintf("第%d期已撤回，还没有重新发布（/通报 发布）", gone[len(gone)-1].No))
	case held && walked:
		d.line("巡查", "今日通报暂缓，未发布（/通报 发布）")
	case walked:
		d.line("巡查", "有巡查记录，通报未发布（/通报 发布）")
	default:
		d.line("巡查", "今日无巡查记录")
	}
	return err
}

func (d *digest) surveys() error {
	running, err := survey.Current(d.tx)
	if err != nil {
		return err
	}
	var parts []string
	for _, s := range running {
		p, err := s.Progress(d.tx)
		if err != nil {
			return err
		}
		rate := 0.0
		if p.Asked > 0 {
			rate = float64(p.Answered) / float64(p.Asked)
		}
		parts = append(parts, fmt.Sprintf("《%s》%d/%d 已答（%s），%s截止", s.Template.Title, p.Answered, p.Asked, percent(rate), calendar.DayOf(s.ClosesAt).Short()))
	}
	if len(parts) > 0 {
		d.line("问卷", strings.Join(parts, "；"))
	}
	return nil
}

// overdueMax is how many overdue drafts the digest names.
const overdueMax = 5

func (d *digest) drafts() error {
	open, err := draft.Open(d.tx)
	if err != nil || len(open) == 0 {
		return err
	}
	w, err := NewDrafts(d.tx)
	if err != nil {
		return err
	}
	var late []string
	for _, doc := range open {
		if doc.Over(w.cal, d.day) > 0 {
			late = append(late, fmt.Sprintf("%03d %s %s %s", doc.No, doc.Stage, w.name(doc.Holder), w.dayCount(doc)))
		}
	}
	text := fmt.Sprintf("在办 %d 份，超期 %d 份", len(open), len(late))
	if len(late) > 0 {
		text += "：" + strings.Join(late[:min(len(late), overdueMax)], "，")
	}
	if len(late) > overdueMax {
		text += "等"
	}
	d.line("文稿", text)
	return nil
}

func (d *digest) deliveries() error {
	n, err := d.tx.Deliveries(string(d.day))
	if err != nil {
		return err
	}
	text := fmt.Sprintf("今日 %d 条，失败 %d，结果不明 %d", n[store.Delivered], n[store.Dead], n[store.Unknown])
	if n[store.Dead]+n[store.Unknown] > 0 {
		text += "（/送达 查看）"
	}
	d.line("推送", text)
	return nil
}

func (d *digest) restarts() error {
	midnight := d.day.Time(d.tx.Now().Location())
	starts, cutOff, err := runs.Since(d.tx, midnight.Add(-6*time.Hour))
	if err != nil || starts == 0 {
		return err
	}
	text := fmt.Sprintf("昨晚 18 点以来启动 %d 次", starts)
	if cutOff > 0 {
		text += fmt.Sprintf("，其中 %d 次是意外中断后重启", cutOff)
	}
	d.line("运行", text)
	return nil
}
