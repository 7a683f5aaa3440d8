package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
)

// maxError bounds what is read of an answer that is an error, in bytes.
const maxError = 64 << 10

// Error is serve's answer that it did not do what was asked. Message is for the
// user, in Chinese.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Client asks a running serve.
type Client struct {
	http *http.Client
}

// Dial finds the serve that has its store at path. ErrNotRunning if there is
// none.
func Dial(path string) (*Client, error) {
	socket, err := SocketPath(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(socket)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotRunning
	case err != nil:
		return nil, fmt.Errorf("look at control socket: %w", err)
	case !isSocket(info):
		return nil, fmt.Errorf("open control socket: %s is another file", socket)
	}
	if err := sameOwner(info, path); err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	conn, err := dial(context.Background(), "", "")
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err != nil {
		return nil, ErrNotRunning // a socket left behind
	}
	_ = conn.Close() // it only had to be there
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get copies the answer to w as it comes. An answer that breaks off is an error.
func (c *Client) Get(ctx context.Context, path string, w io.Writer) error {
	return c.do(ctx, http.MethodGet, path, nil, "", w)
}

// Post sends in, an io.Reader as it is and anything else as JSON, and takes the
// answer into out: nil drops it, an io.Writer gets it as it comes, anything else
// is decoded from JSON.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	if body, ok := in.(io.Reader); ok {
		return c.do(ctx, http.MethodPost, path, body, "application/octet-stream", out)
	}
	encoded, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.do(ctx, http.MethodPost, path, bytes.NewReader(encoded), "application/json", out)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, kind string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://serve"+path, body)
	if err != nil {
		return fmt.Errorf("ask serve: %w", err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask serve: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing is left to lose
	if resp.StatusCode/100 != 2 {
		return asError(resp)
	}
	switch out := out.(type) {
	case nil:
		_, err = io.Copy(io.Discard, resp.Body)
	case io.Writer:
		_, err = io.Copy(out, resp.Body)
	default:
		err = json.NewDecoder(resp.Body).Decode(out)
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

func asError(resp *http.Response) error {
	e := &Error{Status: resp.StatusCode}
	var answer failure
	err := json.NewDecoder(io.LimitReader(resp.Body, maxError)).Decode(&answer)
	if e.Message = answer.Error; err != nil || e.Message == "" {
		e.Message = fmt.Sprintf("运行中的服务没有做到（%s）", resp.Status)
	}
	return e
}
