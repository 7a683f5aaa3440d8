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

// Drafts words drafts for one reader: it knows today and the working calendar.
type Drafts struct {
	tx    *store.Tx
	cal   calendar.Calendar
	today calendar.Day
}

// NewDrafts prepares to word drafts within a transaction.
func NewDrafts(tx *store.Tx) (Drafts, error) {
	cal, err := calendar.Load(tx)
	return Drafts{tx: tx, cal: cal, today: calendar.Day(tx.Today())}, err
}

func (w Drafts) name(id people.ID) string {
	p, ok, err := people.Get(w.tx, id)
	if err != nil || !ok {
		return string(id)
	}
	return p.Name
}

// age says how long a draft has lain where it is, and whether that is too long.
func (w Drafts) age(d draft.Draft) string {
	days := w.dayCount(d)
	if over := d.Over(w.cal, w.today); over > 0 {
		return fmt.Sprintf("%s（限 %d 天，超期 %d 天）", days, d.Stage.Limit(), over)
	}
	return days
}

func (w Drafts) dayCount(d draft.Draft) string {
	if n := d.Days(w.cal, w.today); n > 0 {
		return fmt.Sprintf("已 %d 天", n)
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
	l.Text = fmt.Sprintf("　%s　在 %s 处　%s", d.Stage, w.name(d.Holder), w.age(d))
	return l
}

// Saved answers whoever moved a draft.
func (w Drafts) Saved(d draft.Draft, what string) chat.Body {
	b := chat.Body{}.Strong(d.ID()+" "+d.Title, "")
	if d.Stage.Ended() {
		return b.Strong("", what+"，"+string(d.Stage)+"。")
	}
	b = b.Strong("", fmt.Sprintf("%s。现在：%s，在 %s 处，限 %d 个工作日。", what, d.Stage, w.name(d.Holder), d.Stage.Limit()))
	if d.Major {
		b = b.Strong("", "重大文稿，核稿后要会商。")
	}
	if d.Due != "" {
		b = b.Strong("", "期限 "+d.Due.Short())
	}
	return b
}

// HandedOn tells the new holder.
func (w Drafts) HandedOn(d draft.Draft, by people.Person, note string) chat.Body {
	m := d.Moves[len(d.Moves)-1]
	verb := "交到您处"
	switch m.Action {
	case draft.SentBack:
		verb = "退回您处"
	case draft.PassedOver:
		verb = "转到您处"
	}
	b := chat.Body{}.Strong(d.ID()+" "+d.Title, "").
		Strong("", fmt.Sprintf("%s%s（%s），限 %d 个工作日。", by.Name, verb, d.Stage, d.Stage.Limit()))
	if note != "" {
		b = b.Strong("", "说明："+note)
	}
	return w.taps(b, d)
}

// taps adds what the holder can do with one tap.
func (w Drafts) taps(b chat.Body, d draft.Draft) chat.Body {
	if d.Stage == draft.Proofreading {
		b = b.Tap("校对完成，归档", fmt.Sprintf("/文稿 归档 %d", d.No))
	} else if d.Stage != draft.SecondReview || d.Major {
		b = b.Tap("交下一环节", fmt.Sprintf("/文稿 交 %d", d.No))
	}
	b = b.Tap("看全过程", fmt.Sprintf("/文稿 查 %d", d.No))
	if d.Stage == draft.SecondReview || d.Stage == draft.Signature {
		return b.Para(fmt.Sprintf("交下一环节：/文稿 交 %d 给 姓名　退回：/文稿 退 %d 理由", d.No, d.No))
	}
	if d.Stage == draft.Writing {
		return b
	}
	return b.Para(fmt.Sprintf("退回：/文稿 退 %d 理由", d.No))
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
		b = b.Strong("现在", fmt.Sprintf("　%s，在 %s 处，%s", d.Stage, w.name(d.Holder), w.age(d)))
	}
	var items []chat.Line
	for _, m := range d.Moves {
		items = append(items, chat.Line{Text: w.move(m)})
	}
	b = b.Numbered(items...)
	if len(d.Voices) > 0 {
		b = b.Heading("会商意见").Bullets(w.voices(d)...)
	}
	switch {
	case d.Stage.Ended():
		return b
	case d.Holder == reader.ID:
		return w.taps(b, d)
	default:
		return b.Tap("催一下", fmt.Sprintf("/文稿 催 %d", d.No))
	}
}

