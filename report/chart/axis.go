package chart

import "math"

// axis is from where to where the axis of values goes, and its steps: round ones,
// whole ones for whole values, from 0 on unless the values are far from it.
func (t Trend) axis() (low, high, step float64) {
	low, high = math.Inf(1), math.Inf(-1)
	whole := true
	for _, s := range t.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
				whole = whole && v == math.Trunc(v)
			}
		}
	}
	if low > high { // no value at all
		low, high = 0, 0
	}
	lowest := low
	percent := t.Unit == "%" && low >= 0 && high <= 100
	if low >= 0 && low < high*0.6 {
		low = 0
	}
	if high <= 0 && high > low*0.6 {
		high = 0
	}
	if low == high { // a level line in the middle of something
		spread := max(1, math.Abs(low)/20)
		if low != 0 {
			low -= spread
		}
		high += spread
	}
	step = niceStep((high - low) / 5)
	if whole {
		step = max(1, step)
	}
	low, high = math.Floor(low/step+1e-9)*step, math.Ceil(high/step-1e-9)*step
	if low > 0 && lowest-low < step/2 {
		low -= step // room for the value under the point
	}
	if percent { // all steps are parts of 100
		low, high = max(low, 0), min(high, 100)
	}
	return low, high, step
}

// niceStep is the smallest of 1, 2, 5 times a power of ten that is no less than v,
// and no less than 0.1: values are written with one decimal.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return max(0.1, m*power)
		}
	}
	return max(0.1, 10*power)
}
