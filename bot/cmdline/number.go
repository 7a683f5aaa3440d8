package cmdline

import (
	"strconv"
	"strings"
)

// ParseNo reads the number of a record, such as W2026-031, w2026-31, 2026-031,
// W031, 31, 第31号 or #31 for the prefix "W". The year is 0 where none was typed;
// whether a number without year or letter is unambiguous, and whether this kind of
// record has years at all, is the caller's to judge. Another letter than the
// prefix is not ok, nor is the number 0 or one with more than nine digits.
func ParseNo(s, prefix string) (year, n int, ok bool) {
	s = withoutLetter(s, strings.ToLower(prefix))
	year, s, ok = cutYear(s)
	if !ok {
		return 0, 0, false
	}
	n, ok = positive(strings.TrimPrefix(s, "第"))
	if !ok {
		return 0, 0, false
	}
	return year, n, true
}

// FindingNo is the number of a finding.
type FindingNo struct {
	School bool // J: of a school, and Issue is the month whose check has it
	Year   int  // 0 where none was typed
	Issue  int
	Line   int
}

// ParseFinding reads the number of a finding: X37-2 or 37-2, line 2 of the bulletin
// with issue number 37, and J11-2, line 2 of the monthly check of November, which
// is never without its letter. Both begin anew each year; with the year they are
// X2026-37-2 and J2026-11-2.
func ParseFinding(s string) (no FindingNo, ok bool) {
	s = compact(s)
	no.School = strings.HasPrefix(strings.TrimPrefix(s, "#"), "j")
	if no.School {
		s = withoutLetter(s, "j")
	} else {
		s = withoutLetter(s, "x")
	}
	if strings.Count(s, "-") == 2 {
		if no.Year, s, ok = cutYear(s); !ok {
			return FindingNo{}, false
		}
	}
	left, right, found := strings.Cut(s, "-")
	var ok1, ok2 bool
	no.Issue, ok1 = positive(left)
	no.Line, ok2 = positive(right)
	const months = 12
	if !found || !ok1 || !ok2 || no.Year == 0 && isYear(no.Issue) || no.School && no.Issue > months {
		return FindingNo{}, false
	}
	return no, true
}

// ParseIssueNo reads the number of a bulletin: 2026年第37期, 2026-37, 第37期, 37期
// or 37. The year is 0 where none was typed.
func ParseIssueNo(s string) (year, n int, ok bool) {
	year, n, ok = ParseNo(strings.TrimSuffix(compact(s), "期"), "")
	if year == 0 && isYear(n) { // a year alone
		return 0, 0, false
	}
	return year, n, ok
}

// withoutLetter makes a number compact and takes off what people write round it:
// a leading #, the letter with or without a dash, 号.
func withoutLetter(s, letter string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(compact(s), "#"), "号")
	if rest, found := strings.CutPrefix(s, letter); found && letter != "" {
		return strings.TrimPrefix(rest, "-")
	}
	return s
}

// compact folds a number to lower case, without white space, and makes every dash
// an ASCII one.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		switch r {
		case '‐', '‑', '‒', '–', '—', '―', '−':
			return '-'
		}
		return lower(r)
	}, s)
}

// cutYear takes a year from the beginning of s, if a dash or 年 follows it or 第.
// It says false where something else stands before a dash.
func cutYear(s string) (year int, rest string, ok bool) {
	for _, sep := range []string{"年", "-", "第"} {
		left, right, found := strings.Cut(s, sep)
		if !found || left == "" {
			continue
		}
		year, ok = positive(left)
		if !ok || len(left) != 4 || !isYear(year) {
			return 0, "", false
		}
		return year, right, true
	}
	return 0, s, true
}

func isYear(n int) bool { return n >= 2000 && n <= 2099 }

// positive reads ASCII digits as a number from 1.
func positive(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(rune(s[i])) {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}
