package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"yunzhuan/store/bolt"
)

// backupName is the file of a backup made at t.
func backupName(t time.Time) string { return "yunzhuan-" + t.Format("20060102-150405") + ".db" }

var isBackup = regexp.MustCompile(`^yunzhuan-\d{8}-\d{6}\.db$`)

// dailyBackup copies the store into the folder of backups and removes the oldest
// beyond those that are kept.
func (a *app) dailyBackup(context.Context) error {
	dir := a.cfg.Backups.Dir
	if err := bolt.Backup(a.store.db, filepath.Join(dir, backupName(a.store.Now()))); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list backups: %w", err)
	}
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return !isBackup.MatchString(f.Name()) })
	for _, old := range files[:max(0, len(files)-a.cfg.Backups.Keep)] { // by name, hence by age
		if err := os.Remove(filepath.Join(dir, old.Name())); err != nil {
			return fmt.Errorf("remove old backup: %w", err)
		}
	}
	return nil
}
