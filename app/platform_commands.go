package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wecom"
	"yunzhuan/internal/config"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// What is done with a platform beside chatting: its address book, its groups, its
// menu. The network is reached from here, the store wherever it is open.

// wecomOf makes the WeCom application of a configuration.
func wecomOf(cfg *config.Config) (*wecom.Channel, error) {
	if !cfg.WeCom.On() {
		return nil, usageError{errors.New("没有接企业微信自建应用，请先在 config.yaml 里填 wecom")}
	}
	ch, err := newWeCom(cfg, discard())
	if err != nil {
		return nil, err
	}
	return ch.(*wecom.Channel), nil
}

func (c *command) peopleSync() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sync [--dry-run] [--force]", Short: "把企业微信的通讯录并进名册并列出改动：新来的、调动的、离开的",
		Long: `把企业微信的通讯录并进名册，并列出改动。
已在名册里的人按企业微信账号、手机、单位加姓名认，工号和角色不变；认不出的算新来，工号就是企业微信账号，角色先给最小的，请随后在名册里改。
账号已不在通讯录里的算离开（账号停用，记录保留）；从来没有企业微信账号的人不动。`,
		Example: "  yunzhuan people sync --dry-run\n  yunzhuan people sync",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.syncPeople(cmd) },
	}
	cmd.Flags().Bool(dryRun, false, "只看会改什么，不写入")
	cmd.Flags().Bool(force, false, "少了两成以上的人也写入")
	return cmd
}

func (c *command) syncPeople(cmd *cobra.Command) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	ch, err := wecomOf(cfg)
	if err != nil {
		return err
	}
	book, err := ch.Contacts(cmd.Context(), func(done, total int) {
		fmt.Fprintf(c.errOut, "\r读通讯录：%d / %d 个部门", done, total)
		if done == total {
			fmt.Fprintln(c.errOut)
		}
	})
	if err != nil {
		return fmt.Errorf("读企业微信通讯录：%w", err)
	}
	in, err := json.Marshal(contactsOf(book))
	if err != nil {
		return err
	}
	return c.do(cmd.Context(), "people/sync", switches(cmd), in, c.out)
}

// switches are the switches of a command that its operation knows.
func switches(cmd *cobra.Command) url.Values {
	q := url.Values{}
	for _, name := range []string{dryRun, force} {
		if on, err := cmd.Flags().GetBool(name); err == nil && on {
			q.Set(name, "1")
		}
	}
	return q
}

// contactsOf is WeCom's address book as the directory takes it: whoever is in
// several departments is of the first.
func contactsOf(book wecom.Contacts) []people.Contact {
	names, parents := map[int]string{}, map[int]int{}
	for _, d := range book.Departments {
		names[d.ID], parents[d.ID] = d.Name, d.Parent
	}
	var list []people.Contact
	for _, u := range book.Users {
		c := people.Contact{User: string(u.ID), Name: u.Name, Post: u.Position, Phone: u.Mobile, Left: u.Status == wecom.UserLeft || u.Status == wecom.UserDisabled}
		if len(u.Departments) > 0 {
			c.Unit, c.Parent = names[u.Departments[0]], names[parents[u.Departments[0]]]
		}
		list = append(list, c)
	}
	return list
}

