package handlers_test

import (
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/store"
)

func TestCoverage(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(inspector, "/巡查 人事科、计财科 正常")
	b.Say(inspector, "/巡查 人事科 环境卫生") // the same day counts once
	b.Say(inspector, "/校务 城区第一小学 正常")
	b.Clock.Set("2026-11-30 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	reply := b.Say(inspector, "/巡查 覆盖")
	mustContain(t, reply, "巡查覆盖　2026年11月\n16 个单位里 14 个还没有看过：办公室、基础教育科、", "[picture: 巡查覆盖　2026年11月]")
	mustContain(t, b.Say(inspector, "/校务 覆盖 今年"), "校务检查覆盖　2026年\n45 个单位里 44 个还没有看过，图中是红字。", "[picture: 校务检查覆盖　2026年]")
	mustContain(t, b.Say(inspector, "/巡查 覆盖 人事科"), "没看懂“人事科”是哪一段时间。\n例：/巡查 覆盖 本季度")
	mustContain(t, b.Say(inspector, "/巡查 覆盖 明年"), "2027年还没到。")

	g := grid(b, calendar.Month("2026-11").Period())
	if got, want := g.Spans[0].Label+" "+g.Spans[1].Label+" "+g.Spans[5].Label, "11.1 11.2–8 11.30"; got != want {
		t.Errorf("weeks %q, want %q", got, want)
	}
	if got := g.Days[1]; g.Units[1] != "人事科" || got[4] != 1 || got[5] != 1 || got[0] != 0 {
		t.Errorf("%s: %v", g.Units[1], got)
	}
	year := grid(b, calendar.YearOf("2026-11-30"))
	if got := year.Days[1]; len(got) != 12 || got[10] != 2 || got[9] != 0 || got[11] != -1 || year.Spans[10].Label != "11月" {
		t.Errorf("the year of %s: %v", year.Units[1], got)
	}
}

func grid(b *bottest.Bot, p calendar.Period) (g patrol.Grid) {
	b.View(func(tx *store.Tx) (err error) {
		g, err = patrol.Offices.Grid(tx, patrol.Spans(p))
		return err
	})
	return g
}
