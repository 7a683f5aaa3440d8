package handlers

import (
	"context"
	"slices"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// patrollers may record findings; of the leaders, those on duty.
var patrollers = bot.Roles(people.Inspector, people.Leader, people.Office)

const patrolExample = "例：/巡查 人事科 缺岗 姓名 9:40 未履行请假手续"

func patrols() *bot.Command {
	return &bot.Command{
		Name: "巡查", Aliases: []string{"patrol"}, Summary: "记录机关巡查",
		Usage:    []string{"/巡查 <单位> 正常", "/巡查 <单位> <情形> [<姓名>…] [<时间>] [<备注>]　情形：" + kindList()},
		Examples: []string{"/巡查 人事科 正常", "/巡查 人事科 缺岗 姓名 9:40", "/巡查 安全稳定科 表扬 接待来访耐心细致"},
		Allow:    patrollers, Run: recordFinding,
		Subs: []*bot.Command{{
			Name: "进度", Usage: []string{"/巡查 进度"}, Examples: []string{"/巡查 进度"}, Allow: patrollers, Run: patrolProgress,
		}},
	}
}

func kindList() string {
	var out []string
	for _, k := range patrol.Kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, " ")
}

func recordFinding(_ context.Context, r *bot.Request) error {
	if r.Args.Len() < 2 {
		return store.WithHint(store.Errorf("请写单位和情形。"), patrolExample)
	}
	unit, err := people.FindUnit(r.Tx, r.Args.At(0))
	if err != nil {
		return store.WithHint(err, patrolExample)
	}
	f := patrol.Finding{Unit: unit.Name}
	rest := r.Args.From(1)
	kind, rest := rest.Cut(strings.Fields(kindList())...)
	if kind == "" {
		return store.WithHint(store.Errorf("没有“%s”这种情形。可以写：%s。", r.Args.At(1), kindList()), patrolExample)
	}
	f.Kind = patrol.Kind(kind)
	if err := findingWords(r, &f, rest); err != nil {
		return err
	}
	if f, err = patrol.Record(r.Tx, r.Person, f); err != nil {
		return store.WithHint(err, patrolExample)
	}
	b, err := report.FindingSaved(r.Tx, f)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// findingWords reads what follows the kind: names of people of the unit, a time
// of day, and the rest, which is the note as typed.
func findingWords(r *bot.Request, f *patrol.Finding, args cmdline.Args) error {
	for args.Len() > 0 {
		word := args.At(0)
		if f.Clock == "" && calendar.IsClock(word) {
			c, err := calendar.ParseClock(word)
			if err != nil {
				return store.WithHint(err, patrolExample)
			}
			f.Clock = c.String()
			args = args.From(1)
			continue
		}
		ids, err := namesIn(r, f.Unit, word)
		if err != nil {
			return err
		}
		if ids == nil {
			break
		}
		f.Persons = append(f.Persons, ids...)
		args = args.From(1)
	}
	f.Note = args.Rest(0)
	// A kind that is about people says who, or nobody: what looks like a name and
	// is none must not end up in the note unseen.
	if word := args.At(0); f.Kind.OfPersons() && len(f.Persons) == 0 && looksLikeName(word) {
		return store.WithHint(store.Errorf("%s没有“%s”这个人。", f.Unit, word), patrolExample)
	}
	return nil
}

// looksLikeName says whether a word could be a Chinese personal name.
func looksLikeName(word string) bool {
	n := len([]rune(word))
	return n >= 2 && n <= 3 && !strings.ContainsAny(word, "0123456789")
}

// namesIn reads a word as one or several people of a unit; nil if it is none.
func namesIn(r *bot.Request, unit, word string) ([]people.ID, error) {
	parts := strings.FieldsFunc(word, func(c rune) bool { return c == '、' || c == ',' })
	var ids []people.ID
	for _, name := range parts {
		p, err := people.Find(r.Tx, name, unit)
		if err != nil {
			if len(ids) == 0 && !isAmbiguous(err) {
				return nil, ignoreMistake(err)
			}
			return nil, err
		}
		if slices.Contains(ids, p.ID) {
			return nil, store.Errorf("%s写了两次。", p.Name)
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
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
