// Right: what will happen by itself, and what the bot sent last.
import { $, el, toast } from './dom.js';
import { config, goTo, groups, inConv, on, ownerOf, people, state } from './model.js';
import { closeDrawers } from './drawers.js';
import { clock } from './times.js';

const outcomes = new Map(); // job name → {text, bad}
const busy = new Set();
let jobs = [];

async function load() {
  if (!config.jobs || document.hidden) return;
  try {
    const r = await fetch('/chat/jobs');
    if (!r.ok) return;
    jobs = await r.json();
    draw();
  } catch {
    // no connection: the list stays as it is until there is one
  }
}

function draw() {
  const focused = document.activeElement?.dataset?.job;
  $('job-list').replaceChildren(...jobs.map((j) => el('li', {},
    el('span', {}, j.title),
    el('span', { class: 'next' }, j.next),
    el('button', { type: 'button', 'data-job': j.name, 'aria-label': `现在执行：${j.title}`, 'aria-disabled': busy.has(j.name) && 'true', on: { click: () => fire(j.name) } },
      busy.has(j.name) ? '正在执行' : '现在执行'),
    outcomes.has(j.name) && el('span', { class: outcomes.get(j.name).bad ? 'outcome bad' : 'outcome' }, outcomes.get(j.name).text))));
  if (focused) [...$('job-list').querySelectorAll('button')].find((b) => b.dataset.job === focused)?.focus();
}

// fire runs a job and says whether it did.
export async function fire(name) {
  if (busy.has(name)) return false;
  busy.add(name);
  draw();
  let error = '';
  try {
    const r = await fetch(`/chat/jobs/${encodeURIComponent(name)}`, { method: 'POST' });
    if (!r.ok) error = (await r.json()).error;
  } catch {
    error = '没有连上，请稍后再试';
  }
  busy.delete(name);
  const title = jobs.find((j) => j.name === name)?.title ?? name;
  outcomes.set(name, { text: error || `已执行（${clock(state.now)}），送出的消息见“刚刚送出”`, bad: !!error });
  toast(`${title}：${error || '已执行'}`);
  draw();
  await load();
  return !error;
}

// ---- what the bot sent last

const shown = 12;
let pushes = [];

function pushed(p) {
  if (pushes.some((o) => o.seq === p.seq && o.epoch === p.epoch)) return;
  pushes = [p, ...pushes].slice(0, shown);
  $('no-pushes').hidden = true;
  $('pushes').replaceChildren(...pushes.map((q) => el('li', {}, el('button', { type: 'button', on: { click: () => show(q) } },
    el('span', { class: 'to' }, `${clock(q.at)}　发给 ${receiver(q.conv)}`),
    el('span', { class: 'what' }, q.brief)))));
}

function receiver(conv) {
  if (groups.has(conv)) return groups.get(conv).title;
  const p = people.get(ownerOf(conv));
  return `${p.name}（${p.unit}）`;
}

// show goes to where it can be read: as oneself, if one is there.
function show({ conv }) {
  const reader = inConv(state.me, conv) ? state.me : groups.get(conv)?.members[0] ?? ownerOf(conv);
  goTo(reader, conv);
  closeDrawers();
}

on('push', pushed);
on('link', (up) => { if (up) load(); });
document.addEventListener('visibilitychange', load);
setInterval(load, 60000);
$('jobs').hidden = !config.jobs;
