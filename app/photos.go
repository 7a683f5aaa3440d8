package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"yunzhuan/internal/config"
	"yunzhuan/office/patrol"
	"yunzhuan/office/photo"
	"yunzhuan/store"
)

// photoFolder is the folder of photos, beside the store.
func photoFolder(cfg *config.Config) (*photo.Folder, error) {
	path, err := storePath(cfg)
	if err != nil {
		return nil, err
	}
	return photo.Open(filepath.Join(filepath.Dir(path), "photos")), nil
}

// strayTime is how long a file stays in the folder of photos to which no record
// refers, from when this process first saw it so: it may be about to be recorded,
// and whoever has restored an older store has a day to put it right.
const strayTime = 24 * time.Hour

// strays are the files to which no record refers, and since when that is known.
type strays map[string]time.Time

// old says whether a file may go.
func (s strays) old(name string, refers bool, now time.Time) bool {
	since, known := s[name]
	switch {
	case refers:
		delete(s, name)
	case !known:
		s[name] = now
	}
	return !refers && known && now.Sub(since) >= strayTime
}

// sweepPhotos removes files to which no finding refers any more.
func (a *app) sweepPhotos(ctx context.Context, s strays, now time.Time) error {
	refers := map[string]bool{}
	err := a.store.View(ctx, func(tx *store.Tx) error {
		clear(refers)
		names, err := patrol.PhotoNames(tx)
		for _, n := range names {
			refers[n] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	n, err := a.photos.Sweep(now.Add(-strayTime), func(name string) bool { return s.old(name, refers[name], now) })
	if n > 0 {
		a.log.Info("stray photos removed", "files", n)
	}
	return err
}

// photoStatus is what check learns of the photos.
type photoStatus struct {
	All     int // files that findings refer to
	Checked int // the newest of them, as many as there was time for
	Missing int
	Changed int
	Waiting int // not brought from their platform yet
}

// photoCheckTime bounds how long photos are compared with their names.
const photoCheckTime = 5 * time.Second

// checkPhotos compares the photos with their names, the newest first.
func checkPhotos(ctx context.Context, folder *photo.Folder, names []string) (st photoStatus, err error) {
	ctx, cancel := context.WithTimeout(ctx, photoCheckTime)
	defer cancel()
	st.All = len(names)
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		switch err := folder.Check(name); {
		case errors.Is(err, photo.ErrMissing):
			st.Missing++
		case errors.Is(err, photo.ErrChanged):
			st.Changed++
		case err != nil:
			return st, err
		}
		st.Checked++
	}
	return st, nil
}

func (u *checkup) photos(st photoStatus) {
	if st.All == 0 && st.Waiting == 0 {
		return
	}
	what := fmt.Sprintf("%d 张", st.All)
	switch {
	case st.Checked < st.All:
		what += fmt.Sprintf("，核对了最近的 %d 张", st.Checked)
	case st.All > 0:
		what += "，全部核对过"
	}
	if st.Waiting > 0 {
		what += fmt.Sprintf("，还有 %d 张在取", st.Waiting)
	}
	if st.Missing+st.Changed == 0 {
		u.ok("照片", "%s", what)
		return
	}
	u.warn("照片", "%s：%d 张的文件不在，%d 张的内容变了。请从备份里把数据旁边的 photos 文件夹补回来", what, st.Missing, st.Changed)
}
