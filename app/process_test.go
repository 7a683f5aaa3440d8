package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// hang is how long a test waits for what will surely come before it gives up.
const hang = time.Minute

// process is the binary as a child process.
type process struct {
	cmd    *exec.Cmd
	out    bytes.Buffer  // what it printed; complete after exited
	exited chan struct{} // closed at its end

	mu    sync.Mutex
	lines []string      // of its log
	more  chan struct{} // closed and made anew with every line
}

// demoEnv are the settings of a demo on a free port.
func demoEnv() []string {
	return []string{"YUNZHUAN_DEMO=true", "YUNZHUAN_HTTP_LISTEN=127.0.0.1:0"}
}

// childCommand is the binary as a command in a folder, with no other settings
// than env.
func childCommand(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Env = dir, childEnv(env)
	return cmd
}

// childEnv is the environment of a child that is the binary with the settings
// env.
func childEnv(env []string) []string {
	kept := []string{asBinary + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	return append(kept, env...)
}

// start runs the binary in a folder until the test ends.
func start(t testing.TB, dir string, env []string, args ...string) *process {
	t.Helper()
	p, err := launch(dir, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// startReady is start for a serve, and waits until it is ready. It returns the
// address it listens on.
func startReady(t testing.TB, dir string, env ...string) (p *process, addr string) {
	t.Helper()
	p = start(t, dir, env, "serve")
	addr, err := p.ready()
	if err != nil {
		t.Fatal(err)
	}
	return p, addr
}

func launch(dir string, env []string, args ...string) (*process, error) {
	return launchCommand(childCommand(dir, env, args...))
}

func launchCommand(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{}), more: make(chan struct{})}
	cmd.Stdout = &p.out
	logs, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.read(logs)
		_ = cmd.Wait() // its exit code is in ProcessState
		close(p.exited)
	}()
	return p, nil
}

// read gathers the log until its end.
func (p *process) read(logs io.Reader) {
	lines := bufio.NewScanner(logs)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
}

// log is what was logged so far.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// count is how many lines were logged so far.
func (p *process) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lines)
}

// logged waits for a line of the log with this msg.
func (p *process) logged(msg string) (map[string]any, error) {
	timeout := time.After(hang)
	for seen := 0; ; {
		p.mu.Lock()
		fresh, more := p.lines[seen:], p.more
		seen = len(p.lines)
		p.mu.Unlock()
		for _, raw := range fresh {
			var line map[string]any
			if json.Unmarshal([]byte(raw), &line) == nil && line["msg"] == msg {
				return line, nil
			}
		}
		select {
		case <-more:
		case <-p.exited:
			if p.count() == seen {
				return nil, fmt.Errorf("ended with code %d and without %q:\n%s", p.cmd.ProcessState.ExitCode(), msg, p.log())
			}
		case <-timeout:
			return nil, fmt.Errorf("no line %q:\n%s", msg, p.log())
		}
	}
}

// ready waits for the line that says so, and returns the address in it.
func (p *process) ready() (addr string, err error) {
	line, err := p.logged("ready")
	if err != nil {
		return "", err
	}
	addr, ok := line["http"].(string)
	if !ok {
		return "", fmt.Errorf("ready without an address: %v", line)
	}
	return addr, nil
}

// term asks it to end.
func (p *process) term() { _ = p.cmd.Process.Signal(syscall.SIGTERM) } // it may have ended

// stop ends it in order and returns its exit code.
func (p *process) stop() int {
	p.term()
	return p.wait()
}

// kill ends it on the spot.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// wait waits for its end and returns its exit code; -1 if a signal ended it.
func (p *process) wait() int {
	select {
	case <-p.exited:
	case <-time.After(hang):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines show where it hangs
		<-p.exited
	}
	return p.cmd.ProcessState.ExitCode()
}

// output is what it printed to the standard output; complete once it has ended.
func (p *process) output() string { return p.out.String() }

// yunzhuan runs the binary to its end and returns its exit code and all it
// printed.
func yunzhuan(t testing.TB, dir string, env []string, args ...string) (code int, printed string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	return finishCommand(ctx, t, childCommand(dir, env, args...))
}

func finishCommand(ctx context.Context, t testing.TB, cmd *exec.Cmd) (code int, printed string) {
	t.Helper()
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
