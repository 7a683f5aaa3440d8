package handlers

import (
	"context"
	"io"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/appeal"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/office/photo"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

func (w walk) photoExample() string {
	c := w.command() + " 照片 "
	return "例：" + c + "3　或　" + c + w.number
}

// photosFrom names the conversation with an account, in which photos without a word
// follow a finding.
func photosFrom(ch chat.ChannelID, conv chat.ConvID, from chat.UserID) string {
	return string(ch) + "/" + string(conv) + "/" + string(from)
}

// listen has the photos that follow in this conversation belong to a finding.
func listen(r *bot.Request, f patrol.Finding) error {
	return patrol.ListenForPhotos(r.Tx, photosFrom(r.Msg.Channel, r.Msg.Conv, r.Msg.From), f)
}

// withPhotos attaches the pictures of a message to the one finding it records, says
// so in the answer, and listens for more.
func withPhotos(r *bot.Request, b chat.Body, found []patrol.Finding) (chat.Body, error) {
	last := found[len(found)-1]
	if err := listen(r, last); err != nil {
		return b, err
	}
	switch n := len(r.Pictures()); {
	case n == 0:
		return b, nil
	case len(found) > 1:
		return b.Para(report.PhotosOfWhich(last)), nil
	}
	text, err := attachPhotos(r, last)
	return b.Para(text), err
}

// attachPhotos attaches the pictures of the message to a finding and says so.
func attachPhotos(r *bot.Request, f patrol.Finding) (string, error) {
	pictures := r.Pictures()
	attached, err := patrol.Attach(r.Tx, r.Person, f, len(pictures))
	if err != nil {
		return "", err
	}
	for i, p := range attached {
		if err := r.Fetch(pictures[i], p.Key()); err != nil {
			return "", err
		}
	}
	all, err := patrol.PhotosOf(r.Tx, f)
	return report.PhotosAttached(f, len(attached), len(pictures)-len(attached), all.Count()), err
}

// takePictures takes pictures without a word: they belong to what the person has
// just recorded in the conversation.
func takePictures(_ context.Context, r *bot.Request) (bool, error) {
	f, ok, err := patrol.Listening(r.Tx, r.Person, photosFrom(r.Msg.Channel, r.Msg.Conv, r.Msg.From))
	if err != nil {
		return false, err
	}
	if ok {
		text, err := attachPhotos(r, f)
		if err != nil {
			return false, err
		}
		return true, r.Reply(chat.Text(text).Tap("撤回", "/撤回"))
	}
	if r.Msg.Group || !patrollers.Allows(r.Person) {
		return false, nil
	}
	if may, err := patrol.Patrols(r.Tx, r.Person); err != nil || !may {
		return false, err
	}
	return true, r.Reply(report.HowToAttach())
}

// photos shows the photos of a finding, or attaches those that come with the
// command. Whoever may attach photos can send more.
func (w walk) photos(_ context.Context, r *bot.Request) error {
	f, err := w.photoFinding(r)
	if err != nil {
		return store.WithHint(err, w.photoExample())
	}
	if len(r.Pictures()) > 0 {
		text, err := attachPhotos(r, f)
		if err == nil {
			err = listen(r, f)
		}
		if err != nil {
			return err
		}
		return r.Reply(chat.Text(text).Tap("撤回", "/撤回"))
	}
	all, err := patrol.PhotosOf(r.Tx, f)
	if err != nil {
		return err
	}
	private := r.Msg.Group
	if private {
		g, _, err := people.GetGroup(r.Tx, string(r.Msg.Channel), string(r.Msg.Conv))
		if err != nil {
			return err
		}
		private = g.Layer != people.OfficeLayer && g.Layer != "委领导群"
	}
	b, err := report.FindingPhotos(r.Tx, f, all, private || !r.Msg.Group)
	if err != nil {
		return err
	}
	if !private {
		if patrol.MayAttach(r.Person, f) == nil {
			b = b.Para(report.MorePhotos)
			err = listen(r, f)
		}
		if err != nil {
			return err
		}
		return r.Reply(b)
	}
	if err := r.ReplyPrivately(b); err != nil {
		return err
	}
	return r.Replyf("照片已私发给您。")
}

// photoFinding finds the finding that the arguments name, by its number in the
// bulletin or in its day. Whoever may not see its photos does not learn whether it
// is there.
func (w walk) photoFinding(r *bot.Request) (patrol.Finding, error) {
	f, err := w.namedFinding(r)
	nothing := store.Errorf("没有您能看的照片。记录号在通报里，像 %s。", w.number)
	switch {
	case err == nil && patrol.MaySee(r.Person, f):
		return f, nil
	case err == nil, !r.Person.Has(people.Inspector, people.Leader, people.Office) && userError(err) != nil:
		return f, nothing
	}
	return f, err
}

// namedFinding reads 3, 第3条, with a day before or after it, or the number that a
// finding was published under, of either book.
func (w walk) namedFinding(r *bot.Request) (patrol.Finding, error) {
	if _, ok := ordinal(r.Args.At(1)); !ok && r.Args.Len() == 2 { // the day comes last
		r.Args = cmdline.Tokenize(r.Args.At(1) + " " + r.Args.At(0))
	}
	if r.Args.Len() == 1 {
		if ref, ok := findingRef(r.Args.At(0)); ok {
			return findingOf(r.Tx, ref)
		}
	}
	f, rest, err := w.findingNo(r)
	if err == nil && rest.Len() > 0 {
		err = store.Errorf("没看懂“%s”。", rest.At(0))
	}
	return f, err
}

// findingOf reads a finding by the number it was published under, as it stands.
func findingOf(tx *store.Tx, ref patrol.Ref) (patrol.Finding, error) {
	is, err := appeal.IssueOf(tx, ref)
	if err != nil {
		return patrol.Finding{}, err
	}
	f, ok := is.Line(ref.Line)
	if !ok {
		return patrol.Finding{}, store.Errorf("%s没有第 %d 条。", is.Number, ref.Line)
	}
	return f.Book.Find(tx, f.Day, f.Seq)
}

// FetchedPhotos is what becomes of the pictures that were attached to findings. It
// implements bot.Taker.
type FetchedPhotos struct {
	Push   *push.Pusher
	Folder *photo.Folder
}

// Wanted implements bot.Taker: not once the photo, or its finding, was taken back.
func (FetchedPhotos) Wanted(tx *store.Tx, f bot.Fetch) (bool, error) {
	_, _, ok, err := patrol.OfPhoto(tx, f.For)
	return ok, err
}

// Take implements bot.Taker.
func (p FetchedPhotos) Take(_ context.Context, f bot.Fetch, content io.Reader) (func(*store.Tx) error, error) {
	img, err := p.Folder.Keep(content)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) error {
		mine, _, _, err := patrol.OfPhoto(tx, f.For)
		if err != nil {
			return err
		}
		return patrol.KeepPhoto(tx, mine, patrol.PhotoFile{Name: img.Name, Bytes: img.Bytes, Width: img.Width, Height: img.Height})
	}, nil
}

// Failed implements bot.Taker: whoever sent the picture is told where they sent it,
// and may send it again there.
func (p FetchedPhotos) Failed(tx *store.Tx, f bot.Fetch, why string) error {
	mine, finding, _, err := patrol.OfPhoto(tx, f.For)
	if err != nil {
		return err
	}
	if err := patrol.KeepPhoto(tx, mine, patrol.PhotoFile{}); err != nil {
		return err
	}
	if err := patrol.ListenForPhotos(tx, photosFrom(f.Channel, f.Conv, f.From), finding); err != nil {
		return err
	}
	b := chat.Text(report.PhotoFailed(finding, why))
	if !f.Group {
		_, err = p.Push.Person(tx, f.Person, push.Asked, b)
		return err
	}
	b.Mentions = []chat.UserID{f.From}
	_, err = tx.Enqueue(chat.Outgoing{Target: chat.Target{Channel: f.Channel, Conv: f.Conv, Group: true}, Body: b})
	return err
}

var _ bot.Taker = FetchedPhotos{}
