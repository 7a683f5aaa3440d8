package weixin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// mediaPath hands out temporary media (WW 90254, MP getMedia): the content, or with
// status 200 a refusal in JSON.
const mediaPath = "/cgi-bin/media/get?media_id="

// maxRefusal bounds what is read of an answer that is no content, in bytes.
const maxRefusal = 64 << 10

// Media opens the content of temporary media. Its error is never Unknown.
func (a *API) Media(ctx context.Context, id string) (io.ReadCloser, *chat.SendError) {
	if id == "" {
		return nil, wire.Final("no media id")
	}
	for attempt := 0; ; attempt++ {
		token, fault := a.Tokens.Get(ctx)
		if fault != nil {
			return nil, fault
		}
		content, v, fault := a.open(ctx, a.Base+mediaPath+url.QueryEscape(id)+"&access_token="+url.QueryEscape(token))
		if fault != nil && v.Token {
			a.Tokens.Drop(token)
			if attempt == 0 {
				continue
			}
		}
		return content, repeatable(fault)
	}
}

// content is an answer of which something was read to see what it is.
type content struct {
	io.Reader
	io.Closer
}

func (a *API) open(ctx context.Context, addr string) (io.ReadCloser, Verdict, *chat.SendError) {
	resp, fault := wire.OpenAny(ctx, a.HTTP, addr)
	if fault != nil {
		return nil, Verdict{}, fault
	}
	// No picture begins with a brace, whatever the headers say of the answer.
	r := bufio.NewReader(resp.Body)
	first, err := r.Peek(1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		_ = resp.Body.Close() // was only read
		return nil, Verdict{}, wire.NoAnswer(err, false)
	case err == nil && first[0] != '{' && resp.StatusCode == http.StatusOK:
		return content{r, resp.Body}, Verdict{}, nil
	}
	defer func() { _ = resp.Body.Close() }() // was only read
	raw, err := io.ReadAll(io.LimitReader(r, maxRefusal))
	if err != nil {
		return nil, Verdict{}, wire.NoAnswer(err, false)
	}
	fault, v, _ := a.Judge(wire.Answer{Status: resp.StatusCode, Header: resp.Header, Body: raw})
	if fault == nil {
		fault = wire.Final("the answer is no content")
	}
	return nil, v, fault
}
