package report

import (
	"fmt"

	"yunzhuan/chat"
	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// appealed is the finding of an appeal as it was published.
func appealed(tx *store.Tx, a appeal.Appeal) (string, error) {
	is, err := appeal.IssueOf(tx, a.Ref)
	if err != nil {
		return "", err
	}
	f, _ := is.Line(a.Line)
	return findingText(is.Day, f, true), nil
}

// AppealAsked asks for the reason of an appeal.
func AppealAsked(is bulletin.Issue, f bulletin.Finding) chat.Body {
	return chat.Titled("申诉　" + f.ID()).Para(findingText(is.Day, f, true)).
		Para("请直接写理由，一句话说清就行；不申诉了就不用理会。")
}

// Appeal is an appeal with all that belongs to it.
func Appeal(tx *store.Tx, title string, a appeal.Appeal) (chat.Body, error) {
	finding, err := appealed(tx, a)
	if err != nil {
		return chat.Body{}, err
	}
	who, err := names(tx, []people.ID{a.By})
	body := chat.Titled(title+"　"+a.ID()).Para(finding).Strong("申诉人", "　"+who).Strong("理由", "　"+a.Reason)
	return body, err
}

// AppealToDecide asks for a decision.
func AppealToDecide(tx *store.Tx, a appeal.Appeal) (chat.Body, error) {
	b, err := Appeal(tx, "申诉待处理", a)
	return b.Tap("采纳", "/申诉 处理 "+a.ID()+" 采纳").Tap("驳回", "/申诉 处理 "+a.ID()+" 驳回"), err
}

// AppealDecided says how an appeal was decided.
func AppealDecided(tx *store.Tx, a appeal.Appeal) (chat.Body, error) {
	b, err := Appeal(tx, "申诉"+a.State.Title(), a)
	if err != nil {
		return b, err
	}
	b = b.Strong("答复", "　"+a.Answer)
	if a.State == appeal.Upheld {
		return b.Para("这条记录予以撤销，不计入考核；" + nextIssue(a) + "载明更正。"), nil
	}
	return b.Para("这条记录不变。"), nil
}

// nextIssue is where the correction of an upheld appeal will stand.
func nextIssue(a appeal.Appeal) string {
	if a.Book == patrol.Schools {
		return "下一次校务督查通报"
	}
	return "下一期通报"
}

// Appeals lists appeals: those a person made, and those that wait for them.
func Appeals(made, waiting []appeal.Appeal) chat.Body {
	if len(made)+len(waiting) == 0 {
		return chat.Text("没有申诉。对通报里的记录有异议，在 3 个工作日内发：/申诉 <记录号> <理由>")
	}
	b := chat.Titled("申诉")
	for _, part := range []struct {
		title string
		all   []appeal.Appeal
	}{{"等您处理", waiting}, {"您提的", made}} {
		if len(part.all) == 0 {
			continue
		}
		var lines []chat.Line
		for _, a := range part.all {
			lines = append(lines, AppealLine(a))
		}
		b = b.Heading(part.title).Bullets(lines...)
	}
	for _, a := range waiting[:min(len(waiting), 3)] {
		b = b.Tap("看 "+a.ID(), "/申诉 查 "+a.ID())
	}
	return b
}

// AppealLine is an appeal in a list.
func AppealLine(a appeal.Appeal) chat.Line {
	text := fmt.Sprintf("　%s 记录 %s　%s", a.Unit, a.Finding(), a.State.Title())
	if a.Answer != "" {
		text += "：" + a.Answer
	}
	return chat.Line{Strong: a.ID(), Text: text}
}
