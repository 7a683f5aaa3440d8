package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount"
	oaconfig "github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"

	"yunzhuan/internal/config"
	"yunzhuan/internal/obs"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// What the official account of the benchmark is called.
const (
	benchApp    = "wxbench0123456789"
	benchToken  = "benchtoken"
	benchAESKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
)

// The benchmark brings callbacks of the official account over HTTP, with a window
// of them in flight, to two receivers in turn, each in a process of its own:
//
//	callback-sdk the bare SDK's server: verify, decrypt, echo in the response
//	callback-bot the whole bot: verify, decrypt, commit a draft with its audit line, answer in the response
func BenchmarkCallback(b *testing.B) {
	for _, window := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			all := []*receiver{spawn(b, "callback-sdk", 0), spawn(b, "callback-bot", 0)}
			n := benchMessages
			if window == 1 {
				n /= 10
			}
			for _, r := range all {
				r.round(b, window, n/5) // warm-up
				r.rates, r.answers, r.p99, r.cpu, r.took = nil, nil, nil, nil, nil
			}
			for b.Loop() {
				for range benchRounds {
					for _, r := range all {
						r.round(b, window, n)
					}
				}
			}
			sdk, bot := all[0], all[1]
			for _, r := range all {
				b.ReportMetric(median(r.rates), r.name[len("callback-"):]+"-answers/s")
				b.ReportMetric(median(r.p99).Seconds()*1000, r.name[len("callback-"):]+"-p99-ms")
			}
			b.ReportMetric(ratio(bot.rates, sdk.rates), "bot/sdk")
			b.ReportMetric(slices.Max(bot.took).Seconds()*1000, "bot-max-ms")
			b.ReportMetric(0, "ns/op") // one iteration is all rounds: it means nothing
			b.Logf("passive answers of the bot, window %d:\n%s", window, histogram(bot.took))
		})
	}
}

// histogram shows how long answers took, in steps that double.
func histogram(took []time.Duration) string {
	slices.Sort(took)
	var out strings.Builder
	for from := 0; from < len(took); {
		step := time.Duration(math.Exp2(math.Ceil(math.Log2(float64(max(took[from], time.Millisecond/8))))))
		to, _ := slices.BinarySearch(took, step+1)
		share := float64(to-from) / float64(len(took))
		fmt.Fprintf(&out, "  up to %10v %6.2f %% %s\n", step.Round(10*time.Microsecond), 100*share, strings.Repeat("█", int(math.Ceil(share*60))))
		from = to
	}
	fmt.Fprintf(&out, "  median %v, p99 %v, longest %v of %d\n", took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond), took[len(took)-1].Round(10*time.Microsecond), len(took))
	return out.String()
}

// caller is the platform's side: it brings callbacks to an address.
type caller struct {
	addr   string
	client *http.Client
	key    []byte
	sent   int
}

func newCaller(b *testing.B, addr string) *caller {
	key, err := base64.StdEncoding.DecodeString(benchAESKey + "=")
	if err != nil {
		b.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 512}
	b.Cleanup(transport.CloseIdleConnections)
	return &caller{addr: addr, client: &http.Client{Transport: transport, Timeout: time.Minute}, key: key}
}

func (c *caller) round(b *testing.B, t task) (f figures) {
	b.Helper()
	took := make([]time.Duration, t.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	start, used := time.Now(), cpuTime()
	for range t.Window {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < t.N; i = int(next.Add(1)) - 1 {
				d, err := c.call(b.Context(), c.sent+i)
				if err != nil {
					b.Error(err)
					return
				}
				took[i] = d
			}
		})
	}
	wg.Wait()
	f.Rate = float64(t.N) / time.Since(start).Seconds()
	f.CPU = (cpuTime() - used) / time.Duration(t.N)
	f.Took = slices.Clone(took)
	slices.Sort(took)
	f.P99 = took[t.N*99/100]
	c.sent += t.N
	return f
}

