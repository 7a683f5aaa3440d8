package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/store"
)

// Metrics is what the engine and the sender report. Its methods must not block.
type Metrics interface {
	Message(channel, outcome string)
	Ack(channel string, d time.Duration)
	Delivery(channel, outcome string)
	Panic(command string)
	DeadLetter()
}

// Outcomes of a message, as counted by Metrics.
const (
	outcomeDone      = "done"
	outcomeUserError = "user-error"
	outcomeDuplicate = "duplicate"
	outcomeRetried   = "retried"
	outcomeDead      = "dead-letter"
	outcomeRefused   = "refused" // not kept: the platform is not told that it was
)

// Engine takes messages from every platform. It implements chat.Sink.
type Engine struct {
	store    *store.Store
	push     *push.Pusher
	log      *slog.Logger
	metrics  Metrics
	commands []*Command
	byName   map[string]*Command
	names    []string

	fetchWake chan struct{} // something is to be fetched

	mu      sync.Mutex
	retries []*inbound // messages that failed once, in order of failing
	// held are, by conversation, the messages that failed or stand behind one that
	// did, and are not settled.
	held    map[chat.ConvID]map[*inbound]bool
	retryOn bool           // the goroutine that works on retries is running
	closed  bool           // nothing is taken any more
	running sync.WaitGroup // messages that were taken and are not settled, and that goroutine
}

// inbound is a message on its way in.
type inbound struct {
	ctx   context.Context
	msg   chat.Message
	done  func(error)
	since time.Time
	err   error // why it is tried again
}

// NewEngine makes an engine with its commands; the help command is its own. It
// panics on two commands of one name, for that is a fault of the program.
func NewEngine(s *store.Store, p *push.Pusher, log *slog.Logger, m Metrics, commands []*Command) *Engine {
	e := &Engine{
		store: s, push: p, log: log, metrics: m,
		byName: map[string]*Command{}, held: map[chat.ConvID]map[*inbound]bool{},
		fetchWake: make(chan struct{}, 1),
	}
	e.commands = append([]*Command{e.helpCommand()}, commands...)
	for _, c := range e.commands {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if e.byName[name] != nil {
				panic("bot: two commands named " + name)
			}
			e.byName[name] = c
			e.names = append(e.names, name)
		}
	}
	return e
}

// Accept implements chat.Sink: the message, its effects and its replies are one
// transaction.
func (e *Engine) Accept(ctx context.Context, m chat.Message, done func(error)) {
	if !e.enter() {
		done(errStopping)
		return
	}
	in := &inbound{ctx: ctx, msg: m, done: done, since: time.Now()}
	e.submit(in, false, func(err error) {
		if err == nil {
			return
		}
		in.err = err
		e.mu.Lock()
		e.queueRetry(in)
		e.mu.Unlock()
	})
}

// errStopping refuses a message that comes while the bot stops.
var errStopping = errors.New("the bot is stopping")

// enter begins the work on a message; false once the engine is closed.
func (e *Engine) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Add(1)
	return true
}

// Close refuses what comes from now on, and returns once all that was taken is
// settled.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.running.Wait()
}

// errBehind holds back a message that comes after a failed one in its
// conversation: it waits for its turn among those that are tried again.
var errBehind = errors.New("an earlier message of the conversation failed")

// submit runs a message's transaction once. A message that succeeded is answered
// for; settled is told how it went.
func (e *Engine) submit(in *inbound, again bool, settled func(error)) {
	var outcome string
	e.store.Submit(in.ctx, func(tx *store.Tx) (err error) {
		if !again && e.behind(in) {
			return errBehind
		}
		if outcome, err = e.process(in.ctx, tx, in.msg); err != nil {
			e.hold(in)
		}
		return err
	}, func(err error) {
		switch {
		case err == nil && outcome == outcomeDuplicate && in.msg.Reply.Awaited:
			e.finish(in, outcome, chat.ErrSeen)
		case err == nil:
			e.finish(in, outcome, nil)
		}
		settled(err)
	})
}

// behind says whether an earlier message of the conversation is not settled; then
// this one is not either.
func (e *Engine) behind(in *inbound) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	held := e.held[in.msg.Conv]
	if len(held) == 0 || len(held) == 1 && held[in] {
		return false
	}
	held[in] = true
	return true
}

func (e *Engine) hold(in *inbound) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.holdLocked(in)
}

func (e *Engine) holdLocked(in *inbound) {
	held := e.held[in.msg.Conv]
	if held == nil {
		held = map[*inbound]bool{}
		e.held[in.msg.Conv] = held
	}
	held[in] = true
}

// release lets go what stands behind a message that is settled.
func (e *Engine) release(in *inbound) {
	e.mu.Lock()
	defer e.mu.Unlock()
	held := e.held[in.msg.Conv]
	if delete(held, in); len(held) == 0 {
		delete(e.held, in.msg.Conv)
	}
}

// finish answers for a message that is settled.
func (e *Engine) finish(in *inbound, outcome string, err error) {
	e.release(in)
	e.metrics.Message(string(in.msg.Channel), outcome)
	if err == nil {
		e.metrics.Ack(string(in.msg.Channel), time.Since(in.since))
	}
	in.done(err)
	e.running.Done()
}

