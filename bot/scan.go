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

// undrawn says whether a body has pictures in it that are yet to come: codes to
// scan, and photos, which are kept outside the store.
func undrawn(b chat.Body) bool {
	return slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool { return bl.Scan != nil || isPhoto(bl) })
}

func isPhoto(bl chat.Block) bool { return bl.Picture != nil && bl.Picture.Photo != "" }

// drawn makes pictures of the codes to scan in a body, and reads its photos. Where
// one cannot be had, a line says so: what a code stands for is in the text, too.
func (d *Sender) drawn(ctx context.Context, b chat.Body) (chat.Body, error) {
	if !undrawn(b) {
		return b, nil
	}
	b.Blocks = slices.Clone(b.Blocks)
	for i, bl := range b.Blocks {
		if isPhoto(bl) {
			b.Blocks[i] = d.photo(*bl.Picture)
		}
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

// photo is a photo with its data, or a line that says that it is gone.
func (d *Sender) photo(p chat.Picture) chat.Block {
	err := errors.New("no folder of photos")
	if d.Photo != nil {
		p.Data, err = d.Photo(p.Photo)
	}
	if err != nil {
		d.log.Error("photo not readable", "error", errors.Unwrap(err))
		return chat.Block{Lines: []chat.Line{{Text: "（这张照片现在读不出来。）"}}}
	}
	p.Photo = ""
	return chat.Block{Picture: &p}
}
