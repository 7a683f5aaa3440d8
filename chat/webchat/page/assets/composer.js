// The input: Enter sends, ↑ and ↓ walk through what was sent.
import { $, el, byTouch, recall, remember, toast } from './dom.js';
import { config, on, state } from './model.js';
import { say } from './say.js';
import { keep, take, uploading } from './attach.js';

const line = $('line');
let past = recall('lines', []);
let at = past.length; // which of past is in the input; past.length: none
let draft = '';
let shift = false;

// write puts a line into the input, for the user to send.
export function write(text) {
  line.value = text;
  at = past.length;
  grow();
  line.focus();
  line.setSelectionRange(text.length, text.length);
}

function send() {
  const text = line.value.trim();
  if (uploading()) {
    toast('照片还在上传，请稍等再发');
    return;
  }
  const pictures = take();
  if (!text && !pictures.length) return;
  if (text) past = [...past.filter((p) => p !== text), text].slice(-50);
  remember('lines', past);
  line.value = '';
  at = past.length;
  draft = '';
  grow();
  say(text, state.conv, pictures);
}

function recallLine(step) {
  const to = at + step;
  if (to < 0 || to > past.length) return;
  if (at === past.length) draft = line.value;
  at = to;
  line.value = at === past.length ? draft : past[at];
  grow();
  line.setSelectionRange(line.value.length, line.value.length);
}

function grow() {
  line.style.height = 'auto';
  line.style.height = `${line.scrollHeight + 2}px`;
}

line.addEventListener('input', () => { at = past.length; grow(); });
line.addEventListener('keydown', (ev) => {
  shift = ev.shiftKey;
  if (ev.isComposing || ev.keyCode === 229) return; // an input method is at work
  const oneLine = !line.value.includes('\n');
  if (ev.key === 'ArrowUp' && oneLine) recallLine(-1);
  else if (ev.key === 'ArrowDown' && oneLine) recallLine(1);
  else return;
  ev.preventDefault();
});
// Enter is taken here and not by its key: a phone's keyboard names no keys, and
// the Enter that ends an input method's word is no line break.
line.addEventListener('beforeinput', (ev) => {
  if (ev.inputType !== 'insertLineBreak' || shift) return;
  ev.preventDefault();
  send();
});
$('composer').addEventListener('submit', (ev) => {
  ev.preventDefault();
  send();
  if (!byTouch()) line.focus();
});
on('refused', (entry) => {
  if (line.value || entry.conv !== state.conv) return;
  write(entry.text);
  keep(entry.pictures ?? []);
});

$('hints').append(...(config.hints ?? []).map((h) => el('button', { type: 'button', on: { click: () => write(h) } }, h)));
$('hints').hidden = !config.hints?.length;
