// Left: who speaks, and the conversations.
import { $, el, byTouch } from './dom.js';
import { config, convsOf, direct, goTo, groups, list, on, people, state, titleOf, unread, visible } from './model.js';
import { pick } from './picker.js';
import { closeDrawers } from './drawers.js';
import { short } from './times.js';

function drawPerson() {
  const p = people.get(state.me);
  $('who-avatar').textContent = p.name.slice(0, 1);
  $('who-name').textContent = p.name;
  $('who-what').textContent = [p.unit, p.post].filter(Boolean).join(' · ');
  for (const b of $('quick').children) b.setAttribute('aria-pressed', String(b.dataset.user === state.me));
}

function drawConvs() {
  if (!state.synced) return;
  const focused = document.activeElement?.dataset?.conv;
  let total = 0;
  const rows = convsOf(state.me).map((conv) => {
    const n = unread(conv);
    total += n;
    return el('li', {}, convOf(conv, n));
  });
  $('convs').replaceChildren(...rows);
  if (focused) [...$('convs').querySelectorAll('button')].find((b) => b.dataset.conv === focused)?.focus();
  $('unread-total').textContent = total;
  $('unread-total').hidden = total === 0;
  document.title = total ? `(${total}) ${config.title}` : config.title;
}

function convOf(conv, n) {
  const last = list(conv).filter(visible).at(-1);
  const said = last && (last.body || last.recalled ? last.brief : `${last.from === state.me ? '我' : people.get(last.from)?.name}：${last.text || last.brief}`);
  const called = n > 0 && list(conv).slice(-n).some((e) => e.body?.mentions?.includes(state.me));
  return el('button', {
    type: 'button', 'data-conv': conv, 'aria-current': String(conv === state.conv),
    on: { click: () => { goTo(state.me, conv); closeDrawers(); if (!byTouch()) $('line').focus(); } },
  },
  el('span', { class: conv === direct(state.me) ? 'avatar bot' : 'avatar', 'aria-hidden': 'true' }, titleOf(conv).slice(0, 1)),
  el('span', { class: 'name' }, titleOf(conv)),
  el('span', { class: 'time' }, last?.at ? short(last.at) : ''),
  el('span', { class: 'last' }, called && el('b', {}, '[提到我] '), said ?? (groups.has(conv) ? '群聊' : '与机器人单聊')),
  n > 0 ? el('span', { class: 'badge' }, el('span', { 'aria-hidden': 'true' }, String(n)), el('span', { class: 'hidden' }, `${n} 条未读`)) : '');
}

$('who').addEventListener('click', () => pick());
$('quick').append(...config.quick.map(({ role, user }) => el('button', {
  type: 'button', 'data-user': user, title: people.get(user).name,
  on: { click: () => goTo(user, state.conv) },
}, role)));
on('person', drawPerson);
on('entry conv read synced', drawConvs);
