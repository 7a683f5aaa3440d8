// Package weixin is what WeCom and the official account have in common: the
// signed and encrypted callbacks, the HTTP response in which an answer can go
// back, the server API with its error codes, and texts without markup.
//
// WW n is developer.work.weixin.qq.com/document/path/n, MP the documents of
// developers.weixin.qq.com.
package weixin

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's signature is SHA-1
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
)

// Cipher opens and seals the text of callbacks (WW 90968): AES-256-CBC with the
// key's first 16 bytes as IV, PKCS#7 to 32 bytes, over 16 random bytes, the
// length of the message in 4 bytes, the message, and the receiver's id.
type Cipher struct {
	block cipher.Block
	iv    []byte
}

const (
	padTo      = 32
	randomSize = 16
	headSize   = randomSize + 4
)

// Errors of Open. They say nothing of what was to be opened.
var (
	errEncoding = errors.New("not base64")
	errBlocks   = errors.New("not whole blocks")
	errPadding  = errors.New("padding")
	errLength   = errors.New("length")
)

// NewCipher takes an EncodingAESKey: 43 characters of base64, the last of which
// may hold bits that mean nothing.
func NewCipher(encodingAESKey string) (*Cipher, error) {
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(encodingAESKey) != 43 {
		return nil, errors.New("not an EncodingAESKey: 43 characters A-Z a-z 0-9 + /")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("not an EncodingAESKey")
	}
	return &Cipher{block: block, iv: key[:aes.BlockSize]}, nil
}

// Open decrypts what stands in Encrypt and returns the message and the id of the
// receiver that it was meant for.
func (c *Cipher) Open(encrypted string) (msg []byte, receiver string, err error) {
	raw, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, "", errEncoding
	}
	if len(raw) == 0 || len(raw)%aes.BlockSize != 0 {
		return nil, "", errBlocks
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(raw, raw)
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > padTo || pad > len(raw) {
		return nil, "", errPadding
	}
	for _, b := range raw[len(raw)-pad:] {
		if int(b) != pad {
			return nil, "", errPadding
		}
	}
	raw = raw[:len(raw)-pad]
	if len(raw) < headSize {
		return nil, "", errLength
	}
	size := uint64(binary.BigEndian.Uint32(raw[randomSize:headSize]))
	if size > uint64(len(raw)-headSize) {
		return nil, "", errLength
	}
	end := headSize + int(size)
	return raw[headSize:end], string(raw[end:]), nil
}

// Seal encrypts a message for the receiver.
func (c *Cipher) Seal(msg []byte, receiver string) string {
	n := headSize + len(msg) + len(receiver)
	pad := padTo - n%padTo
	raw := make([]byte, headSize, n+pad)
	_, _ = rand.Read(raw[:randomSize]) // never fails since Go 1.24
	binary.BigEndian.PutUint32(raw[randomSize:], uint32(len(msg)))
	raw = append(append(raw, msg...), receiver...)
	raw = append(raw, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(raw, raw)
	return base64.StdEncoding.EncodeToString(raw)
}

// Signature is the lower-case hex SHA-1 of the parts, sorted by bytes.
func Signature(parts ...string) string {
	sorted := slices.Sorted(slices.Values(parts))
	h := sha1.New() //nolint:gosec // see above
	for _, p := range sorted {
		_, _ = h.Write([]byte(p)) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// newNonce is a nonce as the platform makes them: digits.
func newNonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return strconv.FormatUint(binary.BigEndian.Uint64(b[:])>>16, 10)
}
