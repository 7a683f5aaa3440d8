package patrol

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// MaxPhotos is how many photos a finding has at most.
const MaxPhotos = 9

// photoWindow is how long after a finding a photo without a word belongs to it.
const photoWindow = 15 * time.Minute

// Photo says that somebody attached a photo to a finding. It is written with the
// message and never changed, so that it can be taken back; what became of the photo
// is an image, under the same key.
type Photo struct {
	No   uint64       `json:"no"` // never given out twice, whatever is taken back
	Book Book         `json:"book,omitempty"`
	Day  calendar.Day `json:"day"`
	Seq  int          `json:"seq"` // of the finding
	By   people.ID    `json:"by"`
	At   time.Time    `json:"at"`
}

// Key names the photo among all.
func (p Photo) Key() string { return fmt.Sprintf("%s/%08d", photoKey(p.Book, p.Day, p.Seq), p.No) }

// photoKey is what the keys of a finding's photos begin with.
func photoKey(b Book, day calendar.Day, seq int) string {
	if b == Offices {
		return key(day, seq)
	}
	return string(b) + "/" + key(day, seq)
}

// PhotoFile is what became of a photo: the file it is kept in, or nothing, when it
// could not be had.
type PhotoFile struct {
	Name   string    `json:"name,omitempty"` // hex SHA-256 and extension; "": not to be had
	Bytes  int64     `json:"bytes,omitempty"`
	Width  int       `json:"width,omitempty"`
	Height int       `json:"height,omitempty"`
	At     time.Time `json:"at"`
}

// latest is the finding that a photo without a word belongs to, by conversation and
// account.
type latest struct {
	Book  Book         `json:"book,omitempty"`
	Day   calendar.Day `json:"day"`
	Seq   int          `json:"seq"`
	At    time.Time    `json:"at"` // when the finding was recorded: its number may be given to another
	Until time.Time    `json:"until"`
}

var (
	photos     = store.NewTable("finding_photos", store.Schema[Photo]{Version: 1})
	photoFiles = store.NewTable("photo_files", store.Schema[PhotoFile]{Version: 1})
	latests    = store.NewTable("finding_latest", store.Schema[latest]{Version: 1, Private: true})
)

// Photos are the photos of a finding.
type Photos struct {
	Files   []PhotoFile // in the order in which they were attached, each content once
	Waiting int         // not brought from their platform yet
}

// Count is how many photos there are, those on their way included.
func (p Photos) Count() int { return len(p.Files) + p.Waiting }

// PhotosOf lists the photos of a finding.
func PhotosOf(tx *store.Tx, f Finding) (Photos, error) {
	var out Photos
	err := photos.Scan(tx, photoKey(f.Book, f.Day, f.Seq)+"/", func(k string, _ Photo) (bool, error) {
		file, ok, err := photoFiles.Get(tx, k)
		switch {
		case err != nil:
			return false, err
		case !ok:
			out.Waiting++
		case file.Name != "" && !slices.ContainsFunc(out.Files, func(o PhotoFile) bool { return o.Name == file.Name }):
			out.Files = append(out.Files, file)
		}
		return true, nil
	})
	return out, err
}

// Patrols says whether a person may record findings at present, on whatever unit.
func Patrols(tx *store.Tx, by people.Person) (bool, error) {
	if by.Has(people.Inspector, people.Office) {
		return true, nil
	}
	d, ok, err := duty.Of(tx, calendar.WeekOf(calendar.Day(tx.Today())))
	return ok && d.Has(by.ID), err
}

// MayAttach says whether a person may attach photos to a finding: whoever recorded
// it, until a bulletin holds it.
func MayAttach(by people.Person, f Finding) error {
	switch {
	case f.Published():
		return store.Errorf("这条记录已载入通报（%s），不能再附照片。", f.ID())
	case f.By != by.ID:
		return store.Errorf("这条记录不是您记的，照片请记录人附。")
	}
	return nil
}

