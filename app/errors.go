package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"yunzhuan/cron"
	"yunzhuan/internal/control"
	"yunzhuan/store/bolt"
)

// usageError is a fault in how the program was called or configured.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errSilent ends with exit code 1 and says nothing more: the reason was printed.
var errSilent = errors.New("failed")

// errNoStore is what a command fails with that needs a store where there is none.
var errNoStore = errors.New("no store file")

// remedies say of an error of the program what whoever runs it can do.
var remedies = []struct {
	err  error
	text string
}{
	{bolt.ErrLocked, "数据文件正被另一个进程使用：是不是已经有一个运转在运行？请先停止它。"},
	{control.ErrRunning, "已经有一个运转在使用这份数据。"},
	{bolt.ErrCorrupt, "数据文件损坏，或者不是本程序的数据；没有改动它。请用 yunzhuan restore 恢复最近的备份。"},
	{bolt.ErrFull, "磁盘满了。请清出空间再试，已存的数据没有丢。"},
	{bolt.ErrFailed, "写磁盘时出错。请检查磁盘，再重新启动。"},
	{errNoStore, "这里还没有数据。请检查 store 设置和当前目录；第一次启动服务时会建立。"},
	{cron.ErrAlreadyFired, "这个时刻的任务已经执行过，没有再执行。"},
	{context.Canceled, "已中断，没有做完。"},
	{fs.ErrNotExist, "文件不存在。"},
	{fs.ErrPermission, "没有权限。请把文件夹和文件交给运行本程序的用户（chown），或换成它的主人来运行。"},
}

// explain is an error for whoever runs the program: what to do, then the error as
// it is. A user's mistake needs no more words than its own.
func explain(err error) string {
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return fmt.Sprintf("%s\n（%v）", r.text, err)
		}
	}
	return err.Error()
}
