package dingtalk

import (
	"context"
	"net"
	"sync"
)

// corkConn is a network connection that, while it is corked, gathers what is
// written and sends it in one go: acks that are ready together cost one call of
// the system, and one packet, instead of one each.
type corkConn struct {
	net.Conn

	mu     sync.Mutex
	corked bool
	held   []byte
}

// maxHeld bounds what a corked connection holds back, in bytes.
const maxHeld = 64 << 10

// dialCork dials, and keeps the connection for its caller, too.
func dialCork(keep **corkConn) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		*keep = &corkConn{Conn: conn}
		return *keep, nil
	}
}

// Write implements net.Conn.
func (c *corkConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.corked {
		return c.Conn.Write(p)
	}
	c.held = append(c.held, p...)
	if len(c.held) > maxHeld {
		return len(p), c.flush()
	}
	return len(p), nil
}

func (c *corkConn) cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = true
}

// uncork sends what was held back.
func (c *corkConn) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = false
	return c.flush()
}

func (c *corkConn) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	return err
}
