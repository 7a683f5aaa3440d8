package assessment

import (
	"fmt"
	"strconv"
	"strings"
)

// Points are points of assessment in hundredths: -50 is -0.5. Whole numbers add up
// to the same whatever the order.
type Points int

// maxPoints bounds what one rule can give or take.
const maxPoints Points = 100 * 100

// String is "+0.5", "-1" or "0".
func (p Points) String() string {
	if p > 0 {
		return "+" + p.Plain()
	}
	return p.Plain()
}

// Plain is the number without a plus sign: "0.5", "-1".
func (p Points) Plain() string {
	sign, n := "", int(p)
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%d.%02d", n/100, n%100)
	return sign + strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Float is the number for a table or a chart.
func (p Points) Float() float64 { return float64(p) / 100 }

// parsePoints reads a number with at most two decimals.
func parsePoints(text string) (Points, bool) {
	sign := Points(1)
	rest := strings.TrimPrefix(text, "+")
	if strings.HasPrefix(rest, "-") {
		sign, rest = -1, rest[1:]
	}
	whole, part, dot := strings.Cut(rest, ".")
	if dot && (part == "" || len(part) > 2) {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 31)
	if err != nil || whole == "" || Points(n) > maxPoints {
		return 0, false
	}
	return sign * Points(n), true
}
