package calendar

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"yunzhuan/store"
)

// The notice of the General Office of the State Council has kept its form for
// years: a title with the year, one numbered item a holiday, and in each item
// sentences that say which days are off and which weekend days are worked.
var (
	reTitle   = regexp.MustCompile(`(20\d\d)年部分节假日安排`)
	reItem    = regexp.MustCompile(`(?m)(?:^|[。 ])[一二三四五六七八九十]+\s*、\s*([^:、。\s]{1,8}(?:、[^:、。\s]{1,8})*)\s*:`)
	reDates   = regexp.MustCompile(`(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(?:\(([^)]*)\))?(?:(?:至|-|到)(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^)]*)\))?)?`)
	reTotal   = regexp.MustCompile(`(?:共|放假)(\d{1,2})天`)
	reSaysDay = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])`)
)

// parseNotice reads the text of the notice.
func parseNotice(file, text string) (Year, error) {
	text = plain(text)
	title := reTitle.FindStringSubmatch(strings.Join(strings.Fields(text), ""))
	if title == nil {
		return Year{}, store.Errorf("%s 里没有“国务院办公厅关于××××年部分节假日安排的通知”这个标题，看不出是哪一年", file)
	}
	n := notice{year: atoi(title[1]), text: text}
	items := reItem.FindAllStringSubmatchIndex(text, -1)
	for i, at := range items {
		end := len(text)
		if i+1 < len(items) {
			end = items[i+1][0]
		}
		n.item(text[at[2]:at[3]], at[1], end)
	}
	if len(items) == 0 {
		n.faults.add(0, "没有找到“一、元旦：……”这样的条目")
	}
	source := fmt.Sprintf("国务院办公厅关于%d年部分节假日安排的通知", n.year)
	y := build(n.year, source, n.days, &n.faults)
	return y, n.faults.err(file)
}

// plain makes widths, brackets and line ends of pasted text the same. Spaces
// inside a line carry no meaning, except that they part items pasted into one.
func plain(text string) string {
	text = width.Fold.String(strings.ReplaceAll(text, "\r\n", "\n"))
	text = strings.NewReplacer("—", "-", "–", "-", "〜", "-", "~", "-", "“", "", "”", "").Replace(text)
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text)
}

// notice gathers the days of a notice.
type notice struct {
	year   int
	text   string
	days   []lined
	faults faults
}

// item reads the sentences of one holiday, text[from:to]. A sentence is about
// days off when it says 放假 or 补休, about make-up workdays when it says 上班; any
// other (advice on annual leave, the closing paragraph) has no say.
func (n *notice) item(name string, from, to int) {
	first, found := n.line(from), false
	for from < to {
		sentence, _, _ := strings.Cut(n.text[from:to], "。")
		line := n.line(from + len(sentence) - len(strings.TrimLeft(sentence, " \n")))
		from += len(sentence) + len("。")
		sentence = strings.NewReplacer(" ", "", "\n", "").Replace(sentence)
		work := strings.Contains(sentence, "上班")
		off := !work && (strings.Contains(sentence, "放假") || strings.Contains(sentence, "补休"))
		if !work && !off {
			continue
		}
		if n.sentence(name, sentence, line, work) {
			found = found || off
		} else if !found || work {
			n.faults.add(line, "%s这一句没有看懂的日期：%s", name, store.Brief(sentence))
		}
	}
	if !found {
		n.faults.add(first, "%s没有写放假日期", name)
	}
}

// line returns the line an offset of the text lies in.
func (n *notice) line(at int) int { return 1 + strings.Count(n.text[:at], "\n") }

// sentence reads the dates of one sentence and reports whether it names any.
func (n *notice) sentence(name, text string, line int, work bool) bool {
	dates := reDates.FindAllStringSubmatch(text, -1)
	count := 0
	for _, m := range dates {
		for _, d := range n.dates(m, line) {
			n.days = append(n.days, lined{Special{Day: d, Name: name, Work: work}, line})
			count++
		}
	}
	if m := reTotal.FindStringSubmatch(text); m != nil && !work && count > 0 && atoi(m[1]) != count {
		n.faults.add(line, "%s写的是%s天，日期却是 %d 天", name, m[1], count)
	}
	return len(dates) > 0
}

// dates reads a day or a range: the groups of reDates are year, month, day and
// remark of its beginning, then of its end, where year and month may be missing.
func (n *notice) dates(m []string, line int) []Day {
	year := n.year
	if m[1] != "" {
		year = atoi(m[1])
	}
	from := n.date(year, m[2], m[3], m[4], line)
	switch {
	case from == "":
		return nil
	case m[7] == "":
		return []Day{from}
	}
	if m[5] != "" {
		year = atoi(m[5])
	}
	month := m[6]
	if month == "" {
		month = m[2]
	}
	to := n.date(year, month, m[7], m[8], line)
	if to == "" {
		return nil
	}
	return span(from, to, line, &n.faults)
}

// date makes a day and compares it with the weekday in its remark (农历除夕、周二).
func (n *notice) date(year int, month, day, remark string, line int) Day {
	d, err := date(year, atoi(month), atoi(day))
	if err != nil {
		n.faults.add(line, "%v", err)
		return ""
	}
	if m := reSaysDay.FindStringSubmatch(remark); m != nil {
		says := "周" + strings.ReplaceAll(m[1], "天", "日")
		if says != d.WeekdayName() {
			n.faults.add(line, "%s是%s，不是%s", d.Long(), d.WeekdayName(), says)
		}
	}
	return d
}
