// Package report words records for people: what commands answer and what jobs
// push, as chat bodies free of any platform's dialect. A text that more than one
// door sends stands here once.
package report
