package aibot

import (
	"context"
	"crypto/md5" // what the platform checks an upload by
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Limits of media. An id lives three days, a piece has 512 KB at most and there
// are 100 at most (aibot-node-sdk); the sizes are those of WeCom's other temporary
// media (WW 90253), assumed to hold here.
const (
	mediaLife    = 60 * time.Hour
	mediaChunk   = 512 << 10
	maxPicture   = 10 << 20
	maxFile      = 20 << 20
	chunkRetries = 2 // of a piece that met a passing fault, as the SDK has it
)

// Kinds of media, which are types of messages too.
const (
	mediaImage = "image"
	mediaFile  = "file"
)

// upload brings a picture or a file to the platform and returns its media id; ""
// if the platform will never take it. Its error is never Unknown: nothing is said
// by an upload.
func (c *Channel) upload(ctx context.Context, s *session, p piece) (string, *chat.SendError) {
	kind, limit := mediaImage, maxPicture
	if p.kind == pieceFile {
		kind, limit = mediaFile, maxFile
	}
	if len(p.data) == 0 || len(p.data) > limit {
		return "", nil
	}
	key := wire.MediaKey(kind+"/"+p.name, p.data) // what the chat shows is the name it was uploaded by
	if id := c.media.Get(key, c.clock()); id != "" {
		return id, nil
	}
	id, fault := uploadAll(ctx, s, kind, p.name, p.data)
	switch {
	case fault != nil && fault.Kind == chat.Unknown:
		fault.Kind = chat.Temporary
		return "", fault
	case fault != nil && fault.Kind != chat.Final:
		return "", fault
	case fault != nil:
		c.log.Warn("media refused, its description goes instead", "kind", kind, "bytes", len(p.data), "error", fault)
		return "", nil
	}
	c.media.Put(key, id, c.clock().Add(mediaLife), c.clock())
	return id, nil
}

// uploadAll makes the three steps of an upload (aibot-node-sdk).
func uploadAll(ctx context.Context, s *session, kind, name string, data []byte) (string, *chat.SendError) {
	sum := md5.Sum(data)
	total := (len(data) + mediaChunk - 1) / mediaChunk
	var began struct {
		UploadID string `json:"upload_id"`
	}
	if fault := ask(ctx, s, cmdUploadInit, map[string]any{
		"type": kind, "filename": path.Base(name), "total_size": len(data), "total_chunks": total, "md5": hex.EncodeToString(sum[:]),
	}, &began); fault != nil {
		return "", fault
	}
	if began.UploadID == "" {
		return "", noID()
	}
	index := 0 // from 0 in what the SDK sends, though its types say from 1
	for chunk := range slices.Chunk(data, mediaChunk) {
		body := map[string]any{"upload_id": began.UploadID, "chunk_index": index, "base64_data": base64.StdEncoding.EncodeToString(chunk)}
		var fault *chat.SendError
		for range 1 + chunkRetries {
			if fault = ask(ctx, s, cmdUploadChunk, body, nil); fault == nil || fault.Kind != chat.Temporary || fault.Code == "" {
				break
			}
		}
		if fault != nil {
			return "", fault
		}
		index++
	}
	var done struct {
		MediaID string `json:"media_id"`
	}
	if fault := ask(ctx, s, cmdUploadFinish, map[string]any{"upload_id": began.UploadID}, &done); fault != nil {
		return "", fault
	}
	if done.MediaID == "" {
		return "", noID()
	}
	return done.MediaID, nil
}

func noID() *chat.SendError {
	return &chat.SendError{Kind: chat.Final, Err: errors.New("no id in the answer")}
}

// ask makes one step of an upload. A connection that texts can go over is
// reported to refuse uploads as not subscribed (846609, field), so here that is a
// refusal and no reason to connect anew: if nothing else can go either, the next
// text finds out.
func ask(ctx context.Context, s *session, cmd string, body, into any) *chat.SendError {
	answer, v, fault := s.call(ctx, cmd, newReqID(cmd), body)
	if v.lost {
		fault.Kind, fault.RetryAfter = chat.Final, 0
	}
	if fault == nil && into != nil && json.Unmarshal(answer, into) != nil {
		return noID()
	}
	return fault
}
