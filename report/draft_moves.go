package report

import (
	"fmt"

	"yunzhuan/chat"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
)

// named begins a message about a draft.
func named(d draft.Draft) chat.Body { return chat.Body{}.Strong(d.ID()+" "+d.Title, "") }

// where says where a draft is now.
func (w Drafts) where(d draft.Draft) string {
	return fmt.Sprintf("%s，在%s处，限 %d 个工作日", d.Stage, w.name(d.Holder), d.Stage.Limit())
}

// Created answers whoever began a draft.
func (w Drafts) Created(d draft.Draft) chat.Body {
	b := named(d).Strong("", "已建立，"+w.where(d)+"。")
	if d.Major {
		b = b.Strong("", "重大文稿，核稿后要会商。")
	}
	if d.Due != "" {
		b = b.Strong("", "期限 "+d.Due.Short()+"。")
	}
	return b.Tap(doneLabels[d.Stage], "/文稿 交 "+d.ID()).Tap("撤回", "/撤回")
}

// Saved answers whoever moved a draft.
func (w Drafts) Saved(d draft.Draft, what string) chat.Body {
	if d.Stage.Ended() {
		return named(d).Strong("", what+"。")
	}
	return named(d).Strong("", fmt.Sprintf("%s。现在：%s。", what, w.where(d)))
}

// HandedOn tells the new holder.
func (w Drafts) HandedOn(d draft.Draft, by people.Person, note string) chat.Body {
	verb := "交到您处"
	switch d.Moves[len(d.Moves)-1].Action {
	case draft.SentBack:
		verb = "退回您处"
	case draft.PassedOver:
		verb = "转到您处"
	}
	b := named(d).Strong("", fmt.Sprintf("%s%s，请%s，限 %d 个工作日。", by.Name, verb, d.Stage.Task(), d.Stage.Limit()))
	if note != "" {
		b = b.Strong("", "说明："+note)
	}
	return w.taps(b, d, true)
}

// doneLabels say of a stage that it is done and the draft goes on.
var doneLabels = map[draft.Stage]string{
	draft.Writing: "交审核", draft.FirstReview: "审核通过，交核稿", draft.SecondReview: "核稿完毕，交下一环节",
	draft.Signature: "同意签发", draft.Printing: "印好了，交校对",
}

// taps adds what the holder can do.
func (w Drafts) taps(b chat.Body, d draft.Draft, chain bool) chat.Body {
	if d.Stage != draft.Writing {
		b = b.Para("退回请发：/文稿 退 " + d.ID() + " 理由")
	}
	switch d.Stage {
	case draft.Consultation:
		b = b.Para("会商依次为起草人报提纲、文秘联席会、全办会商；各人发：/文稿 会商 "+d.ID()+" 同意，或 意见 内容").
			Tap("会商完毕，送签", "/文稿 交 "+d.ID())
	case draft.Proofreading:
		b = b.Tap("校对完成，归档", "/文稿 归档 "+d.ID())
	default:
		b = b.Tap(doneLabels[d.Stage], "/文稿 交 "+d.ID())
	}
	if chain {
		b = b.Tap("看全过程", "/文稿 查 "+d.ID())
	}
	return b
}

// TakenAway tells somebody that a draft left their hands, or that one of theirs
// has ended.
func (w Drafts) TakenAway(d draft.Draft, by people.Person, note string) chat.Body {
	b := named(d)
	switch d.Stage {
	case draft.Archived:
		b = b.Strong("", by.Name+"已归档，手续齐了。")
	case draft.Withdrawn:
		b = b.Strong("", by.Name+"已撤销这份文稿，不用再办。")
	default:
		b = b.Strong("", fmt.Sprintf("%s已把这份文稿从您处转给%s。", by.Name, w.name(d.Holder)))
	}
	if note != "" {
		b = b.Strong("", "说明："+note)
	}
	return b
}

// AskOutline asks the writer of a major draft to open the consultation.
func (w Drafts) AskOutline(d draft.Draft) chat.Body {
	return named(d).Strong("", "已到会商环节，请先报提纲：/文稿 会商 "+d.ID()+" 意见 提纲内容")
}

// AskVoices asks the office for its opinion on a major draft.
func (w Drafts) AskVoices(d draft.Draft) chat.Body {
	return chat.Titled("重大文稿会商").
		Para(fmt.Sprintf("%s %s　%s　拟稿 %s", d.ID(), d.Title, d.Unit, w.name(d.Writer))).
		Strong("", fmt.Sprintf("由%s主持，限 %d 个工作日。有意见请发：/文稿 会商 %s 意见 内容", w.name(d.Holder), d.Stage.Limit(), d.ID())).
		Tap("同意", "/文稿 会商 "+d.ID()+" 同意").Tap("看全过程", "/文稿 查 "+d.ID())
}

// Voices answers whoever spoke in a consultation.
func (w Drafts) Voices(d draft.Draft) chat.Body {
	agreed := 0
	for _, v := range d.Voices {
		if v.Agree {
			agreed++
		}
	}
	return named(d).Strong("", fmt.Sprintf("已记入会商：同意 %d，意见 %d。", agreed, len(d.Voices)-agreed))
}

// VoiceHeard tells the holder of the last voice in a consultation.
func (w Drafts) VoiceHeard(d draft.Draft) chat.Body {
	l := w.voiceLine(d.Voices[len(d.Voices)-1])
	return named(d).Strong("会商　"+l.Strong, l.Text).
		Tap("看全过程", "/文稿 查 "+d.ID())
}

// Nudge asks the holder on behalf of somebody.
func (w Drafts) Nudge(d draft.Draft, by people.Person) chat.Body {
	return w.taps(named(d).Strong("", fmt.Sprintf("%s%s请您看一下这份文稿（%s，%s）。", by.Unit, by.Name, d.Stage, w.age(d))), d, true)
}

// Nudged answers whoever had the holder asked.
func (w Drafts) Nudged(d draft.Draft) chat.Body {
	return named(d).Strong("", fmt.Sprintf("已提醒%s（%s，%s）。", w.name(d.Holder), d.Stage, w.age(d)))
}

// FaultSaved answers whoever noted a mistake.
func (w Drafts) FaultSaved(d draft.Draft, f draft.Fault) chat.Body {
	return named(d).Strong("", fmt.Sprintf("差错已记：%s　%s　%s", f.Stage, w.name(f.Holder), f.Text))
}

// FaultToHolder tells who let a mistake through.
func (w Drafts) FaultToHolder(d draft.Draft, f draft.Fault) chat.Body {
	return named(d).Strong("", fmt.Sprintf("%s记了一处差错（您经手的%s）：%s", w.name(f.By), f.Stage, f.Text)).
		Tap("看全过程", "/文稿 查 "+d.ID())
}
