package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
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

// findingWords are what a finding says beside its unit: in a group without the
// names, and without a note that has one in it.
func findingWords(tx *store.Tx, f patrol.Finding, withNames bool) (string, error) {
	who, err := names(tx, f.Persons)
	if err != nil {
		return "", err
	}
	note := f.Note
	if !withNames {
		named, err := patrol.NamesAnyone(tx, note)
		if err != nil {
			return "", err
		}
		if named {
			note = ""
		}
		if who != "" {
			who = fmt.Sprintf("%d 人", len(f.Persons))
		}
	}
	var parts []string
	mark := ""
	if f.Unverified {
		mark = "未核实"
	}
	for _, s := range []string{string(f.Kind), who, f.Clock, note, mark} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "　"), nil
}

// FindingsSaved answers whoever recorded findings.
func FindingsSaved(tx *store.Tx, found []patrol.Finding, withNames bool) (chat.Body, error) {
	if len(found) == 1 {
		return findingSaved(tx, found[0].Book.Title()+"已登记", found[0], withNames, true)
	}
	b := chat.Titled(fmt.Sprintf("%s已登记　%d 条", found[0].Book.Title(), len(found)))
	lines, err := findingList(tx, found, withNames)
	if err != nil {
		return b, err
	}
	return tapProgress(b.Bullets(lines...).Tap("撤回", "/撤回"), found[0].Book), nil
}

// FindingChanged answers whoever changed a finding; undo says whether they can take
// the change back.
func FindingChanged(tx *store.Tx, f patrol.Finding, withNames, undo bool) (chat.Body, error) {
	return findingSaved(tx, f.Book.Title()+"已改", f, withNames, undo)
}

func findingSaved(tx *store.Tx, title string, f patrol.Finding, withNames, undo bool) (chat.Body, error) {
	words, err := findingWords(tx, f, withNames)
	b := chat.Body{}.Strong(title+"　"+f.Unit, "").Strong("", words)
	if f.Kind.OfPersons() && len(f.Persons) == 0 {
		b = b.Strong("", "没有写姓名，只记到单位。")
	}
	if f.Unverified {
		b = b.Strong("", "未核实的照实写明，不计入考核。核实后请改：/"+f.Book.Command()+" 改 "+fmt.Sprint(f.Seq)+" …")
	}
	b = b.Strong("", fmt.Sprintf("%s第 %d 条。", f.Day.Short(), f.Seq))
	if undo {
		b = b.Tap("撤回", "/撤回")
	}
	return tapProgress(b, f.Book), err
}

func tapProgress(b chat.Body, book patrol.Book) chat.Body {
	return b.Tap(book.Command()+"进度", "/"+book.Command()+" 进度")
}

func findingList(tx *store.Tx, found []patrol.Finding, withNames bool) ([]chat.Line, error) {
	var lines []chat.Line
	for _, f := range found {
		words, err := findingWords(tx, f, withNames)
		if err != nil {
			return nil, err
		}
		lines = append(lines, chat.Line{Strong: fmt.Sprintf("第 %d 条　%s", f.Seq, f.Unit), Text: "　" + words})
	}
	return lines, nil
}

// Findings lists the findings of a day.
func Findings(tx *store.Tx, book patrol.Book, day calendar.Day, found []patrol.Finding, withNames bool) (chat.Body, error) {
	b := chat.Titled(book.Title() + "记录　" + day.Short())
	if len(found) == 0 {
		return b.Para("没有记录。"), nil
	}
	lines, err := findingList(tx, found, withNames)
	if err != nil {
		return b, err
	}
	open := 0
	for i, f := range found {
		photos, err := photoCount(tx, f)
		if err != nil {
			return b, err
		}
		lines[i].Text += photos
		switch {
		case !f.Published():
			open++
		case f.Line > 0:
			lines[i].Strong = f.ID() + "　" + f.Unit
		}
	}
	switch b = b.Bullets(lines...); {
	case open == 0:
		return b.Para("都已载入通报，不再改动；要更正，请办公室发 " + correction[book] + "。"), nil
	case open < len(found):
		b = b.Para("有编号的已载入通报，不再改动。")
	}
	c := "/" + book.Command()
	return b.Para("通报发布以前可以改、可以撤：" + c + " 改 <第几条> …，" + c + " 撤 <第几条>。"), nil
}

// correction is the command that corrects what was published of a book.
var correction = map[patrol.Book]string{patrol.Offices: "/通报 更正", patrol.Schools: "/校务 更正"}

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
