package handlers

import (
	"context"
	"errors"
	"time"

	"yunzhuan/bot"
	"yunzhuan/store"
)

// undoWindow is how long a change can be taken back.
const undoWindow = 10 * time.Minute

func undos() *bot.Command {
	return &bot.Command{
		Name: "撤回", Aliases: []string{"undo"}, Summary: "撤回您刚才的改动（10 分钟内）", Usage: []string{"/撤回"}, Examples: []string{"/撤回"},
		Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			line, err := r.Tx.Undo(string(r.Person.ID), undoWindow)
			switch {
			case errors.Is(err, store.ErrNothingToUndo):
				return store.Errorf("没有可以撤回的改动：只能撤回您 10 分钟内的最后一次改动，已经发布出去的不能撤回。")
			case errors.Is(err, store.ErrBuiltUpon):
				return store.Errorf("后来又有人改动过，不能撤回了。请重新登记，或与办公室联系。")
			case err != nil:
				return err
			}
			return r.Replyf("已撤回 %s 的“/%s”，恢复到之前的样子。", line.At.In(r.Tx.Now().Location()).Format("15:04"), line.Actor.Command)
		},
	}
}
