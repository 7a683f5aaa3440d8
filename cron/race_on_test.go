//go:build race

package cron

// simulatedMonths is short under the race detector, which makes the simulation
// some eight times slower.
const simulatedMonths = 5
