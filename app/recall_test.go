package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/office/people"
)

// TestRecallOnEveryPlatform: a bulletin that went out everywhere is taken back over the
// wire where that is possible, with a platform that fails at first, and declared void
// where it is not.
func TestRecallOnEveryPlatform(t *testing.T) {
	t.Parallel()
	c := newCounty(t, "2026-11-24 15:00")
	d := c.ding
	for _, layer := range []string{"办公室群", "机关中层群"} {
		d.want(d.sayIn("cid-"+layer, "dt1006", " /绑定群 "+layer), "本群已设为"+layer)
	}
	d.want(c.inRobotGroup("leaders", "wx1009", "@运转 /绑定群 委领导群"), "本群已设为委领导群")
	c.move("wecom", []people.ID{"J1019"}, func(people.ID) string { return "wx-J1019" })
	c.move("wechat", []people.ID{"J1018"}, func(people.ID) string { return "o-staff" })
	c.onWeChat("o-staff", "/我的") // it may be written to for a while
	d.want(d.say("dt1007", "/巡查 计财科 正常"), "巡查已登记")
	d.want(d.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 8:40"), "巡查已登记")
	d.want(d.say("dt1006", "/通报 发布"), "2026年第1期已发布，送 4 个群")
	for _, layer := range []string{"办公室群", "机关中层群"} {
		d.group(layer, "机关巡查信息")
	}
	c.webhookSays("机关职工群", "机关巡查信息")
	c.robotSays(func(s aibottest.Sent) bool { return s.Conv == "leaders" && strings.Contains(s.Text, "第1期") })
	c.accountSays("o-staff", "机关巡查信息")
	c.wecomSays("wx-J1019", 0)
	_, err := d.g.WaitSent(testContext(t), func(all []dingtalktest.Sent) bool { // the head
		return slices.ContainsFunc(all, func(s dingtalktest.Sent) bool {
			return s.Endpoint == dingtalktest.Users && slices.Contains(s.Users, "dt1017")
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	c.allSent() // the second part of what has two as well

	plan := d.say("dt1006", "/通报 撤回 第1期 人事科情况有误")
	d.want(plan, "能撤回", "钉钉 2 个群、1 条单聊", "企业微信 1 条单聊", "撤不回", "企业微信 1 个群", "企业微信智能机器人 1 个群", "微信公众号 1 条单聊")
	c.wecom.Fail(wecomtest.Recall, 1, wecomtest.Fault{Drop: true})
	d.g.Fail(dingtalktest.GroupRecall, 1, dingtalktest.Fault{Status: 500})
	d.want(d.say("dt1006", d.tap(plan, "确认撤回")), "2026年第1期已撤回")

	const line = "《机关巡查信息》第1期已撤回，请以重新发布的为准。"
	c.webhookSays("机关职工群", line)
	c.robotSays(func(s aibottest.Sent) bool { return s.Conv == "leaders" && strings.Contains(s.Text, line) })
	c.accountSays("o-staff", line)
	// The clock stands still. That the other group is done says that the first failure
	// is written down.
	if err := d.g.WaitCalls(testContext(t), dingtalktest.GroupRecall, 2); err != nil {
		t.Fatal(err)
	}
	c.at("15:05")
	result := d.group("办公室群", "撤不回")
	d.want(result, "2026年第1期：已从 2 个群、2 条单聊里撤回", "企业微信 1 个群", "微信公众号 1 条单聊", "企业微信智能机器人 1 个群")
	// The office's group has the paper, too.
	if got := d.g.Recalled(); len(got) != 4 {
		t.Errorf("DingTalk took back %+v", got)
	}
	// The text and the card with its button.
	if got := c.wecom.Recalled(); len(got) != 2 || !slices.Equal(got[0].Users, []string{"wx-J1019"}) {
		t.Errorf("WeCom took back %+v", got)
	}
	for _, s := range d.g.Sent() {
		if strings.Contains(s.Title+s.Text, line) {
			t.Errorf("declared void where it was taken back: %+v", s)
		}
	}

	d.want(d.say("dt1006", "/通报 发布"), "2026年第2期已发布")
	d.want(c.webhookSays("机关职工群", "2026年第2期"), "第1期已撤回，以本期为准。")
	c.nothingWrong()
}

// allSent waits until nothing is on its way any more.
func (c *county) allSent() {
	c.t.Helper()
	ctx := testContext(c.t)
	for {
		depth, _, err := c.app.outboxDepth()
		switch {
		case err != nil:
			c.t.Fatal(err)
		case depth == 0:
			return
		case ctx.Err() != nil:
			c.t.Fatalf("%d messages are still on their way", depth)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
