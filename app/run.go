// Package app is the binary: its commands, the wiring of all parts, start and
// stop, the one listener, the checkup.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // Asia/Shanghai, wherever the binary runs

	"yunzhuan/cron"
	"yunzhuan/internal/config"
)

// version is what Main was given.
var version string

// Exit codes of the binary.
const (
	exitOK    = 0
	exitFail  = 1 // cannot run
	exitUsage = 2 // bad usage or config
)

// Main is the binary's main; stamped is its version, "" for what the Go toolchain
// knows of it. It does not return.
func Main(stamped string) {
	version = stamped
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// command is one call of the binary: what it was given and where it answers.
type command struct {
	env    []string
	out    io.Writer
	errOut io.Writer
	config string // --config
}

// run is the binary, for main and for tests.
func run(ctx context.Context, args, env []string, out, errOut io.Writer) int {
	c := &command{env: env, out: out, errOut: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errSilent):
		return exitFail
	}
	fmt.Fprintln(errOut, explain(err))
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFail
}

// defaultConfig is read when --config is not given and the file is there.
const defaultConfig = "config.yaml"

// configFile is the configuration file to be read, "" for none.
func (c *command) configFile() string {
	if c.config != "" {
		return c.config
	}
	if _, err := os.Stat(defaultConfig); err != nil {
		return ""
	}
	return defaultConfig
}

// load reads the configuration; with no file and no YUNZHUAN_ variable it is the
// demo.
func (c *command) load() (*config.Config, error) {
	cfg, err := config.Load(c.configFile(), c.env, cron.CheckTimes)
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
}

// versionString is the stamped version, else what the Go toolchain knows.
func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
