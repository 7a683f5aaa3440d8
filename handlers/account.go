package handlers

import (
	"context"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func bindCodes(d Deps) *bot.Command {
	return &bot.Command{
		Name: "绑定码", Aliases: []string{"bindcode"}, Summary: "给一个人开一次性绑定码",
		Usage: []string{"/绑定码 <姓名或工号>"}, Examples: []string{"/绑定码 J1017"},
		Allow: bot.Roles(people.Office), Run: d.makeCode,
	}
}

// makeCode gives a code to the one who asked, and to nobody else.
func (d Deps) makeCode(_ context.Context, r *bot.Request) error {
	if r.Args.Len() != 1 {
		return store.WithHint(store.Errorf("请写一个人的姓名或工号。"), "例：/绑定码 J1017")
	}
	p, err := people.Find(r.Tx, r.Args.At(0), "")
	if err != nil {
		return store.WithHint(err, "例：/绑定码 J1017")
	}
	code, err := people.NewCode(r.Tx, p, r.Person.ID)
	if err != nil {
		return err
	}
	// Once it has arrived, the code is to be found nowhere.
	if err := r.ReplyPrivately(report.BindingCode(p, code, d.Scan, r.Tx.Now()), store.Ephemeral()); err != nil {
		return err
	}
	if r.Msg.Group {
		return r.Replyf("绑定码已私发给您，请转告%s。", p.Name)
	}
	return nil
}

func binds() *bot.Command {
	return &bot.Command{
		Name: "绑定", Aliases: []string{"bind"}, Summary: "用绑定码认领这个账号",
		Usage: []string{"/绑定 <码>"}, Examples: []string{"/绑定 K7M2QX"},
		Scope: bot.DirectOnly, Allow: bot.Everyone(), Run: bindAccount,
	}
}

// bindAccount uses a code. A wrong one is answered, not refused, for the try must
// be kept.
func bindAccount(_ context.Context, r *bot.Request) error {
	code := strings.Join(r.Args.Words(), "")
	if code == "" {
		return store.WithHint(store.Errorf("请写绑定码。没有的话向办公室要一个，10 分钟内有效。"), "例：/绑定 K7M2QX")
	}
	got, err := people.Bind(r.Tx, string(r.Msg.Channel), string(r.Msg.From), code)
	if err != nil {
		return err
	}
	if !got.Person.Known() {
		if got.Left == 0 {
			return r.Replyf("绑定码不对，或已过期、已用过。已经错了好几次，请 10 分钟后再试，或请办公室重新给一个。")
		}
		return r.Replyf("绑定码不对，或已过期、已用过。还可以试 %d 次，或请办公室重新给一个。", got.Left)
	}
	// An account that went to somebody else is not brought back by the one it was
	// taken from.
	r.Tx.NoUndo()
	if err := people.Touch(r.Tx, got.Person.ID, string(r.Msg.Channel)); err != nil {
		return err
	}
	return r.Reply(report.AccountBound(r.Msg.Channel, got))
}
