package people

import (
	"fmt"
	"strings"
)

// namesShown bounds the people that a summary names.
const namesShown = 10

// Summary says in a few lines what the import would change, for whoever runs it.
func (d Diff) Summary() string {
	lines := []string{fmt.Sprintf("名册 %d 人：新增 %d，变动 %d，离开 %d，返回 %d，不变 %d。",
		len(d.rows), len(d.New), len(d.Changed), len(d.Leaving), len(d.Returning), d.Same)}
	if d.Empty() {
		lines = []string{fmt.Sprintf("名册没有变化，共 %d 人。", d.Same)}
	}
	add := func(label string, all []string) {
		if len(all) == 0 {
			return
		}
		line := label + strings.Join(all[:min(len(all), namesShown)], "、")
		if len(all) > namesShown {
			line += fmt.Sprintf(" 等 %d 个", len(all))
		}
		lines = append(lines, line)
	}
	var changed []string
	for _, c := range d.Changed {
		changed = append(changed, fmt.Sprintf("%s（%s）", card(c.After), strings.Join(c.Fields, "、")))
	}
	add("新增：", cardsOf(d.New))
	add("变动：", changed)
	add("离开（停用账号，记录保留）：", cardsOf(d.Leaving))
	add("返回：", cardsOf(d.Returning))
	add("名册里的账号已由别人绑定，以绑定为准：", cardsOf(d.Kept))
	add("新单位：", unitNames(d.UnitsNew))
	add("单位变动：", unitNames(d.UnitsChanged))
	add("撤销的单位：", unitNames(d.UnitsClosed))
	return strings.Join(lines, "\n")
}

func card(p Person) string { return string(p.ID) + " " + p.Name }

func cardsOf(all []Person) []string {
	var out []string
	for _, p := range all {
		out = append(out, card(p))
	}
	return out
}

func unitNames(all []Unit) []string {
	var out []string
	for _, u := range all {
		out = append(out, u.Name)
	}
	return out
}
