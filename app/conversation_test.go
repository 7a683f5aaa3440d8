package app

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk/dingtalktest"
)

// desk is a test that speaks as people of the county through DingTalk's wire
// protocol and reads what the bot says there.
type desk struct {
	t    *testing.T
	g    *dingtalktest.Gateway
	read int // how much of Sent was looked at
}

// say sends a line in a person's direct chat and waits for the answer.
func (d *desk) say(staff, text string) string {
	d.t.Helper()
	return d.push(dingtalktest.Callback{Conv: "dm-" + staff, StaffID: staff, Text: text})
}

// sayIn sends a line in a group.
func (d *desk) sayIn(group, staff, text string) string {
	d.t.Helper()
	return d.push(dingtalktest.Callback{Conv: group, Group: true, Title: group, StaffID: staff, Text: text})
}

func (d *desk) push(cb dingtalktest.Callback) string {
	d.t.Helper()
	ack, err := d.g.Push(d.t.Context(), cb)
	if err != nil || !ack.OK() {
		d.t.Fatalf("%s: ack %+v, %v", cb.Text, ack, err)
	}
	return d.next(func(s dingtalktest.Sent) bool { return s.Endpoint == dingtalktest.Reply && s.Conv == cb.Conv })
}

// next waits for something that was said since the last call.
func (d *desk) next(is func(dingtalktest.Sent) bool) string {
	d.t.Helper()
	text := ""
	sent, err := d.g.WaitSent(testContext(d.t), func(all []dingtalktest.Sent) bool {
		for _, s := range all[d.read:] {
			if is(s) {
				text = s.Title + "\n" + s.Text
				return true
			}
		}
		return false
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.read = len(sent)
	return text
}

var sendLink = regexp.MustCompile(`\[([^\]]*)\]\(dtmd://dingtalkclient/sendMessage\?content=([^)]*)\)`)

// tap finds what a tap on a label of a message would send.
func (d *desk) tap(message, label string) string {
	d.t.Helper()
	for _, m := range sendLink.FindAllStringSubmatch(message, -1) {
		if strings.Contains(m[1], label) {
			line, err := url.QueryUnescape(m[2])
			if err != nil {
				d.t.Fatal(err)
			}
			return line
		}
	}
	d.t.Fatalf("nothing to tap called %q in\n%s", label, message)
	return ""
}

func (d *desk) want(got string, parts ...string) {
	d.t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			d.t.Errorf("no %q in\n%s", p, got)
		}
	}
}

// TestAConversationOverDingTalk runs through attendance, a survey, a draft and a
// published bulletin over the stand-in gateway.
func TestAConversationOverDingTalk(t *testing.T) {
	t.Parallel()
	start, base := time.Now(), time.Date(2026, 11, 23, 0, 50, 0, 0, time.UTC) // a Monday, 8:50 in Shanghai
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	a := dingtalkApp(t, g, func() time.Time { return base.Add(time.Since(start)) })
	runApp(t, a, g)
	d := &desk{t: t, g: g}

	t.Log("groups")
	for _, layer := range []string{"办公室群", "机关中层群", "委领导群"} {
		d.want(d.sayIn("cid-"+layer, "dt1006", " /绑定群 "+layer), "本群已设为"+layer)
	}
	d.want(d.sayIn("cid-办公室群", "dt1018", " /绑定群 办公室群"), "没有", "权限")

	t.Log("attendance")
	got := d.say("dt1017", "／考勤　缺 金国兰（病假）、卢涵贵(公差)")
	d.want(got, "人事科 11月23日考勤已登记", "应到 6　实到 4", "病假 1：金国兰")
	d.want(d.say("dt1017", d.tap(got, "改为全勤")), "实到 6", "替换了")
	d.want(d.say("dt1017", "撤回"), "已撤回")
	d.want(d.say("dt1017", "/考勤 缺 薛涵明"), "不是人事科的人", "例：")
	d.want(d.say("dt1006", "/考勤 查"), "1/16 个单位已报", "计财科")

	t.Log("survey")
	preview := d.say("dt1006", "/问卷 发 教育管理意见征集 校长 三天")
	d.want(preview, "教育管理意见征集")
	d.want(d.say("dt1006", d.tap(preview, "确认")), "S1")
	invitation := ""
	for _, s := range g.Sent() {
		if s.Endpoint == dingtalktest.Users && strings.Contains(s.Title+s.Text, "教育管理意见征集") {
			invitation = s.Title + "\n" + s.Text
		}
	}
	if invitation == "" {
		invitation = d.next(func(s dingtalktest.Sent) bool { return s.Endpoint == dingtalktest.Users })
	}
	d.want(invitation, "教育管理意见征集", "不记名")
	principal := principalAccount(t, a)
	d.want(d.say(principal, "/答 1 1A 3BD 4:4 5:5"), "教育管理意见征集")
	d.want(d.say("dt1006", "/问卷 进度 1"), "1/")

	t.Log("draft")
	d.want(d.say("dt1018", "/文稿 新 关于做好冬季校园安全工作的通知 期限 周五"), "W2026-001", "拟稿")
	if ack, err := g.Push(t.Context(), dingtalktest.Callback{Conv: "dm-dt1018", StaffID: "dt1018", Text: "/文稿 交 1"}); err != nil || !ack.OK() {
		t.Fatal(ack, err)
	}
	handed := d.next(func(s dingtalktest.Sent) bool {
		return s.Endpoint == dingtalktest.Users && len(s.Users) == 1 && s.Users[0] == "dt1017"
	})
	d.want(handed, "W2026-001", "请审核")
	d.want(d.say("dt1020", "/文稿 查 安全"), "周一", "科室审核")

	t.Log("patrol and bulletin")
	d.want(d.say("dt1007", "/巡查 计财科 正常"), "巡查已登记")
	d.want(d.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 8:40 未履行请假手续"), "卢涵贵登记为公差。没有记。")
	d.want(d.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 8:40 未履行请假手续 照记"), "巡查已登记")
	d.want(d.say("dt1007", "/巡查 办公室 正常"), "所在的单位")
	d.want(d.say("dt1006", "/通报 预览"), "2026年第1期", "卢涵贵")
	if err := a.scheduler.Fire(t.Context(), "bulletin", time.Time{}); err != nil {
		t.Fatal(err)
	}
	public := d.group("机关中层群", "机关巡查信息")
	d.want(public, "2026年第1期", "人事科", "1 人")
	if strings.Contains(public, "卢涵贵") {
		t.Errorf("the public form names the person:\n%s", public)
	}
	d.want(d.group("委领导群", "机关巡查信息"), "卢涵贵")
	d.want(d.say("dt1006", "/通报 发布"), "已经发布")
	if err := a.scheduler.Fire(t.Context(), "digest", time.Time{}); err != nil {
		t.Fatal(err)
	}
	d.want(d.group("办公室群", "办公室日报"), "考勤", "第1期", "问卷", "文稿")
	if _, err := a.store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// group waits for a push to a group.
func (d *desk) group(layer, title string) string {
	d.t.Helper()
	text := ""
	_, err := d.g.WaitSent(testContext(d.t), func(all []dingtalktest.Sent) bool {
		text = ""
		for _, s := range all {
			if s.Endpoint == dingtalktest.Group && s.Conv == "cid-"+layer && strings.Contains(s.Title+s.Text, title) {
				text += fmt.Sprintln(s.Title, s.Text)
			}
		}
		return text != ""
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}
