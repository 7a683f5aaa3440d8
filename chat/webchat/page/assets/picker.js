// The dialog that picks who speaks.
import { $, el, byTouch } from './dom.js';
import { config, goTo, state } from './model.js';

const dialog = $('picker');
const search = $('search');
let role = '';
let found = [];
let active = 0;

// pick opens the dialog.
export function pick() {
  search.value = '';
  role = '';
  filter();
  active = Math.max(0, found.findIndex((m) => m.user === state.me));
  dialog.showModal();
  mark();
  if (!byTouch()) search.focus();
}

function filter() {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  found = config.members.filter((m) => {
    const text = [m.name, m.user, m.unit, m.post, ...(m.roles ?? [])].join(' ').toLowerCase();
    return (!role || m.roles?.includes(role)) && words.every((w) => text.includes(w));
  });
  active = 0;
  $('found').replaceChildren(...found.map((m, i) => el('li', { role: 'option', id: `found-${i}`, on: { click: () => choose(m) } },
    el('span', { class: 'name' }, m.name),
    el('span', { class: 'what' }, [m.unit, m.post].filter(Boolean).join(' · ')),
    el('span', { class: 'id' }, m.user))));
  $('found-count').textContent = found.length ? `共 ${found.length} 人，↑↓ 选择，回车确定` : '没有找到，换个词试试';
  for (const b of $('picker-roles').children) b.setAttribute('aria-pressed', String(b.textContent === role));
  mark();
}

function mark() {
  [...$('found').children].forEach((li, i) => li.setAttribute('aria-selected', String(i === active)));
  const li = $('found').children[active];
  search.setAttribute('aria-activedescendant', li?.id ?? '');
  li?.scrollIntoView({ block: 'nearest' });
}

function choose(member) {
  dialog.close();
  goTo(member.user, state.conv);
}

search.addEventListener('input', filter);
search.addEventListener('keydown', (ev) => {
  if (ev.isComposing || ev.keyCode === 229) return;
  if (ev.key === 'ArrowDown') active = Math.min(active + 1, found.length - 1);
  else if (ev.key === 'ArrowUp') active = Math.max(active - 1, 0);
  else if (ev.key === 'Escape') dialog.close(); // at once, not after emptying the field
  else return;
  ev.preventDefault();
  mark();
});
$('picker-form').addEventListener('submit', (ev) => {
  ev.preventDefault();
  if (found[active]) choose(found[active]);
});
dialog.addEventListener('click', (ev) => { if (ev.target === dialog) dialog.close(); }); // beside it
$('picker-close').addEventListener('click', () => dialog.close());
$('picker-roles').append(...config.quick.map((q) => el('button', {
  type: 'button', 'aria-pressed': 'false',
  on: { click: () => { role = role === q.role ? '' : q.role; filter(); if (!byTouch()) search.focus(); } },
}, q.role)));
