package report

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Drafts words drafts: it knows today and the working calendar. Lines that are
// tapped carry the whole number, for a message may be read in another year.
type Drafts struct {
	tx    *store.Tx
	cal   calendar.Calendar
	today calendar.Day
	names map[people.ID]string // of those who were named already
}

// NewDrafts prepares to word drafts within a transaction; who is known already
// is not looked up again.
func NewDrafts(tx *store.Tx, known ...people.Person) (Drafts, error) {
	cal, err := calendar.Load(tx)
	w := Drafts{tx: tx, cal: cal, today: calendar.Day(tx.Today()), names: map[people.ID]string{}}
	for _, p := range known {
		w.names[p.ID] = p.Name
	}
	return w, err
}

func (w Drafts) name(id people.ID) string {
	if name, ok := w.names[id]; ok {
		return name
	}
	name := string(id)
	if p, ok, err := people.Get(w.tx, id); err == nil && ok {
		name = p.Name
	}
	w.names[id] = name
	return name
}

// age says how long a draft has lain where it is, and whether that is too long.
func (w Drafts) age(d draft.Draft) string {
	s := w.dayCount(d)
	if over := d.OverDesk(w.cal, w.today); over > 0 {
		s += fmt.Sprintf("（限 %d 天，超期 %d 天）", d.Stage.Limit(), over)
	}
	if d.OverDue(w.cal, w.today) > 0 {
		s += fmt.Sprintf("　期限 %s已过", d.Due.Short())
	}
	return s
}

func (w Drafts) dayCount(d draft.Draft) string {
	if n := d.Days(w.cal, w.today); n > 0 {
		return fmt.Sprintf("已 %d 天", n)
	}
	if calendar.DayOf(d.Since) < w.today {
		return "不到 1 个工作日"
	}
	return "今天刚到"
}

// Line is a draft in one line of a list.
func (w Drafts) Line(d draft.Draft) chat.Line {
	l := chat.Line{Strong: d.ID() + " " + d.Title}
	if d.Stage.Ended() {
		l.Text = fmt.Sprintf("　%s %s", d.Stage, calendar.DayOf(d.Since).Short())
		return l
	}
	l.Text = fmt.Sprintf("　%s　在%s处　%s", d.Stage, w.name(d.Holder), w.age(d))
	return l
}

// HeldLine is Line for the one at whose desk the draft is.
func (w Drafts) HeldLine(d draft.Draft) chat.Line {
	return chat.Line{Strong: d.ID() + " " + d.Title, Text: fmt.Sprintf("　%s　%s", d.Stage, w.age(d))}
}

// linesMax is how many drafts a list names.
const linesMax = 8

// lines lists drafts, and counts those that are too many.
func lines(ds []draft.Draft, line func(draft.Draft) chat.Line) []chat.Line {
	var items []chat.Line
	for i, d := range ds {
		if i == linesMax {
			return append(items, chat.Line{Text: fmt.Sprintf("还有 %d 份", len(ds)-i)})
		}
		items = append(items, line(d))
	}
	return items
}

// look adds a tap for each of the first drafts.
func look(b chat.Body, ds []draft.Draft) chat.Body {
	for _, d := range ds[:min(len(ds), 3)] {
		b = b.Tap("看 "+d.ID(), "/文稿 查 "+d.ID())
	}
	return b
}

// Chain is a draft with its whole way.
func (w Drafts) Chain(d draft.Draft, reader people.Person) chat.Body {
	b := chat.Titled(d.ID() + " " + d.Title)
	head := fmt.Sprintf("%s　拟稿 %s", d.Unit, w.name(d.Writer))
	if d.Major {
		head += "　重大"
	}
	if d.Due != "" {
		head += "　期限 " + d.Due.Short()
	}
	if d.Returns > 0 {
		head += fmt.Sprintf("　退回 %d 次", d.Returns)
	}
	b = b.Para(head)
	if d.Stage.Ended() {
		b = b.Strong(string(d.Stage), "　"+calendar.DayOf(d.Since).Short())
	} else {
		b = b.Strong("现在", fmt.Sprintf("　%s，在%s处，%s", d.Stage, w.name(d.Holder), w.age(d)))
	}
	var moves, faults []chat.Line
	for _, m := range d.Moves {
		moves = append(moves, chat.Line{Text: w.move(m)})
	}
	b = b.Numbered(moves...)
	if len(d.Voices) > 0 {
		b = b.Heading("会商").Bullets(w.voiceLines(d)...)
	}
	for _, f := range d.Faults {
		faults = append(faults, chat.Line{Text: fmt.Sprintf("%s　%s　%s（%s 记）", f.Stage, w.name(f.Holder), f.Text, w.name(f.By))})
	}
	if len(faults) > 0 {
		b = b.Heading("差错").Bullets(faults...)
	}
	switch {
	case d.Stage.Ended():
		return b
	case d.Holder == reader.ID:
		return w.taps(b, d, false)
	default:
		return b.Tap("催一下", "/文稿 催 "+d.ID())
	}
}

