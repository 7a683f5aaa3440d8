package bottest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"yunzhuan/store"
)

// CheckRecords compares the records of every table of the program with the
// encodings that are kept in a folder, one record a file: <table>.v<version>.json.
// What is kept must be read by the program of today, whatever its version; and of
// the version that is written today nothing may be missing from what is written,
// for a field that was renamed would be read as empty.
//
// With update, the folder is brought up to date for the tables that write another
// version than before; files of older versions stay for good. A table that has no
// record in the store is a fault of the test: its scenario has to make one.
func (b *Bot) CheckRecords(dir string, update bool) {
	b.t.Helper()
	for _, table := range store.Tables() {
		raws := b.raws(table)
		if len(raws) == 0 {
			b.t.Errorf("%s: the scenario makes no record", table)
			continue
		}
		current, fields := shape(b.t.Fatalf, table, raws)
		file := filepath.Join(dir, fmt.Sprintf("%s.v%d.json", table, current))
		if _, err := os.Stat(file); update && os.IsNotExist(err) {
			if err := os.WriteFile(file, append(richest(raws), '\n'), 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			b.t.Errorf("%s: no record of version %d is kept; run with -update: %v", table, current, err)
			continue
		}
		_, old := shape(b.t.Fatalf, table, [][]byte{bytes.TrimSpace(kept)})
		for _, field := range slices.Sorted(maps.Keys(old)) {
			if !fields[field] {
				b.t.Errorf("%s: field %s is kept in records of version %d, but not written any more", table, field, current)
			}
		}
	}
	b.checkKept(dir)
}

// checkKept reads every record that is kept.
func (b *Bot) checkKept(dir string) {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			b.t.Fatal(err)
		}
		table, _, _ := strings.Cut(filepath.Base(file), ".")
		if err := store.CheckEncoding(table, bytes.TrimSpace(raw)); err != nil {
			b.t.Errorf("%s cannot be read: %v", file, err)
		}
	}
}

// raws are the encoded records of a table.
func (b *Bot) raws(table string) (out [][]byte) {
	b.t.Helper()
	b.View(func(tx *store.Tx) error {
		out = nil
		return tx.Raw(table, func(_ string, raw []byte) (bool, error) {
			out = append(out, bytes.Clone(raw))
			return true, nil
		})
	})
	return out
}

// richest is the longest record, the first of several.
func richest(raws [][]byte) []byte {
	return slices.MaxFunc(raws, func(a, b []byte) int { return len(a) - len(b) })
}

// shape is the version of a table's records, and the paths of all fields in them:
// "moves[].by".
func shape(fatalf func(string, ...any), table string, raws [][]byte) (version int, fields map[string]bool) {
	fields = map[string]bool{}
	for _, raw := range raws {
		var rec struct {
			V int `json:"v"`
			R any `json:"r"`
		}
		if err := json.Unmarshal(raw, &rec); err != nil {
			fatalf("%s: %v in %s", table, err, raw)
		}
		version = rec.V
		addFields(fields, "", rec.R)
	}
	return version, fields
}

func addFields(fields map[string]bool, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			addFields(fields, strings.TrimPrefix(path+"."+k, "."), child)
		}
	case []any:
		for _, child := range v {
			addFields(fields, path+"[]", child)
		}
	default:
		fields[path] = true
	}
}