// Wait blocks until all that was taken is settled.
func (e *Engine) Wait() { e.running.Wait() }

// process is the transaction of one message.
func (e *Engine) process(ctx context.Context, tx *store.Tx, m chat.Message) (string, error) {
	first, err := tx.MarkSeen(m.Channel, m.ID)
	if err != nil {
		return "", err
	}
	if !first {
		return outcomeDuplicate, nil
	}
	return e.handle(ctx, tx, m)
}

// handle does what a message asks for and answers it.
func (e *Engine) handle(ctx context.Context, tx *store.Tx, m chat.Message) (string, error) {
	switch m.Event {
	case "":
	case chat.EventFollowed:
		if done, err := e.onFollowed(tx, m); done || err != nil {
			return outcomeDone, err
		}
	case chat.EventUnfollowed:
		_, err := people.Follow(tx, string(m.Channel), string(m.From), false)
		return outcomeDone, err
	default:
		return outcomeDone, e.onGroupEvent(tx, m)
	}
	person, err := people.ByAccount(tx, string(m.Channel), string(m.From))
	if err != nil {
		return "", fmt.Errorf("identify: %w", err)
	}
	r := &Request{Msg: m, Person: person, Tx: tx, engine: e, Log: e.log}
	if person.Known() {
		if err := people.Touch(tx, person.ID, string(m.Channel)); err != nil {
			return "", fmt.Errorf("touch: %w", err)
		}
	}
	err = tx.Try(func(*store.Tx) error { return e.route(ctx, r) })
	var mistake *store.UserError
	switch {
	case err == nil:
		return outcomeDone, nil
	case errors.As(err, &mistake):
		// The handler is undone; the mark and the explanation are kept.
		return outcomeUserError, r.Reply(mistakeBody(mistake, err))
	default:
		return "", err
	}
}

// mistakeBody shows a user's mistake. Where several people bear a name, each is
// named with the number that tells them apart.
func mistakeBody(mistake *store.UserError, err error) chat.Body {
	b := chat.Text(mistake.Text)
	var amb *people.Ambiguous
	if errors.As(err, &amb) {
		b = chat.Text(fmt.Sprintf("有 %d 位%s，请用工号再发一次：", len(amb.Candidates), amb.Name))
		var items []chat.Line
		for _, p := range amb.Candidates {
			items = append(items, chat.Line{Strong: string(p.ID), Text: " " + p.Name + "　" + p.Unit + "　" + p.Post})
		}
		b = b.Bullets(items...)
	}
	if mistake.Hint != "" {
		b = b.Para(mistake.Hint)
	}
	return b
}

// route finds the command of a message and runs it.
func (e *Engine) route(ctx context.Context, r *Request) error {
	if taken, err := e.pictures(ctx, r); taken || err != nil {
		return err
	}
	line, ok := cmdline.Parse(r.Msg.Text, !r.Msg.Group, e.names)
	if !ok || !line.Slash && e.inDialog(r) {
		return e.freeText(ctx, r)
	}
	cmd := e.byName[line.Name]
	if cmd == nil {
		return e.unknownCommand(r, line)
	}
	r.cmd, r.Args = cmd, line.Args
	target := cmd
	if word, rest := line.Args.Cut(cmd.subWords()...); word != "" {
		target, r.Args = cmd.sub(word), rest
	}
	name := cmd.Name
	if target != cmd {
		name += " " + target.Name
	}
	if err := e.allowed(r, cmd, target); err != nil {
		return err
	}
	if target.Run == nil {
		return e.usageError(r, cmd)
	}
	e.act(r, name)
	return e.runGuarded(name, func() error { return target.Run(ctx, r) })
}

// pictures offers a message of pictures alone to the commands that take such.
func (e *Engine) pictures(ctx context.Context, r *Request) (taken bool, err error) {
	if len(r.Pictures()) == 0 || !cmdline.Empty(r.Msg.Text, e.names) {
		return false, nil
	}
	for _, cmd := range e.commands {
		if cmd.Pictures == nil {
			continue
		}
		r.cmd = cmd
		e.act(r, cmd.Name+" 照片")
		err := e.runGuarded(cmd.Name, func() (err error) {
			taken, err = cmd.Pictures(ctx, r)
			return err
		})
		if taken || err != nil {
			return true, err
		}
	}
	return false, nil
}

// inDialog says whether a text typed without a slash belongs to an open dialog
// rather than to a command.
func (e *Engine) inDialog(r *Request) bool {
	_, ok, err := r.dialog()
	return ok && err == nil
}

// act names the actor of what follows.
func (e *Engine) act(r *Request, command string) {
	r.Log = e.log.With("command", command)
	r.Tx.SetActor(store.Actor{
		Person: string(r.Person.ID), Channel: string(r.Msg.Channel),
		Conv: string(r.Msg.Conv), Command: command,
	})
}

// runGuarded counts a panic of a command before it undoes the transaction.
func (e *Engine) runGuarded(command string, fn func() error) error {
	defer func() {
		if v := recover(); v != nil {
			e.metrics.Panic(command)
			panic(v)
		}
	}()
	return fn()
}

