package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxUpload bounds a file that a command is given, in bytes.
const maxUpload = 16 << 20

// readInput reads a file that a command was given.
func readInput(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("打不开文件 %s：%w", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxUpload+1))
	if err != nil {
		return nil, fmt.Errorf("读文件 %s：%w", path, err)
	}
	if len(data) > maxUpload {
		return nil, fmt.Errorf("文件 %s 太大，最多 %d MB", path, maxUpload>>20)
	}
	return data, nil
}

// writeFile writes a file whole or not at all, and for its owner alone: what the
// program writes holds personal data.
func writeFile(path string, write func(io.Writer) error) error {
	if err := replaceable(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("写文件 %s：%w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it is gone already if all went well
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("写文件 %s：%w", path, err)
	}
	return nil
}

// replaceable refuses to put a file in the place of what is none: a folder, or a
// device such as /dev/null, which root could replace.
func replaceable(path string) error {
	info, err := os.Stat(path) // where nothing is, or cannot be looked at, writing will tell
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s 是一个文件夹，请写文件名", path)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s 不是普通文件", path)
	}
	return nil
}

// sameFile says whether two paths are one file that is there.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
