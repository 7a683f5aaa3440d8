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
// encodings that are kept in a folder: <table>.v<version>.json, a record a line.
// What is kept must be read by the program of today, whatever its version; and of
// the version that is written today nothing may be missing from what is written,
// for a field that was renamed would be read as empty.
//
// With update, files are written for the tables that have none of their present
// version; a file that is there stays as it is, for good once the version has been
// released. A table that has no
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
			if err := os.WriteFile(file, cover(b.t.Fatalf, table, raws), 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			b.t.Errorf("%s: no record of version %d is kept; run with -update: %v", table, current, err)
			continue
		}
		_, old := shape(b.t.Fatalf, table, bytes.Split(bytes.TrimSpace(kept), []byte("\n")))
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
		for line := range bytes.Lines(raw) {
			if err := store.CheckEncoding(table, bytes.TrimSpace(line)); err != nil {
				b.t.Errorf("%s cannot be read: %v", file, err)
			}
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

// cover picks records that between them have every field, the longest first.
func cover(fatalf func(string, ...any), table string, raws [][]byte) []byte {
	slices.SortStableFunc(raws, func(a, b []byte) int { return len(b) - len(a) })
	var out []byte
	seen := map[string]bool{}
	for _, raw := range raws {
		_, fields := shape(fatalf, table, [][]byte{raw})
		before := len(seen)
		maps.Copy(seen, fields)
		if len(seen) > before || len(out) == 0 {
			out = append(append(out, raw...), '\n')
		}
	}
	return out
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
