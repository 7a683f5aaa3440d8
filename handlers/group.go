package handlers

import (
	"context"
	"errors"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func bindGroups() *bot.Command {
	return &bot.Command{
		Name: "绑定群", Aliases: []string{"bindgroup"}, Summary: "设定本群是哪一种群",
		Usage: []string{"/绑定群 <群类型>　" + strings.Join(people.Layers, " ")}, Examples: []string{"/绑定群 办公室群"},
		Scope: bot.GroupOnly, Allow: bot.Roles(people.Office), Run: setLayer,
	}
}

// setLayer binds the group it is said in.
func setLayer(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return r.Reply(report.LayersToChoose(""))
	}
	layer, err := people.FindLayer(strings.Join(r.Args.Words(), ""))
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
}
