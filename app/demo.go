package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
	"yunzhuan/cron"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// demoGroups are the sample groups of the web chat: each with its layer, and who
// is in it.
var demoGroups = []struct {
	layer string
	in    func(people.Person) bool
}{
	{"委领导群", func(p people.Person) bool { return p.Has(people.Leader, people.Office) }},
	{"机关中层群", func(p people.Person) bool {
		return p.Has(people.Leader, people.Head, people.Office) && !p.Has(people.Principal)
	}},
	{"校长群", func(p people.Person) bool { return p.Has(people.Leader, people.Principal, people.Office) }},
	{"办公室群", func(p people.Person) bool { return p.Has(people.Office) }},
}

// seedDemo brings the sample county into an empty store, and makes everybody of
// the directory, whatever was imported since, known on the web chat by number.
func seedDemo(ctx context.Context, s *store.Store) error {
	return s.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "demo"})
		all, err := people.All(tx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			if all, err = importSample(tx); err != nil {
				return err
			}
		}
		for _, p := range all {
			if p.Accounts[string(webchat.ChannelID)] != "" {
				continue
			}
			if p.Accounts == nil {
				p.Accounts = map[string]string{}
			}
			p.Accounts[string(webchat.ChannelID)] = string(p.ID)
			if err := people.Put(tx, p); err != nil {
				return err
			}
		}
		for _, g := range demoGroups {
			group := people.Group{Channel: string(webchat.ChannelID), Conv: g.layer, Title: g.layer, Layer: g.layer}
			if err := people.PutGroup(tx, group); err != nil {
				return err
			}
		}
		return nil
	})
}

// importSample brings in the people of the sample county.
func importSample(tx *store.Tx) ([]people.Person, error) {
	rows, err := people.ParseFile("people.csv", people.SampleCSV())
	if err != nil {
		return nil, err
	}
	diff, err := people.Plan(tx, rows)
	if err != nil {
		return nil, err
	}
	if err := people.Apply(tx, diff); err != nil {
		return nil, err
	}
	return people.All(tx)
}

// demoChat makes the web chat with the people and groups of the store.
func demoChat(ctx context.Context, s *store.Store, sched func() *cron.Scheduler, log *slog.Logger) (*webchat.Channel, error) {
	var members []webchat.Member
	var steps []webchat.Step
	groups := make([]webchat.Group, len(demoGroups))
	err := s.View(ctx, func(tx *store.Tx) error {
		members = nil
		for i, g := range demoGroups {
			groups[i] = webchat.Group{Conv: chat.ConvID(g.layer), Title: g.layer}
		}
		cal, err := calendar.Load(tx)
		if err != nil {
			return err
		}
		steps = demoSteps(cal, calendar.DayOf(tx.Now()))
		all, err := people.All(tx)
		for _, p := range all {
			m := webchat.Member{User: chat.UserID(p.ID), Name: p.Name, Unit: p.Unit, Post: p.Post}
			for _, r := range p.Roles {
				m.Roles = append(m.Roles, r.Title())
			}
			members = append(members, m)
			for i, g := range demoGroups {
				if g.in(p) {
					groups[i].Members = append(groups[i].Members, m.User)
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return webchat.New(webchat.Config{
		Title:   "运转 · 网页试用",
		Notice:  "演示环境：人员和群都是样例，数据存在本机 ./data 文件夹",
		Members: members, Groups: groups, Steps: stepsFor(members, steps), Hints: []string{"/帮助", "/我的"},
		Jobs: func() []webchat.Job { return upcoming(sched()) },
		Fire: func(ctx context.Context, name string) error { return sched().Fire(ctx, name, time.Time{}) },
		Log:  log, Now: s.Now,
	})
}

// demoSteps is what a newcomer tries, in this order. On a day off the attendance
// is that of the last workday.
func demoSteps(cal calendar.Calendar, today calendar.Day) []webchat.Step {
	day, date := "今天", ""
	if last := lastWorkday(cal, today); last != today {
		day, date = last.Short(), string(last)[len("2006-"):]+" "
	}
	return []webchat.Step{
		{Title: "科室负责人报考勤", Text: "人事科科长报" + day + "的考勤：一人病假。", As: "J1017", Send: "/考勤 " + date + "缺 金国兰(病假)"},
		{Title: "科室负责人报考勤", Text: "计财科科长：全员到岗。", As: "J1023", Send: "/考勤 " + date + "全勤"},
		{Title: "巡查组记巡查", Text: "办公室的巡查员记一条：计财科正常。", As: "J1007", Send: "/巡查 计财科 正常"},
		{Title: "巡查组记巡查", Text: "再记一条有情形的。", As: "J1007", Send: "/巡查 人事科 缺岗 卢涵贵"},
		{Title: "办公室发问卷，校长作答", Text: "把样例问卷发给全体校长：先看一遍，再点“确认发布”。", As: "J1006", Send: "/问卷 发 教育管理意见征集 校长 三天"},
		{Title: "办公室发问卷，校长作答", Text: "换成校长，看等着自己的问卷，点开就能答。", As: "J1141", Send: "/问卷"},
		{Title: "一份文稿走流程", Text: "写一份新文稿，再点“交审核”。", As: "J1018", Send: "/文稿 新 关于做好冬季校园安全工作的通知"},
		{Title: "一份文稿走流程", Text: "看自己的文稿各到了哪一步、在谁手里。", As: "J1018", Send: "/文稿"},
		{Title: "发布《机关巡查信息》", Text: "办公室先看预览。", As: "J1006", Send: "/通报 预览"},
		{Title: "发布《机关巡查信息》", Text: "到点自动发布；现在就执行一次。", As: "J1006", Job: "bulletin"},
	}
}

// lastWorkday is today, or the last day before it that was worked.
func lastWorkday(cal calendar.Calendar, today calendar.Day) calendar.Day {
	for day := today; ; day = day.AddDays(-1) {
		if work, _ := cal.IsWorkday(day); work {
			return day
		}
	}
}

// stepsFor are the steps that the people of the directory can take: another one
// than the sample county may have been imported.
func stepsFor(members []webchat.Member, steps []webchat.Step) []webchat.Step {
	return slices.DeleteFunc(steps, func(s webchat.Step) bool {
		return !slices.ContainsFunc(members, func(m webchat.Member) bool { return m.User == s.As })
	})
}

// upcoming lists the next fire of each job for the page's side panel.
func upcoming(s *cron.Scheduler) []webchat.Job {
	var out []webchat.Job
	for _, n := range s.Next() {
		out = append(out, webchat.Job{Name: n.Name, Title: n.Title, Next: n.At})
	}
	return out
}
