package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// names lists people by name, in the order given.
func names(tx *store.Tx, ids []people.ID) (string, error) {
	var out []string
	for _, id := range ids {
		p, _, err := people.Get(tx, id)
		if err != nil {
			return "", err
		}
		out = append(out, p.Name)
	}
	return strings.Join(out, "、"), nil
}

// FindingSaved answers whoever recorded a finding: in a group without the names.
func FindingSaved(tx *store.Tx, f patrol.Finding, withNames bool) (chat.Body, error) {
	who, err := names(tx, f.Persons)
	if err != nil {
		return chat.Body{}, err
	}
	if !withNames && who != "" {
		who = fmt.Sprintf("%d 人", len(f.Persons))
	}
	parts := []string{string(f.Kind)}
	for _, s := range []string{who, f.Clock, f.Note} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	b := chat.Body{}.Strong("巡查已登记　"+f.Unit, "").Strong("", strings.Join(parts, "　"))
	if f.Kind.OfPersons() && len(f.Persons) == 0 {
		b = b.Strong("", "没有写姓名，只记到单位。")
	}
	return b.Strong("", fmt.Sprintf("%s第 %d 条。", f.Day.Short(), f.Seq)).
		Tap("撤回", "/撤回").Tap("巡查进度", "/巡查 进度"), nil
}

// Progress says which units were seen today and this week, and which were not.
func Progress(today, week patrol.Coverage) chat.Body {
	b := chat.Titled("巡查进度").
		Strong("今日", fmt.Sprintf("　已巡 %d 个单位%s", len(today.Seen), listed(today.Seen))).
		Strong("本周", fmt.Sprintf("　已巡 %d 个，还有 %d 个", len(week.Seen), len(week.Unseen)))
	if len(week.Unseen) > 0 {
		b = b.Strong("本周未巡", "　"+strings.Join(week.Unseen, "、"))
	}
	for _, u := range week.Unseen[:min(len(week.Unseen), 4)] {
		b = b.Tap(u+" 正常", "/巡查 "+u+" 正常")
	}
	return b
}

func listed(units []string) string {
	if len(units) == 0 {
		return ""
	}
	return "：" + strings.Join(units, "、")
}

// PatrolReminder goes to those on duty on a day of patrol.
func PatrolReminder(week patrol.Coverage) chat.Body {
	b := chat.Titled("今日巡查提醒")
	if len(week.Unseen) == 0 {
		return b.Para("本周各单位都已巡到。")
	}
	b = b.Para(fmt.Sprintf("本周还有 %d 个单位未巡：%s", len(week.Unseen), strings.Join(week.Unseen, "、")))
	for _, u := range week.Unseen[:min(len(week.Unseen), 4)] {
		b = b.Tap(u+" 正常", "/巡查 "+u+" 正常")
	}
	return b.Para("有情形的发：/巡查 单位 情形 姓名 时间 备注")
}
