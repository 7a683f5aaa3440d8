// Package control lets other commands of the binary ask a running serve to do
// what only it can, because it holds the store: HTTP over a unix socket beside
// the store, open to the user who runs serve alone.
package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	// maxPath is what a socket's path may have on every system (Linux takes 107
	// bytes, macOS 103).
	maxPath = 100
	// grace is how long requests that run may take once serve is to end.
	grace = 5 * time.Second
)

// ErrNotRunning says that no serve listens for this store.
var ErrNotRunning = errors.New("serve is not running")

// ErrRunning says that another serve listens for this store already.
var ErrRunning = errors.New("serve is running already")

// SocketPath is the socket of the serve that has its store at path: <path>.sock,
// or a name of the same length for all in the temporary directory where that is
// too long for a socket.
func SocketPath(path string) (string, error) {
	beside := path + ".sock"
	if len(beside) <= maxPath {
		return beside, nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find control socket: %w", err)
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(os.TempDir(), "yunzhuan-"+hex.EncodeToString(sum[:12])+".sock"), nil
}

// Serve answers with h on a socket from Listen until ctx ends, and takes the
// socket away.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: grace}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- server.Shutdown(deadline)
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve control socket: %w", err)
	}
	if err := <-stopped; err != nil {
		_ = server.Close() // what still runs has had its time
		return fmt.Errorf("stop control socket: %w", err)
	}
	return nil
}

// Listen opens the control socket of the serve that has its store at path, with
// mode 0600: from then on Dial finds it. A socket that a killed process left
// behind is replaced; ErrRunning if it is in use.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	socket, err := SocketPath(path)
	if err != nil {
		return nil, err
	}
	if err := clear(ctx, socket); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		_ = l.Close() // the reason is err
		return nil, fmt.Errorf("protect control socket: %w", err)
	}
	return l, nil
}

// clear removes a socket to which nobody listens.
func clear(ctx context.Context, socket string) error {
	info, err := os.Lstat(socket)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at control socket: %w", err)
	case !isSocket(info):
		return fmt.Errorf("open control socket: %s is another file", socket)
	}
	if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket); err == nil {
		_ = conn.Close() // it only had to be there
		return ErrRunning
	}
	if err := os.Remove(socket); err != nil {
		return fmt.Errorf("remove old control socket: %w", err)
	}
	return nil
}

// isSocket takes what Windows calls an irregular file for one too.
func isSocket(info fs.FileInfo) bool {
	return info.Mode()&(fs.ModeSocket|fs.ModeIrregular) != 0
}
