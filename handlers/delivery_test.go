package handlers_test

import (
	"context"
	"errors"
	"testing"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/internal/bottest"
	"yunzhuan/push"
	"yunzhuan/store"
)

// end puts a message to a person into the outbox and has it end badly.
func end(b *bottest.Bot, user chat.UserID, title string, state store.State, reason string) {
	b.Update(func(tx *store.Tx) error {
		id, err := tx.Enqueue(chat.Outgoing{Target: chat.Target{Channel: bottest.Channel, User: user}, Body: chat.Titled(title)})
		if err != nil {
			return err
		}
		e, _, err := tx.Claim(store.Entry{ID: id})
		if err != nil {
			return err
		}
		return tx.Settle(e, store.Outcome{State: state, Reason: reason})
	})
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	broken := true
	fragile := &bot.Command{
		Name: "易碎", Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			if broken {
				return errors.New("disk on fire")
			}
			return r.Replyf("好了。")
		},
	}
	k := talk{Bot: bottest.New(t, "2026-11-23 09:00", append(surveyCommands(), fragile)...)}
	k.say(headOfOffice, "/送达")
	end(k.Bot, "J1017", "今日考勤", store.Dead, "send: final (code 40035): no such user")
	end(k.Bot, "gone", "", store.Unknown, "interrupted by a stop of the bot")
	k.Update(func(tx *store.Tx) error {
		_, err := k.Push.Layer(tx, "校长群", chat.Titled("会议通知"), store.NotBefore(tx.Now().AddDate(0, 0, 1)))
		return err
	})
	k.say(writer, "/易碎 一些私事")
	k.Clock.Set("09:20")
	k.say(headOfOffice, "/送达")
	k.say(headOfOffice, "/送达 P3")
	k.say(headOfOffice, "/送达 2")
	k.say(headOfOffice, "/送达 p4")
	k.say(headOfOffice, "/送达 P999")
	k.say(headOfOffice, "/送达 E-1")
	k.say(headOfOffice, "/送达 e2")
	k.say(headOfOffice, "/送达 S7")
	k.say(headOfOffice, "/送达 重发")
	k.say(headOfOffice, "/送达 重发 P4")
	k.say(headOfOffice, "/送达 重发 P2")
	k.say(headOfOffice, "/送达 重发 P2")
	k.say(headOfOffice, "/送达 P2")
	k.say(headOfOffice, "/送达 重放 E-1")
	broken = false
	k.say(headOfOffice, "/送达 重放 E-1")
	k.say(headOfOffice, "/送达 重放 E-1")
	k.say(headOfOffice, "/送达 E-1")
	k.say(headOfOffice, "/送达 重放 E-9")
	k.say(headOfStaffing, "/送达")
	golden(t, "delivery/office", k.text.String())
	if got := k.Pushed(headOfStaffing); len(got) != 1 || got[0] != "今日考勤" {
		t.Errorf("sent again: %q", got)
	}
	if got := k.Pushed(writer); len(got) != 1 || got[0] != "好了。" {
		t.Errorf("replayed: %q", got)
	}
}

// What waits is counted by platform, and what is held back for its time apart.
func TestDeliveriesThatWait(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 22:30")
	b.Update(func(tx *store.Tx) error {
		for _, id := range []string{"dt1", "dt2"} {
			out := chat.Outgoing{Target: chat.Target{Channel: "dingtalk", User: chat.UserID(id)}, Body: chat.Text("x")}
			if _, err := tx.Enqueue(out, store.NotBefore(tx.Now().AddDate(0, 0, 1))); err != nil {
				return err
			}
		}
		_, err := b.Push.Person(tx, writer, push.Notice, chat.Text("x"))
		return err
	})
	const want = "送达情况\n今日　已送到 0，没送到 0，结果不明 0\n等待发送　3 条（网页 1，钉钉 2），其中 3 条没到发送时间"
	if got := b.Say(headOfOffice, "/送达"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
