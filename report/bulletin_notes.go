package report

import (
	"fmt"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// NewPreview shows the office the bulletin of a day as it would go out now.
func NewPreview(tx *store.Tx, day calendar.Day) (chat.Body, error) {
	b, err := bulletin.Preview(tx, day)
	if err != nil {
		return chat.Body{}, err
	}
	body := bulletinBody(b, true, chat.Titled("《"+bulletin.Title+"》预览").
		Para(fmt.Sprintf("将为%s　%s", b.Number(), b.Day.Short())))
	walked, err := bulletin.HasPatrol(tx, day)
	if err != nil || !walked {
		return body.Para("今天还没有巡查记录，不会发布。"), err
	}
	body = body.Para("发到中层群、职工群的版本只写单位和人数。")
	held, err := bulletin.Held(tx, day)
	if held {
		return body.Para("已暂缓，到点不会自动发布。").Tap("恢复自动发布", "/通报 恢复").Tap("现在发布", "/通报 发布"), err
	}
	return body.Para("到点自动发布。").Tap("现在发布", "/通报 发布").Tap("暂缓", "/通报 暂缓"), err
}

// BulletinHold answers whoever held a bulletin back, or let it go.
func BulletinHold(day calendar.Day, held bool) chat.Body {
	if held {
		return chat.Text(fmt.Sprintf("%s的通报已暂缓，到点不会自动发布。", day.Short())).
			Tap("恢复自动发布", "/通报 恢复").Tap("现在发布", "/通报 发布")
	}
	return chat.Text(fmt.Sprintf("%s的通报已恢复，到点自动发布。", day.Short())).Tap("暂缓", "/通报 暂缓")
}

// BulletinHeld tells the office that the hour came and nothing went out.
func BulletinHeld(day calendar.Day) chat.Body {
	return chat.Text(fmt.Sprintf("%s的《%s》已暂缓，没有发布。今天不发的，记录并入下一期。", day.Short(), bulletin.Title)).
		Tap("现在发布", "/通报 发布").Tap("预览", "/通报 预览")
}

// BulletinOut answers whoever published a bulletin by hand.
func BulletinOut(b bulletin.Bulletin, groups, persons int) chat.Body {
	if groups == 0 {
		return chat.Text(fmt.Sprintf("%s已发布，但还没有绑定接收通报的群。请在群里发 /绑定群 群类型。", b.Number()))
	}
	text := fmt.Sprintf("%s已发布，送 %d 个群", b.Number(), groups)
	if persons > 0 {
		text += fmt.Sprintf("，并通知有关同志 %d 人次", persons)
	}
	return chat.Text(text + "。")
}

// CorrectionSaved answers whoever wrote a correction.
func CorrectionSaved(b bulletin.Bulletin, text string) chat.Body {
	return chat.Text(fmt.Sprintf("对%s的更正已记下，载入下一期：\n%s", b.Number(), text)).Tap("撤回", "/撤回")
}
