package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk/dingtalktest"
)

// TestCheckCredentials tries them at the platform, and compares the clocks.
func TestCheckCredentials(t *testing.T) {
	t.Parallel()
	wrong := dingtalktest.Fault{Status: http.StatusBadRequest, Body: `{"code":"invalidClientIdOrSecret","message":"wrong"}`}
	token := `{"accessToken":"at","expireIn":7200}`
	for name, test := range map[string]struct {
		fault  *dingtalktest.Fault
		code   int
		prints []string
	}{
		"good":            {nil, exitOK, []string{"正常　凭证 dingtalk　登录成功", "正常　时钟　与平台一致", "正常　名册　", " 393 人", "检查通过。"}},
		"wrong secret":    {&wrong, exitFail, []string{"不对　凭证 dingtalk", "invalidClientIdOrSecret", "请核对应用的凭证", "有 1 项不对。"}},
		"nobody answers":  {&dingtalktest.Fault{Drop: true}, exitFail, []string{"不对　凭证 dingtalk", "能否访问平台的接口"}},
		"another clock":   {&dingtalktest.Fault{Body: token, Header: http.Header{"Date": {"Mon, 23 Nov 2020 01:00:00 GMT"}}}, exitFail, []string{"不对　时钟　本机与平台相差", "timedatectl"}},
		"no clock at all": {&dingtalktest.Fault{Body: token, Header: http.Header{"Date": {"-"}}}, exitOK, []string{"没有平台可以对时", "检查通过。"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := dingtalktest.New()
			t.Cleanup(g.Close)
			if test.fault != nil {
				g.Fail(dingtalktest.Token, -1, *test.fault)
			}
			dir := t.TempDir()
			writeSample(t, dir)
			code, printed := yunzhuan(t, dir, gatewayEnv(dir, g), "check")
			if code != test.code {
				t.Errorf("exit code %d", code)
			}
			wantAll(t, printed, test.prints...)
			if strings.Contains(printed, g.ClientSecret) {
				t.Error("the client secret is printed")
			}
			if g.Calls(dingtalktest.Open) > 0 || len(g.Sent()) > 0 {
				t.Error("checking connects or says something")
			}
		})
	}
}

func wantAll(t testing.TB, printed string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(printed, want) {
			t.Errorf("want %q in:\n%s", want, printed)
		}
	}
}

// TestCheckConnection finds a running bot that has lost its platform.
func TestCheckConnection(t *testing.T) {
	t.Parallel()
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	dir := t.TempDir()
	writeSample(t, dir)
	env := gatewayEnv(dir, g)
	_, addr := startReady(t, dir, env...)
	if code, printed := yunzhuan(t, dir, env, "check"); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
	g.Fail(dingtalktest.Open, -1, dingtalktest.Fault{Status: http.StatusServiceUnavailable})
	g.DropConnections()
	if err := g.WaitConnected(testContext(t), 0); err != nil {
		t.Fatal(err)
	}
	for strings.Contains(fetch(t, addr, "/readyz"), `"ready":true`) {
		time.Sleep(time.Millisecond) // it sees so for itself, in its own time
	}
	code, printed := yunzhuan(t, dir, env, "check")
	if code != exitFail {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "服务正在运行", "不对　连接　dingtalk 没有连上")
}