func (w Drafts) voiceLines(d draft.Draft) []chat.Line {
	var items []chat.Line
	for _, v := range d.Voices {
		items = append(items, w.voiceLine(v))
	}
	return items
}

func (w Drafts) voiceLine(v draft.Voice) chat.Line {
	l := chat.Line{Strong: w.name(v.By) + "　意见"}
	if v.Agree {
		l.Strong = w.name(v.By) + "　同意"
	}
	if v.Text != "" {
		l.Text = "　" + v.Text
	}
	return l
}

func (w Drafts) move(m draft.Move) string {
	s := w.clock(m.At) + "　" + w.name(m.By) + " "
	switch m.Action {
	case draft.Created:
		s += "新建"
	case draft.HandedOn:
		if m.By == m.Holder {
			s += "进入" + string(m.Stage)
			break
		}
		s += fmt.Sprintf("交%s（%s）", w.name(m.Holder), m.Stage)
	case draft.SentBack:
		s += fmt.Sprintf("退回%s（%s）", w.name(m.Holder), m.Stage)
	case draft.PassedOver:
		s += fmt.Sprintf("转%s（%s）", w.name(m.Holder), m.Stage)
	case draft.Filed:
		s += "归档"
	case draft.Cancelled:
		s += "撤销"
	}
	if m.Note != "" {
		s += "：" + m.Note
	}
	return s
}

func (w Drafts) clock(t time.Time) string {
	t = t.In(w.tx.Now().Location())
	day := calendar.DayOf(t)
	if day.Year() != w.today.Year() {
		return day.Long() + " " + calendar.ClockOf(t).String()
	}
	return day.Short() + " " + calendar.ClockOf(t).String()
}

// Desk is what a person has at the desk and what became of what they wrote.
func (w Drafts) Desk(held, written []draft.Draft) chat.Body {
	if len(held)+len(written) == 0 {
		return chat.Text("您手上没有文稿。新建：/文稿 新 标题")
	}
	b := chat.Titled("我的文稿")
	if len(held) > 0 {
		b = b.Heading(fmt.Sprintf("在我处 %d 份", len(held))).Bullets(lines(held, w.HeldLine)...)
	}
	if len(written) > 0 {
		b = b.Heading(fmt.Sprintf("我拟的 %d 份", len(written))).Bullets(lines(written, w.Line)...)
	}
	return look(b, held)
}

// foundMax is how many candidates a search shows.
const foundMax = 8

// Found answers a search by a number or by words.
func (w Drafts) Found(words []string, ds []draft.Draft) chat.Body {
	if len(ds) == 0 {
		return chat.Text(fmt.Sprintf("没有找到“%s”。可以换一个标题里的词，或用编号查。", strings.Join(words, " ")))
	}
	head := fmt.Sprintf("找到 %d 份：", len(ds))
	if len(ds) > foundMax {
		head = fmt.Sprintf("找到 %d 份，先列 %d 份：", len(ds), foundMax)
		ds = ds[:foundMax]
	}
	b := chat.Text(head).Bullets(lines(ds, w.Line)...)
	for _, d := range ds[:min(len(ds), 4)] {
		b = b.Tap(fmt.Sprintf("看 %s 的全过程", d.ID()), "/文稿 查 "+d.ID())
	}
	return b
}

// Overdue reminds a holder of what has lain too long.
func (w Drafts) Overdue(ds []draft.Draft) chat.Body {
	return look(chat.Titled(fmt.Sprintf("有 %d 份文稿在您处超期", len(ds))).Bullets(lines(ds, w.HeldLine)...), ds)
}

// LongOverdue tells whoever is in charge.
func (w Drafts) LongOverdue(ds []draft.Draft) chat.Body {
	return look(chat.Titled(fmt.Sprintf("有 %d 份文稿超期 3 天以上", len(ds))).Bullets(lines(ds, w.Line)...), ds)
}
