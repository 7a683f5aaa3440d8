package handlers

import (
	"yunzhuan/bot"
	"yunzhuan/office/patrol"
)

func schools(d Deps) *bot.Command {
	w := walk{Deps: d, book: patrol.Schools, noun: "学校", unit: "城区第一小学"}
	return &bot.Command{
		Name: "校务", Aliases: []string{"school"}, Summary: "记录学校检查、看校务督查",
		Usage:    w.usage(),
		Examples: []string{"/校务 城区第一小学 正常", "/校务 城区第一小学 缺岗 姓名 9:40", "/校务 城区第一中学 表扬 校园整洁有序"},
		Allow:    patrollers, Run: w.record, Subs: w.subs(),
	}
}
