package photo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"yunzhuan/office/photo"
	"yunzhuan/store"
)

func encoded(t *testing.T, w, h int, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := encode(&buf, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func jpegOf(t *testing.T, w, h int) []byte {
	return encoded(t, w, h, func(to io.Writer, i image.Image) error { return jpeg.Encode(to, i, nil) })
}

func pngOf(t *testing.T, w, h int) []byte { return encoded(t, w, h, png.Encode) }

// vast is a PNG that says it has w×h pixels; there are none.
func vast(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, 8, 0, 0, 0, 0)
	raw := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(head))
}

func TestKeep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	f := photo.Open(dir)
	for name, data := range map[string][]byte{".jpg": jpegOf(t, 64, 48), ".png": pngOf(t, 64, 48)} {
		for range 2 { // the same content twice is one file
			img, err := f.Keep(iotest.OneByteReader(bytes.NewReader(data)))
			sum := sha256.Sum256(data)
			if want := hex.EncodeToString(sum[:]) + name; err != nil || img.Name != want || img.Width != 64 || img.Height != 48 || img.Bytes != int64(len(data)) {
				t.Fatalf("kept as %+v, %v", img, err)
			}
			path := filepath.Join(dir, img.Name[:2], img.Name)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
			if got, err := f.Read(img.Name); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if err := f.Check(img.Name); err != nil {
				t.Errorf("check: %v", err)
			}
		}
	}
	for _, d := range []string{dir, filepath.Join(dir, "00")} {
		if info, err := os.Stat(d); err == nil && runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			t.Errorf("folder %s has mode %v", d, info.Mode())
		}
	}
	if files := count(t, dir); files != 2 {
		t.Errorf("%d files", files)
	}
}

// count counts the files below a folder.
func count(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := photo.Open(dir)
	large := append(jpegOf(t, 8, 8), make([]byte, photo.MaxBytes)...)
	for name, c := range map[string]struct {
		content io.Reader
		want    string // "": our own failure
	}{
		"a GIF":             {strings.NewReader("GIF89a\x01\x00\x01\x00"), "只收 JPEG 和 PNG 格式的照片。"},
		"a page":            {strings.NewReader("<html>expired</html>"), "只收 JPEG 和 PNG 格式的照片。"},
		"nothing":           {strings.NewReader(""), "只收 JPEG 和 PNG 格式的照片。"},
		"cut in the head":   {bytes.NewReader(jpegOf(t, 8, 8)[:20]), "照片打不开，可能没有传完整。"},
		"one that lies":     {strings.NewReader("\xff\xd8\xff and text"), "照片打不开，可能没有传完整。"},
		"too large":         {bytes.NewReader(large), "照片超过 10 MB。"},
		"endless":           {io.MultiReader(bytes.NewReader(jpegOf(t, 8, 8)), endless{}), "照片超过 10 MB。"},
		"too many pixels":   {bytes.NewReader(vast(12_001, 10)), "照片太大（12001×10），每边不能超过 12000 像素。"},
		"a broken download": {io.MultiReader(bytes.NewReader(jpegOf(t, 8, 8)), iotest.ErrReader(errors.New("broken"))), ""},
	} {
		_, err := f.Keep(c.content)
		var mistake *store.UserError
		if errors.As(err, &mistake) != (c.want != "") || err == nil || mistake != nil && mistake.Text != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := photo.Open(dir)
	img, err := f.Keep(bytes.NewReader(jpegOf(t, 8, 8)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, img.Name[:2], img.Name)
	if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(img.Name); !errors.Is(err, photo.ErrChanged) {
		t.Errorf("changed: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(img.Name); !errors.Is(err, photo.ErrMissing) {
		t.Errorf("missing: %v", err)
	}
	for _, name := range []string{"../../etc/passwd", "", strings.Repeat("a", 64) + ".exe"} {
		if _, err := f.Read(name); err == nil {
			t.Errorf("read %q", name)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	f := photo.Open(dir)
	if n, err := f.Sweep(time.Now(), func(string) bool { return true }); n != 0 || err != nil {
		t.Errorf("without a folder: %d, %v", n, err)
	}
	var names []string
	for side := 1; side <= 3; side++ {
		img, err := f.Keep(bytes.NewReader(jpegOf(t, 8*side, 8)))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, img.Name)
	}
	mine, torn := filepath.Join(dir, "README"), filepath.Join(dir, ".new-123")
	for _, file := range []string{mine, torn} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, file := range []string{mine, torn, path(dir, names[0]), path(dir, names[1])} {
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	n, err := f.Sweep(old.Add(time.Hour), func(name string) bool { return name != names[1] })
	if n != 2 || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
	for name, gone := range map[string]bool{mine: false, torn: true, path(dir, names[0]): true, path(dir, names[1]): false, path(dir, names[2]): false} {
		if _, err := os.Stat(name); os.IsNotExist(err) != gone {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func path(dir, name string) string { return filepath.Join(dir, name[:2], name) }
