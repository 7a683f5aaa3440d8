package dingtalk

import (
	"context"
	"sync/atomic"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"
)

// link is one connection: an SDK client that connects once and never again. That
// the next connection is a new link is ours to arrange, because the SDK's own
// reconnecting leaves a gap of three seconds, hammers with bad credentials and
// may end without a word.
type link struct {
	cli      *client.StreamClient
	busy     gate // the frames of this connection that are in work
	rotating atomic.Bool
}

// open connects. The frames of the new connection go to r's handlers, which may
// run before open returns.
func (r *receiver) open(ctx context.Context) (*link, error) {
	l := &link{}
	cfg := r.c.cfg
	l.cli = client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(cfg.ClientID, cfg.ClientSecret)),
		client.WithOpenApiHost(cfg.APIBase),
		client.WithAutoReconnect(false),
		client.WithKeepAlive(r.c.pace.keepAlive),
		client.WithMaxPendingHandlers(maxPending),
		client.WithSubscription(utils.SubscriptionTypeKCallback, payload.BotMessageCallbackTopic, r.guard(l, r.onMessage)),
		client.WithSubscription(utils.SubscriptionTypeKCallback, payload.CardInstanceCallbackTopic, r.guard(l, r.onCard)),
		client.WithSubscription(utils.SubscriptionTypeKEvent, "*", r.guard(l, r.onEvent)),
		client.WithSubscription(utils.SubscriptionTypeKSystem, "disconnect", func(context.Context, *payload.DataFrame) (*payload.DataFrameResponse, error) {
			r.rotate(l)
			return nil, nil // the SDK acknowledges and closes this connection
		}),
	)
	ctx, cancel := context.WithTimeout(ctx, r.c.pace.open)
	defer cancel()
	if err := l.cli.Start(ctx); err != nil {
		l.cli.Close()
		return nil, err
	}
	return l, nil
}

// ended is a context that has ended.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// alive says whether the connection stands. The SDK does not tell, but its Start
// does nothing and returns nil where there is a connection, and fails with an
// ended context, before it dials, where there is none.
func (l *link) alive() bool { return l.cli.Start(ended) == nil }
