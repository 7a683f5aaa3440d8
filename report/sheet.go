package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// formula is a cell that is worked out, without the sign before it.
type formula string

// table is the cells of a sheet.
type table [][]any

// write puts a table on a sheet: its first rows, the header, in bold and always in
// view, columns of the given widths, shares as percentages.
func (t table) write(f *excelize.File, sheet string, header int, widths map[string]float64) error {
	if _, err := f.NewSheet(sheet); err != nil { // one that is there stays
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 10}) // 0.00%
	if err != nil {
		return err
	}
	for i, row := range t {
		if err := writeRow(f, sheet, i+1, row); err != nil {
			return err
		}
	}
	for col, width := range widths {
		if err := f.SetColWidth(sheet, col, col, width); err != nil {
			return err
		}
	}
	heads := t[header-1]
	last, err := excelize.CoordinatesToCellName(max(len(heads), 1), header)
	if err != nil {
		return err
	}
	if err := f.SetCellStyle(sheet, "A1", last, bold); err != nil {
		return err
	}
	for i, head := range heads {
		if head != "占比" {
			continue
		}
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := f.SetCellStyle(sheet, fmt.Sprint(col, header+1), fmt.Sprint(col, len(t)+1), percent); err != nil {
			return err
		}
	}
	return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: header, TopLeftCell: fmt.Sprint("A", header+1), ActivePane: "bottomLeft"})
}

func writeRow(f *excelize.File, sheet string, n int, row []any) error {
	for i, cell := range row {
		at, err := excelize.CoordinatesToCellName(i+1, n)
		if err != nil {
			return err
		}
		if fx, ok := cell.(formula); ok {
			err = f.SetCellFormula(sheet, at, string(fx))
		} else if cell != nil {
			err = f.SetCellValue(sheet, at, cell)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
