package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mux is what a serve might mount.
func mux() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /run-job", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			WriteError(w, http.StatusBadRequest, "读不了请求")
			return
		}
		if strings.Contains(string(body), "nothing") {
			WriteError(w, http.StatusNotFound, "没有这个任务")
			return
		}
		WriteJSON(w, map[string]string{"got": string(body), "type": r.Header.Get("Content-Type")})
	})
	m.HandleFunc("GET /backup", func(w http.ResponseWriter, r *http.Request) {
		chunk := bytes.Repeat([]byte("0123456789abcdef"), 4096)
		for range 20 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		if r.URL.Query().Has("break") {
			panic(http.ErrAbortHandler)
		}
	})
	return m
}

// start runs a serve for the store at path. stop ends it and returns what Serve
// said.
func start(t *testing.T, path string, h http.Handler) (stop func() error) {
	t.Helper()
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, h) }()
	return func() error {
		cancel()
		return <-done
	}
}

// storeFile makes a store file in a directory short enough for a socket.
func storeFile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yz")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "store.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	path := storeFile(t)
	stop := start(t, path, mux())
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()

	var out map[string]string
	if err := c.Post(ctx, "/run-job", map[string]string{"name": "bulletin"}, &out); err != nil {
		t.Fatal(err)
	}
	if out["got"] != `{"name":"bulletin"}` || out["type"] != "application/json" {
		t.Errorf("JSON in, JSON out: %v", out)
	}
	var raw bytes.Buffer
	if err := c.Post(ctx, "/run-job", strings.NewReader("a,b"), &raw); err != nil {
		t.Fatal(err)
	}
	if got := raw.String(); !strings.Contains(got, `"got":"a,b"`) || !strings.Contains(got, "octet-stream") {
		t.Errorf("stream in, stream out: %s", got)
	}
	if err := c.Post(ctx, "/run-job", nil, nil); err != nil {
		t.Errorf("nothing in, nothing out: %v", err)
	}
	var answer *Error
	err = c.Post(ctx, "/run-job", "nothing", &out)
	if !errors.As(err, &answer) || answer.Status != http.StatusNotFound || err.Error() != "没有这个任务" {
		t.Errorf("refused: %v", err)
	}
	err = c.Post(ctx, "/nowhere", nil, nil)
	if !errors.As(err, &answer) || answer.Status != http.StatusNotFound || !strings.Contains(err.Error(), "404") {
		t.Errorf("no such path: %v", err)
	}
	var backup bytes.Buffer
	if err := c.Get(ctx, "/backup", &backup); err != nil || backup.Len() != 20*65536 {
		t.Errorf("stream: %d bytes, %v", backup.Len(), err)
	}
	if err := c.Get(ctx, "/backup?break", io.Discard); err == nil {
		t.Error("a stream that broke off is no error")
	}
	if err := c.Post(ctx, "/run-job", func() {}, nil); err == nil {
		t.Error("posted what is no JSON")
	}
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := c.Post(ctx, "/run-job", nil, nil); err == nil {
		t.Error("answered after the end")
	}
	if _, err := Dial(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial after the end: %v", err)
	}
	if _, err := os.Lstat(path + ".sock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

func TestMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // sockets have no mode there
	}
	path := storeFile(t)
	stop := start(t, path, mux())
	info, err := os.Lstat(path + ".sock")
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStaleSocket(t *testing.T) {
	t.Parallel()
	path := storeFile(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path + ".sock", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as after kill -9
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial to a stale socket: %v", err)
	}
	stop := start(t, path, mux())
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestSecondServe(t *testing.T) {
	t.Parallel()
	path := storeFile(t)
	stop := start(t, path, mux())
	if _, err := Listen(t.Context(), path); !errors.Is(err, ErrRunning) {
		t.Errorf("second Listen: %v", err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatalf("the first is gone: %v", err)
	}
	c.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestOtherFileInTheWay(t *testing.T) {
	t.Parallel()
	path := storeFile(t)
	if err := os.WriteFile(path+".sock", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), path); err == nil {
		t.Error("Listen took a file that is no socket")
	}
	if _, err := Dial(path); err == nil || errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial: %v", err)
	}
	if text, err := os.ReadFile(path + ".sock"); err != nil || string(text) != "mine" {
		t.Errorf("the file was touched: %q, %v", text, err)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(storeFile(t))
	path := filepath.Join(dir, strings.Repeat("深", 40), "store.db")
	socket, err := SocketPath(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(socket) > maxPath || filepath.Dir(socket) != filepath.Clean(os.TempDir()) {
		t.Errorf("socket at %s", socket)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stop := start(t, path, mux())
	if _, err := os.Lstat(socket); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