// call brings message n and waits for the answer in the response.
func (c *caller) call(ctx context.Context, n int) (time.Duration, error) {
	who := 1006 + n%benchPeople
	text := fmt.Sprintf(`<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[wx%d]]></FromUserName><CreateTime>%d</CreateTime>`+
		`<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[/文稿 新 关于做好第%d号冬季校园安全工作的通知]]></Content><MsgId>%d</MsgId></xml>`,
		who, time.Now().Unix(), n, 7_000_000_000+n)
	encrypted := base64.StdEncoding.EncodeToString(util.AESEncryptMsg([]byte("0123456789abcdef"), []byte(text), benchApp, c.key))
	ts, nonce := fmt.Sprint(time.Now().Unix()), fmt.Sprint(1_000_000+n)
	q := url.Values{
		"timestamp": {ts}, "nonce": {nonce}, "openid": {fmt.Sprint("wx", who)}, "encrypt_type": {"aes"},
		"signature": {util.Signature(benchToken, ts, nonce)}, "msg_signature": {util.Signature(benchToken, ts, nonce, encrypted)},
	}
	body := `<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[` + encrypted + `]]></Encrypt></xml>`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.addr+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	raw, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	_ = resp.Body.Close()
	if err == nil && (resp.StatusCode != http.StatusOK || !strings.Contains(string(raw), "<Encrypt>")) {
		err = fmt.Errorf("message %d: status %d, answer %.80q", n, resp.StatusCode, raw)
	}
	return took, err
}

// startCallbackSDK serves the bare SDK.
func startCallbackSDK(b *testing.B) worker {
	account := officialaccount.NewOfficialAccount(&oaconfig.Config{
		AppID: benchApp, AppSecret: "secret", Token: benchToken, EncodingAESKey: benchAESKey, Cache: cache.NewMemory(),
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := account.GetServer(r, w)
		s.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
			return &message.Reply{MsgType: message.MsgTypeText, MsgData: message.NewText(m.Content)}
		})
		if s.Serve() == nil {
			_ = s.Send() // the caller sees what is missing
		}
	}))
	b.Cleanup(srv.Close)
	return newCaller(b, srv.URL)
}

// startCallbackBot runs the whole bot with the official account.
func startCallbackBot(b *testing.B) worker {
	dir := b.TempDir()
	writeSample(b, dir)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":45015,"errmsg":"nothing is to go this way"}`)
	}))
	b.Cleanup(api.Close)
	cfg, err := config.Load("", []string{
		"YUNZHUAN_STORE=bolt://" + filepath.ToSlash(filepath.Join(dir, "yunzhuan.db")),
		"YUNZHUAN_PEOPLE=" + filepath.Join(dir, "people.csv"), "YUNZHUAN_BACKUPS_DIR=" + filepath.Join(dir, "backups"),
		"YUNZHUAN_WECHAT_APP_ID=" + benchApp, "YUNZHUAN_WECHAT_APP_SECRET=secret", "YUNZHUAN_WECHAT_TOKEN=" + benchToken,
		"YUNZHUAN_WECHAT_ENCODING_AES_KEY=" + benchAESKey, "YUNZHUAN_WECHAT_API_BASE=" + api.URL,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	m := obs.NewMetrics("bench")
	s, err := openStore(cfg, m.Commit)
	if err != nil {
		b.Fatal(err)
	}
	a, err := newApp(b.Context(), cfg, s, slog.New(slog.DiscardHandler), m)
	if err != nil {
		b.Fatal(err)
	}
	bindBench(b, a)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran, ready := make(chan error, 1), make(chan struct{})
	a.onReady = func(net.Addr) { close(ready) }
	go func() { ran <- a.run(ctx, listener) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			b.Error(err)
		}
		_ = s.Close()
	})
	<-ready
	return newCaller(b, "http://"+listener.Addr().String()+"/wechat/callback")
}

// bindBench gives those who write an account.
func bindBench(b *testing.B, a *app) {
	err := a.store.Update(b.Context(), func(tx *store.Tx) error { return giveAccounts(tx, benchPeople) })
	if err != nil {
		b.Fatal(err)
	}
}

// giveAccounts gives J1006 and so on the WeChat accounts wx1006 and so on.
func giveAccounts(tx *store.Tx, n int) error {
	for i := range n {
		p, _, err := people.Get(tx, people.ID(fmt.Sprint("J", 1006+i)))
		if err != nil {
			return err
		}
		p.Accounts["wechat"] = fmt.Sprint("wx", 1006+i)
		if err := people.Put(tx, p); err != nil {
			return err
		}
	}
	return nil
}
