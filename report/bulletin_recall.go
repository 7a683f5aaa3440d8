package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// Count is a number of groups, and of messages to people.
type Count struct{ Groups, People int }

func (c Count) String() string {
	var parts []string
	if c.Groups > 0 {
		parts = append(parts, fmt.Sprintf("%d 个群", c.Groups))
	}
	if c.People > 0 {
		parts = append(parts, fmt.Sprintf("%d 条单聊", c.People))
	}
	return strings.Join(parts, "、")
}

// Reach is where something went: what can be taken back (or was), what cannot, by
// platform, and how much was never sent.
type Reach struct {
	Back, Stays map[chat.ChannelID]Count
	Waiting     int
}

// Add counts one message.
func (r *Reach) Add(t chat.Target, back bool) {
	m := &r.Stays
	if back {
		m = &r.Back
	}
	if *m == nil {
		*m = map[chat.ChannelID]Count{}
	}
	c := (*m)[t.Channel]
	if t.Group {
		c.Groups++
	} else {
		c.People++
	}
	(*m)[t.Channel] = c
}

// sum adds up the platforms.
func sum(m map[chat.ChannelID]Count) (all Count) {
	for _, c := range m {
		all.Groups, all.People = all.Groups+c.Groups, all.People+c.People
	}
	return all
}

// byPlatform is 钉钉 2 个群、3 条单聊，企业微信 1 个群.
func byPlatform(m map[chat.ChannelID]Count) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, ChannelTitle(id)+" "+m[id].String())
	}
	return strings.Join(parts, "，")
}

// RecallPlan shows what a recall would do. Without a reason it asks for one.
func RecallPlan(b bulletin.Bulletin, reach Reach, reason string) chat.Body {
	gone := sum(reach.Back)
	stay := sum(reach.Stays)
	all := Count{gone.Groups + stay.Groups, gone.People + stay.People}
	sent := "还没有送到任何地方"
	if all != (Count{}) {
		sent = "已送 " + all.String()
	}
	body := chat.Titled("撤回 " + b.Number() + "？").
		Para(fmt.Sprintf("%s %s 发布，%s。", b.Day.Short(), calendar.ClockOf(b.PublishedAt), sent))
	var items []chat.Line
	if gone != (Count{}) {
		items = append(items, chat.Line{Strong: "能撤回", Text: "　" + byPlatform(reach.Back)})
	}
	if stay != (Count{}) {
		items = append(items, chat.Line{Strong: "撤不回", Text: "　" + byPlatform(reach.Stays) + "。会在那里补一句“已撤回”"})
	}
	if reach.Waiting > 0 {
		items = append(items, chat.Line{Strong: "还没发出", Text: fmt.Sprintf("　%d 条，不再发", reach.Waiting)})
	}
	if len(items) > 0 {
		body = body.Bullets(items...)
	}
	body = body.Para(fmt.Sprintf("撤回以后：第%d期留档注明“已撤回”，编号不再使用；各条记录退回未发布，可以修改，重新发布时用下一个编号。", b.No))
	if reason == "" {
		return body.Para(fmt.Sprintf("请写明理由：/通报 撤回 第%d期 理由", b.No))
	}
	return body.Strong("理由：", reason).Tap("确认撤回", fmt.Sprintf("/通报 撤回 第%d期 确认 %s", b.No, reason))
}

// RecallBegun answers whoever recalled an issue.
func RecallBegun(b bulletin.Bulletin, void int, today calendar.Day) chat.Body {
	text := fmt.Sprintf("%s已撤回，记录退回未发布。正在撤回各处的消息，结果随后告诉您。", b.Number())
	if void > 0 {
		text += fmt.Sprintf("\n对这一期的 %d 条更正随之作废。", void)
	}
	if b.Day != today {
		return chat.Text(text + "\n各条记录并入下一期。")
	}
	return chat.Text(text+"\n改好以后请发 /通报 发布。今天自动发布的时间还没到的，到点会发布；要先停住，请点“暂缓”。").
		Tap("预览", "/通报 预览").Tap("暂缓", "/通报 暂缓")
}

// BulletinVoid stands where an issue could not be taken back.
func BulletinVoid(b bulletin.Bulletin) chat.Body {
	return chat.Text(fmt.Sprintf("《%s》第%d期已撤回，请以重新发布的为准。", bulletin.Title, b.No))
}

// RecallResult tells the office how a recall went.
func RecallResult(b bulletin.Bulletin, r Reach) chat.Body {
	var parts []string
	if back := sum(r.Back); back != (Count{}) {
		parts = append(parts, "已从 "+back.String()+"里撤回")
	}
	if r.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d 条还没发出，已取消", r.Waiting))
	}
	if stays := sum(r.Stays); stays != (Count{}) {
		part := byPlatform(r.Stays) + "撤不回，已在那里补发一句说明"
		if stays.Groups > 0 {
			part += "，请在群里再说一声"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		parts = append(parts, "没有送到过任何地方，不用撤消息")
	}
	return chat.Text(b.Number() + "：" + strings.Join(parts, "；") + "。")
}

// withRecall marks an issue in the archive that was recalled.
func withRecall(tx *store.Tx, body chat.Body, r bulletin.Recalled) chat.Body {
	text := fmt.Sprintf("　%s撤回，理由：%s。", clock(tx, r.At), r.Reason)
	if r.InNo != 0 {
		text += fmt.Sprintf("以第%d期为准。", r.InNo)
	}
	body.Blocks = append([]chat.Block{{Lines: []chat.Line{{Strong: "已撤回", Text: text}}}}, body.Blocks...)
	return body
}

// BulletinOnFile is an issue as it stands in the archive.
func BulletinOnFile(tx *store.Tx, b bulletin.Bulletin, names bool) (chat.Body, error) {
	r, gone, err := bulletin.RecallOf(tx, b.Year, b.No)
	body := Bulletin(b, names)
	if gone {
		body = withRecall(tx, body, r)
	}
	return body, err
}

// BulletinDocumentOnFile is an issue as a paper, as it stands in the archive.
func BulletinDocumentOnFile(tx *store.Tx, b bulletin.Bulletin, names bool) (document.Document, error) {
	d := BulletinDocument(b, names)
	_, gone, err := bulletin.RecallOf(tx, b.Year, b.No)
	if gone {
		d.Mark = "已撤回"
	}
	return d, err
}

// replaced says in whose place an issue stands.
func replaced(b bulletin.Bulletin) string {
	var nos []string
	for _, i := range b.Replaces {
		no := fmt.Sprintf("第%d期", i.No)
		if i.Year != b.Year {
			no = fmt.Sprintf("%d年", i.Year) + no
		}
		nos = append(nos, no)
	}
	return strings.Join(nos, "、") + "已撤回，以本期为准。"
}
