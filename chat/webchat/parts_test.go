package webchat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, zone)
	for want, at := range map[string]time.Time{
		"未安排":                  {},
		"今天 23:45":             time.Date(2026, 12, 31, 23, 45, 0, 0, zone),
		"今天 23:46":             time.Date(2026, 12, 31, 15, 46, 0, 0, time.UTC),
		"明天 09:00":             time.Date(2027, 1, 1, 9, 0, 0, 0, zone),
		"2027年1月4日 周一 08:40":   time.Date(2027, 1, 4, 8, 40, 0, 0, zone),
		"12月1日 周二 09:00":       time.Date(2026, 12, 1, 9, 0, 0, 0, zone),
		"2028年12月31日 周日 00:00": time.Date(2028, 12, 31, 0, 0, 0, 0, zone),
	} {
		if got := when(at, now); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

func TestQuicks(t *testing.T) {
	t.Parallel()
	members := []Member{
		{User: "1", Roles: []string{"委领导"}},
		{User: "2", Roles: []string{"委领导", "巡查组"}},
		{User: "3", Roles: []string{"科室负责人", "机关职工", "办公室"}},
		{User: "4", Roles: []string{"科室负责人", "机关职工"}},
		{User: "5", Roles: []string{"科室负责人", "机关职工"}},
		{User: "6"},
	}
	want := "[{委领导 1} {巡查组 2} {科室负责人 4} {机关职工 4} {办公室 3}]"
	if got := fmt.Sprint(quicks(members)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]chat.Body{
		"标题":          chat.Titled("标题").Para("正文"),
		"小标题":         chat.Body{}.Heading("小标题").Para("正文"),
		"正文":          chat.Text("\n　\n正文\n下文"),
		"考勤：16/17":    chat.Body{}.Strong("考勤：", "16/17"),
		"第一项":         chat.Body{}.Bullets(chat.Line{Text: "第一项"}),
		"[图片]":        chat.Body{}.Picture(chat.Picture{}),
		"[表格]":        chat.Body{}.Table([]string{"单位"}, nil),
		"[文件] 表.xlsx": chat.Body{}.File(chat.File{Name: "表.xlsx"}),
		"[消息]":        {},
	} {
		if got := brief(b); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBlobsBounded(t *testing.T) {
	t.Parallel()
	png := func(i int) []byte { return []byte("\x89PNG\r\n\x1a\n" + strings.Repeat(fmt.Sprint(i), 92)) }
	p := newBlobs(250) // two of 100 bytes
	var hashes []string
	for i := range 4 {
		for range 2 { // the same picture again takes no room
			h, err := p.addPicture(png(i))
			if err != nil {
				t.Fatal(err)
			}
			if len(hashes) == i {
				hashes = append(hashes, h)
			}
		}
	}
	for i, h := range hashes {
		if _, ok := p.get(h); ok != (i >= 2) {
			t.Errorf("picture %d kept: %v", i, ok)
		}
	}
	if p.bytes != 200 {
		t.Errorf("%d bytes counted, want 200", p.bytes)
	}
}
