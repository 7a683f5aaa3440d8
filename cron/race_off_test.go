//go:build !race

package cron

// simulatedMonths is how long TestTwentyFourMonths lets the table run.
const simulatedMonths = 24
