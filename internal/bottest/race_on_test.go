//go:build race

package bottest_test

const raceEnabled = true
