package aibot

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

var _ chat.Downloader = (*Channel)(nil)

// maxSealed bounds what is read of an attachment, in bytes: it is decrypted whole.
const maxSealed = maxFile + padTo

// padTo is the size of the blocks that content is padded to (aibot-node-sdk).
const padTo = 32

// Download implements chat.Downloader. The address is good for five minutes, and
// nothing gives another.
func (c *Channel) Download(ctx context.Context, a chat.Attachment) (io.ReadCloser, error) {
	addr, key, sealed := strings.Cut(a.Ref, " ")
	body, fault := wire.Open(ctx, c.http, addr)
	if fault != nil {
		return nil, wire.Faulty(fault)
	}
	if !sealed {
		return body, nil
	}
	defer func() { _ = body.Close() }() // was only read
	raw, err := io.ReadAll(io.LimitReader(body, maxSealed+1))
	switch {
	case err != nil:
		return nil, wire.Faulty(wire.NoAnswer(err, false))
	case len(raw) > maxSealed:
		return nil, wire.Faulty(wire.Final("larger than anything the platform keeps"))
	}
	if raw, err = unseal(raw, key); err != nil {
		return nil, wire.Faulty(&chat.SendError{Kind: chat.Final, Err: err})
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

// unseal decrypts content with the key that came with its address: AES-256-CBC,
// the key's first 16 bytes as IV, PKCS#7 to 32 bytes (aibot-node-sdk). The key may
// lack its padding, and its last character may hold bits that mean nothing.
func unseal(raw []byte, key string) ([]byte, error) {
	k, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(key, "="))
	if err != nil || len(k) != 32 {
		return nil, errors.New("not a key")
	}
	block, err := aes.NewCipher(k)
	if err != nil || len(raw) == 0 || len(raw)%aes.BlockSize != 0 {
		return nil, errors.New("not whole blocks")
	}
	cipher.NewCBCDecrypter(block, k[:aes.BlockSize]).CryptBlocks(raw, raw)
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > padTo || pad > len(raw) || len(bytes.TrimRight(raw[len(raw)-pad:], string(raw[len(raw)-1:]))) > 0 {
		return nil, errors.New("padding")
	}
	return raw[:len(raw)-pad], nil
}
