package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

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

// runAsNobody takes root's rights from a command: root may write everywhere.
func runAsNobody(cmd *exec.Cmd) {
	const nobody = 65534
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
