package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// TestReadOnlyFolder has the binary run as somebody who may not write there.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "readonly") // which, unlike t.TempDir, everybody may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // left over, it harms no test
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		arg    string
		prints []string
	}{
		"check": {"check", []string{"不对　磁盘　没有权限。", ". 里写不了", "有 1 项不对。"}},
		"serve": {"serve", []string{"没有权限。请把文件夹和文件交给运行本程序的用户（chown）"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := inShell(t, dir, demoEnv(), "sh", "-c", "exec /proc/self/fd/3 "+test.arg)
			runAsNobody(cmd)
			code, printed := finishCommand(testContext(t), t, cmd)
			if code != exitFail {
				t.Errorf("exit code %d", code)
			}
			wantAll(t, printed, test.prints...)
		})
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("in the folder: %v, %v", files, err)
	}
}

// TestFullDisk has the store on a small disk of its own.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	disk := filepath.Join(dir, "data")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		size, args string
		code       int
		prints     []string
	}{
		"little left": {"500m", "check", exitOK, []string{"提醒　磁盘　data 只剩", "检查通过。"}},
		"none left":   {"60m", "check", exitFail, []string{"不对　磁盘　data 只剩", "请清理磁盘，否则新消息将无法记录", "有 1 项不对。"}},
		"full":        {"16k", "serve", exitFail, []string{"磁盘满了。请清出空间再试，已存的数据没有丢。"}},
	} {
		t.Run(name, func(t *testing.T) {
			script := `mount -t tmpfs -o size=` + test.size + ` none data && exec /proc/self/fd/3 ` + test.args
			code, printed := inMounts(t, dir, demoEnv(), script)
			if code != test.code {
				t.Errorf("exit code %d", code)
			}
			wantAll(t, printed, test.prints...)
		})
	}
}

// TestReadOnlyDisk has the folder on a disk that is mounted so.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeSample(t, dir)
	if code, printed := yunzhuan(t, dir, demoEnv(), "people", "import", "people.csv"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, printed)
	}
	for _, arg := range []string{"check", "serve"} {
		code, printed := inMounts(t, dir, demoEnv(), `mount --bind data data && mount -o remount,ro,bind data && exec /proc/self/fd/3 `+arg)
		if code != exitFail {
			t.Errorf("%s: exit code %d", arg, code)
		}
		wantAll(t, printed, "read-only")
	}
}

// inShell is a command that runs a shell, for which the binary is
// /proc/self/fd/3: the path of the test binary need not be open to everybody.
func inShell(t *testing.T, dir string, env []string, shell ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = binary.Close() }) // was only read
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = dir, childEnv(env), []*os.File{binary}
	return cmd
}

// inMounts runs a shell script in a mount namespace of its own.
func inMounts(t *testing.T, dir string, env []string, script string) (code int, printed string) {
	t.Helper()
	shell := []string{"unshare", "--mount", "sh", "-c", script}
	if os.Geteuid() != 0 {
		shell = slices.Insert(shell, 1, "--map-root-user")
	}
	code, printed = finishCommand(testContext(t), t, inShell(t, dir, env, shell...))
	if strings.Contains(printed, "unshare: ") {
		t.Skipf("needs a mount namespace: run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1): %s", printed)
	}
	return code, printed
}