// allowed checks scope and permission, in this one place.
func (e *Engine) allowed(r *Request, cmd, target *Command) error {
	policy, scope := target.Allow, target.Scope
	if scope == Anywhere {
		scope = cmd.Scope
	}
	switch {
	case !policy.Allows(r.Person) && !r.Person.Known():
		return store.Errorf("还不认识您这个账号。请向办公室要一个绑定码，再发 /绑定 <码>。")
	case !policy.Allows(r.Person):
		return store.Errorf("您没有“/%s”的权限。发 /帮助 看您能用的命令。", commandPath(cmd, target))
	case scope == DirectOnly && r.Msg.Group:
		return store.Errorf("“/%s”请在与我的单聊里发。", commandPath(cmd, target))
	case scope == GroupOnly && !r.Msg.Group:
		return store.Errorf("“/%s”请在工作群里发。", commandPath(cmd, target))
	}
	return nil
}

func commandPath(cmd, target *Command) string {
	if cmd == target {
		return cmd.Name
	}
	return cmd.Name + " " + target.Name
}

// freeText is a text that is no command: the next step of a dialog, or a word
// on how to go on.
func (e *Engine) freeText(ctx context.Context, r *Request) error {
	d, ok, err := r.dialog()
	if err != nil {
		return err
	}
	if ok && r.Msg.Text != "" {
		cmd := e.byName[d.Command]
		if cmd != nil && cmd.Continue != nil {
			r.cmd = cmd
			e.act(r, cmd.Name)
			return e.runGuarded(cmd.Name, func() error { return cmd.Continue(ctx, r, d.State) })
		}
	}
	if r.Msg.Text == "" && len(r.Msg.Attachments) > 0 {
		return r.Replyf("图片、文件和语音我还不会处理，请用文字告诉我。发 /帮助 看我能做什么。")
	}
	return r.Reply(chat.Text("没有看懂。发 /帮助 看我能做什么，发 /我的 看等您处理的事。").
		Tap("帮助", "/帮助").Tap("我的", "/我的"))
}

// unknownCommand suggests the nearest commands that this person may use.
func (e *Engine) unknownCommand(r *Request, line cmdline.Line) error {
	if line.Name == "" {
		return store.Errorf("斜杠后面请写命令，例如 /帮助。")
	}
	var usable []string
	for _, name := range e.names {
		if e.byName[name].visibleTo(r.Person) {
			usable = append(usable, name)
		}
	}
	near := cmdline.Suggest(line.Name, usable)
	if len(near) == 0 {
		return r.Reply(chat.Text(fmt.Sprintf("没有“%s”这个命令。发 /帮助 看我能做什么。", line.Name)).Tap("帮助", "/帮助"))
	}
	b := chat.Text(fmt.Sprintf("没有“%s”这个命令，是不是：", line.Name))
	for _, name := range near {
		full := "/" + name
		if rest := line.Args.Rest(0); rest != "" {
			full += " " + rest
		}
		b = b.Tap(full, full)
	}
	return r.Reply(b)
}

// onFollowed notes that an account can be written to, and greets it, unless a line
// came along that is about to be said in its name.
func (e *Engine) onFollowed(tx *store.Tx, m chat.Message) (done bool, err error) {
	p, err := people.Follow(tx, string(m.Channel), string(m.From), true)
	if err != nil || m.Text != "" {
		return false, err
	}
	b := chat.Text("您好，我是运转，办公室的值班助手。还不认识您这个账号：请向办公室要一个绑定码，再发 /绑定 <码>。")
	if p.Known() {
		b = chat.Text(p.Name+"，您好，我是运转，办公室的值班助手。发 /我的 看等您处理的事，发 /帮助 看我能做什么。").
			Tap("我的", "/我的").Tap("帮助", "/帮助")
	}
	_, err = tx.Enqueue(chat.Outgoing{Target: replyTarget(m), Body: b})
	return true, err
}

// onGroupEvent keeps the list of groups.
func (e *Engine) onGroupEvent(tx *store.Tx, m chat.Message) error {
	g, known, err := people.GetGroup(tx, string(m.Channel), string(m.Conv))
	if err != nil {
		return fmt.Errorf("read group: %w", err)
	}
	if !known {
		g = people.Group{Channel: string(m.Channel), Conv: string(m.Conv)}
	}
	if m.ConvTitle != "" {
		g.Title = m.ConvTitle
	}
	g.Gone = m.Event == chat.EventBotRemoved
	tx.SetActor(store.Actor{Channel: string(m.Channel), Conv: string(m.Conv), Command: string(m.Event)})
	if err := people.PutGroup(tx, g); err != nil || g.Gone || g.Layer != "" {
		return err
	}
	t := chat.Target{Channel: m.Channel, Conv: m.Conv, Group: true}
	b := chat.Text("大家好，我是运转，办公室的值班助手。请办公室的同志在本群发 /绑定群 <群类型>，我才知道该往这里发什么。发 /帮助 看我能做什么。")
	_, err = tx.Enqueue(chat.Outgoing{Target: t, Body: b})
	return err
}
