package people

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"yunzhuan/store"
)

// Export writes the people who have not left as a directory file that ParseFile
// reads: .xlsx or .csv (UTF-8 with BOM, for Excel), by the ending of name.
func Export(tx *store.Tx, name string) ([]byte, error) {
	lines, err := exportLines(tx)
	if err != nil {
		return nil, fmt.Errorf("export directory: %w", err)
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return writeCSV(lines)
	case ".xlsx":
		return writeXLSX(lines)
	}
	return nil, store.Errorf("%s 的后缀应是 .csv 或 .xlsx。", filepath.Base(name))
}

// exportLines lists the header and the people, by unit in the order of the
// directory and by number.
func exportLines(tx *store.Tx) ([][]string, error) {
	all, err := All(tx)
	if err != nil {
		return nil, err
	}
	list, err := Units(tx)
	if err != nil {
		return nil, err
	}
	unitOf := map[string]Unit{}
	for _, u := range list {
		unitOf[u.Name] = u
	}
	slices.SortStableFunc(all, func(a, b Person) int { return cmp.Compare(unitOf[a.Unit].Order, unitOf[b.Unit].Order) })
	lines := [][]string{Header}
	for _, p := range all {
		var roles []string
		for _, r := range p.Roles {
			roles = append(roles, string(r))
		}
		u := unitOf[p.Unit]
		lines = append(lines, []string{
			string(p.ID), p.Name, p.Unit, string(u.Kind), u.District, p.Post, strings.Join(roles, ";"),
			p.Phone, p.Accounts["dingtalk"], p.Accounts["wecom"],
		})
	}
	return lines, nil
}

func writeCSV(lines [][]string) ([]byte, error) {
	buf := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(buf)
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return buf.Bytes(), nil
}

func writeXLSX(lines [][]string) (out []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "Sheet1"
	for i, line := range lines {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, fmt.Errorf("write xlsx: %w", err)
		}
		if err := f.SetSheetRow(sheet, cell, &line); err != nil {
			return nil, fmt.Errorf("write xlsx: %w", err)
		}
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("write xlsx: %w", err)
	}
	return buf.Bytes(), nil
}