func opPeopleSync(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error {
	var list []people.Contact
	if err := json.Unmarshal(in, &list); err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	o := importOptions{dryRun: q.Has(dryRun), force: q.Has(force)}
	summary, changed, err := importRows(ctx, s.Store, "people sync", o, func(tx *store.Tx) ([]people.Row, error) {
		return people.FromContacts(tx, string(wecom.ChannelID), list)
	})
	if err != nil || !changed {
		return say(out, summary, err)
	}
	return say(out, summary+"\n"+imported(o.dryRun), nil)
}

// appGroups are the ids of the groups that the WeCom application makes for layers;
// always the same, so that making one twice makes one.
var appGroups = map[string]string{
	"委领导群": "yunzhuanleaders", "机关中层群": "yunzhuanheads", "机关职工群": "yunzhuanstaff",
	"校长群": "yunzhuanprincipals", "办公室群": "yunzhuanoffice", "教师群": "yunzhuanteachers",
}

func (c *command) wecomGroup() *cobra.Command {
	var owner string
	cmd := &cobra.Command{
		Use: "group 群类型 [--owner 工号] [--dry-run]", Short: "用企业微信应用建一个群，拉进这一层的人，并设为这种群",
		Long: `用企业微信应用建一个群，拉进名册里这一层有企业微信账号的人，并设为这种群。群里只能看，不能问；要能问，用智能机器人。
先用 --dry-run 看有哪些人：群建好以后不能用程序解散。应用的可见范围要包括根部门。`,
		Example: "  yunzhuan wecom group 校长群 --dry-run\n  yunzhuan wecom group 校长群 --owner J1001",
		Args:    want("群类型"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.makeGroup(cmd, args[0], owner) },
	}
	cmd.Flags().StringVar(&owner, "owner", "", "群主的 `工号`；不写由平台定")
	cmd.Flags().Bool(dryRun, false, "只看会拉哪些人，不建")
	return cmd
}

// member is somebody who is to be in a group.
type member struct{ ID, Name, User string }

func (c *command) makeGroup(cmd *cobra.Command, word, owner string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	layer, err := people.FindLayer(word)
	if err != nil {
		return wrongUsage(cmd, "%v", err)
	}
	ch, err := wecomOf(cfg)
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	if err := c.do(cmd.Context(), "group/members", url.Values{"layer": {layer}}, nil, &raw); err != nil {
		return err
	}
	var members []member
	if err := json.Unmarshal(raw.Bytes(), &members); err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	g := wecom.Group{ID: appGroups[layer], Name: layer}
	var names []string
	for _, m := range members {
		g.Members = append(g.Members, chat.UserID(m.User))
		names = append(names, m.Name)
		if strings.EqualFold(m.ID, owner) {
			g.Owner = chat.UserID(m.User)
		}
	}
	if owner != "" && g.Owner == "" {
		return wrongUsage(cmd, "%s 不在这些人里，不能当群主", owner)
	}
	if len(members) < 2 {
		return fmt.Errorf("%s 里有企业微信账号的只有 %d 人，建不了群。请先填名册的企业微信ID，或执行 yunzhuan people sync", layer, len(members))
	}
	fmt.Fprintf(c.out, "%s　%d 人：%s\n", layer, len(members), strings.Join(names, "、"))
	if switches(cmd).Has(dryRun) {
		return say(c.out, "以上只是预演，没有建群。去掉 --dry-run 就建。", nil)
	}
	existed, err := ch.CreateGroup(cmd.Context(), g)
	if err != nil {
		return fmt.Errorf("建群：%w", err)
	}
	err = c.do(cmd.Context(), "group/bind", url.Values{"layer": {layer}, "channel": {string(wecom.ChannelID)}, "conv": {g.ID}}, nil, c.out)
	if err == nil && existed {
		fmt.Fprintln(c.out, "这个群以前建过，人员没有变动，请在企业微信里调整。")
	}
	return err
}

// opGroupMembers lists who belongs in the groups of a layer and has a WeCom
// account.
func opGroupMembers(ctx context.Context, s storage, q url.Values, _ []byte, out io.Writer) error {
	members := []member{}
	err := s.View(ctx, func(tx *store.Tx) error {
		all, err := people.OfLayer(tx, q.Get("layer"))
		members = members[:0]
		for _, p := range all {
			if user := p.Account(string(wecom.ChannelID)); user != "" {
				members = append(members, member{string(p.ID), p.Name, user})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(members)
}

func opGroupBind(ctx context.Context, s storage, q url.Values, _ []byte, out io.Writer) error {
	layer := q.Get("layer")
	err := s.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "wecom group"})
		_, err := people.BindGroup(tx, q.Get("channel"), q.Get("conv"), layer, layer)
		return err
	})
	return say(out, "已设为"+layer+"，以后发到这里的有："+people.LayerGets(layer)+"。", err)
}

// menu is the official account's menu as the bot has it.
var menu = []wechat.Button{
	{Name: "我的", Line: "/我的"},
	{Name: "办事", Sub: []wechat.Button{
		{Name: "填问卷", Line: "/问卷"}, {Name: "今日考勤", Line: "/考勤"}, {Name: "看通报", Line: "/通报"},
		{Name: "我的文稿", Line: "/文稿"}, {Name: "免打扰", Line: "/勿扰"},
	}},
	{Name: "帮助", Line: "/帮助"},
}

func (c *command) wechatMenu() *cobra.Command {
	var publish bool
	cmd := &cobra.Command{
		Use: "menu [--publish]", Short: "看公众号现在的菜单和要设的菜单；--publish 就换上",
		Example: "  yunzhuan wechat menu\n  yunzhuan wechat menu --publish",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.setMenu(cmd.Context(), publish) },
	}
	cmd.Flags().BoolVar(&publish, "publish", false, "换上要设的菜单")
	return cmd
}

func (c *command) setMenu(ctx context.Context, publish bool) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if !cfg.WeChat.On() {
		return usageError{errors.New("没有接公众号，请先在 config.yaml 里填 wechat")}
	}
	ch, err := newWeChat(cfg, discard())
	if err != nil {
		return err
	}
	account := ch.(*wechat.Channel)
	now, err := account.GetMenu(ctx)
	if err != nil {
		return fmt.Errorf("读公众号菜单：%w", err)
	}
	fmt.Fprintf(c.out, "现在的菜单：\n%s要设的菜单：\n%s", menuText(now), menuText(menu))
	if !publish {
		return say(c.out, "以上只是预演，没有改动。加 --publish 就换上。", nil)
	}
	if err := account.SetMenu(ctx, menu); err != nil {
		return fmt.Errorf("设公众号菜单：%w", err)
	}
	return say(c.out, "已换上，关注的人几分钟后看到；重新进一次公众号马上看到。", nil)
}

func menuText(buttons []wechat.Button) string {
	if len(buttons) == 0 {
		return "　（没有）\n"
	}
	var b strings.Builder
	for _, top := range buttons {
		fmt.Fprintf(&b, "　%s　%s%s\n", top.Name, top.Line, top.URL)
		for _, sub := range top.Sub {
			fmt.Fprintf(&b, "　　%s　%s%s\n", sub.Name, sub.Line, sub.URL)
		}
	}
	return b.String()
}
