package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// DutyWeek says who is on duty in a week.
func DutyWeek(tx *store.Tx, w calendar.Week, d duty.Duty, set bool) (chat.Body, error) {
	b := chat.Titled("巡查值班　" + w.Label())
	if !set {
		return b.Para("还没有排班。"), nil
	}
	leader, _, err := people.Get(tx, d.Leader)
	if err != nil {
		return b, err
	}
	members, err := names(tx, d.Members)
	if members == "" {
		members = "未排"
	}
	return b.Strong("带班领导", "　"+leader.Name+"（"+leader.Post+"）").Strong("成员", "　"+members), err
}

// DutyNotice tells somebody that they are on duty in a week, or no longer.
func DutyNotice(tx *store.Tx, w calendar.Week, d duty.Duty, to people.ID) (chat.Body, error) {
	b, err := DutyWeek(tx, w, d, true)
	switch {
	case d.Leader == to:
		b = b.Para("这一周由您带班巡查。")
	case d.Has(to):
		b = b.Para("这一周由您参加巡查。").Tap("巡查进度", "/巡查 进度")
	default:
		b = b.Para("值班有调整，这一周不再由您巡查。")
	}
	return b, err
}

// DutyDrawn says what a draw gave.
func DutyDrawn(tx *store.Tx, w calendar.Week, d duty.Draw) (chat.Body, error) {
	b, err := DutyWeek(tx, w, d.Result, true)
	if err != nil {
		return b, err
	}
	off, err := offNames(tx, d)
	if off != "" {
		b = b.Strong("不参加", "　"+off)
	}
	return b.Strong("种子", fmt.Sprintf("　%s（第 %d 次抽签）", d.Seed, d.No)), err
}

func offNames(tx *store.Tx, d duty.Draw) (string, error) {
	var off []people.ID
	for _, l := range slices.Concat(d.Leaders, d.Members) {
		if l.Off {
			off = append(off, l.Person)
		}
	}
	return names(tx, off)
}

// DutyDraws shows how a week was drawn, so that everyone can check it.
func DutyDraws(tx *store.Tx, w calendar.Week, all []duty.Draw, roster duty.Duty) (chat.Body, error) {
	b := chat.Titled("抽签公示　" + w.Label())
	if len(all) == 0 {
		return b.Para("这一周没有抽过签。"), nil
	}
	last := all[len(all)-1]
	b = b.Strong("种子", fmt.Sprintf("　%s　第 %d 次抽签　%s %s", last.Seed, last.No, calendar.DayOf(last.At).Short(), calendar.ClockOf(last.At)))
	for _, d := range all[1:] {
		b = b.Strong(fmt.Sprintf("第 %d 次重抽的理由", d.No), "　"+d.Why)
	}
	for _, part := range []struct {
		title string
		lots  []duty.Lot
		drawn []people.ID
	}{{"带班", last.Leaders, []people.ID{last.Result.Leader}}, {"成员", last.Members, last.Result.Members}} {
		if len(part.lots) == 0 {
			continue
		}
		rows, err := lotRows(tx, part.lots, part.drawn)
		if err != nil {
			return b, err
		}
		b = b.Table([]string{part.title, "单位", "轮次", "签", "结果"}, rows)
	}
	b = b.Para("今年轮次少的先抽；轮次相同，相邻两周不值班的先抽，再让不同单位的先抽，再看签小的。签是“种子/工号”的 SHA-256 前八位，谁都可以验算。")
	if last.Holds() {
		b = b.Para("按种子重算，结果一致。")
	} else {
		b = b.Para("按种子重算，结果不一致，请找管理员核对审计记录。")
	}
	if roster.Leader != last.Result.Leader || !slices.Equal(roster.Members, last.Result.Members) {
		b = b.Para("抽签之后，值班表有调整（换班或重排），以 /值班 为准。")
	}
	return b, nil
}

// lotRows are the lots in the order in which people look for them: the drawn
// first, then by turns and lot.
func lotRows(tx *store.Tx, lots []duty.Lot, drawn []people.ID) ([][]string, error) {
	lots = slices.Clone(lots)
	place := func(l duty.Lot) int {
		if i := slices.Index(drawn, l.Person); i >= 0 {
			return i
		}
		return len(drawn)
	}
	slices.SortStableFunc(lots, func(a, b duty.Lot) int {
		if p, q := place(a), place(b); p != q {
			return p - q
		}
		if a.Turns != b.Turns {
			return a.Turns - b.Turns
		}
		return strings.Compare(a.Lot, b.Lot)
	})
	var rows [][]string
	for _, l := range lots {
		p, _, err := people.Get(tx, l.Person)
		if err != nil {
			return nil, err
		}
		result := ""
		switch {
		case slices.Contains(drawn, l.Person):
			result = "抽中"
		case l.Off:
			result = "不参加"
		case l.Beside:
			result = "相邻周值班"
		}
		rows = append(rows, []string{p.Name + " " + string(l.Person), l.Unit, fmt.Sprint(l.Turns), l.Lot, result})
	}
	return rows, nil
}

// SwapWords says in a sentence what a swap is.
func SwapWords(tx *store.Tx, s duty.Swap) (string, error) {
	who, err := names(tx, []people.ID{s.Asker, s.Other})
	if err != nil {
		return "", err
	}
	asker, other, _ := strings.Cut(who, "、")
	weeks := s.Weeks()
	if len(weeks) == 1 {
		return fmt.Sprintf("%s请%s代%s的巡查值班。", asker, other, weeks[0].Label()), nil
	}
	return fmt.Sprintf("%s %s的巡查值班，换%s %s的。", asker, weeks[0].Label(), other, weeks[1].Label()), nil
}

// DutyChanges says what an import of a roster changes, a line a week.
func DutyChanges(tx *store.Tx, changes []duty.Change) (string, error) {
	if len(changes) == 0 {
		return "和现在的值班表一样，没有改动。", nil
	}
	var b strings.Builder
	replaced := 0
	for _, c := range changes {
		mark := "新增"
		if c.Before {
			mark, replaced = "改为", replaced+1
		}
		leader, err := names(tx, []people.ID{c.Duty.Leader})
		if err != nil {
			return "", err
		}
		members, err := names(tx, c.Duty.Members)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s　%s　带班 %s　成员 %s\n", c.Week.Label(), mark, leader, cmp.Or(members, "未排"))
	}
	fmt.Fprintf(&b, "共新增 %d 周，改动 %d 周。", len(changes)-replaced, replaced)
	return b.String(), nil
}
