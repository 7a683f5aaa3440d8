package handlers

import (
	"context"
	"errors"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

func bindCodes() *bot.Command {
	return &bot.Command{
		Name: "绑定码", Summary: "给一位同志做绑定码", Usage: []string{"/绑定码 <姓名或工号>"}, Examples: []string{"/绑定码 J1017"},
		Allow: bot.Roles(people.Office),
		Run: func(_ context.Context, r *bot.Request) error {
			if r.Args.Len() != 1 {
				return store.WithHint(store.Errorf("请写一位同志的姓名或工号。"), "例：/绑定码 J1017")
			}
			p, err := people.Find(r.Tx, r.Args.At(0), "")
			if err != nil {
				return err
			}
			code, err := people.NewCode(r.Tx, p, r.Person.ID)
			if err != nil {
				return err
			}
			// The code is a key: it goes to the one who asked, alone, and leaves no
			// trace once it has arrived.
			if err := r.ReplyPrivately(report.BindingCode(p, code), store.Ephemeral()); err != nil {
				return err
			}
			if r.Msg.Group {
				return r.Replyf("绑定码已发到您与我的单聊里。")
			}
			return nil
		},
	}
}

func binds() *bot.Command {
	return &bot.Command{
		Name: "绑定", Aliases: []string{"bind"}, Summary: "把这个账号绑定到您本人", Usage: []string{"/绑定 <码>"}, Examples: []string{"/绑定 ABC234"},
		Scope: bot.DirectOnly, Allow: bot.Everyone(),
		Run: func(_ context.Context, r *bot.Request) error {
			if r.Args.Len() == 0 {
				return store.WithHint(store.Errorf("请写办公室给您的绑定码。"), "例：/绑定 ABC234")
			}
			got, err := people.Bind(r.Tx, string(r.Msg.Channel), string(r.Msg.From), r.Args.Rest(0))
			if err != nil {
				return err
			}
			if !got.Person.Known() {
				return r.Replyf("绑定码不对或已经过期，还可以试 %d 次。绑定码 10 分钟内有效，可以请办公室再给一个。", got.Left)
			}
			return r.Reply(report.AccountBound(r.Msg.Channel, got))
		},
	}
}

func bindGroups() *bot.Command {
	return &bot.Command{
		Name: "绑定群", Summary: "设定本群是哪一种工作群", Usage: []string{"/绑定群 <群类型>"}, Examples: []string{"/绑定群 机关中层群"},
		Scope: bot.GroupOnly, Allow: bot.Roles(people.Office),
		Run: func(_ context.Context, r *bot.Request) error {
			if r.Args.Len() == 0 {
				return r.Reply(report.LayersToChoose(""))
			}
			layer, err := people.FindLayer(r.Args.At(0))
			var mistake *store.UserError
			if errors.As(err, &mistake) {
				return r.Reply(report.LayersToChoose(mistake.Text))
			}
			if err != nil {
				return err
			}
			before, err := people.BindGroup(r.Tx, string(r.Msg.Channel), string(r.Msg.Conv), r.Msg.ConvTitle, layer)
			if err != nil {
				return err
			}
			return r.Reply(report.GroupBound(layer, before))
		},
	}
}

func quietHours() *bot.Command {
	return &bot.Command{
		Name: "勿扰", Aliases: []string{"quiet"}, Summary: "设定您的免打扰时段", Usage: []string{"/勿扰 <22:00-7:00>|默认"},
		Examples: []string{"/勿扰 22:00-7:00", "/勿扰 默认"}, Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			p := r.Person
			switch word := r.Args.At(0); word {
			case "":
				if p.Quiet == "" {
					return r.Reply(chat.Text("您用的是统一的免打扰时段。要另设请发：/勿扰 22:00-7:00"))
				}
				return r.Reply(chat.Text("您的免打扰时段是 "+p.Quiet+"，其间的提醒到结束后再发。").Tap("改回默认", "/勿扰 默认"))
			case "默认", "关", "取消":
				p.Quiet = ""
				if err := people.Put(r.Tx, p); err != nil {
					return err
				}
				return r.Reply(chat.Text("已改回统一的免打扰时段。").Tap("撤回", "/撤回"))
			}
			q, err := push.ParseQuiet(r.Args.Rest(0))
			if err != nil {
				return store.WithHint(err, "例：/勿扰 22:00-7:00")
			}
			p.Quiet = q.String()
			if err := people.Put(r.Tx, p); err != nil {
				return err
			}
			return r.Reply(chat.Text("免打扰时段设为 "+p.Quiet+"，其间的提醒到结束后再发；您自己问的随时回答。").Tap("撤回", "/撤回"))
		},
	}
}
