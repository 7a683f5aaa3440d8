// Right: what to try, step by step.
import { $, el, recall, remember } from './dom.js';
import { config, direct, goTo, on, people, titleOf } from './model.js';
import { write } from './composer.js';
import { closeDrawers } from './drawers.js';
import { fire } from './jobs.js';

const numerals = ['', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十'];
let done = new Set(recall('done', []));

const convOf = (s) => s.conv || direct(s.as);
const keyOf = (s) => [s.as, convOf(s), s.send ?? '', s.job ?? ''].join(' ');

// grouped makes one step of what stands in a row under one title.
function grouped(ways) {
  const steps = [];
  for (const w of ways) {
    if (steps.at(-1)?.title === w.title) steps.at(-1).ways.push(w);
    else steps.push({ title: w.title, ways: [w] });
  }
  return steps;
}

function draw() {
  const steps = grouped(config.steps ?? []);
  $('guide').hidden = !steps.length;
  $('guide-title').textContent = `${numerals[steps.length] ?? ''}步试一试`;
  $('steps').replaceChildren(...steps.map(({ title, ways }) => el('li', { class: ways.every((w) => done.has(keyOf(w))) && 'done' },
    el('h3', {}, title),
    ways.map((w) => el('div', { class: 'way' }, w.text && el('p', {}, w.text), buttonOf(w))))));
}

function buttonOf(way) {
  const p = people.get(way.as);
  const where = convOf(way) === direct(way.as) ? '单聊' : titleOf(way.conv);
  return el('button', { type: 'button', class: done.has(keyOf(way)) ? 'go done' : 'go', on: { click: () => go(way) } },
    el('code', {}, way.job ? '现在执行' : way.send),
    el('span', {}, way.job ? `到${where}看结果` : `${p.name}（${[p.unit, p.post].filter(Boolean).join(' · ')}），${where}`));
}

async function go(way) {
  closeDrawers();
  goTo(way.as, convOf(way));
  if (!way.job) write(way.send ?? '');
  else if (await fire(way.job)) tick(way);
}

function tick(way) {
  done.add(keyOf(way));
  remember('done', [...done]);
  const focused = [...$('steps').querySelectorAll('.go')].indexOf(document.activeElement);
  draw();
  if (focused >= 0) $('steps').querySelectorAll('.go')[focused].focus();
}

on('said', (entry) => {
  const way = config.steps?.find((s) => s.as === entry.from && convOf(s) === entry.conv && s.send?.trim() === entry.text);
  if (way) tick(way);
});
draw();
