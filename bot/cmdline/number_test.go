package cmdline

import "testing"

func TestParseNo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s, prefix string
		year, n   int
	}{
		{"W2026-031", "W", 2026, 31},
		{"w2026-31", "W", 2026, 31},
		{"Ｗ２０２６－０３１", "W", 2026, 31},
		{"W2026—031", "W", 2026, 31},
		{"2026-031", "W", 2026, 31},
		{"W-2026-031", "W", 2026, 31},
		{"2026年31号", "W", 2026, 31},
		{"2026年第31号", "W", 2026, 31},
		{"W031", "W", 0, 31},
		{"W-31", "W", 0, 31},
		{"31", "W", 0, 31},
		{"031", "W", 0, 31},
		{"#31", "W", 0, 31},
		{"第31号", "W", 0, 31},
		{"W 031", "W", 0, 31},
		{"S7", "S", 0, 7},
		{"s７", "S", 0, 7},
		{"7", "S", 0, 7},
		{"7号", "S", 0, 7},
		{"D12", "D", 0, 12},
		{"E-8842", "E", 0, 8842},
		{"P815", "p", 0, 815},
		{"2031", "P", 0, 2031},
		{"12", "", 0, 12},
		{"999999999", "S", 0, 999999999},

		{"", "S", 0, 0}, {"S", "S", 0, 0}, {"0", "S", 0, 0}, {"S0", "S", 0, 0}, {"-7", "S", 0, 0}, {"S--7", "S", 0, 0},
		{"S7", "W", 0, 0}, {"SS7", "S", 0, 0}, {"7S", "S", 0, 0}, {"31-2", "W", 0, 0}, {"26-031", "W", 0, 0},
		{"1999-031", "W", 0, 0}, {"2026-", "W", 0, 0}, {"2026-0", "W", 0, 0}, {"2026-11-23", "W", 0, 0}, {"三十一", "W", 0, 0},
		{"1.5", "S", 0, 0}, {"9999999999", "S", 0, 0}, {"安全", "W", 0, 0}, {"7\xff", "S", 0, 0}, {"②", "S", 0, 0},
	}
	for _, tc := range tests {
		t.Run(tc.prefix+"/"+tc.s, func(t *testing.T) {
			t.Parallel()
			year, n, ok := ParseNo(tc.s, tc.prefix)
			if year != tc.year || n != tc.n || ok != (tc.n > 0) {
				t.Errorf("got %d, %d, %v; want %d, %d", year, n, ok, tc.year, tc.n)
			}
		})
	}
}

func TestParseFinding(t *testing.T) {
	t.Parallel()
	x := func(year, issue, line int) FindingNo { return FindingNo{Year: year, Issue: issue, Line: line} }
	j := func(year, issue, line int) FindingNo {
		return FindingNo{School: true, Year: year, Issue: issue, Line: line}
	}
	var none FindingNo
	tests := []struct {
		s    string
		want FindingNo
	}{
		{"X37-2", x(0, 37, 2)}, {"x37－２", x(0, 37, 2)}, {"X37—2", x(0, 37, 2)}, {"37-2", x(0, 37, 2)}, {"X-37-2", x(0, 37, 2)},
		{"X37-2号", x(0, 37, 2)}, {"X 37 - 2", x(0, 37, 2)}, {"X2026-37-2", x(2026, 37, 2)}, {"2026-37-2", x(2026, 37, 2)},
		{"11-2", x(0, 11, 2)}, // a bulletin's, where there is no letter
		{"J11-2", j(0, 11, 2)}, {"j11-2", j(0, 11, 2)}, {"Ｊ１１－２", j(0, 11, 2)}, {"ｊ11—2", j(0, 11, 2)}, {"J 11 - 2", j(0, 11, 2)},
		{"J-11-2", j(0, 11, 2)}, {"#J11-2", j(0, 11, 2)}, {"J11-2号", j(0, 11, 2)}, {"J01-2", j(0, 1, 2)}, {"J12-30", j(0, 12, 30)},
		{"J2026-11-2", j(2026, 11, 2)}, {"ｊ２０２６－11-2", j(2026, 11, 2)},
		{"X37", none}, {"37", none}, {"X37-", none}, {"X-2", none}, {"X0-2", none}, {"X37-0", none},
		{"2026-37", none}, {"W37-2", none}, {"1-2-3", none}, {"X1-2-3-4", none}, {"", none}, {"-", none},
		{"J13-2", none}, {"J0-2", none}, {"J11", none}, {"J", none}, {"JJ11-2", none}, {"XJ11-2", none}, {"JX11-2", none},
		{"J2026-11", none}, {"J2026-13-1", none}, {"J1999-11-2", none},
	}
	for _, tc := range tests {
		t.Run(tc.s, func(t *testing.T) {
			t.Parallel()
			got, ok := ParseFinding(tc.s)
			if got != tc.want || ok != (tc.want.Line > 0) {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func TestParseIssueNo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s       string
		year, n int
	}{
		{"第37期", 0, 37}, {"37期", 0, 37}, {"37", 0, 37}, {"第３７期", 0, 37}, {"第 37 期", 0, 37}, {"第37", 0, 37},
		{"2026年第37期", 2026, 37}, {"2026年37期", 2026, 37}, {"2026-37", 2026, 37}, {"2026第37期", 2026, 37},
		{"期", 0, 0}, {"第期", 0, 0}, {"2026年", 0, 0}, {"2026", 0, 0}, {"11-23", 0, 0}, {"2026-11-23", 0, 0},
		{"X37", 0, 0}, {"昨天", 0, 0}, {"11月23日", 0, 0}, {"", 0, 0},
	}
	for _, tc := range tests {
		t.Run(tc.s, func(t *testing.T) {
			t.Parallel()
			year, n, ok := ParseIssueNo(tc.s)
			if year != tc.year || n != tc.n || ok != (tc.n > 0) {
				t.Errorf("got %d, %d, %v", year, n, ok)
			}
		})
	}
}
