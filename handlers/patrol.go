package handlers

import (
	"context"
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

func kindList() string { return strings.Join(kindWords(), " ") }

func kindWords() []string {
	var out []string
	for _, k := range patrol.Kinds {
		out = append(out, string(k))
	}
	return out
}

func recordFinding(_ context.Context, r *bot.Request) error {
	args := splitKind(r.Args)
	if args.Len() < 2 {
		return store.WithHint(store.Errorf("请写单位和情形。"), patrolExample)
	}
	unit, err := people.FindUnit(r.Tx, args.At(0))
	if err != nil {
		return store.WithHint(err, patrolExample)
	}
	f := patrol.Finding{Unit: unit.Name}
	kind, rest := args.From(1).Cut(kindWords()...)
	if kind == "" {
		return store.WithHint(store.Errorf("没有“%s”这种情形。可以写：%s。", args.At(1), kindList()), patrolExample)
	}
	f.Kind = patrol.Kind(kind)
	if err := findingWords(r, &f, rest); err != nil {
		return store.WithHint(err, patrolExample)
	}
	if f, err = patrol.Record(r.Tx, r.Person, f); err != nil {
		return store.WithHint(err, patrolExample)
	}
	b, err := report.FindingSaved(r.Tx, f, !r.Msg.Group)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// splitKind puts the space between unit and kind that people forget: 人事科正常.
func splitKind(args cmdline.Args) cmdline.Args {
	first := args.At(0)
	for _, k := range kindWords() {
		if i := strings.Index(first, k); i > 0 {
			return cmdline.Tokenize(first[:i] + " " + first[i:] + " " + args.Rest(1))
		}
	}
	return args
}

// findingWords reads what follows the kind: names of people of the unit, a time
// of day, and the rest, which is the note as typed.
func findingWords(r *bot.Request, f *patrol.Finding, args cmdline.Args) error {
	var asides []string
	for args.Len() > 0 {
		if c, n, err := clockWord(args); err != nil {
			return err
		} else if n > 0 && f.Clock == "" {
			f.Clock, args = c, args.From(n)
			continue
		}
		if word, rest := args.Cut("备注"); word != "" {
			f.Note = rest.Rest(0)
			return nil
		}
		name, aside, _ := strings.Cut(args.At(0), "(") // 金国兰(未请假)
		ids, err := namesIn(r, f.Unit, name)
		if err != nil {
			return err
		}
		if ids == nil {
			break
		}
		f.Persons = append(f.Persons, ids...)
		if aside != "" {
			asides = append(asides, strings.TrimSuffix(aside, ")"))
		}
		args = args.From(1)
	}
	f.Note = strings.Join(append(asides, args.Rest(0)), " ")
	for _, word := range append(listed(args.At(0)), args.At(0)) {
		if err := patrol.MistakenName(r.Tx, f.Unit, f.Kind, word); err != nil {
			return err
		}
	}
	return nil
}

// clockWord reads a time of day in one word or two (上午 9:40), and says in how
// many.
func clockWord(args cmdline.Args) (clock string, n int, err error) {
	for n, phrase := range []string{args.At(0), args.At(0) + args.At(1)} {
		if phrase == "" || !calendar.IsClock(phrase) {
			continue
		}
		c, err := calendar.ParseClock(phrase)
		return c.String(), n + 1, err
	}
	return "", 0, nil
}

// namesIn reads a word as one or several people of a unit; nil if it is none.
func namesIn(r *bot.Request, unit, word string) ([]people.ID, error) {
	p, err := people.Find(r.Tx, word, unit)
	if err == nil {
		return []people.ID{p.ID}, nil
	}
	parts := listed(word)
	if isAmbiguous(err) || len(parts) < 2 {
		return nil, unlessAmbiguous(err)
	}
	var ids []people.ID
	var unknown error
	names := false
	for _, name := range parts {
		p, err := people.Find(r.Tx, name, unit)
		names = names || err == nil || isAmbiguous(err)
		if err != nil && unknown == nil {
			unknown = err
		}
		ids = append(ids, p.ID)
	}
	switch {
	case unknown == nil:
		return ids, nil
	case names:
		return nil, unknown
	default: // no list of names at all
		return nil, ignoreMistake(unknown)
	}
}

// listed cuts a word at what people put between names.
func listed(word string) []string {
	return strings.FieldsFunc(word, func(c rune) bool { return strings.ContainsRune("、,;/和", c) })
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
