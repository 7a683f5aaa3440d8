// A chat.Body as elements.
import { el } from './dom.js';
import { people, state } from './model.js';
import { say } from './say.js';

// bodyOf returns the bubble's content and the row of things to tap.
export function bodyOf(entry) {
  const { title, blocks, actions, mentions } = entry.body;
  return {
    content: [
      title && el('h3', {}, title),
      ...(blocks ?? []).map(blockOf),
      mentions?.length && el('p', {}, el('span', {}, mentions.flatMap(mentionOf))),
    ],
    actions: actions?.length ? el('div', { class: 'actions' }, actions.map((a) => actionOf(a, entry.conv))) : null,
  };
}

function blockOf({ heading, lines, list, table, picture, file }) {
  if (heading) return el('h4', {}, heading);
  if (lines) return el('p', {}, lines.map((l) => el('span', {}, lineOf(l))));
  if (list) return el(list.ordered ? 'ol' : 'ul', {}, list.items.map((l) => el('li', {}, lineOf(l))));
  if (table) return tableOf(table);
  if (picture) return pictureOf(picture);
  if (file) return fileOf(file);
  return null;
}

function lineOf({ strong, text }) {
  return [strong && el('strong', {}, strong), text ?? ''];
}

function tableOf({ header, rows }) {
  rows ??= [];
  const numeric = header.map((_, i) => rows.length > 0 && rows.every((r) => /^[-−+]?[\d.,]*%?$/.test(r[i])));
  const cell = (tag, text, i) => el(tag, { class: numeric[i] && 'number', scope: tag === 'th' && 'col' }, text);
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': '表格' },
    el('table', {},
      el('thead', {}, el('tr', {}, header.map((h, i) => cell('th', h, i)))),
      el('tbody', {}, rows.map((r) => el('tr', {}, r.map((c, i) => cell('td', c, i)))))));
}

// picturesOf are the pictures that somebody sent along.
export function picturesOf(entry) {
  return (entry.pictures ?? []).map((blob, i) => pictureOf({ name: `照片 ${i + 1}`, blob }));
}

function pictureOf({ name, alt, blob }) {
  const src = `/chat/pictures/${blob}`;
  return el('a', { class: 'picture', href: src, target: '_blank', rel: 'noopener', title: '看大图' },
    el('img', { src, alt: alt || name, on: { load: (ev) => ev.target.dispatchEvent(new Event('grown', { bubbles: true })) } }));
}

function fileOf({ name, blob }) {
  return el('a', { class: 'file', href: `/chat/files/${blob}/${encodeURIComponent(name)}`, download: name, title: '下载' }, name);
}

function mentionOf(user) {
  const name = people.get(user)?.name ?? user;
  return [el('span', { class: user === state.me ? 'at me' : 'at' }, `@${name}`), ' '];
}

function actionOf({ label, send, url }, conv) {
  if (send) return el('button', { type: 'button', title: send, on: { click: () => say(send, conv) } }, label);
  if (url) return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
  return el('span', {}, label);
}
