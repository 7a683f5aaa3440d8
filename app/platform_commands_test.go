package app

import (
	"slices"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/office/people"
)

// TestPeopleSync brings WeCom's address book into the directory: shown first, then
// done.
func TestPeopleSync(t *testing.T) {
	t.Parallel()
	p := wecomtest.New()
	t.Cleanup(p.Close)
	dir := t.TempDir()
	writeSample(t, dir)
	env := slices.Concat(filesEnv(dir), wecomEnv(p))
	if code, printed := yunzhuan(t, dir, env, "people", "import", "people.csv"); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	p.SetContacts(contactsOfSample(t))
	code, printed := yunzhuan(t, dir, env, "people", "sync", "--dry-run")
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wants := []string{"新增 1，变动 1，离开 1", "新增：XIN 新来的", "（职务）", "只是预演"}
	wantAll(t, printed, append(wants, "个部门")...)
	if code, printed = yunzhuan(t, dir, env, "people", "sync"); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "新增：XIN 新来的", "已导入。")
	if _, printed = yunzhuan(t, dir, env, "people", "sync"); !strings.Contains(printed, "名册没有变化") {
		t.Errorf("once more:\n%s", printed)
	}
	p.Fail(wecomtest.Departments, -1, wecomtest.Refusal(60011))
	if code, printed = yunzhuan(t, dir, env, "people", "sync"); code != exitFail || strings.Contains(printed, p.Secret) {
		t.Errorf("refused: exit code %d:\n%s", code, printed)
	}
	wantAll(t, printed, "读企业微信通讯录", "60011")
	if code, printed = yunzhuan(t, dir, filesEnv(dir), "people", "sync"); code != exitUsage {
		t.Errorf("without WeCom: exit code %d:\n%s", code, printed)
	}
}

// contactsOfSample is the address book of the sample county: one has left, one has
// another post, one is new.
func contactsOfSample(t *testing.T) ([]wecom.Department, []wecom.User) {
	t.Helper()
	rows, err := people.ParseFile("people.csv", people.SampleCSV())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{"县教委": 1}
	depts := []wecom.Department{{ID: 1, Name: "县教委"}}
	var users []wecom.User
	for _, r := range rows {
		account := r.Person.Accounts["wecom"]
		if account == "" {
			continue
		}
		id := ids[r.Person.Unit]
		if id == 0 {
			id = len(ids) + 1
			ids[r.Person.Unit] = id
			depts = append(depts, wecom.Department{ID: id, Name: r.Person.Unit, Parent: 1})
		}
		// The platform does not give telephone numbers to most applications.
		users = append(users, wecom.User{ID: chat.UserID(account), Name: r.Person.Name, Departments: []int{id}, Position: r.Person.Post, Status: wecom.UserActive})
	}
	users[0].Position = "一级调研员"
	users[1].Status = wecom.UserLeft
	users = append(users, wecom.User{ID: "xin", Name: "新来的", Departments: []int{ids["人事科"]}, Status: wecom.UserActive})
	return depts, users
}

// TestWeComGroup makes a group of a layer, shown first, and binds it.
func TestWeComGroup(t *testing.T) {
	t.Parallel()
	p := wecomtest.New()
	t.Cleanup(p.Close)
	dir := t.TempDir()
	writeSample(t, dir)
	env := slices.Concat(filesEnv(dir), wecomEnv(p))
	if code, printed := yunzhuan(t, dir, env, "people", "import", "people.csv"); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	code, printed := yunzhuan(t, dir, env, "wecom", "group", "校长群", "--dry-run")
	if code != exitOK || p.Calls(wecomtest.ChatCreate) != 0 {
		t.Errorf("dry run: exit code %d, %d calls", code, p.Calls(wecomtest.ChatCreate))
	}
	wantAll(t, printed, "校长群　", "孔强", "只是预演")
	if code, printed = yunzhuan(t, dir, env, "wecom", "group", "校长", "--owner", "j1146"); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "已设为校长群")
	if _, printed = yunzhuan(t, dir, env, "wecom", "group", "校长群"); !strings.Contains(printed, "以前建过") {
		t.Errorf("once more:\n%s", printed)
	}
	for args, want := range map[string]string{
		"厨师群":               "没有“厨师群”这种群",
		"校长群 --owner J1017": "J1017 不在这些人里",
	} {
		code, printed := yunzhuan(t, dir, env, append([]string{"wecom", "group"}, strings.Fields(args)...)...)
		if code != exitUsage {
			t.Errorf("%s: exit code %d", args, code)
		}
		wantAll(t, printed, want)
	}
}

// TestWeChatMenu shows the menu, and sets it only when told to.
func TestWeChatMenu(t *testing.T) {
	t.Parallel()
	srv := wechattest.New()
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	env := slices.Concat(filesEnv(dir), accountEnv(srv))
	code, printed := yunzhuan(t, dir, env, "wechat", "menu")
	if code != exitOK || srv.Calls(wechattest.MenuCreate) != 0 {
		t.Errorf("exit code %d, %d calls", code, srv.Calls(wechattest.MenuCreate))
	}
	wantAll(t, printed, "（没有）", "我的　/我的", "填问卷　/问卷", "只是预演")
	if code, printed = yunzhuan(t, dir, env, "wechat", "menu", "--publish"); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "已换上")
	if _, printed = yunzhuan(t, dir, env, "wechat", "menu"); strings.Contains(printed, "（没有）") {
		t.Errorf("afterwards:\n%s", printed)
	}
}

// TestCheckEveryPlatform tries the credentials of each.
func TestCheckEveryPlatform(t *testing.T) {
	t.Parallel()
	p, srv, robot := wecomtest.New(), wechattest.New(), aibottest.New()
	t.Cleanup(func() { p.Close(); srv.Close(); robot.Close() })
	dir := t.TempDir()
	writeSample(t, dir)
	env := slices.Concat(filesEnv(dir), wecomEnv(p), accountEnv(srv), robotEnv(robot))
	code, printed := yunzhuan(t, dir, env, "check")
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "正常　凭证 wecom　", "正常　凭证 wechat　", "正常　凭证 wecom_aibot　", "检查通过。")
	if robot.Subscriptions() != 0 {
		t.Error("checking has taken the robot's connection from the bot that runs")
	}
	p.Fail(wecomtest.Token, -1, wecomtest.Refusal(40001))
	srv.Fail(wechattest.StableToken, -1, wechattest.Fault{Body: `{"errcode":40164,"errmsg":"invalid ip 203.0.113.9"}`})
	code, printed = yunzhuan(t, dir, env, "check")
	if code != exitFail {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "不对　凭证 wecom　", "40001", "不对　凭证 wechat　", "40164", "有 2 项不对。")
	for _, secret := range []string{p.Secret, srv.AppSecret, robot.Secret} {
		if strings.Contains(printed, secret) {
			t.Error("a secret is printed")
		}
	}
}