// Attach attaches up to n photos to a finding, as many as there is room for, and
// returns them; their files come later.
func Attach(tx *store.Tx, by people.Person, f Finding, n int) ([]Photo, error) {
	if err := MayAttach(by, f); err != nil {
		return nil, err
	}
	there, err := PhotosOf(tx, f)
	if err != nil {
		return nil, err
	}
	var out []Photo
	for range min(n, max(0, MaxPhotos-there.Count())) {
		no, err := tx.Next("photo")
		if err != nil {
			return nil, err
		}
		p := Photo{No: no, Book: f.Book, Day: f.Day, Seq: f.Seq, By: by.ID, At: tx.Now()}
		if err := photos.Put(tx, p.Key(), p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// ListenForPhotos has photos that the account sends in the conversation in the next
// quarter of an hour belong to the finding.
func ListenForPhotos(tx *store.Tx, conv string, f Finding) error {
	return latests.Put(tx, conv, latest{Book: f.Book, Day: f.Day, Seq: f.Seq, At: f.At, Until: tx.Now().Add(photoWindow)})
}

// Listening finds the finding that a photo without a word belongs to, and that may
// still have one.
func Listening(tx *store.Tx, by people.Person, conv string) (Finding, bool, error) {
	l, ok, err := latests.Get(tx, conv)
	if err != nil || !ok || tx.Now().After(l.Until) {
		return Finding{}, false, err
	}
	f, ok, err := l.Book.table().Get(tx, key(l.Day, l.Seq))
	return f, ok && !f.Withdrawn && f.At.Equal(l.At) && MayAttach(by, f) == nil, err
}

// OfPhoto reads the photo of a key and its finding; false if either was taken back.
func OfPhoto(tx *store.Tx, k string) (Photo, Finding, bool, error) {
	p, ok, err := photos.Get(tx, k)
	if err != nil || !ok {
		return p, Finding{}, false, err
	}
	f, ok, err := p.Book.table().Get(tx, key(p.Day, p.Seq))
	return p, f, ok && !f.Withdrawn, err
}

// KeepPhoto says what became of a photo.
func KeepPhoto(tx *store.Tx, p Photo, file PhotoFile) error {
	file.At = tx.Now()
	return photoFiles.Put(tx, p.Key(), file)
}

// PhotoTakenBack checks a change of the table of photos that was just undone: a
// photo of a finding that a bulletin holds stays.
func PhotoTakenBack(tx *store.Tx, c store.Change) error {
	if c.Table != "finding_photos" {
		return nil
	}
	book, rest := Offices, c.Key
	if r, ok := strings.CutPrefix(c.Key, string(Schools)+"/"); ok {
		book, rest = Schools, r
	}
	i := strings.LastIndex(rest, "/") // before the number of the photo
	if i < 0 {
		return nil
	}
	f, ok, err := book.table().Get(tx, rest[:i])
	if err == nil && ok && f.Published() {
		err = store.Errorf("这条记录已载入通报（%s），照片不能再去掉。", f.ID())
	}
	return err
}

// MaySee says whether a person may see a finding's photos: whoever recorded it,
// inspectors, leaders and the office; once a bulletin holds it, those concerned and
// the heads of the unit, too.
func MaySee(who people.Person, f Finding) bool {
	if f.By == who.ID || who.Has(people.Inspector, people.Leader, people.Office) {
		return true
	}
	return f.Published() && (slices.Contains(f.Persons, who.ID) || who.Heads(f.Unit))
}

// PhotoNames hands out the names of the files that photos are kept in, the newest
// findings first, each name once.
func PhotoNames(tx *store.Tx) ([]string, error) {
	var names []string
	err := photoFiles.Scan(tx, "", func(_ string, f PhotoFile) (bool, error) {
		if f.Name != "" {
			names = append(names, f.Name)
		}
		return true, nil
	})
	slices.Reverse(names)
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(n string) bool {
		twice := seen[n]
		seen[n] = true
		return twice
	}), err
}

// PrunePhotos forgets what became of photos that were taken back, and whose photos
// are no longer waited for.
func PrunePhotos(tx *store.Tx) error {
	var goneFiles, goneLatests []string
	err := cmp.Or(
		photoFiles.Scan(tx, "", func(k string, _ PhotoFile) (bool, error) {
			_, ok, err := photos.Get(tx, k)
			if err == nil && !ok {
				goneFiles = append(goneFiles, k)
			}
			return true, err
		}),
		latests.Scan(tx, "", func(k string, l latest) (bool, error) {
			if tx.Now().After(l.Until) {
				goneLatests = append(goneLatests, k)
			}
			return true, nil
		}),
	)
	for _, k := range goneFiles {
		if err == nil {
			err = photoFiles.Delete(tx, k)
		}
	}
	for _, k := range goneLatests {
		if err == nil {
			err = latests.Delete(tx, k)
		}
	}
	return err
}
