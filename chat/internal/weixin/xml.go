package weixin

import (
	"strconv"
	"strings"
	"time"
)

// The few answers in XML are written by hand: encoding/xml takes a buffer of four
// kilobytes for each.

// cdata is a text as it stands in an element; what would end it goes on in a second
// section.
func cdata(s string) string {
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

// PassiveText is a text as an answer in the response to a message (WW 90241, MP
// passive replies), from the receiver of the message to its sender.
func PassiveText(from, to, text string, at time.Time) []byte {
	return passive(from, to, "text", "<Content>"+cdata(text)+"</Content>", at)
}

// PassiveImage is a picture in the same way, by the id of its upload.
func PassiveImage(from, to, mediaID string, at time.Time) []byte {
	return passive(from, to, "image", "<Image><MediaId>"+cdata(mediaID)+"</MediaId></Image>", at)
}

func passive(from, to, kind, content string, at time.Time) []byte {
	return []byte("<xml><ToUserName>" + cdata(to) + "</ToUserName><FromUserName>" + cdata(from) + "</FromUserName><CreateTime>" +
		strconv.FormatInt(at.Unix(), 10) + "</CreateTime><MsgType>" + cdata(kind) + "</MsgType>" + content + "</xml>")
}

// sealed is an answer that only the platform can read (WW 90968, MP). Nothing in it
// is anybody's text.
func sealed(encrypted, signature, timestamp, nonce string) []byte {
	return []byte("<xml><Encrypt>" + cdata(encrypted) + "</Encrypt><MsgSignature>" + cdata(signature) + "</MsgSignature><TimeStamp>" +
		timestamp + "</TimeStamp><Nonce>" + cdata(nonce) + "</Nonce></xml>")
}
