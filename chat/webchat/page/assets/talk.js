// The conversation in view.
import { $, el } from './dom.js';
import { bodyOf, picturesOf } from './body.js';
import { botName, groups, list, on, people, state, titleOf, visible } from './model.js';
import { again } from './say.js';
import { clock, day, dayName } from './times.js';

const box = $('messages');
let shown = new Map(); // id → element
let lastDay = '';
let follow = true; // stay at the end as it grows, until the user scrolls up
let top = 0; // where the view was last

function draw() {
  const person = people.get(state.me);
  const group = groups.get(state.conv);
  $('conv-title').textContent = titleOf(state.conv);
  $('conv-what').textContent = group ? `群聊，${group.members.length} 人和机器人` : `${person.name}与机器人的单聊，直接写命令即可`;
  shown = new Map();
  lastDay = '';
  box.replaceChildren();
  const entries = list(state.conv).filter(visible);
  entries.forEach(append);
  if (!entries.length && state.synced) {
    box.append(el('li', { class: 'nothing', id: 'nothing' },
      el('p', {}, group ? '群里还没有消息。在这里发的命令和回复，群里的人都看得到。' : '还没有消息。发 /帮助 看看能做什么，或从“试一试”开始。'),
      el('p', { class: 'empty' }, '程序重新启动后，会话从空白开始，登记过的数据都在。')));
  }
  toEnd();
}

function append(entry) {
  $('nothing')?.remove();
  const at = entry.at || state.now;
  if (day(at) !== lastDay) {
    lastDay = day(at);
    box.append(el('li', { class: 'day' }, dayName(at)));
  }
  const node = entryOf(entry);
  shown.set(entry.id, node);
  box.append(node);
}

function entryOf(entry) {
  if (entry.recalled) return el('li', { class: 'recalled', 'data-id': entry.id }, entry.brief);
  const own = entry.from === state.me;
  const by = entry.from ? people.get(entry.from) : null;
  const name = entry.from ? by?.name ?? entry.from : botName;
  const { content, actions } = entry.body ? bodyOf(entry) : { content: [entry.text ?? '', ...picturesOf(entry)], actions: null };
  const kind = ['msg', own && 'own', !entry.from && 'from-bot', entry.pending && 'pending', entry.failed && 'failed'];
  return el('li', { class: kind.filter(Boolean).join(' '), 'data-id': entry.id },
    el('span', { class: entry.from ? 'avatar' : 'avatar bot', 'aria-hidden': 'true' }, name.slice(0, 1)),
    el('div', { class: 'stack' },
      el('p', { class: 'by' }, own ? '我' : name, by && !own && `　${by.unit}`,
        entry.pending ? '　正在发送' : entry.at && el('time', { datetime: entry.at }, clock(entry.at))),
      el('div', { class: 'bubble' }, content),
      actions,
      entry.failed && el('div', { class: 'fault' }, '刚才没有送到',
        el('button', { type: 'button', on: { click: () => again(entry) } }, '再发一次'))));
}

function changed({ entry, fresh, moved }) {
  if (entry.conv !== state.conv || !state.synced) return;
  const before = following();
  if (fresh && visible(entry)) {
    append(entry);
  } else if (!moved && visible(entry) && shown.has(entry.id)) {
    const node = entryOf(entry);
    shown.get(entry.id).replaceWith(node);
    shown.set(entry.id, node);
  } else {
    draw();
  }
  if (before || entry.from === state.me) toEnd();
  else if (fresh) $('newer').hidden = false;
  if (fresh && entry.from !== state.me) {
    $('announce').textContent = `${entry.from ? people.get(entry.from)?.name : botName}：${entry.brief ?? entry.text}`;
  }
}

function following() {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  return atEnd || (follow && box.scrollTop >= top);
}

function toEnd() {
  follow = true;
  box.scrollTop = box.scrollHeight;
  top = box.scrollTop;
  $('newer').hidden = true;
}

box.addEventListener('scroll', () => {
  follow = following();
  top = box.scrollTop;
  if (follow) $('newer').hidden = true;
});
box.addEventListener('grown', () => { if (follow) toEnd(); }); // a picture has come
new ResizeObserver(() => { if (follow) toEnd(); }).observe(box);
$('newer').addEventListener('click', toEnd);
on('conv synced', draw);
on('entry', changed);
