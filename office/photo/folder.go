// Package photo keeps pictures that people sent as files in a folder beside the
// store, each under the SHA-256 of its content. A file is written once, whole or
// not at all, and never changed.
package photo

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what is kept
	_ "image/png"  // what is kept
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"yunzhuan/store"
)

// What a picture may be.
const (
	MaxBytes = 10 << 20
	MaxSide  = 12_000 // pixels
)

// Image is a picture that is kept.
type Image struct {
	Name   string // of its file: the hex SHA-256 of the content, and .jpg or .png
	Bytes  int64
	Width  int
	Height int
}

// Folder is where pictures are kept. Its methods may be called from any goroutine.
type Folder struct {
	dir string
	mu  sync.Mutex // held while a file is put in its place, and while one is removed
}

// Open makes a Folder of a directory, which comes into being with the first
// picture.
func Open(dir string) *Folder { return &Folder{dir: dir} }

// nameOf is what the name of a kept picture looks like.
var nameOf = regexp.MustCompile(`^[0-9a-f]{64}\.(jpg|png)$`)

const tempPrefix = ".new-"

// path is where a picture is, or would be; the names come from records.
func (f *Folder) path(name string) (string, error) {
	if !nameOf.MatchString(name) {
		return "", fmt.Errorf("not a picture's name: %.80q", name)
	}
	return filepath.Join(f.dir, name[:2], name), nil
}

// Keep reads a picture and keeps it. A content that is no picture, or too large a
// one, is the user's mistake; it is not read further than that takes. The same
// content twice is one file.
func (f *Folder) Keep(content io.Reader) (Image, error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return Image{}, fmt.Errorf("make folder of photos: %w", err)
	}
	tmp, err := os.CreateTemp(f.dir, tempPrefix+"*") // mode 0600
	if err != nil {
		return Image{}, fmt.Errorf("keep photo: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is gone already if all went well
	img, err := copyImage(tmp, content)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return Image{}, fmt.Errorf("keep photo: %w", err)
	}
	path, err := f.path(img.Name)
	if err != nil {
		return Image{}, err
	}
	return img, f.place(tmp.Name(), path)
}

// place puts a file that is complete in its place. One that is there already is
// replaced, which makes it a fresh one for Sweep.
func (f *Folder) place(tmp, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep photo: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("keep photo: %w", err)
	}
	for _, dir := range []string{filepath.Dir(path), f.dir} {
		if err := syncDir(dir); err != nil {
			return fmt.Errorf("keep photo: %w", err)
		}
	}
	return nil
}

// copyImage copies a picture, checks it and names it by its content.
func copyImage(to *os.File, content io.Reader) (Image, error) {
	r := bufio.NewReaderSize(content, 512)
	ext, err := typeOf(r)
	if err != nil {
		return Image{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return Image{}, err
	case n > MaxBytes:
		return Image{}, store.Errorf("照片超过 %d MB。", MaxBytes>>20)
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return Image{}, err
	}
	cfg, format, err := image.DecodeConfig(to)
	switch {
	case err != nil || format != formats[ext]:
		return Image{}, store.Errorf("照片打不开，可能没有传完整。")
	case cfg.Width < 1 || cfg.Height < 1 || cfg.Width > MaxSide || cfg.Height > MaxSide:
		return Image{}, store.Errorf("照片太大（%d×%d），每边不能超过 %d 像素。", cfg.Width, cfg.Height, MaxSide)
	}
	return Image{Name: hex.EncodeToString(sum.Sum(nil)) + ext, Bytes: n, Width: cfg.Width, Height: cfg.Height}, nil
}

// formats are the kinds of picture, by the end of their names.
var formats = map[string]string{".jpg": "jpeg", ".png": "png"}

// typeOf tells a picture by how it begins, not by what it is called.
func typeOf(r *bufio.Reader) (ext string, err error) {
	head, err := r.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	switch s := string(head); {
	case strings.HasPrefix(s, "\xff\xd8\xff"):
		return ".jpg", nil
	case s == "\x89PNG\r\n\x1a\n":
		return ".png", nil
	}
	return "", store.Errorf("只收 JPEG 和 PNG 格式的照片。")
}

// Read reads a picture.
func (f *Folder) Read(name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Errors of Check.
var (
	ErrMissing = errors.New("missing")
	ErrChanged = errors.New("changed")
)

// Check reads a picture's file and compares it with its name: ErrMissing, or
// ErrChanged.
func (f *Folder) Check(name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case err != nil:
		return fmt.Errorf("check photo: %w", err)
	}
	defer func() { _ = file.Close() }() // was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("check photo: %w", err)
	}
	if !strings.HasPrefix(name, hex.EncodeToString(sum.Sum(nil))) {
		return ErrChanged
	}
	return nil
}

// Sweep removes the pictures that may go, and what was not written to its end, of
// what was written before a time. It asks of every picture whether it may go, and
// returns how many files went.
func (f *Folder) Sweep(before time.Time, mayGo func(name string) bool) (int, error) {
	n := 0
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // no folder yet, or gone meanwhile
		case err != nil:
			return err
		}
		ours := nameOf.MatchString(d.Name()) && mayGo(d.Name()) || strings.HasPrefix(d.Name(), tempPrefix)
		if d.IsDir() || !ours { // what somebody else put there stays
			return nil
		}
		gone, err := f.remove(path, before)
		if gone {
			n++
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("sweep photos: %w", err)
	}
	return n, nil
}

// remove removes a file, unless it was written since.
func (f *Folder) remove(path string, before time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.ModTime().Before(before):
		return false, nil
	}
	return true, os.Remove(path)
}