func (w Drafts) voices(d draft.Draft) []chat.Line {
	var items []chat.Line
	for _, v := range d.Voices {
		word := "意见"
		if v.Agree {
			word = "同意"
		}
		items = append(items, chat.Line{Strong: w.name(v.By) + "　" + word, Text: "　" + v.Text})
	}
	return items
}

func (w Drafts) move(m draft.Move) string {
	at := w.clock(m.At)
	var s string
	switch m.Action {
	case draft.Created:
		s = fmt.Sprintf("%s　%s 新建", at, w.name(m.By))
	case draft.HandedOn:
		s = fmt.Sprintf("%s　%s 交 %s（%s）", at, w.name(m.By), w.name(m.Holder), m.Stage)
	case draft.SentBack:
		s = fmt.Sprintf("%s　%s 退回 %s（%s）", at, w.name(m.By), w.name(m.Holder), m.Stage)
	case draft.PassedOver:
		s = fmt.Sprintf("%s　%s 转 %s（%s）", at, w.name(m.By), w.name(m.Holder), m.Stage)
	default:
		s = fmt.Sprintf("%s　%s %s", at, w.name(m.By), m.Stage)
	}
	if m.Note != "" {
		s += "：" + m.Note
	}
	return s
}

func (w Drafts) clock(t time.Time) string {
	t = t.In(w.tx.Now().Location())
	return calendar.DayOf(t).Short() + " " + t.Format("15:04")
}

// Desk is what a person has at the desk and what became of what they wrote.
func (w Drafts) Desk(held, written []draft.Draft) chat.Body {
	if len(held)+len(written) == 0 {
		return chat.Text("您手上没有文稿。新建：/文稿 新 标题")
	}
	b := chat.Titled("我的文稿")
	if len(held) > 0 {
		b = b.Heading(fmt.Sprintf("在我处 %d 份", len(held))).Bullets(w.lines(held)...)
	}
	if len(written) > 0 {
		b = b.Heading("我拟的").Bullets(w.lines(written)...)
	}
	for _, d := range held[:min(len(held), 3)] {
		b = b.Tap("看 "+d.ID(), fmt.Sprintf("/文稿 查 %d", d.No))
	}
	return b
}

func (w Drafts) lines(ds []draft.Draft) []chat.Line {
	var items []chat.Line
	for _, d := range ds {
		items = append(items, w.Line(d))
	}
	return items
}

// foundMax is how many candidates a search shows.
const foundMax = 8

// Found answers a search by words.
func (w Drafts) Found(words []string, ds []draft.Draft) chat.Body {
	if len(ds) == 0 {
		return chat.Text(fmt.Sprintf("没有标题里有“%s”的文稿。可以换一个词，或用编号查。", strings.Join(words, " ")))
	}
	head := fmt.Sprintf("找到 %d 份：", len(ds))
	if len(ds) > foundMax {
		head = fmt.Sprintf("找到 %d 份，先列最近的 %d 份：", len(ds), foundMax)
		ds = ds[:foundMax]
	}
	b := chat.Text(head).Bullets(w.lines(ds)...)
	for _, d := range ds[:min(len(ds), 4)] {
		b = b.Tap(fmt.Sprintf("看 %03d 的全过程", d.No), fmt.Sprintf("/文稿 查 %d-%d", d.Year, d.No))
	}
	return b
}

// Overdue reminds a holder of what has lain too long.
func (w Drafts) Overdue(ds []draft.Draft) chat.Body {
	b := chat.Titled(fmt.Sprintf("有 %d 份文稿在您处超期", len(ds))).Bullets(w.lines(ds)...)
	for _, d := range ds[:min(len(ds), 3)] {
		b = b.Tap("看 "+d.ID(), fmt.Sprintf("/文稿 查 %d-%d", d.Year, d.No))
	}
	return b
}

// LongOverdue tells whoever is in charge.
func (w Drafts) LongOverdue(ds []draft.Draft) chat.Body {
	return chat.Titled(fmt.Sprintf("有 %d 份文稿超期 3 天以上", len(ds))).Bullets(w.lines(ds)...)
}

// Nudge asks the holder on behalf of somebody.
func (w Drafts) Nudge(d draft.Draft, by people.Person) chat.Body {
	b := chat.Body{}.Strong(d.ID()+" "+d.Title, "").
		Strong("", fmt.Sprintf("%s%s 请您看一下这份文稿（%s，%s）。", by.Unit, by.Name, d.Stage, w.age(d)))
	return w.taps(b, d)
}
