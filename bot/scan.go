package bot

import (
	"context"
	"errors"
	"slices"

	"github.com/skip2/go-qrcode"

	"yunzhuan/chat"
)

// scanPixels is the side of a code to scan: sharp on a phone, small to send.
const scanPixels = 480

func hasScan(b chat.Body) bool {
	return slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool { return bl.Scan != nil })
}

// drawn makes pictures of the codes to scan in a body. Where none can be had, a
// line says so: what the code stands for is in the text, too.
func (d *Sender) drawn(ctx context.Context, b chat.Body) (chat.Body, error) {
	if !hasScan(b) {
		return b, nil
	}
	b.Blocks = slices.Clone(b.Blocks)
	for i, bl := range b.Blocks {
		if bl.Scan == nil {
			continue
		}
		p, err := d.draw(ctx, *bl.Scan)
		switch {
		case err == nil:
			b.Blocks[i] = chat.Block{Picture: p}
		case chat.KindOf(err) == chat.Final:
			d.log.Warn("no code to scan", "channel", bl.Scan.Channel, "error", err)
			b.Blocks[i] = chat.Block{Lines: []chat.Line{{Text: "（二维码暂时做不出来，请按上面的文字操作。）"}}}
		default:
			return b, err
		}
	}
	return b, nil
}

// draw asks the platform for a code and makes a picture of it.
func (d *Sender) draw(ctx context.Context, s chat.Scan) (*chat.Picture, error) {
	coder, ok := d.channels[s.Channel].(chat.ScanCoder)
	if !ok {
		return nil, &chat.SendError{Kind: chat.Final, Err: errors.New("the platform makes no codes to scan")}
	}
	link, err := coder.ScanLink(ctx, s)
	if err != nil {
		return nil, err
	}
	png, err := qrcode.Encode(link, qrcode.Medium, scanPixels)
	if err != nil {
		return nil, &chat.SendError{Kind: chat.Final, Err: errors.New("code not drawable")}
	}
	return &chat.Picture{Name: "scan.png", Alt: s.Alt, Data: png}, nil
}
